"""Every promise of helpers.numerics, where it can be against mpmath at 60 digits."""

import re
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks import numerics as benchmark
from conftest import ROOT
from helpers.numerics import cross_entropy, entropy, log_softmax, logsumexp, one_hot, softmax
from oracle import exact, peak_bytes, ulps

inf, nan = np.inf, np.nan
bounded = settings(max_examples=100, derandomize=True, deadline=None, database=None)


def rows_of(largest, **kinds):
    """Rows of logits of every size up to `largest`, often with ties, with a mask, or all far from 0."""
    number = (
        st.floats(-largest, largest, **kinds) | st.floats(-2, 2, **kinds) | st.sampled_from([-inf, 0.0, 1.0])
    )
    row = st.lists(number, min_size=1, max_size=6).filter(lambda z: max(z) > -inf)
    offset = st.sampled_from([0, 0, 0, -largest / 2, largest])
    return st.tuples(row, offset).map(lambda parts: np.add(*parts))


def worst(results, answers):
    return max(ulps(got, true) for got, true in zip(results, answers, strict=True))


def loss_of_every_class(z):
    return cross_entropy(np.tile(z, (z.size, 1)), np.arange(z.size))


# Accuracy


def assert_right(z, ulp):
    """Softmax, log-softmax and the loss of each class are within so many ulps of the 60-digit answer."""
    places, log_p, p, _ = exact(z)
    assert worst(softmax(z)[places], p) <= ulp
    assert worst(log_softmax(z)[places], log_p) <= ulp
    assert worst(loss_of_every_class(z)[places], [-v for v in log_p]) <= ulp


@bounded
@given(rows_of(1500))
@example(np.array([-711.1, -712.3]))  # exp is subnormal, short of digits
@example(np.array([-500.1, -1200.3]))  # exp is 0, though the ratio is not
@example(np.array([-0.3, -700.1]))  # subtracting the maximum would round, in either way
@example(np.array([-3.1, -705.3]))
@example(np.array([511.9, -150.3]))
def test_float64_is_right_to_4_ulp_where_the_maximum_is_below_512(z):
    assert_right(z - max(0, np.floor(z.max()) - 500), ulp=4)


@bounded
@given(rows_of(1500))
@example(np.array([712.3, 711.1]))  # exp overflows
@example(np.array([1000.3, 290.3]))
@example(np.array([900.3, 195.7, 200.1]))
def test_above_512_the_subtraction_of_the_maximum_is_all_that_rounds(z):
    gap = min(z.max() - z[z > -inf].min(), 745)  # beyond, exp is 0
    assert_right(z, ulp=4 + np.spacing(gap) / np.finfo(float).eps)


@bounded
@given(rows_of(300, width=32))
def test_float32_is_right_to_8_ulp(z):
    z = z.astype(np.float32)
    assert_right(z, ulp=8)  # NumPy's exp alone may be 2.5 off in float32


@bounded
@given(rows_of(300, width=16))
def test_float16_is_rounded_once(z):
    z = z.astype(np.float16)
    assert_right(z, ulp=0.51)


@bounded
@given(rows_of(1500))
def test_logsumexp_is_right_to_20_ulp_of_its_larger_part(z):
    true = exact(z)[3]
    parts = np.spacing([abs(z.max()), abs(float(true - z.max()))])  # they may cancel, as in log(1/2 + 1/2)
    error = abs(float(logsumexp(z) - true))
    assert error <= 20 * parts.max()  # 2 as a rule; with a maximum near 1e-15 the rounding of z - m shows


@bounded
@given(rows_of(30, width=32))
def test_float32_logsumexp_is_rounded_once_even_near_0(z):
    z = z.astype(np.float32) - np.float32(np.log(z.size))
    assert worst([logsumexp(z)], [exact(z)[3]]) <= 0.51


# Values

