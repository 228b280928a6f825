"""What a class handed in: notebooks in folders and zips, as platforms or people name them.

Nothing is unpacked to disk. What one student sends costs that student alone, and has limits of its own.
"""

import contextlib
import csv
import io
import lzma
import os
import re
import stat
import time
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from . import printable
from .layouts import lesson_in, named, own, owners, simple

UNPACKED = 200 * 1024**2  # bytes of all that one student's hand-ins unpack to
NOTEBOOK = 50 * 1024**2  # bytes of one notebook
NOTEBOOKS = 20  # of one student; the newest of each zip
DIRECTORY = 6 * 1024**2  # bytes of all lists of files in one student's zips: some 40,000 files, read in 2 seconds
CLASS = 4 * 1024**3  # bytes of a class's zip that lies in a zip or folder
DIRECTORIES = 16 * 1024**2  # bytes of the list of files in a class's zip
DEEP = 3  # zips in zips
UNREADABLE = (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError)
NAME = 200  # characters of a file's name, and five times as many of a path

IPYNB = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)  # browsers add these two
HIDDEN = re.compile(r"__MACOSX|\.(_.*|ipynb_checkpoints|DS_Store|original|venv|git)|Thumbs\.db|desktop\.ini|kept"
                    r"|site-packages|.*-checkpoint\.ipynb")  # fmt: skip
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


@dataclass
class Entry:
    """A file by the names of the folders and zips around it. `read`: at most so many bytes, or an error."""

    parts: tuple
    time: float = 0  # in seconds, 0 if nobody knows
    read: Callable = lambda limit: b""
    problem: str = ""


@dataclass
class Budget:
    """What one student may still send."""

    unpacked: int = field(default_factory=lambda: UNPACKED)
    directory: int = DIRECTORY
    notebooks: int = NOTEBOOKS
    left_out: int = 0

    def read(self, entry, limit):
        content = entry.read(min(limit, self.unpacked))
        self.unpacked -= len(content)
        return content


def collect(paths, class_list=None):
    """(submissions, oldest first for each student; sentences that say what was understood).

    Each folder or zip that is named is a section, and so is each of a platform's downloads in a folder of them.
    class_list: a table with ids, names, e-mails; who handed in nothing then has a Submission without a file.
    """
    paths = [*dict.fromkeys(Path(path).resolve() for path in paths)]
    paths = [path for path in paths if not {*path.parents} & {*paths}]
    twice = Counter(_label(path).casefold() for path in paths)
    sentences, submissions = [], []
    with contextlib.ExitStack() as opened:
        downloads = []
        for path in paths:
            label = _label(path)
            label = f"{path.parent.name} {label}" if twice[label.casefold()] > 1 else label
            downloads += _downloads(label, path, opened)
        labels = Counter()
        for label, entries in downloads:
            labels[label.casefold()] += 1
            again = f" ({labels[label.casefold()]})" if labels[label.casefold()] > 1 else ""
            submissions += _section(label + again, entries, sentences)
    join = partial(_by_list, Path(class_list)) if class_list else _by_name
    submissions = _in_order(join(submissions, sentences))
    called = defaultdict(set)
    for one in submissions:
        if not ANONYMOUS.match(one.name):
            called[simple(one.name)].add(one.student)
    same = [f"{name} ({len(those)})" for name, those in called.items() if len(those) > 1]
    if same:
        sentences.append(f"Several rows have one name, as nothing says that they are one student's: {_some(same)}.")
    return submissions, sentences


def by_student(submissions):
    """From each student to the submissions, oldest first."""
    students = defaultdict(list)
    for submission in submissions:
        students[submission.student].append(submission)
    return {student: sorted(those, key=lambda one: one.order) for student, those in students.items()}


def _label(path):
    return path.stem if path.is_file() else path.name


def _some(names):
    return ", ".join(names[:9]) + ", …" * (len(names) > 9)


def _in_order(submissions):
    """By what the platform wrote, if it wrote that for all of a student's, else by time, if all have one."""
    for those in by_student(submissions).values():
        written = len({one.order[0] for one in those}) == 1 and all(one.order[1] for one in those)
        timed = all(one.order[2] for one in those)
        for one in those:
            one.order = (one.order[1] * written, one.order[2] * timed)
    return [one for those in by_student(submissions).values() for one in those]


