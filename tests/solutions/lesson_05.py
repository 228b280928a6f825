"""Right answers of lesson 05, in different words. exercises/answers has one more."""

import math

import numpy as np

from helpers.numerics import log_softmax, softmax


def predict__after_softmax(z):
    return np.argmax(softmax(z), -1)


def predict__by_sorting(z):
    return np.argsort(-z, axis=-1, kind="stable")[..., 0]


def predict__by_loops(z):
    if z.ndim == 2:
        return np.array([predict__by_loops(row) for row in z])
    return z.tolist().index(max(z))


def predict__small_integers(z):
    return np.argmin(-z, axis=-1).astype(np.uint8)


def predict__by_comparing(z):
    return (z == z.max(axis=-1, keepdims=True)).argmax(axis=-1)


def which__logarithms_first(x):
    if np.isclose(np.exp(x).sum(axis=-1), 1).all() and x.max() <= 0:
        return "log-probabilities"
    return "probabilities" if np.isclose(x.sum(axis=-1), 1).all() and x.min() >= 0 else "logits"


def which__by_a_helper(x):
    def good(p):
        return bool(np.all(p >= 0)) and bool(np.all(abs(np.sum(p, -1) - 1) < 1e-8))

    forms = {"probabilities": x, "log-probabilities": np.exp(x)}
    return next((name for name, p in forms.items() if good(p)), "logits")


def which__by_softmax(x):
    if np.allclose(softmax(x), np.exp(x), atol=1e-9):
        return "log-probabilities"
    some = np.where(x > 0, x, np.finfo(float).tiny)
    if x.min() >= 0 and np.allclose(softmax(np.log(some)), x, atol=1e-9):
        return "probabilities"
    return "logits"


def which__by_loops(x):
    rows = [x] if x.ndim == 1 else list(x)
    if all(min(row) >= 0 and math.isclose(math.fsum(row), 1) for row in rows):
        return "probabilities"
    if all(math.isclose(sum(map(math.exp, row)), 1) for row in rows):
        return "log-probabilities"
    return "logits"


def surest__by_gaps(z, c):
    return np.argmin([np.logaddexp.reduce(row - row[c]) for row in z])


def surest__by_loop(z, c):
    best = 0
    for i in range(len(z)):
        if log_softmax(z[i])[c] > log_softmax(z[best])[c]:
            best = i
    return best


def surest__by_max(z, c):
    return max(range(len(z)), key=lambda i: z[i, c] - np.logaddexp.reduce(z[i]))


def surest__by_sorting(z, c):
    return np.argsort(-log_softmax(z)[..., c])[0]


def gradient__by_assignment(z, y):
    p = softmax(z)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def gradient__by_loops(z, y):
    out = np.zeros(z.shape)
    for i, label in enumerate(y):
        for j, p in enumerate(softmax(z[i])):
            out[i, j] = (p - (j == label)) / len(y)
    return out


def gradient__by_jacobian(z, y):
    p = softmax(z)
    jacobian = np.einsum("ni,ij->nij", p, np.eye(z.shape[1])) - np.einsum("ni,nj->nij", p, p)
    true = np.arange(len(y)), y
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = -jacobian[true] / p[true][:, None]
    sure = softmax(z) - np.eye(z.shape[1])[y]
    return np.where(p[true][:, None] > 0, rows, sure) / len(y)


def gradient__weights(z, y):
    return np.full(len(y), 1 / len(y))[:, None] * (np.exp(log_softmax(z)) - np.eye(z.shape[1])[y])


def gradient__by_put(z, y):
    g = softmax(z) / y.size
    at = y[:, None]
    np.put_along_axis(g, at, np.take_along_axis(g, at, 1) - 1 / y.size, 1)
    return g
