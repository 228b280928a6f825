"""What goes wrong in lesson 09, Look things up with attention.

Two pieces are shared by its exercises alone: `divide`, which takes back how far scores spread, and `weigh`, a
softmax of what is visible.
"""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, ODD, SQUARE
from .pieces import naive, softmax
from .slips import BATCHES, slip

BIG = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e12]  # what a mask of finite size subtracts
# beside -inf never_shifts says enough
SHIFTS = ["shifts_by_the_mean", "shifts_by_the_minimum", "adds_the_maximum"]


def divide(z, Q):
    """Scores divided by the root of d, the length of a query."""
    return z / np.sqrt(Q.shape[1])


def weigh(softmax, z, visible):
    """Weights of what is visible; zeros in a row where nothing is."""
    some = visible.any(axis=-1, keepdims=True)
    return np.where(some, softmax(np.where(visible | ~some, z, -np.inf)), 0)


def past(Q):
    """What each word may see: itself and the words before it."""
    return np.tri(len(Q), dtype=bool)


def within(z, lengths):
    """Which keys are no padding."""
    return np.arange(z.shape[1]) < lengths[:, None]


@slip("divide", stage="formula")
def not_scaled(right, z, Q):
    """Your weights are too sharp: the scores are not divided. Dot products of longer vectors lie further
    apart, and the root of d takes that back."""
    return z


@slip("divide", stage="formula")
def divides_by_d(right, z, Q):
    """Your weights are too even: you divided by d. Scores spread with the root of d, so that is what takes
    their spread back to 1."""
    return z / Q.shape[1]


@slip("divide", stage="formula")
def multiplies_by_the_root(right, z, Q):
    """Your weights are far too sharp: you multiplied the scores by the root of d. It is a temperature, and
    temperatures divide."""
    return z * np.sqrt(Q.shape[1])


@slip("divide", stage="formula", half=[0.5, 2])
def halves_in_place_of_the_root(right, z, Q, half):
    """You divided by half of d, or by d and by 2: a power comes before a division. Put parentheses around the
    one half, or call for the root by its name."""
    return z / (half * Q.shape[1])


@slip("divide", stage="formula", of=[abs, lambda z: z], power=[0, 0.5, 1])
def root_of_the_scores(right, z, Q, of, power):
    """You took the root of the scores. It is the length d whose root is wanted, and the scores are divided by
    that; a score below 0 has no root."""
    return np.sqrt(of(z)) / Q.shape[1] ** power


@slip("divide", stage="formula", power=[0.5, 1], d=[0, 1])
def divides_by_the_number_of_words(right, z, Q, power, d):
    """You divided by what grows with the number of words. What spreads the scores is the length d of a query,
    as each score is a sum of d products."""
    return z / (len(Q) * Q.shape[1] ** d) ** power


@slip("weigh", stage="formula")
def nothing_hidden(right, softmax, z, visible):
    """Keys that should be hidden have weight: your mask hides nothing."""
    return softmax(z)


@slip("weigh", stage="formula", empty=[0, np.nan, "mean", "unmasked"])
def mask_turned_around(right, softmax, z, visible, empty):
    """Your mask is turned around: what should be hidden is seen, and what should be seen is hidden."""
    rows = {"mean": 1 / z.shape[1], "unmasked": softmax(z)}.get(empty, empty)
    return np.where(visible.all(axis=-1, keepdims=True), rows, right(softmax, z, ~visible))


@slip("weigh", stage="formula", hide=["hidden", "visible"])
def hides_with_0(right, softmax, z, visible, hide):
    """You hid scores by setting them to 0 before softmax. A score of 0 is a score like any other, as exp(0)
    is 1, so what is hidden still gets weight."""
    return softmax(np.where(visible == (hide == "hidden"), z, 0))


@slip("weigh", stage="formula")
def infinity_times_0(right, softmax, z, visible):
    """You multiplied a mask by infinity. That hides what is 1, and turns what is 0 into nan, because infinity
    times 0 has no value. Choose between the score and minus infinity instead."""
    return softmax(z + (1 - visible) * -np.inf)


@slip("weigh", stage="formula", zeros_before=[False, True])
def never_rescales(right, softmax, z, visible, zeros_before):
    """You set hidden weights to 0 after softmax, and what is left of a row sums to less than 1: the hidden
    keys took part in the division. Hide before softmax, by minus infinity."""
    return softmax(np.where(visible | (not zeros_before), z, 0)) * visible


@slip("weigh", stage="axis")
def rescales_other_rows(right, softmax, z, visible):
    """You rescale rows by sums that have lost their axis, and NumPy lines them up with the columns. Keep the
    axis, so that each row meets its own."""
    p = softmax(z) * visible
    return p / p.sum(axis=-1)


