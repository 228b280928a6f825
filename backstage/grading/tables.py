"""Marks as tables: grades.csv, overrides.csv with what is given by hand, and a platform's own worksheet."""

import csv
import html
import io
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from backstage.asking import questions
from backstage.asking.digits import counts

from . import decoded
from .engine import blank
from .layouts import simple
from .report import points, remarks, status

UNREAD = "unread"  # in the place of a lesson, for what holds none that can be read
FORMULA = tuple("=+-@＝＋－＠")
OVERRIDES = ["section", "student", "id", "lesson", "exercise", "points", "remark"]
COLUMNS = {  # what spreadsheets and platforms call them, as `simple` has it
    "name": "name|full name|display name|student|student name",
    "first": "first name|firstname|given name",
    "last": "last name|lastname|surname|family name",
    "id": "id|identifier|id number|student id|sis user id|sis login id|username|user name|login",
    "email": "email|e mail|email address|e mail address|mail",
}


class Unclear(ValueError):
    """What was asked for has several meanings, or none. The message says which, and what would help."""


def cell(value):
    """Return text that no spreadsheet takes for a formula, or for several cells, whatever its separator."""
    text = re.sub(r"[;\s]+", " ", str(value)).strip()
    return f"'{text}" if text.startswith(FORMULA) else text


def written(rows, delimiter=",", lineterminator="\n"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=lineterminator).writerows(rows)
    return text.getvalue()


def read(data):
    """The rows of a table as spreadsheets save it, at least one, and the separator of its cells.

    Rows in which something stands are as long as the first one.
    """
    try:
        text = decoded(data)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # what Excel calls CSV
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)] or [[]]
    return [row + [""] * (len(rows[0]) - len(row)) * any(row) for row in rows], delimiter


def columns(head):
    """Return {kind: the places in the head of a table where it stands}."""
    return {kind: [i for i, title in enumerate(head) if simple(title) in names.split("|")]
            for kind, names in COLUMNS.items()}  # fmt: skip


def inventory(data):
    """Return {name of a question: (place of the option, None)} for each row of a table, a student's.

    In the column of a question stands the letter or the text of an option. Raises Unclear without any.
    """
    (head, *rows), _ = read(data)
    known = questions.every("inventory_*.md")
    asked = [(known[name], i) for i, name in enumerate(head) if name in known]
    if not asked:
        raise Unclear("No column has the name of a question of the inventory, such as a_shift.")
    return [{q.name: (_place(q, row[i].strip()), None) for q, i in asked} for row in rows if any(row)]


def _place(question, word):
    place, letter = question.place(word), "ABCDEF".find(word.upper()) if len(word) == 1 else -1
    return letter if place is None else place


def digits(writers):
    """Return a table of drawn digits: the writer's number, the label, and 64 pixels as scikit-learn has them.

    writers: pairs (drawing, label) for each, in an order that tells no names.
    """
    head = ["writer", "label", *(f"pixel_{row}_{column}" for row in range(8) for column in range(8))]
    rows = [[n, label, *counts(drawing)] for n, pairs in enumerate(writers, 1) for drawing, label in pairs]
    return written([head, *rows])


def grades(students, lessons, total):
    """Return the table of marks as text: a row for each student, a column for each exercise and lesson.

    students: list of Student; lessons: {lesson: {exercise: points}}; total: the lessons that the total is of.
    """
    head = ["section", "student", "id", "email"]
    for lesson, exercises in lessons.items():
        head += [f"{lesson} {name}" for name in exercises] + [f"{lesson} points", f"{lesson} status"]
    best = sum(sum(lessons[lesson].values()) for lesson in total)
    rows = [[*head, "total", "out of", "remarks", "flags"]]
    for student in students:
        row = [student.section, student.name, student.id, student.email]
        for lesson, exercises in lessons.items():
            result = student.results.get(lesson) or student.results.get(UNREAD) or {}
            marks = result.get("exercises", {})
            row += [marks[exercise]["points"] if exercise in marks else "" for exercise in exercises]
            row += [points(result) if marks or "by hand" in result else "", status(result)]
        said = [" | ".join(student.remarks()), " | ".join(student.flags())]
        rows.append([*row, student.total(total), best, *said])
    return written([[cell(value) for value in row] for row in rows])


