"""What a page plays without a kernel: the pictures of a lesson, and the news of every move that it offers.

A recording is data for recorded.js. Its `spec` is that of `Explorer.spec`, with fewer values for a slider.
`varying` lists what differs between moves: the way to it in `spec.now`, and its parts, each a text that stays
or the number of a column. For a slider with 9 places (i) and a menu with 2 options (j):

    "varying": [[["pictures", 0, "artists", 3, 1, "d"], ["M", 0, " 150V", 2]], ...]
    "columns": [{"by": [1, 0], "values": [9 numbers]},            the value at 1 * i + 0 * j
                {"by": [1, 0], "values": [9 numbers]},
                {"picks": 1, "of": [1, 3]},                       column 1 or column 3: control 1 decides
                {"of": 0, "times": -1, "plus": 300}, ...]         300 minus the value of column 0
"""

import base64
import contextlib
import gzip
import io
import itertools
import json
import math
import os
import pkgutil
import re
import sys
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from html import escape
from types import ModuleType
from typing import NamedTuple
from unittest.mock import patch

import matplotlib
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image
from traitlets.config import Config

from backstage.asking.guess import counts
from backstage.calling.stand_ins import standing_in
from backstage.explorer.explorer import Explorer

matplotlib.use("agg")  # no window opens
LEAST = 9  # places of a slider, however much its moves weigh
MOST = 30_000  # moves of one picture, which take a minute to record
BUDGET = 140_000  # bytes of news, each move compressed by itself; together they take a third of it or less
BY_HAND = {  # what a page says of a control that it has a menu for
    "drawing": "To draw by yourself, open the notebook: this menu has what was drawn before.",
    "placed": "To move points by yourself, open the notebook: this menu has what was arranged before.",
}
NUMBER = re.compile(r"(-?\d[\d\u202f]*(?:\.\d+)?(?:e-?\d+)?|(?<!\w)-?(?:nan|inf)(?!\w))")


class Run(NamedTuple):
    """What a cell did: its pictures, SVG as text or recordings; what it printed; what it raised, or None."""

    pictures: list | tuple = ()
    printed: str = ""
    error: BaseException | None = None


def runs(notebook, folder, least=LEAST, budget=BUDGET):
    """Run the cells of a lesson in its folder, but for its exercises; return a Run for each cell."""

    def show(picture, value, **options):
        here.append(still(Explorer(picture, lambda: value, options)))

    def explore(picture, function, **keywords):
        here.append(recording(Explorer(picture, function, keywords), examples, least, budget))

    def progress(steps, picture, value, **options):
        try:
            yield from range(steps)
        finally:  # the loop may have ended early
            show(picture, value, **options)

    done, ours = [], standing_in("helpers.sliders", show=show, explore=explore, progress=progress)
    silent = {"counts": counts, "__getattr__": lambda name: lambda *_: None}
    guess = standing_in("helpers.guess", **silent)  # a page asks by itself
    nobodys = dict.fromkeys(["SOFTMAX_GUESSES", "SOFTMAX_DIGITS"], os.devnull)  # what it knows of its reader
    with (
        ours,
        guess,
        _once(),
        patch("backstage.explorer.explorer.SECONDS", 60),  # nobody waits, and the machine may be busy
        patch.dict(os.environ, nobodys),
        contextlib.chdir(folder),
        np.printoptions(),
        warnings.catch_warnings(),
        _shell() as run,
    ):
        warnings.simplefilter("ignore")  # what cells warn of is among their stored outputs
        for cell in notebook.cells:
            here, examples = [], cell.metadata.get("examples", {})
            runs_here = cell.cell_type == "code" and "nbgrader" not in cell.metadata
            done.append(Run(here, *run(cell.source)) if runs_here else Run())
    return done


def _once():
    """Let the language model read a text once, though each place of a slider asks for it."""
    model = pkgutil.resolve_name("helpers.language_model:LanguageModel")
    return patch.multiple(model, scores=lru_cache(4)(model.scores), weights=lru_cache(4)(model.weights))


@contextlib.contextmanager
def _shell():
    """Give a function that runs a cell as JupyterLab does, and returns what it printed and raised."""

    def run(source):
        """Messages on stderr do not count: which there are depends on the machine."""
        with io.StringIO() as text, redirect_stdout(text), redirect_stderr(io.StringIO()):
            result = shell.run_cell(source, store_history=True)  # without it a `;` at the end hides nothing
            absent = getattr(result, "not_installed", None)
            return text.getvalue(), absent or result.error_before_exec or result.error_in_exec

    settings, module = Config(HistoryManager={"enabled": False}), ModuleType("lesson")
    nobody = patch.object(sys, "stdin", io.StringIO())  # answers `input`
    with nobody, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, matplotlib.rc_context():
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(ipython_dir=folder, config=settings, user_module=module)
        shell.enable_matplotlib = lambda gui=None: (gui, "agg")
        shell.set_hook("show_in_pager", lambda *_, **__: None)  # what `softmax?` shows is no output
        try:
            yield run
        finally:
            InteractiveShell.clear_instance()  # `display` asks for it
            sys.modules.pop("lesson")


