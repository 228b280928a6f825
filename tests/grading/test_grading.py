"""Grading for real: hostile notebooks and accidents among innocent ones, and what a class gets out of it."""

import copy
import csv
import functools
import hashlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from answers import answered, exercises, right
from backstage.commands import grade as command_of
from backstage.grading import classes, engine, look, report, sandbox
from backstage.lessons import cells_of
from conftest import NOTEBOOKS, ROOT

pytestmark = pytest.mark.infrastructure

LESSON = NOTEBOOKS[0]  # the one in which everything goes wrong that can
POINTS = exercises(LESSON)
FIRST = next(iter(POINTS))  # its exercise that goes wrong
ALL = sum(POINTS.values())
HONEST = ALL - POINTS[FIRST]
MARKER = "987654"  # seconds that nothing else here sleeps for


# What is handed in


def short(notebook):
    """Without the lesson, which takes time."""
    asked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    notebook.cells = [new_code_cell("import numpy as np\n\nfrom helpers import check"), *asked]
    return notebook


@functools.cache
def right_answers():
    return short(answered(LESSON, right(LESSON)))


def solved():
    return copy.deepcopy(right_answers())


def cell_of(notebook, grade_id):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def with_cell(source, answer=None):
    """All right but for the first answer, and a cell more, before it."""
    notebook = solved()
    if answer is not None:
        cell_of(notebook, f"my_{FIRST}").source = answer
    notebook.cells.insert(1, new_code_cell(source))
    return notebook


WRONG = f"def my_{FIRST}(*args):\n    return 0.0"


def attacks(kind):
    """From the name of each attack to its cell, out of one chapter of tests/support/attacks.txt."""
    text = (ROOT / "tests/support/attacks.txt").read_text(encoding="utf-8")
    chapter = re.search(rf"^# {kind}.*?(?=^# |\Z)", text, re.MULTILINE | re.DOTALL)[0]
    sections = re.findall(r"^## (.+)\n((?:(?!##? ).*\n?)*)", chapter, re.MULTILINE)
    return {name: source.strip().replace("COURSE", str(ROOT)) for name, source in sections}


def edits(notebook):
    cell_of(notebook, f"check_{FIRST}").source = f"# my own note\ncheck.{FIRST}(lambda *args: 1)"


def pastes(notebook):
    """A first try and its check, copied with all metadata, as JupyterLab does."""
    pair = [nbformat.from_dict(cell_of(notebook, f"{part}_{FIRST}")) for part in ("my", "check")]
    for cell in pair:
        cell.id += "-copy"
    pair[0].source = f"def my_{FIRST}(*args):\n    return 'my first try'"
    notebook.cells[1:1] = pair


def is_old(notebook):
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]


def checks_first(notebook):
    check_cell = cell_of(notebook, f"check_{FIRST}")
    notebook.cells.remove(check_cell)
    notebook.cells.insert(1, check_cell)


def runs(source, at=1):
    return lambda notebook: notebook.cells.insert(at, new_code_cell(source))


NOISE = 'warnings.warn("hm"); logging.error("hm"); print("hm", file=sys.stderr); os.write(2, b"hm"); return'
ACCIDENTS = {  # none of them costs a point
    "loops": runs("while True:\n    pass"),
    "is deaf": runs("import signal\nsignal.signal = signal.setitimer = lambda *a: None\n7 ** 10**8"),
    "swallows": runs("while True:\n    try:\n        while 1: pass\n    except: pass"),
    "calls exit": runs("exit()"),
    "calls sys.exit": runs("import sys\n\nsys.exit(1)"),
    "ends the kernel": runs("import os\n\nos._exit(0)"),
    "raises": runs("1 / 0"),
    "is no Python": runs("def f(:"),
    "asks": runs("input('name? ')"),
    "takes too much": runs("hog = np.zeros(10**10)"),
    "resets": lambda notebook: notebook.cells.append(new_code_cell("%reset -f")),
    "deletes numpy": lambda notebook: notebook.cells.append(new_code_cell("del np")),
    "times a cell": lambda n: cell_of(n, f"my_{FIRST}").update(source="%%time\n" + right(LESSON)[FIRST]),
    "deletes the check": lambda notebook: notebook.cells.remove(cell_of(notebook, f"check_{FIRST}")),
    "puts its check first": checks_first,
    "pastes": pastes,
    "edits the check": edits,
    "has an old Jupyter": is_old,
    "loses the metadata": lambda notebook: [cell.metadata.clear() for cell in notebook.cells],
    "writes words": lambda notebook: notebook.cells.append(new_markdown_cell("<img src=x onerror=alert(1)>")),
    "warns": lambda n: cell_of(n, f"my_{FIRST}").update(
        source="import logging, os, sys, warnings\n" + right(LESSON)[FIRST].replace("return", NOISE)
    ),
}  # fmt: skip
UNCOUNTED = [  # ways to memory that no process maps
    "takes memory without a name",
    "lets go of memory that is kept",
    "takes memory by another device",
    "takes memory of System V",
]
LOST = {  # these cost the points of their own exercise
    "ends the kernel in the check": f"import os\n\ndef my_{FIRST}(*args):\n    os._exit(0)",
    "loops in the check": f"def my_{FIRST}(*args):\n    while True:\n        pass",
    "recurses": f"def my_{FIRST}(*args):\n    return my_{FIRST}(*args)",
    "answers with a script": f"def my_{FIRST}(*args):\n    return '<script>fetch(1)</script><img src=x>'",
    "is not attempted": f"def my_{FIRST}(z, i, j):\n    ...",
}  # fmt: skip