@dataclass
class Student:
    """One row: who it is, and from each lesson to the result; UNREAD for what could not be read."""

    name: str
    id: str
    email: str
    section: str
    results: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def total(self, lessons):
        return sum(points(self.results.get(lesson, {})) for lesson in lessons)

    def remarks(self):
        return [remark for result in self.results.values() for remark in remarks(result)]

    def flags(self):
        flags = [*self.notes]
        for lesson, result in self.results.items():
            problem = [f"not graded: {result['problem']}"] if "problem" in result else []
            about = "" if lesson == UNREAD else f"{lesson}: "
            flags += [about + flag for flag in [*problem, *result["flags"]]]
        return flags

    def is_called(self, word):
        """Return whether a word may mean this student: a name, an id, an e-mail, or section/name."""
        names = {self.name, self.id, self.email, f"{self.section}/{self.name}", f"{self.section}/{self.id}"}
        return word.strip().casefold() in {name.casefold() for name in names - {""}}

    def __str__(self):
        return f"{self.section}/{self.id or self.name}" + (f" ({self.name})" if self.id else "")


def one_student(students, word):
    """Return the only student who is meant by a word. Raises Unclear with those who might be."""
    meant = [student for student in students if student.is_called(word)]
    if len(meant) == 1:
        return meant[0]
    near = meant or [student for student in students if word.casefold() in str(student).casefold()]
    among = f" Write one of these: {', '.join(map(str, near[:20]))}." if near else ""
    raise Unclear(f"{word!r} is {'several students' if meant else 'no student here'}.{among}")


def override(data, students, lessons):
    """Put points and remarks that were given by hand into the results. Return what was not understood.

    data: of overrides.csv. A row without an exercise is about the lesson; one without points is a remark.
    """
    (head, *rows), _ = read(data)
    head, said, given = [name.strip().lower() for name in head], [], Counter()
    if missing := {*OVERRIDES[1:]} - {*head}:
        return [f"overrides.csv is not used: its first line lacks {', '.join(sorted(missing))}."]
    for number, values in enumerate(rows, 2):
        row = defaultdict(str, zip(head, (value.strip().lstrip("'") for value in values), strict=False))
        if not any(row.values()):
            continue
        try:
            target = _override(row, students, lessons)
        except Unclear as why:
            said.append(f"overrides.csv, line {number} is not used: {why}")
            continue
        given[" ".join(target)] += bool(row["points"])
    twice = [whose for whose, times in given.items() if times > 1]
    return said + [f"overrides.csv gives points to {w} more than once: the last line counts." for w in twice]


def _override(row, students, lessons):
    section = [s for s in students if row["section"].casefold() in ("", s.section.casefold())]
    student = one_student(section, row["id"] or row["student"])
    lesson = row["lesson"].zfill(2)  # a spreadsheet takes 01 for 1
    exercise = row["exercise"].removeprefix("my_")
    if lesson not in lessons:
        raise Unclear(f"there is no lesson {row['lesson']!r}")
    if row["exercise"] and exercise not in lessons[lesson]:
        raise Unclear(f"lesson {lesson} has no exercise {row['exercise']!r}: {', '.join(lessons[lesson])}")
    out_of = lessons[lesson].get(exercise, sum(lessons[lesson].values()))
    value = _number(row["points"])
    result = student.results.get(lesson) or _by_hand(student, lesson, lessons[lesson])
    if exercise and not result.get("exercises"):
        result["exercises"] = {name: blank(n, "not attempted") for name, n in lessons[lesson].items()}
    target = result["exercises"][exercise] if exercise else result
    if value is not None:
        result["flags"].append(f"{exercise or 'the lesson'}: {value} of {out_of} points by hand")
        target |= {"by hand": value} | ({"points": value} if exercise else {})
    if row["remark"]:
        target.setdefault("remarks", []).append(row["remark"])
    return str(student), lesson, exercise


