"""Softmax, cross-entropy and their relatives: arrays in, arrays out, NumPy alone.

These are the functions of lessons 01 to 04, with bad input refused. `z` holds logits: rows of k scores along
`axis`; `m` is each row's maximum. Logarithms are natural, so losses and entropies are in nats.
Integers, booleans and lists of them are computed in float64. Every float type comes back as itself, float16
computed in float32 and rounded once, at the end. A result too large for its type is inf. Inputs never change.
"""

import operator
from numbers import Integral, Real

import numpy as np


@np.errstate(all="ignore")  # where inf and 0 come up, they are meant
def softmax(z, axis=-1, temperature=1.0):
    """Probabilities from logits: p_i = exp(z_i / T) / sum_j exp(z_j / T). Shape (..., k) -> (..., k).

    A logit of -inf gets exactly 0. As T goes to 0, the largest logit takes all, and ties share it.
    ValueError: a row holds NaN or +inf, or only -inf; k is 0; T is not positive and finite.
    TypeError: z or T is not real numbers, or is a masked array.
    Source: Blanchard, Higham and Higham 2021, doi:10.1093/imanum/draa038.

    >>> print(softmax([1000.0, 1000.0]))  # exp(1000) is inf, and inf / inf is nan
    [0.5 0.5]
    """
    z, m, dtype = _logits(z, axis)
    T = _temperature(temperature, z.dtype)
    h = 0.5 if T > 1 else 1  # the difference of two huge logits may be inf, and that of their halves is not
    d = z - _shift(m) if T == 1 else (h * z - h * m) / (h * T)
    e = np.exp(d, out=d)
    return _rounded(e / e.sum(axis=axis, keepdims=True), dtype)


@np.errstate(all="ignore")
def log_softmax(z, axis=-1):
    """Log-probabilities from logits: log p_i = z_i - log sum_j exp(z_j), in nats. Shape (..., k) -> (..., k).

    ValueError and TypeError as softmax. Source: Blanchard, Higham and Higham 2021, with log1p.

    >>> print(log_softmax([0.0, -750.0]))  # softmax gives [1, 0], and log(0) is -inf
    [   0. -750.]
    """
    z, m, dtype = _logits(z, axis)
    rest = _rest(z, m, axis)
    return _rounded((z - m) - np.log1p(rest), dtype)


def cross_entropy(z, y, axis=-1):
    """Each example's loss -log p_y, in nats, from logits z and class indices y. (..., k), (...) -> (...).

    The loss of a batch is the mean of these. If the true class has logit -inf, the loss is inf.
    ValueError: as softmax; a label is not 0 to k-1; y does not have the shape of z without `axis`.
    TypeError: as softmax; y is not integers. Source: as log_softmax.

    >>> print(f"{cross_entropy([50.0, 0.0], 0):.4e}")  # 1 + exp(-50) rounds to 1, whose log is 0
    1.9287e-22
    """
    log_p = log_softmax(z, axis)
    return 0 - np.take_along_axis(log_p, _one_label_a_row(y, log_p, axis), axis).squeeze(axis)


@np.errstate(all="ignore")
def logsumexp(z, axis=-1):
    """The smooth maximum log sum_j exp(z_j), in nats. Shape (..., k) -> (...).

    The limits: a row with +inf gives +inf, a row of nothing but -inf gives -inf.
    ValueError: a row holds NaN; k is 0. TypeError as softmax. Source: Blanchard, Higham and Higham 2021.

    >>> print(f"{logsumexp([1000.0, 1000.0]):.3f}")  # exp(1000) is inf
    1000.693
    """
    z, dtype = _rows(z, axis, least=np.float64)  # m and the logarithm may cancel
    m = z.max(axis=axis, keepdims=True)
    _refuse(np.isnan(m), axis, "z holds NaN")
    total = np.where(np.isinf(m), m, m + np.log1p(_rest(z, m, axis)))
    return _rounded(total.squeeze(axis) + 0, dtype)


@np.errstate(all="ignore")
def entropy(p, axis=-1):
    """The average surprise -sum_i p_i log p_i of probabilities, in nats. Shape (..., k) -> (...).

    0 log 0 counts as 0, its limit. Source: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x.
    ValueError: a row has a negative or NaN, or does not sum to 1; k is 0. TypeError as softmax.

    >>> print(entropy([1.0, 0.0]))  # 0 * log(0) is nan
    0.0
    """
    p, dtype = _rows(p, axis, name="p")
    tolerance = {2: 1e-2, 4: 1e-4}.get(dtype.itemsize, 1e-6)  # a float64 array has often been float32 before
    good = (p.min(axis=axis, keepdims=True) >= 0) & (abs(p.sum(axis=axis, keepdims=True) - 1) < tolerance)
    _refuse(~good, axis, "p must be 0 or more and sum to 1; if these are logits, pass softmax(z)")
    h = 0 - (p * np.log(np.where(p > 0, p, 1))).sum(axis=axis)
    return _rounded(np.maximum(h, 0), dtype)  # rounding can leave less


