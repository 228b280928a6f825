"""What goes wrong in lesson 04, Decide how sure to sound with temperature."""

import numpy as np

from .exercise import exercise
from .inputs import (
    BATCH,
    EPSILONS,
    EXTREME,
    LOST,
    ROW,
    SQUARE,
    TIES,
    batch_shifted,
    distributions,
    log_soft,
    loses_an_axis,
    naive,
    one_by_one,
    scores_with_ties,
    soft,
)


def scores_and_T(rng):
    """Probes for f(z, T), T below and above 1, and never 1, which hides every mistake."""
    fresh, T = rng.normal(size=BATCH.shape) * 2, rng.uniform(1.3, 3)
    ordinary = [
        (BATCH, 2),
        (ROW, 0.5),
        (SQUARE, 2.5),
        (BATCH[1:2], 1.6),
        (fresh, T),
        (fresh[:2], 1 / T),
        (fresh[0], T),
        (TIES, 2.5),
    ]
    extreme = [(z, T) for z in EXTREME for T in (0.5, 3)] + [(BATCH, 0.001), (ROW, 1000.0)]
    return ordinary, extreme


@exercise(
    scores_and_T,
    points=2,
    verified="T below and above 1, batches and one row alone, scores of 1000, and T = 0.001.",
    think=(
        "which T turns the probabilities of T = 2 into those of T = 1, if you apply it to their logarithms?"
    ),
    hints=[
        "T acts on the scores, before exp. Should T = 2 make their gaps larger or smaller?",
        "At T = 0.001 a score of 3.4 becomes 3400. What did lesson 02 do about large exponents?",
    ],
)
def temperature(z, T):
    return soft(z / T)


@temperature.mistake(axis=[-1, 1], lost=LOST)
def loses_its_axis(z, T, axis=-1, lost=LOST[0]):
    """A batch that is not square fails. The maxima or the sums, one a row, lost their axis, and NumPy lines
    them up with the columns. Keep the axis, so that each row meets its own."""
    d, sums = loses_an_axis(z / T, axis, lost)
    return np.exp(d) / sums


@temperature.mistake(loop=[False, True])
def one_vector_fails(z, T, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single scores."""
    return one_by_one(soft, z / T).reshape(z.shape) if loop else soft(z / T, axis=1)


@temperature.mistake(shift=[False, True])
def sums_over_everything(z, T, shift=False):
    """Your whole array sums to 1, and the rows of a batch do not. Each row is a distribution of its own."""
    e = np.exp((z - shift * z.max(axis=-1, keepdims=True)) / T)
    return e / e.sum()


@temperature.mistake
def columns_compete(z, T):
    """Your columns sum to 1, your rows do not. The classes of one example compete, and they stand in a
    row."""
    return soft(z / T, axis=0)


@temperature.mistake
def multiplies(z, T):
    """T = 2 made your answer sharper. Temperature divides the scores: the hotter, the flatter."""
    return soft(z * T)


@temperature.mistake
def divides_the_probabilities(z, T):
    """Your rows sum to 1/T. You divided the probabilities; temperature acts on the scores, before exp."""
    return soft(z) / T


@temperature.mistake
def no_effect(z, T):
    """T changes nothing in your answer: it is softmax(z). Unused, or multiplied into both sides of the
    fraction, or subtracted from every score, T cancels."""
    return soft(z)


@temperature.mistake
def floors(z, T):
    """Scores that differ came out equal: your division rounds down to whole numbers. Scores are not
    counted."""
    return soft(z // T)


@temperature.mistake
def above_the_line_only(z, T):
    """Your rows do not sum to 1. T was used above the line and not below it; both sides hold the same
    exponentials."""
    return np.exp(z / T) / np.exp(z).sum(axis=-1, keepdims=True)


@temperature.mistake
def below_the_line_only(z, T):
    """Your rows do not sum to 1. T was used below the line and not above it; both sides hold the same
    exponentials."""
    return np.exp(z) / np.exp(z / T).sum(axis=-1, keepdims=True)


@temperature.mistake(exp=[True, False])
def never_normalizes(z, T, exp=True):
    """Your rows do not sum to 1. Dividing by T is a change of the scores; softmax still has to follow."""
    return np.exp(z / T) if exp else z / T


@temperature.mistake
def power_of_p(z, T):
    """Your ratios are right and your rows do not sum to 1. Powers of probabilities are no probabilities
    until they are divided by their sum."""
    return soft(z) ** (1 / T)


@temperature.mistake
def on_probabilities(z, T):
    """Your answer is far too even. You divided probabilities by T and took them for scores in a second
    softmax."""
    return soft(soft(z) / T)


@temperature.mistake
def twice(z, T):
    """Your answer is far too even: after the right division softmax ran twice."""
    return soft(soft(z / T))


@temperature.mistake
def square_of_T(z, T):
    """Your answer belongs to T squared: T was applied twice."""
    return soft(z / T**2)


@temperature.mistake
def root_of_T(z, T):
    """Your answer belongs to the square root of T. The root belongs to attention, which divides by the root
    of a size; a temperature is used as it is."""
    return soft(z / np.sqrt(T))


@temperature.mistake
def log_of_p(z, T):
    """Your entries are all negative: log-probabilities at the right temperature. One exponential is
    missing."""
    return log_soft(z / T)


@temperature.mistake
def maximum_of_each_column(z, T):
    """You subtracted the maximum of each column, so each class was shifted by a number of its own. Only one
    number for a whole row leaves its differences alone."""
    return soft((z - z.max(axis=0)) / T)


@temperature.mistake(limit=[20, 30, 50, 100, 200, 300, 500, 600, 700, 709])
def clips_scores(z, T, limit=500):
    """Scores of 1000 and 1001 come out as a tie. Clipping forgets how far apart they were; a shift keeps
    the differences."""
    return soft(np.clip(z / T, -limit, limit))


@temperature.mistake
def shifts_before_dividing(z, T):
    """A shift is there, and fails for a small or a large T: you subtracted the maximum of z from z / T.
    Shift and scores must be of the same kind, both divided or neither."""
    return naive(z / T - z.max(axis=-1, keepdims=True))


@temperature.mistake
def no_shift(z, T):
    """Ordinary scores are right, and 1000, or a small T, gives nan. Dividing by a small T makes every score
    large: shift before exp sees them."""
    return naive(z / T)


@temperature.mistake
def maximum_of_all_rows(z, T):
    """A row far below another comes out as nan: one maximum for the whole batch leaves it nothing but
    zeros."""
    return batch_shifted(z / T)


@exercise(
    distributions,
    points=2,
    verified="0 for a certain answer, log k for equal shares, one number a row, and classes with p = 0.",
    extremes=(
        "Your function is right while every class is possible, and wrong when some p is 0. That class adds "
        "nothing, and the others still count."
    ),
    think="temperature goes up. Can the entropy of the answer go down?",
    hints=[
        "Entropy is an average surprise. What is the surprise of one class, and how often does it come?",
        "It is minus the sum of p log p along the last axis.",
        "0 * log(0) is nan in floats. Which number can you give the logarithm instead, where p is 0?",
    ],
)
def entropy(p):
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1)


@entropy.mistake
def needs_one_row(p):
    """One row works and a batch does not: it gave one number for everything. Each row has an entropy of its
    own. Picking by a condition flattens a batch."""
    return entropy.right(p.ravel())


@entropy.mistake(loop=[False, True])
def needs_a_batch(p, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single numbers."""
    return one_by_one(entropy.right, p) if loop else -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)