@slip("weigh", stage="stability", eps=[0, 1e-12, 1e-9, 1e-8], guard=[False, True], shift=[True, False])
def rescales_too_late(right, softmax, z, visible, eps, guard, shift):
    """Beside a hidden score that is far ahead, softmax rounds the visible weights to 0 before you rescale
    them, and nothing brings them back. Hide before softmax."""
    p = (softmax if shift else naive)(z) * visible
    sums = p.sum(axis=-1, keepdims=True)
    return p / (np.where(sums > 0, sums, 1) if guard else sums + eps)


@slip("weigh", stage="stability", low=[-50, -100, -500, -999, -1e3, -1e4, -1e5, -1e6], add=[True, False])
def hides_too_little(right, softmax, z, visible, low, add):
    """Ordinary scores are right, and what is hidden comes back where scores are as large as the number that
    hides it. Only minus infinity is below every score."""
    p = softmax(np.where(visible, z, z * add + low))
    return np.where(visible.any(axis=-1, keepdims=True), p, 0)


@slip("weigh", stage="stability")
def nan_for_an_empty_row(right, softmax, z, visible):
    """A row with nothing visible comes out as nan: nothing divided by nothing. It has no softmax, so it needs
    a decision, and here it gets zeros."""
    return softmax(np.where(visible, z, -np.inf))


@slip("weigh", stage="stability")
def refuses_an_empty_row(right, softmax, z, visible):
    """A row with nothing visible raises an error: nothing has no softmax, and the course's refuses to answer.
    Do not let it see such a row; here it gets zeros."""
    if not visible.any(axis=-1).all():
        raise ValueError("z holds nothing but -inf")
    return softmax(np.where(visible, z, -np.inf))


@slip("weigh", stage="stability", big=BIG)
def equal_shares_for_an_empty_row(right, softmax, z, visible, big):
    """In a row with nothing visible, the hidden keys share a weight of 1. All got the same low score, and
    only differences count. Here such a row gets zeros."""
    return softmax(np.where(visible, z, -big))


@slip("weigh", stage="stability", big=BIG)
def leaks_in_an_empty_row(right, softmax, z, visible, big):
    """In a row with nothing visible, nothing is hidden: it has the weights that it would have without a mask.
    Every score went down by the same number, and that cancels. Here such a row gets zeros."""
    return softmax(z - big * ~visible)


def far_futures():
    """Scores of 4 words. Hidden ones are far ahead, or rows far apart, or everything is high or low."""
    ahead = np.array([[0.0, 800, 1, 2], [1, 2, 900, 0], [0, 2, 1, 850], [1, 0, 2, 1]])
    level = np.array([[1.0, 0, 2, 1], [0, 2, 1, 1], [2, 0, 1, 3], [1, 2, 0, 2]])
    apart = level + 1000 * np.array([[-1], [1], [0], [2]])
    return [ahead, level + 1000, level - 1000, apart, ahead * 2.0**12, level - 2.0**22]


