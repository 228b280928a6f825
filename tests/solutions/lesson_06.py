"""Right answers of lesson 06, in different words. exercises/answers has one more."""

import math

import numpy as np

from helpers.numerics import log_softmax, one_hot, softmax


def jacobian__by_broadcasting(z):
    p = softmax(z)[:, None]
    return p * (np.eye(len(z)) - p.T)


def jacobian__by_loops(z):
    p = softmax(z)
    table = np.empty((len(p), len(p)))
    for i, p_i in enumerate(p):
        for j, p_j in enumerate(p):
            table[i, j] = p_i * ((i == j) - p_j)
    return table


def jacobian__columns(z):
    p, table = softmax(z), np.zeros((z.size, z.size))
    for j in range(z.size):
        nudged = np.zeros(z.size)
        nudged[j] = 1
        table[:, j] = p * (nudged - p[j])
    return table


def jacobian__from_logarithms(z):
    log_p = log_softmax(z)
    table = -np.exp(log_p[:, None] + log_p)
    np.fill_diagonal(table, 0)
    return table - np.diag(table.sum(axis=0))


def weight_gradient__by_assignment(X, W, y):
    p = softmax(X @ W)
    p[np.arange(len(y)), y] -= 1
    return np.dot(X.T, p / len(X))


def weight_gradient__by_loop(X, W, y):
    total = np.zeros(W.shape)
    for x, label in zip(X, y, strict=True):
        push = softmax(x @ W)
        push[label] -= 1
        total += np.outer(x, push)
    return total / len(X)


def weight_gradient__by_einsum(X, W, y):
    p = np.exp(log_softmax(X @ W))
    return np.einsum("nd,nk->dk", X, p - np.eye(W.shape[1])[y]) / X.shape[0]


def weight_gradient__by_mean(X, W, y):
    errors = softmax(X @ W) - one_hot(y, W.shape[1])
    return (X[:, :, None] * errors[:, None, :]).mean(axis=0)


def cooled_gradient__by_temperature(z, y, T):
    return (softmax(z, temperature=T) - one_hot(y, z.shape[-1])) / T / len(z)


def cooled_gradient__by_assignment(z, y, T):
    p = softmax(z / T)
    p[np.arange(len(y)), y] -= 1
    return p / p.shape[0] * (1 / T)


def cooled_gradient__by_loops(z, y, T):
    out = np.zeros(z.shape)
    for i, label in enumerate(y):
        e = [math.exp((score - max(z[i])) / T) for score in z[i]]
        for j, e_j in enumerate(e):
            out[i, j] = (e_j / sum(e) - (j == label)) / (T * len(y))
    return out


def cooled_gradient__by_weights(z, y, T):
    share = np.full((len(y), 1), 1 / (len(y) * T))
    return share * (np.exp(log_softmax(z / T)) - (y[:, None] == np.arange(z.shape[1])))
