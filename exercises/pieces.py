"""The right formulas that answers are made of. What goes wrong in them is in slips.py.

z are scores, p and q probabilities, y labels (n,); x is an array of any of these. Most take (n, k) and (k,).
"""

import numpy as np


def log_softmax(z, axis=-1):
    """Log-probabilities, of the shape of z."""
    d = z - z.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def softmax(z, axis=-1):
    """Probabilities, of the shape of z."""
    return np.exp(log_softmax(z, axis))


def logsumexp(z, axis=-1, keepdims=False):
    """One number a row, in nats: (n, k) -> (n,)."""
    m = z.max(axis=axis, keepdims=True)
    total = m + np.log(np.exp(z - m).sum(axis=axis, keepdims=True))
    return total if keepdims else total.squeeze(axis)


def argmax(z, axis=-1, keepdims=False):
    """The first of the best classes of each row: (n, k) -> (n,)."""
    return np.argmax(z, axis=axis, keepdims=keepdims)


def times_log(p, x):
    """p log x, and 0 where p is 0, of their common shape."""
    return p * np.log(np.where(p > 0, x, 1))


def total(x, axis=-1, keepdims=False):
    """The sum of each row: (n, k) -> (n,)."""
    return x.sum(axis=axis, keepdims=keepdims)


def entropy(p):
    """In nats: (n, k) -> (n,)."""
    return -total(times_log(p, p))


def kl(p, q):
    """The divergence KL(p‖q) in nats: (n, k), (n, k) -> (n,)."""
    return total(times_log(p, p / q))


def is_distribution(p, axis=-1, keepdims=False):
    """Whether each row is one: (n, k) -> booleans (n,)."""
    sums = p.sum(axis=axis, keepdims=keepdims)
    return (p.min(axis=axis, keepdims=keepdims) >= 0) & (np.abs(sums - 1) < 1e-6)


def surprise(log_p):
    """In nats, of the shape of the log-probabilities."""
    return -log_p


def pick(x, y):
    """The entry of each row that its label names: (n, k), (n,) -> (n,)."""
    return x[np.arange(len(y)), y]


def one_hot(x, y):
    """Labels as rows of zeros with a single 1: (n, k), (n,) -> (n, k)."""
    return np.eye(x.shape[1])[y]


def p_minus_y(p, y):
    """The slope of each example's loss for its scores; y are one-hot rows: (n, k), (n, k) -> (n, k)."""
    return p - y


def mean(x):
    """One number from one for each example: (n,) -> ()."""
    return x.mean()


def over_T(z, T):
    """Scores at a temperature, of the shape of z."""
    return z / T


def over_n(x):
    """Each example's share in a mean, of the shape of x."""
    return x / len(x)


def cross_entropy(z, y):
    """The mean loss of a batch in nats: (n, k), (n,) -> ()."""
    return -pick(log_softmax(z), y).mean()


# Wrong in one way each, and needed in more than one place.


def naive(z):
    """Softmax without a shift."""
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def batch_shifted(z):
    """Softmax with one maximum for the whole batch."""
    return naive(z - z.max())
