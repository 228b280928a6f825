"""What holds for every notebook: it says where it leads, and what it stores can be compared."""

import ast
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from answers import exercises
from backstage.commands import lesson
from conftest import NOTEBOOKS, ROOT
from helpers import check

README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(notebook, kind):
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == kind]


def outputs(notebook):
    return [output for cell in cells(notebook, "code") for output in cell.outputs]


def test_every_code_cell_was_run_in_order(notebook):
    """A cell whose count was cleared runs under nbval, but nothing that it shows is compared."""
    counts = [cell.execution_count for cell in cells(notebook, "code")]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_that_shows_something_has_its_output_stored(notebook):
    """Without a stored output, whatever a cell shows would pass for right."""
    for cell in cells(notebook, "code"):
        ends_in_a_value = isinstance(ast.parse(cell.source).body[-1], ast.Expr)
        shows = re.search(r"^(print|show|explore)\(", cell.source, re.MULTILINE)
        silent = "set_printoptions" in cell.source
        assert cell.outputs or silent or not (shows or ends_in_a_value), cell.source


def test_a_hidden_output_begins_with_a_line_that_gives_nothing_away(notebook):
    """JupyterLab shows the first line of a hidden output in its place."""
    for cell in cells(notebook, "code"):
        if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            assert re.match(r".*[:?]\n", cell.outputs[0].get("text", "")), cell.source


def test_stored_outputs_are_clean(notebook):
    assert "widgets" not in nbformat.read(notebook, as_version=4).metadata
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})


def test_every_picture_has_its_numbers_in_words(notebook):
    pictures = [output for output in outputs(notebook) if "image/png" in output.get("data", {})]
    assert pictures
    for picture in pictures:
        assert re.search(r"\d", picture.data["text/plain"])
        assert picture.metadata["image/png"]["alt"] == picture.data["text/plain"]


def test_every_link_to_a_file_leads_somewhere(notebook):
    prose = "\n".join(cell.source for cell in cells(notebook, "markdown"))
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", prose):
        assert (notebook.parent / target).exists(), target


def test_the_first_cell_links_to_the_lesson_before_and_to_readme(notebook):
    first = cells(notebook, "markdown")[0].source
    place = NOTEBOOKS.index(notebook)
    assert "](../README.md#the-lessons)" in first
    assert place == 0 or f"]({NOTEBOOKS[place - 1].name})" in first


def test_readme_has_a_row_with_title_and_time(notebook):
    first = cells(notebook, "markdown")[0].source
    title, times = re.search(r"^# (.+)", first)[1], re.search(r"Time: (\d+) minutes, and (\d+) for", first)
    row = re.search(rf".*\]\(notebooks/{notebook.name}\).*", README)
    assert row and title in row[0] and "{} min + {} |".format(*times.groups()) in row[0]


def exercise_cells(notebook):
    """The cells that nbgrader knows, by their ids."""
    known = [cell for cell in cells(notebook, "code") if "nbgrader" in cell.metadata]
    assert all(cell.metadata.nbgrader.schema_version == 3 for cell in known)
    return {cell.metadata.nbgrader.grade_id: cell for cell in known}


def test_every_exercise_is_a_stub_and_its_check(notebook):
    found = exercise_cells(notebook)
    names = [grade_id.removeprefix("check_") for grade_id in found if grade_id.startswith("check_")]
    assert len(names) <= 5
    assert [*found] == [f"{part}_{name}" for name in names for part in ("my", "check")]
    for name in names:
        its_check = found[f"check_{name}"]
        for cell, *values in (found[f"my_{name}"], True, False, False), (its_check, False, True, True):
            assert [cell.metadata.nbgrader[flag] for flag in ("solution", "grade", "locked")] == values
        assert its_check.source == f"check.{name}(my_{name})"
        assert its_check.metadata.nbgrader.points == getattr(check, name).points
        assert not its_check.metadata.editable and not its_check.metadata.deletable


def test_a_stub_holds_what_to_do_and_nothing_more(notebook):
    """Neither a solution nor a cell without shapes is handed out."""
    for grade_id, cell in exercise_cells(notebook).items():
        if grade_id.startswith("my_"):
            (function,) = ast.parse(cell.source).body
            about, dots = function.body
            assert function.name == grade_id and "Shapes: " in ast.get_docstring(function)
            assert ast.unparse(dots) == "..."
            arguments = [argument.arg for argument in function.args.args]
            assert arguments == getattr(check, grade_id.removeprefix("my_")).arguments


def test_what_was_guessed_is_shown_once_before_the_exercises(notebook):
    sources = [cell.source for cell in nbformat.read(notebook, as_version=4).cells]
    places = [i for i, source in enumerate(sources) if source == "guess.so_far()"]
    assert len(places) == 1 and sources[places[0] + 1].startswith(("## Your turn", "## Summary"))


def test_a_lesson_is_whole(notebook):
    if problems := [*left_to_do(notebook)]:
        pytest.fail("\n".join(problems), pytrace=False)


def left_to_do(notebook):
    """Yield what is left of a lesson's skeleton, and what is missing that no other test asks for."""
    number, names = notebook.name[:2], [*exercises(notebook)]
    new, head = lesson.files(notebook.stem, names)
    for path, text in new.items():
        standing = path.read_text("utf-8").split("\n") if path.exists() else []  # lesson 01 remembers nothing
        stubs = filter(re.compile("…|NotImplementedError").search, text.split("\n"))
        yield from (f"{path.relative_to(ROOT)}: {line}" for line in {*stubs} & {*standing})
    yield from (line for line in README.split("\n") if notebook.name in line and "| … |" in line)
    if f"### {number} " not in (ROOT / "TEACHING.md").read_text("utf-8"):
        yield f"TEACHING.md has nothing about lesson {number}"
    before = notebook.with_name(head["before"] + ".ipynb").read_text("utf-8")
    if notebook.name not in before and number > "01":
        yield f"{head['before']} has no link to {notebook.stem}"


def test_every_exercise_is_in_one_lesson():
    found = [grade_id for path in NOTEBOOKS for grade_id in exercise_cells(path)]
    assert sorted(found) == sorted(f"{part}_{name}" for name in check for part in ("my", "check"))


WITHOUT_SHIFT = """

def softmax(z, axis=-1, temperature=1.0):
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)

def log_softmax(z, axis=-1):
    return np.log(softmax(z, axis))
"""


def test_nbval_notices_a_helper_without_its_max_shift(tmp_path):
    """Stored outputs guard the helpers only if they were computed from scores that overflow."""
    lesson = next(path for path in NOTEBOOKS if "helpers.numerics import" in path.read_text("utf-8"))
    for name in ("backstage", "exercises", "helpers", "questions"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(lesson, tmp_path)
    with open(tmp_path / "helpers/numerics.py", "a") as numerics:
        numerics.write(WITHOUT_SHIFT)
    command = [sys.executable, "-m", "pytest", "-x", "--nbval", "--nbval-current-env", lesson.name]
    variables = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 1 and "Cell outputs differ" in done.stdout
