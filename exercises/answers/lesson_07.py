"""Lesson 07, solved."""

import numpy as np

from helpers.numerics import softmax


def my_scaled(train, new):
    """One picture has no spread: each pixel minus its mean is 0, so every picture would look the same. What
    scales is a part of the model: it is fitted once, on the training part, and kept."""
    varies = train.max(axis=0) > train.min(axis=0)
    return (new - train.mean(axis=0)) / np.where(varies, train.std(axis=0), 1)


def my_top_share(z, y, m):
    """It is 1: all classes are among the k best. So a share says little without its m and k."""
    best = np.argsort(z, axis=-1)[:, -m:]
    return (best == y[:, None]).any(axis=-1).mean()


def my_overconfidence(z, y):
    """It is calibrated if the digits come equally often: it says 0.1, and each is there in a tenth of the
    pictures. It is of no use, for it says the same of every picture."""
    return softmax(z).max(axis=-1).mean() - (z.argmax(axis=-1) == y).mean()
