"""Wrong answers that others wrote, in the words of readers and in public code, are told what they missed."""

import functools
import math

import numpy as np
import pytest

from exercises.pieces import naive, one_hot, pick, softmax
from helpers import check, numerics
from right_answers import EXERCISES


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


def last_of_q(p, q):
    p = p[p != 0]
    return (p * np.log(p / q[-len(p) :])).sum()


def three_forms(probabilities, logs):
    return lambda x: "probabilities" if probabilities(x) else "log-probabilities" if logs(x) else "logits"


def loss(z, y):
    return -pick(numerics.log_softmax(z), y)


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


def of_a_batch(z, y):
    f = z - z.max()
    return (np.log(np.exp(f).sum(axis=1)) - f[range(len(y)), y]).mean()


def clipped_kl(q, p, eps=1e-12):
    q, p = np.clip(q, eps, 1), np.clip(p, eps, 1)
    return (q * np.log(q / p)).sum()


def yes_or_no(z, y):
    p = softmax(z)
    return -(one_hot(z, y) * np.log(p) + (1 - one_hot(z, y)) * np.log(1 - p))


def slope_of_yes_or_no(z, y):
    p, q = softmax(z), one_hot(z, y)
    return -q / p + (1 - q) / (1 - p)


def any_entry(x):
    return (x >= 0).any()


def shifted_jacobian(center):
    def jacobian(z):
        p = naive(z - center(z))
        return np.diag(p) - np.outer(p, p)

    return jacobian


def two_factors(z, y, T):
    p, q = softmax(z / T), one_hot(z, y)
    true = (p * q).sum(axis=1, keepdims=True)
    return true / (true + 1e-12) * (p - q) / T / len(z)


def measured_without_shift(z, y, T):
    return slope(lambda z: -np.log(pick(naive(z / T), y)).mean(), z)


def sample_scaled(std_of):
    return lambda train, new: (new - train.mean(axis=0)) / std_of(train.std(axis=0, ddof=1))


def row_by_row(f):
    """Counts of each message by a function of one row and d."""
    return lambda places, d: np.array([f(row, d) for row in places])


def unique(row, d):
    counts = np.zeros(d)
    values, n = np.unique(row, return_counts=True)
    counts[values] = n
    return counts


def one_index_for_all(places, d):
    counts = np.zeros(len(places) * d)
    np.add.at(counts, (places + d * np.arange(len(places))[:, None]).ravel(), 1)
    return counts.reshape(-1, d)


def accuracies(z, y, group):
    return check.group_accuracy.reference(z, y, group)


def by_dictionary(z, y, group):
    rows = {}
    for best, label, g in zip(z.argmax(axis=1), y, group, strict=True):
        rows.setdefault(g, []).append(best == label)
    return np.array([np.mean(row) for row in rows.values()])


def causal(hide):
    """Attention with a function of the scores and of a table of ones that hides some of them."""
    return lambda Q, K, V: softmax(hide(Q @ K.T / np.sqrt(Q.shape[1]), np.ones((len(Q), len(Q))))) @ V


def visible(z, lengths):
    return np.arange(z.shape[1]) < lengths[:, None]


def rescaled(softmax, eps):
    def padded(z, lengths):
        weights = softmax(z) * visible(z, lengths)
        return weights / (weights.sum(axis=1, keepdims=True) + eps)

    return padded


def merges_pairs(outputs, lse):
    whole, s = outputs[:, 0], lse[:, 0]
    for block, t in zip(outputs[:, 1:].swapaxes(0, 1), lse[:, 1:].T, strict=True):
        whole = whole - (1 / (1 + np.exp(s - t)))[:, None] * (whole - block)
        s = s + np.logaddexp(0, t - s)
    return whole


def merges_online(outputs, lse):
    m, s, whole = np.full(len(lse), -np.inf), 0, 0
    for block, t in zip(outputs.swapaxes(0, 1), lse.T, strict=True):
        M = np.maximum(m, t)
        old, new = np.exp(m - M), np.exp(t - M)
        whole, s, m = whole * old[:, None] + block * new[:, None], s * old + new, M
    return whole / s[:, None]


