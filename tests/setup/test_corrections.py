"""A lesson put back, a course packed for a class, and corrections that cost nobody an answer."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from answers import answered, right
from backstage.lessons import cells_of, definitions, exercise_of, is_stub, lessons, other_notebooks
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


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The real course as it lies here, committed: three lessons and few files, which makes copies quick."""
    folder, left_out = tmp_path_factory.mktemp("repository") / "teacher", "notebooks/(0[4-9]|1)|tests/(?!sol)"
    files = {n: text for n, text in handout.files(ROOT).items() if not re.match(left_out, n)}
    copies.replace({folder / name: content for name, content in files.items()})
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "course")
    git(folder, "gc", "-q")
    return folder


@pytest.fixture
def teacher(repository, tmp_path):
    return shutil.copytree(repository, tmp_path / "teacher")


def command(folder, name, *arguments, **how):
    """Run a command with the code of the course in this folder; return its exit code, and what it said."""
    line = [sys.executable, "-B", "-m", "backstage.commands", name, *arguments]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, **how)
    return done.returncode, done.stdout + done.stderr


def hand_out(teacher):
    handout.pack(teacher, teacher / "softmax.zip")
    return teacher / "softmax.zip"


def by_command(teacher):
    assert command(teacher, "handout")[0] == 0
    return teacher / "softmax.zip"


def from_github(teacher):
    """What "Download ZIP" gives."""
    git(teacher, "archive", "--prefix=course-main/", "-o", "main.zip", "HEAD")
    return teacher / "main.zip"


def packed_again(teacher):
    """What macOS packs of an unpacked hand-out in a folder: its own files lie beside."""
    files = {f"week 1/{name}": content for name, content in contents(hand_out(teacher)).items()}
    odd = ["__MACOSX/week 1/softmax/._run.py", "week 1/softmax/._run.py", "week 1/.DS_Store"]
    return zipped(teacher.parent / "again.zip", files | dict.fromkeys(odd, b""))


def from_windows(teacher):
    files = contents(hand_out(teacher)).items()
    return zipped(teacher.parent / "w.zip", {name.replace("/", "\\"): content for name, content in files})


def contents(path):
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            member = zipfile.ZipInfo()
            member.filename = name  # as it is, backslashes too
            packed.writestr(member, content)
    return path


@pytest.fixture(scope="module")
def handed_out(repository):
    """The zip of the course and a student's folder after the first set-up; no test changes them."""
    packed = repository.with_name("course.zip")
    handout.pack(repository, packed)
    shutil.unpack_archive(packed, repository.parent)
    folder = repository.parent / "softmax"
    copies.remember(handout.files(folder), folder)
    return packed, folder


@pytest.fixture
def student(handed_out, tmp_path):
    return shutil.copytree(handed_out[1], tmp_path / "softmax")


def state(folder):
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name.parts[0] != ".git"}


@pytest.fixture(params=["git", "zip"])
def copy(request, teacher, handed_out, tmp_path):
    """A student's copy of the course, and what brings the teacher's corrections to it."""
    folder = tmp_path / "softmax"
    if request.param == "git":
        git(tmp_path, "clone", "-q", teacher, folder)
        return folder, lambda: update.main([], folder)
    shutil.copytree(handed_out[1], folder)
    return folder, lambda: update.main([hand_out(teacher)], folder)


def answer(folder):
    """Answer all exercises of the first lesson, as a student who also writes a note at its end."""
    path = folder / LESSON
    notebook = answered(path, right(NOTEBOOKS[0]))
    notebook.cells.append({"cell_type": "markdown", "id": "note", "metadata": {}, "source": "my note"})
    path.write_text(json.dumps(notebook), encoding="utf-8")


def mend(teacher, old="# Turn scores into probabilities", new="# Corrected title", name=LESSON):
    path = teacher / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    git(teacher, "commit", "-qam", "mend")


