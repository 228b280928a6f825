"""What goes wrong in lesson 02, Keep softmax from overflowing."""

import numpy as np

from .exercise import exercise
from .inputs import (
    EPSILONS,
    LOST,
    batch_shifted,
    log_soft,
    loses_an_axis,
    naive,
    one_by_one,
    scores_with_ties,
    soft,
    ties_left_out,
)


@exercise(
    scores_with_ties,
    points=2,
    verified=(
        "rows that sum to 1, batches that are not square, one row alone, scores of 1000 and -1000, "
        "and a row far below the others."
    ),
    think="the largest exponent is now 0. Which value can the sum below the line never fall under, and why?",
    hints=[
        "Only differences of scores count. Which number may you subtract from a whole row?",
        "Subtract so that the largest exponent of every row is 0, then take exp and divide by the row's sum.",
        "Both the maximum and the sum are taken along the last axis, and both keep it with length 1.",
    ],
)
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@softmax.mistake
def takes_one_row_only(z):
    """One row works and a batch fails. In an array of shape (n, k) every row is one example; the last axis
    holds the classes in both."""
    if z.ndim > 1:
        raise TypeError
    return soft(z)


@softmax.mistake(loop=[False, True])
def takes_a_batch_only(z, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single scores."""
    return one_by_one(soft, z).reshape(z.shape) if loop else soft(z, axis=1)


@softmax.mistake(axis=[-1, 1], lost=LOST)
def drops_the_axis(z, axis=-1, lost=LOST[0]):
    """A batch that is not square fails. The maxima or the sums, one a row, lost their axis, and NumPy lines
    them up with the columns. Keep the axis, so that each row meets its own."""
    d, sums = loses_an_axis(z, axis, lost)
    return np.exp(d) / sums


@softmax.mistake(shift=[False, True])
def shares_among_all(z, shift=False):
    """Your whole array sums to 1, and the rows of a batch do not. Each row is a distribution of its own."""
    e = np.exp(z - shift * z.max(axis=-1, keepdims=True))
    return e / e.sum()


@softmax.mistake
def columns_sum_to_1(z):
    """Your columns sum to 1, your rows do not. You normalized across the examples; the classes of one
    example compete, and they stand in a row."""
    return soft(z, axis=0)


@softmax.mistake
def never_exponentiates(z):
    """Your rows sum to 1, and some entries are negative. You divided the scores themselves; exp comes
    first, to make every score positive."""
    return z / z.sum(axis=-1, keepdims=True)


@softmax.mistake
def log_probabilities(z):
    """Your entries are all negative, and exp of them is right. Those are log-probabilities: one step too
    many."""
    return log_soft(z)


@softmax.mistake
def never_divides(z):
    """Within a row your ratios are right, and the rows do not sum to 1. Making scores positive is half of
    softmax; dividing by the row's sum is the other half."""
    return np.exp(z)


@softmax.mistake
def divides_by_the_maximum(z):
    """The largest entry of each of your rows is 1. You divided by the largest exponential; shares come from
    dividing by the sum of all."""
    return np.exp(z - z.max(axis=-1, keepdims=True))


@softmax.mistake
def sigmoid_of_each(z):
    """Your rows do not sum to 1, and each entry is the sigmoid of its own score. The sigmoid looks at one
    score at a time; in softmax the classes compete."""
    return 1 / (1 + np.exp(-z))


@softmax.mistake
def applies_it_twice(z):
    """Your probabilities are far too even: none is more than e times another. Softmax was applied twice,
    and the second time it took probabilities for scores."""
    return soft(soft(z))


@softmax.mistake
def reverses_the_order(z):
    """The highest score gets the least. A stray minus turned the order around."""
    return soft(-z)


@softmax.mistake
def maxima_of_the_columns(z):
    """You subtracted the maximum of each column, so each class was shifted by a number of its own. Only one
    number for a whole row leaves its differences alone."""
    return soft(z - z.max(axis=0))


@softmax.mistake(base=[2, 10])
def another_base(z, base=2):
    """The order is right and the gaps are not: your powers are not powers of e. Another base is another
    temperature."""
    return soft(z * np.log(base))


@softmax.mistake
def squares(z):
    """A score of -2 gets more than a score of 1. Squares are positive too, but they forget the sign; exp
    keeps the order."""
    return z**2 / (z**2).sum(axis=-1, keepdims=True)


@softmax.mistake(spread=[True, False])
def standardizes(z, spread=True):
    """Multiplying all scores by 10 does not change your answer. It should: the scores are no z-scores, and
    dividing them by their spread throws their size away."""
    d = z - z.mean(axis=-1, keepdims=True)
    return soft(d / (z.std(axis=-1, keepdims=True) if spread else np.abs(d).max(axis=-1, keepdims=True)))


@softmax.mistake
def divides_scores_by_the_maximum(z):
    """You made the scores small by dividing them by their maximum. Division changes the differences, and
    softmax lives on them; a shift leaves them alone."""
    return soft(z / z.max(axis=-1, keepdims=True))


@softmax.mistake(eps=[1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5])
def adds_epsilon(z, eps=1e-8):
    """Your rows sum to a little less than 1. A constant was added below the line, against a division by 0
    that cannot happen: after a shift by the maximum the sum is at least 1."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + eps)


@softmax.mistake(limit=[20, 30, 50, 100, 200, 300, 500, 600, 700, 709])
def clips(z, limit=500):
    """1000, 1001 and 999 come out as a tie. Clipping keeps exp finite, and forgets how far apart the
    clipped scores were. A shift keeps the differences."""
    return soft(np.clip(z, -limit, limit))


@softmax.mistake
def never_shifts(z):
    """Ordinary scores are right, and 1000 gives nan: exp of 1000 is inf, and inf / inf has no value. Only
    differences count, so there is a shift that leaves the answer alone and keeps exp small."""
    return naive(z)


@softmax.mistake
def shifts_by_the_mean(z):
    """A shift is there, and [2000, 0, 0] still overflows: the mean leaves most of it. Only the maximum leaves
    nothing above 0."""
    return naive(z - z.mean(axis=-1, keepdims=True))


@softmax.mistake
def shifts_by_the_minimum(z):
    """A shift is there, and [2000, 0, 0] still overflows: the minimum takes away the least there is.
    Subtract what leaves no exponent above 0."""
    return naive(z - z.min(axis=-1, keepdims=True))


@softmax.mistake
def adds_the_maximum(z):
    """The shift goes the wrong way: adding the maximum doubles the largest exponent instead of making it 0,
    so exp overflows all the sooner."""
    return naive(z + z.max(axis=-1, keepdims=True))


@softmax.mistake
def one_maximum_for_all(z):
    """A row far below another comes out as nan. You subtracted one maximum from the whole batch, so every
    exp in the low row became 0, and 0 / 0 has no value. Each row needs its own maximum."""
    return batch_shifted(z)


@exercise(
    scores_with_ties,
    points=2,
    verified=(
        "one number a row, batches and one row alone, scores of 1000 and -1000, and a row far below "
        "the others."
    ),
    think="how far can log-sum-exp lie above the largest score, if there are k classes?",
    hints=[
        "Write the sum of exponentials with a factor exp(m) taken out, and take the logarithm of the "
        "product.",
        "The logarithm of a product is a sum: m comes back outside.",
        "m is the maximum of each row. The answer has one number a row, so the last axis goes in the end.",
    ],
)
def logsumexp(z):
    m = z.max(axis=-1)
    return m + np.log(np.exp(z - m[..., None]).sum(axis=-1))


def _lse(z, axis=-1):
    return logsumexp.right(np.moveaxis(z, axis, -1))


@logsumexp.mistake
def batch_fails(z):
    """One row works and a batch fails. In an array of shape (n, k) every row gets a log-sum-exp of its
    own."""
    if z.ndim > 1:
        raise TypeError
    return _lse(z)


@logsumexp.mistake(loop=[False, True])
def one_row_fails(z, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single scores."""
    return one_by_one(_lse, z) if loop else _lse(z, axis=1)


@logsumexp.mistake
def keeps_the_axis(z):
    """Your answer has an axis of length 1 at its end. It was useful on the way; log-sum-exp itself is one
    number a row."""
    return _lse(z)[..., None]


@logsumexp.mistake
def one_number_for_all(z):
    """A batch gives a single number. Every row has a log-sum-exp of its own."""
    return _lse(z.ravel())


@logsumexp.mistake
def along_the_columns(z):
    """You summed down the columns: one number a class, over all examples. Sum over the classes of each
    example."""
    return _lse(z, axis=0)


@logsumexp.mistake(axis=[-1, 1])
def drops_the_axis_of_m(z, axis=-1):
    """A batch that is not square fails, and a square one gives wrong numbers: the n maxima lost their axis
    and met the columns. Keep the axis until every row has met its own maximum."""
    m = z.max(axis=axis)
    return m + np.log(np.exp(z - m).sum(axis=axis))


@logsumexp.mistake
def keeps_the_axis_of_m(z):
    """You got a number for every pair of rows: the maxima kept their axis of length 1, the logarithms lost
    theirs. Before the two are added they need the same shape."""
    m = z.max(axis=-1, keepdims=True)
    return m + np.log(np.exp(z - m).sum(axis=-1))


@logsumexp.mistake
def forgets_the_maximum(z):
    """Your answer is too low by exactly the largest score of the row. What was taken out of the sum has to
    come back: after the logarithm it is added."""
    return _lse(z) - z.max(axis=-1)


@logsumexp.mistake
def subtracts_the_maximum(z):
    """Your answer is too low by twice the largest score. The maximum was subtracted inside, so outside it
    is added, not subtracted again."""
    return _lse(z) - 2 * z.max(axis=-1)


@logsumexp.mistake
def multiplies_by_the_maximum(z):
    """You scaled the answer for shifted scores by the maximum, or by exp of it. Inside the logarithm it was
    a factor; the logarithm turns a factor into a summand."""
    m = z.max(axis=-1)
    return m * (_lse(z) - m)


@logsumexp.mistake(shift=[False, True])
def no_logarithm(z, shift=False):
    """You returned a sum of exponentials. The name is read from the right: exp, then sum, then log."""
    return np.exp(z - shift * z.max(axis=-1, keepdims=True)).sum(axis=-1)


@logsumexp.mistake
def logarithm_of_each(z):
    """You returned the sum of the scores. The logarithm of each exponential is the score again; take the
    sum first, then one logarithm."""
    return z.sum(axis=-1)


@logsumexp.mistake
def maximum_alone(z):
    """You returned the largest score. Log-sum-exp lies a little above it: the other classes add
    something."""
    return z.max(axis=-1)


@logsumexp.mistake
def maximum_counts_twice(z):
    """The largest score is counted twice: log1p adds a 1 for it, and your sum holds it already."""
    m = z.max(axis=-1)
    return m + np.log1p(np.exp(z - m[..., None]).sum(axis=-1))


@logsumexp.mistake
def ties_count_for_nothing(z):
    """Where two scores share the first place you left both out. Only one of them is the 1 that log1p
    adds."""
    return (z - ties_left_out(z))[..., 0]


@logsumexp.mistake
def log_mean_exp(z):
    """Your answer is too low by the logarithm of k. You averaged the exponentials, and log-sum-exp adds
    them up."""
    return _lse(z) - np.log(z.shape[-1])


@logsumexp.mistake(base=[2, 10])
def logarithm_of_another_base(z, base=2):
    """Your answer is the right one divided by a constant: a logarithm to another base. The inverse of exp
    is the natural logarithm."""
    return _lse(z) / np.log(base)


@logsumexp.mistake
def without_a_shift(z):
    """Ordinary scores are right, and 1000 gives inf, -1000 gives -inf. The result would fit, exp of the
    scores does not. Take a factor out of the sum before it overflows."""
    return np.log(np.exp(z).sum(axis=-1))


@logsumexp.mistake
def shift_of_the_batch(z):
    """A row far below another comes out as -inf: one maximum for the whole batch leaves it nothing but
    zeros. Each row needs its own."""
    return z.max() + np.log(np.exp(z - z.max()).sum(axis=-1))


@logsumexp.mistake
def shift_by_the_mean(z):
    """A shift is there, and [2000, 0, 0] still overflows: the mean leaves most of it. Only the maximum leaves
    nothing above 0."""
    m = z.mean(axis=-1)
    return m + np.log(np.exp(z - m[..., None]).sum(axis=-1))


@exercise(
    scores_with_ties,
    points=3,
    verified=(
        "exp of each row sums to 1, batches and one row alone, and classes whose probability is too "
        "small for a float."
    ),
    think="softmax rounds a probability of exp(-800) to 0. Why can its logarithm still be stored?",
    hints=[
        "Take the logarithm of the fraction on paper, before any float is computed.",
        "log p is a score minus the log-sum-exp of its row.",
        "Subtract the maximum first, and use the shifted scores in both places.",
    ],
)
def log_softmax(z):
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


@log_softmax.mistake
def fails_on_batches(z):
    """One row works and a batch fails. In an array of shape (n, k) every row is one example."""
    if z.ndim > 1:
        raise TypeError
    return log_soft(z)


@log_softmax.mistake(loop=[False, True])
def fails_on_one_row(z, loop=False):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it
    meets single scores."""
    return one_by_one(log_soft, z).reshape(z.shape) if loop else log_soft(z, axis=1)


@log_softmax.mistake(axis=[-1, 1], lost=LOST)
def loses_the_axis(z, axis=-1, lost=LOST[0]):
    """A batch that is not square fails. The maxima or the sums, one a row, lost their axis, and NumPy lines
    them up with the columns. Keep the axis, so that each row meets its own."""
    d, sums = loses_an_axis(z, axis, lost)
    return d - np.log(sums)


@log_softmax.mistake
def whole_array(z):
    """exp of your whole array sums to 1, and exp of no row does. Each row is a distribution of its own."""
    return z - _lse(z.ravel())


@log_softmax.mistake
def columns(z):
    """exp of your columns sums to 1, not exp of your rows. The classes of one example stand in a row."""
    return log_soft(z, axis=0)


@log_softmax.mistake
def no_log(z):
    """You returned probabilities: positive, with a sum of 1. Their logarithms are asked for."""
    return soft(z)


@log_softmax.mistake
def positive(z):
    """Your entries are all positive: these are surprises, -log p. A log-probability is never above 0."""
    return -log_soft(z)


@log_softmax.mistake
def shift_alone(z):
    """The best class of each row got 0, which would be a probability of 1. The shift by the maximum is the
    first half; the logarithm of the sum is missing."""
    return z - z.max(axis=-1, keepdims=True)


@log_softmax.mistake
def sum_without_log(z):
    """You subtracted the sum of the exponentials, not its logarithm. The logarithm of a fraction is a
    difference of two logarithms."""
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.exp(d).sum(axis=-1, keepdims=True)


@log_softmax.mistake
def quotient_of_logs(z):
    """You divided the score by log-sum-exp. The logarithm turns a division into a subtraction."""
    return z / _lse(z)[..., None]


@log_softmax.mistake
def adds_the_logarithm(z):
    """exp of your rows does not sum to 1: what stands below the line is subtracted in logarithms, and you
    added it."""
    d = z - z.max(axis=-1, keepdims=True)
    return d + np.log(np.exp(d).sum(axis=-1, keepdims=True))


@log_softmax.mistake(sign=[1, -1])
def shift_on_one_side(z, sign=1):
    """All entries of a row are off by the same amount, its largest score. The score and the sum must be
    shifted alike."""
    return log_soft(z) + sign * z.max(axis=-1, keepdims=True)


@log_softmax.mistake
def column_maxima(z):
    """You subtracted the maximum of each column, so each class was shifted by a number of its own. Only one
    number for a whole row leaves its differences alone."""
    return log_soft(z - z.max(axis=0))


@log_softmax.mistake
def best_counts_twice(z):
    """The largest score is counted twice: log1p adds a 1 for it, and your sum holds it already."""
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.log1p(np.exp(d).sum(axis=-1, keepdims=True))


@log_softmax.mistake
def leaves_all_ties_out(z):
    """Where two scores share the first place you left both out. Only one of them is the 1 that log1p
    adds."""
    return ties_left_out(z)


@log_softmax.mistake
def log_of_the_scores(z):
    """You took the logarithm of the scores, and got nan where they are negative. Scores have to go through
    exp before they are anything like probabilities."""
    return np.log(z) - np.log(z.sum(axis=-1, keepdims=True))


@log_softmax.mistake(base=[2, 10])
def not_natural(z, base=2):
    """Your answer is the right one divided by a constant: a logarithm to another base. In nats, e to the
    power of log p is p."""
    return log_soft(z) / np.log(base)


@log_softmax.mistake
def softmax_first(z):
    """Your entries are far too even. Softmax was applied first, and its probabilities were then taken for
    scores."""
    return log_soft(soft(z))


@log_softmax.mistake(eps=EPSILONS, clip=[False, True])
def epsilon_inside(z, eps=1e-12, clip=False):
    """No entry of yours goes below the logarithm of a small constant, and some should. A constant inside the
    logarithm hides the -inf and not its cause: p was rounded to 0 on the way."""
    p = soft(z)
    return np.log(np.clip(p, eps, 1) if clip else p + eps)


@log_softmax.mistake
def log_of_softmax(z):
    """Ordinary scores are right, and a class far behind gets -inf. Softmax rounded its probability to 0, and
    no logarithm brings it back. Take the logarithm on paper first."""
    return np.log(soft(z))


@log_softmax.mistake(quotient=[True, False])
def not_shifted(z, quotient=True):
    """Ordinary scores are right, and 1000 fails, because exp of it is inf. Shift the scores before exp sees
    them."""
    return np.log(naive(z)) if quotient else z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@log_softmax.mistake
def shifted_as_a_batch(z):
    """A row far below another comes out as inf or nan: one maximum for the whole batch leaves it nothing
    but zeros. Each row needs its own."""
    return z - z.max() - np.log(np.exp(z - z.max()).sum(axis=-1, keepdims=True))
