"""What a check says: as data, as text, as HTML, and as the number that nbgrader asks for."""

import html
import itertools
import os
import re
from dataclasses import dataclass

from backstage.palette import BLUE, RED

# A sign and a word for every state, so that color is never needed to tell them apart.
LOOKS = {
    "not attempted": ("○", "Not attempted", "#767676"),
    "wrong": ("✗", "Not yet", RED),
    "raised": ("⚠", "Stopped by an error", RED),
    "too slow": ("∞", "Too slow", RED),
    "right": ("✓", "Right", BLUE),
}


@dataclass(frozen=True, repr=False)
class Result:
    """The verdict on one run of one function, all of it plain data."""

    exercise: str
    out_of: int
    state: str
    text: str  # paragraphs, with blank lines between them
    evidence: tuple = ()  # pairs of a name and what it was, such as ("expected", "[0.5 0.5]")
    mistake: str | None = None  # a short identifier; None if nothing is wrong or nobody foresaw it
    borrowed: str | None = None  # the function of the lesson or of helpers that did it all, if one did
    footer: str = ""  # where there is more
    details: tuple = ()  # what HTML can fold open: triples of a summary, a text, and whether that is code

    @property
    def passed(self):
        return self.state == "right"

    @property
    def points(self):
        """All of them or none; none for a right answer that a function of the lesson or a library gave."""
        return self.out_of if self.passed and not self.borrowed else 0

    @property
    def message(self):
        """The text, and the evidence as a table below it."""
        return "\n\n".join(filter(None, [self.text, self.table("    ")]))

    def table(self, indent=""):
        """The evidence, a name and what it was to a line."""
        lines = "\n" + indent + " " * 10
        return "\n".join(f"{indent}{name:10}" + shown.replace("\n", lines) for name, shown in self.evidence)

    def _head(self):
        sign, word, _ = LOOKS[self.state]
        unit = "point" if self.out_of == 1 else "points"
        return f"{sign} {word}: {self.exercise}, {self.points} of {self.out_of} {unit}"

    def __repr__(self):
        """The message; under nbgrader the points, which it reads from the text and shows with the HTML."""
        if "NBGRADER_EXECUTION" in os.environ:
            return str(self.points)
        return "\n\n".join(filter(None, [self._head(), self.message, self.footer]))

    def _repr_html_(self):
        style = f"border-left: 0.4em solid {LOOKS[self.state][2]}; padding-left: 1em"
        data = f' data-mistake="{self.mistake}"' if self.mistake else ""  # an instructor's list has it
        data += f' data-borrowed="{self.borrowed}"' if self.borrowed else ""
        head = f"<p><strong>{escaped(self._head())}</strong></p>"
        parts = "".join(f"<p>{escaped(text)}</p>" for text in self.text.split("\n\n"))
        table = f"<pre>{html.escape(self.table())}</pre>" if self.evidence else ""
        footer = f"<p>{escaped(self.footer)}</p>" if self.footer else ""
        details = "".join(itertools.starmap(_details, self.details))
        return f'<div role="status"{data} style="{style}">{head}{parts}{table}{footer}{details}</div>'


class Text(str):
    """A string that a notebook shows without quotes."""

    def __repr__(self):
        return str(self)


class Progress(list):
    """The best Result of each exercise so far, as a small table."""

    def _rows(self):
        rows = [(result.exercise, *LOOKS[result.state][:2], result.points, result.out_of) for result in self]
        return [*rows, ("together", "", "", *(sum(row[i] for row in rows) for i in (3, 4)))]

    def __repr__(self):
        return "\n".join(f"{name:16}{sign} {word:20}{p} of {n}" for name, sign, word, p, n in self._rows())

    def _repr_html_(self):
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{sign} {word}</td><td>{p} of {n}</td></tr>'
            for name, sign, word, p, n in self._rows()
        )
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("exercise", "state", "points"))
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _details(summary, text, is_code):
    inside = f"<pre>{html.escape(text)}</pre>" if is_code else f"<p>{escaped(text)}</p>"
    return f"<details><summary>{escaped(summary)}</summary>{inside}</details>"


def escaped(text):
    """Text as HTML, with what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))
