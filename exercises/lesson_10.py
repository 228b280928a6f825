"""What goes wrong in lesson 10, Compute softmax at scale."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, EXTREME, TIES
from .pieces import softmax
from .slips import BATCHES, slip

after_each = np.logaddexp.accumulate  # the log-sum-exp of all scores so far, after each


@slip(stage="stability")
def minus_inf_minus_minus_inf():
    """Your answer is right until -inf meets -inf at the start of a row: their difference is nan, and nan
    stays. While the maximum is -inf, shift by 0."""


@exercise
class my_running:
    points = 2
    verified = (
        "one number for each score, new maxima early and late, scores of 1000 and -1000, and rows that begin "
        "with -inf."
    )
    think = "a machine reads the row from its end. Which entry of its answer must equal one of yours?"
    hints = [
        "Keep the pair of the lesson, m and s, and note m + log s after each score.",
        "Before the first score nothing has been read: the maximum is -inf and the sum is 0.",
        "If the maximum is still -inf after a score, -inf - (-inf) is nan. Shift by 0 there.",
    ]

    def probes(rng):
        """Probes for f(z), one row: new maxima early and late, ties, all below 0, and rows that begin with
        -inf."""
        fixed = [[0.1, -2.0, 3.4, 3.3], [3.0, 3.0, 1.0, -0.5, 2.0], [-4.0, -3.0, -1.5], [2.0]]
        ordinary = [*map(np.array, fixed), rng.normal(size=6) * 2, -rng.uniform(1, 5, size=4)]
        steep = [[-1000.0, -999.0, 0.0, 1000.0, 1001.0], [1000.0, 0.0, 999.0], [-800.0, -801.0, -799.0]]
        late = [[-np.inf, 1.0, 2.0, 0.5], [-np.inf, -np.inf, -900.0, -901.0], [0.5, -np.inf, 1.5]]
        return [(z,) for z in ordinary], [(np.array(z),) for z in [*steep, *late, [2, 0, 3]]]

    def right(z):
        return after_each(z)

    @any_of(repeated=[False, True])
    def whole_row_only(z, repeated):
        """You gave the log-sum-exp of the whole row. Asked for is one number after each score: of the first
        score alone, of the first two, and so on."""
        total = np.logaddexp.reduce(z)
        return np.full(z.shape, total) if repeated else total

    def before_the_score(z):
        """Your entries are one place late: each leaves its own score out. Entry i is for the row up to and
        with score i."""
        return np.concatenate([[-np.inf], after_each(z)[:-1]])

    def from_the_end(z):
        """Your first entry is the log-sum-exp of the whole row: you read it from its end. Entry i is for the
        row up to score i."""
        return after_each(z[::-1])[::-1]

    def past_not_rescaled(z):
        """Your entries go wrong once a new maximum comes. The terms of the past were shifted by the old one:
        the sum has to be rescaled before it meets the new term."""
        return _read(z, -np.inf, 0.0, lambda s, m, M: s)

    @any_of(start=["first", "-inf"])
    def rescaled_the_wrong_way(z, start):
        """After a new maximum your entries are too high. The new shift is larger, so the terms of the past
        become smaller: the factor is below 1."""
        m, s = (z[0], 0.0) if start == "first" else (-np.inf, 0.0)
        return _read(z, m, s, lambda s, m, M: s * np.exp(M - m))

    def past_forgotten(z):
        """At each new maximum your sum starts again at 1. The past still counts: it is rescaled, not
        dropped."""
        return _read(z, -np.inf, 0.0, lambda s, m, M: s * (m == M))

    def first_counts_twice(z):
        """Your first score counts twice: the pair started with it, and then it was read. Start with nothing
        read, or go on from the second score."""
        return np.logaddexp(after_each(z), z[0])

    def start_counts(z):
        """Your entries are too high, as if a score of 0 came first. The pair (0, 1) says just that: a maximum
        of 0, and its term of 1. Nothing read is (-inf, 0)."""
        return np.logaddexp(after_each(z), 0)

    def no_shift_at_all(z):
        """Ordinary scores are right, and 1000 gives inf, -1000 gives -inf. The result would fit, exp of the
        score does not. Shift by the largest score so far."""
        return np.log(np.cumsum(np.exp(z)))

    def maximum_of_the_future(z):
        """Ordinary rows are right, and one that starts at -1000 and rises begins with -inf: you shifted early
        sums by a maximum that had not been read. Shift by the largest score so far."""
        return z.max() + np.log(np.cumsum(np.exp(z - z.max())))

    def starts_at_0(z):
        """Ordinary rows are right, and scores near -1000 give -inf. The maximum started at 0, which is above
        all of them, so every exp is 0. Before the first score the maximum is -inf."""
        return _read(z, 0.0, 0.0)

    @any_of(s=[0.0, 1.0])
    def minus_inf_minus_minus_inf(z, s):
        return _read(z, z[0], s) if s == 0 else np.append(z[0], _read(z[1:], z[0], s))

    def nan_while_all_is_minus_inf(z):
        """Your answer is nan as long as nothing but -inf has been read: -inf - (-inf) has no value. While the
        maximum is -inf, shift by 0."""
        right = after_each(z)
        return np.where(right == -np.inf, np.nan, right)


def _read(z, m, s, rescale=lambda s, m, M: s * np.exp(m - M)):
    """m + log s after each score, with any start and any way to rescale the past."""
    answer = []
    for score in z:
        M = max(m, score)
        s = rescale(s, m, M) + np.exp(score - M)
        m = M
        answer.append(m + np.log(s))
    return np.array(answer)


@exercise
class my_combine:
    points = 3
    verified = (
        "each query's own weights, parts that count more or less, log-sum-exps of 1000 and -1000, and parts "
        "where every key is masked."
    )
    think = "every machine holds one key. What are its output and its log-sum-exp, and what do you compute?"
    hints = [
        "Which share of the whole sum of exponentials lies in each part? You know the logarithm of its sum.",
        "The shares of the parts are a softmax over the parts, for each query.",
        "lse has no axis for the values. Give it one of length 1 at its end, weigh, and sum over the parts.",
    ]
    without, same = ["down_the_columns"], BATCHES

    def probes(rng):
        """Probes for f(outputs, lse): numbers of queries, parts and values that differ, and parts far
        apart."""
        shapes = [(4, 3, 2), (3, 2, 5), (1, 4, 3), (2, 5, 2), (3, 3, 3)]
        ordinary = [(rng.normal(size=shape), rng.normal(size=shape[:2]) * 2) for shape in shapes]
        ordinary += [(rng.normal(size=(2, 3, 4)), TIES)]
        masked = [[[0.5, -np.inf, 1.5], [-np.inf, 1.0, 0.0]], [[-np.inf, 3.0], [-900.0, -901.0]]]
        far = [z for z in EXTREME if z.ndim == 2] + [np.array(lse) for lse in masked]
        extreme = [(rng.normal(size=(*lse.shape, 4)), lse) for lse in far]
        return ordinary, [*extreme, (np.arange(12).reshape(2, 3, 2) % 5, BATCH[:2, :3])]

    def right(outputs, lse):
        return _weighted(softmax(lse), outputs)

    def no_axis_for_the_values(outputs, lse):
        """The weights, one for each query and part, did not meet the outputs, which have the values as a
        third axis: NumPy lines axes up from the end. Give the weights an axis of length 1 at their end."""
        return (softmax(lse) * outputs).sum(axis=1)

    @any_of(of=[np.mean, np.sum])
    def parts_count_alike(outputs, lse, of):
        """You averaged the outputs of the parts, each counting the same, or added them up. A part whose
        scores are high has the larger share of the whole sum, and its log-sum-exp says how large."""
        return of(outputs, axis=1)

    def best_part_alone(outputs, lse):
        """You took the output of the part with the largest log-sum-exp. The other parts have a share in the
        whole sum too, if a smaller one."""
        return outputs[np.arange(len(lse)), lse.argmax(axis=1)]

    def softmax_of_the_outputs(outputs, lse):
        """You took a softmax of the outputs. Those are values, averaged by each machine; the scores speak
        through lse alone."""
        return _weighted(lse, softmax(outputs, axis=1))

    @any_of(parts=[1, 2])
    def minus_inf_minus_minus_inf(outputs, lse, parts):
        right = _weighted(softmax(lse), outputs)
        return np.where((lse[:, :1] == -np.inf) & (lse.shape[1] > parts), np.nan, right)

    def weights_across_queries(outputs, lse):
        """Your weights sum to 1 over the queries. The parts share each query among them: for every query its
        weights sum to 1 over the parts."""
        return _weighted(softmax(lse, axis=0), outputs)


def _weighted(weights, outputs):
    return (weights[..., None] * outputs).sum(axis=1)
