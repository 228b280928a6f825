"""Lesson 09, solved."""

import numpy as np

from helpers.numerics import softmax


def my_causal(Q, K, V):
    """Its own value. It sees no other word, and the softmax of a single score is 1, whatever it is."""
    z = Q @ K.T / np.sqrt(Q.shape[1])
    return softmax(np.where(np.tri(len(Q), dtype=bool), z, -np.inf)) @ V


def my_padded(z, lengths):
    """In float64 those of the row with nothing hidden, up to about seven decimals: one number added to all
    scores of a row cancels. In float32, 1/k each: beside a billion, small differences round away."""
    p = np.zeros(z.shape)
    for i, length in enumerate(lengths):
        if length > 0:
            p[i, :length] = softmax(z[i, :length])
    return p


def my_sink(z):
    """If all fall alike, those of softmax stay as they are: they depend on differences, and sum to 1. Yours
    all go to 0, for the score of the sink stays. (At -inf softmax has no value, and yours are 0.)"""
    return softmax(np.column_stack([z, np.zeros(len(z))]))[:, :-1]
