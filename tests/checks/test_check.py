"""The checks of "Your turn": every right answer passes, every wrong one is told what it missed."""

import _thread
import ast
import dataclasses
import functools
import inspect
import itertools
import json
import linecache
import math
import pickle
import re
import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest

from backstage.calling import limits
from backstage.calling.log import attempt, quiet, run
from backstage.checks.diagnosis import Trial, judge
from backstage.checks.exercise import SEED, exercise
from backstage.checks.result import LOOKS
from conftest import ROOT
from exercises import inputs, pieces
from exercises.pieces import softmax
from helpers import check, numerics

EXERCISES = {name: getattr(check, name) for name in check}


def exercise_of(name):
    return name.removeprefix("my_").partition("__")[0]


LESSONS = sorted(ROOT.glob("tests/solutions/lesson_*.py")) + sorted(
    ROOT.glob("exercises/answers/lesson_*.py")
)
SOLUTIONS = [
    pytest.param(exercise_of(name), function, id=name)
    for path in LESSONS
    for name, function in runpy.run_path(path).items()
    if exercise_of(name) in EXERCISES
    if inspect.isfunction(function) and function.__code__.co_filename == str(path)
]


def family(variant):
    """What tells a variant from others, but for its floats: an epsilon, or a number that hides scores."""
    wrong = [variant, *variant.pieces.values(), *filter(None, [variant.around])]
    keywords = [pair for part in wrong for pair in part.keywords.items() if not isinstance(pair[1], float)]
    return variant.base, *variant.pieces, *keywords


MISTAKES = [
    pytest.param(name, mistake, variant, id=f"{name}-{mistake.name}-{i}")
    for name, known in EXERCISES.items()
    for mistake in known.mistakes
    for i, variant in enumerate({family(variant): variant for variant in mistake.variants}.values())
]
UNIVERSAL = {
    "redefined_numpy", "not_a_function", "too_slow", "exits", "prints", "returns_none", "returns_a_list",
    "changes_its_input", "returns_float32", "misspells", "leaves_out", "raises", "type", "shape", "rounds",
    "unstable", "keeps_state",
}  # fmt: skip


@pytest.fixture
def hurry(monkeypatch):
    """A limit that tests can wait for."""
    monkeypatch.setattr("backstage.calling.log.SECONDS", 0.5)


def written(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# Right answers


@pytest.mark.parametrize("name, function", SOLUTIONS)
def test_right_answer_passes_however_it_is_written(name, function):
    result = EXERCISES[name](function)
    assert (result.passed, result.mistake, result.points) == (True, None, result.out_of), result
    assert "Verified: " in result.message and result.message.endswith("?")


def test_every_exercise_has_five_right_answers_and_a_model_solution():
    names = [parameter.id for parameter in SOLUTIONS]
    for name in EXERCISES:
        assert f"my_{name}" in names and sum(exercise_of(other) == name for other in names) >= 5, name


def test_check_answers_in_well_under_a_second():
    begin = time.perf_counter()
    check.softmax(softmax)
    assert time.perf_counter() - begin < 0.5


# Known mistakes


@pytest.mark.parametrize("name, mistake, variant", MISTAKES)
def test_known_mistake_gets_its_own_message(name, mistake, variant):
    result = EXERCISES[name](variant)
    assert (result.mistake, result.passed, result.points) == (mistake.name, False, 0), result
    assert result.text == mistake.text and [row for row, _ in result.evidence][-2:] == ["expected", "yours"]
    shown = str(result.evidence)
    large = re.findall(r"(?<![\d.])\d{3,}\b(?!\.\d)", result.text)
    for number in large:  # it is one of the input below it
        assert number in shown, number
    examples = [json.loads(text) for text in re.findall(r"\[-?\d[-\d., ]*\]", result.text)]
    rows = [
        [float(x) for x in row.split()] for row in re.findall(r"\[([-\d. ]+)\]", shown) if "..." not in row
    ]
    assert not examples or any(e == row[: len(e)] for e in examples for row in rows), (
        "no example stands in the input"
    )


@pytest.mark.parametrize("name", EXERCISES)
def test_inputs_show_every_mistake_or_say_why_they_cannot(name):
    assert EXERCISES[name].faults() == []


def test_a_mistake_that_inputs_do_not_show_is_an_error_of_the_inputs():
    @exercise
    class my_odds:
        points, verified, think, hints = 1, "", "", []
        same = {"a_batch_fails": "z is one row", "down_the_columns": "", "squares": "this does not hold"}

        def probes(rng):
            return [(np.array([1.0, 3.0, 2.0]),)], [(np.array([1000.0, 0.0, 0.0]),)]

        def right(z):
            return 1 / softmax(z)

        def upside_down(z):
            """The numbers are turned around."""
            return softmax(z)

        def upside_down_again(z):
            """These numbers are the same."""
            return np.exp(z - 1000) / np.exp(z - 1000).sum() if z.max() > 500 else softmax(z)

    faults = my_odds.faults()
    assert [fault for fault in faults if "upside_down_again gives upside_down." in fault]
    assert [fault for fault in faults if "shifts_by_the_mean gives the right answer" in fault]
    assert "odds: an input shows squares; take it out of `same`." in faults
    assert not [fault for fault in faults if "a_batch_fails" in fault or "down_the_columns" in fault]


def test_a_misconception_has_one_name_and_one_text():
    texts = {}
    for name, known in EXERCISES.items():
        names = [mistake.name for mistake in known.mistakes]
        assert len(set(names)) == len(names) and not UNIVERSAL & set(names), name
        for mistake in known.mistakes:
            assert texts.setdefault(mistake.name, mistake.text) == mistake.text, mistake.name
    assert len(set(texts.values())) == len(texts)
    for text in texts.values():
        assert 40 < len(text) < 320 and text.endswith(".") and "!" not in text, text
        assert not any(code in text for code in ("np.", "keepdims", "axis=", "**", "_softmax(")), text


def test_an_exercise_of_softmax_knows_a_dozen_slips_for_free():
    @exercise
    class my_odds:
        points, probes, verified, think, hints = 1, inputs.scores, "", "", []

        def right(z):
            return softmax(z) / (1 - softmax(z))

    def odds(p):
        return p / (1 - p)

    assert len(my_odds.mistakes) >= 12
    assert my_odds(lambda z: odds(softmax(z.T).T)).mistake == "down_the_columns"
    assert (
        my_odds(lambda z: odds(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))).mistake == "never_shifts"
    )


