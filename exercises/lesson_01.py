"""What goes wrong in lesson 01, Turn scores into probabilities."""

import numpy as np

from .exercise import exercise
from .inputs import BATCH, ROW, one_by_one, soft


def pairs_of_scores(rng):
    fresh = rng.normal(size=6)
    return [
        (BATCH[0], 2, 3),
        (ROW, 1, 4),
        (ROW, 4, 2),
        (BATCH[0], 0, 2),
        (fresh, 0, 5),
        (fresh, 3, np.int64(1)),
    ], []


@exercise(
    pairs_of_scores,
    points=1,
    verified="likelier and less likely classes, neighbors or not, negative scores among them.",
    think="which of the scores could you change without changing this number?",
    hints=[
        "Write p_i and p_j as fractions, and divide one by the other. What cancels?",
        "The sum below the line is the same for both classes, so only two exponentials are left.",
        "A quotient of two exponentials is the exponential of a difference.",
    ],
)
def ratio(z, i, j):
    return np.exp(z[i] - z[j])


@ratio.mistake
def counts_from_1(z, i, j):
    """You compared the classes that stand one place before i and j. Classes are counted from 0: class 2 is
    the third entry."""
    return np.exp(z[i - 1] - z[j - 1])


@ratio.mistake
def upside_down(z, i, j):
    """Your number is 1 divided by the right one. How many times as likely i is as j has the probability of
    i on top."""
    return np.exp(z[j] - z[i])


@ratio.mistake
def ratio_of_scores(z, i, j):
    """You divided the scores themselves, which gives negative "ratios" for scores of different signs.
    Probabilities compare through the difference of their scores, not through the quotient."""
    return z[i] / z[j]


@ratio.mistake
def difference_of_scores(z, i, j):
    """You returned the difference of the two scores. That is the logarithm of the ratio: a step is
    missing."""
    return z[i] - z[j]


@ratio.mistake(shares=[True, False])
def difference_of_probabilities(z, i, j, shares=True):
    """You returned how much larger one is than the other, a difference. "How many times as likely" asks for
    a quotient."""
    e = np.exp(z)
    return (e[i] - e[j]) / (e.sum() if shares else 1)


@ratio.mistake
def minus_1(z, i, j):
    """Your number is 1 less than the right one. Equally likely classes are 1 times as likely as each other,
    not 0 times."""
    return np.exp(z[i] - z[j]) - 1


@ratio.mistake
def probability_of_one(z, i, j):
    """Your number is the probability of class i, and class j has no part in it. Two probabilities are
    compared here."""
    return soft(z)[i]


@ratio.mistake
def share_of_the_pair(z, i, j):
    """Your number is never above 1: it is the share of i if only i and j were possible. A ratio compares i
    with j, not with both."""
    return np.exp(z[i]) / (np.exp(z[i]) + np.exp(z[j]))


@ratio.mistake
def powers_of_2(z, i, j):
    """One point of score makes a class 2 times as likely in your answer. In softmax it is e times, about
    2.718."""
    return 2 ** (z[i] - z[j])


def numbers(rng):
    column = np.array([-3.0, -0.5, 0.0, 0.1, 2.0])
    return [(column,), (0.7,), (-1.2,), (rng.normal(size=5) * 3,), (rng.normal(size=7),), (rng.normal(),)], []


@exercise(
    numbers,
    points=1,
    verified="one number and arrays, both signs, and 0, where the two classes tie.",
    think="how do you get the probability of the other class from yours, without a second exponential?",
    hints=[
        "Write softmax for the two scores x and 0. What is e to the power of 0?",
        "Divide the top and the bottom of that fraction by the exponential of x.",
        "To ask softmax about many x at once, put the two scores of each side by side, in a new last axis.",
    ],
)
def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


@sigmoid.mistake
def stray_minus(x):
    """Your answer falls as x grows: it is the probability of the other class. The higher its score, the
    likelier a class must get."""
    return 1 / (1 + np.exp(x))


@sigmoid.mistake
def odds(x):
    """Your answer goes above 1. It is the ratio of the two probabilities, the odds; a probability compares
    one class with both together."""
    return np.exp(x)


@sigmoid.mistake
def missing_parentheses(x):
    """Your answer is always above 1. Division binds tighter than addition: the whole sum belongs below the
    line."""
    return 1 / 1 + np.exp(-x)


@sigmoid.mistake
def tanh(x):
    """Your answer runs from -1 to 1. It is the hyperbolic tangent, which has the same S shape, but a
    probability is never negative."""
    return np.tanh(x)


@sigmoid.mistake(stacked=[False, True])
def array_as_one_row(x, stacked=False):
    """Your answers sum to 1 over the whole array. Each entry of x is a question of its own, with two
    classes; the entries do not compete with each other."""
    if stacked:
        return soft(np.stack([x, np.zeros_like(x)]))[0]
    return np.exp(x) / np.exp(x).sum()


@sigmoid.mistake
def always_1(x):
    """Your answer is always 1, so the other class gets nothing. Its score is 0, and e to the power of 0 is
    not 0."""
    return np.exp(x) / (np.exp(x) + 0)


@sigmoid.mistake
def plus_and_minus_x(x):
    """Your answer belongs to 2x. The scores x and -x are 2x apart; the two classes here are x apart."""
    return 1 / (1 + np.exp(-2 * x))