def _downloads(label, path, opened):
    """(section, entries) of what is named: of the download, or of each download that lies in it."""
    try:
        entries = [*_folder(path)] if path.is_dir() else _members(opened, io.FileIO(path), (), DIRECTORIES)
    except UNREADABLE as error:
        return [(label, [Entry((path.name,), problem=f"it is no zip that can be read: {error}")])]
    entries = _visible(entries)
    zips = [entry for entry in entries if entry.parts[-1].lower().endswith(".zip")]
    found = []
    for entry in zips if len(zips) == len(entries) else ():
        try:
            inside = _visible(_members(opened, io.BytesIO(entry.read(CLASS)), (), DIRECTORIES))
        except UNREADABLE:
            return [(label, entries)]
        if inside and owners(inside)[0]:
            found.append((PurePosixPath(entry.parts[-1]).stem, inside))
        elif len(zips) == 1:
            return [(label, [replace(member, parts=entry.parts + member.parts) for member in inside] or entries)]
        else:
            return [(label, entries)]
    return found or [(label, entries)]


def _visible(entries):
    """Without what programs put there; a folder with nothing else in it stays."""
    hidden = {entry.parts[: _hidden(entry.parts)] for entry in entries} - {entry.parts for entry in entries}
    entries = [entry for entry in entries if _hidden(entry.parts) is None]
    inside = {entry.parts[:i] for entry in entries for i in range(len(entry.parts))}
    return entries + [Entry(parts) for parts in sorted(hidden - inside - {()})]


def _hidden(parts):
    return next((i for i, part in enumerate(parts) if HIDDEN.fullmatch(part)), None)


def _section(section, entries, sentences):
    platform, depth, owned = owners(entries)
    theirs = defaultdict(list)
    for entry in entries:
        theirs[owned[entry.parts].key].append(entry)
    stray = [key for key, (entry, *more) in theirs.items() if not (more or owned[entry.parts].platform)
             and len(entry.parts) == depth + 1 and STRAY.fullmatch(entry.parts[-1])
             and not IPYNB.search(entry.parts[-1])]  # fmt: skip
    left = [theirs.pop(key)[0].parts[-1] for key in stray]
    submissions = []
    for those in theirs.values():
        submissions += _student(section, those, owned)
    files = sum(map(len, theirs.values()))
    layout = f"the layout is that of {platform}" if platform else "names are those of the files and folders"
    ours = [one.name for one in submissions if platform and not one.order[0]]
    many = [f"{those[0].name} ({len(those)})" for those in by_student(submissions).values()
            if not those[0].order[0] and _are_several(those)]  # fmt: skip
    sentences += [
        f"{section}: {files} file{'s' * (files != 1)}, {len(theirs)} student{'s' * (len(theirs) != 1)}; {layout}"
        + f", but not of {_some([*dict.fromkeys(ours)])}" * bool(ours)
        + f"; not taken for a hand-in: {_some(left)}" * bool(left) + "."
    ]  # fmt: skip
    if many:
        sentences.append(f"{section}: taken for one student's, with so many notebooks: {_some(many)}. "
                         "If one of them is a class, name its folder or zip by itself.")  # fmt: skip
    return sorted(submissions, key=lambda one: simple(one.name))


def _are_several(submissions):
    """Whether a lesson lies in two folders, or in files, of different names: a class in a folder looks like that."""
    branches = defaultdict(set)
    for one in submissions:
        *folders, file = one.file.split("/")[1:] or [""]
        words = [own(folder) for folder in folders] + [own(file)] * (named((file,), 0) == 0)
        branches[lesson_in(file)].add(tuple(filter(None, map(simple, words))))
    return any(len(those) > 1 for those in branches.values())


