"""A lesson put back, a course packed for a class, and corrections that cost nobody an answer."""

import json
import os
import shutil
import subprocess
import zipfile

import pytest

from answers import answered, right
from backstage.setup import copies, fresh, handout, update
from conftest import NOTEBOOKS, ROOT

pytestmark = pytest.mark.infrastructure

LESSON = "notebooks/01_softmax.ipynb"


def git(folder, *arguments):
    own = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    quiet = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run(
        ["git", *own, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=quiet
    ).stdout


@pytest.fixture
def teacher(tmp_path):
    """A repository with the course, of two lessons, which are packed and unpacked often."""
    folder = tmp_path / "teacher"
    left_out = shutil.ignore_patterns("__pycache__", "kept", ".*", "0[3-9]_*", "1?_*")
    for name in ["notebooks", "helpers", "explorer", "exercises", "tests/solutions"]:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ["run.py", ".gitignore"]:
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "course")
    return folder


@pytest.fixture(params=["git", "zip"])
def copy(request, teacher, tmp_path):
    """A student's copy of the course, and what brings the teacher's corrections to it."""
    folder, packed = tmp_path / "softmax", tmp_path / "new.zip"
    if request.param == "git":
        git(tmp_path, "clone", "-q", teacher, folder)
        return folder, lambda: update.main([], folder)
    handout.pack(teacher, packed)
    shutil.unpack_archive(packed, tmp_path)
    copies.remember(handout.files(folder), folder)  # as the first set-up does

    def bring():
        handout.pack(teacher, packed)
        return update.main([packed], folder)

    return folder, bring


def answer(folder):
    """Answer all exercises of the first lesson, as a student who also writes a note at its end."""
    path = folder / LESSON
    notebook = answered(path, right(NOTEBOOKS[0]))
    notebook.cells.append({"cell_type": "markdown", "id": "note", "metadata": {}, "source": "my note"})
    path.write_text(json.dumps(notebook), encoding="utf-8")


def mend(teacher, old, new, name=LESSON):
    path = teacher / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    git(teacher, "commit", "-qam", "mend")


