"""What a class handed in: notebooks in folders and zips, as Moodle, Canvas or people name them.

Nothing is unpacked to disk. One archive that cannot be read costs itself alone.
"""

import io
import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from backstage import ROOT

from . import printable

UNPACKED = 200 * 1024**2  # bytes of all that one submission unpacks to
NOTEBOOK = 50 * 1024**2  # bytes of one notebook
DEEP = 3  # zips in zips
UNREADABLE = (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError)
NAME = 200  # characters of a file's name, and five times as many of a path

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_", re.IGNORECASE)
CANVAS = re.compile(r"(?P<name>[^_]+?)(?P<late>_LATE)?_(?P<id>\d{2,})_(?P<attempt>\d{3,})_", re.IGNORECASE)
JUNK = re.compile(r"(^|/)(__MACOSX|\._|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db|desktop\.ini)")
WORDS = "|".join(path.stem[3:].replace("_", "[ _-]*") for path in sorted(ROOT.glob("notebooks/*.ipynb")))
LESSON = re.compile(rf"(^|[ _-]+)\d\d?[ _-]*({WORDS})[^\W\d]*(-\d+)?$", re.IGNORECASE)  # as in ada_01_softmax
COPY = re.compile(r"^(copy of|kopie von|copia de|copie de)\s+|(\s*\(\d+\)|[ _-]+copy\d*)$", re.IGNORECASE)


@dataclass(order=True)
class Submission:
    """One file of one student. What is newer is greater."""

    attempt: tuple
    name: str = field(compare=False)  # the student's
    id: str = field(compare=False)  # the platform's, or ""
    section: str = field(compare=False)
    file: str = field(compare=False)  # as it was handed in
    late: bool = field(compare=False, default=False)
    notebook: bytes = field(compare=False, default=b"", repr=False)
    problem: str = field(compare=False, default="")  # why there is no notebook

    @property
    def student(self):
        """Namesakes differ by the platform's number; a name is the same however it is written."""
        return self.section, unicodedata.normalize("NFC", self.name).casefold(), self.id


def collect(paths):
    """All submissions of a class. Each folder or zip that is named is a section."""
    return [one for path in map(Path, paths) for one in _section(path)]


def by_student(submissions):
    """From each student to the submissions, oldest first."""
    students = defaultdict(list)
    for one in submissions:
        students[one.student].append(one)
    return {student: sorted(ones) for student, ones in students.items()}


def _section(path):
    path = path.resolve()
    entries = (
        list(_zip(path.read_bytes(), (), path.stat().st_mtime, None))
        if path.is_file()
        else list(_folder(path))
    )
    handed_in = defaultdict(list)
    for entry in entries:
        entry.parts = entry.parts or (path.name,)  # what is named is itself no zip
        if not JUNK.search("/".join(entry.parts)):
            handed_in[entry.parts[0]].append(entry)
    for top, found in handed_in.items():
        notebooks = [entry for entry in found if entry.problem or entry.parts[-1].lower().endswith(".ipynb")]
        for entry in notebooks or [Entry((top,), problem="there is no notebook in it")]:
            yield _submission(entry, path.stem if path.is_file() else path.name)


@dataclass
class Entry:
    """A file by the names of the folders and zips around it."""

    parts: tuple
    time: float = 0
    content: bytes = b""
    problem: str = ""


def _folder(top):
    budget = defaultdict(lambda: [UNPACKED])
    for path in sorted(top.rglob("*")):
        parts = path.relative_to(top).parts
        if path.is_symlink() or not path.is_file():
            continue
        try:
            time, size = path.stat().st_mtime, path.stat().st_size
            if path.suffix.lower() == ".zip":
                yield from _zip(path.read_bytes(), parts, time, budget[parts[0]])
            elif size > NOTEBOOK:
                yield Entry(parts, time, problem=f"it is larger than {NOTEBOOK >> 20} MB")
            else:
                yield Entry(parts, time, path.read_bytes() if path.suffix.lower() == ".ipynb" else b"")
        except OSError as error:
            yield Entry(parts, problem=f"it cannot be read: {error.strerror}")


def _zip(data, parts, time, budget, deep=1):
    """The files in a zip. budget: [the bytes that may still be unpacked]; None: each student has one."""
    budgets = defaultdict(lambda: [UNPACKED])
    if parts:
        yield Entry(parts, time)  # it was handed in, whatever is in it
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                names = PurePosixPath(info.filename.replace("\\", "/")).parts
                inner = (*parts, *(name for name in names if name not in ("/", "..")))
                is_link = stat.S_ISLNK(info.external_attr >> 16)
                if len(inner) > len(parts) and not info.is_dir() and not is_link:
                    yield from _member(archive, info, inner, time, budget or budgets[inner[0]], deep)
    except UNREADABLE as error:
        yield Entry(parts, problem=f"it is no zip that can be read: {error}")


def _member(archive, info, parts, time, budget, deep):
    suffix = PurePosixPath(info.filename).suffix.lower()
    if suffix not in (".ipynb", ".zip"):
        yield Entry(parts, time)
        return
    try:
        limit = min(budget[0], NOTEBOOK if suffix == ".ipynb" else UNPACKED)
        with archive.open(info) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise ValueError("it unpacks to too much")
        budget[0] -= len(content)
    except UNREADABLE as error:
        yield Entry(parts, problem=f"it cannot be unpacked: {error}")
        return
    if suffix == ".ipynb":
        yield Entry(parts, time, content)
    elif deep >= DEEP:
        yield Entry(parts, problem="it is a zip in a zip in a zip")
    else:
        yield from _zip(content, parts, time, budget, deep + 1)


def _own(part):
    """What a name says besides the lesson's."""
    plain = COPY.sub("", re.sub(r"\.(ipynb|zip)$", "", part, flags=re.IGNORECASE)).strip()
    return COPY.sub("", LESSON.sub("", plain)).strip(" _-")


def _name(part):
    return re.sub(r"\s", " ", printable(unicodedata.normalize("NFC", part)))


def _submission(entry, section):
    """Moodle and Canvas know whose it is. Otherwise the outermost folder, zip or file says so."""
    parts = [_name(part)[:NAME] for part in entry.parts]
    known = next(
        (match for part in parts for match in (MOODLE.match(part), CANVAS.match(part)) if match), None
    )
    again = re.search(r"-(\d+)\.ipynb$", parts[-1])  # Canvas numbers what comes again
    attempt = (
        int(known["attempt"]) if known and known.re is CANVAS else 0,
        int(again[1]) if again else 0,
        entry.time,
    )
    name = known["name"] if known else next(filter(None, map(_own, parts)), parts[0])
    late = bool(known and known.re is CANVAS and known["late"]) or "LATE" in parts[0].split("_")
    return Submission(
        attempt,
        name,
        known["id"] if known else "",
        section,
        "/".join(parts)[: 5 * NAME],
        late,
        entry.content,
        printable(entry.problem),
    )
