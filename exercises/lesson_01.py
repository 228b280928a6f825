"""What goes wrong in lesson 01, Turn scores into probabilities."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, ROW
from .pieces import is_distribution, softmax


@exercise
class my_ratio:
    points = 1
    verified = "likelier and less likely classes, neighbors or not, negative scores among them."
    think = "which of the scores could you change without changing this number?"
    hints = [
        "Write p_i and p_j as fractions, and divide one by the other. What cancels?",
        "The sum below the line is the same for both classes, so only two exponentials are left.",
        "A quotient of two exponentials is the exponential of a difference.",
    ]

    def probes(rng):
        fresh = rng.normal(size=6)
        fixed = [(BATCH[0], 2, 3), (ROW, 1, 4), (ROW, 4, 2), (BATCH[0], 0, 2)]
        return [*fixed, (fresh, 0, 5), (fresh, 3, np.int64(1))], []

    def right(z, i, j):
        return np.exp(z[i] - z[j])

    def counts_from_1(z, i, j):
        return np.exp(z[i - 1] - z[j - 1])

    def upside_down(z, i, j):
        """Your number is 1 divided by the right one. How many times as likely i is as j has the probability
        of i on top."""
        return np.exp(z[j] - z[i])

    def ratio_of_scores(z, i, j):
        """You divided the scores themselves, which gives negative "ratios" for scores of different signs.
        Probabilities compare through the difference of their scores, not through the quotient."""
        return z[i] / z[j]

    @any_of(shares=[True, False])
    def difference_of_probabilities(z, i, j, shares):
        """You returned how much larger one is than the other, a difference. "How many times as likely" asks
        for a quotient."""
        e = np.exp(z)
        return (e[i] - e[j]) / (e.sum() if shares else 1)

    def minus_1(z, i, j):
        """Your number is 1 less than the right one. Equally likely classes are 1 times as likely as each
        other, not 0 times."""
        return np.exp(z[i] - z[j]) - 1

    def probability_of_one(z, i, j):
        """Your number is the probability of class i, and class j has no part in it. Two probabilities are
        compared here."""
        return softmax(z)[i]

    def share_of_the_pair(z, i, j):
        """Your number is never above 1: it is the share of i if only i and j were possible. A ratio compares
        i with j, not with both."""
        return np.exp(z[i]) / (np.exp(z[i]) + np.exp(z[j]))

    def powers_of_2(z, i, j):
        """One point of score makes a class 2 times as likely in your answer. In softmax it is e times, about
        2.718."""
        return 2 ** (z[i] - z[j])

    def softmax_of_one_score(z, i, j):
        """Your ratio is always 1. Softmax of a single score is 1, whatever the score is: a class gets all
        where it has no rival. Take softmax of the whole row, and then its entries."""
        return softmax(z[i : i + 1])[0] / softmax(z[j : j + 1])[0]


@exercise
class my_sigmoid:
    points = 1
    done_by = ("expit",)
    verified = "one number and arrays of one and two axes, both signs, and 0, where the two classes tie."
    think = "how do you get the probability of the other class from yours, without a second exponential?"
    hints = [
        "Write softmax for the two scores x and 0. What is e to the power of 0?",
        "Divide the top and the bottom of that fraction by the exponential of x.",
        "To ask softmax about many x at once, put the two scores of each side by side, in a new last axis.",
    ]

    def probes(rng):
        column = np.array([-3.0, -0.5, 0.0, 0.1, 2.0])
        fresh = [rng.normal(size=5) * 3, rng.normal(size=7), rng.normal(size=(3, 2)), rng.normal()]
        return [(x,) for x in (column, 0.7, -1.2, *fresh)], [(np.array([-2, 0, 3]),)]

    def right(x):
        return 0.5 * (1 + np.tanh(x / 2))

    def odds(x):
        """Your answer goes above 1. It is the ratio of the two probabilities, the odds; a probability
        compares one class with both together."""
        return np.exp(x)

    def missing_parentheses(x):
        """Your answer is always above 1. Division binds tighter than addition: the whole sum belongs below
        the line."""
        return 1 / 1 + np.exp(-x)

    def tanh(x):
        """Your answer runs from -1 to 1. It is the hyperbolic tangent, which has the same S shape, but a
        probability is never negative."""
        return np.tanh(x)

    @any_of(stacked=[False, True])
    def array_as_one_row(x, stacked):
        """Your answers sum to 1 over the whole array. Each entry of x is a question of its own, with two
        classes; the entries do not compete with each other."""
        if stacked:
            return softmax(np.stack([x, np.zeros_like(x)]))[0]
        return np.exp(x) / np.exp(x).sum()

    def always_1(x):
        """Your answer is always 1, so the other class gets nothing. Its score is 0, and e to the power of 0
        is not 0."""
        return np.exp(x) / (np.exp(x) + 0)

    def plus_and_minus_x(x):
        """Your answer belongs to 2x. The scores x and -x are 2x apart; the two classes here are x apart."""
        return 1 / (1 + np.exp(-2 * x))

    def inverse(x):
        """You turned the function around: this takes a probability and gives a score. Here x is the score."""
        return np.log(x / (1 - x))

    @any_of(base=[2, 10])
    def powers_of_another_base(x, base):
        return 1 / (1 + float(base) ** -x)


@exercise
class my_is_distribution:
    points = 2
    verified = "sums above and below 1, negative entries, rows with zeros, sums that are 1 up to rounding."
    think = "softmax always gives a distribution. Is every distribution the softmax of some scores?"
    hints = [
        "Two things must hold for every row. Which of them does [1.2, -0.4, 0.2] break?",
        "0.7 + 0.2 + 0.1 is 0.9999999999999999 in floats. How do you compare floats?",
        "You need one True or False per row, so both questions are asked along the last axis.",
    ]

    def probes(rng):
        rounded = np.array([[0.7, 0.2, 0.1], [0.7, 0.1, 0.2]])
        mixed = [[0.2, 0.5, 0.3], [0.9, 0.1, 0.3], [1.2, -0.4, 0.2], [0.0, 1.0, 0.0], [0.2, 0.2, 0.3]]
        mixed = np.array([*mixed, [1.2, 0.1, 0.0]])
        columns = np.array([[0.5, 0.1, 0.2, 0.3], [0.5, 0.9, 0.8, 0.7]])
        wide = softmax(rng.normal(size=(8, 9)))
        fresh = softmax(rng.normal(size=(4, 3)))
        fresh[rng.integers(4)] *= 1.1
        rows = [*map(np.array, ([1.5, -0.9, 0.4], [0.5, 0.51], [0.5, 0.505], [-0.5, 0.8, 0.7], [-0.1, -0.9]))]
        rows = [*mixed[:3], *rows, -mixed[0], rounded[0]]
        return [(p,) for p in [mixed, columns, rounded, fresh, wide, mixed[1:2], *rows]], []

    def right(p):
        return is_distribution(p)
