"""What goes wrong in the pieces that many exercises share, each written once, with one name and one text.

The formulas that a right answer takes by name, as in `over_n(p_minus_y(softmax(z), one_hot(z, y)))`, are its
pieces. A slip stands in for one of them, and gets the right piece as its first argument; so a new exercise
that is built on softmax knows all of its slips. The piece `answer` is the whole function, where it returns an
array of floats.
"""

import numpy as np

from backstage.checks.slip import slip

from .pieces import argmax, log_softmax, logsumexp, one_hot, pick, softmax, times_log

EPSILONS = [
    1e-300, 1e-100, 1e-30, 1e-20, 1e-16, 2.2e-16, 2.0**-52, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6,
]  # fmt: skip
SMALL = [1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6]
LIMITS = [20, 30, 50, 100, 200, 300, 500, 600, 700, 709]
LOST_AXES = ["sums, no shift", "sums", "maxima", "both"]
REDUCE = ["logsumexp", "argmax", "total", "is_distribution"]  # pieces that give one answer a row
# Reasons why an exercise cannot show a slip, where several have the same.
BATCHES = {name: "z is always a batch" for name in ("a_batch_fails", "one_row_fails")}
A_ROW = "the input is one row, which is a batch's maximum and column too"


def as_asked(right, z, log_p):
    """From log-probabilities to what the right piece gives: those, or probabilities, or log-sum-exp."""
    return np.exp(log_p) if right is softmax else log_p if right is log_softmax else (z - log_p)[..., 0]


def shifted(right, z, m, on_paper):
    """Softmax with any shift m. The logarithm of the quotient may be taken on paper."""
    sums = np.exp(z - m).sum(axis=-1, keepdims=True)
    if right is logsumexp:
        return (m + np.log(sums)).squeeze(-1)
    p = np.exp(z - m) / sums
    return p if right is softmax else z - m - np.log(sums) if on_paper else np.log(p)


# Axes.


@slip("softmax", "log_softmax", *REDUCE, stage="axis")
def a_batch_fails(right, x):
    """One row works and a batch fails. In an array of shape (n, k) every row is one example; the last axis
    holds the classes in both."""
    if x.ndim > 1:
        raise TypeError
    return right(x)


@slip("softmax", "log_softmax", *REDUCE, stage="axis", loop=[False, True])
def one_row_fails(right, x, loop):
    """A batch works and one row alone does not. Its shape is (k,): it has no axis 1, and a loop over it meets
    single numbers."""
    if not loop:
        return right(x, axis=1)
    rows = np.array([right(np.atleast_1d(row)) for row in x])
    return rows.reshape(x.shape if right in (softmax, log_softmax) else -1)


@slip("softmax", "log_softmax", stage="axis", axis=[-1, 1], lost=LOST_AXES)
def drops_the_axis(right, z, axis, lost):
    """A batch that is not square fails. The maxima or the sums, one a row, lost their axis, and NumPy lines
    them up with the columns. Keep the axis, so that each row meets its own."""
    d = z if lost == "sums, no shift" else z - z.max(axis=axis, keepdims=lost == "sums")
    sums = np.exp(d).sum(axis=axis, keepdims=lost == "maxima")
    return np.exp(d) / sums if right is softmax else d - np.log(sums)


@slip(*REDUCE, stage="axis")
def keeps_the_axis(right, x):
    """Your answer has an axis of length 1 at its end. It may be useful on the way; the answer has one entry a
    row."""
    return right(x, keepdims=True)


@slip(*REDUCE, stage="axis")
def one_answer_for_all(right, x):
    """You gave a single answer for the whole array. Each row is an example, and has an answer of its own;
    picking entries by a condition flattens a batch."""
    return right(x, axis=None)


@slip("softmax", "log_softmax", stage="axis", shift=[False, True])
def over_the_whole_batch(right, z, shift):
    """You normalized over the whole array: all of its probabilities together sum to 1. Each row is a
    distribution of its own."""
    d = z - shift * z.max(axis=-1, keepdims=True)
    return np.exp(d) / np.exp(d).sum() if right is softmax else d - np.log(np.exp(d).sum())


