"""What grading costs, for each lesson and for a class, against stock nbgrader on the same notebooks.

    python run.py bench grading [students]

nbgrader is installed into a folder of its own, which is deleted afterwards. It runs the same solved
notebooks with its default settings, and shows that it can read the metadata: it must find every exercise.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/support")]

import answers  # noqa: E402
from grading import classes, sandbox  # noqa: E402

LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))


@contextlib.contextmanager
def measured():
    """A list that gets wall and CPU seconds of this process and of those that it waited for."""

    def cpu():
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    took, wall, before = [], time.perf_counter(), cpu()
    yield took
    took += [time.perf_counter() - wall, cpu() - before]


def solved(lesson, student):
    """A solved notebook that no other student has."""
    notebook = answers.answered(lesson, answers.right(lesson))
    notebook.cells.append(nbformat.v4.new_code_cell(f"student = {student}"))
    return nbformat.writes(notebook)


def ours(lesson, students, folder):
    for student in range(students):
        (folder / f"s{student}_{lesson.name}").write_text(solved(lesson, student), encoding="utf-8")
    with measured() as took:
        submissions = classes.grade_class([folder], folder / "out")
    points = [sum(m["points"] for m in one.result["exercises"].values()) for one in submissions]
    assert points == [sum(answers.exercises(lesson).values())] * students, points
    return took


def stock(lesson, students, folder, bin):
    """The same with nbgrader as it comes: generate_assignment, autograde."""
    source = folder / "source" / lesson.stem
    source.mkdir(parents=True)
    shutil.copy(lesson, source)
    settings = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    off = ["--ClearSolutions.enabled=False"]  # or it takes the stubs for solutions
    subprocess.run([bin / "nbgrader", "generate_assignment", lesson.stem, *off], **settings)
    asked = (folder / "release" / lesson.stem / lesson.name).read_text(encoding="utf-8")
    assert all(f"check_{name}" in asked for name in answers.exercises(lesson))
    for student in range(students):
        path = folder / "submitted" / f"s{student}" / lesson.stem / lesson.name
        path.parent.mkdir(parents=True)
        path.write_text(solved(lesson, student), encoding="utf-8")
    with measured() as took:
        subprocess.run([bin / "nbgrader", "autograde", lesson.stem], **settings)
    return took


def install(home):
    uv = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, home], check=True)
    course = ["nbgrader>=0.9.5,<0.10", "-e", str(ROOT), "-c", str(ROOT / "requirements.lock"), "ipykernel"]
    subprocess.run([*uv, "pip", "install", "--compile-bytecode", "--python", home, *course], check=True)
    os.environ["PATH"] = f"{home}/bin:{os.environ['PATH']}"
    return home / "bin"


def main(students=20):
    assert sandbox.prepare() is None
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        bin = install(scratch / "nbgrader")
        print("| lesson | students | wall s | CPU s a notebook | stock nbgrader: wall s | CPU s a notebook |")
        print("|---|---|---|---|---|---|")
        for lesson in LESSONS:
            n = students if lesson == LESSONS[0] else min(students, 4)
            folders = [scratch / f"{kind} {lesson.stem}" for kind in ("ours", "stock")]
            for folder in folders:
                folder.mkdir()
            wall, cpu = ours(lesson, n, folders[0])
            row = [lesson.stem, n, f"{wall:.1f}", f"{cpu / n:.2f}"]
            wall, cpu = stock(lesson, n, folders[1], bin)
            print("|", " | ".join(map(str, [*row, f"{wall:.1f}", f"{cpu / n:.2f}"])), "|", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
