"""`digits.keep(pad, label=7)` keeps what is drawn in a pad; `digits.kept()` returns all that was kept.

A drawing is text, 32 × 32 dots as bits in hexadecimal, as pads have it. Kept again, it has its last label.
"""

import re
from html import escape

import numpy as np

from backstage.asking import keeping
from backstage.explorer.controls import dots

DATA = "application/vnd.softmax-notebooks.digits+json"  # digits in a saved notebook
DRAWING = re.compile("[0-9a-f]{256}")
MOST = 200  # that are read from one notebook


def keep(pad, label):
    """Keep what is drawn now, with the digit that was meant, and say and save in the notebook what is kept.

    pad: `drawing(32, 32)`, after `explore` showed it. label: 0 to 9. A pad that is empty or as it was at the
    start is not kept.
    """
    from IPython.display import display  # grading has no use for it

    if label not in range(10) or (pad.height, pad.width) != (32, 32):
        raise ValueError(f"expected a pad of 32 × 32 dots and a label from 0 to 9, not {label!r}")
    note = "Draw a digit in the pad first. "
    if pad.now != pad.at_start and pad.now.strip("0"):
        problem = keeping.add("digits", [pad.now, int(label)])
        note = f"This digit could not be kept: {problem}. " if problem else ""
    drawn = labeled(keeping.rows("digits"))
    those = ": " * bool(drawn) + ", ".join(map(str, sorted(drawn.values())))
    said = f"{note}{len(drawn)} digit{'s are' if len(drawn) != 1 else ' is'} kept{those}."
    shown = {"text/plain": said, "text/html": f"<p>{escape(said)}</p>"}
    display(shown | {DATA: {"digits": [*drawn.items()]}}, raw=True)


def kept():
    """Return (X, y): rows of 64 numbers, as scikit-learn's digits have them, (n, 64), and n labels."""
    drawn = labeled(keeping.rows("digits"))
    return np.array([*map(counts, drawn)]).reshape(-1, 64), np.array([*drawn.values()], int)


def counts(drawing):
    """Return the ink of a drawing in each block of 4 × 4 dots, 64 numbers from 0 to 16."""
    return dots(drawing, 32, 32).reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()


def labeled(rows):
    """Return {drawing: label} of rows that are such a pair; what is none is left out."""
    pairs = [row for row in rows if type(row) is list and [*map(type, row)] == [str, int]]
    return {drawing: label for drawing, label in pairs if DRAWING.fullmatch(drawing) and label in range(10)}


def handed_in(cells):
    """Return {drawing: label} of what a notebook's cells hold: at most the first MOST."""
    return dict([*labeled(keeping.saved(cells, DATA, "digits")).items()][:MOST])
