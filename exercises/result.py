"""What a check says: as text, as HTML, and as the number that nbgrader asks for."""

import html
import os
import re
from dataclasses import dataclass

# A sign and a word for every state, so that color is never needed to tell them apart.
LOOKS = {
    "not attempted": ("○", "Not attempted", "#767676"),
    "wrong": ("✗", "Not yet", "#b35900"),
    "raised": ("⚠", "Stopped by an error", "#b35900"),
    "too slow": ("∞", "Too slow", "#b35900"),
    "right": ("✓", "Right", "#0072b2"),
}


@dataclass(frozen=True, repr=False)
class Result:
    """One run of one check. `mistake` is a short identifier, or None if nothing is wrong or nobody foresaw
    it."""

    exercise: str
    state: str
    message: str
    mistake: str | None
    out_of: int

    @property
    def passed(self):
        return self.state == "right"

    @property
    def points(self):
        return self.out_of if self.passed else 0

    def _head(self):
        sign, word, _ = LOOKS[self.state]
        unit = "point" if self.out_of == 1 else "points"
        return f"{sign} {word}: {self.exercise}, {self.points} of {self.out_of} {unit}"

    def __repr__(self):
        """The message; under nbgrader the points, which it reads from the text and shows with the HTML."""
        if "NBGRADER_EXECUTION" in os.environ:
            return str(self.points)
        return f"{self._head()}\n\n{self.message}"

    def _repr_html_(self):
        parts = "".join(map(_block, self.message.split("\n\n")))
        style = f"border-left: 0.4em solid {LOOKS[self.state][2]}; padding-left: 1em"
        mistake = f' data-mistake="{self.mistake}"' if self.mistake else ""  # an instructor's list has it
        head = f"<p><strong>{_escape(self._head())}</strong></p>"
        return f'<div role="status"{mistake} style="{style}">{head}{parts}</div>'


class Hint(str):
    """A string that a notebook shows without quotes."""

    def __repr__(self):
        return str(self)


def _block(text):
    """A paragraph; what is indented keeps its columns."""
    return f"<pre>{html.escape(text)}</pre>" if text.startswith("    ") else f"<p>{_escape(text)}</p>"


def _escape(text):
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))