@exercise
class my_causal:
    points = 3
    done_by = ("attention",)
    without = [*SHIFTS, "leaks_in_an_empty_row"]
    same = BATCHES | dict.fromkeys(
        ("nan_for_an_empty_row", "refuses_an_empty_row", "equal_shares_for_an_empty_row"),
        "no row is empty, as every word sees itself",
    )
    verified = (
        "the root of d, rows that sum to 1, the first word, which sees itself alone, and hidden "
        "scores far ahead of visible ones."
    )
    think = "what does the first word answer, whatever its query is?"
    hints = [
        "Three steps: scores, one row for each query; weights, whose rows sum to 1; a mean of values.",
        "Row i may look at columns 0 to i: a triangle. Which score makes exp exactly 0?",
        "Hide after dividing by the root of d and before softmax.",
    ]

    def probes(rng):
        """Probes for f(Q, K, V): lengths d of queries that differ from n and from the length of a value, one
        square, and one whose scores have a root."""
        shapes = [(5, 4, 3), (3, 2, 4), (4, 4, 4), (1, 3, 2)]
        ordinary = [[rng.normal(size=(n, size)) for size in (d, d, v)] for n, d, v in shapes]
        ordinary += [np.array([[[1.0, 2], [2, 1]], [[2, 0], [1, 3]], [[3, 1], [0, 2]]])]
        extreme = [(2 * z, np.eye(4), np.arange(12.0).reshape(4, 3) % 5) for z in far_futures()]
        return ordinary, [*extreme, (ODD[0], ODD[0][::-1], np.array([[1, 0, 2], [3, 1, 0]]))]

    def right(Q, K, V):
        return weigh(softmax, divide(Q @ K.T, Q), past(Q)) @ V

    def sees_the_future(Q, K, V):
        """Your last answer is a copy of the last value: each word sees itself and what follows. The triangle
        on the other side of the diagonal is the past."""
        return weigh(softmax, divide(Q @ K.T, Q), past(Q).T) @ V

    @any_of(first=["zeros", "nan", "mean", "unmasked", "itself"])
    def hides_itself(Q, K, V, first):
        """Word i sees only the words before it, and word 0 has nothing to look at. The diagonal is visible: a
        word may look at itself."""
        answers = weigh(softmax, divide(Q @ K.T, Q), past(Q) & ~np.eye(len(Q), dtype=bool)) @ V
        unmasked = softmax(divide(Q @ K.T, Q)) @ V
        rows = {"zeros": 0, "nan": np.nan, "mean": V.mean(axis=0), "unmasked": unmasked, "itself": V}
        return np.where(np.arange(len(Q))[:, None] == 0, rows[first], answers)

    def sees_the_next_word(Q, K, V):
        """Your first answer is a mean of two values: each word also sees the next one, the one that it should
        learn to predict."""
        return weigh(softmax, divide(Q @ K.T, Q), np.tri(len(Q), k=1, dtype=bool)) @ V

    def plain_mean(Q, K, V):
        """You took the plain mean of the visible values, and queries and keys had no part in it. Scores weigh
        the values."""
        return np.cumsum(V, axis=0) / np.arange(1, len(V) + 1)[:, None]

    def divides_by_the_length_of_values(Q, K, V):
        """You divided by the root of a value's length. Values have no part in the scores: it is the length d
        of queries and keys that spreads them."""
        return weigh(softmax, Q @ K.T / np.sqrt(V.shape[1]), past(Q)) @ V

    def divides_the_weights(Q, K, V):
        """Your answers are too small by the root of d: you divided after softmax, so the weights sum to less
        than 1. The root belongs to the scores."""
        return divide(weigh(softmax, Q @ K.T, past(Q)) @ V, Q)

    def transposes_the_weights(Q, K, V):
        """Your weights are transposed: row i mixes the values with what others give word i. The answer to
        query i takes the weights of row i."""
        return weigh(softmax, divide(Q @ K.T, Q), past(Q)).T @ V

    def queries_and_keys_exchanged(Q, K, V):
        """Queries and keys have changed places: your row i holds the scores of key i. Row i belongs to query
        i, as it is query i that asks."""
        return weigh(softmax, divide(K @ Q.T, Q), past(Q)) @ V


def shifted_by(center):
    """A softmax whose rows are shifted by the center of their finite scores."""
    return lambda z: naive(z - center(np.where(np.isfinite(z), z, np.nan), axis=-1, keepdims=True))


@exercise
class my_padded:
    points = 2
    done_by = ("masked_softmax",)
    without, same = SHIFTS, BATCHES
    verified = (
        "rows of full length, of length 1 and of length 0, hidden scores far ahead, scores of ±1000, "
        "and visible scores of minus four million."
    )
    think = "which weights would a row of length 0 get, if you had added minus a billion to hide its keys?"
    hints = [
        "Which keys does row i see? Compare the number of each key with its length.",
        "Lengths with an axis of length 1 at their end meet every key.",
        "A row of length 0 needs a decision of its own, before softmax sees it or after.",
    ]

    def probes(rng):
        """Probes for f(z, lengths). Rows without a visible key are among the extreme ones."""
        fresh = rng.normal(size=(4, 6)) * 2
        ordinary = [(BATCH, [2, 4, 1]), (SQUARE, [3, 1, 2]), (BATCH[1:2], [3]), (fresh, [6, 3, 1, 4])]
        high = np.array([[1000.0, 1001, 999, 1002], [-1000, -1002, -1001, -999], [0, 1, 900, 2]])
        low = np.array([[0.0, 1, 2], [-(2.0**22), -(2.0**22), 0]])
        top = np.array([[2000.0, 0, 0, 5], [-800, 0, 700, 900]])
        extreme = [(high, [3, 2, 2]), (top, [3, 3]), (BATCH, [2, 0, 4]), (SQUARE, [0, 3, 1])]
        extreme += [(fresh, [0, 6, 2, 0]), (low, [2, 2]), (ODD[0], [2, 3])]
        return [(z, np.array(m)) for z, m in ordinary], [(z, np.array(m)) for z, m in extreme]

    def right(z, lengths):
        return weigh(softmax, z, within(z, lengths))

    def shifts_by_the_mean(z, lengths):
        return weigh(shifted_by(np.nanmean), z, within(z, lengths))

    def shifts_by_the_minimum(z, lengths):
        return weigh(shifted_by(np.nanmin), z, within(z, lengths))

    @any_of(by=[1, -1])
    def one_key_off(z, lengths, by):
        """Each row sees one key too many or too few. Keys are counted from 0, so a length of 2 means the keys
        0 and 1."""
        return weigh(softmax, z, within(z, lengths + by))

    @any_of(which=["longest", "shortest", "first"])
    def one_length_for_all(z, lengths, which):
        """All your rows see equally many keys. Row i has a length of its own."""
        one = {"longest": lengths.max(), "shortest": lengths.min(), "first": lengths[0]}[which]
        return weigh(softmax, z, within(z, np.full(len(z), one)))

    def length_i_for_key_i(z, lengths):
        """Length i met only key i. Every length must meet every key, which makes n times k comparisons."""
        return weigh(softmax, z, np.broadcast_to(np.arange(z.shape[1]) < lengths, z.shape))

    def equal_weights(z, lengths):
        """Every visible key has the same weight, and the scores had no part in it."""
        visible = within(z, lengths)
        return visible / np.maximum(visible.sum(axis=-1, keepdims=True), 1)

    def first_key_of_an_empty_row(z, lengths):
        """A row of length 0 sees its first key. That would be a length of 1; here such a row gets zeros."""
        return weigh(softmax, z, within(z, np.maximum(lengths, 1)))