def _student(section, entries, owned):
    budget, submissions = Budget(), []
    for entry in sorted(entries, key=lambda entry: (-owned[entry.parts].attempt, -entry.time)):
        owner = owned[entry.parts]
        for member, notebook, problem in _notebooks(entry, budget):
            name = owner.name
            if owner.key[0] == "path" and (i := named(member.parts, len(owner.key) - 2)) is not None:
                name = own(member.parts[i])
            order = (owner.platform, owner.attempt, member.time)
            file = "/".join(member.parts)[: 5 * NAME]
            submissions.append(Submission((section, *owner.key, name), name, owner.id, "", section, file, order,
                                          owner.late, notebook, printable(problem)))  # fmt: skip
    if not submissions:
        owner, file = owned[entries[0].parts], "/".join(entries[0].parts)[: 5 * NAME]
        order = (owner.platform, owner.attempt, entries[0].time)
        submissions = [Submission((section, *owner.key, owner.name), owner.name, owner.id, "", section, file, order,
                                  owner.late, problem="there is no notebook in it")]  # fmt: skip
    if budget.left_out:
        note = f"{budget.left_out} more notebooks were not read: more than {NOTEBOOKS} from one student"
        submissions[0].notes += (note,)
    return submissions


def _by_name(submissions, sentences):
    """Join what a platform's downloads hold under one name, if they are of one class: half of the smaller are in
    both, and not just one or two students in two downloads of one lesson, which may be two classes."""
    classes = []
    for section in dict.fromkeys(one.section for one in submissions):
        here, lessons = defaultdict(set), set()
        for one in submissions:
            if one.section == section and one.order[0] and not ANONYMOUS.match(one.name):
                here[simple(one.name)].add(one.student)
                lessons.add(lesson_in(one.file))
        for known, before in classes:
            both = [name for name in here if len(here[name]) == len(known.get(name, ())) == 1]
            other = "" not in lessons | before and not lessons & before
            if 2 * len(both) >= min(len(here), len(known)) and len(both) > 2 * (not other):
                joined = {student: next(iter(known[name])) for name in both for student in here[name]}
                for one in submissions:
                    one.student = joined.get(one.student, one.student)
                for name, students in here.items():
                    known[name] = known.get(name, set()) | {joined.get(student, student) for student in students}
                before |= lessons
                sentences.append(f"{section}: {len(both)} of {len(here)} students are in an earlier download too, "
                                 "by the names that the platform wrote.")  # fmt: skip
                break
        else:
            classes.append((dict(here), lessons))
    return submissions


COLUMNS = {
    "name": "name|full name|display name|student|student name",
    "first": "first name|firstname|given name",
    "last": "last name|lastname|surname|family name",
    "id": "id|identifier|id number|student id|sis user id|sis login id|username|user name|login|matriculation number",
    "email": "email|e mail|email address|e mail address|mail",
}


