"""Live pictures: `explore` calls the reader's own function again whenever a control moves.

matplotlib draws axes, ticks and legend once, as SVG. At each move the picture moves its artists, and what
changed of them goes to the browser as a few numbers (artists.py), where explorer.js puts it onto the SVG.
"""

import base64
import contextlib
import dis
import gc
import html
import io
import math
import sys
import textwrap
import traceback
import types
import warnings
from collections.abc import Iterable
from inspect import signature
from numbers import Integral, Real
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from IPython import get_ipython
from IPython.display import display

from helpers.artists import Drawing, png
from helpers.plots import spans

_on_screen = []  # (cell, run, widget): a cell that runs again frees what it showed before


def show(picture, value, **options):
    """Draw `value` once, and say below in a sentence what can be seen.

    picture: a function of `helpers.plots`, or a list of them for pictures side by side, and `value` is then a
    list with one value for each. options: keywords of the picture, such as `names`.
    """
    drawings = _drawings(picture, options)
    sentence = _draw(drawings, value)
    _display({}, drawings, sentence)
    print(textwrap.fill(sentence, 100))


def explore(picture, function, **keywords):
    """Draw what `function` returns, with a control for each of its arguments that gets a range.

    picture: as in `show`. keywords: ranges of the function's arguments, as `interact` of ipywidgets takes them,
    and options of the picture. (lowest, highest) or (lowest, highest, step) makes a slider: in whole steps if
    all numbers are whole, logarithmic if the lowest is positive and the highest 100 times as much or more. A
    list or a dict makes a menu, True or False a box to tick, a string a text field. Sliders and menus start at
    the default of the argument, and an argument without a range keeps its default. What the function warns of,
    prints or, after the first call, raises is said below the picture.

    Raises what the first call raises, and TypeError or ValueError for keywords and ranges that make no sense.

        def heated(T=1):
            return softmax(z / T)

        explore(bars, heated, T=(0.1, 10), names=animals)
    """
    widget = Widget(Explorer(picture, function, keywords))
    _display(
        widget._repr_mimebundle_()[0],
        widget.explorer.drawings,
        widget.explorer.said,
        "Run this cell to move it.",
    )
    shell = get_ipython()
    if shell:
        _on_screen.append((*_place(shell), widget))
        shell.events.register("post_run_cell", _follow)


class Explorer:
    """The reader's function, the controls of its arguments and drawings of what it returns; no browser yet."""

    def __init__(self, picture, function, keywords):
        self.name = getattr(function, "__name__", type(function).__name__)
        self.first, self.own = function, getattr(function, "__globals__", {}).get(self.name) is function
        self.controls, self.convert = _controls(function, keywords)
        self.values = {c["name"]: c["start"] for c in self.controls}
        self.drawings = _drawings(picture, keywords)
        with _listening() as notes:
            self._draw()
        self.now = {"values": self.values, "said": self.said, "notes": notes}

    @property
    def function(self):
        """What the function's name means today: a cell may have defined it anew."""
        return self.first.__globals__.get(self.name) if self.own else self.first

    def _draw(self):
        self.names = used(self.function)
        arguments = {name: self.convert[name](value) for name, value in self.values.items()}
        value = self.function(**arguments)
        if value is None:
            raise ValueError("it returned None: does it end in a return?")
        try:
            sentence = _draw(self.drawings, value)
            self.news = [drawing.news() for drawing in self.drawings]
        except Exception as error:
            raise ValueError(f"the picture cannot show what it returned: {_first_line(error)}") from error
        shown = (f"{c['label']} = {_word(c, self.values[c['name']])}" for c in self.controls)
        self.said = f"{', '.join(shown)}: {sentence}" if self.controls else sentence

    def move(self, values):
        """Call the function for these values of the controls, and return what is new, as explorer.js takes it."""
        self.values, self.news = values, [{"artists": []} for _ in self.drawings]
        with _listening() as notes:
            try:
                self._draw()
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                notes.append(f"{self.name}: {_one_line(error)} The picture is as it was.")
        self.now = {"values": values, "said": self.said, "notes": notes}
        return self.now | {"pictures": self.news}

    def spec(self):
        """Return all that explorer.js needs to show it as it is now."""
        pictures = [drawing.all() for drawing in self.drawings]
        width = round(100 * self.drawings[0].figure.get_figwidth())
        return {
            "name": self.name,
            "width": width,
            "controls": self.controls,
            "now": self.now | {"pictures": pictures},
        }


