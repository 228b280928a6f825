"""Pack the course for a class as softmax.zip: everything but the right answers."""

import fnmatch
import sys
import zipfile

from backstage import ROOT
from backstage.setup import copies

ANSWERS = ("tests/solutions/", "exercises/answers/")
PACKED = "softmax.zip"


def is_ignored(name, patterns):
    """Return whether .gitignore's patterns, here names of files and folders, leave this path out."""
    anchored = [f"{pattern.strip('/')}/" for pattern in patterns if "/" in pattern.strip("/")]
    plain = [pattern.strip("/") for pattern in patterns]
    parts = name.split("/")
    return name.startswith(tuple(anchored)) or any(fnmatch.fnmatch(part, p) for part in parts for p in plain)


def patterns(listed):
    """Return what a .gitignore, given as bytes, leaves out, and what git and systems add to a folder."""
    return [".git/", "._*", ".DS_Store", *listed.decode().split()]


def files(root):
    """Return {name: content} of what lies in the folder and is not ignored."""
    listed = root / ".gitignore"
    ignored = patterns(listed.read_bytes() if listed.exists() else b"")
    paths = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not is_ignored(name, ignored)}


def committed(root):
    """Return {name: content} of the course as it is committed, without the right answers.

    Without any git it is what lies in the folder. Raises Problem where there is git, and it refuses or does
    not know the course.
    """
    if copies.place(root) is not None and not copies.is_committed(root):
        raise copies.Problem("This folder lies in a git repository that does not hold it: commit it.")
    every = files(root) if copies.place(root) is None else copies.tree("HEAD", root)
    return {name: content for name, content in every.items() if not name.startswith(ANSWERS)}


def doubts(root, packed):
    """Return lines for who packs: what is not in it, or without git, what may not belong there."""
    if copies.place(root) is not None:
        changed = copies.git("status", "--porcelain", "--untracked-files=all", "--", ".", root=root)
        names, why = changed.decode().splitlines(), "Not committed, so not in it as it is now:"
    else:
        first = copies.originals(root)
        names = [name for name in packed if packed[name] != first.get(name)]
        why = "There is no git here. These are in it, and not as they came to you:"
    return [why, *names] if names else []


def pack(root, target):
    """Write the zip and return {name: content} of what it holds."""
    packed = committed(root)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in packed.items():
            archive.writestr(f"softmax/{name}", content)
    return packed


def main(arguments, root=ROOT):
    if arguments:
        print("usage: python run.py handout", file=sys.stderr)
        return 2
    try:
        packed = pack(root, root / PACKED)
        doubtful = doubts(root, packed)
    except (copies.Problem, OSError) as problem:
        print(problem, "Nothing was packed.", file=sys.stderr)
        return 1
    print(f"{PACKED}: {len(packed)} files, without {' and '.join(ANSWERS)}", *doubtful, sep="\n")
    return 0
