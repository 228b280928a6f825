"""Every known mistake gets its own message, and wrong answers that others wrote are told what they missed."""

import functools
import json
import math
import re

import numpy as np
import pytest

from backstage.checks.exercise import exercise
from exercises import inputs, pieces
from exercises.pieces import softmax
from helpers import check, numerics
from right_answers import EXERCISES


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


# Wrong answers from elsewhere, and the mistake that they have to be told. None: only that it is wrong.


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


P = softmax(np.array([0.1, -2.0, 3.4, 3.3])).astype(np.float32)
WRONG = [
    # Of two mistakes the one is told that a batch of ordinary scores shows.
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
    # In the words of a cold reader.
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
    # In public code.
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


@pytest.mark.parametrize("name, mistake, function", WRONG)
def test_wrong_answer_is_told_what_it_missed(name, mistake, function):
    result = EXERCISES[name](function)
    assert (result.passed, result.mistake) == (False, mistake), result


def test_evidence_is_an_input_where_the_difference_can_be_seen():
    def capped(z, y):
        return -np.log(true(softmax(z), y) + 1e-12).mean()

    message = check.cross_entropy(capped).message  # on ordinary inputs it is 1e-12 off
    assert "2000." in message and "expected  1000.2" in message and "yours     14.0" in message
