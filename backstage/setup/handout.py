"""Pack the course for a class as softmax.zip: everything but the right answers."""

import fnmatch
import sys
import zipfile

from backstage import ROOT
from backstage.setup import copies

ANSWERS = ("tests/solutions/", "exercises/answers/")
PACKED = "softmax.zip"


def is_ignored(name, patterns):
    """Whether .gitignore's patterns, which here are names of files and folders, leave this path out."""
    anchored = [f"{pattern.strip('/')}/" for pattern in patterns if "/" in pattern.strip("/")]
    plain = [pattern.strip("/") for pattern in patterns]
    parts = name.split("/")
    return name.startswith(tuple(anchored)) or any(fnmatch.fnmatch(part, p) for part in parts for p in plain)


def files(root):
    """From name to content: the course as it is committed, or without git, what is not ignored."""
    if copies.has_git(root):
        return copies.tree("HEAD", root)
    listed = root / ".gitignore"
    patterns = [".git/", *(listed.read_text(encoding="utf-8").split() if listed.exists() else [])]
    paths = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not is_ignored(name, patterns)}


def pack(root, target):
    """Write the zip and return how many files it holds."""
    handed_out = {name: content for name, content in files(root).items() if not name.startswith(ANSWERS)}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in handed_out.items():
            packed.writestr(f"softmax/{name}", content)
    return len(handed_out)


def main(arguments, root=ROOT):
    if arguments:
        print("usage: python run.py handout", file=sys.stderr)
        return 2
    print(f"{PACKED}: {pack(root, root / PACKED)} files, without {' and '.join(ANSWERS)}")
    if copies.has_git(root) and (changed := copies.git("status", "--porcelain", root=root)):
        print("Not committed, so handed out as it was before:", changed.decode(), sep="\n", end="")
    return 0