def test_a_slip_that_makes_no_difference_is_left_out():
    names = {mistake.name for mistake in check.predict.mistakes}
    assert "keeps_the_axis" in names and "not_summed" not in names

    @exercise
    class my_best:
        points, probes, verified, think, hints = 1, inputs.scores, "", "", []

        def right(z):
            return softmax(z).argmax(axis=-1)

    names = {mistake.name for mistake in my_best.mistakes}
    assert "stray_minus" in names and "powers_of_another_base" not in names


# Of two mistakes the one is told that a batch of ordinary scores shows.
TWO = [
    ("softmax", "one_row_fails", lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
    ("softmax", "never_exponentiates", lambda z: z / z.sum(axis=1, keepdims=True)),
    ("softmax", "down_the_columns", lambda z: np.exp(z) / np.exp(z).sum(axis=0)),
    ("temperature", "multiplies", lambda z, T: looped(lambda row: softmax(row * T))(z)),
    ("cross_entropy", "no_minus", lambda z, y: -loss(z, y).sum()),
    ("cross_entropy", "down_the_columns", lambda z, y: -true(np.log(softmax(z.T).T), y).sum()),
    ("perplexity", "softmax_twice", lambda z, y: np.exp(loss(softmax(z), y).sum())),
    ("gradient", "minus_the_gradient", lambda z, y: np.eye(z.shape[1])[y] - softmax(z)),
    ("gradient", "counts_from_1", lambda z, y: softmax(z) - np.eye(z.shape[1])[y - 1]),
    ("softmax", "over_the_whole_batch", lambda z: np.round(np.exp(z) / np.exp(z).sum(), 4)),
]


def test_evidence_is_an_input_where_the_difference_can_be_seen():
    def capped(z, y):
        return -np.log(softmax(z)[np.arange(len(y)), y] + 1e-12).mean()

    message = check.cross_entropy(capped).message  # on ordinary inputs it is 1e-12 off
    assert "2000." in message and "expected  1000.2" in message and "yours     14.0" in message


def test_missing_axis_is_named_though_one_row_alone_raises():
    result = check.softmax(lambda z: np.exp(z) / np.exp(z).sum(axis=1))
    assert result.mistake == "drops_the_axis" and "could not be broadcast" in result.message


# Wrong answers in the words of a cold reader, and the mistake that they have to be told. None: only that it
# is wrong.


def looped(f):
    """A loop over rows with what is right for one of them. One row alone is a loop over numbers."""
    return lambda z, *args: np.array([f(row, *args) for row in z])


def slope(f, w, h=1e-5):
    nudges = h * np.eye(w.size).reshape(-1, *w.shape)
    return np.array([f(w + d) - f(w - d) for d in nudges]).reshape(w.shape) / (2 * h)


def log1p_softmax(z, top=lambda d: d == 0):
    d = z - z.max(axis=-1, keepdims=True)
    rest = np.exp(d)
    rest[top(d)] = 0
    return d - np.log1p(rest.sum(axis=-1, keepdims=True))


def shift_lost(z, kept=True):
    e = np.exp(z - z.max(axis=-1))
    return e / e.sum(axis=-1, keepdims=kept)


def sum_lost(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1)


def shares(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


def in_80_bits(z):
    e = np.exp(z.astype(np.longdouble))
    return (e / e.sum(axis=-1, keepdims=True)).astype(float)


def ones_in_all_rows(y, k):
    rows = np.zeros((len(y), k), int)
    rows[:, y] = 1
    return rows


def breaks_off(p, q):
    total = 0
    for a, b in zip(p, q, strict=True):
        if a == 0:
            break
        total += a * np.log(a / b)
    return total


def last_of_q(p, q):
    p = p[p != 0]
    return (p * np.log(p / q[-len(p) :])).sum()


def three_forms(probabilities, logs):
    return lambda x: "probabilities" if probabilities(x) else "log-probabilities" if logs(x) else "logits"


def loss(z, y):
    return -true(numerics.log_softmax(z), y)


def true(x, y):
    return x[np.arange(len(y)), y]


def all_1(x):
    return (x.sum(axis=-1) == 1).all()


def sum_1(x):
    return np.allclose(x.sum(axis=-1), 1)


def sum_1_of_exp(x):
    return sum_1(np.exp(x))


P = softmax(np.array([0.1, -2.0, 3.4, 3.3])).astype(np.float32)

COLD_READER = [
    ("ratio", "leaves_out", lambda z, i, j: P[i] / P[j]),
    ("ratio", "difference_of_probabilities", lambda z, i, j: np.exp(z[i]) - np.exp(z[j])),
    ("ratio", "minus_1", lambda z, i, j: softmax(z)[i] / softmax(z)[j] - 1),
    ("ratio", None, lambda z, i, j: (2 * softmax(z)[i] / softmax(z)[j]).astype(np.float32)),
    ("sigmoid", "array_as_one_row", lambda x: softmax(np.stack([x, 0 * x]))[0]),
    ("sigmoid", "always_1", lambda x: np.exp(x) / (np.exp(x) + 0)),
    ("is_distribution", "nothing_above_1", lambda p: np.isclose(p.sum(-1), 1) & (p <= 1).all(axis=-1)),
    ("is_distribution", "exact_sum_alone", lambda p: p.sum(axis=-1) == 1),
    ("is_distribution", "generous", lambda p: (p >= 0).all(-1) & (0.99 < p.sum(-1)) & (p.sum(-1) < 1.01)),
    ("is_distribution", "generous", lambda p: (p >= 0).all(-1) & (np.round(p.sum(-1), 2) == 1)),
    ("is_distribution", "one_row_fails", looped(lambda row: row.min() >= 0 and sum_1(row))),
    ("softmax", "ties_left_out", lambda z: np.exp(log1p_softmax(z))),
    ("softmax", "unstable", in_80_bits),
    ("softmax", "drops_the_axis", shift_lost),
    ("softmax", "drops_the_axis", sum_lost),
    ("softmax", "drops_the_axis", functools.partial(shift_lost, kept=False)),
    ("softmax", "over_the_whole_batch", shares),
    ("softmax", "maxima_of_the_columns", lambda z: softmax(z - z.max(axis=0))),
    ("softmax", "one_row_fails", looped(lambda row: np.exp(row) / np.exp(row).sum())),
    ("softmax", "one_row_fails", looped(lambda row: softmax(row) if len(row) else 0)),
    ("softmax", "returns_none", lambda z: z.sort()),
    ("logsumexp", "ties_left_out", lambda z: (z - log1p_softmax(z))[..., 0]),
    ("logsumexp", "best_counts_twice", lambda z: (z - log1p_softmax(z, lambda d: d > 0))[..., 0]),
    ("logsumexp", "one_row_fails", looped(lambda row: np.log(np.exp(row).sum()))),
    ("log_softmax", "ties_left_out", log1p_softmax),
    ("log_softmax", "best_counts_twice", lambda z: log1p_softmax(z, lambda d: d > 0)),
    ("log_softmax", "drops_the_axis", lambda z: np.log(sum_lost(z))),
    ("log_softmax", "maxima_of_the_columns", lambda z: np.log(softmax(z - z.max(axis=0)))),
    ("log_softmax", "shift_on_one_side", lambda z: numerics.log_softmax(z) - z.max(axis=-1, keepdims=True)),
    ("log_softmax", "epsilon_in_the_logarithm", lambda z: np.log(softmax(z) + 2.2e-16)),
    ("log_softmax", "unstable", lambda z: np.where(softmax(z) > 0, np.log(softmax(z)), 0)),
    ("one_hot", "label_i_meets_class_i", lambda y, k: y == np.arange(k)),
    ("one_hot", "every_label_for_every_row", ones_in_all_rows),
    ("one_hot", "identity", lambda y, k: np.eye(len(y), k)),
    ("cross_entropy", "ties_left_out", lambda z, y: -true(log1p_softmax(z), y).mean()),
    ("cross_entropy", "log_twice", lambda z, y: -np.log(true(numerics.log_softmax(z), y)).mean()),
    ("cross_entropy", "p_and_y_exchanged", lambda z, y: -np.log(np.eye(z.shape[1])[y]).sum() * z.max()),
    ("cross_entropy", "epsilon_in_the_logarithm", lambda z, y: -np.log(true(softmax(z), y) + 1e-300).mean()),
    ("perplexity", "ties_left_out", lambda z, y: np.exp(-true(log1p_softmax(z), y).mean())),
    ("perplexity", "log_after_softmax", lambda z, y: np.prod(np.exp(loss(z, y)) ** (1 / len(y)))),
    ("kl", "unstable", last_of_q),
    ("kl", "unstable", breaks_off),
    ("kl", "unstable", lambda p, q: 0 if (p == 0).any() else (p * np.log(p / q)).sum()),
    ("kl", "unstable", lambda p, q: (np.where(p > 0, p, 1) * np.log(np.where(p > 0, p, 1) / q)).sum()),
    ("temperature", "ties_left_out", lambda z, T: np.exp(log1p_softmax(z / T))),
    ("temperature", "drops_the_axis", lambda z, T: sum_lost(z / T)),
    ("temperature", "drops_the_axis", lambda z, T: shift_lost(z / T)),
    ("temperature", "maxima_of_the_columns", lambda z, T: softmax((z - z.max(axis=0)) / T)),
    ("temperature", "one_row_fails", lambda z, T: looped(lambda r: np.exp(r) / np.exp(r).sum())(z / T)),
    ("temperature", "scores_as_probabilities", lambda z, T: z / T),
    ("entropy", "one_answer_for_all", lambda p: -(p[p > 0] * np.log(p[p > 0])).sum()),
    ("entropy", "one_row_fails", looped(lambda row: -(row * np.log(row)).sum())),
    ("reheat", "ties_left_out", lambda p, T: np.exp(log1p_softmax(np.log(p) / T))),
    ("reheat", "drops_the_axis", lambda p, T: sum_lost(np.log(p) / T)),
    ("reheat", "scores_as_probabilities", lambda p, T: np.log(p) / T),
    ("reheat", "impossible_becomes_likely", lambda p, T: softmax(np.log(np.where(p > 0, p, 1)) / T)),
    ("reheat", "impossible_becomes_possible", lambda p, T: softmax(np.log(p + 1e-300) / T)),
    ("predict", "one_row_fails", looped(np.argmax)),
    ("predict", "majority", lambda z: np.argmax(softmax(z) > 0.5, axis=-1)),
    ("which", "nothing_above_1", three_forms(lambda x: x.max() <= 1 and sum_1(x), sum_1_of_exp)),
    ("which", "signs_alone", three_forms(lambda x: (x >= 0).all(), lambda x: (x <= 0).all())),
    ("which", "exact_sum_alone", three_forms(lambda x: all_1(x), lambda x: all_1(np.exp(x)))),
    ("which", "misspells", lambda x: "probability" if x.min() >= 0 else "logits"),
    ("which", "one_row_fails", lambda x: str(check.which.reference(x)) if x.sum(axis=1).all() else ""),
    ("surest", "lead_over_the_others_best", lambda z, c: (z[:, c] - np.delete(z, c, 1).max(axis=1)).argmax()),
    ("surest", "compares_logits", lambda z, c: softmax(z[:, c]).argmax()),
    ("gradient", "ties_left_out", lambda z, y: (np.exp(log1p_softmax(z)) - np.eye(z.shape[1])[y]) / len(y)),
    ("gradient", "measured", lambda z, y: slope(lambda s: loss(s, y).mean(), z)),
    ("gradient", "without_1_over_n", lambda z, y: slope(lambda s: loss(s, y).sum(), z)),
    ("gradient", "down_the_columns", lambda z, y: softmax(z.T).T - np.eye(z.shape[1])[y]),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, function, words",
    [
        ("softmax", lambda z: z if z > 0 else -z, "`if`"),
        ("softmax", lambda z: math.exp(z), "`math`"),
        ("ratio", lambda z, i, j: math.e ^ (z[i] - z[j]), "`**`"),
        ("softmax", lambda z: math.e ^ z, "`**`"),
        ("softmax", lambda z: np.exp(z) / math.exp(1000), "`math.exp`"),
        ("temperature", lambda z, T: numerics.softmax(z, T), "axis"),
        ("gradient", lambda z, y: softmax(z) - y, "z is (3, 4), y is (3,). y has no number for each class"),
        (
            "top_share",
            lambda z, y, m: (z.argsort()[:, -m - 1 :] == y).mean(),
            "(4,) meets the 2 columns of the other",
        ),
        ("temperature", lambda z, T: numerics.softmax(np.log(z) / T), "gave to `softmax` as z holds NaN"),
        (
            "one_hot",
            lambda y, k: numerics.one_hot(y, k - 2),
            "`one_hot` refuses what you gave to it: label 2",
        ),
        ("softmax", lambda z: nowhere(z), "run the cells above"),  # noqa: F821
        ("softmax", lambda z: retrun(z), "looks like `return`"),  # noqa: F821
        ("softmax", lambda z: e**z, "`np.e`"),  # noqa: F821
        ("softmax", lambda z: z.max(keepdim=True), "`keepdims`"),
    ],
)
def test_common_errors_get_a_plain_sentence(name, function, words):
    result = EXERCISES[name](function)
    assert result.mistake == "raises" and words in result.message.split("The check calls")[0], result


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda z: np.exp(z - max(z)) / np.exp(z - max(z)).sum(), "Python's `max`"),
        (lambda z: np.exp(z - min(z)) / np.exp(z - min(z)).sum(), "Python's `min`"),
        (lambda z: np.exp(z - sorted(z)[-1]) / np.exp(z).sum(), "Python's `sorted`"),
        (lambda z: softmax(z) if any(z) else z, "Python's `any`"),
        (lambda z: softmax(z) if all(z) else z, "Python's `all`"),
        (lambda z: np.exp(z) / sum(np.exp(z)), "Python's `sum`"),
        (lambda z: list(z).index(z.max()), "`in` and `index`"),
    ],
)
def test_functions_of_python_that_take_rows_are_named(function, words):
    result = check.softmax(function)
    assert not result.passed and words in result.text, result