ONE = softmax([1.0, 0.0])
EXACT = [
    *((softmax, ([3, 3, 1], -1, T), [0.5, 0.5, 0]) for T in (1e-3, 1e-300, 5e-324)),  # ties share
    (softmax, ([3, 7, 1, 1], -1, 1e300), [0.25] * 4),
    (softmax, ([1e308, -1e308], -1, 1e-300), [1, 0]),
    (softmax, (np.array([1, 255], np.uint8),), softmax([1.0, 255.0])),
    (cross_entropy, (np.array([1, 255], np.uint8), 0), 254),
    (softmax, (np.zeros(10**5, np.float16),), np.full(10**5, np.float16(1e-5))),
    (logsumexp, (np.zeros(10**5, np.float16),), np.float16(np.log(1e5))),
    (logsumexp, ([[-inf, -inf], [inf, 0], [inf, -inf], [inf, inf]],), [-inf, inf, inf, inf]),
    (cross_entropy, ([1000.0, 0.0], 1), 1000),  # -log(p + 1e-12) stops at 27.63
    (entropy, ([0.0, 1.0],), 0),
    (one_hot, ([], 3), np.zeros((0, 3))),
    (cross_entropy, (np.zeros((0, 3)), []), np.zeros(0)),
]
NEAR = [
    *((cross_entropy, (z, 0), 1.9287498479639178e-22) for z in ([50.0, 0.0], [1050.0, 1000.0])),
    (log_softmax, ([50.0, 0.0],), [-1.9287498479639178e-22, -50]),
    (logsumexp, ([0.0, -50.0],), 1.9287498479639178e-22),
    (softmax, ([1e308, -1e308], -1, 1e307), softmax([10, -10])),
    (softmax, ([1e308, -1e308], -1, 1e308), softmax([1, -1])),
    *((softmax, ([2.0, 0.0], -1, T), ONE) for T in (2, 2.0, np.float32(2), np.int8(2), np.array(2))),
    (softmax, ([2.0, 0.0], -1, Fraction(2)), ONE),
    (softmax, ([2.0**64, 0.0], -1, 2**64), ONE),
    (softmax, ([2**53, 2**53 - 1],), ONE),
    (softmax, ([1e300, 1],), [1, 0]),
    (softmax, ([1e300, 1, -inf],), [1, 0, 0]),
    (entropy, (np.full((2, 8), 1 / 8),), np.log([8, 8])),
]


