"""What a class handed in, and who: notebooks in folders and zips, as platforms or people name them."""

import contextlib
import io
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from . import archives, printable
from .archives import IPYNB, Budget, Entry, files_in, members_of, notebooks_in
from .keeping import unique
from .layouts import lesson_in, named, own, owners, simple
from .tables import Unclear, read

ANONYMOUS = re.compile(r"participant|anon_", re.IGNORECASE)
STRAY = re.compile(r"index\.html|.*\.(txt|csv|ya?ml|md|log|xlsx)", re.IGNORECASE)


@dataclass
class Submission:
    """One file of one student, or what is to be said of a student without one.

    student: the same for all that one person handed in; order: what is newer is greater, and what is equal
    nobody can order; problem: why there is no notebook; notes: sentences for the student's row.
    """

    student: tuple
    name: str
    id: str  # the platform's, or ""
    email: str
    section: str
    file: str  # as it was handed in, "" if nothing was
    order: tuple = ("", 0, 0)
    late: bool = False
    notebook: bytes = field(default=b"", repr=False)
    problem: str = ""
    notes: tuple = ()


def collect(paths, class_list=None):
    """Return (submissions, oldest first for each student; sentences that say what was understood).

    Each folder or zip that is named is a section, and so is each of a platform's downloads in such a folder.
    class_list: a table with ids, names, e-mails; who handed in nothing then has a Submission without a file.
    """
    sentences, submissions = [], []
    with contextlib.ExitStack() as opened:
        for section, entries in _sections(paths, opened):
            submissions += _section(section, entries, sentences)
    join = partial(_by_list, Path(class_list)) if class_list else _by_name
    submissions = _in_order(join(submissions, sentences))
    called = defaultdict(set)
    for one in submissions:
        if not ANONYMOUS.match(one.name):
            called[simple(one.name)].add(one.student)
    same = [f"{name} ({len(those)})" for name, those in called.items() if len(those) > 1]
    if same:
        why = "as nothing says that they are one student's"
        sentences.append(f"Several rows have one name, {why}: {_some(same)}.")
    return submissions, sentences


def _sections(paths, opened):
    """Yield (name, entries), no name twice. What is given twice or lies in another is read once."""
    paths = [*dict.fromkeys(Path(path).resolve() for path in paths)]
    paths = [path for path in paths if not {*path.parents} & {*paths}]
    labels = [path.stem if path.is_file() else path.name for path in paths]
    twice, taken = Counter(label.casefold() for label in labels), set()
    for path, label in zip(paths, labels, strict=True):
        label = f"{path.parent.name} {label}" if twice[label.casefold()] > 1 else label
        for section, entries in _downloads(label, path, opened):
            yield unique(section, taken), entries


def by_student(submissions):
    """From each student to the submissions, oldest first."""
    students = defaultdict(list)
    for submission in submissions:
        students[submission.student].append(submission)
    return {student: sorted(those, key=lambda one: one.order) for student, those in students.items()}


def _count(number, noun):
    return f"{number} {noun}{'s' * (number != 1)}"


def _some(names):
    return ", ".join(names[:9]) + ", …" * (len(names) > 9)


def _in_order(submissions):
    """By what the platform wrote, if it wrote that for all of a student's, else by time, if all have one."""
    for those in by_student(submissions).values():
        written = len({one.order[0] for one in those}) == 1 and all(one.order[1] for one in those)
        timed = all(one.order[2] < math.inf for one in those)
        for one in those:
            one.order = (one.order[1] * written, one.order[2] if timed else 0)
    return [one for those in by_student(submissions).values() for one in those]


def _downloads(label, path, opened):
    """(section, entries) of what is named: of the download, or of each download that lies in it."""
    try:
        entries = files_in(path) if path.is_dir() else members_of(opened, io.FileIO(path), Budget())
    except Exception as error:
        return [(label, [_unreadable(path.name, error)])]
    zips = [entry for entry in entries if not STRAY.fullmatch(entry.parts[-1])]
    if owners(entries)[0] or not all(entry.parts[-1].lower().endswith(".zip") for entry in zips):
        return [(label, entries)]
    downloads, broken = [], []
    for entry in zips:
        name = entry.parts[-1]
        try:
            members = members_of(opened, io.BytesIO(entry.read(archives.CLASS)), Budget())
        except Exception as error:
            broken.append((name[:-4], [_unreadable(name, error)]))
            continue
        if not owners(members)[0]:
            alone = members if len(zips) == 1 else ()
            return [(label, [replace(m, parts=entry.parts + m.parts) for m in alone] or entries)]
        downloads.append((name[:-4], members))
    return downloads + broken if downloads else [(label, entries)]


