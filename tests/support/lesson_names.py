"""What the cells of a lesson define, for tests of its own functions and of the numbers in its text."""

import contextlib

import nbformat
import numpy as np

from backstage.calling.stand_ins import standing_in
from conftest import ROOT


def lesson_names(file, without=()):
    """Run a notebook's cells in this process, and with pictures that draw nothing.

    Exercises are left out, and so are cells with these ids, which take long and define nothing.
    """
    names = {}
    silent = {"show": _nothing, "explore": _nothing, "progress": lambda steps, *_, **__: range(steps)}
    ours = standing_in("helpers.sliders", **silent)
    guess = standing_in("helpers.guess", __getattr__=lambda name: _nothing)
    with ours, guess, contextlib.chdir(ROOT / "notebooks"), np.printoptions():  # a cell sets these
        for cell in nbformat.read(file, as_version=4).cells:
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata and cell.id not in without:
                exec(cell.source, names)
    return names


def _nothing(*args, **options):
    pass


def prose(stem):
    """The words of a lesson and of its questions, in one line."""
    cells = nbformat.read(ROOT / f"notebooks/{stem}.ipynb", as_version=4).cells
    questions = (ROOT / f"questions/lesson_{stem[:2]}.md").read_text("utf-8")
    words = [cell.source for cell in cells if cell.cell_type == "markdown"] + [questions]
    return " ".join(" ".join(words).split())