def class_of_notebooks():
    """From each student to the notebook and the points that are deserved."""
    yield "a right", solved(), ALL
    yield "a zero", short(nbformat.read(LESSON, as_version=4)), 0
    for name, source in attacks("crimes").items():
        yield name, with_cell(source), ALL
    for name, source in attacks("cheats").items():
        notebook = with_cell(source, WRONG if f"my_{FIRST}" not in source else "")
        yield name, notebook, 0 if name.startswith("transforms") else HONEST  # those hit all their cells
    for name, change in ACCIDENTS.items():
        notebook = solved()
        change(notebook)
        yield name, notebook, ALL
    for name, answer in LOST.items():
        yield name, with_cell("pass", answer), HONEST
    yield "z right", solved(), ALL
    yield "z zero", short(nbformat.read(LESSON, as_version=4)), 0


DESERVED = {name: points for name, _, points in class_of_notebooks()}


def snapshot(*more):
    """Every file that a notebook might want to change: of the course, this environment and more folders."""
    names = ("backstage", "exercises", "grades", "helpers", "notebooks", "tests")
    folders = [*(ROOT / name for name in names), *more]
    files = [path for folder in folders for path in folder.rglob("*.*") if "__pycache__" not in path.parts]
    files += Path(sys.prefix).glob("lib/python*/site-packages/*")
    return {path: path.stat().st_mtime_ns for path in files if path.is_file()}


def grade_once(*job):
    """Results that may be kept, so that nothing is graded a second time; they say that they should not be."""
    return [result | {"again": False, "shaky": result.get("again")} for result in engine.grade(*job)]


@pytest.fixture(scope="module")
def graded(sandboxed, tmp_path_factory):
    """The whole class, graded in one go, with limits that tests can wait for."""
    out, folder = tmp_path_factory.mktemp("grades"), tmp_path_factory.mktemp("class")
    for name, notebook, _ in class_of_notebooks():
        (folder / f"{name}_01_softmax.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (folder / "m scribbles.ipynb").write_text("no notebook")
    (folder / "m deep.ipynb").write_text("[" * 100_000)
    (folder / "m empty.ipynb").write_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}')
    (out / "results").mkdir()
    (out / "results/of last week.json").write_text("{}")
    before = snapshot(folder, out / "results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "MEMORY", 2**29)
        patch.setattr(engine, "CELL", 3)  # time for taking too much memory, too, on a busy machine
        patch.setattr(engine, "DEAF", 3)
        patch.setattr(engine, "ANSWER", 6)
        patch.setattr(classes, "grade", grade_once)
        works, _ = classes.grade_class([folder], out)
    works = {work.submission.name: work for found in works.values() for work in found.values()}
    return works, out, (before, snapshot(folder, out / "results"))


@pytest.mark.parametrize("name", DESERVED)
def test_everybody_gets_the_points_of_their_own_answers(graded, name):
    result = graded[0][name].result
    points = {exercise: one["points"] for exercise, one in result["exercises"].items()}
    assert sum(points.values()) == DESERVED[name], result


def test_the_machine_is_as_it_was(graded):
    before, after = graded[2]
    assert before.items() <= after.items()
    notebooks = {work.submission.notebook for work in graded[0].values()}
    may_be_new = {hashlib.sha256(notebook).hexdigest() for notebook in notebooks} | {"written.json"}
    assert {path.name.split()[0] for path in after.keys() - before.keys()} <= may_be_new
    running = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in running if MARKER in line]
    assert (
        os.environ["HOME"] == str(Path.home())
        and not Path.home().joinpath(".ipython/profile_default/startup/00.py").exists()
    )