def shifted_by_the_mean(z, y):
    e = np.exp(z - z.mean(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return -(np.eye(z.shape[-1])[y] * np.log(p)).sum(axis=-1).mean()


P = softmax(np.array([0.1, -2.0, 3.4, 3.3])).astype(np.float32)
# An exercise, the mistake that has to be told (None: only that it is wrong), and a function.
WRONG = [
    # Of two mistakes the one is told that a batch of ordinary scores shows.
    ("softmax", "one_row_fails", lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
    ("softmax", "never_exponentiates", lambda z: z / z.sum(axis=1, keepdims=True)),
    ("softmax", "down_the_columns", lambda z: np.exp(z) / np.exp(z).sum(axis=0)),
    ("temperature", "multiplies", lambda z, T: looped(lambda row: softmax(row * T))(z)),
    ("cross_entropy", "no_minus", lambda z, y: -loss(z, y).sum()),
    # Two that explain every digit, nan included: the mean as shift, and 0 times log 0.
    ("cross_entropy", "shifts_by_the_mean", shifted_by_the_mean),
    ("cross_entropy", "down_the_columns", lambda z, y: -pick(np.log(softmax(z.T).T), y).sum()),
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
    ("softmax", "ties_left_out", lambda z: np.exp(log1p_softmax(z))),
    ("softmax", "unstable", in_80_bits),
    ("softmax", "drops_the_axis", shift_lost),
    ("softmax", "drops_the_axis", sum_lost),
    ("softmax", "drops_the_axis", functools.partial(shift_lost, kept=False)),
    ("softmax", "one_row_fails", looped(lambda row: np.exp(row) / np.exp(row).sum())),
    ("softmax", "returns_none", lambda z: z.sort()),
    ("logsumexp", "ties_left_out", lambda z: (z - log1p_softmax(z))[..., 0]),
    ("logsumexp", "best_counts_twice", lambda z: (z - log1p_softmax(z, lambda d: d > 0))[..., 0]),
    ("log_softmax", "drops_the_axis", lambda z: np.log(sum_lost(z))),
    ("log_softmax", "maxima_of_the_columns", lambda z: np.log(softmax(z - z.max(axis=0)))),
    ("log_softmax", "shift_on_one_side", lambda z: numerics.log_softmax(z) - z.max(axis=-1, keepdims=True)),
    ("log_softmax", "epsilon_in_the_logarithm", lambda z: np.log(softmax(z) + 2.2e-16)),
    ("log_softmax", "unstable", lambda z: np.where(softmax(z) > 0, np.log(softmax(z)), 0)),
    ("one_hot", "label_i_meets_class_i", lambda y, k: y == np.arange(k)),
    ("one_hot", "every_label_for_every_row", ones_in_all_rows),
    ("one_hot", "identity", lambda y, k: np.eye(len(y), k)),
    ("cross_entropy", "log_twice", lambda z, y: -np.log(pick(numerics.log_softmax(z), y)).mean()),
    ("cross_entropy", "p_and_y_exchanged", lambda z, y: -np.log(np.eye(z.shape[1])[y]).sum() * z.max()),
    ("cross_entropy", "epsilon_in_the_logarithm", lambda z, y: -np.log(pick(softmax(z), y) + 1e-300).mean()),
    ("kl", "unstable", last_of_q),
    ("kl", "unstable", lambda p, q: 0 if (p == 0).any() else (p * np.log(p / q)).sum()),
    ("kl", "unstable", lambda p, q: (np.where(p > 0, p, 1) * np.log(np.where(p > 0, p, 1) / q)).sum()),
    ("temperature", "scores_as_probabilities", lambda z, T: z / T),
    ("entropy", "one_answer_for_all", lambda p: -(p[p > 0] * np.log(p[p > 0])).sum()),
    ("entropy", "one_row_fails", looped(lambda row: -(row * np.log(row)).sum())),
    ("reheat", "impossible_becomes_likely", lambda p, T: softmax(np.log(np.where(p > 0, p, 1)) / T)),
    ("reheat", "impossible_becomes_possible", lambda p, T: softmax(np.log(p + 1e-300) / T)),
    ("predict", "majority", lambda z: np.argmax(softmax(z) > 0.5, axis=-1)),
    ("which", "signs_alone", three_forms(lambda x: (x >= 0).all(), lambda x: (x <= 0).all())),
    ("which", "exact_sum_alone", three_forms(lambda x: all_1(x), lambda x: all_1(np.exp(x)))),
    ("which", "misspells", lambda x: "probability" if x.min() >= 0 else "logits"),
    ("which", "one_row_fails", lambda x: str(check.which.reference(x)) if x.sum(axis=1).all() else ""),
    ("surest", "lead_over_the_others_best", lambda z, c: (z[:, c] - np.delete(z, c, 1).max(axis=1)).argmax()),
    ("surest", "compares_logits", lambda z, c: softmax(z[:, c]).argmax()),
    ("gradient", "measured", lambda z, y: slope(lambda s: loss(s, y).mean(), z)),
    ("gradient", "without_1_over_n", lambda z, y: slope(lambda s: loss(s, y).sum(), z)),
    ("gradient", "down_the_columns", lambda z, y: softmax(z.T).T - np.eye(z.shape[1])[y]),
    # In public code.
    ("predict", "sum_of_ties", lambda z: (z == z.max(-1, keepdims=True)) @ np.arange(z.shape[-1])),
    ("predict", "last_of_ties", lambda z: np.argsort(z, axis=-1, kind="stable")[..., -1]),
    ("cross_entropy", "never_shifts", lambda z, y: -(one_hot(z, y) * np.log(naive(z))).sum() / len(y)),
    ("softmax", None, by_rows(lambda row: with_math(row) + 0.1)),  # raises, but on extremes alone
    ("softmax", "never_shifts", by_rows(with_math)),
    ("kl", "zero_times_log_of_zero", lambda q, p: sum(a * math.log(a / p[i]) for i, a in enumerate(q))),
    ("perplexity", "log_after_softmax", lambda z, y: 2 ** -np.mean([*map(math.log2, pick(softmax(z), y))])),
    ("cross_entropy", "one_maximum_for_all", of_a_batch),
    ("entropy", "adds_a_constant", lambda p: -(np.clip(p, 1e-12, 1) * np.log(np.clip(p, 1e-12, 1))).sum(-1)),
    ("kl", "adds_a_constant", clipped_kl),
    ("softmax", "over_the_whole_batch", lambda z: shares(z).astype(np.float32)),
    ("softmax", "down_the_columns", lambda z: np.round(softmax(z.T).T, 8)),
    ("cross_entropy", "adds_the_other_classes", lambda z, y: yes_or_no(z, y).sum()),
    ("cross_entropy", "adds_the_other_classes", lambda z, y: yes_or_no(z, y).mean()),
    ("gradient", "slope_of_yes_or_no_losses", slope_of_yes_or_no),
    ("cross_entropy", "logsumexp_for_every_class",
     lambda z, y: -(one_hot(z, y) * z - numerics.logsumexp(z)[:, None]).sum() / len(y)),
    ("sigmoid", "powers_of_another_base", lambda x: 1 / (1 + 10**-x)),
    ("ratio", "softmax_of_one_score", lambda z, i, j: softmax(z[i : i + 1])[0] / softmax(z[j : j + 1])[0]),
    ("ratio", "rounds", lambda z, i, j: round(float(np.exp(z[i] - z[j])), 2)),
    ("which", "total_decides", three_forms(lambda x: x.sum() == 1, lambda x: np.exp(x).sum() == 1)),
    ("which", "sum_alone", three_forms(lambda x: any_entry(x) and sum_1(x), sum_1_of_exp)),
    # In public code, of lessons 06 to 10.
    ("jacobian", "shifts_by_the_mean", shifted_jacobian(np.mean)),
    ("jacobian", "shifts_by_the_minimum", shifted_jacobian(np.min)),
    ("jacobian", "unstable", shifted_jacobian(lambda z: z[-1])),
    ("jacobian", "measured", lambda z: np.round(check.jacobian.reference(z), 8)),
    ("cooled_gradient", "rounds", two_factors),
    ("cooled_gradient", "rounds", measured_without_shift),
    ("scaled", "sample_deviation", sample_scaled(lambda std: std)),
    ("scaled", "sample_deviation", sample_scaled(lambda std: std + 1e-8)),
    ("scaled", "sample_deviation", sample_scaled(lambda std: np.where(std == 0, 1, std))),
    ("counts", "unknown_is_the_last_word", row_by_row(unique)),
    ("counts", "unknown_is_the_first_word", row_by_row(lambda r, d: np.bincount(r.clip(0), minlength=d))),
    ("counts", "first_word_lost", row_by_row(lambda row, d: np.bincount(row[row > 0], minlength=d))),
    ("counts", "unknown_in_the_row_before", one_index_for_all),
    ("group_accuracy", "in_order_of_appearance", by_dictionary),
    ("group_accuracy", "sorted_by_accuracy", lambda *args: np.sort(accuracies(*args))),
    ("group_accuracy", "per_cent", lambda *args: 100 * accuracies(*args)),
    ("group_accuracy", "divided_by_one_number",
     lambda z, y, group: np.bincount(group, weights=z.argmax(axis=1) == y) / (group == 0).sum()),
    ("causal", "hides_itself", causal(lambda z, ones: np.where(np.triu(ones) == 1, -1e9, z))),
    ("causal", "hides_itself", causal(lambda z, ones: z - 1e4 * np.triu(ones))),
    ("causal", "mask_turned_around", causal(lambda z, ones: np.where(np.tril(ones) == 1, -1e9, z))),
    ("causal", "mask_turned_around", causal(lambda z, ones: z - 1e9 * np.tril(ones))),
    ("padded", "rescales_too_late", rescaled(softmax, 1e-13)),
    ("padded", "rescales_too_late", rescaled(naive, 1e-6)),
    ("padded", "equal_shares_for_an_empty_row", lambda z, n: softmax(np.where(visible(z, n), z, -1e6))),
    ("padded", "hides_too_little",
     lambda z, n: softmax(np.where(visible(z, n), z, -1e6)) * (n > 0)[:, None]),
    ("sink", "overflows_at_1000", lambda z: np.exp(z) / (np.exp(z).sum(axis=1, keepdims=True) + 1 + 1e-6)),
    ("running", "rounds", lambda z: np.log(np.cumsum(np.exp(z)) + 1e-10)),
    ("combine", "minus_inf_minus_minus_inf", merges_pairs),
    ("combine", "minus_inf_minus_minus_inf", merges_online),
]  # fmt: skip


@pytest.mark.parametrize("name, mistake, function", WRONG)
def test_wrong_answer_is_told_what_it_missed(name, mistake, function):
    result = EXERCISES[name](function)
    assert (result.passed, result.mistake) == (False, mistake), result


def test_evidence_is_an_input_where_the_difference_can_be_seen():
    def capped(z, y):
        return -np.log(pick(softmax(z), y) + 1e-12).mean()

    message = check.cross_entropy(capped).message  # on ordinary inputs it is 1e-12 off
    assert "2000." in message and "expected  1000.2" in message and "yours     14.0" in message


def test_what_is_called_close_is_close_in_what_is_shown():
    running = check.running(lambda z: np.log(np.cumsum(np.exp(z)) + 1e-10))
    assert "far off on extreme ones" in running.text and "largest difference" in running.message
    measured = check.cooled_gradient(
        lambda z, y, T: (softmax(z / T) + 1e-9 - one_hot(z, y)) / T / len(z)
    ).message
    assert "nan" not in measured and "largest difference" in measured


def test_bincount_of_unknown_words_gets_a_plain_sentence():
    result = check.counts(row_by_row(lambda row, d: np.bincount(row, minlength=d)))
    assert result.mistake == "raises" and "`np.bincount`" in result.text


FILLED = "sigmoid softmax logsumexp log_softmax temperature gradient jacobian weight_gradient"
FILLED += " cooled_gradient scaled causal padded sink running combine"


@pytest.mark.parametrize("name", FILLED.split())
def test_an_array_of_integers_that_is_filled_has_a_name(name):
    asked = getattr(check, name)
    like = {"weight_gradient": 1, "scaled": 1, "causal": 2}.get(name, 0)  # an argument of this shape

    def filled(*args):
        answer = asked.reference(*args)
        return np.asarray(answer).astype(np.asarray(args[like]).dtype)

    assert asked(filled).mistake == "keeps_integers"


def test_a_column_that_never_varies_is_only_shifted_whatever_its_mean_rounds_to():
    answer = {}
    exec(check.scaled._answer[1], {"np": np}, answer)
    for scaled in (check.scaled.reference, answer["my_scaled"]):
        for constant, n in ((0.1, 3), (0.7, 6), (1 / 3, 11)):
            away = scaled(np.full((n, 1), constant), np.array([[constant + 1]]))
            assert np.allclose(away, 1), (constant, n)