class Widget(anywidget.AnyWidget):
    """An explorer in a notebook. A view that opens later, in a second tab say, gets the picture as it is then."""

    _esm = Path(__file__).with_name("explorer.js")
    spec = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.explorer.spec())

    def __init__(self, explorer):
        self.explorer = explorer
        super().__init__()
        self.on_msg(lambda _, asked, __: self.send(explorer.move(asked["values"]) | {"view": asked["view"]}))

    def close(self):
        """Free the layout too, which ipywidgets leaves."""
        self.layout.close()
        super().close()


def _drawings(picture, options):
    pictures = picture if isinstance(picture, list) else [picture]
    takers = [{key: v for key, v in options.items() if key in signature(p).parameters} for p in pictures]
    unknown = set(options).difference(*takers)
    if unknown:
        raise TypeError(f"neither the function nor the picture takes {min(unknown)}")
    width = 6.4 if len(pictures) == 1 else 4.4
    return [Drawing(p, width, taken) for p, taken in zip(pictures, takers, strict=True)]


def _draw(drawings, value):
    values = [value] if len(drawings) == 1 else value
    return "; ".join(drawing.draw(v) for drawing, v in zip(drawings, values, strict=True))


def _display(bundle, drawings, sentence, invitation=""):
    """Show a bundle, and for those who cannot show it pictures and sentence, as HTML, PNG and text."""
    whole, *parts = [base64.b64encode(png(some)).decode() for some in (drawings, *([d] for d in drawings))]
    width = round(100 * drawings[0].figure.get_figwidth())
    image = '<img src="data:image/png;base64,{}" alt="{}" style="width: {}px; max-width: 100%; background: white">'
    alts = [sentence] + [""] * (len(parts) - 1)
    images = "".join(
        image.format(part, html.escape(alt), width) for part, alt in zip(parts, alts, strict=True)
    )
    page = f"<div>{images}</div>" + f"<p>{html.escape(sentence)}</p><p><em>{invitation}</em></p>" * bool(
        invitation
    )
    bundle = bundle | {"text/html": page, "image/png": whole, "text/plain": sentence}
    display(
        bundle,
        metadata={"image/png": {"width": width * len(parts), "height": 360, "alt": sentence}},
        raw=True,
    )


@contextlib.contextmanager
def _listening():
    """Collect what is warned of and printed as notes; if an error comes through, print it as usual."""
    notes, printed = [], io.StringIO()
    try:
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
            warnings.simplefilter("always")
            yield notes
    except BaseException:
        print(printed.getvalue(), end="")
        raise
    notes += [f"{w.category.__name__}: {w.message}" for w in caught[:1]]
    notes += [f"printed: {text[-500:]}" for text in [printed.getvalue().strip()] if text]


def _first_line(error):
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {said[:200]}".rstrip(": .")


def _one_line(error):
    """Say what was raised and on which line of the reader's own code."""
    ours = (str(Path(__file__).parent), sys.prefix, sys.base_prefix)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return f"{_first_line(error)}{where}."


def _controls(function, keywords):
    """Take the ranges out of the keywords; return the controls, and what makes arguments of their values."""
    if not callable(function):
        raise TypeError(f"explore takes a function, softmax and not softmax(z), and got {function!r:.60}")
    controls, convert = [], {}
    for name, parameter in signature(function).parameters.items():
        if name in keywords:
            control, convert[name] = _control(name, parameter.default, keywords.pop(name))
            controls.append({"name": name, "label": name.replace("_", " ")} | control)
        elif parameter.default is parameter.empty and parameter.kind < 4 and parameter.kind != 2:
            raise TypeError(
                f"{name} has no default, so explore needs a range for {name}, such as {name}=(0, 1)"
            )
    return controls, convert


