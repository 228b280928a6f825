"""Lesson 10's own functions, taken from its cells, against a second road: helpers.numerics."""

import functools
import timeit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers.numerics import cross_entropy, logsumexp

NOTHING = (-np.inf, 0.0)
bounded = settings(max_examples=100, derandomize=True, deadline=None, database=None)


SCORES = st.one_of(st.floats(-1000, 1000), st.just(-np.inf), st.floats(-3, 3))
ROWS = arrays(np.float64, st.integers(1, 12), elements=SCORES)
MATRICES = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=SCORES)


def log_of(pair):
    m, s = pair
    with np.errstate(divide="ignore"):  # log(0) is -inf, which is right for a row of nothing but -inf
        return m + np.log(s)


def agree(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-14, atol=1e-13)


@bounded
@given(row=ROWS)
def test_scores_merged_one_by_one_give_logsumexp_after_each(lesson, row):
    """A score is the pair (score, 1), and nothing read is (-inf, 0), also where rows begin with -inf."""
    pair = NOTHING
    for i, score in enumerate(row):
        pair = lesson["merge"](pair, (score, 1.0 if score > -np.inf else 0.0))
        agree(log_of(pair), logsumexp(row[: i + 1]))


@bounded
@given(row=arrays(np.float64, st.integers(1, 12), elements=st.floats(-1000, 1000)))
def test_step_is_merge_as_long_as_scores_are_finite(lesson, row):
    pair = functools.reduce(lesson["step"], row, NOTHING)
    agree(log_of(pair), logsumexp(row))


@bounded
@given(z=MATRICES, data=st.data())
def test_pieces_merge_in_any_split_and_order(lesson, z, data):
    cuts = data.draw(st.lists(st.integers(1, z.shape[1]), max_size=5).map(sorted))
    pieces = [piece for piece in np.split(z, cuts, axis=-1) if piece.shape[1]]
    shuffled = data.draw(st.permutations(pieces))
    pair = functools.reduce(lesson["merge"], map(lesson["summary"], shuffled))
    agree(log_of(pair), logsumexp(z))


@bounded
@given(z=MATRICES, data=st.data())
def test_halves_merge_alike_from_either_side_and_in_any_tree(lesson, z, data):
    merge, summary = lesson["merge"], lesson["summary"]
    i, j = sorted(data.draw(st.tuples(*[st.integers(1, z.shape[1])] * 2)))
    a, b, c = [summary(x) if x.shape[1] else NOTHING for x in np.split(z, [i, j], axis=-1)]
    np.testing.assert_array_equal(merge(a, b), merge(b, a))
    np.testing.assert_array_equal(merge(a, NOTHING), np.broadcast_to(a, np.shape(merge(a, NOTHING))))
    agree(log_of(merge(merge(a, b), c)), log_of(merge(a, merge(b, c))))


@bounded
@given(data=st.data(), parts=st.integers(1, 12))
def test_loss_in_chunks_is_cross_entropy(lesson, data, parts):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(parts, 14)))
    z = data.draw(arrays(np.float64, shape, elements=st.floats(-100, 100)))
    y = data.draw(arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1)))
    np.testing.assert_allclose(lesson["loss"](z, y, parts), cross_entropy(z, y), atol=1e-12)


def test_loss_of_features_is_the_loss_of_their_scores(lesson):
    X, W, y = lesson["X"], lesson["W"], lesson["y"]
    np.testing.assert_allclose(lesson["loss_from"](X, W, y, 16), cross_entropy(X @ W, y), atol=1e-4)


def test_every_softmax_of_the_lesson_is_the_same(lesson):
    few = lesson["z"][:5]
    for name, rest in {"in_place": (), "gathered": (2,), "filled": (2,)}.items():
        np.testing.assert_array_equal(lesson[name](few, *rest), lesson["plain"](few))


@pytest.mark.parametrize(
    "name, parts, sizes",
    [
        ("plain", None, 3), ("in_place", None, 1),
        ("gathered", 1, 3), ("gathered", 2, 2), ("gathered", 32, 2),
        ("filled", 1, 4), ("filled", 32, 1 + 3 / 32), ("loss", 1, 2), ("loss", 32, 2 / 32),
    ],
)  # fmt: skip
def test_peaks_that_the_answers_name(lesson, name, parts, sizes):
    few, y = lesson["few"], lesson["y"][:32]
    arguments = [few] + [y] * (name == "loss") + [parts] * (parts is not None)
    assert abs(lesson["peak"](lesson[name], *arguments, size=few.nbytes) - sizes) <= 0.02


def test_megabytes_that_the_prose_names(lesson):
    z, y = lesson["z"], lesson["y"]
    assert round(lesson["peak"](lesson["plain"], z, size=1e6)) == 98
    assert round(lesson["peak"](lesson["loss"], z, y, 1, size=1e6), 1) == 65.5
    assert round(lesson["peak"](lesson["loss"], z, y, 125, size=1e6), 2) == 0.55


def test_a_row_that_begins_with_minus_inf_spoils_a_step_and_not_a_summary(lesson):
    padded = np.array([-np.inf, 1.0])
    with np.errstate(invalid="ignore"):
        assert np.isnan(functools.reduce(lesson["step"], padded, NOTHING)[1])
    agree(log_of(lesson["summary"](padded)), 1.0)


def test_eleven_of_32000_scores_in_random_order_are_new_maxima(lesson):
    assert round(sum(1 / i for i in range(1, 32001))) == 11
    z = lesson["z"][:, ::-1]
    new = np.diff(np.maximum.accumulate(z, axis=-1)) > 0
    assert abs(1 + new.sum(axis=-1).mean() - 11) < 1  # the standard error is 0.2


def test_float32_keeps_fewer_digits_of_exp_below_minus_87(lesson):
    assert round(float(np.log(np.finfo(np.float32).tiny)), 1) == -87.3


def test_batches_of_long_rows_save_no_time_to_speak_of(lesson):
    """Measured at 0.9 to 1.03; the limit is for machines that do something else at the same time."""
    times = [
        min(timeit.repeat(lambda f=f: f(lesson["z"][:64]), number=1, repeat=5))
        for f in (lesson["one_by_one"], lesson["plain"])
    ]
    assert times[0] < 3 * times[1]
