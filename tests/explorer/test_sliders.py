"""What moves: `explore` keeps its promises, and the sweep of the lessons notices what is broken."""

import ast
import base64
import contextlib
import functools
import gc
import io
import itertools
import math
import re
import time
import traceback
import warnings
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from ipywidgets import IntProgress
from ipywidgets.widgets.widget import _instances as alive
from matplotlib.image import imread

from backstage.explorer import widget as on_screen
from backstage.explorer.controls import word
from backstage.explorer.explorer import Explorer
from helpers import check, sliders
from helpers.plots import bars, curve, dot
from helpers.sliders import drawing, explore, placed, progress, show
from sweep import sweep

BROKEN = {
    "raises at one end": ("if x == 1: raise KeyError('gone')", "raises_at_one_end = 1.0: .*KeyError"),
    "warns at one end": ("if x == 1: np.log(np.zeros(1))", "warns_at_one_end = 1.0: .*RuntimeWarning"),
    "prints": ("print('debugging')", "printed: debugging"),
    "returns nothing": ("if x > 0: return None", "returned None"),
    "returns the wrong shape": ("if x > 0: return np.ones(3)", "expected 2 numbers"),
    "writes to stderr": ("import sys; sys.stderr.write('oops')", "oops"),
    "leaks a figure": ("from matplotlib import pyplot; pyplot.figure()", "figures are left over"),
}


@pytest.fixture(scope="module")
def problems():
    """Sweep sliders each of which drives a function that is broken in its own way."""
    explorers = []
    for name, (line, _) in BROKEN.items():
        name = name.replace(" ", "_")
        define = f"def f({name}=0.0):\n    x = {name}\n    {line}\n    return np.array([x, 1 - x])"
        exec(define, space := {"np": np})
        explorers.append(Explorer(bars, space["f"], {name: (0, 1)}))
    moved, problems = sweep()
    plt.close("all")
    assert moved >= len(explorers)
    return problems


@pytest.mark.parametrize("name", BROKEN)
def test_the_sweep_notices_a_function_that(name, problems):
    assert any(re.search(BROKEN[name][1], problem) for problem in problems), problems


# What is displayed


@pytest.fixture
def shown(monkeypatch):
    """Collect what `show` and `explore` display."""
    bundles = []
    monkeypatch.setattr(sliders, "display", lambda data, metadata=None, **_: bundles.append((data, metadata)))
    return bundles


def share(a=0.25):
    return np.array([a, 1 - a])


def explored(function, picture=bars, **keywords):
    return Explorer(picture, function, keywords)


def test_readers_without_a_kernel_get_picture_sentence_and_what_to_do(shown):
    explore(bars, share, a=(0, 1), names=["cat", "<dog>"])
    ((bundle, metadata),) = shown
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == "a = 0.25: cat 0.250, <dog> 0.750"
    assert 'alt="a = 0.25: cat 0.250, &lt;dog&gt; 0.750"' in bundle["text/html"]
    assert "Run this cell to move it" in bundle["text/html"]
    assert bundle["image/png"] in bundle["text/html"] and bundle["image/png"].startswith("iVBORw0KGgo")


def test_a_picture_that_does_not_move_has_its_sentence_too(shown, capsys):
    show([bars, dot], [[0.5, 0.5], (1, 2)], x={"T": [1, 2]}, y={"loss": [2, 3]})
    ((bundle, _),) = shown
    assert bundle["text/plain"] == capsys.readouterr().out.strip() == "0 0.500, 1 0.500; T 1.00, loss 2.000"
    parts = re.findall('data:image/png;base64,([^"]+)', bundle["text/html"])
    left, right, both = (imread(io.BytesIO(base64.b64decode(png))) for png in [*parts, bundle["image/png"]])
    assert np.array_equal(both, np.hstack([left, right]))


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_a_loop_that_ends_early_leaves_what_it_drew_and_no_bar(error, shown, capsys):
    gc.collect()
    before, losses = len(alive), np.array([2.0, np.nan, np.nan])
    with contextlib.suppress(ValueError, KeyboardInterrupt):
        for i in progress(3, curve, losses):
            assert len(alive) > before
            losses[i] = 2 - i
            if i and error:
                raise error
            if i:
                break
    gc.collect()
    assert len(alive) == before
    assert "the line goes from 2.000 at 0 to nan at 2" in shown[-1][0]["text/plain"]
    assert "image/png" in shown[-1][0]
    assert capsys.readouterr().out.startswith(
        "The loop ended early, in step 1; the last is step 2.\nthe line"
    )