def still(explorer):
    """Return the pictures of an explorer as they are now: SVG that a page can hold, named by its sentence."""
    frames = []
    for svg, artists in (_all(drawing).values() for drawing in explorer.drawings):
        elements = "".join(_element(**element) for _, element in artists)
        ground = svg.rpartition("</svg>")[0]
        frames.append(f'<div aria-hidden="true">{ground}{elements}</svg></div>')  # the name says all
    name = escape(explorer.now["said"])
    image = f'<div class="pictures" role="img" aria-label="{name}">{"".join(frames)}</div>'
    return f'<div class="explore">{image}</div>'  # whose style is that of live pictures


def _element(tag, clip=None, text="", **attributes):
    drawn = f"<{tag}{_attributes(attributes)}>{escape(text)}</{tag}>"
    if not clip:
        return drawn
    box = dict(zip(["x", "y", "width", "height"], clip, strict=True)) | {"viewBox": " ".join(map(str, clip))}
    return f"<svg{_attributes(box)}>{drawn}</svg>"


def _attributes(attributes):
    return "".join(f' {name}="{escape(str(value))}"' for name, value in attributes.items())


def _all(drawing):
    now = drawing.all()
    for _, element in now["artists"]:
        if "href" in element:
            element["href"] = smaller(element["href"])
    return now


@lru_cache(1000)
def smaller(href):
    """Return an image, a PNG as data, as WebP without loss, which is a fraction of its size."""
    image, buffer = Image.open(io.BytesIO(base64.b64decode(href.partition(",")[2]))), io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=50, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def recording(explorer, examples=(), least=LEAST, budget=BUDGET):
    """Move an explorer to all places that a page offers, and return what recorded.js plays.

    examples: {control: what a page offers in its place}, texts for a field, {name: value} for a pad or for
    points, numbers for a slider, which stops there alone. least, budget: as LEAST and BUDGET.
    """
    spec = explorer.spec() | {"css": ""}
    examples = dict(examples)
    offered = offers(explorer, examples, least, budget)
    spec["controls"] = [
        _control(control, values, examples.get(control["name"], []))
        for control, values in zip(explorer.controls, offered, strict=True)
    ]
    spec["now"] = _moved(explorer, [control["start"] for control in explorer.controls])
    spec["now"]["values"] = {control["name"]: control["start"] for control in spec["controls"]}
    moves = [_flat(_moved(explorer, values)) for values in itertools.product(*offered)]
    menus = [i for i, control in enumerate(spec["controls"]) if "grid" not in control]
    columns, varying = Columns([len(values) for values in offered], menus), []
    ways = dict.fromkeys(itertools.chain(*moves))
    for way in sorted(ways, key=lambda way: way[-1] not in ("width", "height")):  # sizes tell the places
        values = [move.get(way) for move in moves]
        if any(value != values[0] for value in values):
            varying.append([way, columns.parts(values, way[-1])])
    notes = [BY_HAND[control["kind"]] for control in explorer.controls if control["kind"] in BY_HAND]
    return {"spec": spec, "columns": columns.stored, "varying": varying, "notes": notes}


def offers(explorer, examples, least, budget):
    """Return the values of each control that a page offers: all, or of sliders what the budget allows."""
    controls = explorer.controls
    every = [_every(control, examples.get(control["name"], [])) for control in controls]
    counts = {i: len(values) for i, values in enumerate(every)}
    sliders = [i for i in counts if controls[i]["kind"] == "slider" and controls[i]["name"] not in examples]
    limit = budget / _weight(explorer, every)
    while (moves := math.prod(counts.values())) > min(limit, MOST):
        longest = max(sliders, key=counts.get, default=None)
        if longest is None or counts[longest] <= least and moves <= MOST:
            break
        counts[longest] -= 1
    starts = [control["start"] for control in controls]
    return [_spread(*choice) for choice in zip(every, counts.values(), starts, strict=True)]


def _every(control, examples):
    """Return all values that a control may have; of what a hand makes, the start and the examples."""
    if control["kind"] in BY_HAND:
        return [control["start"], *dict(examples).values()]
    if control["kind"] == "text":
        return list(dict.fromkeys([control["start"], *examples]))
    if examples:
        return sorted({control["start"], *examples})
    return control.get("grid") or (
        [*range(len(control["options"]))] if "options" in control else [False, True]
    )