def _unreadable(name, error):
    return Entry((name,), problem=f"it is no zip that can be read: {error}")


def _section(section, entries, sentences):
    if len(entries) == 1 and entries[0].problem:
        sentences.append(f"{section}: {entries[0].problem}.")
        return _student(section, entries, owners(entries)[2])
    platform, depth, owned = owners(entries)
    theirs = defaultdict(list)
    for entry in entries:
        theirs[owned[entry.parts].key].append(entry)
    strays = [key for key, those in theirs.items() if len(those) == 1 and _is_stray(those[0], depth, owned)]
    strays = [theirs.pop(key)[0].parts[-1] for key in strays]
    submissions = [one for those in theirs.values() for one in _student(section, those, owned)]
    others = dict.fromkeys(one.name for one in submissions if platform and not one.order[0])
    sentences.append(
        f"{section}: {_count(sum(map(len, theirs.values())), 'file')}, {_count(len(theirs), 'student')}; "
        + (f"the layout is that of {platform}" if platform else "names are those of the files and folders")
        + (f", but not of {_some([*others])}" if others else "")
        + (f"; not taken for a hand-in: {_some(strays)}." if strays else ".")
    )
    several = [
        f"{those[0].name} ({len(those)})"
        for those in by_student(submissions).values()
        if not those[0].order[0] and _are_several(those)
    ]
    if several:
        sentences.append(
            f"{section}: taken for one student's, with so many notebooks: {_some(several)}. "
            "If one of them is a class, name its folder or zip by itself."
        )
    return sorted(submissions, key=lambda one: simple(one.name))


def _is_stray(entry, depth, owned):
    """Whether it is a file beside the students' that nobody hands in as a lesson."""
    name = entry.parts[-1]
    stray = STRAY.fullmatch(name) and not IPYNB.search(name)
    return stray and len(entry.parts) == depth + 1 and not owned[entry.parts].platform


def _are_several(submissions):
    """Whether a lesson lies in two folders or files of different names, as a class in a folder would."""
    branches = defaultdict(set)
    for one in submissions:
        *folders, file = one.file.split("/")[1:] or [""]
        words = [own(folder) for folder in folders] + [own(file)] * bool(named((file,), 0))
        branches[lesson_in(file)].add(tuple(filter(None, map(simple, words))))
    return any(len(those) > 1 for those in branches.values())


def _student(section, entries, owned):
    """All submissions of one student in one download, or one that says that there is no notebook."""
    budget, submissions = Budget(archives.UNPACKED, archives.DIRECTORY), []
    newest_first = sorted(entries, key=lambda entry: (-owned[entry.parts].attempt, -entry.time))
    notebooks = [(owned[entry.parts], *x) for entry in newest_first for x in notebooks_in(entry, budget)]
    nothing = (owned[entries[0].parts], entries[0], b"", "there is no notebook in it")
    for owner, member, notebook, problem in notebooks or [nothing]:
        name, file = owner.name, "/".join(member.parts)[: 5 * archives.NAME]
        if owner.key[0] == "path" and (top := named(member.parts, len(owner.key) - 2)):
            name = own(top[-1])  # a zip without a name of its own
        who = ((section, *owner.key, name), name, owner.id, "", section, file)
        order = (owner.platform, owner.attempt, member.time)
        submissions.append(Submission(*who, order, owner.late, notebook, printable(problem)))
    if (left_out := budget.found - archives.NOTEBOOKS) > 0:
        why = f"more than {archives.NOTEBOOKS} from one student"
        submissions[0].notes += (f"{left_out} more notebooks were not read: {why}",)
    return submissions


