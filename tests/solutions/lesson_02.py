"""Right answers of lesson 02, in different words. exercises/answers has one more."""

import math

import numpy as np


def softmax__transposed(z):
    e = np.exp(z.T - z.T.max(axis=0))
    return (e / e.sum(axis=0)).T


def softmax__by_einsum(z):
    e = np.exp(z - np.amax(z, -1)[..., np.newaxis])
    return np.einsum("...i,...->...i", e, 1 / np.einsum("...i->...", e))


def softmax__by_logaddexp(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))


def softmax__by_loops(z):
    if z.ndim == 2:
        return np.array([softmax__by_loops(row) for row in z])
    top = max(z)
    e = [math.exp(score - top) for score in z]
    return np.array([x / sum(e) for x in e])


def softmax__by_differences(z):
    with np.errstate(over="ignore"):
        return 1 / np.exp(z[..., np.newaxis, :] - z[..., :, np.newaxis]).sum(axis=-1)


def softmax__in_place_on_a_copy(z):
    p = z.astype(float)
    p -= p.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    return p


def softmax__row_by_row(z):
    def one(row):
        e = np.exp(row - row.max())
        return e / e.sum()

    return np.apply_along_axis(one, -1, z)


def softmax__at_least_2d(z):
    rows = np.atleast_2d(z)
    e = np.exp(rows - rows.max(axis=1)[:, None])
    return (e / e.sum(axis=1)[:, None]).reshape(z.shape)


def logsumexp__by_logaddexp(z):
    return np.logaddexp.reduce(z, axis=-1)


def logsumexp__squeezed(z):
    m = z.max(axis=-1, keepdims=True)
    return (m + np.log(np.sum(np.exp(z - m), axis=-1, keepdims=True))).squeeze(-1)


def logsumexp__by_loops(z):
    if z.ndim == 2:
        return np.array([logsumexp__by_loops(row) for row in z])
    top = max(z)
    return top + math.log(math.fsum(math.exp(score - top) for score in z))


def logsumexp__with_log1p(z):
    s = np.sort(z, axis=-1)
    return s[..., -1] + np.log1p(np.exp(s[..., :-1] - s[..., -1:]).sum(axis=-1))


def logsumexp__along_rows(z):
    return np.apply_along_axis(lambda row: row.max() + np.log(np.exp(row - row.max()).sum()), -1, z)[()]


def log_softmax__minus_logsumexp(z):
    return z - logsumexp__by_logaddexp(z)[..., np.newaxis]


def log_softmax__transposed(z):
    d = z.T - z.T.max(axis=0)
    return (d - np.log(np.exp(d).sum(axis=0))).T


def log_softmax__with_log1p(z):
    d = z - z.max(axis=-1, keepdims=True)
    rest = np.exp(d)
    np.put_along_axis(rest, d.argmax(axis=-1, keepdims=True), 0, axis=-1)
    return d - np.log1p(rest.sum(axis=-1, keepdims=True))


def log_softmax__by_logaddexp(z):
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


def log_softmax__by_loops(z):
    out = np.zeros(z.shape)
    for at in np.ndindex(z.shape):
        row = z[at[:-1]]
        out[at] = z[at] - max(row) - math.log(sum(math.exp(score - max(row)) for score in row))
    return out
