"""Right answers of lesson 10, in different words. exercises/answers has one more."""

import math

import numpy as np

from helpers.numerics import logsumexp, softmax


def running__by_logaddexp(z):
    return np.logaddexp.accumulate(z)


def running__of_the_course(z):
    return np.array([logsumexp(z[: i + 1]) for i in range(len(z))])


def running__by_math(z):
    m, s, answer = -math.inf, 0.0, []
    for score in z:
        if score > m:
            m, s = score, s * math.exp(m - score) + 1
        elif score > -math.inf:
            s += math.exp(score - m)
        answer.append(m + math.log(s) if s else -math.inf)
    return np.array(answer)


def running__triangle(z):
    past = np.where(np.tri(len(z)) > 0, z, -np.inf)
    m = np.maximum.accumulate(z)
    shift = np.where(np.isfinite(m), m, 0)
    return shift + np.log(np.exp(past - shift[:, None]).sum(axis=1))


def running__adds_to_the_logarithm(z):
    total, answer = -np.inf, []
    for score in z:
        total = np.logaddexp(total, score)
        answer += [total]
    return np.asarray(answer)


def combine__by_hand(outputs, lse):
    w = np.exp(lse - lse.max(axis=1, keepdims=True))
    w = w / w.sum(axis=1, keepdims=True)
    return (w[..., np.newaxis] * outputs).sum(axis=1)


def combine__of_the_course(outputs, lse):
    return np.einsum("nj,njd->nd", softmax(lse), outputs)


def combine__by_total(outputs, lse):
    share = np.exp(lse - np.logaddexp.reduce(lse, axis=1)[:, None])
    return np.sum(share[:, :, None] * outputs, axis=1)


def combine__by_average(outputs, lse):
    w = np.exp(lse - lse.max(axis=1, keepdims=True))
    return np.average(outputs, axis=1, weights=np.broadcast_to(w[..., None], outputs.shape))


def combine__by_loops(outputs, lse):
    n, j, d = outputs.shape
    answer = np.zeros((n, d))
    for query in range(n):
        e = [math.exp(x - max(lse[query])) for x in lse[query]]
        for part in range(j):
            answer[query] += e[part] / sum(e) * outputs[query, part]
    return answer


def combine__one_by_one(outputs, lse):
    m, s, whole = -np.inf, 0.0, 0.0
    for part in range(lse.shape[1]):
        M = np.maximum(m, lse[:, part])
        shift = np.where(M > -np.inf, M, 0)
        past, new = np.exp(m - shift), np.exp(lse[:, part] - shift)
        whole = whole * past[:, None] + outputs[:, part] * new[:, None]
        m, s = M, s * past + new
    return whole / s[:, None]


def combine__matmul(outputs, lse):
    return (softmax(lse)[:, None, :] @ outputs)[:, 0]