@pytest.mark.parametrize("text", ["expected a positive input", "math domain error"])
def test_math_errors_are_told_in_the_words_of_every_python(text):
    def raises(p):
        if (p == 0).any():
            raise ValueError(text)
        return -(p * np.log(p)).sum(axis=-1)

    assert check.entropy(raises).mistake == "zero_times_log_of_zero"
    result = check.entropy(lambda p: raises(p * 0))
    assert result.mistake == "raises" and "`math.log`" in result.text


def test_zero_is_shown_without_a_sign():
    assert "-0." not in check.entropy(lambda p: -(p * np.log(p)).sum(axis=-1)).message


# Wrong answers from public code: what is in them has to be told, and nothing that is not.


def by_rows(f):
    """A function of one row, for a batch and for one row alone."""
    return lambda z, *args: f(z, *args) if z.ndim == 1 else np.array([f(row, *args) for row in z])


def with_math(row):
    e = [math.exp(x) for x in row]
    return np.array([x / sum(e) for x in e])


def hot(z, y):
    return np.eye(z.shape[1])[y]


def one_hot_times_log(z, y, f=softmax):
    return -(hot(z, y) * np.log(f(z))).sum() / len(y)


def of_a_batch(z, y):
    f = z - z.max()
    return (np.log(np.exp(f).sum(axis=1)) - f[range(len(y)), y]).mean()


