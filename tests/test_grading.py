"""Grading for real: small classes hand in, and nbgrader's own commands collect, mark, comment and export."""

import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from answers import answered, exercises, right
from conftest import NOTEBOOKS, ROOT
from exercises import check

LESSON = NOTEBOOKS[0]  # the one in which everything goes wrong that can
FIRST = next(iter(exercises(LESSON)))  # its exercise that is lost where one is lost
WORDS = "What I thought: e grows faster than 2, so the gap widens. Ça va?"
TRY = 'import os\n\nprint("My own try:", 6 * 7, "with seed", os.environ["SOFTMAX_CHECK_SEED"])'


# What students hand in


def with_words(notebook, short=True):
    """With cells of the student's own, and without the lesson, which takes time."""
    if short:
        asked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        notebook.cells = [new_code_cell("import numpy as np\n\nfrom exercises import check"), *asked]
    notebook.cells += [new_markdown_cell(WORDS), new_code_cell(TRY)]
    return notebook


def wrong(name):
    first = f"mistake, variants = check.{name}.mistakes[0]"
    return f"import functools\n\n{first}\nmy_{name} = functools.partial(mistake, **variants[0])"


def ordinary(lesson):
    """Each student's notebook, and the exercises that go wrong in it."""
    good, every = right(lesson), [*exercises(lesson)]
    yield "untouched", with_words(nbformat.read(lesson, as_version=4)), every
    yield "right", with_words(answered(lesson, good), short=lesson != LESSON), []
    for name in every:
        yield f"wrong {name}", with_words(answered(lesson, {**good, name: wrong(name)})), [name]


def cell_of(notebook, grade_id):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def answers(source):
    return lambda notebook: cell_of(notebook, f"my_{FIRST}").update(source=source)


def runs(source):
    return lambda notebook: notebook.cells.insert(1, new_code_cell(source))


def does(*changes):
    return lambda notebook: [change(notebook) for change in changes]


def tampers(source):
    return does(answers(f"def my_{FIRST}(*args):\n    return 0"), runs(source))


def deletes(grade_id):
    return lambda notebook: notebook.cells.remove(cell_of(notebook, grade_id))


def pastes(notebook):
    """A first try and its check, copied with all metadata, as JupyterLab does."""
    pair = [nbformat.from_dict(cell_of(notebook, f"{part}_{FIRST}")) for part in ("my", "check")]
    for cell in pair:
        cell.id += "-copy"
    pair[0].source = f"def my_{FIRST}(*args):\n    return 'my first try'"
    notebook.cells[1:1] = pair


def edits(notebook):
    cell_of(notebook, f"check_{FIRST}").source = f"# my own note\ncheck.{FIRST}(lambda *args: 1)"


def edits_metadata(notebook):
    cell_of(notebook, f"check_{FIRST}").metadata.nbgrader.points = 50
    cell_of(notebook, f"check_{FIRST}").metadata.tags = ["skip-execution", "left out"]
    notebook.cells[0].metadata.nbgrader = {"schema_version": 1, "grade_id": "?"}


def is_old(notebook):
    deletes(f"check_{FIRST}")(notebook)
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]


