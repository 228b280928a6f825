"""Files in folders and zips, read under limits. Nothing is unpacked to disk.

What one student sends costs that student alone.
"""

import contextlib
import io
import math
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath

from . import printable

UNPACKED = 200 * 1024**2  # bytes of all that one student's hand-ins unpack to
NOTEBOOK = 50 * 1024**2  # bytes of one notebook
NOTEBOOKS = 20  # of one student; the newest of each zip
DIRECTORY = 6 * 1024**2  # bytes of all lists of files in one student's zips: some 40,000 files
CLASS = 1024**3  # bytes of a class's zip that lies in a zip or folder
DIRECTORIES = 16 * 1024**2  # bytes of the list of files in a class's zip
DEEP = 3  # zips in zips
DATED = datetime(1981, 1, 1).timestamp()  # an earlier time stands where none was written
LINK = "it is a link, and links are not followed"
NAME = 200  # characters of a file's name, and five times as many of a path
IPYNB = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)  # browsers add these two
HIDDEN = re.compile(
    r"__MACOSX|\.(_.*|ipynb_checkpoints|DS_Store|original|venv|git)|Thumbs\.db|desktop\.ini|kept|site-packages"
    r"|.*-checkpoint\.ipynb"
)  # what programs put beside a hand-in, ours among them


@dataclass
class Entry:
    """A file by the names of the folders and zips around it."""

    parts: tuple
    time: float = math.inf  # in seconds; infinite if nobody knows, as it may be newer than all others
    open: Callable = io.BytesIO
    problem: str = ""

    def read(self, limit):
        """Return the content. Raises ValueError with more bytes than that, and what a broken zip raises."""
        if self.problem:
            raise ValueError(self.problem)
        with self.open() as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise ValueError(f"it unpacks to more than {limit >> 20} MB")
        return content


@dataclass
class Budget:
    """What one student, or a class's zip, may still send, and how many notebooks came so far."""

    unpacked: int = 0
    directory: int = DIRECTORIES
    found: int = 0

    def read(self, entry, limit):
        content = entry.read(min(limit, self.unpacked))
        self.unpacked -= len(content)
        return content


def files_in(top):
    """Return an Entry for each file, link and empty folder, without what programs put there."""
    entries = []
    for folder, folders, files in os.walk(top):
        for name in sorted(files + folders):
            path = Path(folder, name)
            parts = tuple(map(clean, path.relative_to(top).parts))
            time = _known(path.lstat().st_mtime)
            entries.append(Entry(parts, time, partial(path.open, "rb"), LINK * path.is_symlink()))
    return _visible(entries)


def _known(seconds):
    return seconds // 2 * 2 if seconds >= DATED else math.inf  # zips count by twos


class _Capped(io.BufferedReader):
    """A file that takes what is read from a budget: `zipfile` reads a list of files in one piece."""

    budget = None

    def read(self, size=-1):
        if self.budget:
            if size > self.budget.directory:
                raise ValueError("its list of files is too long")
            self.budget.directory -= max(size, 0)
        return super().read(size)


def members_of(opened, raw, budget, outer=()):
    """Return what is in a zip, the newest first. It can be read as long as `opened` is."""
    file = opened.enter_context(_Capped(raw))
    file.budget = budget
    archive = opened.enter_context(zipfile.ZipFile(file))
    file.budget = None
    members = []
    for info in archive.infolist():
        names = PurePosixPath(info.filename.replace("\\", "/")).parts
        parts = (*outer, *(clean(name) for name in names if name not in ("/", "..")))
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        members.append(Entry(parts, _time(info), partial(archive.open, info), LINK * is_link))
    return sorted(_visible(members, outer), key=lambda entry: -entry.time)


def _time(info):
    try:
        return _known(datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):  # such as month 0, which some programs write
        return math.inf


def clean(name):
    return re.sub(r"\s", " ", printable(unicodedata.normalize("NFC", name)))[:NAME]


def _visible(entries, outer=()):
    """Return files, and folders in which nothing else is, without what programs put there."""
    shown = {e.parts: tuple(takewhile(lambda part: not HIDDEN.fullmatch(part), e.parts)) for e in entries}
    around = {parts[:i] for parts in shown.values() for i in range(len(parts))} | {outer}
    left = [entry for entry in entries if shown[entry.parts] == entry.parts]
    left += [Entry(parts) for parts in sorted({*shown.values()} - {*shown})]
    return [entry for entry in left if entry.parts not in around]


def notebooks_in(entry, budget, deep=0):
    """Yield (entry, notebook, problem) of each notebook in an entry, whatever zips are around it."""
    notebook, problem, name = b"", "", entry.parts[-1]
    try:
        if name.lower().endswith(".zip"):
            with contextlib.ExitStack() as opened:
                for member in _unpacked(opened, entry, budget, deep):
                    yield from notebooks_in(member, budget, deep + 1)
            return
        if not (IPYNB.search(name) or entry.problem):
            return
        if budget.found < NOTEBOOKS:
            notebook = budget.read(entry, NOTEBOOK)
            problem = "" if notebook else "it is empty"
    except Exception as error:  # what is broken raises nearly anything
        problem = entry.problem or f"it cannot be read: {error}"
    budget.found += 1
    if budget.found <= NOTEBOOKS:
        yield entry, notebook, problem


def _unpacked(opened, entry, budget, deep):
    if deep == DEEP:
        raise ValueError("it is a zip in a zip in a zip")
    data = budget.read(entry, UNPACKED)
    return members_of(opened, io.BytesIO(data), budget, entry.parts)
