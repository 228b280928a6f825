"""A class in, marks and pages out. A result is kept by its notebook's content: nothing is graded twice."""

import hashlib
import json
import os
import secrets
import signal
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed

import numpy as np

from backstage import ROOT
from backstage.checks.catalogue import check

from . import report
from .collect import by_student, collect
from .engine import grade

ROOMS = ["exercises", "backstage", "helpers"]  # what a result depends on


def grade_class(paths, out):
    """Grade what lies in these folders and zips, each a section, and write everything into `out`."""
    submissions, sentences = collect(paths)
    print("\n".join(sentences))
    results = graded({one.notebook for one in submissions if one.notebook}, out / "results")
    for one in submissions:
        one.result = results[one.notebook] if one.notebook else {"problem": one.problem, "flags": []}
        one.result = one.result | {"flags": [*one.result["flags"], *one.notes]}
    students = {key: latest(ones) for key, ones in by_student(submissions).items()}
    flag_equal_texts(students)
    write(students, out)
    return submissions


def version():
    """A number that changes with whatever a result depends on."""
    files = [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py")]
    parts = [f"Python {sys.version} NumPy {np.__version__}".encode()]
    parts += [path.read_bytes() for path in sorted(files)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def graded(notebooks, folder):
    """From each notebook to its result, on all cores, each written down as soon as it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    now = version()
    files = {notebook: folder / f"{hashlib.sha256(notebook).hexdigest()}.json" for notebook in notebooks}
    before = {notebook: json.loads(file.read_text()) for notebook, file in files.items() if file.exists()}
    left = [notebook for notebook in notebooks if before.get(notebook, {}).get("version") != now]
    seed = secrets.randbits(32)  # the same inputs for all, known to nobody
    on_interrupt = signal.signal, (signal.SIGINT, signal.SIG_DFL)  # then they end at once
    pool = ProcessPoolExecutor(os.cpu_count(), None, *on_interrupt)
    try:
        running = {pool.submit(grade, notebook, seed): notebook for notebook in left}
        for done, future in enumerate(as_completed(running), 1):
            notebook, result = running[future], future.result()
            result["version"] = None if result.pop("again", False) else now
            changed(before.get(notebook), result)
            unfinished = files[notebook].with_suffix(".part")
            unfinished.write_text(json.dumps(result))
            unfinished.replace(files[notebook])
            print(f"\r{done} of {len(left)} notebooks graded", end="\n" * (done == len(left)), flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    return {notebook: json.loads(file.read_text()) for notebook, file in files.items()}


def changed(before, result):
    """Say where a notebook gets other points than the last time."""
    for name, one in result.get("exercises", {}).items():
        old = (before or {}).get("exercises", {}).get(name, one)["points"]
        if old != one["points"]:
            result["flags"].append(f"{name}: {old} points before, {one['points']} now")


def latest(ones):
    """From each lesson to the newest submission; what could not be read counts if nothing else is there."""
    found, points = {}, defaultdict(list)
    for one in sorted(ones, key=lambda one: ("problem" not in one.result, one.order)):
        lesson = one.result.get("lesson", "?")
        flags = [*one.result["flags"], *["late"] * one.late]
        points[lesson].append(report.points(one.result))
        if len(points[lesson]) > 1:
            each = ", ".join(map(str, points[lesson]))
            flags.append(f"handed in {len(points[lesson])} times, for {each} points")
        one.result = one.result | {"flags": flags}
        found[lesson] = one
    return found


def flag_equal_texts(students):
    """Flag those whose answers to a lesson are the same to the letter, and long enough to wonder."""
    texts = defaultdict(list)
    for lessons in students.values():
        for lesson, one in lessons.items():
            sources = [mark["source"] for mark in one.result.get("exercises", {}).values() if mark["points"]]
            if len("".join(sources)) > 300:
                texts[lesson, "".join(sources)].append(one)
    for same in texts.values():
        for one in same if len(same) > 1 else ():
            others = ", ".join(other.name for other in same if other is not one)
            one.result["flags"].append(f"the same text as {others}")


def write(students, out):
    lessons = defaultdict(dict)
    for name in check:
        exercise = getattr(check, name)
        lessons[exercise.lesson][name] = exercise.points
    handed_in = {lesson for found in students.values() for lesson in found}
    lessons = {lesson: exercises for lesson, exercises in lessons.items() if lesson in handed_in}
    pages, rows = {}, {}
    for key, found in students.items():
        one = next(iter(found.values()))
        rows[key] = one.name, one.id, one.section, {lesson: sub.result for lesson, sub in found.items()}
        handed_in = [sub for sub in found.values() if sub.file]
        pages |= {(sub.section, sub.file): report.feedback(sub.name, sub.result) for sub in handed_in}
    (out / "grades.csv").write_text(report.grades(rows, lessons), encoding="utf-8-sig", newline="")
    results = [sub.result for found in students.values() for sub in found.values()]
    (out / "class.html").write_text(report.about_the_class(results), encoding="utf-8")
    for section in {section for section, _ in pages}:
        inside = {file: text for (where, file), text in pages.items() if where == section}
        (out / f"feedback {section}.zip").write_bytes(report.bundle(inside))
