"""Right answers of lesson 11, in different words. exercises/answers has one more."""

import numpy as np

from helpers.numerics import cross_entropy, log_softmax, logsumexp, softmax


def surprises__by_cross_entropy(z, y):
    return cross_entropy(z[:-1], y[1:])


def surprises__by_logsumexp(z, y):
    return logsumexp(z)[:-1] - np.take_along_axis(z[:-1], y[1:, None], axis=-1)[:, 0]


def surprises__in_a_loop(z, y):
    return np.array([-log_softmax(z[i])[y[i + 1]] for i in range(len(y) - 1)])


def surprises__by_one_hot(z, y):
    rows = np.arange(z.shape[1]) == y[1:, None]
    return -np.where(rows, log_softmax(z)[:-1], 0).sum(axis=1)


def top_p__in_a_loop(z, p, T):
    q, total = softmax(z / T), 0
    answer = np.zeros(len(q))
    for i in np.argsort(-q, kind="stable"):
        if total >= p - 1e-9:
            break
        answer[i] = q[i]
        total += q[i]
    return answer / total


def top_p__masked_scores(z, p, T):
    q = softmax(z / T)
    best = np.argsort(-q, kind="stable")
    count = np.searchsorted(np.cumsum(q[best]), p - 1e-9) + 1
    masked = np.full(len(z), -np.inf)
    masked[best[:count]] = z[best[:count]] / T
    return softmax(masked)


def top_p__by_list(z, p, T):
    q = list(softmax(z / T))
    best = sorted(range(len(q)), key=lambda i: -q[i])
    while len(best) > 1 and sum(q[i] for i in best[:-1]) >= p - 1e-9:
        best.pop()
    total = sum(q[i] for i in best)
    return np.array([q[i] / total if i in best else 0 for i in range(len(q))])


def top_p__undone_sort(z, p, T):
    q = softmax(z / T)
    best = np.argsort(-q, kind="stable")
    q_sorted = q[best]
    q_sorted[1:][np.cumsum(q_sorted)[:-1] >= p - 1e-9] = 0
    return (q_sorted / q_sorted.sum())[np.argsort(best)]


def generate__by_searchsorted(z, y, u):
    tokens = [y]
    for number in u:
        tokens.append(np.searchsorted(np.cumsum(softmax(z[tokens[-1]])), number, side="right"))
    return np.array(tokens[1:], dtype=int)


def generate__by_counting(z, y, u):
    sums, tokens = np.cumsum(softmax(z), axis=-1), np.zeros(len(u), dtype=int)
    for i, number in enumerate(u):
        y = tokens[i] = (sums[y] <= number).sum()
    return tokens


def generate__by_loops(z, y, u):
    tokens = []
    for number in u:
        p = softmax(z[y])
        y = 0
        while number >= p[y]:
            number -= p[y]
            y += 1
        tokens.append(y)
    return np.array(tokens)


def generate__recursive(z, y, u):
    if len(u) == 0:
        return np.zeros(0, dtype=int)
    y = int(np.nonzero(np.cumsum(np.exp(log_softmax(z[y]))) > u[0])[0][0])
    return np.append(y, generate__recursive(z, y, u[1:])).astype(int)
