"""Softmax, cross-entropy and their relatives: arrays in, arrays out, NumPy alone.

`z` holds logits: rows of k scores along `axis`. Logarithms are natural, so losses and entropies are in nats.

Integers, booleans and lists of them are computed in float64. Every float type comes back as itself, float16
computed in float32 and rounded once, at the end. A result too large for its type is inf. Inputs never change.
"""

import operator

import numpy as np


@np.errstate(over="ignore")  # what does not fit is inf
def softmax(z, axis=-1, temperature=1.0):
    """Probabilities from logits: p_i = exp(z_i / T) / sum_j exp(z_j / T). Shape (..., k) -> (..., k).

    A number subtracted from a whole row cancels in the quotient. It is chosen so that exp neither overflows
    nor fades to 0, and so that the subtraction rounds off nothing that shows. For most rows it is 0.
    A logit of -inf gets exactly 0. As T goes to 0, the largest logit takes all, and ties share it.

    ValueError: a row holds NaN or +inf, or only -inf; k is 0; T is not positive and finite.
    TypeError: z or T is not real numbers, or z is a masked array.
    Source: Blanchard, Higham and Higham 2021, doi:10.1093/imanum/draa038.

    >>> print(softmax([1000.0, 1000.0]))  # exp(1000) is inf, and inf / inf is nan
    [0.5 0.5]
    """
    z, dtype = _rows(z, axis)
    if isinstance(temperature, np.ndarray) or temperature != 1:
        z = _cooled(z, temperature, axis)
    p, _ = _exp(z, axis)
    p /= p.sum(axis=axis, keepdims=True)
    return p.astype(dtype, copy=False)


@np.errstate(over="ignore")
def log_softmax(z, axis=-1):
    """Log-probabilities from logits: log p_i = z_i - log sum_j exp(z_j), in nats. Shape (..., k) -> (..., k).

    ValueError and TypeError as softmax. Source: Blanchard, Higham and Higham 2021.

    >>> print(log_softmax([0.0, -750.0]))  # softmax gives [1, 0], and log(0) is -inf
    [   0. -750.]
    """
    z, dtype = _rows(z, axis)
    e, m, rest = _parts(z, axis)
    log_p = np.subtract(z, m, out=e)  # in the room of e, which has served
    log_p -= np.log1p(rest)
    return log_p.astype(dtype, copy=False)


@np.errstate(over="ignore")
def cross_entropy(z, y, axis=-1):
    """Each example's loss -log p_y, in nats, from logits z and class indices y. (..., k), (...) -> (...).

    The loss of a batch is the mean of these. If the true class has logit -inf, the loss is inf.

    ValueError: as softmax; a label is not 0 to k-1; y does not have the shape of z without `axis`.
    TypeError: as softmax; y is not integers. Source: Blanchard, Higham and Higham 2021, with log1p.

    >>> print(f"{cross_entropy([50.0, 0.0], 0):.4e}")  # 1 + exp(-50) rounds to 1, whose log is 0
    1.9287e-22
    """
    z, dtype = _rows(z, axis)
    y = _one_label_a_row(y, z, axis)
    _, m, rest = _parts(z, axis)
    return _one_a_row(m - np.take_along_axis(z, y, axis) + np.log1p(rest), axis, dtype)


@np.errstate(over="ignore", invalid="ignore")
def logsumexp(z, axis=-1):
    """The smooth maximum log sum_j exp(z_j), in nats. Shape (..., k) -> (...).

    The limits: a row with +inf gives +inf, a row of nothing but -inf gives -inf.
    ValueError: a row holds NaN; k is 0. TypeError as softmax. Source: Blanchard, Higham and Higham 2021.

    >>> print(f"{logsumexp([1000.0, 1000.0]):.3f}")  # exp(1000) is inf
    1000.693
    """
    z, dtype = _rows(z, axis)
    top, m = _max(z, axis)
    _refuse(np.isnan(m), axis, "z holds NaN")
    m = m.astype(np.promote_types(m.dtype, np.float64))  # m and the log may cancel: float32 is too short
    e = z.astype(m.dtype)
    e -= m
    rest = _sum_without(top, np.exp(e, out=e), axis)
    return _one_a_row(np.where(np.isinf(m), m, m + np.log1p(rest)), axis, dtype)


