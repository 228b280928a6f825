"""What goes wrong in lesson 02, Keep softmax from overflowing."""

import numpy as np

from backstage.checks.exercise import exercise

from .inputs import scores_with_ties
from .pieces import log_softmax, logsumexp, softmax


@exercise
class my_softmax:
    points = 2
    verified = (
        "rows that sum to 1, batches that are not square, one row alone, scores of 1000 and -1000, "
        "and a row far below the others."
    )
    think = "the largest exponent is now 0. Which value can the sum below the line never fall under, and why?"
    hints = [
        "Only differences of scores count. Which number may you subtract from a whole row?",
        "Subtract so that the largest exponent of every row is 0, then take exp and divide by the row's sum.",
        "Both the maximum and the sum are taken along the last axis, and both keep it with length 1.",
    ]
    probes = scores_with_ties

    def right(z):
        return softmax(z)


@exercise
class my_logsumexp:
    points = 2
    verified = (
        "one number per row, batches and one row alone, scores of 1000 and -1000, and a row far below "
        "the others."
    )
    think = "how far can log-sum-exp lie above the largest score, if there are k classes?"
    hints = [
        "Write the sum of exponentials with a factor exp(m) taken out, and take the logarithm of the "
        "product.",
        "The logarithm of a product is a sum: m comes back outside.",
        "m is the maximum of each row. The answer has one number per row: the last axis goes in the end.",
    ]
    probes = scores_with_ties

    def right(z):
        return logsumexp(z)

    def keeps_the_axis_of_m(z):
        """You got a number for every pair of rows: the maxima kept their axis of length 1, the logarithms
        lost theirs. Before the two are added they need the same shape."""
        m = z.max(axis=-1, keepdims=True)
        return m + np.log(np.exp(z - m).sum(axis=-1))

    def subtracts_the_maximum(z):
        """Your answer is too low by twice the largest score. The maximum was subtracted inside, so outside it
        is added, not subtracted again."""
        return logsumexp(z) - 2 * z.max(axis=-1)

    def multiplies_by_the_maximum(z):
        """You scaled the answer for shifted scores by the maximum, or by exp of it. Inside the logarithm it
        was a factor; the logarithm turns a factor into a term that is added."""
        m = z.max(axis=-1)
        return m * (logsumexp(z) - m)


@exercise
class my_log_softmax:
    points = 3
    verified = (
        "exp of each row sums to 1, batches and one row alone, and classes whose probability is too "
        "small for a float."
    )
    think = "softmax rounds a probability of exp(-800) to 0. Why can its logarithm still be stored?"
    hints = [
        "Take the logarithm of the fraction on paper, before any float is computed.",
        "log p is a score minus the log-sum-exp of its row.",
        "Subtract the maximum first, and use the shifted scores in both places.",
    ]
    probes = scores_with_ties

    def right(z):
        return log_softmax(z)
