"""What stands in a notebook that was handed in, without running or showing anything of it."""

import json
from typing import NamedTuple

from backstage.asking import digits
from backstage.asking.report import guesses
from backstage.lessons import cells_of

from . import printable
from .engine import find_lessons


class Content(NamedTuple):
    """What was found in a notebook; nothing, if it cannot be read."""

    lessons: list = []
    copy: str | None = None  # safe to open
    guesses: dict = {}
    digits: dict = {}


def read(notebook):
    """Return the Content of a notebook: bytes."""
    try:
        cells = cells_of(notebook)
        return Content(sorted(find_lessons(cells)), safe_copy(cells), guesses(cells), digits.handed_in(cells))
    except Exception:  # whatever else can stand in a file
        return Content()


def safe_copy(cells):
    """Return the text of a notebook that has the cells' sources alone, as JSON.

    Outputs, attachments and the state of widgets go, for a frontend may run what they hold when it opens
    them. Markdown becomes raw text: it is neither rendered as HTML nor does it ask for pictures elsewhere.
    """
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    bare = [_cell(number, cell) for number, cell in enumerate(cells)]
    whole = {"cells": bare, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1)


def _cell(number, cell):
    bare = {"id": f"cell-{number}", "metadata": {}, "source": printable(cell["source"])}
    if cell["cell_type"] != "code":
        return bare | {"cell_type": "raw"}
    return bare | {"cell_type": "code", "execution_count": None, "outputs": []}