def _number(text):
    try:
        value = float(text or 0)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise Unclear(f"{text!r} is no number of points; write it like 1.5")
    return (int(value) if value == int(value) else value) if text else None


def _by_hand(student, lesson, exercises):
    """Return a result for a lesson of which nothing was graded, in the place of what could not be read."""
    result = student.results.pop(UNREAD, {"flags": []})
    student.results[lesson] = result
    result |= {"lesson": lesson, "out_of": sum(exercises.values()), "exercises": {}}
    return result


def fill(data, students, total, out_of, column=None):
    """Return a platform's own worksheet with the marks in it, as bytes, and sentences about it.

    data: Moodle's grading worksheet, Canvas's gradebook, or another table with a column of ids or e-mails.
    column: a part of the name of the column that takes the marks, where there are several.
    """
    rows, delimiter = read(data)
    head = rows[0]
    place = _column(head, column)
    marked = [s for s in students if any("by hand" in r or "problem" not in r for r in s.results.values())]
    joins = {n: _join(rows, n, marked) for kind in ("id", "email") for n in columns(head)[kind]}
    by = max(joins, key=lambda n: len(joins[n]), default=None)
    if by is None or not joins[by]:
        raise Unclear("no id or e-mail in it is that of a student here; --class takes them from your list.")
    other = []
    for row, student in joins[by].items():
        mark = str(student.total(total))
        other += [str(student)] * (rows[row][place].strip() not in ("", "-", mark))
        rows[row][place] = mark
        _add(rows[row], head, student.remarks())
    where = f"are in the column {head[place]!r}, joined by {head[by]!r}"
    said = [f"{len(joins[by])} marks, out of {out_of}, {where}."]
    left = [str(student) for student in marked if student not in joins[by].values()]
    if left:
        said.append(f"Not in it: {', '.join(left)}.")
    if other:
        said.append(f"Another mark stood there before: {', '.join(other)}.")
    end = "\r\n" if b"\r\n" in data else "\n"
    return written(rows, delimiter, end).encode("utf-8-sig"), said


def _add(row, head, remarks):
    """Put remarks behind Moodle's comment, which is HTML, if they do not stand there yet."""
    if "Feedback comments" in head:
        place = head.index("Feedback comments")
        new = [text for text in map(html.escape, remarks) if text not in row[place]]
        row[place] = "<br>".join(filter(None, [row[place], *new]))


def _join(rows, n, students):
    """Return {number of a row: the only student whose id or e-mail stands in its nth cell}."""
    known = defaultdict(list)
    for student in students:
        for word in {student.id.casefold(), student.email.casefold()} - {""}:
            known[word].append(student)
    joined = {}
    for number, row in enumerate(rows[1:], 1):
        word = row[n].strip().casefold() if any(row) else ""
        same = known.get(word) or known.get(re.sub(r"^participant\s*", "", word), [])
        if len(same) == 1:
            joined[number] = same[0]
    return joined


def _column(head, column):
    if column is not None:
        places = [n for n, name in enumerate(head) if column.casefold() in name.casefold()]
    elif "Grade" in head:  # Moodle's
        places = [head.index("Grade")]
    else:  # an assignment of Canvas's has its number behind it
        places = [n for n, name in enumerate(head) if re.search(r"\(\d+\)$", name)]
    if len(places) == 1:
        return places[0]
    names = ", ".join(repr(head[n]) for n in places) or ", ".join(map(repr, head))
    raise Unclear(f"which column takes the marks? Say --column and a part of one of these names: {names}.")
