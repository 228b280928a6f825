"""What goes wrong in lesson 05, Tell logits from probabilities."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, ROW, labeled, scores
from .pieces import (
    argmax,
    batch_shifted,
    is_distribution,
    log_softmax,
    naive,
    one_hot,
    over_n,
    p_minus_y,
    pick,
    softmax,
)
from .slips import BATCHES


@exercise
class my_predict:
    points = 1
    verified = "one index a row, batches and one row alone, the first of several best, and scores of 1000."
    think = "softmax is not needed here. For which question about several rows is it?"
    hints = [
        "The answer is an index, not a score. Which NumPy function finds where the largest entry stands?",
        "In a batch the classes are the last axis; you want one answer a row.",
    ]

    def probes(rng):
        """Probes for predict: where no class has half of the probability, and where classes share the first
        place."""
        ordinary, extreme = scores(rng)
        even = np.array([[0.3, 0.5, 0.4], [0.2, 0.0, 0.1]])
        return [*ordinary, (even,), (np.array([[0.0, 0.0, 0.0], [1.0, 3.0, 3.0]]),)], extreme

    def right(z):
        return argmax(z)

    def score_of_the_winner(z):
        """You returned the highest score. What is asked for is the class that has it: its index."""
        return z.max(axis=-1)

    def least_likely(z):
        """You picked the class with the lowest score. The highest score is the likeliest class."""
        return z.argmin(axis=-1)

    def largest_magnitude(z):
        """You picked the score that is farthest from 0. A score of -2 is a low one: the sign counts."""
        return np.abs(z).argmax(axis=-1)

    def majority(z):
        """Where no class has more than half of the probability you answer 0. The likeliest class needs no
        majority."""
        return (softmax(z) > 0.5).argmax(axis=-1)

    def after_columns(z):
        """You normalized down the columns first, and so compared the examples with each other. The order
        within a row needs no softmax."""
        return softmax(z, axis=0).argmax(axis=-1)

    def through_nan(z):
        """Ordinary scores are right, and 1000 gives class 0 whatever the others are: exp overflowed, and
        argmax stops at the first nan. The order of the scores needs no softmax."""
        return naive(z).argmax(axis=-1)

    def through_a_batch_shift(z):
        """A row far below another gets class 0 whatever its scores are: softmax with one maximum for the
        batch made it nan. The order of the scores needs no softmax."""
        return batch_shifted(z).argmax(axis=-1)

    def last_of_ties(z):
        """Where several classes share the highest score you take the last of them. The first is asked for."""
        return z.shape[-1] - 1 - z[..., ::-1].argmax(axis=-1)

    def sum_of_ties(z):
        """Where several classes share the highest score you return the sum of their indices, which may be no
        class at all. The first of them is asked for."""
        return (z == z.max(axis=-1, keepdims=True)) @ np.arange(z.shape[-1])


@exercise
class my_which:
    points = 2
    verified = (
        "rows that are not negative and do not sum to 1, negative rows that are no logarithms, and "
        "one bad row in a batch."
    )
    think = "logits can be [0.3, 0.7] too. What would you look at in the code that made them, to be sure?"
    hints = [
        "Two things make a row of probabilities. Log-probabilities become such a row after one function.",
        "One row that breaks the rule is enough to rule a form out.",
        "What is neither is called logits. Compare sums up to rounding.",
    ]
    without = ("one_row_fails", "down_the_columns", "exact_sum", "exact_sum_alone", "one_answer_for_all")
    same = {"keeps_the_axis": "the answer is one word for the whole array"}

    def probes(rng):
        """Probes for which(x): all three forms, rows that fool a check of one property alone, and some in
        forms that nobody knows beforehand: else a list of answers would do."""
        z = rng.normal(size=(4, 3))
        forms = [(softmax, log_softmax, np.array)[i] for i in rng.integers(3, size=8)]
        rounded = np.array([[0.7, 0.2, 0.1], [0.7, 0.1, 0.2]])
        some = [
            softmax(BATCH), log_softmax(BATCH), BATCH, softmax(ROW), log_softmax(ROW), ROW, rounded,
            softmax(z), log_softmax(z), z,
            np.array([[0.2, 0.5], [0.9, 0.1]]), np.array([0.3, 0.9, 0.4]), np.array([1.5, -0.9, 0.4]),
            np.array([1.5, 0.9, 0.4]), np.array([[0.5, 0.1, 0.2], [0.5, 0.9, 0.8]]), np.array([-1.0, -2.0]),
            np.array([[0.5, 0.7], [0.5, 0.3]]), np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), -softmax(BATCH),
            np.vstack([log_softmax(ROW), -ROW**2]), np.vstack([log_softmax(ROW), ROW]), -ROW**2,
            np.array([[0.0, -np.inf]]), np.array([0.0, -0.1]), np.array([0.5, 0.505]),
            np.array([0.2, 0.3, 0.1]),
            np.array([-0.5, 0.8, 0.7]), *(form(rng.normal(size=(4, 3))) for form in forms),
            *(form(rng.normal(size=(8, 9))) for form in (softmax, log_softmax, np.array)),
        ]  # fmt: skip
        return [(x,) for x in some], []

    def right(x):
        if is_distribution(x).all():
            return "probabilities"
        return "log-probabilities" if _logs(x) else "logits"

    @any_of(loop=[False, True])
    def one_row_fails(x, loop):
        if x.ndim == 1 and not loop:
            raise TypeError
        return my_which.reference(x) if x.ndim > 1 else "logits"

    def signs_alone(x):
        """You looked at signs alone, so that a row such as [0.2, 0.5] counts as probabilities. It sums to
        0.7; the probabilities of a row sum to 1."""
        return _say(x.min() >= 0, x.max() <= 0)

    def minus_means_log(x):
        """You call every row without a positive entry log-probabilities. A row such as [-1, -2] is none:
        exp of it sums to 0.50."""
        return _say(x.min() >= 0 and _sums(x).all(), x.max() <= 0)

    def zeros_refused(x):
        """A row with a 0 in it counts as logits for you. A probability may be 0, and the logarithm of a
        probability of 1 is 0."""
        return _say(x.min() > 0 and _sums(x).all(), x.max() < 0 and _logs(x))

    def no_probabilities(x):
        """You never answered "probabilities". Such a row has no negative entry, and it sums to 1. Softmax
        changes it, unless all of its entries are equal."""
        return _say(False, _logs(x))

    def no_logs(x):
        """You never answered "log-probabilities". exp of such a row sums to 1, which logits only do by
        accident."""
        return _say(x.min() >= 0 and _sums(x).all(), False)

    def no_logits(x):
        """You never answered "logits". What is neither probabilities nor their logarithms still has a
        name."""
        return _say(x.min() >= 0 and _sums(x).all(), True)

    def down_the_columns(x):
        return _say(x.min() >= 0 and _sums(x, axis=0).all(), _sums(np.exp(x), axis=0).all())

    def average_row_decides(x):
        """You call a batch such as [[0.5, 0.7], [0.5, 0.3]] probabilities: its rows sum to 1 on average.
        Every single row has to."""
        return _say(x.min() >= 0 and np.isclose(x.sum(), x.size / x.shape[-1]), _logs(x))

    @any_of(exact=[False, True], signs=[True, False])
    def total_decides(x, exact, signs):
        """You summed the whole array, and a batch of n good rows sums to n. Every row has to sum to 1."""
        is_1 = (lambda total: total == 1) if exact else (lambda total: np.isclose(total, 1))
        return _say((x.min() >= 0 or not signs) and is_1(x.sum()), is_1(np.exp(x).sum()))

    @any_of(row=["any", "first"])
    def one_good_row_is_enough(x, row):
        """One good row was enough for you. A single row that breaks the rule shows that the whole array is
        something else."""
        x = np.atleast_2d(x)[:1] if row == "first" else x
        return _say(x.min() >= 0 and _sums(x).any(), _sums(np.exp(x)).any())

    def exact_sum(x):
        return _say(x.min() >= 0 and _exact(x), _exact(np.exp(x)))

    def exact_sum_alone(x):
        return _say(_exact(x), _exact(np.exp(x)))

    def names_exchanged(x):
        """Where "probabilities" is right you said "log-probabilities", and the other way round. Logarithms of
        numbers below 1 are negative."""
        right = my_which.reference(x)
        return {"probabilities": "log-probabilities", "log-probabilities": "probabilities"}.get(right, right)


def _say(probabilities, logs):
    return "probabilities" if probabilities else "log-probabilities" if logs else "logits"


def _sums(x, axis=-1):
    return np.isclose(x.sum(axis=axis), 1)


def _exact(x):
    return (x.sum(axis=-1) == 1).all()


def _logs(x):
    return _sums(np.exp(x)).all()


@exercise
class my_surest:
    points = 2
    pieces = ()  # what goes wrong in log_softmax has better words here
    verified = (
        "batches with rows at different levels, scores of 1000, and rows whose p of that class is 0 "
        "in floats."
    )
    think = "you add 100 to every score of one row. Does your answer change, and should it?"
    hints = [
        "A score of 8 in one row and a score of 2 in another do not compare. What does?",
        "Take the column of class c from the logarithm of something whose rows sum to 1.",
    ]

    def probes(rng):
        """Probes for f(z, c): the highest logit of the column is never in the surest row."""
        pictures = np.array([[0.1, -2.0, 3.4, 3.3], [-3.0, -3.0, 2.0, -3.0], [8.0, 9.0, 8.0, 7.0]])
        square = np.array([[1.0, 0.0, 3.0], [5.0, 4.0, 5.0], [0.0, 2.0, -1.0]])
        wide = np.array([[3.0, 6.0, -9.0], [2.0, 0.0, 0.0]])
        crowd = np.array([[0.0, -1.0, -1.0], [0.0, -0.9, -9.0]])
        fresh = rng.normal(size=(5, 3)) * 2 + np.arange(5)[:, None]
        ordinary = [(pictures, 2), (pictures, 0), (square, 1), (square, 0), (square, 2), (wide, 0)]
        ordinary += [(rng.normal(size=(8, 9)) * 2, 6), (fresh, 1), (fresh[:, ::-1], 0), (crowd, 0)]
        far = np.array([[1000.0, 1003.0], [-1000.0, -1001.0], [2.0, 2.5]])
        apart = np.array([[300.0, 303.0], [-500.0, -491.0]])
        low = np.array([[0.0, 900.0, 1.0], [-3.0, 800.0, 0.0], [5.0, 10000.0, 0.0]])
        return ordinary, [(far, 0), (far, np.int64(1)), (far - 1000, 0), (low, 0), (low, 2), (apart, 0)]

    def right(z, c):
        return log_softmax(z)[:, c].argmax()

    def compares_logits(z, c):
        """You picked the row with the highest score for that class. A score means something only beside the
        other scores of its row; rows compare by their probabilities. A softmax down the column keeps the
        order of that column, so it does not help."""
        return z[:, c].argmax()

    def class_of_a_row(z, c):
        """You took row c and returned a class. The question runs the other way: the class is given, the row
        is asked for."""
        return z[c % len(z)].argmax()

    def least_sure(z, c):
        """You picked the row that is least sure of that class."""
        return log_softmax(z)[:, c].argmin()

    def surest_of_anything(z, c):
        """Your answer is the row that is surest of its own favorite, and c has no part in it."""
        return log_softmax(z).max(axis=-1).argmax()

    def first_that_it_wins(z, c):
        """You took the first row that class c wins. It may win several rows, and is surest in one of them; it
        may also win none."""
        return (z.argmax(axis=-1) == c).argmax()

    def divides_the_scores(z, c):
        """You divided the score by the sum of its row. Scores can be negative, so that this is no
        probability: softmax makes one."""
        return (z[:, c] / z.sum(axis=-1)).argmax()

    def counts_from_1(z, c):
        return log_softmax(z)[:, c - 1].argmax()

    def lead_over_the_best(z, c):
        """You compared how far the score lies below its row's best. The other classes take probability too:
        the row's log-sum-exp counts, not its maximum."""
        return (z - z.max(axis=-1, keepdims=True))[:, c].argmax()

    def lead_over_the_others_best(z, c):
        """You compared the lead over the best of the other classes. All of them take probability, not only
        the best: the row's log-sum-exp counts."""
        return (z[:, c] - np.delete(z, c, axis=1).max(axis=1)).argmax()

    def nan_wins(z, c):
        """Ordinary scores are right, and a row of 1000 wins because its softmax overflowed: argmax stops at
        the first nan. Shift each row by its maximum."""
        return naive(z)[:, c].argmax()

    def batch_shift_wins(z, c):
        """A row far below another wins with nan: one maximum for the whole batch left it nothing but
        zeros."""
        return batch_shifted(z)[:, c].argmax()

    def sum_of_exp_overflows(z, c):
        """Ordinary scores are right. In floats exp of 1000 is inf and exp of -1000 is 0, so the logarithm of
        the sum is inf or -inf. Shift each row by its maximum."""
        return (z[:, c] - np.log(np.exp(z).sum(axis=-1))).argmax()

    @any_of(last=[False, True])
    def ties_at_zero(z, c, last):
        """Ordinary scores are right. Where p of that class is 0 in every row, your answer is the first row or
        the last. Softmax rounded them all to 0; their logarithms still differ."""
        p = softmax(z)[:, c]
        return len(p) - 1 - p[::-1].argmax() if last else p.argmax()