def beside(z):
    """Scores with one more key, the last one, whose score is 0."""
    return np.column_stack([z, np.zeros(len(z))])


@exercise
class my_sink:
    points = 3
    without, same = ["never_shifts", "shifts_by_the_minimum", "sigmoid_of_each"], BATCHES
    verified = "rows above 0 and below, rows that sum to less than 1, and scores of ±1000."
    think = (
        "all scores of a row go to minus infinity. Where do the weights of softmax go, and where do yours?"
    )
    hints = [
        "The sink is a key like any other. What would softmax say, if you gave it that key too?",
        "On paper each exponential is divided by 1 plus the sum of the row: exp(0) is 1.",
        "A score of 0 beside the others, then softmax, then without the column that you do not need.",
    ]

    def probes(rng):
        """Probes for f(z): the level of a row counts here, so rows lie above 0 and below."""
        fresh = rng.normal(size=(4, 3)) * 2 + np.array([[2], [-2], [0], [-1]])
        low = np.array([[-3.0, -1.0, -2.0, -4.0, -0.5]])
        high = np.array([[1000.0, 1001, 999, 1002], [-1000, -1002, -1001, -999], [0, 1, 2, -1]])
        far = np.array([[-800.0, 1, 2], [800, 799, 0]])
        extreme = [high, far, far[:, :1], np.array([[2000.0, 0.0, 0.0]]), ODD[0]]
        return [(z,) for z in (BATCH, SQUARE - 1, low, fresh, SQUARE + 2)], [(z,) for z in extreme]

    def right(z):
        return softmax(beside(z))[:, :-1]

    @any_of(added=["first", "last"])
    def drops_a_key(z, added):
        """You dropped the column of a key and kept that of the sink. Drop the column that you added."""
        p = softmax(beside(z))
        return p[:, 1:] if added == "last" else np.roll(p, 1, axis=1)[:, :-1]

    def halves_the_weights(z):
        """Your weights are half of those without a sink, however high the scores are. The sink was added to
        weights; it is a score of 0 beside the other scores."""
        return softmax(z) / 2

    def no_sink(z):
        """Your rows sum to 1, as without a sink. Its weight is missing from the others: it takes part in the
        division, and is dropped after that."""
        return softmax(z)

    @any_of(axis=[0, None])
    def sums_beyond_the_row(z, axis):
        """Your sum runs down the columns, or over the whole array. Keys compete for the weight of one query,
        and they stand in its row."""
        return np.exp(z) / (1 + np.exp(z).sum(axis=axis))

    @any_of(top=[-1, None])
    def unshifted_sink(z, top):
        """The 1 below your line is not shifted. Where the maximum is subtracted from every score, the sink's
        score of 0 has to go down with them, or raising all scores of a row changes nothing."""
        e = np.exp(z - z.max(axis=top, keepdims=True))
        return e / (1 + e.sum(axis=-1, keepdims=True))

    def each_key_alone(z):
        """You let each key alone compete with the sink: that is the sigmoid of its score. All keys of a row
        share one weight of 1."""
        return 1 / (1 + np.exp(-z))

    @any_of(weight=[lambda k: np.e, lambda k: -1, lambda k: k])
    def another_weight_of_the_sink(z, weight):
        """You added another number than 1 to the sum of a row. There is a single sink, and its score is 0: it
        is one more exponential, and exp(0) is 1."""
        e = np.exp(z)
        return e / (weight(z.shape[1]) + e.sum(axis=-1, keepdims=True))

    def overflows_at_1000(z):
        """Ordinary scores are right, and high ones give nan: exp of them is inf. Shift by the maximum, and
        let the sink's 0 take part in both, the maximum and the shift."""
        e = np.exp(z)
        return e / (1 + e.sum(axis=-1, keepdims=True))
