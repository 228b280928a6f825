"""Answers that are the same beyond what the lesson says: what is common or short is no hint."""

import ast
import contextlib
import functools
from collections import defaultdict

from backstage import ROOT
from backstage.lessons import cells_of

LONG = 100  # letters of a student's own that two have in common
RARE = 3  # who may write the same before it is common, or every twentieth


def flag(works):
    """Add a flag to those results of one lesson that share code which few wrote."""
    wrote, shared = defaultdict(list), defaultdict(list)
    for work in works:
        for name, mark in work.result.get("exercises", {}).items():
            if mark["points"] and mark["source"]:
                wrote[name, shape(mark["source"])].append(work)
    for (name, _), authors in wrote.items():
        if 1 < len(authors) <= max(RARE, len(works) // 20):
            own = own_letters(authors[0].result["exercises"][name]["source"], authors[0].result["lesson"])
            for work in authors:
                for other in authors:
                    shared[id(work), id(other)].append((name, own))
    for work in works:
        for other in works:
            same = shared[id(work), id(other)] if other is not work else []
            if sum(own for _, own in same) >= LONG:
                names = ", ".join(name for name, _ in same)
                work.result["flags"].append(f"the same code as {other.submission.name} in {names}")


def shape(source):
    """Return code without comments, docstrings and its author's choice of names."""
    try:
        return "\n".join(_plain(part) for part in _without_docstrings(ast.parse(source)).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(source.split())


def own_letters(source, lesson):
    """Return how many letters of code are in no line of the lesson and of its model answers."""
    try:
        lines = _lines(source) - _given(lesson)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return len(source)
    return sum(map(len, lines))


@functools.cache
def _given(lesson):
    given = set()
    for path in ROOT.glob(f"notebooks/{lesson}_*.ipynb"):
        for cell in cells_of(path.read_bytes()):
            if cell["cell_type"] == "code":
                with contextlib.suppress(SyntaxError):  # a line for IPython
                    given |= _lines(cell["source"])
    for path in [ROOT / f"exercises/answers/lesson_{lesson}.py", *ROOT.glob("helpers/*.py")]:
        given |= _lines(path.read_text(encoding="utf-8")) if path.exists() else set()
    return given


def _lines(source):
    """Return each statement that holds no other one, and what a compound one asks."""
    lines = set()
    for part in ast.walk(_without_docstrings(ast.parse(source))):
        if isinstance(part, ast.stmt) and not isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            asked = [getattr(part, name) for name in ("test", "iter") if hasattr(part, name)]
            lines |= {_plain(node) for node in (asked or ([] if hasattr(part, "body") else [part]))}
    return lines


def _without_docstrings(tree):
    for part in ast.walk(tree):
        if isinstance(part, (ast.FunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(part, False):
            part.body = part.body[1:] or [ast.Pass()]
    return tree


def _plain(part):
    """Return a part of a program with its names numbered in the order in which they come."""
    tree, names = ast.parse(ast.unparse(part)), {}
    for name in ast.walk(tree):
        if isinstance(name, ast.Name):
            name.id = names.setdefault(name.id, f"v{len(names)}")
        elif isinstance(name, ast.arg):
            name.arg = names.setdefault(name.arg, f"v{len(names)}")
    return ast.unparse(tree)