def _read_list(path):
    """(name, e-mail, all that may stand for the person in a download) of each row of a class list."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    head = text.partition("\n")[0]
    head, *rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    of = {kind: [i for i, title in enumerate(head) if simple(title) in names.split("|")]
          for kind, names in COLUMNS.items()}  # fmt: skip
    if not of["name"] and not of["last"]:
        raise ValueError(f"{path.name} has no column of names: its first row should say name, id, e-mail")
    for row in filter(any, rows):
        cells = {kind: [row[i].strip() for i in columns if i < len(row)] for kind, columns in of.items()}
        last, comma, first = (cells["name"] or [""])[0].partition(",")
        name = f"{first.strip()} {last}".strip() if comma else last or " ".join(cells["first"] + cells["last"])
        email = (cells["email"] or [""])[0]
        around = " ".join(reversed(name.split(" ", 1))), " ".join(reversed(name.rsplit(" ", 1)))
        ids = [*cells["id"], email, email.partition("@")[0]]
        yield name, email, {_joined(word) for word in (name, *around)}, {_joined(word) for word in ids} - {""}


def _joined(text):
    return simple(text).replace(" ", "")


def _by_list(path, submissions, sentences):
    """Who is on the list by one name or number alone has it, in all downloads, and else nobody."""
    people = [*_read_list(path)]
    found, others = set(), {}
    for one in submissions:
        marks = {_joined(f"{one.name}{one.id}"), _joined(one.name), one.order[0] != "Moodle" and _joined(one.id)}
        called = {i for i, (_, _, names, _) in enumerate(people) if _joined(one.name) in names}
        numbered = {i for i, (_, _, _, ids) in enumerate(people) if marks & ids}
        who = called & numbered or called | numbered
        if len(who) == 1:
            (i,) = who
            found.add(i)
            one.student, one.name, one.email = ("list", i), *people[i][:2]
        else:
            others[one.name] = True
    for i, (name, email, *_) in enumerate(people):
        if i not in found:
            submissions.append(Submission(("list", i), name, "", email, "", "", problem="nothing was handed in"))
    sentences.append(
        f"{path.name}: {len(people)} students, {len(people) - len(found)} of them handed in nothing"
        + f"; not found there, or not for certain: {_some([*others])}" * bool(others) + "."
    )  # fmt: skip
    return submissions


# Reading


def _folder(top):
    for folder, folders, files in os.walk(top):
        for name in sorted(files + [name for name in folders if _is_leaf(Path(folder, name))]):
            path = Path(folder, name)
            parts = tuple(map(_clean, path.relative_to(top).parts))
            if path.is_symlink():
                yield Entry(parts, problem="it is a link, and links are not followed")
            else:
                yield Entry(parts, path.stat().st_mtime // 2 * 2, partial(_read, path))


def _is_leaf(path):
    return path.is_symlink() or not any(path.iterdir())


def _read(path, limit):
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return _at_most(file, limit)


def _at_most(file, limit):
    content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"it unpacks to more than {limit >> 20} MB")
    return content


class _Capped(io.BufferedReader):
    """A file of which no more than so much is read at once: `zipfile` reads a list of files in one piece."""

    most = None

    def read(self, size=-1):
        if self.most is not None and size > self.most:
            raise ValueError("its list of files is too long")
        return super().read(size)


def _members(opened, raw, outer, most):
    """What is in a zip, the newest first. It can be read as long as `opened` is."""
    file = opened.enter_context(_Capped(raw))
    file.most = most
    archive = opened.enter_context(zipfile.ZipFile(file))
    file.most = None
    members = []
    for info in archive.infolist():
        names = PurePosixPath(info.filename.replace("\\", "/")).parts
        parts = (*outer, *(_clean(name) for name in names if name not in ("/", "..")))
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        read = partial(_read_member, archive, info)
        members.append(Entry(parts, _time(info), read, "it is a link, and links are not followed" * is_link))
    folders = {entry.parts[:i] for entry in members for i in range(len(entry.parts))}
    members = [entry for entry in members if entry.parts not in folders and entry.parts != outer]
    return sorted(members, key=lambda entry: -entry.time)


def _read_member(archive, info, limit):
    with archive.open(info) as file:
        return _at_most(file, limit)


def _time(info):
    try:
        return time.mktime((*info.date_time, 0, 0, -1)) if info.date_time[0] > 1980 else 0
    except (ValueError, OverflowError):
        return 0


def _clean(name):
    return re.sub(r"\s", " ", printable(unicodedata.normalize("NFC", name)))[:NAME]


def _notebooks(entry, budget, deep=0):
    """From an entry to (entry, notebook, problem), whatever zips are around it."""
    try:
        if entry.problem:
            yield entry, b"", entry.problem
        elif _hidden(entry.parts) is not None:
            pass
        elif IPYNB.search(entry.parts[-1]) and not budget.notebooks:
            budget.left_out += 1
        elif IPYNB.search(entry.parts[-1]):
            budget.notebooks -= 1
            content = budget.read(entry, NOTEBOOK)
            yield entry, content, "" if content else "it is empty"
        elif entry.parts[-1].lower().endswith(".zip"):
            if deep == DEEP:
                raise ValueError("it is a zip in a zip in a zip")
            data = budget.read(entry, UNPACKED)
            with contextlib.ExitStack() as opened:
                members = _members(opened, io.BytesIO(data), entry.parts, budget.directory)
                budget.directory -= sum(46 + len(member.parts[-1]) for member in members)
                for member in members:
                    yield from _notebooks(member, budget, deep + 1)
    except UNREADABLE as error:
        yield entry, b"", f"it cannot be read: {error}"
