"""The exercises of a notebook, as its nbgrader metadata name them, and answers to put into them."""

import ast

import nbformat

from conftest import ROOT


def exercises(lesson):
    """From the name of each exercise to its points, for the path of a notebook."""
    cells = nbformat.read(lesson, as_version=4).cells
    known = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
    return {data.grade_id.removeprefix("check_"): data.points for data in known if data.grade}


def right(lesson):
    """From the name of each exercise to the source of a cell that answers it."""
    if not (names := exercises(lesson)):
        return {}
    text = (ROOT / f"exercises/answers/lesson_{lesson.stem[:2]}.py").read_text(encoding="utf-8")
    parts = ast.parse(text).body
    imports = [ast.unparse(part) for part in parts if isinstance(part, (ast.Import, ast.ImportFrom))]
    functions = {part.name: ast.unparse(part) for part in parts if isinstance(part, ast.FunctionDef)}
    return {name: "\n".join([*imports, "", "", functions[f"my_{name}"]]) for name in names}


def answered(lesson, answers):
    """The notebook with these answers in place of the stubs."""
    notebook = nbformat.read(lesson, as_version=4)
    for cell in notebook.cells:
        data = cell.metadata.get("nbgrader", {})
        name = data.get("grade_id", "").removeprefix("my_")
        if data.get("solution") and name in answers:
            cell.source = answers[name]
    return notebook


def saved(kind, data):
    """Cells of a notebook as JupyterLab saves them, with this as what one of them shows of a media type."""
    code = {"cell_type": "code", "source": "", "outputs": [{"data": {kind: data}}]}
    return [{"cell_type": "markdown", "source": ""}, code]
