"""What moves: `explore` keeps its promises, and the sweep of the lessons notices what is broken."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from ipywidgets import HTML, Button, Dropdown, FloatLogSlider, FloatSlider, Image, IntSlider, Widget
from ipywidgets.widgets.widget import _instances as alive
from nbclient import NotebookClient

from helpers import sliders
from helpers.plots import bars, curve
from helpers.sliders import explore

SUPPORT = str(Path(__file__).parent / "support")
SWEEP = f"import sys; sys.path.insert(0, {SUPPORT!r}); import sweep; print(sweep.sweep())"


def swept(notebook):
    """Run a notebook, sweep its sliders in the same kernel, and return (controls moved, problems)."""
    notebook.cells.append(nbformat.v4.new_code_cell(SWEEP))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": "notebooks"}}).execute()
    said = {o.name: o.text for o in notebook.cells[-1].outputs if o.output_type == "stream"}
    moved, problems = ast.literal_eval(said["stdout"])
    return moved, problems + [text for stream, text in said.items() if stream != "stdout"]


BROKEN = {
    "raises at one end": ("if x == 1: raise KeyError('gone')", "raises at one end = 1.0: .*KeyError"),
    "warns at one end": ("if x == 1: np.log(np.zeros(1))", "warns at one end = 1.0: .*RuntimeWarning"),
    "prints": ("print('debugging')", "printed: debugging"),
    "returns nothing": ("return None", "returned None"),
    "returns the wrong shape": ("if x > 0: return np.ones(3)", "expected 2 numbers"),
    "writes to stderr": ("import sys; sys.stderr.write('oops')", "oops"),
    "leaks a figure": (
        "from matplotlib import pyplot; pyplot.close(); pyplot.figure()",
        "figures are left over",
    ),
}


@pytest.fixture(scope="module")
def problems():
    """Sweep one notebook in which every slider drives a function that is broken in its own way."""
    cells = ["import numpy as np\nfrom helpers.plots import bars\nfrom helpers.sliders import explore"]
    for name, (line, _) in BROKEN.items():
        name = name.replace(" ", "_")
        define = f"def broken({name}):\n    x = {name}\n    {line}\n    return np.array([x, 1 - x])\n"
        cells.append(define + f"explore(bars, broken, {name}=(0.0, 0.0, 1.0))")
    moved, problems = swept(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]))
    assert moved == len(BROKEN)
    return problems


@pytest.mark.parametrize("name", BROKEN)
def test_the_sweep_notices_a_function_that(name, problems):
    assert any(re.search(BROKEN[name][1], problem) for problem in problems), problems


@pytest.fixture
def shown(monkeypatch):
    """Collect what `show` and `explore` display."""
    bundles = []
    monkeypatch.setattr(sliders, "display", lambda data, metadata=None, **_: bundles.append((data, metadata)))
    return bundles


def share(a):
    return np.array([a, 1 - a])


def explored(function, **keywords):
    """Explore a function as bars and return its controls by name, the picture, the words and the button."""
    made = []
    Widget.on_widget_constructed(made.append)
    try:
        explore(bars, function, **keywords)
    finally:
        Widget.on_widget_constructed(None)
    controls = {w.description: w for w in made if getattr(w, "description", "")}
    return controls, *(next(w for w in made if type(w) is kind) for kind in (Image, HTML, Button))


def test_readers_without_a_kernel_get_the_picture_and_the_sentence(shown):
    explore(bars, share, a=(0.0, 0.25, 1.0), names=["cat", "dog"])
    (picture, metadata), (words, _) = shown
    assert picture["image/png"].startswith(b"\x89PNG")
    assert picture["text/plain"] == words["text/plain"] == "a = 0.25: cat 0.250, dog 0.750"
    assert metadata["image/png"]["alt"] == "a = 0.25: cat 0.250, dog 0.750"


def test_a_move_changes_picture_and_sentence_and_reset_takes_both_back(shown):
    controls, image, words, reset = explored(share, a=(0.0, 0.25, 1.0))
    first = bytes(image.value), words.value
    controls["a"].value = 0.5
    assert image.value != first[0] and "0.500" in words.value
    reset.click()
    assert (bytes(image.value), words.value) == first


def width(png):
    return int.from_bytes(bytes(png)[16:20], "big")


def test_a_picture_is_small_while_it_moves_and_sharp_at_rest(shown, monkeypatch):
    rest = []
    monkeypatch.setattr(sliders, "_at_rest", lambda action, timer: rest.append(action))
    controls, image, *_ = explored(share, a=(0.0, 0.25, 1.0))
    controls["a"].value = 0.5
    assert width(image.value) == int(image.width)
    rest[-1]()
    assert width(image.value) == 2 * int(image.width)


def test_a_moved_picture_is_the_picture_drawn_anew():
    moved, png, _ = sliders._drawing(curve, {})
    moved([0, 1, 2])
    moved([0, 1, 50])
    anew, png_anew, _ = sliders._drawing(curve, {})
    anew([0, 1, 50])
    assert png() == png_anew()


@pytest.mark.parametrize("error", [ZeroDivisionError("by nothing"), SystemExit(1), KeyboardInterrupt()])
def test_what_the_function_raises_is_said_and_the_next_move_goes_on(shown, error):
    def fragile(a):
        if a > 0.5:
            raise error
        return share(a)

    controls, image, words, _ = explored(fragile, a=(0.0, 0.25, 1.0))
    before = bytes(image.value)
    controls["a"].value = 0.75
    assert type(error).__name__ in words.value and "raise error" in words.value
    assert bytes(image.value) == before
    controls["a"].value = 0.5
    assert bytes(image.value) != before and "problem" not in words.value


def test_a_function_that_fails_at_the_start_still_gets_its_sliders(shown):
    controls, image, words, _ = explored(lambda a: share(1 / a), a=(0, 0, 4))
    assert "ZeroDivisionError" in words.value
    controls["a"].value = 2
    assert "0 0.500, 1 0.500" in words.value


def test_text_from_the_reader_is_never_markup(shown):
    controls, _, words, _ = explored(share, a=(0.0, 0.25, 1.0), names=["<b>x</b>", "y"])
    assert "&lt;b&gt;" in words.value and "<b>x" not in words.value


def test_a_picture_is_unknown_to_pyplot(shown):
    explore(bars, share, a=(0.0, 0.25, 1.0))
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "choice, kind",
    [
        ((0.1, 1, 10), FloatLogSlider),
        ((0, 1.0, 9), FloatSlider),
        ((0, 1, 9), IntSlider),
        (["p", "q"], Dropdown),
    ],
)
def test_the_range_decides_the_kind_of_control(shown, choice, kind):
    controls, *_ = explored(lambda a: [0.5, 0.5], a=choice)
    assert type(controls["a"]) is kind


@pytest.mark.parametrize(
    "keywords, error",
    [({}, "range for a"), ({"a": (0, 1, 2), "nmaes": "xy"}, "takes nmaes"), ({"a": (2, 1, 0)}, "got")],
)
def test_a_call_that_makes_no_sense_is_told_so(shown, keywords, error):
    with pytest.raises((TypeError, ValueError), match=error):
        explore(bars, share, **keywords)


def test_running_a_cell_again_closes_the_widgets_it_showed(shown, monkeypatch):
    parent = {"metadata": {"cellId": "c1"}}
    monkeypatch.setattr(sliders, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: parent))
    counts = []
    for run in range(5):
        parent["header"] = {"msg_id": str(run)}
        explore(bars, share, a=(0.0, 0.25, 1.0))
        explore(bars, share, a=(0.0, 0.25, 1.0))
        counts.append(len(alive))
    assert len(set(counts)) == 1