def _spread(values, count, start):
    """Choose so many of the values, evenly: the ends and the start are among them."""
    chosen = [values[round(i * (len(values) - 1) / max(1, count - 1))] for i in range(count)]
    if start not in chosen:
        chosen[min(range(1, count - 1), key=lambda i: abs(chosen[i] - start))] = start
    return chosen


def _weight(explorer, every):
    """Return how many bytes the news of a move take, compressed."""
    before = _flat(_moved(explorer, [control["start"] for control in explorer.controls]))
    after = _flat(_moved(explorer, [values[len(values) // 3] for values in every]))
    return len(gzip.compress(json.dumps([v for way, v in after.items() if v != before.get(way)]).encode()))


def _control(control, offered, examples):
    if control["kind"] in ("text", *BY_HAND):
        names = offered if control["kind"] == "text" else ["as it starts", *examples]
        menu = {"kind": "menu", "options": names, "start": 0}
        return control | menu | {"label": f"{control['label']} (examples)"}
    return control | ({"grid": offered, "recorded": True} if control["kind"] == "slider" else {})


def _moved(explorer, values):
    """Move, and return all there is to see then, but for the values."""
    names = [control["name"] for control in explorer.controls]
    news = explorer.move(dict(zip(names, values, strict=True)))
    del news["values"]
    return news | {"pictures": [_all(drawing) for drawing in explorer.drawings]}


def _flat(tree, way=()):
    """Return {the way to it: a leaf} for all leaves of lists and dicts in each other."""
    if not isinstance(tree, (list, dict)):
        return {way: tree}
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {at: leaf for key, part in pairs for at, leaf in _flat(part, (*way, key)).items()}


class Columns:
    """What varies, each of it once, over those controls alone that change it."""

    def __init__(self, shape, menus):
        """shape: how many values each control has. menus: the places of those that are no sliders."""
        self.shape, self.menus, self.stored, self.known, self.numbers = shape, menus, [], {}, {}

    def parts(self, values, name):
        """Add the values of all moves, in order, of what has a name; return the parts that make them."""
        split = [NUMBER.split(value) if isinstance(value, str) else [] for value in values]
        if not 1 < len(split[0]) < 64 or any(len(parts) != len(split[0]) for parts in split):
            return [self.add(values, may_derive=name not in ("width", "height"))]
        columns = enumerate(zip(*split, strict=True))
        return [part for i, column in columns if (part := self._part(column, name == "d" and i % 2)) != ""]

    def _part(self, texts, is_pixels):
        if len(set(texts)) == 1:
            return texts[0]
        return self.add([float(text) for text in texts] if is_pixels else texts)

    def add(self, values, may_derive=True):
        """Return the number of a column. may_derive: it may be 0.1 off, unlike a size, never negative."""
        array = np.empty(len(values), object)
        array[:] = values
        return self._add(array.reshape(self.shape), may_derive)

    def _add(self, array, may_derive):
        for axis in range(array.ndim):
            first = array.take([0], axis)
            array = first if (array == first).all() else array
        column = self._by_menu(array, may_derive)
        if not column:
            steps = zip(array.strides, array.shape, strict=True)
            by = [step // array.itemsize * (count > 1) for step, count in steps]
            column = {"by": by, "values": array.ravel().tolist()}
        key = json.dumps(column)
        if key not in self.known:
            derived = "values" in column and self._derived(array, may_derive)
            self.known[key] = len(self.stored)
            self.stored.append(derived or column)
        return self.known[key]

    def _by_menu(self, array, may_derive):
        """Store it as a column for each option of a menu, where an option is often a column that is there."""
        for axis in self.menus:
            if array.shape[axis] > 1 and array.size > array.shape[axis]:
                choices = (array.take([i], axis) for i in range(array.shape[axis]))
                return {"picks": axis, "of": [self._add(choice, may_derive) for choice in choices]}
        return None

    def _derived(self, array, may_derive):
        """Store pixels as a sum or difference with those of another column, if that is exact to 0.1 pixel."""
        if not all(isinstance(value, float) for value in array.flat):
            return None
        new = array.astype(float)
        for number, old in self.numbers.items() if may_derive else ():
            for times in (1, -1) if old.shape == new.shape else ():
                away = new - times * old
                if np.ptp(away) < 0.21:
                    return {
                        "of": number,
                        "times": times,
                        "plus": round(float(away.max() + away.min()) / 2, 2),
                    }
        self.numbers[len(self.stored)] = new
        return None
