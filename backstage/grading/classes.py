"""A class in, marks and pages out. A result is kept by its notebook's content: nothing is graded twice."""

import copy
import hashlib
import json
import secrets
import sys
from collections import Counter, defaultdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backstage import ROOT
from backstage.asking import report as asked

from . import likeness, look, report, tables
from .collect import Submission, by_student, collect
from .engine import exercises, grade
from .keeping import Folder, clean, unique
from .processes import each
from .sandbox import workers
from .tables import UNREAD, Unclear

PACKAGES = ["exercises", "backstage", "helpers"]  # what a result depends on
LOST = {"problem": "the system ended its process, perhaps for want of memory", "flags": [], "again": True}


class Work(NamedTuple):
    """What a student handed in for one lesson, and what came of it."""

    submission: Submission
    result: dict


def grade_class(
    paths,
    out,
    *,
    lesson=None,
    class_list=None,
    again=None,
    worksheet=None,
    column=None,
    inventory=None,
    digits=False,
):
    """Grade what lies in these folders and zips, and write everything into `out`.

    inventory: a table with answers that were given elsewhere. digits: whether to collect drawn digits.
    Return the works, as {student: {lesson: Work}}, and sentences for the instructor. Raises Unclear where
    a lesson, student or column that is asked for can be several, or none.
    """
    if lesson is not None and lesson not in exercises():
        raise Unclear(f"There is no lesson {lesson!r}, but {', '.join(exercises())}.")
    elsewhere = tables.inventory(Path(inventory).read_bytes()) if inventory else []
    submissions, said = collect(paths, class_list)
    folder, handed_in = Folder(out), by_student(submissions)
    students = _rows(handed_in)
    fresh = tables.one_student(students.values(), again) if again else None
    _look(submissions)
    chosen = {key: by_lesson(handed_in[key]) for key in students}
    if lesson is not None:
        chosen = {key: _only(lesson, lessons, students[key]) for key, lessons in chosen.items()}
    new = {job for key in chosen if students[key] is fresh for job in in_turns([chosen[key]])}
    results = grade_all(in_turns(chosen.values()), folder.path / "results", new)
    works = {key: counted(lessons, results) for key, lessons in chosen.items()}
    for name in exercises():
        likeness.flag([of_student[name] for of_student in works.values() if name in of_student])
    for key, of_student in works.items():
        students[key].results = {name: work.result for name, work in of_student.items()}
    total, others = in_total(students.values(), lesson)
    guessed = [_guessed(handed_in[key], works[key]) for key in students]
    guessed = asked.report(guessed + [(made, set()) for made in elsewhere])
    said += others + _write(folder, [*students.values()], works.values(), total, guessed)
    _copies(folder, submissions)
    if digits:
        said.append(_digits(folder, handed_in.values()))
    if worksheet:
        said += _fill(folder, Path(worksheet), students.values(), total, column)
    return works, [*said, *folder.finish()]


def _rows(handed_in):
    """Return {student: their row}, by sections, names and ids."""
    rows = {key: _row(submissions) for key, submissions in handed_in.items()}
    order = sorted(rows, key=lambda key: (rows[key].section, rows[key].name.casefold(), rows[key].id))
    return {key: rows[key] for key in order}


def _row(handed_in):
    name, section = handed_in[-1].name, handed_in[-1].section
    known = [next(filter(None, (getattr(s, word) for s in handed_in)), "") for word in ("id", "email")]
    notes = [note for s in handed_in if not s.notebook and not s.problem for note in s.notes]
    return tables.Student(name, *known, section, notes=notes)


def _look(submissions):
    """Look into each notebook once, in a process of its own."""
    jobs = {(submission.notebook,) for submission in submissions if submission.notebook}
    contents = {notebook: content for (notebook,), content in each(look.read, jobs, workers())}
    for submission in submissions:
        submission.content = contents.get(submission.notebook) or look.Content()


def _guessed(handed_in, works):
    """Return a student's guesses, of all that was handed in, oldest first, and the names of the mistakes."""
    made = {}
    for submission in handed_in:
        made = submission.content.guesses | made
    marks = [mark for work in works.values() for mark in work.result.get("exercises", {}).values()]
    return made, {mark["mistake"] for mark in marks}