@slip("softmax", "log_softmax", *REDUCE, stage="axis")
def down_the_columns(right, x):
    """You worked down the columns, across the examples. The classes of one example stand in a row, and belong
    together."""
    return right(x, axis=0)


# Softmax and its logarithm.


@slip("softmax", "log_softmax", stage="formula")
def never_exponentiates(right, z):
    """You divided the scores themselves by their sum. Some scores are negative, so these are no
    probabilities, and have no logarithms: exp comes first, to make every score positive."""
    p = z / z.sum(axis=-1, keepdims=True)
    return p if right is softmax else np.log(p)


@slip("softmax", stage="formula")
def exponential_missing(right, z):
    """You have log-probabilities where probabilities belong: one exponential is missing."""
    return log_softmax(z)


@slip("log_softmax", stage="formula")
def logarithm_missing(right, z):
    """You have probabilities where their logarithms belong. Without the logarithm, being sure and wrong looks
    hardly worse than being unsure."""
    return softmax(z)


@slip("softmax", stage="formula")
def never_divides(right, z):
    """Within a row your ratios are right, and its probabilities do not sum to 1. Making scores positive is
    half of softmax; dividing by the row's sum is the other half."""
    return np.exp(z)


@slip("softmax", "log_softmax", stage="formula")
def sum_missing(right, z):
    """The best class of each row gets a probability of 1, whose logarithm is 0. You stopped after the shift
    by the maximum, or divided by the largest exponential: the sum of all is missing."""
    d = z - z.max(axis=-1, keepdims=True)
    return np.exp(d) if right is softmax else d


@slip("softmax", "log_softmax", stage="formula")
def sigmoid_of_each(right, z):
    """You took the sigmoid of each score, and a row of these does not sum to 1. The sigmoid looks at one
    score at a time; in softmax the classes compete."""
    return as_asked(right, z, -np.log(1 + np.exp(-z)))


@slip("softmax", "log_softmax", stage="formula")
def softmax_twice(right, z):
    """Softmax ran twice, and the second time it got probabilities where scores belong: no class comes out
    more than e times as likely as another."""
    return right(softmax(z))


@slip("softmax", "log_softmax", stage="formula")
def stray_minus(right, z):
    """The highest score gets the least. A stray minus turned the order around."""
    return right(-z)


@slip("softmax", "log_softmax", stage="formula")
def maxima_of_the_columns(right, z):
    """You subtracted the maximum of each column, so each class was shifted by a number of its own. Only one
    number for a whole row leaves its differences alone."""
    return right(z - z.max(axis=0))


@slip("softmax", "log_softmax", "logsumexp", stage="formula", base=[2, 10])
def powers_of_another_base(right, z, base):
    """The order is right and the gaps are not: your powers are not powers of e. Another base is another
    temperature."""
    return right(z * np.log(base))


@slip("softmax", "log_softmax", stage="formula")
def squares(right, z):
    """A score of -2 gets more than a score of 1. Squares are positive too, but they forget the sign; exp
    keeps the order."""
    return as_asked(right, z, np.log(z**2 / (z**2).sum(axis=-1, keepdims=True)))


@slip("softmax", "log_softmax", stage="formula")
def standardizes(right, z):
    """Multiplying all scores by 10 does not change your answer. It should: the scores are no z-scores, and
    dividing them by their spread throws their size away."""
    return right((z - z.mean(axis=-1, keepdims=True)) / z.std(axis=-1, keepdims=True))


@slip("softmax", "log_softmax", stage="formula")
def divides_scores_by_the_maximum(right, z):
    """You made the scores small by dividing them by their maximum. Division changes the differences, and
    softmax lives on them; a shift leaves them alone."""
    return right(z / z.max(axis=-1, keepdims=True))


@slip("softmax", "log_softmax", "logsumexp", stage="formula")
def ties_left_out(right, z):
    """Where two scores share the first place you left both out. Only one of them is the 1 that log1p adds."""
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log1p(np.where(d == 0, 0, np.exp(d)).sum(axis=-1, keepdims=True))
    return as_asked(right, z, log_p)