def test_a_loop_moves_its_bar_and_its_picture(shown, monkeypatch, capsys):
    monkeypatch.setattr(time, "monotonic", itertools.count().__next__)
    seen, heights = [], np.zeros(3)
    for i in progress(3, bars, heights):
        kinds = IntProgress, on_screen.Widget
        bar, widget = ([w for w in alive.values() if isinstance(w, kind)][-1] for kind in kinds)
        seen.append((bar.value, bar.description, widget.explorer.now["said"]))
        heights[i] = 1
    said = ["0 0, 1 0, 2 0", "0 1, 1 0, 2 0", "0 1, 1 1, 2 0"]
    assert seen == [(i, f"step {i}", said[i]) for i in range(3)]
    assert capsys.readouterr().out == "0 1, 1 1, 2 1\n"


@pytest.mark.parametrize("high, logarithmic", [(99.9, False), (100.0, True)])
def test_a_slider_is_logarithmic_where_the_axis_of_a_curve_is(high, logarithmic):
    """Two rooms decide it, which import nothing of each other."""
    explorer = explored(lambda top=1.0: [1, top], curve, top=(1.0, high), x=[1.0, high])
    grid = np.array(explorer.controls[0]["grid"])
    assert (explorer.drawings[0].axes.get_xscale() == "log") == logarithmic
    assert (np.ptp(np.diff(grid)) > 1) == logarithmic


def test_a_picture_is_unknown_to_pyplot(shown):
    explore(bars, share, a=(0, 1))
    assert plt.get_fignums() == []


def test_a_matplotlibrc_changes_no_picture():
    usual = explored(share, a=(0, 1))
    with plt.rc_context(
        {"text.usetex": True, "axes.facecolor": "black", "font.size": 40, "lines.linewidth": 9}
    ):
        own = explored(share, a=(0, 1))
        assert own.drawings[0].pixels().tobytes() == usual.drawings[0].pixels().tobytes()
        assert own.spec()["now"]["pictures"][0]["artists"] == usual.spec()["now"]["pictures"][0]["artists"]


# Moves


def test_a_move_says_what_changed_and_nothing_else():
    explorer = explored(lambda a=0.25: np.array([a, 0.5, 0.5 - a]), a=(0, 0.5))
    news = explorer.move({"a": 0.5})
    assert news["said"] == "a = 0.5: 0 0.500, 1 0.500, 2 0"
    (picture,) = news["pictures"]
    assert "svg" not in picture
    assert [place for place, _ in picture["artists"]] == [0, 2, 4, 6]  # two bars of three, and their numbers
    assert picture["artists"][2][1]["text"] == "0.500"


def test_news_put_together_are_the_picture_drawn_anew():
    moved = explored(share, a=(0, 1))
    seen = dict(moved.spec()["now"]["pictures"][0]["artists"])
    for a in (1, 0.1, 0.7):
        for place, changed in moved.move({"a": a})["pictures"][0]["artists"]:
            seen[place] |= changed
    anew = explored(functools.partial(share, 0.7))
    assert seen == dict(anew.spec()["now"]["pictures"][0]["artists"])