def test_what_was_left_out_or_is_unusual_is_flagged(graded):
    flags = {name: " ".join(work.result["flags"]) for name, work in graded[0].items()}
    assert "a cell was left out: it ended by itself" in flags["ends the kernel"]
    for name in ("starts too many", "starts threads"):
        assert "more than 40 processes and threads" in flags[name]
    for name in ("takes memory in many places", "hides behind short lives"):
        assert "more than 512 MB of memory" in flags[name]
    for name in ("walks the frames", "asks the garbage collector", "transforms the syntax tree"):
        assert "unusual code" in flags[name]
    for name in UNCOUNTED:  # refused: had they got it, they would sleep for too long
        assert "was stopped" not in flags[name] and "left out" not in flags[name]
    assert not flags["a zero"] and "unusual" not in flags["z right"]
    shaky = {name for name, work in graded[0].items() if work.result.get("shaky")}
    assert {n for n, flag in flags.items() if "was left out" in flag or "was stopped" in flag} <= shaky


def test_nothing_in_a_lesson_is_unusual(notebook):
    sources = engine.sources(cells_of(notebook.read_bytes()))
    sources += right(notebook).values()
    assert sources and not [source for source in sources if engine.SUSPICIOUS.search(source)]


def test_what_takes_too_long_is_flagged(graded, monkeypatch):
    monkeypatch.setattr(engine, "SECONDS", 3)
    sleeps = nbformat.writes(with_cell("import time\ntime.sleep(60)"))
    flags = engine.grade(sleeps.encode())[0]["flags"]
    assert "not all of it was run: it took more than 3 seconds" in flags
    assert "a cell was stopped after 3 seconds" in graded[0]["loops"].result["flags"]


def test_what_is_no_notebook_costs_itself_alone(graded):
    for name in ("m scribbles", "m deep", "m empty"):
        assert graded[0][name].result["problem"], name


def test_a_table_has_a_row_for_each_student(graded):
    text = (graded[1] / "grades.csv").read_text(encoding="utf-8-sig")
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["a right"][f"01 {FIRST}"] == str(POINTS[FIRST]) and rows["a right"]["total"] == str(ALL)
    assert rows["a right"]["01 status"] == "graded" and rows["a zero"]["total"] == "0"
    assert {row["out of"] for row in rows.values()} == {str(ALL)}


def test_a_second_round_grades_only_what_is_new(graded, monkeypatch):
    works, out, _ = graded
    jobs = [(works[name].submission.notebook, "01") for name in ("a right", "a zero")]
    monkeypatch.setattr(classes, "grade", exit)  # nothing is left to call it for
    assert [report.points(one) for one in classes.grade_all(jobs, out / "results").values()] == [ALL, 0]


def test_feedback_runs_no_script_and_asks_nobody(graded, chromium):
    """In a browser, as an instructor or a student would open it."""
    works, out, _ = graded
    with zipfile.ZipFile(next(out.glob("feedback*.zip"))) as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(pages) == len(works)
    pages["class"] = (out / "class.html").read_text(encoding="utf-8")
    page, asked = chromium.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    for name in ("answers with a script_01_softmax.html", "shows a script_01_softmax.html", "class"):
        page.set_content(pages[name])
        assert page.locator("script, img").count() == 0, name
    assert asked == []
    assert "&lt;script&gt;" in pages["answers with a script_01_softmax.html"]
    page.close()


def test_one_notebook_gives_its_results(graded, tmp_path):
    """By the command that platforms call, for a file with another name; the seed draws the same inputs."""
    path = tmp_path / "my solution.ipynb"
    path.write_text(nbformat.writes(solved()), encoding="utf-8")
    run = {"cwd": ROOT, "capture_output": True, "text": True, "check": True}
    line = [sys.executable, ROOT / "run.py", "grade", path, "--json", "--seed", "7"]
    (result,) = json.loads(subprocess.run(line, **run).stdout)
    assert result["lesson"] == "01" and result["out_of"] == ALL == report.points(result)