@slip("softmax", "log_softmax", "logsumexp", stage="formula")
def best_counts_twice(right, z):
    """The largest score is counted twice: log1p adds a 1 for it, and your sum holds it already."""
    d = z - z.max(axis=-1, keepdims=True)
    log_p = d - np.log1p(np.exp(d).sum(axis=-1, keepdims=True))
    return as_asked(right, z, log_p)


@slip("softmax", stage="formula")
def scores_as_probabilities(right, z):
    """You have scores where probabilities belong, and a row of scores does not sum to 1: softmax is
    missing."""
    return z


@slip("log_softmax", stage="formula")
def scores_as_log_probabilities(right, z):
    """You took scores for log-probabilities. A score means something only next to the other scores of its
    row: the log-sum-exp is missing."""
    return z


@slip(stage="formula")
def p_taken_for_scores():
    """You took probabilities for scores, and softmax of those is far too even: they lie between 0 and 1. The
    scores behind probabilities are their logarithms."""


@slip("log_softmax", stage="formula")
def logarithm_of_the_scores(right, z):
    """You took the logarithm of scores, and got nan where they are negative. A score is no probability:
    softmax stands between them."""
    return np.log(z)


@slip("log_softmax", stage="formula")
def sum_without_log(right, z):
    """You subtracted the sum of the exponentials, not its logarithm. The logarithm of a fraction is a
    difference of two logarithms."""
    d = z - z.max(axis=-1, keepdims=True)
    return d - np.exp(d).sum(axis=-1, keepdims=True)


@slip("log_softmax", stage="formula")
def quotient_of_logs(right, z):
    """You divided the score by log-sum-exp. The logarithm turns a division into a subtraction."""
    return z / logsumexp(z, keepdims=True)


@slip("log_softmax", stage="formula")
def adds_the_logarithm(right, z):
    """Your log-probabilities have exponentials that do not sum to 1: what stands below the line is subtracted
    in logarithms, and you added it."""
    d = z - z.max(axis=-1, keepdims=True)
    return d + np.log(np.exp(d).sum(axis=-1, keepdims=True))


@slip("log_softmax", stage="formula", sign=[1, -1])
def shift_on_one_side(right, z, sign):
    """All log-probabilities of a row are off by the same amount, its largest score. The score and the sum
    must be shifted alike: what is subtracted inside the sum comes back after its logarithm."""
    return log_softmax(z) + sign * z.max(axis=-1, keepdims=True)


@slip("log_softmax", "logsumexp", "after_each", "times_log", stage="formula", base=[2, 10])
def logarithm_of_another_base(right, *args, base):
    """Your logarithm has another base, so the answer is not in nats. In nats the logarithm is the natural
    one, the inverse of exp."""
    return right(*args) / np.log(base)


