"""What the catalogue is made of: inputs to try, and the few formulas that right and wrong answers share."""

import numpy as np

BATCH = np.array([[0.1, -2.0, 3.4, 3.3], [2.0, 1.0, 0.0, 0.5], [-1.0, 0.3, 2.2, -0.7]])
SQUARE = np.array([[0.5, 2.0, -1.0], [1.5, -0.5, 0.3], [-2.0, 1.0, 0.7]])
ROW = np.array([3.0, 1.0, -0.5, 0.2, 1.8])
TIES = np.array([[3.0, 3.0, 1.0], [1.0, 1.0, 1.0]])  # for the first place

EPSILONS = [
    1e-300, 1e-100, 1e-30, 1e-20, 1e-16, 2.2e-16, 2.0**-52, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6,
]  # fmt: skip

# Where exp overflows or fades: in every row, in one of two, or only if the shift is a wrong one.
EXTREME = [
    np.array([1000.0, 1001.0, 999.0]),
    np.array([[-1000.0, -1002.0, -1001.0, -999.0], [0.5, 1.5, 1.0, 0.0]]),
    np.array([[2000.0, 0.0, 0.0], [0.0, 1.0, 2.0]]),
    np.array([[1000.0, 1001.0, 1002.0, 0.0], [0.0, 1.0, 2.0, -1.0]]),
    np.array([400.0, 398.0, 399.0]),
    np.array([[0.0, -40.0, 1.0], [-800.0, 0.0, 700.0]]),
    np.array([[-300.0, -2300.0], [-301.0, 5.0]]),
    np.array([[12000.0, 12001.0, 11998.0], [0.0, 2.0, 1.0]]),  # exp overflows in 80 bits too
]


def scores(rng):
    """Probes for f(z): batches that are not square, one that is, one row alone, and fresh ones."""
    rows = rng.normal(size=(4, 3)) * 2
    ordinary = [BATCH, ROW, SQUARE, BATCH[1:2], rng.normal(size=BATCH.shape) * 2, rows, rows[0]]
    extreme = [*EXTREME, rows + 1000 * np.array([[1], [-1], [0], [2]])]
    return [(z,) for z in ordinary], [(z,) for z in extreme]


def scores_with_ties(rng):
    ordinary, extreme = scores(rng)
    return [*ordinary, (TIES,)], extreme


def labeled(rng):
    """Probes for f(z, y): rows with labels, first and last class among them."""
    fresh = rng.normal(size=(5, 3)) * 2
    y = np.append(rng.permutation(3), rng.integers(3, size=2))
    ordinary = [(BATCH, [2, 0, 3]), (SQUARE, [1, 2, 0]), (BATCH[1:2], [1]), (BATCH[:2], [1, 3]), (fresh, y)]
    ordinary += [(rng.normal(size=BATCH.shape) * 2, [0, 3, 1]), (TIES, [1, 2])]
    extreme = [(z, [1, 2]) for z in EXTREME if z.ndim == 2 and z.shape[1] > 2]
    extreme += [(EXTREME[2], [0, 1]), (EXTREME[6], [1, 0]), (fresh + 1000 * np.arange(-2, 3)[:, None], y)]
    extreme += [(np.array([[40.0, 0.0, 1.0], [0.0, 1.0, 2.0]]), [1, 2])]
    return [(z, np.array(y)) for z, y in ordinary], [(z, np.array(y)) for z, y in extreme]


def distributions(rng):
    """Probes for f(p): rows of probabilities, some of them 0."""
    ordinary = [soft(z) for (z,) in scores_with_ties(rng)[0]]
    zeros = [np.array([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0]]), np.array([0.5, 0.0, 0.0, 0.5])]
    return [(p,) for p in ordinary], [(p,) for p in zeros]


def log_soft(z, axis=-1):
    d = z - z.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def soft(z, axis=-1):
    return np.exp(log_soft(z, axis))


def naive(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def batch_shifted(z):
    """Softmax with one maximum for the whole batch."""
    return naive(z - z.max())


def loses_an_axis(z, axis, lost):
    """Shifted scores and the sums of their exp. The maxima, the sums or both lost their axis."""
    d = z if lost == "sums, no shift" else z - z.max(axis=axis, keepdims=lost == "sums")
    return d, np.exp(d).sum(axis=axis, keepdims=lost == "maxima")


LOST = ["sums, no shift", "sums", "maxima", "both"]


def one_by_one(f, x):
    """A loop over rows, which meets single numbers in a row that is alone."""
    return np.array([f(np.atleast_1d(row)) for row in x])


def ties_left_out(z):
    """Log-softmax by log1p, without any of the scores that share the first place."""
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log1p(np.where(d == 0, 0, np.exp(d)).sum(axis=-1, keepdims=True))


def of_label(x, y):
    """The entry of each row that its label names."""
    return x[np.arange(len(y)), y]


def hot(z, y):
    """Labels as rows of zeros with a single 1, in the shape of z."""
    return np.eye(z.shape[1])[y]