def clipped_kl(q, p, eps=1e-12):
    q, p = np.clip(q, eps, 1), np.clip(p, eps, 1)
    return (q * np.log(q / p)).sum()


def yes_or_no(z, y):
    p = softmax(z)
    return -(hot(z, y) * np.log(p) + (1 - hot(z, y)) * np.log(1 - p))


def slope_of_yes_or_no(z, y):
    p, q = softmax(z), hot(z, y)
    return -q / p + (1 - q) / (1 - p)


def in_its_type(z):
    return np.array([*map(softmax, np.atleast_2d(z))], z.dtype).reshape(z.shape)


def any_entry(x):
    return (x >= 0).any()


PUBLIC = [
    ("predict", "sum_of_ties", lambda z: (z == z.max(-1, keepdims=True)) @ np.arange(z.shape[-1])),
    ("predict", "last_of_ties", lambda z: np.argsort(z, axis=-1, kind="stable")[..., -1]),
    ("cross_entropy", "zero_times_log_of_zero", one_hot_times_log),
    ("cross_entropy", "never_shifts", lambda z, y: one_hot_times_log(z, y, pieces.naive)),
    ("perplexity", "zero_times_log_of_zero", lambda z, y: np.exp(one_hot_times_log(z, y))),
    ("softmax", None, by_rows(lambda row: with_math(row) + 0.1)),  # raises, but on extremes alone
    ("softmax", "never_shifts", by_rows(with_math)),
    ("entropy", "zero_times_log_of_zero", by_rows(lambda p: -sum(x * math.log(x) for x in p))),
    ("kl", "zero_times_log_of_zero", lambda q, p: sum(a * math.log(a / p[i]) for i, a in enumerate(q))),
    ("perplexity", "log_after_softmax", lambda z, y: 2 ** -np.mean([*map(math.log2, true(softmax(z), y))])),
    ("cross_entropy", "one_maximum_for_all", of_a_batch),
    ("entropy", "adds_a_constant", lambda p: -(np.clip(p, 1e-12, 1) * np.log(np.clip(p, 1e-12, 1))).sum(-1)),
    ("kl", "adds_a_constant", clipped_kl),
    ("log_softmax", "never_shifts", lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True))),
    ("log_softmax", "over_the_whole_batch", lambda z: np.round(z - np.log(np.exp(z).sum()), 4)),
    ("softmax", "over_the_whole_batch", lambda z: shares(z).astype(np.float32)),
    ("softmax", "down_the_columns", lambda z: np.round(softmax(z.T).T, 8)),
    ("softmax", "over_the_whole_batch", lambda z: shares(z) + 1e-7),
    ("cross_entropy", "adds_the_other_classes", lambda z, y: yes_or_no(z, y).sum()),
    ("cross_entropy", "adds_the_other_classes", lambda z, y: yes_or_no(z, y).mean()),
    ("gradient", "slope_of_yes_or_no_losses", slope_of_yes_or_no),
    ("cross_entropy", "logsumexp_for_every_class",
     lambda z, y: -(hot(z, y) * z - numerics.logsumexp(z)[:, None]).sum() / len(y)),
    ("sigmoid", "powers_of_another_base", lambda x: 1 / (1 + 10**-x)),
    ("ratio", "softmax_of_one_score", lambda z, i, j: softmax(z[i : i + 1])[0] / softmax(z[j : j + 1])[0]),
    ("ratio", "rounds", lambda z, i, j: round(float(np.exp(z[i] - z[j])), 2)),
    ("which", "total_decides", three_forms(lambda x: x.sum() == 1, lambda x: np.exp(x).sum() == 1)),
    ("which", "sum_alone", three_forms(lambda x: any_entry(x) and sum_1(x), sum_1_of_exp)),
    ("softmax", "keeps_integers", in_its_type),
]  # fmt: skip


@pytest.mark.parametrize("name, mistake, function", TWO + COLD_READER + PUBLIC)
def test_wrong_answer_is_told_what_it_missed(name, mistake, function):
    result = EXERCISES[name](function)
    assert (result.passed, result.mistake) == (False, mistake), result


