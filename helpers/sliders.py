"""Live pictures: `explore` calls the reader's own function again whenever a control moves.

matplotlib draws axes, ticks and legend once, as SVG. At each move the picture moves its artists, and what
changed of them goes to the browser as a few numbers (artists.py), where explorer.js puts it onto the SVG.
"""

import contextlib
import dis
import gc
import html
import io
import sys
import textwrap
import threading
import time
import traceback
import warnings
from functools import lru_cache
from inspect import signature
from pathlib import Path
from types import CodeType, FunctionType

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import display
from ipywidgets import IntProgress, VBox

from helpers.artists import Drawing, png
from helpers.controls import controls, word
from helpers.limits import TooSlow, limited

SECONDS = 2.0  # for one call, as in the checks
# Text and not a path, whose changes anywidget would watch and so hold every widget for good.
JAVASCRIPT, CSS = [Path(__file__).with_name(f"explorer.{end}").read_text("utf-8") for end in ("js", "css")]
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


def progress(steps, picture, value, **options):
    """Count the steps of a loop, 0 to steps − 1, while a bar shows how far it is and the picture what it did.

    value: what to draw, an array that the loop fills. picture, options: as in `show`, which is what is left
    when the last step is done. Where there are no widgets, a line of text says that it runs.

        losses = np.full(100, np.nan)
        for i in progress(100, curve, losses):
            losses[i] = ...
    """
    widget = Widget(Explorer(picture, lambda: value, options))
    bar = IntProgress(max=steps, description="step 0", layout={"width": "400px"})
    box = VBox([bar, widget])
    display(box._repr_mimebundle_() | {"text/plain": f"{steps} steps"}, raw=True)
    shown = time.monotonic()
    for step in range(steps):
        yield step
        if time.monotonic() - shown > 0.1:  # what eyes can follow; drawing more often would slow the loop
            bar.value, bar.description = step + 1, f"step {step + 1}"
            widget.send(widget.explorer.move({}) | {"view": ""})
            shown = time.monotonic()
    for part in [bar, widget, box]:
        part.close()
    show(picture, value, **options)


def explore(picture, function, **keywords):
    """Draw what `function` returns, with a control for each of its arguments that gets a range.

    picture: as in `show`. keywords: options of the picture, and ranges of arguments as ipywidgets' `interact`
    takes them. (lowest, highest) or (lowest, highest, step) is a slider: of whole numbers if all are whole,
    logarithmic if they are positive and a factor of 100 or more apart. A list or a dict makes a menu, True or
    False a box to tick, a string a text field. Sliders and menus start at the argument's default, and an
    argument without a range keeps it.

    Below the picture stands what the function warns of, prints or, after the first call, raises. A call ends
    after two seconds. If a cell gives a new value to a name that the function uses, it is called again.

    What the function draws by itself appears once and does not move: return the numbers instead.

    Raises what the first call raises, and TypeError or ValueError for keywords and ranges that make no sense.

        def heated(T=1):
            return softmax(z / T)

        explore(bars, heated, T=(0.1, 10), names=animals)
    """
    widget = Widget(explorer := Explorer(picture, function, keywords))
    bundle, invitation = widget._repr_mimebundle_()[0], "Run this cell to move it."
    _display(bundle, explorer.drawings, explorer.now["said"], invitation)
    if shell := get_ipython():
        _on_screen.append((*_place(shell), widget))
        shell.events.register("post_run_cell", _follow)


class Explorer:
    """The reader's function, controls of its arguments and drawings of what it returns, on no screen yet."""

    def __init__(self, picture, function, keywords):
        if not callable(function):
            raise TypeError(f"explore takes a function, such as softmax without (z), not {function!r:.60}")
        self.name = getattr(function, "__name__", type(function).__name__)
        self.given, self.space = function, getattr(function, "__globals__", {})
        self.named, self.arguments = self.space.get(self.name) is function, [*signature(function).parameters]
        ranges = {name: keywords.pop(name) for name in self.arguments if name in keywords}
        self.controls, self.convert = controls(function, ranges)
        self.drawings, self.now = _drawings(picture, keywords), None
        self.move({control["name"]: control["start"] for control in self.controls})

    @property
    def function(self):
        """The function as a cell has defined it anew since, if the arguments are the same."""
        now = self.space.get(self.name) if self.named else None
        same = isinstance(now, FunctionType) and [*signature(now).parameters] == self.arguments
        return now if same else self.given

    def move(self, values):
        """Call the function for these values of the controls; return what is new, as explorer.js reads it.

        The first call raises what the function raises; what later ones raise is a note in the news.
        """
        self.values, said, news = values, self.now and self.now["said"], []
        with _listening() as notes:
            try:
                said, news = self._draw()
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                if not self.now:
                    raise
                notes.append(f"{self.name}: {_problem(error)}. The picture is as it was.")
        self.now = {"values": values, "said": said, "notes": notes}
        return self.now | {"pictures": news}

    def spec(self):
        """Return all that explorer.js needs to show it as it is now."""
        now = self.now | {"pictures": [drawing.all() for drawing in self.drawings]}
        return {"name": self.name, "controls": self.controls, "css": CSS, "now": now}

    def _draw(self):
        self.uses = used(self.function)
        arguments = {name: self.convert[name](value) for name, value in self.values.items()}
        try:
            value = limited(lambda: self.function(**arguments), SECONDS)
        except TooSlow:
            raise TimeoutError(f"too slow: {self.name} was stopped after two seconds") from None
        if value is None:
            raise ValueError(f"{self.name} returned None; it needs a return at its end")
        try:
            sentence = _draw(self.drawings, value)
            news = [drawing.news() for drawing in self.drawings]
        except Exception as error:
            raise ValueError(f"the picture cannot show what it returned: {_problem(error)}") from error
        settings = ", ".join(f"{c['label']} = {word(c, self.values[c['name']])}" for c in self.controls)
        return f"{settings}: {sentence}" if settings else sentence, news

    def is_stale(self):
        """Tell whether a name that the function uses has a new value since it was drawn."""
        now = used(self.function)
        return now.keys() != self.uses.keys() or any(now[name] is not self.uses[name] for name in now)


