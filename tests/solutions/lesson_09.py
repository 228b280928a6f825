"""Right answers of lesson 09, in different words. exercises/answers has one more."""

import numpy as np

from helpers.numerics import log_softmax, logsumexp, softmax


def causal__one_word_at_a_time(Q, K, V):
    answers = np.zeros(V.shape)
    for i, query in enumerate(Q):
        answers[i] = softmax(K[: i + 1] @ query / np.sqrt(len(query))) @ V[: i + 1]
    return answers


def causal__scaled_queries(Q, K, V):
    z = (Q / np.sqrt(Q.shape[-1])) @ K.T
    z[np.triu_indices(len(z), k=1)] = -np.inf
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True)) @ V


def causal__adds_a_billion(Q, K, V):
    hidden = 1 - np.tri(Q.shape[0])
    return softmax(np.matmul(Q, K.T) / Q.shape[1] ** 0.5 - 1e9 * hidden) @ V


def causal__by_einsum(Q, K, V):
    z = np.einsum("id,jd->ij", Q, K) / np.sqrt(K.shape[1])
    i, j = np.indices(z.shape)
    return np.einsum("ij,jv->iv", np.exp(log_softmax(np.where(j > i, -np.inf, z))), V)


def causal__adds_infinity(Q, K, V):
    mask = np.triu(np.full((len(Q), len(K)), -np.inf), k=1)
    return np.dot(softmax(Q.dot(K.T) / np.sqrt(Q.shape[1]) + mask), V)


def causal__by_loops(Q, K, V):
    answers = []
    for i in range(len(Q)):
        z = np.array([Q[i] @ K[j] / np.sqrt(Q.shape[1]) for j in range(i + 1)])
        answers.append(sum(weight * value for weight, value in zip(softmax(z), V, strict=False)))
    return np.array(answers)


def padded__by_comparing(z, lengths):
    visible = np.arange(z.shape[1]) < lengths[:, np.newaxis]
    some = visible.any(axis=-1, keepdims=True)
    return np.where(some, softmax(np.where(visible | ~some, z, -np.inf)), 0)


def padded__weights_thrown_away(z, lengths):
    visible = np.arange(z.shape[1]) < lengths[:, None]
    return softmax(np.where(visible, z, -1e9)) * visible


def padded__a_billion_and_cut(z, lengths):
    hidden = np.arange(z.shape[1])[None] >= lengths.reshape(-1, 1)
    p = softmax(z + hidden * -1e9)
    p[hidden] = 0
    return p


def padded__nan_to_0(z, lengths):
    z = np.where(np.arange(z.shape[1]) < lengths[:, None], z, -np.inf)
    with np.errstate(invalid="ignore"):
        e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.nan_to_num(e / e.sum(axis=1, keepdims=True))


def padded__guarded_sum(z, lengths):
    z = np.where(np.arange(z.shape[1]) < lengths[:, None], z, -np.inf)
    m = np.maximum(z.max(axis=-1, keepdims=True), -1e300)
    e = np.exp(z - m)
    return e / np.maximum(e.sum(axis=-1, keepdims=True), 1e-300)


def padded__full_rows_only(z, lengths):
    p = np.zeros(z.shape)
    full = lengths > 0
    seen = np.arange(z.shape[1]) < lengths[full][:, None]
    p[full] = softmax(np.where(seen, z[full], -np.inf))
    return p


def sink__first_column(z):
    return softmax(np.insert(z, 0, 0, axis=1))[:, 1:]


def sink__shifts_the_1_too(z):
    m = np.maximum(z.max(axis=-1, keepdims=True), 0)
    e = np.exp(z - m)
    return e / (np.exp(-m) + e.sum(axis=-1, keepdims=True))


def sink__logarithms(z):
    return np.exp(z - np.logaddexp(0, logsumexp(z))[:, None])


def sink__sigmoid_times_softmax(z):
    total = 1 / (1 + np.exp(-logsumexp(z)))
    return softmax(z) * total[:, np.newaxis]


def sink__row_by_row(z):
    return np.array([softmax([*row, 0])[: len(row)] for row in z])


def sink__by_concatenate(z):
    n, k = z.shape
    return np.exp(log_softmax(np.concatenate([z, np.zeros((n, 1))], axis=-1)))[..., :k]
