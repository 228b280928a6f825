"""Whether two answers are the same, and how far apart they are."""

import numpy as np


def close(got, want, args, within=0):
    """Equal up to rounding, which grows with the inputs; nan and inf must stand in the same places."""
    if got.shape != want.shape:
        return False
    if want.dtype.kind not in "fiu" or got.dtype.kind not in "fiu":
        return np.array_equal(got, want)
    size = max(float(np.abs(np.where(np.isfinite(x), x, 0)).max()) for x in args)
    within = max(within, 2e-14 * (1 + size))
    near = np.abs(got - want) < within * (1 + np.abs(want))  # as np.allclose, at a third of its time
    return bool((near | (got == want) | ((got != got) & (want != want))).all())


def compute(function, args):
    """What a function of ours gives; None for an error."""
    try:
        return np.asarray(function(*args))
    except Exception:
        return None


def same(a, b):
    """Whether two arrays of floats are equal up to rounding; None is equal to none."""
    fits = a is not None and np.shape(a) == np.shape(b)
    return fits and np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True)


def makes(function, some, others):
    """Whether a function makes the others of some, each of one."""
    return all(same(compute(function, [a]), b) for a, b in zip(some, others, strict=True))


def is_array(value):
    """Whether it is a number, a string or an array: neither a list nor nothing."""
    return isinstance(value, (np.ndarray, int, float, str))


def apart(got, want):
    """The largest difference from the right answer; inf if there is no telling."""
    if {np.asarray(got).dtype.kind, want.dtype.kind} <= set("fiu"):
        return float(np.nan_to_num(np.max(np.abs(got - want)), nan=np.inf))
    return np.inf