@pytest.mark.parametrize("f, arguments, wanted, rtol", [(*x, 0) for x in EXACT] + [(*x, 1e-15) for x in NEAR])
def test_value(f, arguments, wanted, rtol):
    got = f(*arguments)
    assert np.shape(got) == np.shape(wanted)
    np.testing.assert_allclose(got, wanted, rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_sums_of_many_large_logits_do_not_overflow(dtype):
    limit = np.log(np.finfo(dtype).max)
    for largest in (limit - 7, limit - 1, limit, limit + 1, 2 * limit, *1.5 * 2.0 ** np.arange(8, 80)):
        z = np.full(1000, largest, dtype)
        np.testing.assert_allclose(softmax(z), 1e-3, rtol=1e-5)
        np.testing.assert_allclose(log_softmax(z), -np.log(1000), rtol=1e-5)
        assert cross_entropy(z, 0) == -log_softmax(z)[0]


# No library is more accurate, and SciPy is not smaller. What they do stands in the benchmarks' tables.

TABLES = (ROOT / "tests/benchmarks/README.md").read_text(encoding="utf-8")
CELL = r" (\S+) / \S+ \|"
LINE = re.compile(r"^\| (float\d\d) \| (\w+) \| (\w+) \|" + 4 * CELL, re.MULTILINE)


@cache
def our_errors(dtype):
    ours = {"helpers": benchmark.helpers_code()}
    with np.errstate(over="ignore"):  # 1e8 is inf in float16
        return {key[:2]: max(errors) for key, errors in benchmark.measured(ours, dtype).items()}


@pytest.mark.parametrize("dtype", benchmark.DTYPES)
def test_no_library_is_more_accurate_by_more_than_2_ulp(dtype):
    lines = [line for line in LINE.findall(TABLES) if line[0] == dtype]
    assert len(lines) == 16
    for _, function, logits, _, *libraries in lines:
        assert our_errors(dtype)[function, logits] <= min(map(float, libraries)) + 2, (function, logits)


@pytest.mark.parametrize("dtype, off", [(np.float16, 1e-2), (np.float32, 1e-4), (np.float64, 1e-6)])
def test_probabilities_may_miss_a_sum_of_1_by_what_their_type_rounds_off(dtype, off):
    for share in (-0.5, 0.5):
        entropy(np.array([0.5, 0.5 + share * off], dtype))
    for share in (-2, 2):
        with pytest.raises(ValueError, match="sum to 1"):
            entropy(np.array([0.5, 0.5 + share * off], dtype))


@pytest.mark.parametrize("function", ["softmax", "log_softmax", "cross_entropy"])
@pytest.mark.parametrize("logits", ["mild", "wide", "long"])
def test_float64_is_right_to_4_ulp_on_the_logits_of_the_benchmark(function, logits):
    assert our_errors("float64")[function, logits] <= 4


@pytest.mark.parametrize("offset", [0, -1000, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_is_at_most_that_of_scipy(dtype, offset):
    z, y = np.random.default_rng(0).normal(offset, 3, (1000, 200)).astype(dtype), np.zeros(1000, int)
    # What SciPy 1.17 allocates: so many arrays as large as z, beside some with one number a row.
    arrays = {softmax: 2, log_softmax: 3, logsumexp: 5, cross_entropy: 3}
    for f, scipy in arrays.items():
        arguments = (z, y) if f is cross_entropy else (z,)
        assert peak_bytes(lambda f=f, arguments=arguments: f(*arguments)) < (scipy + 0.1) * z.nbytes


# What changes the answer, and what does not


@pytest.mark.parametrize("top", [0.0, 1.3, 500.0])
def test_a_row_that_exp_can_take_goes_into_it_as_it_is(top):
    """As lesson 02 says of float64."""
    z = top - np.array([0.0, 0.1, 1.7, 3.3])
    assert np.array_equal(softmax(z), np.exp(z) / np.exp(z).sum())


@bounded
@given(rows_of(100), st.sampled_from([-1e8, -1000.0, 1000.0, 1e8]))
def test_shift_leaves_softmax_unchanged(z, c):
    shifted = z + c
    z = shifted - c  # what the sum kept of z
    np.testing.assert_allclose(softmax(shifted), softmax(z), rtol=2e-15)
    np.testing.assert_allclose(log_softmax(shifted), log_softmax(z), rtol=2e-15)
    np.testing.assert_allclose(logsumexp(shifted), logsumexp(z) + c, rtol=1e-15)


def test_rows_do_not_see_each_other():
    z = np.array([[1000.0, 1001, 999], [-2000, -2001, -1999], [0.5, 0.25, -1], [3, -inf, 0], [-700, 0, 1]])
    for f in (softmax, log_softmax, logsumexp, lambda z: cross_entropy(z, np.full(z.shape[:-1], 2))):
        np.testing.assert_allclose(f(z), [f(row) for row in z], rtol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_axis_is_the_axis_of_the_classes(axis):
    rng = np.random.default_rng(0)
    z = 30 * rng.normal(size=(2, 3, 4))
    last = np.moveaxis(z, axis, -1)
    y = rng.integers(0, last.shape[-1], last.shape[:-1])
    for f in (softmax, log_softmax):
        np.testing.assert_allclose(np.moveaxis(f(z, axis=axis), axis, -1), f(last), rtol=1e-14)
    for got, expected in (
        (logsumexp(z, axis=axis), logsumexp(last)),
        (cross_entropy(z, y, axis=axis), cross_entropy(last, y)),
        (entropy(softmax(z, axis=axis), axis=axis), entropy(softmax(last))),
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_floats_come_back_in_their_own_type(dtype):
    z = np.array([[1, 2, 3], [0, -inf, 5]], dtype)
    for result in (softmax(z), log_softmax(z), logsumexp(z), cross_entropy(z, [0, 0]), entropy(softmax(z))):
        assert result.dtype == dtype
    assert softmax(z, temperature=2).dtype == dtype
    assert logsumexp(z[0]).dtype == dtype


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int16, np.int32, np.int64, np.uint64, list])
def test_lists_booleans_and_integers_are_computed_in_float64(dtype):
    z = [[0, 1, 1], [1, 0, 0]] if dtype is list else np.array([[0, 1, 1], [1, 0, 0]], dtype)
    expected = np.array([[0.0, 1, 1], [1, 0, 0]])
    more = [lambda z: cross_entropy(z, [1, 2]), lambda z: softmax(z, -1, 0.5)]
    for f in [softmax, log_softmax, logsumexp, *more]:
        np.testing.assert_array_equal(f(z), f(expected), strict=True)


def test_one_row_gives_a_number_and_no_rows_give_none():
    for f in (logsumexp, lambda z: cross_entropy(z, 1)):
        assert isinstance(f([1.0, 2.0]), np.float64)
    none = np.zeros((0, 3))
    assert softmax(none).shape == log_softmax(none).shape == (0, 3)
    assert logsumexp(none).shape == cross_entropy(none, np.zeros(0, int)).shape == entropy(none).shape == (0,)


def test_inputs_never_change():
    for z in ([1.0, 2.0, 3.0], [1e3, 2.0, -1e3], [-inf, -5.0, -1e3]):
        z, y = np.array(z), np.array(1)
        kept = z.copy()
        z.flags.writeable = y.flags.writeable = False  # so that writing raises
        results = softmax(z), softmax(z, temperature=3), log_softmax(z), logsumexp(z), cross_entropy(z, y)
        assert not any(np.shares_memory(result, z) for result in results)
        np.testing.assert_array_equal(z, kept)


# Limits


def test_masked_classes_get_exactly_0():
    z = np.array([[-inf, 1.0, 2.0], [1000.0, -inf, -inf], [-1000.0, -inf, -1000.0]])
    np.testing.assert_array_equal(softmax(z) == 0, np.isneginf(z))
    np.testing.assert_array_equal(np.isneginf(log_softmax(z)), np.isneginf(z))
    np.testing.assert_array_equal(softmax(z[0, 1:]), softmax(z)[0, 1:])
    assert cross_entropy(z[0], 0) == inf
    assert cross_entropy(z[1], 0) == 0


def test_differences_too_large_for_the_type_are_infinite():
    for dtype in (np.float16, np.float32, np.float64):
        z = np.array([1, -1], dtype) * np.finfo(dtype).max
        np.testing.assert_array_equal(softmax(z), [1, 0])
        np.testing.assert_array_equal(log_softmax(z), [0, -inf])
        assert cross_entropy(z, 1) == inf


@bounded
@given(rows_of(100), st.floats(0.01, 100))
def test_temperature_divides_the_logits(z, T):
    np.testing.assert_allclose(softmax(z, temperature=T), softmax(z / T), rtol=1e-11)


def test_no_result_is_minus_0():
    small = np.float16([10.9, -17.3])  # its loss rounds to 0
    alone = [log_softmax([5.0]), log_softmax([5.0, -inf]), log_softmax(small), cross_entropy(small, 0)]
    sums = [logsumexp([-0.0]), logsumexp([-0.0, -inf]), cross_entropy([800.0, 0.0], 0)]
    for result in [*alone, *sums, entropy([1, 0]), entropy([1.0000001, 0])]:
        assert not np.signbit(np.max(result))
    np.testing.assert_allclose(log_softmax(small), [0, -28.2], rtol=1e-3)


def test_nothing_raises_where_a_caller_has_numpy_raise():
    z, subnormal = [0.0, -800.0, -740.0], [1 - 1e-320, 1e-320]
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(softmax(z), [1, 0, softmax([0.0, -740.0])[1]])
        np.testing.assert_array_equal(softmax(z, temperature=1e-300), [1, 0, 0])
        np.testing.assert_allclose(log_softmax(z), z, atol=1e-300)
        np.testing.assert_array_equal(logsumexp([[0.0, -800.0], [inf, -inf]]), [0, inf])
        assert cross_entropy(z, 1) == 800
        assert cross_entropy(np.float16([0, -65504]), 1) == 65504
        assert 0 < entropy(subnormal) < 1e-316
        np.testing.assert_allclose(softmax(np.float16([0, -17])), [1, 6e-8], rtol=0.1)


# Entropy and one-hot


@bounded
@given(rows_of(50))
def test_entropy_is_the_average_surprise(z):
    z = np.unique(z)  # so that exact gives every class
    _, log_p, p, _ = exact(z)
    true = -sum(a * b for a, b in zip(p, log_p, strict=True) if a)
    np.testing.assert_allclose(float(entropy(softmax(z))), float(true), rtol=1e-13, atol=1e-15)


def test_entropy_takes_what_softmax_gives_in_every_type():
    for dtype in (np.float16, np.float32, np.float64, np.longdouble):
        p = softmax((3 * np.random.default_rng(0).normal(size=(20, 1000))).astype(dtype))
        assert (entropy(p) > 1).all()
    from_float32 = softmax(np.zeros(1000, np.float32)).astype(np.float64)
    np.testing.assert_allclose(entropy(from_float32), np.log(1000))


def test_entropy_of_float16_is_rounded_once():
    p = softmax(np.random.default_rng(0).normal(size=(50, 1000)).astype(np.float16))
    np.testing.assert_array_equal(entropy(p), entropy(p.astype(np.float32)).astype(np.float16))


@bounded
@given(
    st.integers(1, 9).flatmap(lambda k: st.tuples(st.lists(st.integers(0, k - 1), min_size=1), st.just(k)))
)
def test_one_hot_is_undone_by_argmax(labels_and_k):
    y, k = labels_and_k
    hot = one_hot(y, k)
    assert hot.dtype == np.float64 and hot.shape == (len(y), k)
    np.testing.assert_array_equal(hot.argmax(-1), y)
    np.testing.assert_array_equal(hot.sum(-1), 1)


def test_cross_entropy_is_the_same_for_one_hot_labels():
    z, y = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])
    np.testing.assert_allclose(cross_entropy(z, y), -(one_hot(y, 4) * log_softmax(z)).sum(-1))


# Whatever has no answer is refused, and the message helps

z23 = np.zeros((2, 3))


class OfSeveral:
    """A pandas Series or a tensor of two numbers: NumPy reads it, and its comparisons have no truth value."""

    def __array__(self, dtype=None, copy=None):
        return np.array([2.0, 3.0])

    def __ne__(self, other):
        raise ValueError("The truth value of a Series is ambiguous.")

    __eq__ = __lt__ = __gt__ = __ne__


REFUSED = [
    (softmax, ([1, nan],), ValueError, "NaN"),
    (softmax, ([[1, 2], [nan, -inf]],), ValueError, r"NaN \(row 1\)"),
    (softmax, ([nan, -inf],), ValueError, "NaN$"),
    (softmax, (np.where(np.arange(24).reshape(2, 3, 4) == 22, nan, 0),), ValueError, "row 1, 2"),
    (softmax, ([1, inf],), ValueError, r"\+inf"),
    (softmax, ([-inf, -inf],), ValueError, "nothing but -inf: leave at least one class"),
    (softmax, ([[1, 2], [-inf, -inf]],), ValueError, "row 1"),
    (logsumexp, ([1, nan],), ValueError, "NaN"),
    (logsumexp, ([inf, nan],), ValueError, "NaN"),
    (softmax, (5.0,), ValueError, "no axis -1"),
    (softmax, ([1.0], 1), ValueError, "no axis 1"),
    (softmax, ([1.0], None), TypeError, "integer"),
    (softmax, ([],), ValueError, "no classes"),
    (softmax, (np.zeros((3, 0)),), ValueError, "no classes"),
    (softmax, ([[1, 2], [3]],), ValueError, "inhomogeneous"),
    (softmax, ([1j],), TypeError, "real numbers"),
    (softmax, (["1", "2"],), TypeError, "real numbers"),
    (softmax, ([1, None],), TypeError, "real numbers"),
    (softmax, (np.array(["2020-01-01"], "M8[D]"),), TypeError, "real numbers"),
    (softmax, (np.ma.array([1, 2], mask=[0, 1]),), TypeError, r"filled\(-np.inf\)"),
    (softmax, ([2**53 + 1, 0],), ValueError, r"2\*\*53"),
    (softmax, ([-(2**53) - 1, 0],), ValueError, r"2\*\*53"),
    (softmax, (np.array([2**64 - 1], np.uint64),), ValueError, r"2\*\*53"),
    (softmax, ([2**63 + 1, 2**63, 0],), ValueError, r"2\*\*53"),  # NumPy makes floats of this list
    (softmax, ([2**53 + 1, 0.5],), ValueError, r"2\*\*53"),
    (softmax, ([np.uint64(2**64 - 1), np.int64(0)],), ValueError, r"2\*\*53"),
    (softmax, ([Fraction(1, 2), 1],), TypeError, "of a NumPy type, not object"),
    (softmax, (np.zeros(2, "V2"),), TypeError, r"not .*; try astype\(float\)"),  # as bfloat16
    (softmax, ([1, 2], -1, 0), ValueError, "argmax"),
    (softmax, ([1, 2], -1, -1), ValueError, "positive and finite in float64, not -1.0$"),
    (softmax, ([1, 2], -1, nan), ValueError, "finite in float64, not nan$"),
    (softmax, ([1, 2], -1, inf), ValueError, "finite in float64, not inf$"),
    (softmax, ([1, 2], -1, 10**400), ValueError, "finite in float64, not inf$"),
    (softmax, ([1, 2], -1, True), TypeError, "one real number, not bool"),
    (softmax, ([1, 2], -1, False), TypeError, "one real number, not bool"),
    (softmax, ([1, 2], -1, None), TypeError, "one real number, not NoneType"),
    (softmax, ([1, 2], -1, np.ma.array(2.0, mask=True)), TypeError, "temperature is a masked array"),
    (softmax, ([1, 2], -1, OfSeveral()), TypeError, "one real number, not OfSeveral"),
    (softmax, (np.float32([1, 2]), -1, 1e-300), ValueError, "float32"),
    (softmax, (np.float32([1, 2]), -1, 1e300), ValueError, "float32"),
    (softmax, ([1, inf], -1, 2), ValueError, r"\+inf"),
    (softmax, ([1, 2], -1, [1, 2]), TypeError, "one real number"),
    (softmax, ([1, 2], -1, np.array([1.0, 2.0])), TypeError, "one real number"),
    (softmax, ([1, 2], -1, "2"), TypeError, "one real number"),
    (softmax, ([1, 2], -1, 1j), TypeError, "one real number"),
    (cross_entropy, (z23, [0, 3]), ValueError, "3 is not one of 3 classes"),
    (cross_entropy, (z23, [0, -1]), ValueError, "-1 is not one of 3 classes"),
    (cross_entropy, (z23, [0.0, 1.0]), TypeError, r"astype\(int\)"),
    (cross_entropy, (z23, [True, False]), TypeError, "integers"),
    (cross_entropy, (z23, ["cat", "dog"]), TypeError, "integers"),
    (cross_entropy, (z23, np.ma.array([0, 1], mask=[0, 1])), TypeError, "masked"),
    (cross_entropy, (z23, np.eye(3)[:2]), ValueError, "argmax"),
    (cross_entropy, (z23, 0), ValueError, r"shape \(2,\)"),
    (cross_entropy, (z23, [0]), ValueError, r"shape \(2,\)"),
    (cross_entropy, (z23, [[0], [1]]), ValueError, r"shape \(2,\)"),
    (cross_entropy, ([1, nan], 0), ValueError, "NaN"),
    (entropy, ([0.1, 0.3, 0.7],), ValueError, "sum to 1"),
    (entropy, ([1.5, -0.5],), ValueError, "0 or more"),
    (entropy, ([nan, 1],), ValueError, "0 or more"),
    (entropy, ([inf, -inf],), ValueError, "0 or more"),
    (entropy, ([1e308, 1e308],), ValueError, "sum to 1"),
    (entropy, ([[0.5, 0.5], [2, 3]],), ValueError, r"softmax\(z\) \(row 1\)"),
    (one_hot, ([3], 3), ValueError, "3 is not one of 3 classes"),
    (one_hot, ([-1], 3), ValueError, "-1 is not"),
    (one_hot, ([1.0], 3), TypeError, "integers"),
    (one_hot, ([1], 3.0), TypeError, "integer"),
    (one_hot, ([], -1), ValueError, "1 or more, not -1"),
    (one_hot, ([0], 0), ValueError, "1 or more, not 0"),
    (one_hot, (np.zeros(0, int), 0), ValueError, "1 or more"),
]


@pytest.mark.parametrize(("f", "arguments", "error", "message"), REFUSED)
def test_what_has_no_answer_is_refused_with_the_reason(f, arguments, error, message):
    with pytest.raises(error, match=message):
        f(*arguments)


@pytest.mark.parametrize("z", [case[1][0] for case in REFUSED if case[0] is softmax and len(case[1]) == 1])
def test_what_softmax_refuses_all_refuse(z):
    for f in (log_softmax, lambda z: cross_entropy(z, np.zeros(np.shape(z)[:-1], int))):
        with pytest.raises((ValueError, TypeError)):
            f(z)
