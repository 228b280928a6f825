"""The reader's function behind a live picture: what it returns is drawn anew for each move of a control."""

import contextlib
import io
import sys
import traceback
import warnings
from inspect import signature
from pathlib import Path
from types import FunctionType

from backstage import ROOT
from backstage.calling.codes import taken
from backstage.calling.limits import TooSlow, limited
from backstage.explorer.artists import Drawing
from backstage.explorer.controls import controls, word
from backstage.palette import VARIABLES

SECONDS = 2.0  # for one call; a check has as much for all of its calls
OURS = tuple(str(ROOT / name) for name in ("backstage", "helpers"))
CSS = f".explore {{ {VARIABLES} }}\n" + Path(__file__).with_name("explorer.css").read_text("utf-8")


class Explorer:
    """The reader's function, controls of its arguments and drawings of what it returns, on no screen yet."""

    def __init__(self, picture, function, keywords):
        """picture, function and keywords as in `explore`. Raises what `explore` raises."""
        keywords = dict(keywords)
        if not callable(function):
            raise TypeError(f"explore takes a function, such as softmax without (z), not {function!r:.60}")
        self.name = getattr(function, "__name__", type(function).__name__)
        self.given, self.space = function, getattr(function, "__globals__", {})
        self.named, self.arguments = self.space.get(self.name) is function, [*signature(function).parameters]
        ranges = {name: keywords.pop(name) for name in self.arguments if name in keywords}
        self.controls, self.convert = controls(function, ranges)
        self.drawings, self.now = drawings(picture, keywords), None
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
            raise TimeoutError(f"too slow: {self.name} was stopped after {SECONDS:g} seconds") from None
        if value is None:
            raise ValueError(
                f"{self.name} returned None: it, or a function whose answer it returns, has no return"
            )
        try:
            sentence = draw(self.drawings, value)
            news = [drawing.news() for drawing in self.drawings]
        except Exception as error:
            raise ValueError(f"the picture cannot show what it returned: {_problem(error)}") from None
        settings = ", ".join(f"{c['label']} = {word(c, self.values[c['name']])}" for c in self.controls)
        return f"{settings}: {sentence}" if settings else sentence, news

    def is_stale(self):
        """Tell whether a name that the function uses has a new value since it was drawn."""
        return any(value is not self.uses.get(name) for name, value in used(self.function).items())


def drawings(picture, options):
    """Return a Drawing for each picture, with the options it takes; TypeError for one that none takes."""
    pictures = picture if isinstance(picture, list) else [picture]
    takers = [{key: v for key, v in options.items() if key in signature(p).parameters} for p in pictures]
    unknown = set(options).difference(*takers)
    if unknown:
        raise TypeError(f"no picture and no function here takes {min(unknown)}")
    width = {1: 6.4, 2: 4.4}.get(len(pictures), 3.6)
    return [Drawing(p, width, taken) for p, taken in zip(pictures, takers, strict=True)]


def draw(drawings, value):
    """Draw a value, or a list with one for each of several drawings; return their sentences as one."""
    values = value if len(drawings) > 1 else [value]
    return "; ".join(drawing.draw(v) for drawing, v in zip(drawings, values, strict=True))


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
    ours = (*OURS, sys.prefix, sys.base_prefix)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {said[:200]}".rstrip(":. ") + where


def used(function):
    """Return what global names mean now in a function and in the reader's functions that it calls."""
    meanings, left = {"": function}, [function]
    for thing in left:
        thing = getattr(thing, "func", getattr(thing, "__func__", thing))  # of a partial, of a method
        space, code = getattr(thing, "__globals__", {}), getattr(thing, "__code__", None)
        names = taken(code) - meanings.keys() if code else ()
        new = {name: space.get(name) for name in names}
        meanings |= new
        left += [value for value in new.values() if getattr(value, "__globals__", None) is space]
    return meanings