@entropy.mistake
def keeps_its_axis(p):
    """Your answer has an axis of length 1 at its end. Entropy is one number a row."""
    return entropy.right(p)[..., None]


@entropy.mistake
def one_term_a_class(p):
    """You returned one number for each class. The entropy of a row is their sum."""
    return -p * np.log(np.where(p > 0, p, 1))


@entropy.mistake
def sums_the_columns(p):
    """You summed down the columns. The classes of one example stand in a row."""
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=0)


@entropy.mistake
def sign(p):
    """Your entropy is negative. log p is never above 0, its average neither; the minus turns it into
    surprise."""
    return -entropy.right(p)


@entropy.mistake
def no_weights(p):
    """You added up the surprises of all classes alike. It is an average: each surprise comes as often as
    its p says."""
    return -np.log(p).sum(axis=-1)


@entropy.mistake
def mean_of_terms(p):
    """Your answer is k times too small. The weights p already make an average; dividing by the number of
    classes makes a second one."""
    return entropy.right(p) / p.shape[-1]


@entropy.mistake(base=[2, 10])
def in_bits(p, base=2):
    """Your answer is the right one divided by a constant: a logarithm to another base. In nats the
    logarithm is the natural one."""
    return entropy.right(p) / np.log(base)


@entropy.mistake
def gini(p):
    """You measured 1 minus the sum of squares. It also grows with doubt, but its unit is no nat; entropy
    averages -log p."""
    return 1 - (p**2).sum(axis=-1)


@entropy.mistake
def exponentiated(p):
    """You went one step too far: e to the power of the entropy is a number of equal choices."""
    return np.exp(entropy.right(p))


@entropy.mistake
def surprise_of_the_best(p):
    """You returned the surprise of the likeliest class. Entropy averages the surprise over all of them."""
    return -np.log(p.max(axis=-1))


@entropy.mistake
def softmax_again(p):
    """Your entropies are all close to log k. You took p for scores and applied softmax to it; p is a
    distribution already."""
    return entropy.right(soft(p))


@entropy.mistake(eps=[1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6])
def with_epsilon(p, eps=1e-12):
    """Your answer is off by a little: a constant was added to keep the logarithm away from 0. Only p = 0 is
    in danger, and its limit is known: it adds 0."""
    return -(p * np.log(p + eps)).sum(axis=-1)