@pytest.mark.parametrize(
    "name, function",
    [
        ("softmax", lambda z: softmax(z) if len(z) < 6 else 0 * z),
        ("softmax", lambda z: softmax(z) if z.shape[-1] < 6 else 0 * z),
        ("cross_entropy", lambda z, y: loss(z[:5], y[:5]).mean()),
        ("cross_entropy", lambda z, y: loss(z, y).mean() or np.nan),  # no loss is exactly 0
        ("temperature", lambda z, T: z if T == 1 else softmax(z / T)),
        ("softmax", lambda z: softmax(z) if z.shape[-1] > 1 else 0 * z),
        (
            "sigmoid",
            lambda x: np.array([1 / (1 + math.exp(-v)) for v in x]) if np.ndim(x) else 1 / (1 + np.exp(-x)),
        ),
    ],
)
def test_what_goes_wrong_in_a_corner_does_not_pass(name, function):
    assert not EXERCISES[name](function).passed


@pytest.mark.parametrize(
    "name", ["entropy", "is_distribution", "kl", "reheat", "surest", "temperature", "which"]
)
def test_what_is_wrong_from_six_classes_on_does_not_pass(name):
    asked = EXERCISES[name]
    assert not asked(lambda x, *more: asked.reference(x[..., :5], *more)).passed


# Mutants: nobody foresaw these, and none may pass.

SWAPS = {
    ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add, ast.Mult], ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult, ast.FloorDiv, ast.Sub], ast.Pow: [ast.Mult],
    ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.Lt], ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Gt],
    ast.Eq: [ast.NotEq, ast.LtE, ast.GtE], ast.NotEq: [ast.Eq], ast.And: [ast.Or], ast.Or: [ast.And],
    ast.USub: [ast.UAdd], ast.BitAnd: [ast.BitOr],
}  # fmt: skip
NAMES = {
    "exp": ["expm1", "exp2", "abs"], "log": ["log2", "log10", "log1p", "exp"], "sum": ["mean", "max", "prod"],
    "max": ["min", "mean", "sum"], "min": ["max", "mean"], "mean": ["sum", "max", "std"], "all": ["any"],
    "argmax": ["argmin"], "allclose": ["array_equal"], "isclose": ["equal"], "log_softmax": ["softmax"],
    "softmax": ["log_softmax"], "logaddexp": ["add", "maximum"], "eye": ["ones"],
}  # fmt: skip


def mutants(function):
    """The source of the function with one small thing changed, in every way above."""
    source = textwrap.dedent(inspect.getsource(function))
    for at, node in enumerate(ast.walk(ast.parse(source))):
        for change in changes(node):
            mutant = ast.parse(source)
            change(list(ast.walk(mutant))[at])
            yield ast.unparse(ast.fix_missing_locations(mutant))


