"""Lesson 06, solved."""

import numpy as np

from helpers.numerics import one_hot, softmax


def my_jacobian(z):
    """The table times a column of ones, and it gives 0: on paper all scores moved together change no
    probability. Times any other small nudge, it gives how far each probability moves, nearly."""
    p = softmax(z)
    return np.diag(p) - np.outer(p, p)


def my_weight_gradient(X, W, y):
    """They learn a score for each class whatever the input is, a bias. Their slope is the mean of p - y over
    the examples: they rest when each class is predicted, on average, as often as it comes."""
    return X.T @ (softmax(X @ W) - one_hot(y, W.shape[1])) / len(y)


def my_cooled_gradient(z, y, T):
    """The push on the scores. One factor 1/T comes from the chain rule; with soft labels that are cooled
    alike, p - q itself shrinks about as 1/T. Multiplied by T squared, the push keeps its size at high T."""
    return (softmax(z / T) - one_hot(y, z.shape[1])) / (len(y) * T)