def test_where_limits_change_the_ground_is_drawn_anew():
    explorer = explored(lambda top=2: [0, 1, top], curve, top=(2, 50))
    assert "svg" not in explorer.move({"top": 2})["pictures"][0]
    assert "50" in explorer.move({"top": 50})["pictures"][0]["svg"]


def test_the_first_run_calls_the_function_once(shown):
    calls = []
    explore(bars, lambda a=0.25: calls.append(a) or share(a), a=(0, 1))
    assert calls == [0.25]


def test_the_first_calls_error_is_raised_and_what_it_printed_stays(capsys):
    def broken(a=1):
        print("so far")
        return [a, undefined]  # noqa: F821

    with pytest.raises(NameError, match="undefined"):
        explored(broken, a=(0, 1))
    assert capsys.readouterr().out == "so far\n"


@pytest.mark.parametrize("ends", [True, False])
def test_an_error_at_the_first_run_is_told_in_the_readers_own_lines(ends, shown, tmp_path):
    cell = (
        "def broken(a=1): return undefined\nexplore(bars, broken, a=(0, 1))" if ends else "show(bars, [[1]])"
    )
    with pytest.raises((NameError, ValueError)) as raised:
        exec(compile(cell, tmp_path / "cell", "exec"), {"explore": explore, "show": show, "bars": bars})
    frames = [frame for frame, _ in traceback.walk_tb(raised.value.__traceback__)][1:]
    told = [f.f_code.co_name for f in frames if not f.f_locals.get("__tracebackhide__")]
    assert told == ["<module>", "broken"][: 1 + ends] and raised.value.__cause__ is None


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("by nothing"), SystemExit(1), KeyboardInterrupt(), AssertionError("\n\nNot equal")],
)
def test_what_a_later_call_raises_is_said_and_the_next_move_goes_on(error):
    def fragile(a=0.25):
        if a > 0.5:
            raise error
        return share(a)

    explorer = explored(fragile, a=(0, 1))
    before = explorer.now["said"]
    news = explorer.move({"a": 0.75})
    (note,) = news["notes"]
    assert (news["said"], news["pictures"]) == (before, [])
    assert note.startswith(f"fragile: {type(error).__name__}") and "raise error" in note
    assert str(error).strip() in note
    assert explorer.move({"a": 0.5})["notes"] == []


def test_what_is_printed_and_warned_of_is_said():
    def talking(a=0.25):
        print("a is", a)
        warnings.warn("careful", stacklevel=1)
        warnings.warn("the first is enough", stacklevel=1)
        return share(a)

    assert explored(talking, a=(0, 1)).now["notes"] == ["UserWarning: careful", "printed: a is 0.25"]


def test_an_endless_call_is_stopped(monkeypatch):
    monkeypatch.setattr("backstage.explorer.explorer.SECONDS", 0.1)

    def endless(a=0):
        end = time.perf_counter() + 5  # without the limit this test is to fail, and not to hang
        while a and time.perf_counter() < end:
            a += 1
        return [0.5, 0.5]

    explorer = explored(endless, a=(0, 1))
    assert "too slow" in explorer.move({"a": 1})["notes"][0]
    assert explorer.move({"a": 0})["notes"] == []


class Callable:
    def __call__(self, a=0.25):
        return share(a) / (1 - a)


@pytest.mark.parametrize("function", [functools.partial(share), Callable(), Callable().__call__])
def test_a_callable_without_a_name_or_code_of_its_own_works(function):
    explorer = explored(function, a=(0, 1))
    assert explorer.move({"a": 0.5})["notes"] == []


def test_what_the_picture_cannot_show_is_not_blamed_on_the_function():
    explorer = explored(lambda a=0: [0.5] * (2 + a), a=(0, 1))
    assert "the picture cannot show what it returned" in explorer.move({"a": 1})["notes"][0]


def test_dollars_in_names_are_text():
    explorer = explored(share, a=(0, 1), names=["$a$ and $b", "c"])
    assert "$a$ and $b 0.250" in explorer.now["said"]
    assert "$a$ and $b" in explorer.spec()["now"]["pictures"][0]["svg"]