def changes(node):
    """Functions that each change one thing of a node."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.BoolOp)):
        yield from (functools.partial(put, "op", new()) for new in SWAPS.get(type(node.op), []))
    if isinstance(node, ast.Compare):
        yield from (functools.partial(put, "ops", [new()]) for new in SWAPS.get(type(node.ops[0]), []))
    if isinstance(node, ast.BinOp):
        yield functools.partial(swap, "left", "right")
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        new = (
            [not node.value]
            if isinstance(node.value, bool)
            else [node.value + 1, node.value - 1, -node.value]
        )
        yield from (functools.partial(put, "value", value) for value in new)
    for attribute in ("attr", "id"):
        yield from (functools.partial(put, attribute, n) for n in NAMES.get(getattr(node, attribute, ""), []))
    if isinstance(node, ast.Call):
        yield from (functools.partial(drop, "keywords", i) for i in range(len(node.keywords)))
        yield from (functools.partial(drop, "args", i) for i in range(len(node.args)))
    if isinstance(node, ast.FunctionDef):
        yield from (functools.partial(drop, "body", i) for i in range(len(node.body) - 1))


def put(attribute, value, node):
    setattr(node, attribute, value)


def swap(one, other, node):
    left, right = getattr(node, one), getattr(node, other)
    setattr(node, one, right)
    setattr(node, other, left)


def drop(attribute, i, node):
    del getattr(node, attribute)[i]


def outputs(function, inputs):
    """What comes out on each input, one at a time: an array, or the type of an error."""
    for args in inputs:
        with quiet():
            outcome = attempt(function, args)
        yield outcome.error.type if outcome.error else np.asarray(outcome.value)


def differ(a, b):
    """Whether one output is another, beyond the rounding of a float."""
    if isinstance(a, str) or isinstance(b, str):
        return not (isinstance(a, str) and isinstance(b, str) and a == b)
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return True
    return (
        not np.allclose(a, b, rtol=1e-10, atol=1e-11, equal_nan=True)
        if a.dtype.kind == "f"
        else (a != b).any()
    )


@pytest.mark.parametrize("name, function", SOLUTIONS)
def test_no_mutant_that_changes_an_output_passes(name, function, hurry, monkeypatch):
    monkeypatch.setenv(SEED, "0")
    asked = EXERCISES[name]
    monkeypatch.setattr(asked, "mistakes", [])  # what the message would be takes time
    several = [args for seed in range(3) for args in asked.inputs(seed).all]  # more than one run sees
    right = list(outputs(function, several))
    caught = 0
    for source in mutants(function):
        space = dict(function.__globals__)
        exec(source, space)
        mutant = space[function.__name__]
        if goes_wrong(asked, mutant) or not asked(mutant).passed:
            caught += 1
        else:
            assert not any(map(differ, outputs(mutant, several), right)), source
    assert caught >= 2


def goes_wrong(asked, function):
    """Whether any answer is wrong. Then the check has to fail, as the next test shows; this is faster."""
    inputs = asked.inputs(0)
    with quiet():
        wanted = [np.asarray(asked.reference(*args)) for args in inputs.all]
        trial = Trial(asked, inputs.all, len(inputs.ordinary), wanted, None)
        calls = (trial.is_right(i, attempt(function, args)) for i, args in enumerate(inputs.all))
        try:
            return limits.limited(lambda: not all(calls), 0.2)
        except limits.TooSlow:
            return True


@pytest.mark.parametrize("name", EXERCISES)
def test_a_single_wrong_answer_never_passes(name, monkeypatch):
    asked = EXERCISES[name]
    monkeypatch.setenv(SEED, "0")
    inputs = asked.inputs(0).all
    with quiet():
        wanted = [asked.reference(*args) for args in inputs]
    for i in (0, len(inputs) - 1):
        pairs = zip(inputs, wanted, strict=True)
        other = next(args for args, want in pairs if not np.array_equal(want, wanted[i]))
        calls = itertools.count()

        def once_wrong(*args, i=i, other=other, calls=calls):
            return asked.reference(*(other if next(calls) == i else args))

        assert not asked(once_wrong).passed


# States


def test_untouched_stub_is_told_what_to_do():
    def stub(z):
        """Shape (n, k) -> (n, k)."""
        ...

    def reminder(z):
        raise NotImplementedError

    for nothing in (stub, reminder, lambda z: ..., lambda z: None, ..., None):
        result = check.softmax(nothing)
        assert (result.state, result.mistake, result.points) == ("not attempted", None, 0)
        assert "Replace the dots" in result.message


def test_work_that_is_not_returned_is_no_stub():
    def forgets(z):
        softmax(z)

    def prints(z):
        print(softmax(z))

    assert check.softmax(forgets).mistake == "returns_none"
    assert check.softmax(prints).mistake == "prints"


def test_error_is_shown_with_input_and_line():
    def broken(z):
        z = z + 1
        return z.softmax()

    result = check.softmax(broken)
    assert (result.state, result.mistake) == ("raised", "raises")
    assert "AttributeError: 'numpy.ndarray' object has no attribute 'softmax'" in result.message
    assert ": return z.softmax()" in result.message and "0.1 -2." in result.message


def test_line_is_the_students_and_not_numpys():
    def inner(z):
        return np.concatenate([z, "a", None])

    assert ": return np.concatenate(" in check.softmax(inner).message


def test_wrong_number_of_arguments_shows_how_it_is_called():
    result = check.temperature(lambda z: z)
    assert result.state == "raised" and "`my_temperature(z, T)`" in result.message


def test_called_function_is_told_to_leave_the_parentheses_out():
    assert check.softmax(softmax(np.zeros(3))).mistake == "not_a_function"


def test_exit_becomes_a_message():
    assert check.softmax(lambda z: sys.exit(3)).mistake == "exits"


def test_types_and_shapes_are_told_apart():
    assert check.softmax(lambda z: softmax(z).tolist()).mistake == "returns_a_list"
    assert "a tuple does not add" in check.softmax(lambda z: tuple(softmax(z))).text
    assert check.softmax(lambda z: {"p": softmax(z)}).mistake == "type"
    assert check.softmax(lambda z: softmax(z).astype(object)).mistake == "type"
    assert check.softmax(lambda z: softmax(z)[..., :1]).mistake == "shape"
    assert check.cross_entropy(lambda z, y: [z[0, y[0]]]).mistake == "type"
    assert check.predict(lambda z: z.argmax(-1).astype(str)).mistake == "type"


def test_lost_digits_are_noticed():
    assert check.softmax(lambda z: softmax(z).astype(np.float32)).mistake == "returns_float32"
    assert check.softmax(lambda z: softmax(z).astype(np.float32).astype(float)).mistake == "rounds"
    assert check.softmax(lambda z: np.round(softmax(z), 4)).mistake == "rounds"
    for digits, words in ((1, "1 digit "), (2, "2 digits "), (3, "3 digits ")):
        assert (
            f"rounded your answer to {words}"
            in check.softmax(lambda z, d=digits: np.round(softmax(z), d)).text
        )
    assert "largest difference" in check.softmax(lambda z: np.round(softmax(z), 9)).message


# Time


def forever(z):
    while True:
        pass


def test_endless_loop_is_stopped(hurry):
    result = check.softmax(forever)
    assert (result.state, result.mistake) == ("too slow", "too_slow") and "0.1 -2." in result.message
    assert check.softmax(softmax).passed


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer")
def test_alarm_leaves_timer_and_handler_as_they_were(hurry):
    handler = signal.getsignal(signal.SIGALRM)
    check.softmax(forever)
    time.sleep(0.1)  # an alarm that still rings would end the process
    assert signal.getsignal(signal.SIGALRM) is handler and signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize("timer", [True, False])
def test_stop_button_still_works(timer, monkeypatch):
    monkeypatch.setattr(
        "backstage.calling.log.SECONDS", 60
    )  # so that nothing else ends it, on a machine however busy
    if not timer:
        monkeypatch.delattr(signal, "setitimer", raising=False)
    threading.Timer(0.1, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        check.softmax(forever)


# Fooling oneself


@pytest.mark.parametrize(
    "name, wrong",
    [("exp", np.exp2), ("allclose", lambda *a, **k: True), ("asarray", lambda x: x), ("isfinite", np.isnan)],
)
def test_numpy_is_put_back(name, wrong, monkeypatch):
    own = getattr(np, name)
    monkeypatch.setattr(np, name, wrong)
    result = check.softmax(lambda z: z)
    assert result.mistake == "redefined_numpy" and f"np.{name}" in result.message
    assert getattr(np, name) is own and check.softmax(softmax).passed


def test_numpy_is_put_back_when_the_function_itself_assigns():
    def assigns(z):
        np.allclose = lambda *a, **k: True
        np.random.default_rng = None
        return z

    result = check.softmax(assigns)
    assert result.mistake == "redefined_numpy" and "np.random.default_rng" in result.message
    assert check.softmax(softmax).passed and not check.softmax(lambda z: z).passed


def test_changed_input_is_noticed_and_harms_nobody():
    def in_place(z):
        z -= z.max(axis=-1, keepdims=True)
        return softmax(z)

    before = inputs.BATCH.copy()
    result = check.softmax(in_place)
    assert result.mistake == "changes_its_input" and "own z." in result.message
    assert "z         [[ 0.1 -2.   3.4  3.3]" in result.message
    assert "z after   [[-3.3 -5.4  0.  -0.1]" in result.message
    assert np.array_equal(inputs.BATCH, before)

    def labels_in_place(z, y):
        y[:] = 0
        return 0.0

    assert check.cross_entropy(labels_in_place).mistake == "changes_its_input"


def test_cached_answers_do_not_pass():
    by_shape, first = {}, []

    def remembers_shapes(z):
        return by_shape.setdefault(z.shape, softmax(z))

    def remembers_everything(z):
        first.append(softmax(z))
        return first[0]

    assert not check.softmax(remembers_shapes).passed
    assert not check.softmax(remembers_everything).passed


def test_state_between_calls_does_not_pass():
    calls, buffers = [], {}

    def gets_worse(z):
        calls.append(z)
        return softmax(z) * (1 if len(calls) <= len(check.softmax.inputs(0).all) else 2)

    def one_buffer_a_shape(z):
        out = buffers.setdefault(z.shape, np.empty(z.shape))
        out[...] = softmax(z)
        return out

    assert check.softmax(gets_worse).mistake == "keeps_state"
    assert check.softmax(one_buffer_a_shape).mistake == "keeps_state"


def test_calls_are_repeated_in_reverse_order():
    calls = []
    check.softmax(lambda z: calls.append(z) or softmax(z))
    for first, again in zip(calls, reversed(calls), strict=True):
        assert np.array_equal(first, again)


def test_random_answers_do_not_pass():
    rng = np.random.default_rng(0)
    assert not check.is_distribution(lambda p: rng.random(p.shape[:-1]) < 0.5).passed


def test_answers_learned_by_heart_do_not_pass():
    """All inputs of one run are known, and their answers with them: the next run has others."""
    known = {}

    def spy(z):
        known[z.tobytes()] = softmax(z)
        return softmax(z)

    check.softmax(spy)
    assert not check.softmax(lambda z: known.get(z.tobytes(), z)).passed


def test_the_hidden_seed_alone_decides_the_fresh_inputs(monkeypatch):
    def seen():
        inputs = []
        np.random.seed(0)  # the student's
        check.softmax(lambda z: inputs.append(z.copy()) or softmax(z))
        return np.concatenate([z.ravel() for z in inputs])

    assert not np.array_equal(seen(), seen())
    monkeypatch.setenv(SEED, "7")
    seven = seen()
    assert np.array_equal(seven, seen())
    monkeypatch.setenv(SEED, "8")
    assert not np.array_equal(seven, seen())


# One road: a function, a log of plain data, a verdict


def parts_of(data):
    if isinstance(data, dict):
        return [part for pair in data.items() for one in pair for part in parts_of(one)]
    return [part for one in data for part in parts_of(one)] if isinstance(data, (list, tuple)) else [data]


def fails_somewhere(z):
    if z.ndim == 1:
        raise ValueError("no batch")
    return {"a dict": z}


@pytest.mark.parametrize(
    "function", [softmax, fails_somewhere, forever, np.exp, 7, lambda z: [[z], (z,), np.exp]]
)
def test_a_log_holds_plain_data_and_is_all_that_the_verdict_needs(function, hurry):
    asked = check.softmax.inputs(0)
    log = run(function, asked)
    plain = (np.ndarray, int, float, str, bool, type(None))
    assert all(type(part) in plain for part in parts_of(dataclasses.asdict(log)))
    elsewhere = pickle.loads(pickle.dumps(log))
    assert repr(judge(check.softmax, asked, elsewhere)) == repr(judge(check.softmax, asked, log))


def test_entries_of_a_list_are_shown_as_numbers():
    assert "np.float64" not in check.softmax(lambda z: [*softmax(z).ravel()]).message


def test_a_newer_version_that_did_not_define_the_function_is_told():
    first = 'def my_softmax(z):\n    """Probabilities from scores."""\n    return z\n'
    space = {"In": ["", first]}
    linecache.cache["<cell>"] = (len(first), None, first.splitlines(True), "<cell>")
    exec(compile(first, "<cell>", "exec"), space)
    now = "check.softmax(my_softmax)"
    for later, stale in [
        ([], False),
        (["my_softmax(BATCH)"], False),
        ([first.replace("return z", "return z +")], True),
        ([first.replace("my_softmax", "my_softmx")], True),
        ([first.replace("return z", "return z +"), first], False),
    ]:
        space["In"] = ["", first, *later, now]
        assert ("of an earlier run" in check.softmax(space["my_softmax"]).text) is stale


# After the check


def in_a_lesson(code):
    """What the code defines last, where a lesson's code runs."""
    space = {"__name__": "__main__", "np": np, "numerics": numerics, "functools": functools}
    exec(code, space)
    return list(space.values())[-1]


