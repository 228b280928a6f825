"""Inputs to try: ordinary ones, fresh ones among them, and extreme ones."""

import numpy as np

from .pieces import softmax

BATCH = np.array([[0.1, -2.0, 3.4, 3.3], [2.0, 1.0, 0.0, 0.5], [-1.0, 0.3, 2.2, -0.7]])
SQUARE = np.array([[0.5, 2.0, -1.0], [1.5, -0.5, 0.3], [-2.0, 1.0, 0.7]])
ROW = np.array([3.0, 1.0, -0.5, 0.2, 1.8])
TIES = np.array([[3.0, 3.0, 1.0], [1.0, 1.0, 1.0]])  # for the first place

ODD = [np.array([[2, 0, 1], [-1, 3, 1]]), np.array([[2.0], [-1.0]])]  # whole numbers; a single class

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
LEVEL = np.array([[1000.0, 1001.0, 999.0], [1002.0, 1000.0, 1001.0]])  # no row is low
HALF = np.array([[400.0, 398.0, 399.0], [0.0, 1.0, 2.0]])  # twice 400 overflows


def scores(rng):
    """Probes for f(z): batches that are not square, one that is, one row alone, and fresh ones."""
    rows = rng.normal(size=(4, 3)) * 2
    ordinary = [BATCH, ROW, SQUARE, BATCH[1:2], rng.normal(size=BATCH.shape) * 2, rows, rows[0]]
    ordinary += [rng.normal(size=(8, 9)) * 2]
    extreme = [*EXTREME, rows + 1000 * np.array([[1], [-1], [0], [2]]), *ODD]
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
    wide = rng.normal(size=(8, 9)) * 2
    ordinary += [(wide, rng.integers(9, size=8))]
    extreme = [(z, [1, 2]) for z in EXTREME if z.ndim == 2 and z.shape[1] > 2]
    extreme += [(ODD[0], [2, 1]), (ODD[1], [0, 0])]
    extreme += [(np.array([[1000.0, 0.0, 0.0], [0.0, 0.0, 1000.0]]), [0, 2])]  # a loss of exactly 0
    extreme += [(EXTREME[2], [0, 1]), (EXTREME[6], [1, 0]), (fresh + 1000 * np.arange(-2, 3)[:, None], y)]
    extreme += [(LEVEL, [2, 1]), (HALF, [1, 2]), (np.array([[40.0, 0.0, 1.0], [0.0, 1.0, 2.0]]), [1, 2])]
    return [(z, np.array(y)) for z, y in ordinary], [(z, np.array(y)) for z, y in extreme]


def distributions(rng):
    """Probes for f(p): rows of probabilities, some of them 0."""
    ordinary = [softmax(z) for (z,) in scores_with_ties(rng)[0]]
    zeros = [np.array([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0]]), np.array([0.5, 0.0, 0.0, 0.5])]
    return [(p,) for p in ordinary], [(p,) for p in zeros]