def solutions(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {copies.name_of(cell): copies.source(cell) for cell in cells if copies.name_of(cell)}


def kept(folder):
    return sorted((folder / "notebooks/kept").glob("*"))


def test_correction_of_a_lesson_keeps_the_answers_and_the_old_copy(teacher, copy, capsys):
    folder, bring = copy
    answer(folder)
    mine = (folder / LESSON).read_bytes()
    mend(teacher, "# Turn scores into probabilities", "# Corrected title")
    mend(teacher, "How many times as likely", "How much more likely")  # a stub in other words
    assert bring() == 0
    assert "Corrected title" in (folder / LESSON).read_text(encoding="utf-8")
    assert solutions(folder / LESSON) == {f"my_{n}": code for n, code in right(NOTEBOOKS[0]).items()}
    assert [path.read_bytes() for path in kept(folder)] == [mine]
    assert kept(folder)[0].name in capsys.readouterr().out


def test_untouched_lesson_is_updated_and_no_copy_is_kept(teacher, copy):
    folder, bring = copy
    mend(teacher, "# Turn scores into probabilities", "# Corrected title")
    assert bring() == 0
    assert "Corrected title" in (folder / LESSON).read_text(encoding="utf-8") and kept(folder) == []


def test_lesson_that_nobody_corrected_stays_as_the_student_left_it(teacher, copy):
    folder, bring = copy
    answer(folder)
    mine = (folder / LESSON).read_bytes()
    mend(teacher, '"""', '"""Corrected. ', "helpers/__init__.py")
    assert bring() == 0
    assert (folder / LESSON).read_bytes() == mine and kept(folder) == []
    assert "Corrected" in (folder / "helpers/__init__.py").read_text()


def test_answer_to_an_exercise_that_changed_is_named_and_kept(teacher, copy, capsys):
    folder, bring = copy
    answer(folder)
    mend(teacher, "def my_ratio(z, i, j)", "def my_ratio(z, i, j, T)")
    assert bring() == 0
    assert "copy my_ratio over yourself" in capsys.readouterr().out
    assert copies.is_stub(solutions(folder / LESSON)["my_ratio"])
    assert solutions(kept(folder)[0])["my_ratio"] == right(NOTEBOOKS[0])["ratio"]


def test_notebook_that_is_no_notebook_any_more_is_kept_and_renewed(teacher, copy, capsys):
    folder, bring = copy
    (folder / LESSON).write_text("<<<<<<< HEAD")
    mend(teacher, "# Turn scores into probabilities", "# Corrected title")
    assert bring() == 0 and "No answer could be read" in capsys.readouterr().out
    assert kept(folder)[0].read_text() == "<<<<<<< HEAD"


def test_new_and_removed_files_arrive(teacher, copy):
    folder, bring = copy
    (teacher / "notebooks/11_new.ipynb").write_bytes((teacher / LESSON).read_bytes())
    git(teacher, "rm", "-q", "backstage/explorer/server.py")
    git(teacher, "add", ".")
    git(teacher, "commit", "-qm", "new")
    assert bring() == 0
    assert (folder / "notebooks/11_new.ipynb").exists() and not (
        folder / "backstage/explorer/server.py"
    ).exists()


def test_second_update_finds_nothing_to_do(teacher, copy, capsys):
    folder, bring = copy
    answer(folder)
    mend(teacher, "# Turn scores into probabilities", "# Corrected title")
    bring()
    capsys.readouterr()
    assert bring() == 0 and "Nothing has changed." in capsys.readouterr().out
    assert len(kept(folder)) == 1


def test_git_knows_of_the_students_answers_alone_after_an_update(teacher, tmp_path):
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", teacher, folder)
    answer(folder)
    git(folder, "commit", "-qam", "mine")
    mine = git(folder, "rev-parse", "HEAD")
    mend(teacher, "# Turn scores into probabilities", "# Corrected title")
    assert update.main([], folder) == 0
    assert git(folder, "status", "--porcelain").split() == ["M", LESSON]
    assert git(folder, "rev-parse", "HEAD") == git(teacher, "rev-parse", "HEAD")
    assert git(folder, "rev-parse", "before-update") == mine


@pytest.mark.parametrize("content", [None, b"no zip", {"a/b.txt": "no course"}, {"run.py": "", "../x": ""}])
def test_zip_that_is_not_the_course_changes_nothing(copy, tmp_path, content, capsys):
    folder, _ = copy
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    target = tmp_path / "odd.zip"
    if isinstance(content, bytes):
        target.write_bytes(content)
    elif content:
        with zipfile.ZipFile(target, "w") as packed:
            for name, text in content.items():
                packed.writestr(name, text)
    assert update.main([target], folder) == 1 and "Nothing was changed." in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def test_update_without_a_network_changes_nothing(teacher, copy, capsys):
    folder, _ = copy
    teacher.rename(teacher.with_name("away"))
    assert update.main([], folder) == 1 and "Nothing was changed." in capsys.readouterr().err


def test_fresh_puts_a_lesson_back_and_keeps_the_old_one(copy, capsys):
    folder, _ = copy
    original = (folder / LESSON).read_bytes()
    answer(folder)
    mine = (folder / LESSON).read_bytes()
    assert fresh.main(["1"], folder) == 0
    assert (folder / LESSON).read_bytes() == original
    assert [path.read_bytes() for path in kept(folder)] == [mine]
    (folder / LESSON).unlink()
    assert fresh.main(["01_softmax.ipynb"], folder) == 0 and (folder / LESSON).read_bytes() == original


def test_fresh_names_a_lesson_that_does_not_exist(copy, capsys):
    folder, _ = copy
    assert fresh.main(["99"], folder) == 1 and "99" in capsys.readouterr().out
    assert fresh.main([], folder) == 2


def test_handout_holds_everything_but_answers(copy):
    folder, _ = copy
    for name in [".venv/x", "exercises/answers/lesson_01.py", "tests/solutions/lesson_01.py", "grades/a"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    assert handout.main([], folder) == 0
    with zipfile.ZipFile(folder / "softmax.zip") as packed:
        names = set(packed.namelist())
    assert {f"softmax/{LESSON}", "softmax/run.py", "softmax/exercises/lesson_01.py"} <= names
    odd = ["answers/", "solutions/", ".venv/", "grades/", ".original/", "softmax.zip", ".git/"]
    assert [name for name in names for part in odd if part in name] == []


def test_handout_holds_what_is_committed_and_says_what_is_not(teacher, capsys):
    answer(teacher)
    assert handout.main([], teacher) == 0 and LESSON in capsys.readouterr().out
    with zipfile.ZipFile(teacher / "softmax.zip") as packed:
        assert packed.read(f"softmax/{LESSON}") == (ROOT / LESSON).read_bytes()


@pytest.mark.parametrize(
    "code, stub",
    [
        ("def f(z):\n    ...", True),
        ('def f(z):\n    """Doc."""\n    ...\n', True),
        ("def f(z):\n    return z", False),
        ("def f(z):\n    z = 1\n    ...", False),
        ("def f(z)\n    ...", False),
        ("x = 1", False),
        ("", False),
    ],
)
def test_stub_is_what_nobody_has_begun(code, stub):
    assert copies.is_stub(code) == stub
