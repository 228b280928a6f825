"""What a class handed in, and who: notebooks in folders and zips, as platforms or people name them."""

import contextlib
import io
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from . import archives, printable
from .archives import Budget, Entry, files_in, members_of, notebooks_in
from .keeping import unique
from .layouts import lesson_in, named, own, owners, simple
from .look import Content
from .tables import Unclear, columns, read

ANONYMOUS = re.compile(r"participant|anon_", re.IGNORECASE)
STRAY = re.compile(r"index\.html|(?!.*\.ipynb\.txt$)[^/]*\.(txt|csv|ya?ml|md|log|xlsx)", re.IGNORECASE)


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
    platform: str = ""
    attempt: int = 0
    time: float = 0
    order: tuple = (0, 0)
    late: bool = False
    notebook: bytes = field(default=b"", repr=False)
    problem: str = ""
    notes: tuple = ()
    content: Content = Content()


def collect(paths, class_list=None):
    """Return (submissions, oldest first for each student; sentences that say what was understood).

    Each folder or zip that is named is a section, and so is each of a platform's downloads in such a folder.
    class_list: a table with ids, names, e-mails; who handed in nothing then has a Submission without a file.
    """
    sentences, submissions = [], []
    with contextlib.ExitStack() as opened:
        for section, entries in _sections(paths, opened):
            submissions += _section(section, entries, sentences)
    if class_list:
        _by_list(Path(class_list), submissions, sentences)
    else:
        _by_name(submissions, sentences)
    submissions = _in_order(submissions)
    if same := [f"{name} ({len(those)})" for name, those in _called(submissions).items() if len(those) > 1]:
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


def _called(submissions):
    """Return {name: the students who are called so}, without those who have no names."""
    called = defaultdict(set)
    for one in submissions:
        if not ANONYMOUS.match(one.name):
            called[simple(one.name)].add(one.student)
    return called


def _count(number, noun):
    return f"{number} {noun}{'s' * (number != 1)}"


def _some(names):
    return ", ".join(names[:9]) + ", …" * (len(names) > 9)


def _in_order(submissions):
    """By what the platform wrote, if it wrote that for all of a student's, else by time, if all have one."""
    for those in by_student(submissions).values():
        written = len({one.platform for one in those}) == 1 and all(one.attempt for one in those)
        timed = all(one.time < math.inf for one in those)
        for one in those:
            one.order = (one.attempt * written, one.time if timed else 0)
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
    strays = [path for path in owned if STRAY.fullmatch("/".join(path[depth:])) and not owned[path].platform]
    theirs = defaultdict(list)
    for entry in entries:
        if entry.parts not in strays:
            theirs[owned[entry.parts].key].append(entry)
    submissions = [one for those in theirs.values() for one in _student(section, those, owned)]
    others = dict.fromkeys(one.name for one in submissions if platform and not one.platform)
    sentences.append(
        f"{section}: {_count(sum(map(len, theirs.values())), 'file')}, {_count(len(theirs), 'student')}; "
        + (f"the layout is that of {platform}" if platform else "names are those of the files and folders")
        + (f", but not of {_some([*others])}" if others else "")
        + (f"; not taken for a hand-in: {_some([path[-1] for path in strays])}." if strays else ".")
    )
    several = [
        f"{those[0].name} ({len(those)})"
        for those in by_student(submissions).values()
        if not those[0].platform and _are_several(those)
    ]
    if several:
        sentences.append(
            f"{section}: taken for one student's, with so many notebooks: {_some(several)}. "
            "If one of them is a class, name its folder or zip by itself."
        )
    return sorted(submissions, key=lambda one: simple(one.name))


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
        when = (owner.platform, owner.attempt, member.time)
        submissions.append(Submission(*who, *when, (), owner.late, notebook, printable(problem)))
    if (left_out := budget.found - archives.NOTEBOOKS) > 0:
        why = f"more than {archives.NOTEBOOKS} from one student"
        submissions[0].notes += (f"{left_out} more notebooks were not read: {why}",)
    return submissions


def _by_name(submissions, sentences):
    """Join those whose name platforms wrote in two downloads, if these are of one class: half of the smaller
    is in both, and more than two students where both are of one lesson, as two sections' may be."""
    classes, named = [], [one for one in submissions if one.platform and not ANONYMOUS.match(one.name)]
    for section, those in groupby(named, key=lambda one: one.section):
        those = [*those]
        here, lessons = _called(those), {lesson_in(one.file) for one in those}
        for known, before in classes:
            both = {name for name in here if len(here[name]) == len(known.get(name, ())) == 1}
            may_be_two = "" in lessons | before or lessons & before
            if 2 * len(both) >= min(len(here), len(known)) and len(both) > 2 * bool(may_be_two):
                for one in those:
                    if simple(one.name) in both:
                        (one.student,) = known[simple(one.name)]
                for name, students in _called(those).items():
                    known[name] |= students
                before |= lessons
                sentences.append(f"{section}: {len(both)} of {len(here)} students are in a download before, "
                                 "by the names that the platform wrote.")  # fmt: skip
                break
        else:
            classes.append((here, lessons))


def _read_list(path):
    """(name, e-mail, id, all that may stand for the person in a download) of each row of a class list."""
    (head, *rows), _ = read(path.read_bytes())
    of = columns(head)
    if not of["name"] and not of["last"]:
        raise Unclear(f"{path.name} has no column of names: its first row should say name, id, e-mail")
    for row in filter(any, rows):
        cells = {kind: [row[i].strip() for i in places] for kind, places in of.items()}
        last, comma, first = (cells["name"] or [""])[0].partition(",")
        whole = f"{first.strip()} {last}".strip() if comma else last
        name = whole or " ".join(cells["first"] + cells["last"])
        email, number = ((cells[kind] or [""])[0] for kind in ("email", "id"))
        around = (" ".join(reversed(cut(" ", 1))) for cut in (name.split, name.rsplit))
        ids = [word for cell in (*cells["id"], email) for word in (cell, cell.partition("@")[0])]
        yield name, email, number, {*map(_joined, (name, *around))}, {*map(_joined, ids)} - {""}


def _joined(text):
    return simple(text).replace(" ", "")


def _by_list(path, submissions, sentences):
    """Who is on the list by one name or number alone has it, in all downloads, and else nobody."""
    people, others = [*_read_list(path)], {}
    left = dict(enumerate(people))
    ids = 0 if any(one.platform == "Moodle" for one in submissions) else 1  # Moodle's are of one download
    for one in submissions:
        who = _on_list(one, people)
        if len(who) == 1:
            (i,) = who
            left.pop(i, None)
            one.student, one.name, one.email = ("list", i), *people[i][:2]
            one.id = one.id or people[i][2] * ids
        else:
            others[one.name] = True
    for i, (name, email, number, *_) in left.items():
        who = ("list", i), name, number * ids, email
        submissions.append(Submission(*who, section="", file="", problem="nothing was handed in"))
    missing = f"; not found there, or not for certain: {_some([*others])}" * bool(others)
    sentences.append(f"{path.name}: {len(people)} students, {len(left)} of them handed in nothing{missing}.")


def _on_list(one, people):
    """Return the places of the people that it may be of: by name and number, or else by one of these."""
    numbers = [one.name, one.name + one.id] + [one.id] * (one.platform != "Moodle")
    called = {i for i, (*_, names, _) in enumerate(people) if _joined(one.name) in names}
    numbered = {i for i, (*_, ids) in enumerate(people) if ids & {*map(_joined, numbers)}}
    return called & numbered or called | numbered