@np.errstate(over="ignore", invalid="ignore")  # whatever is inf or nan is refused
def entropy(p, axis=-1):
    """The average surprise -sum_i p_i log p_i of probabilities, in nats. Shape (..., k) -> (...).

    0 log 0 counts as 0, its limit. Source: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x.
    ValueError: a row has a negative or NaN, or does not sum to 1; k is 0. TypeError as softmax.

    >>> print(entropy([1.0, 0.0]))  # 0 * log(0) is nan
    0.0
    """
    p, dtype = _rows(p, axis, name="p")
    p = p.astype(_working_type(p), copy=False)
    tolerance = {2: 1e-2, 4: 1e-4}.get(dtype.itemsize, 1e-6)  # a float64 array has often been float32 before
    good = (p.min(axis=axis, keepdims=True) >= 0) & (abs(p.sum(axis=axis, keepdims=True) - 1) < tolerance)
    _refuse(~good, axis, "p must be 0 or more and sum to 1; if these are logits, pass softmax(z)")
    h = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=axis, keepdims=True)
    return _one_a_row(np.where(h > 0, h, 0), axis, dtype)  # rounding can leave -0.0, or less


def one_hot(y, k):
    """Class indices as rows of zeros with a single 1, in float64. Shape (...) -> (..., k).

    ValueError: a label is not 0 to k-1. TypeError: y or k is not integers.

    >>> print(one_hot([2, 0], 3))  # np.eye(3)[y] would take a label of -1 for class 2
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    y = _labels(y, operator.index(k))
    return (y[..., np.newaxis] == np.arange(k)).astype(np.float64)


# The arithmetic: exp of rows, shifted no further than they must be.


def _max(z, axis):
    """Where each row has its maximum, and the maximum, in the type that everything is computed in."""
    top = z.argmax(axis=axis, keepdims=True)
    return top, np.take_along_axis(z, top, axis).astype(_working_type(z))


def _exp(z, axis, m=None):
    """exp(z - c), and c: each row's shift, or 0 for all. m: the rows' maxima, if they are known."""
    d, c = z.astype(_working_type(z), copy=False), 0
    if not _fits(d, m):
        c = _shift(_max(d, axis)[1] if m is None else m, axis, z.shape[axis])
        d = np.subtract(d, c, out=None if d is z else d)
    return np.exp(d, out=None if d is z else d), c  # in place, but never in z


def _fits(z, m):
    """Whether exp(z) cannot overflow, and what it rounds to 0 is 0 beside exp(m) too."""
    limit = np.finfo(z.dtype).maxexp / 2  # 512 in float64: exp overflows at 710, fades below -708
    if m is None:
        return z.max(initial=0) < limit and z.min(initial=0) > -limit
    return m.max(initial=0) < limit and (m.min(initial=0) >= 0 or z.min() > -limit)


def _shift(m, axis, k):
    """The numbers c to subtract from rows of k logits with maximum m: z - c is exact wherever exp shows it.

    A maximum that exp can take stays. A larger one comes down to what exp can take: only a z near 0 loses
    digits then, and beside exp(m) its exp is as good as 0. A negative one comes up to 0, by a whole number:
    z - c is smaller than z and has room for all its digits. A huge one is c itself: z - m is exact from m / 2
    to 2 m (Sterbenz), and below that exp is 0.
    """
    _check_max(m, axis)
    most = np.log(np.finfo(m.dtype).max / (4 * k))  # the sum of k times exp(most + 1) is finite
    c = np.floor(np.maximum(m - most, np.minimum(m, 0)))
    return np.where(m < 2 * most, c, m)


def _parts(z, axis):
    """exp(z - c), the maximum m, and sum_j exp(z_j - m) without m's own: 1, which hides what log1p sees."""
    top, m = _max(z, axis)
    e, c = _exp(z, axis, m)
    return e, m, _sum_without(top, e, axis) / np.exp(m - c)