def _control(name, default, given):
    if isinstance(given, bool):
        return {"kind": "tick", "start": given}, bool
    if isinstance(given, str):
        return {"kind": "text", "start": given}, str
    if isinstance(given, tuple) and len(given) in (2, 3) and all(isinstance(v, Real) for v in given):
        return _slider(name, default, *given)
    if isinstance(given, dict):
        return _menu(name, default, [*map(str, given)], [*given.values()])
    if isinstance(given, Iterable) and (options := list(given)):
        return _menu(name, default, [getattr(o, "__name__", str(o)) for o in options], options)
    raise TypeError(
        f"{name}: a range is (lowest, highest) or (lowest, highest, step), a list of choices, "
        f"True, False or a text, and got {given!r:.60}"
    )


def _menu(name, default, labels, options):
    start = [i for i, option in enumerate(options) if option is default or repr(option) == repr(default)]
    if not start and default is not signature(_menu).empty:
        raise ValueError(f"{name}: its default {default!r:.60} is not among {', '.join(labels)}")
    return {"kind": "menu", "options": labels, "start": start[0] if start else 0}, options.__getitem__


def _slider(name, default, low, high, step=None):
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{name}: a range is (lowest, highest), two finite numbers, and got ({low}, {high})")
    if step is not None and not 0 < step <= high - low:
        raise ValueError(f"{name}: the step {step} does not fit between {low} and {high}")
    given = default is not signature(_slider).empty
    if given and not (isinstance(default, Real) and low <= default <= high):
        raise ValueError(f"{name}: its default {default!r:.60} is not between {low} and {high}")
    whole = all(isinstance(v, Integral) for v in (low, high, step or 1, default if given else low))
    number = int if whole else float
    grid = sorted({number(v) for v in (low, *_grid(low, high, step, whole), high)})
    start = number(default) if given else grid[len(grid) // 2]
    return {"kind": "slider", "grid": grid, "whole": whole, "start": start}, number


def _grid(low, high, step, whole):
    """Return where the slider stops between its ends, in numbers that are short to read."""
    if step is None and spans((low, high)):
        return [float(f"{v:.3g}") for v in np.geomspace(low, high, 201)[1:-1]]
    step = step or _step(high - low)
    step = max(1, round(step)) if whole else step
    return [float(f"{low + i * step:.12g}") for i in range(1, math.ceil((high - low) / step - 1e-9))]


def _step(span):
    """Return the largest 1, 2 or 5 times a power of ten that makes 100 steps or more of `span`."""
    power = 10.0 ** math.floor(math.log10(span / 100))
    return max(m * power for m in (1, 2, 5) if m * power <= span / 100 * 1.001)


def _word(control, value):
    if control["kind"] == "menu":
        return control["options"][value]
    return f"{value:.10g}" if control["kind"] == "slider" else str(value)


def used(function):
    """Return what the global names in a function mean now, and those in the reader's functions it calls."""
    found, left = {}, [function]
    while left:
        thing = left.pop()
        thing = getattr(thing, "func", getattr(thing, "__func__", thing))
        code = getattr(thing, "__code__", None) or getattr(getattr(thing, "__call__", None), "__code__", None)
        space = getattr(thing, "__globals__", {})
        codes = [code] if code else []
        for code in codes:
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            names = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
            new = {name: space.get(name) for name in names if name not in found}
            found |= new
            left += [v for v in new.values() if getattr(v, "__globals__", None) is space]
    return found | {"": function}


def _place(shell):
    """Return which cell this is, and which of its runs. Not every front end sends the id of a cell."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    typed = shell.user_ns["In"]
    return parent.get("metadata", {}).get("cellId", typed[-1]), len(typed)


def _follow(*_):
    """After each cell: free what its earlier run showed, and redraw what uses a name with a new value."""
    cell, run = _place(get_ipython())
    gone = [shown for shown in _on_screen if shown[0] == cell and shown[1] != run]
    for shown in gone:
        _on_screen.remove(shown)
        shown[2].close()
    if gone:
        gone.clear()
        gc.collect()  # figures and widgets hold each other, and would stay for long
    for *_, widget in _on_screen:
        explorer = widget.explorer
        now = used(explorer.function)
        if any(explorer.names.get(name, _on_screen) is not value for name, value in now.items()):
            widget.send(explorer.move(explorer.values))