def solutions(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {exercise_of(cell): "".join(cell["source"]) for cell in cells if exercise_of(cell)}


def kept(folder):
    return sorted((folder / "notebooks/kept").glob("*"))


def test_correction_of_a_lesson_keeps_the_answers_and_the_old_copy(teacher, copy, capsys):
    folder, bring = copy
    answer(folder)
    mine = (folder / LESSON).read_bytes()
    mend(teacher)
    mend(teacher, "How many times as likely", "How much more likely")  # a stub in other words
    assert bring() == 0
    assert "Corrected title" in (folder / LESSON).read_text(encoding="utf-8")
    assert solutions(folder / LESSON) == {f"my_{n}": code for n, code in right(NOTEBOOKS[0]).items()}
    assert [path.read_bytes() for path in kept(folder)] == [mine]
    assert kept(folder)[0].name in capsys.readouterr().out
    assert bring() == 0 and "Nothing has changed." in capsys.readouterr().out and len(kept(folder)) == 1


def test_lesson_that_nobody_corrected_stays_as_the_student_left_it(teacher, copy):
    folder, bring = copy
    answer(folder)
    mine = (folder / LESSON).read_bytes()
    mend(teacher, '"""', '"""Corrected. ', "helpers/__init__.py")
    assert bring() == 0
    assert (folder / LESSON).read_bytes() == mine and kept(folder) == []
    assert "Corrected" in (folder / "helpers/__init__.py").read_text()


def test_notebook_that_is_no_notebook_any_more_is_kept_and_renewed(teacher, copy, capsys):
    folder, bring = copy
    (folder / LESSON).write_text("<<<<<<< HEAD")
    mend(teacher)
    assert bring() == 0 and "No answer could be read" in capsys.readouterr().out
    assert kept(folder)[0].read_text() == "<<<<<<< HEAD"


def test_new_removed_and_corrected_files_arrive_and_no_copy_is_kept(teacher, copy):
    folder, bring = copy
    mend(teacher)
    (teacher / "notebooks/12_new.ipynb").write_bytes((teacher / LESSON).read_bytes())
    git(teacher, "rm", "-q", "backstage/explorer/server.py")
    git(teacher, "add", ".")
    git(teacher, "commit", "-qm", "new")
    assert bring() == 0
    assert "Corrected title" in (folder / LESSON).read_text(encoding="utf-8") and kept(folder) == []
    assert (folder / "notebooks/12_new.ipynb").exists()
    assert not (folder / "backstage/explorer/server.py").exists()


def test_git_knows_of_the_students_answers_alone_after_an_update(teacher, tmp_path):
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", teacher, folder)
    answer(folder)
    git(folder, "commit", "-qam", "mine")
    mine = git(folder, "rev-parse", "HEAD")
    mend(teacher)
    assert update.main([], folder) == 0
    assert git(folder, "status", "--porcelain").split() == ["M", LESSON]
    assert git(folder, "rev-parse", "HEAD") == git(teacher, "rev-parse", "HEAD")
    assert git(folder, "rev-parse", "before-update") == mine


@pytest.mark.parametrize("pack", [by_command, from_github, packed_again, from_windows])
def test_zip_of_the_course_in_each_form_brings_the_correction_and_takes_nothing(teacher, student, pack):
    folder = student
    answer(folder)
    mine, before = (folder / LESSON).read_bytes(), state(folder)
    mend(teacher)
    code, said = command(folder, "update", pack(teacher))
    assert code == 0 and f"{LESSON} is updated. Yours is " in said
    after = state(folder)
    assert before.keys() <= after.keys() and not {"._run.py", ".DS_Store"} & {path.name for path in after}
    assert solutions(folder / LESSON) == {f"my_{n}": code for n, code in right(NOTEBOOKS[0]).items()}
    assert [path.read_bytes() for path in kept(folder)] == [mine]
    assert command(folder, "fresh", "01")[0] == 0 and len(kept(folder)) == 2
    assert (folder / LESSON).read_bytes() == (teacher / LESSON).read_bytes()


def test_clone_that_a_zip_updated_has_its_lessons_fresh_as_the_zip_has_them(teacher, tmp_path):
    folder = tmp_path / "softmax"
    git(tmp_path, "clone", "-q", teacher, folder)
    mend(teacher)
    code, said = command(folder, "update", hand_out(teacher))
    assert (code, said) == (0, f"{LESSON} is updated.\n") and (folder / "exercises/answers").exists()
    assert command(folder, "fresh", "01")[0] == 0
    assert (folder / LESSON).read_bytes() == (teacher / LESSON).read_bytes()
    assert command(folder, "update")[0] == 0 and copies.originals(folder) == copies.tree("HEAD", teacher)


def without(*names):
    return lambda files: {name: content for name, content in files.items() if not name.startswith(names)}


@pytest.mark.parametrize(
    "changed, said",
    [
        (lambda files: b"no zip", "cannot be read"),
        (lambda files: {"a/b.txt": b"no course"}, "is not this course"),
        (lambda files: {"softmax/backstage/grading/inside/run.py": b""}, "is not this course"),
        (lambda files: files | {"../x": b""}, "is not this course"),
        (without("softmax/run.py"), "is not this course"),
        (lambda files: files | {f"old/{n}": files[n] for n in files},
         "more than once: softmax/, old/softmax/"),
        (without("softmax/notebooks/03"), "lacks notebooks/03_cross_entropy.ipynb"),
        (without("softmax/tests/", "softmax/backstage/"), "files of the course"),
        (lambda files: files | {f"softmax/{LESSON}": b"{}"}, f"{LESSON} of the new version cannot be read"),
    ],
)  # fmt: skip
def test_zip_that_may_not_be_the_next_version_changes_nothing(handed_out, tmp_path, changed, said, capsys):
    (packed, folder), target = handed_out, tmp_path / "odd.zip"
    files = changed(contents(packed))
    target.write_bytes(files) if isinstance(files, bytes) else zipped(target, files)
    before = state(folder)
    assert update.main([target], folder) == 1
    told = capsys.readouterr().err
    assert said in told and "Nothing was changed." in told and state(folder) == before
    assert update.main([target.with_name("none.zip")], folder) == 1 and update.main([1, 2], folder) == 2


def test_lesson_that_was_taken_out_goes_where_the_student_deletes_it(teacher, copy):
    folder, bring = copy
    git(teacher, "rm", "-q", "notebooks/03_cross_entropy.ipynb")
    git(teacher, "commit", "-qm", "less")
    assert bring() == 1
    (folder / "notebooks/03_cross_entropy.ipynb").unlink()
    assert bring() == 0 and not (folder / "notebooks/03_cross_entropy.ipynb").exists()


def small_disk():
    import resource  # which Windows has not

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_full_disk_changes_nothing(teacher, student):
    folder = student
    answer(folder)
    mend(teacher)
    packed, before = hand_out(teacher), state(folder)
    code, said = command(folder, "update", packed, preexec_fn=small_disk)
    assert code == 1 and "Nothing was changed." in said and "Traceback" not in said
    assert state(folder) == before


@pytest.mark.parametrize("at", ["01_softmax.ipynb", "plots.py"])
def test_file_that_cannot_be_replaced_brings_the_others_back(teacher, student, monkeypatch, at, capsys):
    folder, real = student, os.replace
    answer(folder)
    mend(teacher)
    mend(teacher, '"""', '"""Corrected. ', "helpers/plots.py")
    packed, before = hand_out(teacher), state(folder)

    def held(source, target):  # as Windows does with a file that is open or read-only
        if Path(target).name == at and ".original" not in Path(target).parts:
            raise PermissionError(13, "Access is denied", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", held)
    assert update.main([packed], folder) == 1
    assert "Access is denied" in (told := capsys.readouterr().err) and "Nothing was changed." in told
    assert state(folder) == before
    monkeypatch.undo()
    assert update.main([packed], folder) == 0 and "Corrected" in (folder / "helpers/plots.py").read_text()


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
    assert fresh.main([], folder) == 2
    capsys.readouterr()
    assert fresh.main(["99"], folder) == 1 and "99" in capsys.readouterr().out


def test_what_was_saved_once_is_not_written_over(teacher, tmp_path, monkeypatch):
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", teacher, folder)
    monkeypatch.setattr(time, "strftime", lambda _: "2026-11-30 10.00.00")
    weeks = [f"week {number}" for number in range(3)]
    for week in weeks:
        (folder / "notebooks/essay.md").write_text(week)
        for name in ["helpers/__init__.py", "exercises/answers/__init__.py"]:
            (folder / name).write_text(week)
            mend(teacher, '"""', f'"""Before {week}. ', name)
        git(folder, "add", ".")
        git(folder, "commit", "-qm", week)
        assert update.main([], folder) == 0
    assert sorted(path.read_text() for path in kept(folder)) == sorted(weeks * 2)
    branches = ["before-update", "before-update-2", "before-update-3"]
    assert [git(folder, "show", f"{name}:notebooks/essay.md") for name in branches] == weeks


ORIGINAL = (ROOT / LESSON).read_bytes()


def cell(source):
    about = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "execution_count": 1}
    return about | {"source": source}


def notebook_of(change):
    """The first lesson with other cells; change: from its cells, with sources as texts, to new ones."""
    return json.dumps(json.loads(ORIGINAL) | {"cells": change(cells_of(ORIGINAL))}).encode()


def below(*sources):
    """Leave the stubs as they are, and write these below."""
    return lambda cells: [*cells, *map(cell, sources)]


def instead(source):
    """Write this in place of the stub."""
    return lambda cells: [c | {"source": source} if exercise_of(c) == "my_ratio" else c for c in cells]


def bare(source):
    """The same in a notebook that lost its metadata."""
    return lambda cells: [cell | {"metadata": {}} for cell in instead(source)(cells)]


PLAIN = "def my_ratio(z, i, j):\n    return 1"
ELSEWHERE = "What you changed or added in other cells is there alone."


ANSWERS = [  # where an answer is, and what it is
    *((how, PLAIN) for how in (instead, below, bare)),
    (instead, "def helper(x):\n    return x\n\n" + PLAIN),
    (instead, "@cache\nasync " + PLAIN),
    (below, "my_ratio = lambda a, b, c: 1"),
    (below, "my_ratio = partial(f, 1)"),
    (instead, "from mine import ratio as my_ratio"),
    (instead, "%%time\n" + PLAIN),
    (instead, "def my_ratio(z, i, j):\n    return ("),
    (instead, "if True:\n    def my_ratio(z):\n        pass"),
]


@pytest.mark.parametrize(
    "change, carried, told",
    [
        *((how(source), [source], []) for how, source in ANSWERS),
        (below(PLAIN, "x = 1", PLAIN + "0"), [PLAIN, PLAIN + "0"], [ELSEWHERE]),
        (instead("def ratio_of_mine(z, i, j):\n    return 1"), [], [ELSEWHERE]),
        (below("my_note = 5"), [], [ELSEWHERE]),
    ],
)
def test_answer_goes_to_its_place_from_wherever_it_is(change, carried, told):
    new = ORIGINAL.replace(b"# Turn scores into", b"# Corrected: turn scores into")
    result, said = update.carry_over(notebook_of(change), ORIGINAL, new)
    before, after = cells_of(new), cells_of(result)
    old = {cell["source"] for cell in before}
    assert [cell["source"] for cell in after if cell["source"] not in old] == carried
    assert said == told and len({cell["id"] for cell in after}) == len(after)
    (place,) = [cell for cell in after if exercise_of(cell) == "my_ratio"]
    assert place["source"] == carried[-1] if carried else place in before


@pytest.mark.parametrize(
    "mine, knows, reason",
    [
        (PLAIN, True, "my_ratio (the exercise takes z, i, j, T now)"),
        ("my_ratio = f", False, "my_ratio (whether it takes z, i, j, T is not certain)"),
        ("def my_ratio(z, i, j, T=1):\n    return 1", False, None),
        ("def my_sigmoid(x):\n    return 1", True, "my_sigmoid (no longer asked for)"),
    ],
)
def test_answer_without_a_place_is_named_with_the_reason(mine, knows, reason):
    new = ORIGINAL.replace(b"my_ratio(z, i, j)", b"my_ratio(z, i, j, T)").replace(b"sigmoid", b"logistic")
    _, said = update.carry_over(notebook_of(below(mine)), ORIGINAL if knows else None, new)
    assert [line for line in said if "Not" in line] == [f"Not copied from it: {reason}."] * bool(reason)


def in_a_larger_one(teacher):
    """The course as a folder of a repository that holds more."""
    shutil.rmtree(teacher / ".git")
    git(teacher.parent, "init", "-q")
    git(teacher.parent, "add", "teacher")
    git(teacher.parent, "commit", "-qm", "all")


@pytest.mark.parametrize("around", [lambda teacher: None, in_a_larger_one])
def test_handout_holds_what_is_committed_and_says_what_is_not(teacher, around):
    around(teacher)
    answer(teacher)
    (teacher / "notebooks/solution_key.txt").write_text("key")
    code, said = command(teacher, "handout")
    assert code == 0 and LESSON in said and "notebooks/solution_key.txt" in said
    packed = contents(teacher / "softmax.zip")
    assert packed[f"softmax/{LESSON}"] == (ROOT / LESSON).read_bytes()
    assert {"softmax/run.py", "softmax/exercises/lesson_01.py"} <= packed.keys()
    hidden = ["answers/", "solutions/", ".git/", "solution_key"]
    assert [name for name in packed if any(part in name for part in hidden)] == []


def not_committed(teacher):
    shutil.rmtree(teacher / ".git")
    git(teacher.parent, "init", "-q")
    git(teacher.parent, "commit", "-qm", "nothing", "--allow-empty")


@pytest.mark.parametrize(
    "spoil, variables, said",
    [
        (lambda teacher: (teacher / ".git/HEAD").write_text("damaged"), {}, "`git rev-parse` says: fatal: "),
        (lambda teacher: None, {"PATH": ""}, "git does not start"),
        (lambda teacher: None, {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, "dubious ownership"),
        (not_committed, {}, "does not hold it: commit it."),
    ],
)
def test_where_git_refuses_nothing_is_packed_or_changed(teacher, spoil, variables, said, monkeypatch):
    spoil(teacher)
    for name in ["handout", "update", "fresh 01"]:
        code, told = command(teacher, *name.split(), env=os.environ | variables)
        assert code == 1 and "Nothing was" in told and "Traceback" not in told
        assert said in told or spoil is not_committed and name != "handout"
    assert not (teacher / "softmax.zip").exists() and kept(teacher) == []
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    copies.remember({"run.py": b"x"}, teacher)  # a set-up goes on, and stores what git does not tell
    assert copies.originals(teacher) == {"run.py": b"x"}


def test_without_git_the_folder_is_packed_and_what_was_changed_is_named(student):
    folder = student
    answer(folder)
    (folder / "notebooks/solution_key.txt").write_text("key")
    (folder / ".venv").mkdir()
    (folder / ".venv/x").write_text("")
    code, said = command(folder, "handout")
    assert code == 0 and said.splitlines()[1:] == [
        "There is no git here. These are in it, and not as they came to you:",
        LESSON,
        "notebooks/solution_key.txt",
    ]
    assert not [name for name in contents(folder / "softmax.zip") if ".venv" in name or ".original" in name]


def test_lessons_are_the_notebooks_with_a_number_and_a_name(tmp_path):
    odd = ["Untitled.ipynb", "tmp.ipynb", "01_softmax-Copy1.ipynb", "1_a.ipynb", "12_.txt", "my 01_a.ipynb"]
    copies.replace({tmp_path / "notebooks" / name: b"" for name in ["02_b.ipynb", "01_a.ipynb", *odd]})
    assert [path.name for path in lessons(tmp_path)] == ["01_a.ipynb", "02_b.ipynb"]
    assert {path.name for path in other_notebooks(tmp_path)} == {*odd} - {"12_.txt"}
    assert lessons(ROOT) == NOTEBOOKS


@pytest.mark.parametrize(
    "code, stub",
    [
        ("def f(z):\n    ...", True),
        ('def f(z):\n    """Doc."""\n    ...\n', True),
        ("def f(z):\n    return z", False),
        ("def f(z):\n    z = 1\n    ...", False),
        ("def f(z):\n    'doc'", False),
        ("def f(z)\n    ...", False),
        ("f = 1", False),
    ],
)
def test_stub_is_what_nobody_has_begun(code, stub):
    assert is_stub(definitions(code)["f"]) == stub
