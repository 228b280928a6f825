"""The lessons as files: where an original lies, what a student has done, and how it goes into a new version.

The standard library alone: a notebook is JSON, and its cells are known by their nbgrader names.
"""

import ast
import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

from backstage import ROOT

ORIGINALS = ".original"  # the course as it was handed out, in a copy that git does not know
KEPT = "notebooks/kept"  # what was replaced, as it was; git ignores it, and no test runs it


def git(*arguments, root=ROOT):
    """What git prints, as bytes, or None where it fails or is missing."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def has_git(root=ROOT):
    """Whether git knows this folder as a repository of its own, and not as a part of another."""
    top = git("rev-parse", "--show-toplevel", root=root)
    return top is not None and Path(top.decode().strip()).samefile(root)


def tree(revision, root=ROOT):
    """From name to content: all files of a revision, or None if git does not know it."""
    archive = git("archive", "--format=tar", revision, root=root)
    if archive is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        return {member.name: packed.extractfile(member).read() for member in packed if member.isfile()}


def originals(root=ROOT):
    """From name to content: the course as it was handed out, without what a student changed or committed."""
    if has_git(root):
        base = git("merge-base", "HEAD", "@{upstream}", root=root) or b"HEAD"
        return tree(base.decode().strip(), root)
    folder = root / ORIGINALS
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def remember(files, root=ROOT):
    """Store the course as it was handed out, where git does not: files maps names to contents."""
    if not has_git(root):
        shutil.rmtree(root / ORIGINALS, ignore_errors=True)
        for name, content in files.items():
            write(root / ORIGINALS / name, content)


def keep(path, root=ROOT):
    """Copy a file beside the lessons before something else takes its place; return the copy."""
    stamp = time.strftime("%Y-%m-%d %H.%M.%S")
    copy = root / KEPT / f"{path.stem} {stamp}{path.suffix}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while copy.exists():
        number += 1
        copy = copy.with_name(f"{path.stem} {stamp} ({number}){path.suffix}")
    shutil.copy2(path, copy)
    return copy


def write(path, content):
    """Write a whole file or nothing: whoever reads it meanwhile sees the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    if path.exists():
        shutil.copymode(path, beside)
    os.replace(beside, path)


def name_of(cell):
    """The nbgrader name of a cell that a student fills in, or None."""
    about = cell.get("metadata", {}).get("nbgrader", {})
    return about.get("grade_id") if about.get("solution") else None


def source(cell):
    return "".join(cell["source"])


def signature(code):
    """The first line of a definition, which says what is asked for, or None."""
    return next((line.strip() for line in code.splitlines() if line.startswith("def ")), None)


def is_stub(code):
    """Whether nothing but `...` stands below a definition and its docstring."""
    try:
        (function,) = ast.parse(code).body
        return (
            isinstance(function, ast.FunctionDef)
            and ast.unparse(function.body[-1]) == "..."
            and (len(function.body) == 1 + (ast.get_docstring(function) is not None))
        )
    except (SyntaxError, ValueError):
        return False


def carry_over(theirs, new):
    """Return the new version of a lesson with a student's answers, and the names of those without a place.

    theirs, new: bytes of notebooks. An answer's place is a cell of its name that asks for the same function.
    """
    notebook = json.loads(new)
    places = {name_of(cell): cell for cell in notebook["cells"] if name_of(cell)}
    left = []
    for cell in json.loads(theirs)["cells"]:
        name, code = name_of(cell), source(cell)
        if name is None or is_stub(code):
            continue
        if name in places and signature(code) == signature(source(places[name])):
            places[name]["source"] = cell["source"]
        else:
            left.append(name)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode(), left