def _by_name(submissions, sentences):
    """Join those whose name platforms wrote in two downloads, if these are of one class: half of the smaller
    is in both, and more than two students where both are of one lesson, as two sections' may be."""
    classes = []
    for section in dict.fromkeys(one.section for one in submissions):
        named = [one for one in submissions if one.order[0] and not ANONYMOUS.match(one.name)]
        named = [one for one in named if one.section == section]
        here, lessons = defaultdict(set), {lesson_in(one.file) for one in named}
        for one in named:
            here[simple(one.name)].add(one.student)
        for known, before in classes:
            both = [name for name in here if len(here[name]) == len(known.get(name, ())) == 1]
            other = "" not in lessons | before and not lessons & before
            if 2 * len(both) >= min(len(here), len(known)) and len(both) > 2 * (not other):
                joined = {student: next(iter(known[name])) for name in both for student in here[name]}
                for one in submissions:
                    one.student = joined.get(one.student, one.student)
                for name, students in here.items():
                    known[name] |= {joined.get(student, student) for student in students}
                before |= lessons
                sentences.append(f"{section}: {len(both)} of {len(here)} students are in a download before, "
                                 "by the names that the platform wrote.")  # fmt: skip
                break
        else:
            classes.append((here, lessons))
    return submissions


COLUMNS = {
    "name": "name|full name|display name|student|student name",
    "first": "first name|firstname|given name",
    "last": "last name|lastname|surname|family name",
    "id": "id|identifier|id number|student id|sis user id|sis login id|username|user name|login",
    "email": "email|e mail|email address|e mail address|mail",
}


def _read_list(path):
    """(name, e-mail, id, all that may stand for the person in a download) of each row of a class list."""
    head, *rows = read(path.read_bytes())[0] or [[]]
    of = {kind: [i for i, title in enumerate(head) if simple(title) in names.split("|")]
          for kind, names in COLUMNS.items()}  # fmt: skip
    if not of["name"] and not of["last"]:
        raise Unclear(f"{path.name} has no column of names: its first row should say name, id, e-mail")
    for row in filter(any, rows):
        cells = {kind: [row[i].strip() for i in columns if i < len(row)] for kind, columns in of.items()}
        last, comma, first = (cells["name"] or [""])[0].partition(",")
        whole = f"{first.strip()} {last}".strip() if comma else last
        name = whole or " ".join(cells["first"] + cells["last"])
        email, number = ((cells[kind] or [""])[0] for kind in ("email", "id"))
        around = " ".join(reversed(name.split(" ", 1))), " ".join(reversed(name.rsplit(" ", 1)))
        ids = [word for cell in (*cells["id"], email) for word in (cell, cell.partition("@")[0])]
        names = {_joined(word) for word in (name, *around)}
        yield name, email, number, names, {_joined(word) for word in ids} - {""}


def _joined(text):
    return simple(text).replace(" ", "")


def _by_list(path, submissions, sentences):
    """Who is on the list by one name or number alone has it, in all downloads, and else nobody."""
    people = [*_read_list(path)]
    found, others = set(), {}
    ids = 0 if any(one.order[0] == "Moodle" for one in submissions) else 1  # Moodle's are of one download
    for one in submissions:
        who = _on_list(one, people)
        if len(who) == 1:
            (i,) = who
            found.add(i)
            one.student, one.name, one.email = ("list", i), *people[i][:2]
            one.id = one.id or people[i][2] * ids
        else:
            others[one.name] = True
    nothing = {"file": "", "problem": "nothing was handed in"}
    submissions += [
        Submission(("list", i), name, number * ids, email, "", **nothing)
        for i, (name, email, number, *_) in enumerate(people)
        if i not in found
    ]
    missing = f"; not found there, or not for certain: {_some([*others])}" * bool(others)
    handed_in = f"{len(people)} students, {len(people) - len(found)} of them handed in nothing"
    sentences.append(f"{path.name}: {handed_in}{missing}.")
    return submissions


def _on_list(submission, people):
    """Return the places of the people that it may be of: by name and number, or else by one of these."""
    marks = {_joined(f"{submission.name}{submission.id}"), _joined(submission.name)}
    marks |= {_joined(submission.id)} if submission.order[0] != "Moodle" else set()
    called = {i for i, (*_, names, _) in enumerate(people) if _joined(submission.name) in names}
    numbered = {i for i, (*_, ids) in enumerate(people) if marks & ids}
    return called & numbered or called | numbered
