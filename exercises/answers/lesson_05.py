"""Lesson 05, solved."""

import numpy as np

from helpers.numerics import log_softmax, one_hot, softmax


def my_predict(z):
    """For the question of which row the model is surest. A score means something only beside the other scores
    of its row, so a 9 in one row may mean less than a 2 in another. Probabilities compare between rows."""
    return z.argmax(axis=-1)


def my_which(x):
    """At its last step: a softmax, a log_softmax, or neither. The numbers cannot tell, because every row of
    probabilities is a row of scores as well."""
    if (x >= 0).all() and np.allclose(x.sum(axis=-1), 1):
        return "probabilities"
    if np.allclose(np.exp(x).sum(axis=-1), 1):
        return "log-probabilities"
    return "logits"


def my_surest(z, c):
    """It does not, and it should not: a shift of a whole row changes none of its probabilities. Who compares
    the scores of column c would take that row now, whatever it shows."""
    return log_softmax(z)[:, c].argmax()


def my_gradient(z, y):
    """A step would then also move all scores of a row up or down together. That changes no probability and no
    loss, so there is nothing to be gained by it, and the loss cannot have a slope in that direction."""
    return (softmax(z) - one_hot(y, z.shape[1])) / len(y)