# Controls


@pytest.mark.parametrize(
    "default, given, values",
    [
        (3, (0, 9), {i: i for i in range(10)}),
        (900, (0, 1800), {1: 10}),  # whole numbers make whole steps, which are round
        (0, (0, 9, 3), {1: 3, 2: 6}),
        (0.0, (0, 1, 0.4), {1: 0.4, 2: 0.8}),
        (0.1, (-5, 5), {1: -4.9, 2: -4.8}),  # one number that is not whole makes all steps fine
        (1, (0.1, 10), {100: 1.0}),  # logarithmic, as the next
        (10, (1, 10000), {-2: 9550}),
    ],
)
def test_a_slider_has_the_steps_of_its_range_in_short_numbers(default, given, values):
    (control,) = explored(lambda a=default: [0.5, 0.5], a=given).controls
    grid = control["grid"]
    assert (grid[0], grid[-1], control["start"]) == (*given[:2], default)
    assert repr(values) == repr({i: grid[i] for i in values})  # 1 is not 1.0
    assert all(len(repr(value)) <= 5 for value in grid)


def test_numbers_are_written_in_groups_of_three_digits():
    written = {0.25: "0.25", 1800: "1 800", 1e9: "1 000 000 000", 1e18: "1e18", -2e-7: "-2e-7"}
    for number, text in written.items():
        assert word({"kind": "slider"}, number) == text.replace(" ", "\u202f")


def test_of_a_long_text_the_sentence_has_the_beginning():
    said = explored(lambda text: [0.5], text="many words " * 600).now["said"]
    assert said.startswith("text = many words many") and said.endswith("…: 0 0.500") and len(said) < 100


def test_check_alone_says_how_it_is_used():
    assert "check.progress() shows" in repr(check)


def test_a_menu_starts_at_the_default_and_holds_anything():
    explorer = explored(lambda of=math.sin: [of(0.5), 0.5], of=[None, math.cos, math.sin])
    assert explorer.controls[0]["options"] == ["None", "cos", "sin"]
    assert explorer.now["said"].startswith("of = sin: 0 0.479")
    assert explorer.move({"of": 1})["said"].startswith("of = cos: 0 0.878")


def test_a_dict_a_bool_and_a_text_make_controls_too():
    def of(text, loud, p=0.5):
        return [p * loud, len(text) / 10]

    explorer = explored(of, text="four", loud=True, p={"half": 0.5, "all": 1})
    assert explorer.now["said"] == "text = four, loud = True, p = half: 0 0.500, 1 0.400"
    said = explorer.move({"text": "", "loud": False, "p": 1})["said"]
    assert said == "text = , loud = False, p = all: 0 0, 1 0"


def test_an_argument_without_a_range_keeps_its_default_and_one_without_a_default_starts_in_the_middle():
    assert explored(lambda a=0.25, axis=-1: share(a), a=(0, 1)).values == {"a": 0.25}
    assert explored(lambda a: share(a), a=(0.0, 1)).values == {"a": 0.5}


@pytest.mark.parametrize(
    "keywords, says",
    [
        ({}, "^a has no default"),
        ({"a": 3}, "^a: a range is"),
        ({"a": None}, "^a: a range is"),
        ({"a": []}, "^a: a range is"),
        ({"a": (0, np.inf)}, "^a: .*finite"),
        ({"a": (2, 1)}, "^a: .*finite"),
        ({"a": (0.1, 1, 10)}, "^a: the step 10"),
        ({"a": (0, 1), "b": (2, 3)}, "^b: its default 0 is not between 2 and 3"),
        ({"a": (0, 1), "b": ["x", "y"]}, "^b: its default 0 is not among x, y"),
        ({"a": (0, 1), "nmaes": "xy"}, "takes nmaes"),
        ({"a": (0, 1), "b": drawing(4, 4)}, "^b: its default is not a boolean array of shape"),
    ],
)
def test_a_range_that_makes_no_sense_is_told_by_the_name_of_its_argument(keywords, says):
    with pytest.raises((TypeError, ValueError), match=says):
        explored(lambda a, b=0: [a, b], **keywords)


