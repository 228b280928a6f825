"""Numbers in the text of a lesson: its cells print them, or what its cells define gives them here."""

import functools
import re
from decimal import Decimal

import nbformat
import numpy as np
import pytest

from conftest import ROOT
from lesson_names import lesson_names, prose

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # overflow is what is asked for
DTYPES = [np.float16, np.float32, np.float64]
FRACTION = r"\d+\.\d+(?:e-?\d+)?"
NOT_OURS = r"https?://\S+|(?:SciPy|PyTorch|JAX) \d+\.\d+"  # where something was read, and versions
ON_PAPER = np.exp([-2, -1, 0]) / np.exp([-2, -1, 0]).sum()  # of three scores that are 1 apart


def first(is_past, low, high, dtype=np.float64):
    """The first float between two numbers that is past an edge, found by halving."""
    low, high = dtype(low), dtype(high)
    while np.nextafter(low, high) != high:
        middle = dtype((float(low) + float(high)) / 2)
        low, high = (low, middle) if is_past(middle) else (middle, high)
    return high


def over(dtype):
    return first(lambda x: np.exp(x) == np.inf, 0, 1000, dtype)


def under(dtype):
    return -first(lambda x: np.exp(x) == 0, 0, -1000, dtype)


def edges(_):
    """As text that tells a float from its neighbors; of float16, all digits."""
    found = [edge(dtype) for edge in (over, under) for dtype in DTYPES]
    return [str(float(end) if end.dtype == np.float16 else end) for end in found]


def gaps(lesson, dtype):
    """From which gap between two classes on the leader has exactly 1, and the other exactly 0."""
    p = functools.cache(lambda gap: lesson["softmax"](np.array([gap, 0], dtype)))
    return [
        first(lambda gap: p(gap)[0] == 1, 0, 1000, dtype),
        first(lambda gap: p(gap)[1] == 0, 0, 1000, dtype),
    ]


def naive_off(lesson, dtype="float32"):
    """From which push on the naive softmax is wrong, and from which on it is nan."""
    naive = functools.cache(lambda push: lesson["both"](push, dtype)["naive"])
    wrong = first(lambda push: not np.allclose(naive(push), ON_PAPER, atol=1e-3), 0, 1000)
    return [wrong, first(lambda push: np.isnan(naive(push)).any(), 0, 1000)]


def shift_ends(lesson):
    """The least c with which lesson 02's bars are right, and from which on they are nan."""
    z, shifted = lesson["z"], lesson["shifted"]
    low = first(lambda c: np.allclose(shifted(z, c), ON_PAPER), 0, 900)
    return [low, first(lambda c: np.isnan(shifted(z, c)).all(), 900, 1800)]