@sigmoid.mistake
def inverse(x):
    """You turned the function around: this takes a probability and gives a score. Here x is the score."""
    return np.log(x / (1 - x))


def candidates(rng):
    rounded = np.array([[0.7, 0.2, 0.1], [0.7, 0.1, 0.2]])
    mixed = np.array(
        [
            [0.2, 0.5, 0.3],
            [0.9, 0.1, 0.3],
            [1.2, -0.4, 0.2],
            [0.0, 1.0, 0.0],
            [0.2, 0.2, 0.3],
            [1.2, 0.1, 0.0],
        ]
    )
    columns = np.array([[0.5, 0.1, 0.2, 0.3], [0.5, 0.9, 0.8, 0.7]])
    fresh = soft(rng.normal(size=(4, 3)))
    fresh[rng.integers(4)] *= 1.1
    rows = [
        mixed[0],
        mixed[1],
        mixed[2],
        np.array([0.5, 0.51]),
        np.array([0.5, 0.505]),
        np.array([-0.5, 0.8, 0.7]),
        np.array([-0.1, -0.9]),
        -mixed[0],
        rounded[0],
    ]
    return [(p,) for p in [mixed, columns, rounded, fresh, mixed[1:2], *rows]], []


@exercise(
    candidates,
    points=2,
    verified="sums above and below 1, negative entries, rows with zeros, sums that are 1 up to rounding.",
    think="softmax always gives a distribution. Is every distribution the softmax of some scores?",
    hints=[
        "Two things must hold for every row. Which of them does [1.2, -0.4, 0.2] break?",
        "0.7 + 0.2 + 0.1 is 0.9999999999999999 in floats. How do you compare floats?",
        "You need one True or False a row, so both questions are asked along the last axis.",
    ],
)
def is_distribution(p):
    return (p.min(axis=-1) >= 0) & (np.abs(p.sum(axis=-1) - 1) < 1e-6)


@is_distribution.mistake
def one_verdict(p):
    """You gave a single verdict for the whole array. Each row is a distribution of its own, or is none."""
    return np.all(p >= 0) & np.allclose(p.sum(axis=-1), 1)


@is_distribution.mistake(loop=[False, True])
def a_row_alone_fails(p, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single numbers."""
    if loop:
        return one_by_one(is_distribution.right, p)
    return (p.min(axis=1) >= 0) & np.isclose(p.sum(axis=1), 1)


@is_distribution.mistake
def judges_columns(p):
    """You judged the columns. An array of shape (n, k) holds one example per row, and the k numbers of a
    row belong together."""
    return (p.min(axis=0) >= 0) & np.isclose(p.sum(axis=0), 1)


@is_distribution.mistake
def sum_alone(p):
    """You accept [1.2, -0.4, 0.2], which sums to 1. The right sum is not enough: no probability is
    negative."""
    return np.isclose(p.sum(axis=-1), 1)


@is_distribution.mistake
def nothing_above_1(p):
    """You accept [-0.5, 0.8, 0.7], which sums to 1. A row can do that with no entry above 1 and still hold
    a negative one."""
    return (p.max(axis=-1) <= 1) & np.isclose(p.sum(axis=-1), 1)


@is_distribution.mistake
def sign_alone(p):
    """You accept [0.9, 0.1, 0.3], where nothing is negative. The entries of a row must also share exactly 1
    among them."""
    return p.min(axis=-1) >= 0


@is_distribution.mistake
def range_alone(p):
    """You accept [0.9, 0.1, 0.3], where every entry lies between 0 and 1. That makes each a possible
    probability, not all three together a distribution: they sum to 1.3."""
    return ((p >= 0) & (p <= 1)).all(axis=-1)


@is_distribution.mistake
def refuses_zero(p):
    """You refuse [0, 1, 0]. A probability of 0 is allowed: that class is impossible."""
    return (p.min(axis=-1) > 0) & np.isclose(p.sum(axis=-1), 1)


@is_distribution.mistake
def exact_sum(p):
    """You refuse [0.7, 0.2, 0.1], whose sum in floats is 0.9999999999999999. Floats round, so a sum is
    compared with 1 up to a small tolerance."""
    return (p.min(axis=-1) >= 0) & (p.sum(axis=-1) == 1)


@is_distribution.mistake
def exact_sum_alone(p):
    """You accept [1.2, -0.4, 0.2], and refuse [0.7, 0.2, 0.1], whose sum in floats is 0.9999999999999999. No
    probability is negative, and floats are compared up to a small tolerance."""
    return p.sum(axis=-1) == 1


@is_distribution.mistake(tolerance=[0.5, 0.1, 0.05, 0.02, 0.01])
def generous(p, tolerance=0.5):
    """You accept a sum that is too far from 1. Rounding moves a sum by about 1e-16 for each entry, so the
    tolerance can be tiny."""
    return (p.min(axis=-1) >= 0) & (np.abs(p.sum(axis=-1) - 1) < tolerance)


@is_distribution.mistake
def at_most_1(p):
    """You accept rows that sum to less than 1. Something always happens, so the probabilities share all of
    1."""
    return (p.min(axis=-1) >= 0) & (p.sum(axis=-1) < 1 + 1e-9)


@is_distribution.mistake
def opposite(p):
    """Each of your verdicts is the opposite of the right one. True stands for a row that is a
    distribution."""
    return ~is_distribution.right(p)