def test_a_pad_gives_what_was_drawn_and_says_it_in_words():
    start = np.zeros((5, 6), bool)
    start[1, 2:5] = True
    explorer = explored(lambda digit=start: digit.sum(axis=0) / 5, digit=drawing(5, 6))
    where = "digit = 3 dots in rows 2 to 2 and columns 3 to 5"
    assert explorer.now["said"] == f"{where}: 0 0, 1 0, 2 0.200, 3 0.200, 4 0.200, 5 0"
    assert explorer.move({"digit": "fc000000"})["said"].endswith(
        "0 0.200, 1 0.200, 2 0.200, 3 0.200, 4 0.200, 5 0.200"
    )
    assert explorer.move({"digit": "00000000"})["said"].startswith("digit = nothing drawn: ")
    assert explored(lambda digit: digit[0], digit=drawing(4, 4)).now["said"].endswith("0 0, 1 0, 2 0, 3 0")


def test_a_pad_starts_with_as_many_dots_in_each_block_as_asked():
    counts = np.random.default_rng(0).integers(0, 17, (8, 8))
    ink = drawing(32, 32, counts).start
    np.testing.assert_array_equal(ink.reshape(8, 4, 8, 4).sum(axis=(1, 3)), counts)
    pulled = drawing(4, 8, [[4, 16]]).start
    assert pulled[:, 3:].all() and not pulled[:, :3].any()


def test_points_arrive_as_numbers_and_classes():
    asked = placed([[1.234, -2], [0, 5]], np.array([0, 1]))
    explorer = explored(lambda points: [points[0][0, 0], *points[1]], points=asked)
    assert explorer.now["said"] == "points = 2 points: 0 1.230, 1 0, 2 1"
    X, y = explorer.convert["points"]("[]")
    assert X.shape == (0, 2) and y.shape == (0,) and y.dtype.kind == "i"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: drawing(3, 32),
        lambda: drawing(32, 65),
        lambda: drawing(32.0, 32),
        lambda: drawing(32, 32, np.full((8, 8), 17)),
        lambda: drawing(32, 32, np.ones((5, 8))),
        lambda: drawing(32, 32, np.full((8, 8), 0.5)),
        lambda: placed([[0, 6]], [0]),
        lambda: placed([[0, np.nan]], [0]),
        lambda: placed([[0, 1]], [0, 1]),
        lambda: placed([[0, 1]], [4]),
        lambda: placed([[0, 1]], [0.5]),
        lambda: placed(np.zeros((0, 2)), []),
    ],
)
def test_a_pad_or_points_that_make_no_sense_are_refused(ask):
    with pytest.raises(ValueError, match="^(a pad has|expected)"):
        ask()


def test_what_is_kept_has_the_drawing_as_picture_and_as_text(shown):
    explore(bars, lambda digit: digit[0], digit=drawing(4, 4))
    (live, _), (kept, metadata) = shown
    assert [*live] == ["application/vnd.jupyter.widget-view+json"]
    assert kept["text/html"].startswith('<div class="kept">') and "<code>0000</code>" in kept["text/html"]
    assert kept["text/plain"] == metadata["image/png"]["alt"] == "digit = nothing drawn: 0 0, 1 0, 2 0, 3 0"


def test_a_call_in_the_place_of_a_function_is_told():
    with pytest.raises(TypeError, match="takes a function"):
        explored(share(0.5))


# In a notebook


