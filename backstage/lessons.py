"""What is a lesson, and what in a notebook answers it: functions by their names, in whatever cell they are.

The standard library alone, for commands use this before anything is installed.
"""

import ast
import json
import re
import warnings
from pathlib import Path

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
WIDGET = "application/vnd.jupyter.widget-view+json"
DEFINED = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)|^(\w+)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def is_lesson(name):
    """Return whether a path in the course, written with slashes, is a lesson's: notebooks/NN_words.ipynb."""
    return re.fullmatch(r"notebooks/\d\d_\w+\.ipynb", name) is not None


def lessons(root):
    """Return the paths of all lessons of the course in a folder, in their order."""
    return [
        path
        for path in sorted(Path(root, "notebooks").glob("*.ipynb"))
        if is_lesson(f"notebooks/{path.name}")
    ]


def other_notebooks(root):
    """Return the paths of what lies beside the lessons: Untitled.ipynb, copies."""
    return sorted({*Path(root, "notebooks").glob("*.ipynb")} - {*lessons(root)})


def cells_of(notebook):
    """Return the cells of a notebook in any version of its format, each with its source as one text.

    notebook: the bytes of the file. Raises ValueError where they are no notebook.
    """
    try:
        content = json.loads(notebook)
        sheets = [content] if "cells" in content else content["worksheets"]
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        return [cell | {"source": "".join(cell.get("source", cell.get("input", "")))} for cell in cells]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no notebook: {error!r}") from None


def drop_widgets(notebook):
    """Take widgets out of a notebook's content, where they mean nothing: pictures and sentences stay."""
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        outputs = cell.get("outputs", [])
        for output in outputs:
            output.get("data", {}).pop(WIDGET, None)
        outputs[:] = [output for output in outputs if output.get("data", True)]  # no empty ones


def exercise_of(cell):
    """Return the name of the function that a cell asks for, as nbgrader's metadata have it, or None."""
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    return metadata.get("grade_id") if metadata.get("solution") else None


def parsed(source):
    """Return the syntax tree of a cell, without IPython's own lines, or None where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for code in [source, re.sub(r"^([ \t]*)[%!].*", r"\1pass", source, flags=re.MULTILINE)]:
            try:
                return ast.parse(code)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def definitions(source):
    """Return {name that a cell defines: the last node that does, or None in what cannot be parsed}.

    A node is a function, a class, an import or another statement of the module.
    """
    if (tree := parsed(source)) is None:
        return {name: None for match in DEFINED.findall(source) for name in match if name}
    return {name: node for node in tree.body for name in _bound(node)}


def _bound(statement):
    is_one_name = isinstance(statement, FUNCTIONS | ast.ClassDef)
    for node in [statement] if is_one_name else ast.walk(statement):
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def is_stub(node):
    """Return whether a node is a function that has nothing but `...` below its docstring."""
    if not isinstance(node, FUNCTIONS):
        return False
    begun = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return [ast.unparse(part) for part in begun] == ["..."]


def arguments(node):
    """Return the names of a function's or assigned lambda's arguments; None where the node hides them."""
    node = node if isinstance(node, FUNCTIONS) else getattr(node, "value", None)
    if not isinstance(node, FUNCTIONS | ast.Lambda):
        return None
    return [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]


def answers(cells, names):
    """Return {function's name: what answers it, in order: pairs of a cell and a node, stubs left out}."""
    answered = {name: [] for name in names}
    for cell in cells:
        if cell.get("cell_type") == "code":
            for name, node in definitions(cell["source"]).items():
                if name in answered and not is_stub(node):
                    answered[name].append((cell, node))
    return answered