class Widget(anywidget.AnyWidget):
    """An explorer on the screen. A view that opens later, in a second tab say, shows it as it is then."""

    _esm = JAVASCRIPT
    spec = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.explorer.spec())

    def __init__(self, explorer):
        self.explorer = explorer
        super().__init__()
        self.on_msg(self._hear)

    def answer(self, values, view=None):
        """Move, and tell all views; `view` is the one that asked."""
        self.send(self.explorer.move(values) | {"view": view})

    def _hear(self, _, asked, __):
        if threading.current_thread() is threading.main_thread():
            return self.answer(**asked)
        # JupyterLab asks on a thread, where cells would run meanwhile and no call could be stopped.
        get_ipython().kernel.io_loop.add_callback(self.answer, **asked)


def _drawings(picture, options):
    pictures = picture if isinstance(picture, list) else [picture]
    takers = [{key: v for key, v in options.items() if key in signature(p).parameters} for p in pictures]
    unknown = set(options).difference(*takers)
    if unknown:
        raise TypeError(f"neither the function nor the picture takes {min(unknown)}")
    width = 6.4 if len(pictures) == 1 else 4.4
    return [Drawing(p, width, taken) for p, taken in zip(pictures, takers, strict=True)]


def _draw(drawings, value):
    values = value if len(drawings) > 1 else [value]
    return "; ".join(drawing.draw(v) for drawing, v in zip(drawings, values, strict=True))


def _display(bundle, drawings, sentence, invitation=""):
    """Show a bundle, and to those who cannot show it pictures and a sentence: as HTML, as PNG, as text."""
    parts = [png([drawing]) for drawing in drawings]
    whole = png(drawings) if len(parts) > 1 else parts[0]
    width = round(100 * drawings[0].figure.get_figwidth())
    images = [
        f'<img src="data:image/png;base64,{part}" alt="{html.escape("" if i else sentence)}" width="{width}">'
        for i, part in enumerate(parts)
    ]
    words = f"<p>{html.escape(sentence)}</p>\n<p><em>{invitation}</em></p>" if invitation else ""
    bundle = bundle | {"text/html": "\n".join([*images, words]), "image/png": whole, "text/plain": sentence}
    size = {"width": width * len(parts), "height": 360, "alt": sentence}
    display(bundle, metadata={"image/png": size}, raw=True)


@contextlib.contextmanager
def _listening():
    """Collect as notes what is warned of and printed; before an error that comes through it is printed."""
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


def _problem(error):
    """Say what was raised, and on which line of the reader's own code."""
    ours = (str(Path(__file__).parent), sys.prefix, sys.base_prefix)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {said[:200]}".rstrip(":. ") + where


def used(function):
    """Return what global names mean now in a function and in the reader's functions that it calls."""
    found, left = {"": function}, [function]
    for thing in left:
        thing = getattr(thing, "func", getattr(thing, "__func__", thing))  # of a partial, of a method
        space, codes = getattr(thing, "__globals__", {}), [getattr(thing, "__code__", None)]
        for code in filter(None, codes):
            codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
            new = {name: space.get(name) for name in _loaded(code) - found.keys()}
            found |= new
            left += [value for value in new.values() if getattr(value, "__globals__", None) is space]
    return found


@lru_cache
def _loaded(code):
    return {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}


def _place(shell):
    """Return which cell runs, by its id or else its text, as not every front end sends ids; and which run."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    typed = shell.user_ns["In"]
    return parent.get("metadata", {}).get("cellId", typed[-1]), len(typed)


def _follow(*_):
    """After each cell: free what its earlier run showed, and draw again what uses a name with a new value."""
    cell, run = _place(get_ipython())
    gone = [shown for shown in _on_screen if shown[0] == cell and shown[1] != run or shown[2].comm is None]
    for shown in gone:
        _on_screen.remove(shown)
        shown[2].layout.close()  # which ipywidgets leaves
        shown[2].close()
    for *_, widget in _on_screen:
        if widget.explorer.is_stale():
            widget.answer(widget.explorer.values)
    if gone:
        del gone[:]
        gc.collect()  # figures and widgets hold each other, and would stay for long