CLAIMS = {  # {lesson: {words with places for numbers: what gives the numbers, from what the cells define}}
    "01_softmax": {
        "$e^{{0.1}}$ times the bear's, {:.1f}% more": lambda _: [100 * np.expm1(0.1)],
        "`1.5e-05` means {:.6f}": lambda _: [1.5e-05],
        "$e^{{1}} = {:.3f}$, more than 2": lambda _: [np.e],
        "and `[{:.1f}, {:.1f}, {:.1f}, {:.1f}]` are the same": lambda lesson: lesson["z"] + 50.0,
        "try `softmax(np.array([{}, {}, {}]))`": lambda _: names("02_overflow")["z"],
    },
    "02_overflow": {
        "inf from {} (float16), {} (float32), {} (float64), and 0 from −{}, −{}, −{} down": edges,
        "about ${:.0f} \\cdot 10^{{434}}$": lambda _: [Decimal(1000).exp().scaleb(-434)],
        "ends at ${:.1f} \\cdot 10^{{308}}$": lambda _: [np.finfo(float).max / 1e308],
        "With {:,.0f} classes the sum": lambda _: [first(float16_sum_is_inf, 2**15, 2**17, np.float32)],
        "neighbors of 1e8 are {:.0f} away": lambda _: [np.spacing(np.float32(1e8))],
        "the answer is `[{:.3f}, {:.3f}]`": lambda lesson: lesson["softmax"](np.array([1e8, 1e8 + 1])),
        "a log p of −{:.1e}": lambda lesson: -lesson["log_softmax"](lesson["confident"])[:1],
        "above {:.2f} in float16, {:.2f} in float32 and {:.2f} in float64": lambda _: map(over, DTYPES),
        "as exp is inf above {:.2f}": lambda _: [over(np.float64)],
        "To about {:.0f}, as exp meets": shift_ends,
        "To about {1:.0f}, as every exp is 0": shift_ends,
        "exponents lie below −{:.2f}": lambda _: [under(np.float64)],
        "From about {:.1f} down": naive_off,
        "From {1:.2f} down": naive_off,
        "sum of the three is {:.1f} times": lambda _: [1 / ON_PAPER[2]],
        "$\\log 1.5 = {:.2f}$": lambda _: [np.log(1.5)],
        "In float16 nan ends at {:.2f}, in float64 at {:.2f}": lambda lesson: [
            naive_off(lesson, dtype)[1] for dtype in ("float16", "float64")
        ],
        "from a gap of {:.2f} on": lambda lesson: gaps(lesson, np.float32),
        "comes above {1:.2f}, where exp gives 0": lambda lesson: gaps(lesson, np.float32),
        "the gaps are {:.3f} and {:.2f}": lambda lesson: gaps(lesson, np.float16),
        "in float64 {:.2f} and {:.2f}": lambda lesson: gaps(lesson, np.float64),
        "about ${:.0f} \\cdot 10^{{-8}}$": lambda lesson: 1e8 * np.exp(-np.array(gaps(lesson, np.float32))),
    },
    "03_cross_entropy": {
        "adding 1e-12 changes no p above {:.4f}": lambda _: [1e-4],
        "{:,} classes": lambda lesson: lesson["rows"]["capital_scores"].shape,
        "At {:.1f}, as the loss": lambda _: [20 * np.log(10)],
        "With −30 it is {:.1f}": lambda _: [30 * np.log(10)],
        "At about {:.0f} points p becomes 0": lambda _: [under(np.float16)],
        "goes to {:.3f}, where the slider": lambda _: [-np.log(0.99)],
    },
}


def float16_sum_is_inf(k):
    return np.ones(round(k), np.float16).sum() == np.inf


@functools.cache
def names(stem):
    return lesson_names(f"{stem}.ipynb")


def said(stem):
    return {words: words.format(*numbers(names(stem))) for words, numbers in CLAIMS[stem].items()}


@pytest.mark.parametrize("stem", CLAIMS)
def test_a_number_in_the_text_is_what_comes_out(stem):
    text = prose(stem)
    assert [claim for claim in said(stem).values() if claim not in text] == []


@pytest.mark.parametrize("stem", CLAIMS)
def test_no_other_fraction_stands_in_the_text(stem):
    """What no cell holds or prints is claimed above."""
    text = re.sub(NOT_OURS, "", prose(stem))
    for claim in said(stem).values():
        text = text.replace(claim, "")
    cells = nbformat.read(ROOT / f"notebooks/{stem}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and not cell.source.startswith("guess.")]
    outputs = [output.get("text") or output.data["text/plain"] for cell in code for output in cell.outputs]
    held = " ".join([*(cell.source for cell in code), *outputs])
    known = {float(number) for number in re.findall(FRACTION, held)}
    assert [number for number in re.findall(FRACTION, text) if float(number) not in known] == []


def test_bars_of_lesson_02_go_as_its_answers_say():
    lesson = names("02_overflow")
    z, shifted = lesson["z"], lesson["shifted"]
    assert (shifted(z, 292.5) == 0).all() and np.isnan(shifted(z, 290)).all()
    assert 1e-4 < abs(shifted(z, 1740) - ON_PAPER).max() < 0.1
    assert (lesson["both"](88.5)["naive"] == 0).all()


def test_what_lesson_03_says_of_epsilons_and_of_a_loss_of_0():
    assert np.float32(1e-4) + np.float32(1e-12) == np.float32(1e-4) and np.float16(1e-12) == 0
    loss = names("03_cross_entropy")["cross_entropy"]
    assert loss(np.array([[800.0, 0]]), [0]) == 0 == loss(np.array([[104, 0]], np.float32), [0])
    assert "`[800, 0]` in float64, or `[104, 0]` in float32" in prose("03_cross_entropy")
