"""Lesson 10, solved."""

import numpy as np

from helpers.numerics import softmax


def my_running(z):
    """Its last entry, and your last one: both have read the whole row. The two agree up to rounding, as the
    order does not count."""
    m, s = -np.inf, 0.0
    answer = np.full(len(z), -np.inf)
    for i, score in enumerate(z):
        if score > -np.inf:  # else nothing changes
            M = max(m, score)
            m, s = M, s * np.exp(m - M) + np.exp(score - M)
        if s > 0:
            answer[i] = m + np.log(s)
    return answer


def my_combine(outputs, lse):
    """The output of one key is its value, and its log-sum-exp is its score. You compute attention as in
    lesson 09: the softmax of the scores, times the values."""
    weights = softmax(lse)
    return (weights[..., np.newaxis] * outputs).sum(axis=1)