OWN = "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
BORROWED = [
    ("softmax", "softmax", "f = lambda z: numerics.softmax(z)"),
    ("softmax", "softmax", "f = numerics.softmax"),
    ("softmax", "softmax", "f = functools.partial(numerics.softmax, axis=-1)"),
    ("softmax", "softmax", "from helpers.numerics import softmax as other\ndef f(z): return other(z)"),
    ("log_softmax", "log_softmax", "f = lambda z: 1 * numerics.log_softmax(z)"),
    ("sigmoid", "sigmoid", OWN + "def f(x): return sigmoid(x)"),
    ("sigmoid", "sigmoid", OWN + "other = sigmoid\ndef f(x): return other(x)"),
    ("sigmoid", "scipy.special.expit", "from scipy.special import expit\nf = lambda x: expit(x)"),
    ("sigmoid", "scipy.special.expit", "import scipy.special\nf = scipy.special.expit"),
    ("softmax", "scipy.special.softmax", "import scipy.special as s\nf = lambda z: s.softmax(z, axis=-1)"),
    ("kl", "scipy.special.rel_entr", "import scipy.special as s\nf = lambda q, p: s.rel_entr(q, p).sum()"),
    ("temperature", "softmax", "f = lambda z, T: numerics.softmax(z, temperature=T)"),
    ("cross_entropy", "cross_entropy", "f = lambda z, y: numerics.cross_entropy(z, y).mean()"),
]  # fmt: skip


@pytest.mark.parametrize("name, borrowed, code", BORROWED)
def test_a_function_that_does_the_whole_task_is_right_and_has_no_points(name, borrowed, code):
    result = EXERCISES[name](in_a_lesson(code))
    assert (result.passed, result.borrowed, result.points) == (True, borrowed, 0), result
    assert f"`{borrowed}` does the whole task" in result.text and "A model solution" not in str(
        result.details
    )
    assert f'data-borrowed="{borrowed}"' in result._repr_html_()


def test_the_lessons_own_function_under_another_name_is_borrowed():
    space = {"__name__": "__main__", "np": np}
    linecache.cache["<own>"] = len(OWN), None, OWN.splitlines(True), "<own>"
    exec(compile(OWN, "<own>", "exec"), space)
    assert check.sigmoid(space["sigmoid"]).borrowed == "sigmoid"


@pytest.mark.parametrize(
    "name, function",
    [
        ("temperature", lambda z, T: numerics.softmax(z / T)),
        ("log_softmax", lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True)),
        ("perplexity", lambda z, y: np.exp(numerics.cross_entropy(z, y).mean())),
        ("surest", lambda z, c: numerics.log_softmax(z)[:, c].argmax()),
    ],
)
def test_a_function_that_does_a_part_is_not_borrowed(name, function):
    result = EXERCISES[name](function)
    assert (result.borrowed, result.points) == (None, result.out_of)


