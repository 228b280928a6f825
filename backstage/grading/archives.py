"""Files in folders and zips, read under limits. Nothing is unpacked to disk.

What one student sends costs that student alone.
"""

import contextlib
import io
import lzma
import os
import re
import stat
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from . import printable

UNPACKED = 200 * 1024**2  # bytes of all that one student's hand-ins unpack to
NOTEBOOK = 50 * 1024**2  # bytes of one notebook
NOTEBOOKS = 20  # of one student; the newest of each zip
DIRECTORY = 6 * 1024**2  # bytes of all lists of files in one student's zips: some 40,000 files
CLASS = 1024**3  # bytes of a class's zip that lies in a zip or folder
DIRECTORIES = 16 * 1024**2  # bytes of the list of files in a class's zip
DEEP = 3  # zips in zips
UNREADABLE = (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError)
NAME = 200  # characters of a file's name, and five times as many of a path
IPYNB = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)  # browsers add these two
HIDDEN = re.compile(
    r"__MACOSX|\.(_.*|ipynb_checkpoints|DS_Store|original|venv|git)|Thumbs\.db|desktop\.ini|kept|site-packages"
    r"|.*-checkpoint\.ipynb"
)  # what programs put beside a hand-in, ours among them


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


def files_in(top):
    """Yield an Entry for each file, link and empty folder."""
    for folder, folders, files in os.walk(top):
        for name in sorted(files + [name for name in folders if _is_leaf(Path(folder, name))]):
            path = Path(folder, name)
            parts = tuple(map(clean, path.relative_to(top).parts))
            if path.is_symlink():
                yield Entry(parts, problem="it is a link, and links are not followed")
            else:
                yield Entry(parts, path.stat().st_mtime // 2 * 2, partial(_read, path))


def _is_leaf(path):
    return path.is_symlink() or not any(path.iterdir())


def _read(path, limit):
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


def members_of(opened, raw, outer, most):
    """Return what is in a zip, the newest first. It can be read as long as `opened` is."""
    file = opened.enter_context(_Capped(raw))
    file.most = most
    archive = opened.enter_context(zipfile.ZipFile(file))
    file.most = None
    members = []
    for info in archive.infolist():
        names = PurePosixPath(info.filename.replace("\\", "/")).parts
        parts = (*outer, *(clean(name) for name in names if name not in ("/", "..")))
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


def clean(name):
    return re.sub(r"\s", " ", printable(unicodedata.normalize("NFC", name)))[:NAME]


def notebooks_in(entry, budget, deep=0):
    """Yield (entry, notebook, problem) of each notebook in an entry, whatever zips are around it."""
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
                members = members_of(opened, io.BytesIO(data), entry.parts, budget.directory)
                budget.directory -= sum(46 + len(member.parts[-1]) for member in members)
                for member in members:
                    yield from notebooks_in(member, budget, deep + 1)
    except UNREADABLE as error:
        if budget.notebooks:
            yield entry, b"", f"it cannot be read: {error}"
        budget.left_out += not budget.notebooks
        budget.notebooks -= budget.notebooks > 0


def visible(entries):
    """Return the entries without what programs put there; a folder with nothing else in it stays."""
    hidden = {entry.parts[: _hidden(entry.parts)] for entry in entries} - {entry.parts for entry in entries}
    entries = [entry for entry in entries if _hidden(entry.parts) is None]
    inside = {entry.parts[:i] for entry in entries for i in range(len(entry.parts))}
    return entries + [Entry(parts) for parts in sorted(hidden - inside - {()})]


def _hidden(parts):
    return next((i for i, part in enumerate(parts) if HIDDEN.fullmatch(part)), None)
