"""Wrong answers of lessons 06 to 10 that public code holds, and what has to be told of each."""

import numpy as np
import pytest

from exercises.pieces import batch_shifted, naive, softmax
from helpers import check


def hot(z, y):
    return np.eye(z.shape[1])[y]


def shifted_jacobian(center):
    def jacobian(z):
        p = naive(z - center(z))
        return np.diag(p) - np.outer(p, p)

    return jacobian


def with_constant(eps):
    return lambda z, y, T: (softmax(z / T) + eps - hot(z, y)) / T / len(z)


def two_factors(z, y, T):
    p, q = softmax(z / T), hot(z, y)
    true = (p * q).sum(axis=1, keepdims=True)
    return true / (true + 1e-12) * (p - q) / T / len(z)


def measured_without_shift(z, y, T, h=1e-5):
    def loss(z):
        return -np.log(naive(z / T)[np.arange(len(y)), y]).mean()

    nudges = h * np.eye(z.size).reshape(-1, *z.shape)
    return np.array([loss(z + d) - loss(z - d) for d in nudges]).reshape(z.shape) / (2 * h)


def sample_scaled(std_of):
    return lambda train, new: (new - train.mean(axis=0)) / std_of(train.std(axis=0, ddof=1))


def refuses_at_least(p):
    return lambda z, t: np.where(p(z).max(axis=1) >= t, z.argmax(axis=1), -1)


def refuses_below(p, best=None):
    return lambda z, t: np.where(p(z).max(axis=1) < t, -1, (best or (lambda z: z))(z).argmax(axis=1))


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


def visible_alone(f):
    """Weights by a function of the visible scores of one row."""

    def padded(z, lengths):
        weights = np.zeros(z.shape)
        for i, n in enumerate(lengths):
            weights[i, :n] = f(z[i, :n]) if n else 0
        return weights

    return padded


def rescaled(softmax, eps):
    def padded(z, lengths):
        weights = softmax(z) * visible(z, lengths)
        return weights / (weights.sum(axis=1, keepdims=True) + eps)

    return padded


def sink_and_mean(z):
    z = np.hstack([z, np.zeros((len(z), 1))])
    return naive(z - z.mean(axis=1, keepdims=True))[:, :-1]


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


CODES = [
    ("jacobian", "shifts_by_the_mean", shifted_jacobian(np.mean)),
    ("jacobian", "shifts_by_the_minimum", shifted_jacobian(np.min)),
    ("jacobian", "unstable", shifted_jacobian(lambda z: z[-1])),
    ("jacobian", "unstable", shifted_jacobian(lambda z: abs(z).max())),
    ("jacobian", "measured", lambda z: np.round(check.jacobian.reference(z), 8)),
    ("cooled_gradient", "measured", with_constant(1e-12)),
    ("cooled_gradient", "measured", with_constant(1e-9)),
    ("cooled_gradient", "rounds", two_factors),
    ("cooled_gradient", "rounds", measured_without_shift),
    ("scaled", "sample_deviation", sample_scaled(lambda std: std)),
    ("scaled", "sample_deviation", sample_scaled(lambda std: std + 1e-8)),
    ("scaled", "sample_deviation", sample_scaled(lambda std: np.where(std == 0, 1, std))),
    *(("refusing", "never_shifts", f(naive)) for f in (refuses_at_least, refuses_below)),
    *(("refusing", "one_maximum_for_all", f(batch_shifted)) for f in (refuses_at_least, refuses_below)),
    ("refusing", "never_shifts", refuses_below(naive, naive)),
    ("refusing", "one_maximum_for_all", refuses_below(batch_shifted, batch_shifted)),
    ("counts", "unknown_is_the_last_word", row_by_row(unique)),
    ("counts", "unknown_is_the_first_word", row_by_row(lambda r, d: np.bincount(r.clip(0), minlength=d))),
    ("counts", "first_word_lost", row_by_row(lambda row, d: np.bincount(row[row > 0], minlength=d))),
    ("counts", "unknown_in_the_row_before", one_index_for_all),
    ("group_accuracy", "in_order_of_appearance", by_dictionary),
    ("group_accuracy", "sorted_by_accuracy", lambda *args: np.sort(accuracies(*args))),
    ("group_accuracy", "per_cent", lambda *args: 100 * accuracies(*args)),
    ("group_accuracy", "divided_by_the_first_group",
     lambda z, y, group: np.bincount(group, weights=z.argmax(axis=1) == y) / (group == 0).sum()),
    ("causal", "hides_itself", causal(lambda z, ones: np.where(np.triu(ones) == 1, -1e9, z))),
    ("causal", "hides_itself", causal(lambda z, ones: z - 1e4 * np.triu(ones))),
    ("causal", "mask_turned_around", causal(lambda z, ones: np.where(np.tril(ones) == 1, -1e9, z))),
    ("causal", "mask_turned_around", causal(lambda z, ones: z - 1e9 * np.tril(ones))),
    ("padded", "shifts_by_the_mean", visible_alone(lambda row: naive(row - row.mean()))),
    ("padded", "shifts_by_the_minimum", visible_alone(lambda row: naive(row - row.min()))),
    ("padded", "rescales_too_late", rescaled(softmax, 1e-13)),
    ("padded", "rescales_too_late", rescaled(naive, 1e-6)),
    *(("padded", "equal_shares_for_an_empty_row",
       lambda z, n, low=low: softmax(np.where(visible(z, n), z, low))) for low in (-1e6, -1e7, -1e9)),
    ("padded", "hides_too_little",
     lambda z, n: softmax(np.where(visible(z, n), z, -1e6)) * (n > 0)[:, None]),
    ("sink", "shifts_by_the_mean", sink_and_mean),
    ("sink", "overflows_at_1000", lambda z: np.exp(z) / (np.exp(z).sum(axis=1, keepdims=True) + 1 + 1e-6)),
    ("running", "rounds", lambda z: np.log(np.cumsum(np.exp(z)) + 1e-10)),
    ("combine", "minus_inf_minus_minus_inf", merges_pairs),
    ("combine", "minus_inf_minus_minus_inf", merges_online),
]  # fmt: skip


@pytest.mark.parametrize("name, mistake, function", CODES)
def test_public_code_of_later_lessons_is_told_what_is_wrong_in_it(name, mistake, function):
    result = getattr(check, name)(function)
    assert (result.passed, result.mistake) == (False, mistake), result


def test_what_is_called_close_is_close_in_what_is_shown():
    running = check.running(lambda z: np.log(np.cumsum(np.exp(z)) + 1e-10))
    assert "far off on extreme ones" in running.text and "largest difference" in running.message
    measured = check.cooled_gradient(with_constant(1e-9)).message
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