@slip("softmax", stage="stability", eps=SMALL)
def adds_epsilon_below(right, z, eps):
    """Your rows sum to a little less than 1. A constant was added below the line, against a division by 0
    that cannot happen: after a shift by the maximum the sum is at least 1."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (e.sum(axis=-1, keepdims=True) + eps)


@slip("softmax", "log_softmax", "logsumexp", stage="stability", limit=LIMITS)
def clips_scores(right, z, limit):
    """Scores that differ come out as a tie, where they are far out. Clipping keeps exp finite, and forgets
    how far apart the clipped scores were. A shift keeps the differences."""
    return right(np.clip(z, -limit, limit))


@slip("log_softmax", stage="stability", eps=EPSILONS, clip=[False, True])
def epsilon_in_the_logarithm(right, z, eps, clip):
    """Far behind and farther behind look alike: a small constant inside the logarithm stops it. The scores
    still know the difference, and log-probabilities that are computed from them need no constant."""
    p = softmax(z)
    return np.log(np.clip(p, eps, 1) if clip else p + eps)


@slip("log_softmax", stage="stability")
def log_after_softmax(right, z):
    """Ordinary scores are right, and a class far behind is not: softmax rounded its probability to 0 before
    the logarithm, and no logarithm brings it back. Go from scores to log-probabilities directly."""
    return np.log(softmax(z))


@slip("softmax", "log_softmax", "logsumexp", stage="stability", on_paper=[False, True])
def never_shifts(right, z, on_paper):
    """Ordinary scores are right, and very high or very low ones give nan or inf: exp of them is inf or 0.
    Only differences count, so shift every row by its maximum before exp sees it."""
    return shifted(right, z, 0, on_paper)


@slip("softmax", "log_softmax", "logsumexp", stage="stability", on_paper=[False, True])
def shifts_by_the_mean(right, z, on_paper):
    """A shift is there, and a row like [2000, 0, 0] still overflows: the mean leaves most of it. Only the
    maximum leaves nothing above 0."""
    return shifted(right, z, z.mean(axis=-1, keepdims=True), on_paper)


@slip("softmax", "log_softmax", "logsumexp", stage="stability", on_paper=[False, True])
def shifts_by_the_minimum(right, z, on_paper):
    """A shift is there, and a row like [2000, 0, 0] still overflows: the minimum takes away the least there
    is. Subtract what leaves no exponent above 0."""
    return shifted(right, z, z.min(axis=-1, keepdims=True), on_paper)


@slip("softmax", "log_softmax", "logsumexp", stage="stability", on_paper=[False, True])
def adds_the_maximum(right, z, on_paper):
    """The shift goes the wrong way: adding the maximum doubles the largest exponent instead of making it 0,
    so exp overflows all the sooner."""
    return shifted(right, z, -z.max(axis=-1, keepdims=True), on_paper)


@slip("softmax", "log_softmax", "logsumexp", stage="stability", on_paper=[False, True])
def one_maximum_for_all(right, z, on_paper):
    """A row far below another is spoiled: one maximum for the whole batch leaves it nothing but zeros, and 0
    / 0 has no value. Each row needs its own maximum."""
    return shifted(right, z, z.max(), on_paper)


@slip("answer", stage="stability")
@slip("softmax", "log_softmax", stage="stability", of=["answer", "exponentials", "shifted exponentials"])
def keeps_integers(right, z, *more, of="answer"):
    """Whole numbers as input spoil your answer: an array that is made like them holds integers, and cuts off
    what stands behind the point. Make the array for your answer one of floats."""
    z = np.asarray(z)
    if of == "answer":
        return np.asarray(right(z, *more)).astype(z.dtype)
    e = np.exp(z - z.max(axis=-1, keepdims=True) if of != "exponentials" else z).astype(z.dtype)
    return as_asked(right, z, np.log(e / e.sum(axis=-1, keepdims=True)))


@slip("surprise", stage="formula")
def no_minus(right, log_p):
    """A minus is missing. The logarithm of a probability is never above 0, and neither is an average of such
    logarithms; its minus is the surprise."""
    return log_p


# Temperature.


@slip("over_T", stage="formula")
def multiplies(right, z, T):
    """T = 2 made your probabilities sharper. Temperature divides the scores: the hotter, the flatter."""
    return z * T


@slip("over_T", stage="formula")
def no_effect(right, z, T):
    """T changes nothing in your probabilities. Unused, or on both sides of the fraction, or subtracted from
    every score, T cancels."""
    return z


@slip("over_T", stage="formula", power=[2, 0.5])
def power_of_T(right, z, T, power):
    """You divided by the square of T, or by its root. The root belongs to attention, which divides by the
    root of a size; a temperature is used as it is, and once."""
    return z / T**power


@slip("over_T", stage="formula")
def floors(right, z, T):
    """Scores that differ came out equal: your division rounds down to whole numbers. Scores are not
    counted."""
    return z // T


# Log-sum-exp of a row, or after each of its scores.


def largest(right, z):
    """The maximum of each row, or after each score the largest so far."""
    return z.max(axis=-1) if right is logsumexp else np.maximum.accumulate(z)


@slip("logsumexp", "after_each", stage="formula")
def forgets_the_maximum(right, z):
    """Your answer is too low by exactly the largest score. What was taken out of the sum has to come back:
    after the logarithm it is added."""
    return right(z) - largest(right, z)


@slip("logsumexp", "after_each", stage="formula", shift=[False, True])
def sum_of_exponentials(right, z, shift):
    """You returned a sum of exponentials. The name is read from the right: exp, then sum, then log."""
    return np.exp(right(z) - shift * largest(right, z))


@slip("logsumexp", "after_each", stage="formula")
def logarithm_of_each(right, z):
    """You returned the sum of the scores. The logarithm of each exponential is the score again; take the sum
    first, then one logarithm."""
    return z.sum(axis=-1) if right is logsumexp else np.cumsum(z)


@slip("logsumexp", "after_each", stage="formula")
def maximum_alone(right, z):
    """You returned the largest score. Log-sum-exp lies a little above it: the other scores add something."""
    return largest(right, z)


@slip("logsumexp", "after_each", stage="formula")
def log_mean_exp(right, z):
    """Your answer is too low by the logarithm of how many scores there are. You averaged the exponentials,
    and log-sum-exp adds them up."""
    n = z.shape[-1]
    return right(z) - np.log(n if right is logsumexp else np.arange(1, n + 1))


# Labels, means, shares.


@slip("pick", "one_hot", stage="axis", rows=[False, True])
def every_label_for_every_row(right, x, y, rows):
    """Every row was paired with every label of the batch. Row i belongs to label i alone."""
    if right is pick:
        return x[:, y]
    ones = one_hot(x, y).max(axis=0)
    return np.tile(ones, (len(x), 1)) if rows else ones


@slip("pick", stage="axis")
def labels_pick_rows(right, x, y):
    """The labels picked rows, not columns. The first index of an array counts examples, the last one
    classes."""
    return x[y]


@slip("pick", "one_hot", stage="formula")
def labels_as_weights(right, x, y):
    """You multiplied each row by its label, so class 0 counts for nothing and class 3 three times. A label is
    a name: it says where, and weighs nothing."""
    return (y[:, None] * x).sum(axis=-1) if right is pick else y[:, None] * one_hot(x, y)


@slip("pick", "one_hot", "argmax", stage="formula", zero=["last", "nowhere"])
def counts_from_1(right, x, y=None, zero="last"):
    """You counted classes from 1, which puts you one place off. Classes are counted from 0, in NumPy and
    here: class 2 is the third entry."""
    if right is argmax:
        return right(x) + 1
    entries = right(x, y - 1)
    return entries if zero == "last" else np.where((y > 0).reshape(-1, *[1] * (entries.ndim - 1)), entries, 0)


@slip("pick", stage="formula")
def its_own_best_class(right, x, y):
    """You took the class that the model likes best, and the labels had no part in it. What counts is the
    surprise at what is true."""
    return x.max(axis=-1)


@slip("pick", stage="formula", mean=[False, True])
def sum_of_all_classes(right, x, y, mean):
    """You added up all classes of each row, or averaged over them, as if each were true. Only the true class
    counts."""
    return x if mean else x.sum(axis=-1)


@slip("pick", "times_log", stage="stability")
def zero_times_log_of_zero(right, *args):
    """Ordinary inputs are right, and a class of probability 0 gives nan: its logarithm is -inf, and 0 times
    -inf has no value. Leave out what weighs nothing before it is multiplied; and if p comes from scores, take
    log-softmax of them, which is never -inf."""
    if right is times_log:
        p, x = args
        return p * np.log(x)
    x, y = args
    return (one_hot(x, y) * np.log(np.exp(x))).sum(axis=-1)


@slip("p_minus_y", stage="formula")
def minus_the_gradient(right, p, y):
    """Every sign is turned around. Raising the score of the true class makes the loss fall, so its slope is
    negative."""
    return y - p


@slip("p_minus_y", stage="formula")
def p_alone(right, p, y):
    """You stopped at p, and the labels have no part in your answer. The slope for a score is p - y, with y as
    a one-hot row."""
    return p


@slip("p_minus_y", stage="formula")
def subtracts_the_label_number(right, p, y):
    """You subtracted the label as a number, from every class. A label is a name: 1 is subtracted, at its
    place alone."""
    return p - y.argmax(axis=-1)[:, None]


@slip("p_minus_y", stage="formula")
def slope_of_a_sigmoid(right, p, y):
    """A factor p(1 - p) is too much. It belongs to squared errors; with cross-entropy the logarithm cancels
    it."""
    return (p - y) * p * (1 - p)


@slip("p_minus_y", "slopes", stage="formula", within=1e-7)
def measured(right, *args):
    """Your first digits are right and the last ones are not, as in slopes that are measured, or in a formula
    with a small constant in it. Measuring is fine for checking; here the formula is wanted as it is."""
    return right(*args) * (1 + 1e-10)


@slip("mean", stage="axis")
def one_number_per_example(right, x):
    """You returned one number for each example. A batch has a single one, made from the mean of its
    losses."""
    return x


@slip("mean", stage="formula")
def sum_over_examples(right, x):
    """You added the examples up, so that your answer grows with their number. With a mean, a batch that comes
    twice counts the same."""
    return x.sum()


@slip("over_n", stage="formula")
def without_1_over_n(right, x):
    """Your gradient is n times too large. The loss is a mean, so each example moves it by one n-th of its own
    slope."""
    return x


@slip("over_n", stage="formula", axes=[(0, 1), (1,)])
def divided_by_classes(right, x, axes):
    """You divided by the number of classes, beside that of the examples or in its place. The mean runs over
    the n examples alone."""
    return x / np.prod([x.shape[axis] for axis in axes])


# A sum of terms over classes, as in entropy and divergence.


@slip("total", stage="axis")
def not_summed(right, x):
    """You returned one number for each class. The answer is their sum."""
    return x


@slip("times_log", stage="formula")
def no_weights(right, p, x):
    """You added up the logarithms of all classes alike, so a class that never comes counts as much as the
    likeliest. It is an average: each class weighs as much as its probability says."""
    return np.log(x)


@slip("times_log", stage="formula")
def no_logarithm(right, p, x):
    """The logarithm is missing: you averaged what belongs inside it."""
    return p * x


# What makes a row a distribution.


def sums_to_1(p):
    return np.abs(p.sum(axis=-1) - 1) < 1e-6


@slip("is_distribution", stage="formula")
def sum_alone(right, p):
    """A sum of 1 was enough for you, so [1.5, -0.9, 0.4] passes for probabilities. No probability is
    negative."""
    return sums_to_1(p)


@slip("is_distribution", stage="formula")
def nothing_above_1(right, p):
    """A sum of 1 without an entry above 1 was enough for you, so [-0.5, 0.8, 0.7] passes for probabilities.
    No probability is negative."""
    return (p.max(axis=-1) <= 1) & sums_to_1(p)


@slip("is_distribution", stage="formula", top=[np.inf, 1])
def range_alone(right, p, top):
    """That no entry is negative, or above 1, was enough for you, so [0.2, 0.5] passes for probabilities. It
    sums to 0.7, and every row has to sum to 1."""
    return ((p >= 0) & (p <= top)).all(axis=-1)


@slip("is_distribution", stage="formula")
def refuses_zero(right, p):
    """You refuse [0, 1, 0]. A probability of 0 is allowed: that class is impossible."""
    return (p.min(axis=-1) > 0) & sums_to_1(p)


@slip("is_distribution", stage="formula")
def exact_sum(right, p):
    """You asked for a sum of exactly 1. In floats 0.7 + 0.2 + 0.1 is 0.9999999999999999: they round, so a sum
    is compared with 1 up to a small tolerance."""
    return (p.min(axis=-1) >= 0) & (p.sum(axis=-1) == 1)


@slip("is_distribution", stage="formula")
def exact_sum_alone(right, p):
    """You accept rows such as [1.5, -0.9, 0.4], and refuse [0.7, 0.2, 0.1], whose sum in floats is
    0.9999999999999999. No probability is negative, and floats are compared up to a small tolerance."""
    return p.sum(axis=-1) == 1


@slip("is_distribution", stage="formula", tolerance=[0.5, 0.1, 0.05, 0.02, 0.01])
def generous(right, p, tolerance):
    """You accept a sum that is too far from 1. Rounding moves a sum by about 1e-16 for each entry, so the
    tolerance can be tiny."""
    return (p.min(axis=-1) >= 0) & (np.abs(p.sum(axis=-1) - 1) < tolerance)


@slip("is_distribution", stage="formula")
def at_most_1(right, p):
    """You accept rows that sum to less than 1. Something always happens, so the probabilities share all of
    1."""
    return (p.min(axis=-1) >= 0) & (p.sum(axis=-1) < 1 + 1e-9)