def test_the_commands_that_teachers_copy_work_as_they_stand(sandboxed, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    (python run.py grade notebooks/.+)$", text, re.M)
    assert len(lines) == 2
    for line in lines:
        assert command_of.main(shlex.split(line, comments=True)[3:]) == 0, line
        assert "cannot be read" not in capsys.readouterr().out, line


def command(path, option, capsys):
    """What the same command prints, here."""
    assert command_of.main([str(path), option]) == 0
    return json.loads(capsys.readouterr().out)


def test_one_notebook_gives_gradescopes_scores(graded, tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(solved()), encoding="utf-8")
    scores = command(path, "--gradescope", capsys)
    assert scores["score"] == ALL == sum(test["max_score"] for test in scores["tests"])


def test_whatever_was_handed_in_has_a_result(graded, tmp_path, capsys, monkeypatch):
    """No notebook, no file, a folder, one that never ends."""
    monkeypatch.setattr(engine, "CELL", 3)
    path = tmp_path / "a.ipynb"
    assert "No such file" in command(path, "--json", capsys)[0]["problem"]
    assert "directory" in command(tmp_path, "--json", capsys)[0]["problem"]
    path.write_text("no notebook")
    assert "no notebook" in command(path, "--json", capsys)[0]["problem"]
    assert "no notebook" in command(path, "--gradescope", capsys)["output"]
    path.write_text(nbformat.writes(with_cell("while True:\n    pass")), encoding="utf-8")
    (result,) = command(path, "--json", capsys)
    assert report.points(result) == ALL and result["flags"] == ["a cell was stopped after 3 seconds"]


def test_a_run_that_is_stopped_goes_on_where_it_was(graded, tmp_path):
    """Ctrl-C when one of two notebooks is graded; the same command then grades the other."""
    (tmp_path / "class").mkdir()
    for name, notebook in {"ada": solved(), "bo": with_cell("import time\ntime.sleep(5)")}.items():
        path = tmp_path / f"class/{name}_01_softmax.ipynb"
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
    program = (
        "import pathlib, sys; from backstage.commands import grade; grade.OUT = pathlib.Path(sys.argv[2]);"
        "sys.exit(grade.main(sys.argv[1:2]))"
    )
    once = [sys.executable, "-c", program, tmp_path / "class", tmp_path / "grades"]
    pipes = {"cwd": ROOT, "text": True, "stdout": subprocess.PIPE, "start_new_session": True}
    with subprocess.Popen(once, **pipes) as process:
        said = ""
        while "1 of 2" not in said:
            said += process.stdout.read(1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said += process.stdout.read()
    assert process.returncode == 130 and "goes on from here" in said
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("grades/results/* 01.json")}
    assert len(kept) == 1
    assert "1 of 1 notebooks graded" in subprocess.run(once, check=True, **pipes).stdout
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    rows = csv.DictReader(io.StringIO((tmp_path / "grades/grades.csv").read_text(encoding="utf-8-sig")))
    assert [row["total"] for row in rows] == [str(ALL)] * 2


def test_the_sandbox_holds_no_right_answer_and_no_judge():
    shown = [file.name for path in sandbox.COURSE for file in (path, *path.rglob("*"))]
    assert not [name for name in shown if re.match("lesson_|diagnosis|slips|answers|pieces|judge", name)]


def test_without_a_sandbox_nothing_is_run(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "--trust-students" in sandbox.prepare() and "bubblewrap" in sandbox.prepare()


def test_on_windows_nobody_is_trusted(monkeypatch):
    """There, what talks to the sandbox cannot wait for it."""
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.os, "name", "nt")
        why = sandbox.prepare(trusting=True)
    assert "container" in why and sandbox.TRUST not in os.environ


@pytest.mark.skipif(os.name == "nt", reason="Windows has no --trust-students")
def test_those_who_trust_get_the_same_points(tmp_path):
    sandbox.prepare(trusting=True)
    try:
        results = engine.grade(nbformat.writes(solved()).encode())
    finally:
        sandbox.prepare()
    assert report.gradescope(results)["score"] == ALL


def test_every_lesson_is_found_by_its_content(notebook):
    content = json.loads(notebook.read_text("utf-8"))
    assert look.read(json.dumps(content).encode()).lessons == [notebook.stem[:2]]
    for cell in content["cells"]:  # without titles and ids
        cell["metadata"].pop("nbgrader", None)
    content["cells"] = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert look.read(json.dumps(content).encode()).lessons == [notebook.stem[:2]]