def test_a_borrowed_answer_does_not_take_points_away(fresh):
    fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    fresh._remember(dataclasses.replace(fresh.best, borrowed="ratio"), run(np.exp, fresh.inputs(0)))
    assert fresh.best.points == 1


def test_a_name_that_is_nearly_the_one_asked_for_is_told():
    stub = in_a_lesson("def my_log_softmax(z): ...\ndef my_softmx(z): return z\ndef my_softmax(z): ...")
    wrong = in_a_lesson("def my_logsumexp(z): ...\ndef my_softmx(z): ...\ndef my_softmax(z): return z")
    right = in_a_lesson(
        "def my_softmx(z): ...\ndef my_softmax(z): return np.exp(z - np.logaddexp.reduce(z, -1)[..., None])"
    )
    assert check.softmax(stub).text.startswith("You defined `my_softmx`")
    assert check.softmax(wrong).text.startswith("You defined `my_softmx` too; this is about `my_softmax`.")
    assert "my_softmx" not in check.softmax(right).text
    assert (
        "You defined"
        not in check.softmax(in_a_lesson("def my_log_softmax(z): ...\ndef my_softmax(z): return z")).text
    )


def test_a_wrong_try_says_where_hints_answer_and_progress_are(fresh):
    said = [repr(fresh(lambda z, i, j, x=x: x)) for x in (1.0, 2.0, 3.0)]
    assert "`check.ratio.answer()` shows a model solution after 2 more different tries." in said[0]
    assert "after 1 more different try." in said[1] and "shows a model solution now." in said[2]
    assert all("`check.ratio.hint()`" in text and "`check.progress()`" in text for text in said)
    assert "check.progress()" in fresh(lambda z, i, j: 1.0)._repr_html_()


@pytest.fixture
def fresh(monkeypatch):
    """An exercise that nobody has tried."""
    monkeypatch.setattr(check.ratio, "_tries", set())
    monkeypatch.setattr(check.ratio, "best", None)
    return check.ratio


def test_hints_are_folded_under_a_wrong_answer_and_the_solution_under_a_right_one():
    wrong, right = check.softmax(np.exp)._repr_html_(), check.softmax(written)._repr_html_()
    assert (
        wrong.count("<details><summary>Hint ") == len(check.softmax.hints) and "A model solution" not in wrong
    )
    assert "<summary>A model solution</summary><pre>def my_softmax(z):" in right
    assert "<summary>An answer to Think on</summary>" in right and "Hint" not in right


def test_the_answer_is_shown_after_three_different_tries(fresh):
    tries = [lambda z, i, j: 1.0, lambda z, i, j: 2.0, lambda z, i, j: z[i]]
    for function in [*tries[:2], tries[0], lambda z, i, j: ..., lambda z, i, j: None]:
        fresh(function)
        assert "So far: " in fresh.answer() and "return" not in fresh.answer()
    fresh(tries[2])
    assert "return np.exp(z[i] - z[j])" in fresh.answer()


def test_the_answer_is_shown_after_a_right_one(fresh):
    fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    assert fresh.think in fresh.answer() and "return" in fresh.answer()


def test_without_the_folder_of_answers_the_check_says_who_has_them(fresh, monkeypatch, tmp_path):
    monkeypatch.setattr("backstage.checks.exercise.ANSWERS", tmp_path)
    monkeypatch.delitem(vars(fresh), "_answer", raising=False)
    result = fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    assert "Your instructor has" in result._repr_html_() and "Your instructor has" in fresh.answer()
    monkeypatch.delitem(vars(fresh), "_answer", raising=False)


def test_progress_is_a_table_of_the_best_results_of_a_lesson(monkeypatch):
    for name in check:
        monkeypatch.setattr(EXERCISES[name], "best", None)
    assert repr(check.progress()) == "Nothing checked yet."
    check.softmax(written)
    check.softmax(np.exp)
    check.logsumexp(lambda: 0)
    check.logsumexp(np.exp)  # the last of the wrong ones
    lines = repr(check.progress()).splitlines()
    assert [line.split()[0] for line in lines] == ["softmax", "logsumexp", "log_softmax", "together"]
    assert lines[0].endswith("✓ Right               2 of 2") and lines[-1].endswith("2 of 7")
    assert lines[1].endswith("✗ Not yet             0 of 2")
    assert check.progress()._repr_html_().count("<tr>") == 5


def test_dropped_docstrings_are_told_at_import():
    command = [sys.executable, "-OO", "-c", "from helpers import check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode and run.stderr.splitlines()[-1].startswith("ImportError: what the checks say")


# What is shown


def test_nothing_reaches_the_screen(capfd):
    def noisy(z):
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        np.log(-1.0)
        return softmax(z)

    check.softmax(noisy)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("state", ["not attempted", "wrong", "raised", "too slow", "right"])
def test_every_state_has_a_sign_and_a_word_of_its_own(state, hurry):
    function = {
        "not attempted": ..., "wrong": np.exp, "raised": lambda: 0, "too slow": forever, "right": softmax
    }[state]  # fmt: skip
    result = check.softmax(function)
    sign, word, _ = LOOKS[state]
    assert result.state == state
    assert repr(result).startswith(f"{sign} {word}: softmax, {result.points} of 2 points\n\n{result.message}")
    assert f"{sign} {word}: softmax" in result._repr_html_()
    assert all(len({look[i] for look in LOOKS.values()}) == len(LOOKS) for i in (0, 1))


def test_html_escapes_what_a_student_wrote():
    def raises(z):
        raise ValueError("<script>")

    html = check.softmax(raises)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<pre>" in html


def test_under_nbgrader_the_text_is_the_points(monkeypatch):
    right, wrong, stub = check.softmax(written), check.softmax(np.exp), check.softmax(...)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert [float(repr(result)) for result in (right, wrong, stub)] == [2, 0, 0]
    assert "<strong>" in wrong._repr_html_()


def test_hints_come_one_at_a_time_and_hold_no_code():
    for name, asked in EXERCISES.items():
        assert 2 <= len(asked.hints) <= 3, name
        shown = [repr(asked.hint()) for _ in range(len(asked.hints) + 1)]
        assert shown[0].startswith("Hint 1 of") and shown[-1] == shown[-2] != shown[0]
        assert not any(code in hint for hint in shown for code in ("np.", "axis=", "keepdims"))


def test_checks_load_no_pictures_and_no_widgets():
    code = "import sys; from exercises import check; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "scipy"}
    assert "numpy" in loaded