PATCH = "from exercises.result import Result\n    Result.passed = property(lambda result: True)"
NOISE = 'warnings.warn("hm"); logging.error("hm"); print("hm", file=sys.stderr); os.write(2, b"hm"); return'
FULL = {
    "loops": runs("while True:\n    pass"),
    "is deaf": runs("import signal\n\nsignal.signal(2, signal.SIG_IGN)\nwhile True:\n    pass"),
    "calls sys.exit": runs("import sys\n\nsys.exit(1)"),
    "calls exit": does(answers("import time\n\ntime.sleep(2)\n" + right(LESSON)[FIRST]), runs("exit()")),
    "ends the kernel": runs("import os\n\nos._exit(0)"),
    "takes memory": does(runs("hog = np.zeros(10**9)"), runs("print('y' * 5_000_000)")),
    "deletes the check": deletes(f"check_{FIRST}"),
    "pastes": pastes,
    "edits the check": edits,
    "edits metadata": edits_metadata,
    "has an old Jupyter": is_old,
    "takes another cell": lambda notebook: cell_of(notebook, f"my_{FIRST}").update(metadata={}),
    "warns": answers("import logging, os, sys, warnings\n" + right(LESSON)[FIRST].replace("return", NOISE)),
    "brings helpers": lambda notebook: None,
}
LOST = {
    "ends the kernel in the check": answers(f"import os\n\ndef my_{FIRST}(*args):\n    os._exit(0)"),
    "deletes the stub": deletes(f"my_{FIRST}"),
    "replaces one check": tampers(f"check.{FIRST} = lambda function: 1"),
    "replaces all checks": tampers(f"class check:\n    {FIRST} = lambda function: 1"),
    "patches the result": tampers("if True:\n    " + PATCH),
    "patches when called": answers(f"def my_{FIRST}(*args):\n    {PATCH}"),
    "keeps the check silent": answers(
        f"import sys\n\ndef my_{FIRST}(*args):\n    sys.displayhook = lambda value: None"
    ),
}


def troubled():
    for student, change in (FULL | LOST).items():
        notebook = with_words(answered(LESSON, right(LESSON)))
        change(notebook)
        yield student, notebook, [FIRST] if student in LOST else []


RELEASED = "Zoë, released"  # and a name that a table must quote
CLASSES = {
    "ordinary": [(lesson, *case) for lesson in NOTEBOOKS for case in ordinary(lesson)],
    "troubled": [(LESSON, *case) for case in troubled()],
}


# What the instructor does


def environment():
    """nbgrader, in an environment of its own: it would put panels into the students' JupyterLab."""
    home = Path(sys.prefix) / "grading"  # it goes when the environment around it goes
    stamp, files = home / "stamp", [ROOT / "pyproject.toml", ROOT / "requirements.lock"]
    made_of = hashlib.sha256(
        b"".join([sys.version.encode(), *(file.read_bytes() for file in files)])
    ).hexdigest()
    if not (stamp.exists() and stamp.read_text() == made_of):
        stamp.unlink(missing_ok=True)  # first of all: what is half made must not count as good
        uv("venv", "--clear", "--python", sys.executable, home)
        # Compiled, or each command takes twice as long where Python may not write what it compiles.
        uv("pip", "install", "--compile-bytecode", "--python", home, "-c", files[1], "-e", ".[grade]")
        stamp.write_text(made_of)
    return home / ("Scripts" if os.name == "nt" else "bin")


def uv(*arguments):
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        said = " ".join(done.stderr.split())
        pytest.fail(f"nbgrader could not be installed; is there a network? {said}", pytrace=False)