@exercise
class my_gradient:
    points = 3
    verified = (
        "the shape of z, rows that sum to 0, the mean over the examples, and confident mistakes, "
        "whose slope is not 0."
    )
    think = "each row of the answer sums to 0. What would it mean for training if it did not?"
    hints = [
        "Which number do you get for one example, if you nudge one of its scores and watch the loss?",
        "For one example it is p minus the one-hot row of its label.",
        "The loss is a mean over n examples. What does that do to the slope of each?",
    ]
    probes, same = labeled, BATCHES

    def right(z, y):
        return over_n(p_minus_y(softmax(z), one_hot(z, y)))

    def true_class_alone(z, y):
        """Only one entry a row differs from 0. The classes share a sum, so nudging a wrong class changes the
        loss too."""
        return over_n((softmax(z) - 1) * one_hot(z, y))

    def minus_1_over_p(z, y):
        """You stopped half way: -1/p is the slope with respect to p. The scores reach the loss through
        softmax, whose slope is a second factor."""
        return over_n(-one_hot(z, y) / softmax(z))

    def slope_of_yes_or_no_losses(z, y):
        """Your slope belongs to k separate yes-or-no questions, and tells how their loss changes with p. Here
        one class is true, and the scores reach the loss through softmax."""
        p, q = softmax(z), one_hot(z, y)
        return over_n(-q / p + (1 - q) / (1 - p))

    @any_of(eps=[1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6])
    def epsilon_flattens(z, y, eps):
        """Your slope fades where the model is confidently wrong, and should be 1 there. A constant inside the
        logarithm caps the loss, and a capped loss has no slope."""
        p, q = softmax(z), one_hot(z, y)
        true = pick(p, y)[:, None]
        return true / (true + eps) * (p - q) / len(y)
