"""Bring corrections, by git or from a zip (update softmax.zip); answers move along, old copies are kept."""

import json
import sys
import zipfile
from pathlib import Path, PurePosixPath

from backstage import ROOT
from backstage.setup import copies


class Problem(Exception):
    """Why nothing was changed."""


def from_zip(path):
    """From the name of each file to its content, without the folder around them all."""
    try:
        with zipfile.ZipFile(path) as packed:
            files = {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}
    except (OSError, zipfile.BadZipFile) as problem:
        raise Problem(f"{path} cannot be read: {problem}.") from None
    tops = [name.removesuffix("run.py") for name in files if PurePosixPath(name).name == "run.py"]
    if not tops or any(".." in PurePosixPath(name).parts for name in files):
        raise Problem(f"{path} is not this course.")
    return {name.removeprefix(tops[0]): files[name] for name in files if name.startswith(tops[0])}


def from_git(root):
    """The same from the branch that this one follows, after fetching it."""
    if not copies.has_git(root):
        raise Problem("git did not make this folder: name the zip of the new version (update softmax.zip).")
    if copies.git("fetch", root=root) is None:
        raise Problem("`git fetch` fails here, and says why if you run it.")
    if (files := copies.tree("@{upstream}", root)) is None:
        raise Problem("This branch follows no other: see `git branch --set-upstream-to`.")
    return files


def same_text(one, other):
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def renew(path, first, new, root):
    """Put a new version in place; return a sentence if the student should know.

    first, new: content as it was and is handed out; first is None where nobody knows.
    """
    name = path.relative_to(root).as_posix()
    if not path.exists():
        copies.write(path, new)
        return f"{name} is new." if first is None else f"{name} is back."
    ours = path.read_bytes()
    if same_text(ours, new) or first is not None and same_text(first, new):  # nothing was corrected here
        return None
    if first is not None and same_text(ours, first):
        copies.write(path, new)
        return f"{name} is updated."
    kept = copies.keep(path, root).relative_to(root).as_posix()
    new, left = moved(ours, new) if path.suffix == ".ipynb" else (new, "")
    copies.write(path, new)
    return f"{name} is updated. Yours is {kept}. {left}".strip()


def moved(ours, new):
    """The new lesson with the student's answers, and a sentence about those that stay behind."""
    try:
        new, left = copies.carry_over(ours, new)
    except (ValueError, KeyError, TypeError, AttributeError):  # no notebook any more
        return new, "No answer could be read from it."
    return new, f"Exercises changed: copy {', '.join(left)} over yourself." if left else ""


def clear_away(first, new, root):
    """Delete what is no longer part of the course, but nothing that a student changed."""
    for name in first.keys() - new.keys():
        path = root / name
        if path.is_file() and same_text(path.read_bytes(), first[name]):
            path.unlink()
        elif path.is_file():
            yield f"{name} is no longer part of the course, and stays because you changed it."


def follow(root):
    """Let git stand at the new version; what the student committed gets a branch of its own."""
    if copies.git("merge-base", "--is-ancestor", "HEAD", "@{upstream}", root=root) is None:
        copies.git("branch", "--force", "before-update", "HEAD", root=root)
        yield "Your own commits are on the branch before-update."
    copies.git("reset", "--quiet", "@{upstream}", root=root)


def main(arguments, root=ROOT):
    try:
        new = from_zip(Path(arguments[0])) if arguments else from_git(root)
        for name in new:
            if name.endswith(".ipynb"):
                json.loads(new[name])  # what is broken is noticed before the first file is replaced
    except (Problem, ValueError) as problem:
        print(problem, "Nothing was changed.", file=sys.stderr)
        return 1
    first = copies.originals(root)
    told = [renew(root / name, first.get(name), new[name], root) for name in new]
    told += clear_away(first, new, root)
    told += [] if arguments else follow(root)
    copies.remember(new, root)
    told = [sentence for sentence in told if sentence]
    print(*told or ["Nothing has changed."], sep="\n")
    return 0