def by_lesson(handed_in):
    """Return {lesson: those submissions of one student that hold it, newest first}."""
    lessons = defaultdict(list)
    for submission in reversed(handed_in):
        content = submission.content
        is_inventory = {asked.KNOWN[name].is_tested for name in content.guesses} == {True}
        for name in content.lessons or [UNREAD] * (not is_inventory):
            lessons[name].append(submission)
    return {name: lessons[name] for name in sorted(lessons)}


def _only(lesson, lessons, student):
    """Return what a student handed in for one lesson; the row says what else there is."""
    student.notes += [f"{name}: handed in, not graded" for name in lessons if name not in (lesson, UNREAD)]
    return {name: theirs for name, theirs in lessons.items() if name in (lesson, UNREAD)}


def to_grade(handed_in):
    """Return which of a student's submissions for a lesson, newest first, are run: the newest, if one is."""
    return [submission for submission in handed_in if submission.order == handed_in[0].order]


def in_turns(chosen):
    """Return the jobs of a class, pairs of notebook and lesson: all students once before anybody's second."""
    jobs = [
        [(s.notebook, name) for name in lessons for s in to_grade(lessons[name]) if s.notebook]
        for lessons in chosen
    ]
    return [*dict.fromkeys(job for turn in zip_longest(*jobs) for job in turn if job)]


def counted(lessons, results):
    """Return {lesson: the work that counts}: the newest, or the best where nothing says which that is."""
    works = {}
    for name, handed_in in lessons.items():
        every = [Work(s, _result(s, name, results)) for s in to_grade(handed_in)]
        work = works[name] = max(every, key=lambda work: worth(work.result))
        flags = work.result["flags"]
        flags += [*["late"] * work.submission.late, *work.submission.notes]
        if name == UNREAD and len(handed_in) > 1:
            flags.append(f"{len(handed_in)} files could not be graded")
        elif len(every) > 1:
            flags.append(
                f"handed in {len(every)} times, and nothing says which is newest: all were graded, and "
                f"{work.submission.file} counts, which has most points"
            )
        elif len(handed_in) > 1:
            flags.append(f"handed in {len(handed_in)} times: {work.submission.file} is newest and counts")
    return works


def _result(submission, lesson, results):
    """Return a copy of a result of which a page can be made, whatever went wrong."""
    if not submission.notebook:
        return {"problem": submission.problem, "flags": []}
    result = copy.deepcopy(results[submission.notebook, lesson])
    result |= {} if lesson == UNREAD else {"lesson": lesson}
    try:
        report.feedback("", [result])
        return result
    except Exception as error:
        return {"problem": f"its result cannot be shown: {error!r}", "flags": []}


