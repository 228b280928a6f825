"""The course as files: what git and `.original` know of it, and how it is replaced so that nothing is lost.

The standard library alone.
"""

import io
import os
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

from backstage import ROOT

ORIGINALS = ".original"  # the course as it was handed out, in a copy that git does not know
KEPT = "notebooks/kept"  # what was replaced, as it was; git ignores it, and no test runs it


class Problem(Exception):
    """Why something was not done, in sentences for the reader."""


def git(*arguments, root=ROOT):
    """Return what git prints, as bytes. Raises Problem with git's own words where it fails or is missing."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    except OSError as error:
        raise Problem(f"There is a .git here, but git does not start: {error.strerror}.") from None
    if done.returncode != 0:
        raise Problem(f"`git {arguments[0]}` says: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def place(root=ROOT):
    """Return the path of this folder in the repository around it, "" at its top; None: there is none.

    Raises Problem where there is one and git refuses.
    """
    root = Path(root).resolve()
    if not any(os.path.lexists(folder / ".git") for folder in [root, *root.parents]):
        return None
    return git("rev-parse", "--show-prefix", root=root).decode().strip()


def is_committed(root=ROOT):
    """Return whether the course is a part of git's last commit here."""
    return place(root) is not None and bool(git("ls-tree", "HEAD", "run.py", root=root))


def tree(revision, root=ROOT):
    """Return {name: content} of all files of this folder in a revision."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", revision, root=root))) as packed:
        return {member.name: packed.extractfile(member).read() for member in packed if member.isfile()}


def originals(root=ROOT):
    """Return {name: content} of the course as it was handed out, without what a student changed or committed.

    Nothing where nobody knows. Raises Problem where git knows and refuses.
    """
    folder = root / ORIGINALS
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not paths and is_committed(root):
        return tree(handed_out(root), root)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def handed_out(root):
    """Return the commit that the student's own commits stand on."""
    try:
        return git("merge-base", "HEAD", "@{upstream}", root=root).decode().strip()
    except Problem:  # it follows no other branch
        return "HEAD"


def remember(files, root=ROOT):
    """Store the course as it was handed out, where git does not: files maps names to contents."""
    try:
        is_known = is_committed(root)
    except Problem:
        is_known = False
    if not is_known:
        replace(*stored(files, root))


def stored(files, root):
    """Return what to write to store these files as handed out, {path: content}, and the paths that go."""
    new = {root / ORIGINALS / name: content for name, content in files.items()}
    return new, [path for path in (root / ORIGINALS).rglob("*") if path.is_file() and path not in new]


def name_to_keep(path, root=ROOT, taken=()):
    """Return a path beside the lessons that nothing has yet, for what was in a file before."""
    stem = f"{path.stem} {time.strftime('%Y-%m-%d %H.%M.%S')}"
    copy, number = root / KEPT / (stem + path.suffix), 1
    while copy in taken or os.path.lexists(copy):
        number += 1
        copy = copy.with_name(f"{stem} ({number}){path.suffix}")
    return copy


def replace(files, gone=()):
    """Write files, from path to content, and delete others: all of it, or where the system refuses, nothing.

    Raises OSError then, and every file is as it was.
    """
    beside, before = {}, {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path] = path.with_name(f".{path.name}.{os.getpid()}.new")
            beside[path].write_bytes(content)
            if path.exists():
                shutil.copymode(path, beside[path])
        for path in [*files, *gone]:
            old = path.read_bytes() if path.exists() else None
            if path in files:
                os.replace(beside[path], path)
            else:
                path.unlink()
            before[path] = old
    except BaseException:
        for path, old in before.items():
            path.unlink() if old is None else path.write_bytes(old)
        raise
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)
