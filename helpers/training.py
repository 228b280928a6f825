"""A linear model, trained with any loss: lesson 05 looks at what comes out, lesson 06 writes its own."""

import numpy as np


def train(loss, X, y, steps=40, rate=3.0):
    """Train a linear model, from equal scores on, down the measured slopes of a loss: (scores, losses).

    loss: of logits (n, k) and class indices (n,) -> (n,). X: (n, d) inputs. y: (n,) class indices.
    scores: what the model has become, a function of inputs (m, d) -> logits (m, k). losses: the mean loss
    before each step.

    >>> scores, losses = train(lambda z, y: z[:, 0] - z[:, 1], [[0.0]], [1], steps=2, rate=1.0)
    >>> print(np.round(losses, 3), scores([[0.0]]).round(3))
    [ 0. -2.] [[-2.  2.]]
    """
    inputs, k, h = _with_ones(X), max(y) + 1, 1e-6
    W, losses = np.zeros((k, len(inputs))), []
    nudges = h * np.column_stack([np.zeros(k), np.eye(k)])[..., np.newaxis]
    labels = np.tile(y, k + 1)
    for _ in range(steps):  # one call of the loss: for the scores, and with each class nudged
        z = (W @ inputs)[:, np.newaxis] + nudges  # classes first, as NumPy sums long rows in less time
        now, *nudged = loss(z.reshape(k, -1).T, labels).reshape(k + 1, -1)
        losses.append(now.mean())
        W = W - rate * (nudged - now) @ inputs.T / (h * len(y))
    return lambda X: (W @ _with_ones(X)).T, losses


def _with_ones(X):
    return np.vstack([np.transpose(X), np.ones(len(X))])