class Shell:
    """What `explore` asks of IPython: which cell runs, and to be told when one has."""

    def __init__(self):
        self.user_ns, self.parent, self.hooks = {"In": [""]}, {}, set()
        self.events = SimpleNamespace(register=lambda event, hook: self.hooks.add(hook))

    def get_parent(self):
        return self.parent

    def run(self, cell, source, space):
        """Run a cell; front ends that know no ids of cells send none."""
        self.parent = {"metadata": {"cellId": cell}} if cell else {}
        self.user_ns["In"].append(source)
        exec(source, space)
        for hook in self.hooks:
            hook()


@pytest.fixture
def shell(monkeypatch, shown):
    shell = Shell()
    monkeypatch.setattr(on_screen, "get_ipython", lambda: shell)
    monkeypatch.setattr(on_screen, "_on_screen", [])
    monkeypatch.setattr(sliders, "pngs", lambda drawings: ([""], ""))  # nobody looks here, and it takes time
    return shell


CELL = "explore(bars, share, a=(0, 1))\nexplore(bars, share, a=(0, 1))"


def test_a_widget_that_was_closed_elsewhere_is_forgotten(shell):
    space = {"explore": explore, "bars": bars, "share": share}
    shell.run("c1", CELL, space)
    on_screen._on_screen[0][2].close()
    shell.run("c2", "1 + 1", space)
    assert len(on_screen._on_screen) == 1


@pytest.mark.parametrize("cell", ["c1", None, "in a browser, where IPython tells no parent"])
def test_running_a_cell_again_frees_what_it_showed(shell, cell, monkeypatch):
    if cell and "no parent" in cell:
        monkeypatch.delattr(Shell, "get_parent")
    counts = []
    for _ in range(3):
        shell.run(cell, CELL, {"explore": explore, "bars": bars, "share": share})
        gc.collect()
        counts.append((len(alive), sum(type(thing) is Explorer for thing in gc.get_objects())))
    assert len(set(counts[1:])) == 1 and len(on_screen._on_screen) == 2


LESSON = """
calls = []
factor, other = 1, 1
def halves(a):
    return [0.5 * a * factor] * 2
def first(a=1):
    calls.append("first")
    return (lambda: halves(a))()
def second(a=1):
    calls.append("second")
    return [other, a]
explore(bars, first, a=(0, 1))
explore(bars, second, a=(0, 1))
"""


@pytest.mark.parametrize(
    "source, called",
    [
        ("factor = 2", ["first"]),
        ("def halves(a): return [a, a]", ["first"]),
        ("def first(a=1): calls.append('new'); return [a, a]", ["new"]),
        ("other = 3", ["second"]),
        ("unused = 3", []),
        ("other = other", []),
    ],
)
def test_a_new_value_draws_again_what_uses_it_and_nothing_else(shell, source, called):
    space = {"explore": explore, "bars": bars}
    shell.run("c1", LESSON, space)
    space["calls"].clear()
    shell.run("c2", source, space)
    assert space["calls"] == called
    shell.run("c3", "1 + 1", space)
    assert space["calls"] == called


def test_a_view_that_opens_later_gets_the_picture_as_it_is_then():
    widget = on_screen.LivePicture(explored(share, a=(0, 1)))
    widget.explorer.move({"a": 0.5})
    assert widget.get_state()["spec"]["now"]["said"] == "a = 0.5: 0 0.500, 1 0.500"
    widget.close()


SCOPES = (ast.FunctionDef, ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)


def test_a_name_of_a_function_means_nothing_else_in_a_lesson(notebook):
    """Or a slider would move what a later cell has made a number."""
    cells = nbformat.read(notebook, as_version=4).cells
    outside = [ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))]
    for node in outside:
        outside += [] if isinstance(node, SCOPES) else ast.iter_child_nodes(node)
    functions = {getattr(node, "asname", None) or node.name for node in outside if hasattr(node, "name")}
    explored = [call.args[1] for call in outside if getattr(getattr(call, "func", 0), "id", 0) == "explore"]
    assert explored and {name.id for name in explored} <= functions
    values = {node.id for node in outside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert values & functions == set()
