"""Imports go one way: what a module may import of ours is decided by the package that it is in."""

import ast
import sys
from importlib.util import resolve_name

import nbformat
import pytest

from conftest import ROOT

SHARED = ["backstage.ROOT", "backstage.lessons", "backstage.page", "backstage.palette"]  # standard library
MAY_IMPORT = {  # the longest name that fits a module counts for it
    "helpers": ["backstage.checks", "backstage.asking"],
    "helpers.language_model": ["backstage.calling", "backstage.gguf"],
    "helpers.numerics": [],
    "helpers.plots": ["backstage.palette"],
    "helpers.sliders": ["backstage.explorer", "backstage.palette"],
    "helpers.training": [],
    "exercises": ["exercises", "backstage.checks"],  # content, and the tools that it is written with
    "exercises.answers": ["helpers.numerics"],  # as the lessons have it
    "backstage": [],
    "backstage.calling": ["backstage.calling"],
    "backstage.explorer": ["backstage.explorer"],
    "backstage.explorer.controls": [],
    "backstage.explorer.server": ["backstage.lessons"],
    "backstage.explorer.artists": ["backstage.palette"],
    "backstage.explorer.explorer": [
        *(*SHARED, "backstage.explorer.artists", "backstage.explorer.controls", "backstage.calling"),
    ],
    "backstage.checks": [*SHARED, "backstage.checks", "backstage.calling"],
    "backstage.setup": [*SHARED, "backstage.setup"],
    "backstage.pages": [
        *(*SHARED, "backstage.pages", "backstage.asking", "backstage.setup"),
        *("backstage.explorer", "backstage.calling"),
    ],
    "backstage.pages.site": [
        *(*SHARED, "backstage.pages", "backstage.asking", "backstage.setup", "backstage.explorer"),
        *("backstage.calling", "helpers.numerics", "helpers.plots"),  # the first picture's
    ],
    "backstage.grading": [
        *(*SHARED, "backstage.grading", "backstage.checks", "backstage.calling"),
        *("backstage.asking.report", "backstage.asking.questions", "backstage.asking.digits"),
    ],
    "backstage.asking": [*SHARED, "backstage.asking", "backstage.explorer"],
    "backstage.asking.words": [],
    "backstage.grading.inside": ["helpers", "backstage.calling"],  # what the sandbox shows
    "backstage.commands": ["helpers", "exercises", "backstage"],
}  # fmt: skip
OURS = ["helpers", "exercises", "backstage", "tests", "run"]
# Beside the standard library.
NUMPY_ALONE = ["helpers.numerics", "helpers.training", "exercises", "backstage.checks", "backstage.calling"]
FOR_LESSONS = ["helpers.numerics", "helpers.plots", "helpers.sliders", "helpers.check", "helpers.guess"]
FOR_LESSONS += ["helpers.digits", "helpers.training", "helpers.language_model"]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in ["helpers", "exercises", "backstage"]
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imported(source, package):
    """The full name of everything that a module of the package imports: `helpers.plots.bars`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def lies_in(name, places):
    return any(f"{name}.".startswith(f"{place}.") for place in places)


def forbidden(module, source):
    """What a module imports and may not."""
    allowed = MAY_IMPORT[max((place for place in MAY_IMPORT if lies_in(module, [place])), key=len)]
    names = set(imported(source, module.rpartition(".")[0]))
    found = {name for name in names if lies_in(name, OURS) and not lies_in(name, allowed)}
    if lies_in(module, NUMPY_ALONE):
        known = [*sys.stdlib_module_names, "numpy", *OURS]
        known += ["tokenizers"] * (module == "helpers.language_model")  # it comes with the model
        found |= {name for name in names if not lies_in(name, known)}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    assert forbidden(module, MODULES[module].read_text("utf-8")) == set()


def test_a_lesson_imports_what_is_made_for_lessons(notebook):
    cells = [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    names = {name for source in cells for name in imported(source, "") if lies_in(name, OURS)}
    assert [name for name in names if not lies_in(name, FOR_LESSONS)] == []


@pytest.mark.parametrize(
    "module, line",
    [
        ("backstage.checks.diagnosis", "from helpers import numerics"),
        ("exercises.lesson_01", "def later():\n    import helpers.plots as p"),
        ("exercises.lesson_01", "import scipy.special"),
        ("helpers.plots", "from .sliders import explore"),
        ("helpers.plots", "from . import numerics"),
        ("backstage.calling.limits", "from exercises import check"),
        ("backstage.explorer.artists", "from helpers.plots import BLUE"),
        ("backstage.explorer.explorer", "from .widget import Widget"),
        ("backstage.explorer.server", "from helpers import sliders"),
        ("backstage.explorer.controls", "from backstage.explorer.artists import Drawing"),
        ("helpers.numerics", "import matplotlib"),
        ("backstage.grading.collect", "from helpers import sliders"),
    ],
)
def test_an_import_against_the_arrows_is_noticed(module, line):
    assert len(forbidden(module, line)) == 1
