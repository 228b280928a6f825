"""Controls: what an argument and its range ask for, as plain data that explorer.js turns into inputs."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import Parameter, signature
from numbers import Integral, Real

import numpy as np


def dots(text, height, width):
    """Return the boolean array that a pad's value stands for: (height, width)."""
    bits = np.frombuffer(bytes.fromhex(text), np.uint8)
    return np.unpackbits(bits, count=height * width).reshape(height, width) == 1


@dataclass
class Pad:
    """What `drawing` returns. A value is text: the dots of all rows as bits, written in hexadecimal.

    at_start, now: the values that the picture began with, and that it last showed.
    """

    height: int
    width: int
    start: np.ndarray
    at_start: str = ""
    now: str = ""

    def control(self, name, default):
        ink = self.start if default is Parameter.empty else np.asarray(default)
        if ink.shape != (self.height, self.width) or ink.dtype != bool:
            expected = f"a boolean array of shape ({self.height}, {self.width})"
            raise ValueError(f"{name}: its default is not {expected}, but {ink.dtype} of shape {ink.shape}")
        self.at_start = np.packbits(ink).tobytes().hex()
        size = {"height": self.height, "width": self.width}
        return {"kind": "drawing", "start": self.at_start} | size, self.value

    def value(self, text):
        """Return the boolean array that a text stands for."""
        self.now = text
        return dots(text, self.height, self.width)


@dataclass(frozen=True)
class Plane:
    """What `placed` returns. A value is text, in JSON a list with [x, y, class] for each point."""

    points: list
    classes: int
    span: float

    def control(self, *_):
        control = {
            "kind": "placed",
            "classes": self.classes,
            "span": self.span,
            "start": json.dumps(self.points),
        }
        return control, self.value

    @staticmethod
    def value(text):
        """Return (X, y), numbers of shape (n, 2) and n class indices."""
        rows = np.reshape(json.loads(text), (-1, 3)).astype(float)
        return rows[:, :2], rows[:, 2].astype(int)


def controls(function, ranges):
    """Return the controls, one for each argument with a range, and what makes arguments of values.

    A range is one of `interact`'s, see `explore`. Raises TypeError for what is none and for an
    argument that has neither range nor default, ValueError for a default or a step that is out of range.
    """
    controls, convert = [], {}
    for name, parameter in signature(function).parameters.items():
        open_ended = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        if name in ranges:
            control, convert[name] = _control(name, parameter.default, ranges[name])
            controls.append({"name": name, "label": name.replace("_", " ")} | control)
        elif parameter.default is Parameter.empty and not open_ended:
            raise TypeError(f"{name} has no default, so it needs a range, such as {name}=(0, 1)")
    return controls, convert


def _control(name, default, given):
    if isinstance(given, (Pad, Plane)):
        return given.control(name, default)
    if isinstance(given, bool):
        return {"kind": "tick", "start": given}, bool
    if isinstance(given, str):
        return {"kind": "text", "start": given}, str
    if isinstance(given, tuple) and len(given) in (2, 3) and all(isinstance(v, Real) for v in given):
        return _slider(name, default, *given)
    if isinstance(given, Iterable) and (options := list(given)):
        labels = [getattr(option, "__name__", str(option)) for option in options]
        return _menu(name, default, labels, [*given.values()] if isinstance(given, dict) else options)
    raise TypeError(f"{name}: a range is (lowest, highest), a list, True, False or a text, not {given!r:.60}")


def _menu(name, default, labels, options):
    places = [i for i, option in enumerate(options) if option is default or repr(option) == repr(default)]
    if not places and default is not Parameter.empty:
        raise ValueError(f"{name}: its default {default!r:.60} is not among {', '.join(labels)}")
    return {"kind": "menu", "options": labels, "start": [*places, 0][0]}, options.__getitem__


def _slider(name, default, low, high, step=None):
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{name}: a range is (lowest, highest), two finite numbers, not ({low}, {high})")
    if step is not None and not 0 < step <= high - low:
        raise ValueError(f"{name}: the step {step} does not fit between {low} and {high}")
    free = default is Parameter.empty
    if not free and not (isinstance(default, Real) and low <= default <= high):
        raise ValueError(f"{name}: its default {default!r:.60} is not between {low} and {high}")
    whole = all(isinstance(v, Integral) for v in (low, high, step or 1, low if free else default))
    number = int if whole else float
    grid = sorted({number(v) for v in (low, *_stops(low, high, step, whole), high)})
    start = grid[len(grid) // 2] if free else number(default)
    return {"kind": "slider", "grid": grid, "whole": whole, "start": start}, number


def _stops(low, high, step, whole):
    """Return where a slider stops between its ends: 100 places or more but for whole numbers
    and given steps, at numbers that are short to read."""
    if step is None and low > 0 and high / low >= 100:
        return [float(f"{v:.3g}") for v in np.geomspace(low, high, 201)[1:-1]]
    power = 10.0 ** math.floor(math.log10((high - low) / 100))
    step = step or max(m * power for m in (1, 2, 5) if m * power <= (high - low) / 100 * 1.001)
    step = max(1, round(step)) if whole else step
    return [float(f"{low + i * step:.12g}") for i in range(1, math.ceil((high - low) / step - 1e-9))]


def word(control, value):
    """Write a value of a control in few words: the beginning of a text, a number as explorer.js does."""
    if control["kind"] == "menu":
        return control["options"][value]
    if control["kind"] == "placed":
        return f"{len(json.loads(value))} points"
    if control["kind"] == "drawing":
        return _dots(Pad(control["height"], control["width"], None).value(value))
    if control["kind"] != "slider":
        text = str(value)
        return text if len(text) <= 80 else f"{text[:80]}…"
    return re.sub(r"e\+?(-?)0*", r"e\1", f"{value:,.10g}".replace(",", "\u202f"))


def _dots(ink):
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) + 1 for axis in (1, 0))
    if not len(rows):
        return "nothing drawn"
    return f"{ink.sum()} dots in rows {rows[0]} to {rows[-1]} and columns {columns[0]} to {columns[-1]}"


def bitmap(counts, height, width):
    """Return a boolean array with as many dots in each of its blocks as `counts` says.

    counts: (rows, columns) whole numbers, which divide height and width. In a block dots lie where numbers
    between its own and those of its neighbors, by linear interpolation, are largest.
    """
    rows, columns = counts.shape
    size = height // rows, width // columns
    smooth = _finer(_finer(counts, size[0]).T, size[1]).T
    blocks = smooth.reshape(rows, size[0], columns, size[1]).swapaxes(1, 2).reshape(rows, columns, -1)
    places = blocks.argsort(axis=-1, kind="stable").argsort(axis=-1)
    ink = places >= blocks.shape[-1] - counts[..., np.newaxis]
    return ink.reshape(rows, columns, *size).swapaxes(1, 2).reshape(height, width)


def _finer(rows, times):
    places = (np.arange(len(rows) * times) + 0.5) / times - 0.5
    return np.transpose([np.interp(places, range(len(rows)), column) for column in rows.T])
