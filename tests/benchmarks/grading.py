"""What grading costs, for each lesson and for a class, against stock nbgrader on the same notebooks.

    python run.py bench grading [students]

nbgrader is installed into a folder of its own, which is deleted afterwards. It runs the same solved
notebooks with its default settings, and must give the same points: so it can read the lessons' metadata.
"""

import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/support")]

import answers  # noqa: E402
from backstage.grading import classes, engine, report, sandbox  # noqa: E402

LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))


sandboxes = []  # CPU seconds of each


def ends(self, *_, end=sandbox.Sandbox.__exit__):
    """Whoever ends a sandbox is not told what it used: look before."""
    for process in psutil.Process(self.process.pid).children(recursive=True):
        sandboxes.append(sum(process.cpu_times()[:4]))
    end(self)


def cpu():
    """CPU seconds of this process, of those that it waited for, and of sandboxes."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(sandboxes)


def solved(lesson, student):
    """A solved notebook that no other student has."""
    notebook = answers.answered(lesson, answers.right(lesson))
    notebook.cells.append(nbformat.v4.new_code_cell(f"student = {student}"))
    return nbformat.writes(notebook)


def ours(lesson, students, folder):
    """Wall seconds of a class, and CPU seconds of one notebook more, graded in this process."""
    for student in range(students):
        (folder / f"s{student}_{lesson.name}").write_text(solved(lesson, student), encoding="utf-8")
    began = time.perf_counter()
    works, _ = classes.grade_class([folder], folder / "grades")
    results = [work.result for found in works.values() for work in found.values()]
    wall, before = time.perf_counter() - began, cpu()
    results += engine.grade(solved(lesson, students).encode())
    assert {report.points(one) for one in results} == {sum(answers.exercises(lesson).values())}, results
    return wall, cpu() - before


def stock(lesson, students, folder, bin):
    """The same with nbgrader as it comes: generate_assignment, autograde."""
    source = folder / "source" / lesson.stem
    source.mkdir(parents=True)
    shutil.copy(lesson, source)
    settings = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    off = ["--ClearSolutions.enabled=False"]  # or it takes the stubs for solutions
    subprocess.run([bin / "nbgrader", "generate_assignment", lesson.stem, *off], **settings)
    for student in range(students):
        path = folder / "submitted" / f"s{student}" / lesson.stem / lesson.name
        path.parent.mkdir(parents=True)
        path.write_text(solved(lesson, student), encoding="utf-8")
    began, before = time.perf_counter(), cpu()
    subprocess.run([bin / "nbgrader", "autograde", lesson.stem], **settings)
    took = time.perf_counter() - began, (cpu() - before) / students
    subprocess.run([bin / "nbgrader", "export"], **settings)
    with open(folder / "grades.csv", encoding="utf-8") as file:
        marks = [(float(row["raw_score"]), float(row["max_score"])) for row in csv.DictReader(file)]
    points = sum(answers.exercises(lesson).values())
    assert marks == [(points, points)] * students, marks
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
    sandbox.Sandbox.__exit__ = ends
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        bin = install(scratch / "nbgrader")
        print("| lesson | students | wall s | CPU s a notebook | stock nbgrader: wall s | CPU s a notebook |")
        print("|---|---|---|---|---|---|")
        for lesson in LESSONS:
            n, cells = students if lesson == LESSONS[0] else 2, [lesson.stem]
            for measure, *more in ((ours,), (stock, bin)):
                folder = scratch / measure.__name__ / lesson.stem
                folder.mkdir(parents=True)
                wall, used = measure(lesson, n, folder, *more)
                cells += [f"{wall:.1f}", f"{used:.2f}"]
            print("|", " | ".join([cells[0], str(n), *cells[1:]]), "|", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