def nbgrader(bin, course, *arguments, **variables):
    done = subprocess.run(
        [bin / "nbgrader", *arguments],
        cwd=course, env=os.environ | variables, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0 or arguments[0] in ("autograde", "zip_collect"), done.stderr
    return done


def grade(hand_in, limits, bin, course):
    """Run every step, and return what autograde has to say."""
    nbgrader(bin, course, "generate_assignment", "*")
    hand_in(bin, course)
    said = nbgrader(bin, course, "autograde", "*", *limits)
    nbgrader(bin, course, "generate_feedback", "*")
    nbgrader(bin, course, "export")
    return said


def submitted(course, student, lesson):
    return course / "grades/submitted" / student / lesson.stem / lesson.name


def hand_in_ordinary(_, course):
    """By hand, into the folders where nbgrader wants them. One student had the released copy."""
    released = course / "grades/release" / LESSON.stem / LESSON.name
    extra = LESSON, RELEASED, with_words(answered(released, right(LESSON))), []
    for lesson, student, work, _ in [*CLASSES["ordinary"], extra]:
        path = submitted(course, student, lesson)
        path.parent.mkdir(parents=True)
        nbformat.write(work, path)


NAMES = [
    "{}_{}.ipynb", "{}_{} (1).ipynb", "{}_{}.zip", "{}.zip",
    "{}_12345_assignsubmission_file_{}.ipynb", "Course 7/{}_12345_assignsubmission_file_/{}.ipynb",
    "{}_1234_5678_{}-1.ipynb", "submissions/{}_LATE_1234_5678_{}.ipynb",
]  # fmt: skip


def hand_in_troubled(bin, course):
    """Under every name that a platform gives, and with two files that are not the lesson."""
    archive = course / "grades/downloaded" / LESSON.stem / "archive"
    for (_, student, work, _), name in zip(CLASSES["troubled"], cycle(NAMES), strict=False):
        path = archive / name.format(student, LESSON.stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = nbformat.writes(work)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as folder:
                folder.writestr(f"course/notebooks/{LESSON.name}", text)
                folder.writestr(f"course/notebooks/{NOTEBOOKS[1].name}", "another lesson")
                folder.writestr(f"course/notebooks/.ipynb_checkpoints/{LESSON.stem}-checkpoint.ipynb", "{}")
        else:
            path.write_text(text, encoding="utf-8")
    (archive / f"scribbles_{LESSON.name}").write_text("no notebook")
    shutil.copy(NOTEBOOKS[1], archive / f"mistaken_{LESSON.name}")
    nbgrader(bin, course, "zip_collect", LESSON.stem)
    for name in ["helpers/__init__.py", "numpy.py", "pathlib.py"]:
        path = submitted(course, "brings helpers", LESSON).parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise SystemExit")


ODD_NAMES = {
    "Ada Lovelace_12345_assignsubmission_file/ada_01_softmax.ipynb": "Ada Lovelace",
    "Bo_12345_assignsubmission_file_/my_01_softmax.ipynb": "Bo",
    "Cy_123_assignsubmission_file_course.zip/course/notebooks/01_softmax.ipynb": "Cy",
    "dd_1234_5678_course.zip/notebooks/01_softmax.ipynb": "dd",
    "ee.zip/notebooks/my_01_softmax.ipynb": "ee",
    "ee.zip/__MACOSX/notebooks/._01_softmax.ipynb": None,
    "ee.zip/notebooks/02_overflow.ipynb": None,
    "Copy of ff_01_softmax.ipynb": "ff",
    "Rene\u0301_01_softmax-Copy1.ipynb": "Ren\u00e9",
    "jo 01_softmax.ipynb": "jo",
    "ivan-01_softmax.ipynb": "ivan",
    "Kim Lee_01_Softmax-1.ipynb": "Kim Lee",
    "maria_2_01_softmax_final.ipynb": "maria_2",
    "Nina [late]_01_softmax.ipynb": "Nina _late_",
    "..ole_01_softmax.ipynb": "_ole",
    "01_softmax.zip/pia_01_softmax.ipynb": "pia",
}
NOT_UNDERSTOOD = ["01_softmax.ipynb", "hana_02_overflow.ipynb", "Untitled.ipynb", "leo_01_softmax.pdf", "kai"]
TWICE = ["Zo\u00eb_01_softmax.ipynb", "Zoe\u0308_01_softmax (1).ipynb"]


def fill(archive, names, text):
    shutil.rmtree(archive, ignore_errors=True)
    for name in names:
        outer, zipped, inner = name.partition(".zip")
        path = archive / (outer + zipped)
        path.parent.mkdir(parents=True, exist_ok=True)
        if zipped:
            with zipfile.ZipFile(path, "a") as folder:
                folder.writestr(inner.strip("/") or "README.md", text)
        else:
            path.write_text(text)


def collect_twice(bin, course):
    """Return what zip_collect said to two files of one student, and to files that are not understood."""
    archive = course / "grades/downloaded" / LESSON.stem / "archive"
    names = [*ODD_NAMES, *NOT_UNDERSTOOD[:-1], "kai.zip"]
    fill(archive, [*names, *TWICE], "first")
    first = nbgrader(bin, course, "zip_collect", LESSON.stem)
    fill(archive, names, "second")
    return first, nbgrader(bin, course, "zip_collect", LESSON.stem)


def take_no_seed(bin, course):
    return nbgrader(bin, course, "autograde", "*", SOFTMAX_CHECK_SEED="-5")


def grade_all(tmp_path_factory):
    """What takes a while, each in what looks like a clone: from the name to the folder and what was said."""
    limits = ["--Execute.timeout=5", "--Execute.iopub_timeout=2"]  # seconds that tests can wait for
    jobs = {
        "ordinary": partial(grade, hand_in_ordinary, []),
        "troubled": partial(grade, hand_in_troubled, limits),
        "odd names": collect_twice,
        "no seed": take_no_seed,
    }
    bin, folders = environment(), [tmp_path_factory.mktemp(name) for name in jobs]
    for folder in folders:
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        shutil.copy(ROOT / "nbgrader_config.py", folder)
    with ThreadPoolExecutor() as pool:
        said = pool.map(lambda job, folder: job(bin, folder), jobs.values(), folders)
        return dict(zip(jobs, zip(folders, said, strict=True), strict=True))


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    return grade_all(tmp_path_factory)


def marks(course, table="grades.csv"):
    with open(course / "grades" / table, encoding="utf-8-sig") as file:
        return {(row["lesson"], row["student"]): row for row in csv.DictReader(file)}


def read(course, step, student, lesson, suffix=".ipynb"):
    path = course / "grades" / step / student / lesson.stem / (lesson.stem + suffix)
    return path.read_text(encoding="utf-8")


def sources(text):
    return [cell.source for cell in nbformat.reads(text, as_version=4).cells]


CASES = [
    pytest.param(name, *case, id=f"{case[0].stem}-{case[1]}")
    for name, cases in CLASSES.items()
    for case in [*cases, *([(LESSON, RELEASED, None, [])] if name == "ordinary" else [])]
]


@pytest.mark.parametrize("name, lesson, student, work, lost", CASES)
def test_points_are_those_of_the_right_answers(courses, name, lesson, student, work, lost):
    points = exercises(lesson)
    row = marks(courses[name][0])[lesson.stem, student]
    assert row["status"] == "graded"
    assert float(row["out_of"]) == sum(points.values())
    assert float(row["points"]) == sum(points.values()) - sum(points[one] for one in lost)


@pytest.mark.parametrize("name, lesson, student, work, lost", CASES)
def test_nothing_that_a_student_wrote_is_lost(courses, name, lesson, student, work, lost):
    course = courses[name][0]
    handed_in = read(course, "submitted", student, lesson)
    if work:
        assert handed_in.strip() == nbformat.writes(work).strip()
    before, after = sources(handed_in), sources(read(course, "autograded", student, lesson))
    assert after[: len(before)] == before
    feedback = read(course, "feedback", student, lesson, ".html")
    assert WORDS in feedback and "My own try: 42" in feedback


def test_a_released_copy_asks_what_the_lesson_asks_and_the_lesson_stays_as_it_is(courses):
    course, _ = courses["ordinary"]
    for lesson in NOTEBOOKS:
        release = course / "grades/release" / lesson.stem / lesson.name
        assert sources(release.read_text(encoding="utf-8")) == sources(lesson.read_text(encoding="utf-8"))
        assert (course / "notebooks" / lesson.name).read_bytes() == lesson.read_bytes()


def test_instructor_is_told_whose_notebook_failed(courses):
    said = courses["troubled"][1]
    assert said.returncode == 1 and "for student 'scribbles'" in said.stderr
    assert f"mistaken handed in a notebook that is not {LESSON.stem}" in said.stderr
    assert "Notebook JSON is invalid" not in said.stderr  # what an older Jupyter wrote is mended
    assert "ends the kernel: This cell was left out" in said.stderr
    assert "is deaf: This cell was left out" in said.stderr
    assert courses["ordinary"][1].returncode == 0 and "ERROR" not in courses["ordinary"][1].stderr


def test_table_tells_zero_from_nothing_and_names_mistakes(courses):
    course = courses["ordinary"][0]
    assert (course / "grades/grades.csv").read_bytes().startswith("\ufeff".encode())  # for Excel
    rows = marks(course)
    zero = {"points": "0", "status": "graded", "mistakes": ""}
    assert zero.items() <= rows[LESSON.stem, "untouched"].items()
    nothing = {"points": "", "status": "not handed in", "mistakes": ""}
    assert nothing.items() <= rows[NOTEBOOKS[1].stem, RELEASED].items()
    mistake = getattr(check, FIRST).mistakes[0][0].__name__
    assert rows[LESSON.stem, f"wrong {FIRST}"]["mistakes"] == mistake
    for student in ["scribbles", "mistaken"]:
        assert marks(courses["troubled"][0])[LESSON.stem, student]["status"] == "failed"


def test_long_output_is_cut(courses):
    text = read(courses["troubled"][0], "autograded", "takes memory", LESSON)
    assert len(text) < 200_000
    assert "what this cell printed is left out" in text


def test_student_is_told_too(courses):
    course = courses["troubled"][0]
    told = {"ends the kernel": "This cell was left out", "loops": "No reply from kernel before timeout"}
    told["ends the kernel in the check"] = "This check did not come to its end"
    if sys.platform == "linux":
        told["takes memory"] = "Unable to allocate"
    for student, text in told.items():
        assert text in read(course, "feedback", student, LESSON, ".html"), student


def test_everybody_gets_the_same_inputs_and_nobody_knows_them(courses):
    seeds = {}
    for name, lesson, student, *_ in (case.values for case in CASES):
        text = read(courses[name][0], "autograded", student, lesson)
        seeds.setdefault(name, set()).update(re.findall(r"My own try: 42 with seed (\d+)", text))
    assert [len(found) for found in seeds.values()] == [1, 1]
    assert seeds["ordinary"] != seeds["troubled"]


def test_tampering_would_pay_without_the_guard(courses):
    course, who = courses["troubled"][0], "replaces one check"
    arguments = ["--student", who, "--force", "--Execute.extra_arguments=--log-level=ERROR"]
    nbgrader(environment(), course, "autograde", LESSON.stem, *arguments)
    notebook = nbformat.reads(read(course, "autograded", who, LESSON), as_version=4)
    (output,) = cell_of(notebook, f"check_{FIRST}").outputs
    assert output.data["text/plain"] == "1"


def test_an_older_mark_does_not_stay(courses):
    course = courses["ordinary"][0]
    submitted(course, RELEASED, LESSON).touch()  # another one came, and was not graded yet
    nbgrader(environment(), course, "export", "--to", "grades/new.csv")
    assert marks(course)[LESSON.stem, RELEASED]["status"] == "graded"
    row = marks(course, "new.csv")[LESSON.stem, RELEASED]
    assert (row["points"], row["status"]) == ("", "failed")


def test_names_of_all_kinds_are_collected_in_a_second_round(courses):
    course, (first, second) = courses["odd names"]
    assert first.returncode == 1
    assert all(text in first.stderr for text in ["Two files for zo\u00eb", *TWICE])
    found = (course / "grades/submitted").rglob("*.ipynb")
    wanted = dict.fromkeys(filter(None, ODD_NAMES.values()), "second")
    assert {path.parts[-3]: path.read_text() for path in found} == wanted
    errors = [line.rpartition(": ")[2] for line in second.stderr.splitlines() if "ERROR" in line]
    assert sorted(errors) == sorted(NOT_UNDERSTOOD)


def test_a_seed_that_is_no_number_stops_everything(courses):
    said = courses["no seed"][1]
    assert said.returncode == 1
    assert said.stderr.strip() == "SOFTMAX_CHECK_SEED is '-5', and must be a whole number, 0 or more."


def test_a_failed_installation_says_so_in_one_line():
    with pytest.raises(pytest.fail.Exception, match="^nbgrader could not be installed; is there a .*$"):
        uv("pip", "install", "--offline", "--python", sys.executable, "no-such-package-anywhere")