def one_hot(y, k):
    """Class indices as rows of zeros with a single 1, in float64. Shape (...) -> (..., k).

    ValueError: a label is not 0 to k-1; k is less than 1. TypeError: y or k is not integers.

    >>> print(one_hot([2, 0], 3))  # np.eye(3)[y] would take a label of -1 for class 2
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    y = _labels(y, operator.index(k))
    return (y[..., np.newaxis] == np.arange(k)).astype(np.float64)


def _shift(m):
    """What to subtract from each row before exp: its maximum m, as in lesson 02, but only where exp needs it.

    On paper any number does, and subtracting rounds. So rows that exp can take stay as they are. Where m is
    negative, all of exp might fade to 0: there it is m rounded down, because whole numbers subtract exactly.
    """
    # exp is inf above 709 in float64 and above 88 in float32; half of maxexp is 512 and 64
    return np.where(m < np.finfo(m.dtype).maxexp / 2, np.floor(np.minimum(m, 0)), m)


def _rest(z, m, axis):
    """sum_j exp(z_j - m) without the maximum's own term, which is 1 and would hide what log1p keeps."""
    e = z - _shift(m)
    np.exp(e, out=e)
    np.put_along_axis(e, z.argmax(axis=axis, keepdims=True), 0, axis)
    return e.sum(axis=axis, keepdims=True) / np.exp(m - _shift(m))


def _rounded(x, dtype):
    """x in the type of the answer; + 0 makes 0 of -0."""
    return x if x.dtype == dtype else (x.astype(dtype) + 0).astype(dtype, copy=False)


# The checks: what has no answer is refused, with the reason.


def _array(x, name):
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: fill it first; z.filled(-np.inf) gives masked classes 0")
    return np.asarray(x)


def _rows(x, axis, name="z", least=np.float32):
    """x as an array to compute with, classes along `axis`, and the type of the answer."""
    a = _array(x, name)
    if a.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers of a NumPy type, not {a.dtype}; try astype(float)")
    if not -a.ndim <= operator.index(axis) < a.ndim:
        raise ValueError(f"{name} of shape {a.shape} has no axis {axis}")
    if a.shape[axis] == 0:
        raise ValueError(f"{name} of shape {a.shape} has no classes along axis {axis}")
    if (a is not x or a.dtype.kind in "iu") and _holds_more_than_float64(x, a):
        raise ValueError(f"{name} holds integers beyond 2**53, which float64 rounds: subtract the maximum")
    dtype = a.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    return a.astype(np.promote_types(dtype, least), copy=False), dtype


def _holds_more_than_float64(x, a):
    """Whether x holds integers beyond 2**53; its array a may hide them: NumPy makes floats of [2**63, 0]."""
    large = a.size and not -(2**53) < a.min() <= a.max() < 2**53
    return large and any(isinstance(i, Integral) and abs(int(i)) > 2**53 for i in np.asarray(x, object).flat)


def _logits(z, axis):
    """z as an array to compute with, each row's maximum, and the type of the answer."""
    z, dtype = _rows(z, axis)
    m = z.max(axis=axis, keepdims=True)
    _refuse(np.isnan(m), axis, "z holds NaN")
    _refuse(m == np.inf, axis, "z holds +inf, and inf / inf has no value: logits are finite or -inf")
    _refuse(m == -np.inf, axis, "z holds nothing but -inf: leave at least one class unmasked")
    return z, m, dtype


def _temperature(T, dtype):
    number = _array(T, "temperature")[()]
    if not isinstance(number, Real):
        raise TypeError(f"temperature must be one real number, not {type(T).__name__}")
    T = np.longdouble(number).astype(dtype)
    if not 0 < T < np.inf:
        hint = "; its limit at 0 is argmax" if T == 0 else ""
        raise ValueError(f"temperature must be positive and finite in {dtype}, not {T}{hint}")
    return T


def _refuse(bad, axis, message):
    """ValueError that names the first bad row, if there is one."""
    if bad.any():
        row = ", ".join(map(str, np.argwhere(bad.squeeze(axis))[0]))
        raise ValueError(f"{message} (row {row})" if row else message)


def _labels(y, k):
    """y as an array of class indices below k."""
    y = _array(y, "y")
    if y.size and y.dtype.kind not in "iu":  # an empty list is an array of floats
        raise TypeError(f"labels must be integers, not {y.dtype}; if they are whole, np.array(y).astype(int)")
    if k < 1:
        raise ValueError(f"the number of classes must be 1 or more, not {k}")
    bad = (y < 0) | (y >= k)
    if bad.any():
        raise ValueError(f"label {y[bad][0]} is not one of {k} classes, which count from 0 to {k - 1}")
    return y.astype(np.intp, copy=False)


def _one_label_a_row(y, z, axis):
    """y with an axis of length 1 where z has its classes."""
    needed = z.take(0, axis).shape
    if np.shape(y) != needed:
        raise ValueError(f"y must have shape {needed}, not {np.shape(y)}; for one-hot rows, y.argmax({axis})")
    return np.expand_dims(_labels(y, z.shape[axis]), axis)