def version():
    """Return a number that changes with whatever a result depends on."""
    files = [path for package in PACKAGES for path in ROOT.glob(f"{package}/**/*.py")]
    parts = [f"Python {sys.version} NumPy {np.__version__}".encode()]
    parts += [path.read_bytes() for path in sorted(files)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def grade_all(jobs, folder, fresh=()):
    """Return {job: result}, each written down as soon as it is there. fresh: jobs graded in any case.

    What may come from a machine that was too busy is graded once more, alone, at the end, and never kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now, seed = version(), secrets.randbits(32)  # the same inputs for all, known to nobody
    files = {job: folder / f"{hashlib.sha256(job[0]).hexdigest()} {job[1]}.json" for job in jobs}
    before = {job: json.loads(file.read_text()) for job, file in files.items() if file.exists()}
    left = [job for job in jobs if job in fresh or before.get(job, {}).get("version") != now]
    results = dict(before)
    for at_once in (workers(), 1):
        uncertain = []
        for job, result in _with_progress(left, seed, at_once):
            flag_changes(before.get(job), result)
            if result.pop("again", False):
                result = max(result, results[job], key=worth) if at_once == 1 and left else result
                uncertain.append(job)
            else:
                _write_down(files[job], result | {"version": now})
            results[job] = result
        left = uncertain
    return {job: results[job] for job in jobs}


def _with_progress(jobs, seed, at_once):
    seeded = [(*job, seed) for job in jobs]
    for done, ((*job, _), result) in enumerate(each(_grade, seeded, at_once), 1):
        yield tuple(job), result or copy.deepcopy(LOST)
        print(f"\r{done} of {len(jobs)} notebooks graded", end="\n" * (done == len(jobs)), flush=True)


def _grade(notebook, lesson, seed):
    return grade(notebook, seed, None if lesson == UNREAD else lesson)[0]


def _write_down(file, result):
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(result))
    unfinished.replace(file)


def worth(result):
    return "problem" not in result, report.points(result)


def flag_changes(before, result):
    """Say where a notebook gets other points than the last time."""
    for name, mark in result.get("exercises", {}).items():
        old = (before or {}).get("exercises", {}).get(name, mark)["points"]
        if old != mark["points"]:
            result["flags"].append(f"{name}: {old} points before, {mark['points']} now")


def _write(folder, students, works, total, guessed):
    """The table, the page about the class, and each section's feedback. Return sentences."""
    about = [*sorted({student.section for student in students}), *total]
    by_hand = folder.path / "overrides.csv"
    if not by_hand.exists():
        by_hand.write_text(tables.written([tables.OVERRIDES]), encoding="utf-8")
    said = tables.override(by_hand.read_bytes(), students, exercises())
    for student in students:
        for name in {*student.results} - {*total, UNREAD}:
            student.results[name]["flags"].append("not in the total")
    names = {*total, *(name for student in students for name in student.results)}
    lessons = {name: marks for name, marks in exercises().items() if name in names}
    folder.write("grades.csv", tables.grades(students, lessons, total).encode("utf-8-sig"), about)
    pairs = [(f"{s.name} {s.id} {s.email}", result) for s in students for result in s.results.values()]
    folder.write("class.html", report.about_the_class(pairs, guessed).encode(), about)
    pages = defaultdict(lambda: defaultdict(list))
    for work in (work for found in works for work in found.values()):
        if work.submission.file:  # else nothing was handed in, and no page can go back
            pages[work.submission.section][work.submission.file].append(work)
    for section, files in pages.items():
        texts = {f: report.feedback(ws[0].submission.name, [w.result for w in ws]) for f, ws in files.items()}
        folder.write(f"feedback {section}.zip", report.bundle(texts), total)
    return said


def in_total(students, lesson=None):
    """Return the lessons of which the total is, and sentences where others were handed in.

    All that more than half as many students handed in as the one that most handed in: one who hands in
    everything changes nobody's total.
    """
    counts = Counter(name for student in students for name in student.results if name != UNREAD)
    most = max(counts.values(), default=0)
    total = [lesson] if lesson else [name for name in sorted(counts) if 2 * counts[name] > most]
    others = ", ".join(f"{name} (students: {counts[name]})" for name in sorted({*counts} - {*total}))
    said = f"The total is of {', '.join(total)}. Not in it: {others}; --lesson grades one alone."
    return total, [said] * bool(others)


def _copies(folder, submissions):
    """Write a copy to look at of each notebook, whatever its file was called."""
    taken = set()
    for submission in submissions:
        if submission.content.copy is not None:
            who = clean(f"{submission.name} {submission.id}")
            file = clean(Path(submission.file).name.removesuffix(".ipynb")) + ".ipynb"
            name = unique(f"look/{clean(submission.section)}/{who}/{file}", taken)
            folder.write(name, submission.content.copy.encode())


def _digits(folder, handed_in):
    """Write the digits that each student drew, without names, and return a sentence. Copies count once."""
    writers = set()
    for submissions in handed_in:
        drawn = dict(chain(*(submission.content.digits.items() for submission in submissions)))
        writers.add(tuple(sorted(drawn.items())))
    writers.discard(())
    folder.write("digits.csv", tables.digits(sorted(writers)).encode())
    return f"digits.csv: {sum(map(len, writers))} digits, writers: {len(writers)}."


def _fill(folder, worksheet, students, total, column):
    out_of = sum(sum(exercises()[name].values()) for name in total)
    try:
        data, said = tables.fill(worksheet.read_bytes(), students, total, out_of, column)
    except Unclear as why:
        return [f"{worksheet.name} is not filled in: {why}"]
    name = f"{worksheet.stem} with marks.csv"
    folder.write(name, data)
    return [f"{name}: {sentence}" for sentence in said]
