"""Lesson 08, solved."""

import numpy as np

from helpers.numerics import softmax


def my_counts(places, d):
    """Only one and the same: scores are computed from the counts, and from nothing else. What the order of
    the words said is gone."""
    return (places[:, :, np.newaxis] == np.arange(d)).sum(axis=1)


def my_refusing(z, threshold):
    """1/6: six probabilities that sum to 1 cannot all be below 1/6, so the largest never is (up to
    rounding)."""
    return np.where(softmax(z).max(axis=-1) >= threshold, z.argmax(axis=-1), -1)


def my_group_accuracy(z, y, group):
    """Not in general. A mean of accuracies weighs every group alike, so a row of a small group weighs more
    than one of a large group. With equal sizes they agree, as in this lesson."""
    right = z.argmax(axis=-1) == y
    return np.array([right[group == g].mean() for g in range(group.max() + 1)])