def _sum_without(top, e, axis):
    np.put_along_axis(e, top, 0, axis)
    return e.sum(axis=axis, keepdims=True)


def _cooled(z, T, axis):
    """(z - m) / T, where m is each row's maximum."""
    _, m = _max(z, axis)
    _check_max(m, axis)
    T = np.asarray(T)
    if T.ndim or T.dtype.kind not in "fiu":
        raise TypeError(f"temperature must be one real number, not {T.tolist()!r}")
    if not 0 < T.astype(m.dtype) < np.inf:
        raise ValueError(
            f"temperature must be positive and finite in {m.dtype}, not {T}; its limit at 0 is argmax"
        )
    z, T = z.astype(m.dtype, copy=False), T.astype(m.dtype)
    if T > 1:
        z, m, T = z / 2, m / 2, T / 2  # exact, and the difference of two huge logits fits
    return (z - m) / T


def _one_a_row(x, axis, dtype):
    """x without its axis of length 1; a plain number if there is only one row."""
    return x.squeeze(axis).astype(dtype, copy=False)[()]


# The checks: what has no answer is refused, with the reason.


def _array(x, name):
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: fill it first; z.filled(-np.inf) gives masked classes 0")
    return np.asarray(x)


def _working_type(x):
    return np.promote_types(x.dtype, np.float32) if x.dtype.kind == "f" else np.float64


def _rows(x, axis, name="z"):
    """x as an array with classes along `axis`, and the type of the answer."""
    x = _array(x, name)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, not {x.dtype}")
    if not -x.ndim <= operator.index(axis) < x.ndim:
        raise ValueError(f"{name} of shape {x.shape} has no axis {axis}")
    if x.shape[axis] == 0:
        raise ValueError(f"{name} of shape {x.shape} has no classes along axis {axis}")
    if x.dtype.kind == "f":
        return x, x.dtype
    if x.dtype.itemsize == 8 and x.size and (x.min() < -(2**53) or x.max() > 2**53):
        raise ValueError(
            f"{name} holds integers beyond 2**53, which float64 rounds: subtract the maximum first"
        )
    return x, np.dtype(np.float64)


def _check_max(m, axis):
    """The maximum shows every row that has no softmax."""
    if np.isfinite(m).all():
        return
    _refuse(np.isnan(m), axis, "z holds NaN")
    _refuse(m == np.inf, axis, "z holds +inf, and inf / inf has no value: logits are finite or -inf")
    _refuse(m == -np.inf, axis, "z holds nothing but -inf: leave at least one class unmasked")


def _refuse(bad, axis, message):
    """ValueError that names the first bad row, if there is one."""
    if bad.any():
        row = ", ".join(map(str, np.argwhere(bad.squeeze(axis))[0]))
        raise ValueError(f"{message} (row {row})" if row else message)


def _labels(y, k):
    """y as an array of class indices below k."""
    y = _array(y, "y")
    if y.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, not {y.dtype}: if they are whole numbers, y.astype(int)")
    bad = (y < 0) | (y >= k)
    if bad.any():
        raise ValueError(f"label {y[bad][0]} is not one of {k} classes, which count from 0 to {k - 1}")
    return y.astype(np.intp, copy=False)


def _one_label_a_row(y, z, axis):
    """y, checked, with an axis of length 1 where z has its classes."""
    if np.shape(y) == z.shape:
        raise ValueError(f"y has the shape of z, {z.shape}: y.argmax({axis}) turns one-hot rows into labels")
    y = _labels(y, z.shape[axis])
    needed, one = list(z.shape), list(z.shape)
    del needed[axis]
    one[axis] = 1
    if y.shape != tuple(needed):
        raise ValueError(f"z of shape {z.shape} needs labels of shape {tuple(needed)}, not {y.shape}")
    return y.reshape(one)