@entropy.mistake
def nan_at_zero(p):
    """Ordinary distributions are right, and a class with p = 0 gives nan, because 0 times -inf has no
    value. As p goes to 0, p log p goes to 0: such a class adds nothing."""
    return -(p * np.log(p)).sum(axis=-1)


def probabilities_and_T(rng):
    """Probes for f(p, T), up to a T at which every power is 0 in floats."""
    p = [soft(z) for (z,) in scores_with_ties(rng)[0]]
    fixed = [np.array([0.8, 0.15, 0.05]), np.array([[0.2, 0.5, 0.3], [0.0, 0.4, 0.6]])]
    ordinary = [*zip([*fixed, *p], [0.5, 2, 3, 0.7, 1.5, 2.5, 0.4, 2, rng.uniform(1.2, 3), 2], strict=True)]
    return ordinary, [
        (p[0], 0.0005),
        (fixed[0], 0.0002),
        (np.array([0.4, 0.3, 0.3]), 0.001),
        (fixed[1], 0.0001),
        (fixed[1], 100.0),
    ]


@exercise(
    probabilities_and_T,
    points=3,
    verified=(
        "T below and above 1, batches and one row alone, classes with p = 0, and a T so small that "
        "powers vanish."
    ),
    think="you do not know the scores that p came from. Why does that not matter here?",
    hints=[
        "Softmax needs scores. Which scores give p back, up to a constant that it ignores?",
        "Dividing log p by T makes a power of p. Which one, for T = 0.5?",
        "0.4 to the power of 1000 is 0 in floats. Stay in logarithms until the maximum is subtracted.",
    ],
)
def reheat(p, T):
    return soft(np.log(p) / T)


@reheat.mistake(axis=[-1, 1], lost=LOST)
def broadcasts(p, T, axis=-1, lost=LOST[0]):
    """A batch that is not square fails. The maxima or the sums, one a row, lost their axis, and NumPy lines
    them up with the columns. Keep the axis, so that each row meets its own."""
    d, sums = loses_an_axis(np.log(p) / T, axis, lost)
    return np.exp(d) / sums


@reheat.mistake(loop=[False, True])
def one_row_has_no_axis_1(p, T, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single numbers."""
    scores = np.log(p) / T
    return one_by_one(soft, scores).reshape(p.shape) if loop else soft(scores, axis=1)


@reheat.mistake
def shared_by_all(p, T):
    """Your whole array sums to 1, and no row of a batch does. Each row is a distribution of its own."""
    return p ** (1 / T) / (p ** (1 / T)).sum()


@reheat.mistake
def column_sums(p, T):
    """Your columns sum to 1, your rows do not. The classes of one example compete, and they stand in a
    row."""
    return soft(np.log(p) / T, axis=0)


@reheat.mistake
def divided(p, T):
    """Your rows sum to 1/T. A temperature changes the scores behind p, not p itself."""
    return p / T


@reheat.mistake
def unchanged(p, T):
    """T changes nothing in your answer. Dividing all of p by T and scaling it back to a sum of 1
    cancels."""
    return p


@reheat.mistake
def p_taken_for_scores(p, T):
    """Your answer is far too even. You used p as if it were scores, and it lies between 0 and 1. The scores
    behind p are its logarithms."""
    return soft(p / T)


@reheat.mistake
def opposite_direction(p, T):
    """A high T made your answer sharper, a low one flatter. Multiplying log p by T is the opposite of what a
    temperature does."""
    return soft(np.log(p) * T)


@reheat.mistake
def sum_is_not_1(p, T):
    """The powers are right and your rows do not sum to 1. Powers of probabilities are no probabilities
    until they are divided by their sum."""
    return p ** (1 / T)


@reheat.mistake
def still_logarithms(p, T):
    """Your entries are log-probabilities, right but for the exponential at the end."""
    return log_soft(np.log(p) / T)


@reheat.mistake
def scores_alone(p, T):
    """You returned scores: logarithms of p, divided by T. Softmax still has to follow."""
    return np.log(p) / T


@reheat.mistake
def impossible_becomes_likely(p, T):
    """A class with p = 0 came out likeliest: you gave it the score 0, and all other logarithms are below
    that. The logarithm of 0 is -inf, and exp takes -inf to 0."""
    return soft(np.log(np.where(p > 0, p, 1)) / T)


@reheat.mistake(eps=EPSILONS)
def impossible_becomes_possible(p, T, eps=1e-12):
    """A class with p = 0 got something: a constant kept its logarithm from -inf, and a high T makes that
    count. The -inf does no harm: exp takes it to 0."""
    return soft(np.log(p + eps) / T)


@reheat.mistake
def powers_vanish(p, T):
    """Ordinary temperatures are right, and a very low T gives nan: 1/T is in the thousands, and to such a
    power every p is 0 in floats. Divide log p by T and shift by the maximum before exp."""
    return p ** (1 / T) / (p ** (1 / T)).sum(axis=-1, keepdims=True)
