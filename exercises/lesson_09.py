"""What goes wrong in lesson 09, Look things up with attention."""

import numpy as np

from .exercise import exercise
from .inputs import BATCH, SQUARE, batch_shifted, naive, soft

BIG = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e12]  # what a mask of finite size subtracts


def sequences(rng):
    """Probes for f(Q, K, V): lengths d of queries that differ from n and from the length of a value, and one
    square."""
    shapes = [(5, 4, 3), (3, 2, 4), (4, 4, 4), (1, 3, 2)]
    ordinary = [[rng.normal(size=(n, size)) for size in (d, d, v)] for n, d, v in shapes]
    return ordinary, [(2 * z, np.eye(4), np.arange(12.0).reshape(4, 3) % 5) for z in far_futures()]


def far_futures():
    """Scores of 4 words. Hidden ones are far ahead, or rows far apart, or everything is high or low."""
    ahead = np.array([[0.0, 800, 1, 2], [1, 2, 900, 0], [0, 2, 1, 850], [1, 0, 2, 1]])
    level = np.array([[1.0, 0, 2, 1], [0, 2, 1, 1], [2, 0, 1, 3], [1, 2, 0, 2]])
    apart = level + 1000 * np.array([[-1], [1], [0], [2]])
    return [ahead, level + 1000, level - 1000, apart, ahead * 2.0**12, level - 2.0**22]


def seen(Q, K, V, visible, T=None, softmax=soft):
    """Attention with a mask and a temperature."""
    z = Q @ K.T / (np.sqrt(Q.shape[1]) if T is None else T)
    return softmax(np.where(visible, z, -np.inf)) @ V


def past(Q):
    return np.tri(len(Q), dtype=bool)


@exercise(
    sequences,
    points=3,
    verified=(
        "the root of d, rows that sum to 1, the first word, which sees itself alone, and hidden "
        "scores far ahead of visible ones."
    ),
    think="what does the first word answer, whatever its query is?",
    hints=[
        "Three steps: scores, one row for each query; weights, whose rows sum to 1; a mean of values.",
        "np.tri(n) has ones where row i may look. Which score makes exp exactly 0?",
        "Hide after dividing by the root of d and before softmax.",
    ],
)
def causal(Q, K, V):
    return seen(Q, K, V, past(Q))


@causal.mistake
def returns_the_weights(Q, K, V):
    """You returned the weights. The answer of a query is the mean of the values under its weights: one
    product is missing."""
    return seen(Q, K, np.eye(len(Q)), past(Q))


@causal.mistake(scaled=[True, False], hidden=[-np.inf, 0])
def returns_the_scores(Q, K, V, scaled=True, hidden=-np.inf):
    """You returned scores. Softmax turns them into weights, and the weights mix the values."""
    return np.where(past(Q), Q @ K.T / (np.sqrt(Q.shape[1]) if scaled else 1), hidden)


@causal.mistake(T=[None, 1])
def columns_sum_to_1(Q, K, V, T=None):
    """You normalized down the columns, so queries compete for a key. Each query spreads a weight of 1 over
    the keys that it sees, and they stand in its row."""
    return seen(Q, K, V, past(Q), T, softmax=lambda z: soft(z, axis=0))


@causal.mistake(T=[None, 1])
def whole_matrix_sums_to_1(Q, K, V, T=None):
    """Your weights sum to 1 all together. Each query has a weight of 1 of its own to spread: each row sums to
    1."""
    return seen(Q, K, V, past(Q), T, softmax=lambda z: soft(z.reshape(1, -1)).reshape(z.shape))


@causal.mistake(T=[None, 1])
def sees_everything(Q, K, V, T=None):
    """Your first answer is no copy of the first value: word 0 also looks at later words. Nothing is hidden
    yet."""
    return seen(Q, K, V, True, T)


@causal.mistake(T=[None, 1])
def sees_the_future(Q, K, V, T=None):
    """Your last answer is a copy of the last value: your mask is turned around, and each word sees itself and
    what follows. The triangle on the other side is the past."""
    return seen(Q, K, V, past(Q).T, T)


@causal.mistake(T=[None, 1], zeros=[False, True])
def hides_itself(Q, K, V, T=None, zeros=False):
    """Word i sees only the words before it, and word 0 has nothing to look at. The diagonal is visible: a
    word may look at itself."""
    answers = seen(Q, K, V, np.tri(len(Q), k=-1, dtype=bool), T)
    return np.nan_to_num(answers) if zeros else answers


@causal.mistake(T=[None, 1])
def sees_the_next_word(Q, K, V, T=None):
    """Your first answer is a mean of two values: each word also sees the next one, the one that it should
    learn to predict."""
    return seen(Q, K, V, np.tri(len(Q), k=1, dtype=bool), T)


@causal.mistake(T=[None, 1], future=[False, True])
def hides_with_0(Q, K, V, T=None, future=False):
    """You set hidden scores to 0 before softmax. A score of 0 is a score like any other, as exp(0) is 1, so
    hidden words still get weight."""
    z = Q @ K.T / (np.sqrt(Q.shape[1]) if T is None else T)
    return soft(z * (past(Q).T if future else past(Q))) @ V


@causal.mistake
def zero_times_infinity(Q, K, V):
    """Everything is nan: you multiplied a mask with infinity, and 0 times infinity is nan where nothing
    should be hidden. Choose between score and minus infinity instead."""
    return np.full(V.shape, np.nan)


@causal.mistake(T=[None, 1])
def never_rescales(Q, K, V, T=None):
    """You set hidden weights to 0 after softmax, so the rows sum to less than 1: the hidden words took part
    in the division. Hide before softmax."""
    z = Q @ K.T / (np.sqrt(Q.shape[1]) if T is None else T)
    return (soft(z) * past(Q)) @ V


@causal.mistake
def plain_mean(Q, K, V):
    """You took the plain mean of the visible values, and queries and keys had no part in it. Scores weigh the
    values."""
    return np.cumsum(V, axis=0) / np.arange(1, len(V) + 1)[:, None]


@causal.mistake
def not_scaled(Q, K, V):
    """Your weights are too sharp: the scores are not divided. Dot products of longer vectors lie further
    apart, and the root of d takes that back."""
    return seen(Q, K, V, past(Q), T=1)


@causal.mistake
def divides_by_d(Q, K, V):
    """Your weights are too even: you divided by d. Scores spread with the root of d, so that is what takes
    their spread back to 1."""
    return seen(Q, K, V, past(Q), T=Q.shape[1])


@causal.mistake
def multiplies_by_the_root(Q, K, V):
    """Your weights are far too sharp: you multiplied the scores by the root of d. It is a temperature, and
    temperatures divide."""
    return seen(Q, K, V, past(Q), T=1 / np.sqrt(Q.shape[1]))


@causal.mistake(root=[True, False])
def divides_by_n(Q, K, V, root=True):
    """You divided by a number that grows with the words, n. What spreads the scores is the length d of a
    query, as each score is a sum of d products."""
    return seen(Q, K, V, past(Q), T=np.sqrt(len(Q)) if root else len(Q))


@causal.mistake
def divides_by_the_length_of_values(Q, K, V):
    """You divided by the root of a value's length. Values have no part in the scores: it is the length d of
    queries and keys that spreads them."""
    return seen(Q, K, V, past(Q), T=np.sqrt(V.shape[1]))


@causal.mistake
def divides_the_weights(Q, K, V):
    """Your answers are too small by the root of d: you divided after softmax, so the weights sum to less than
    1. The root belongs to the scores."""
    return seen(Q, K, V, past(Q), T=1) / np.sqrt(Q.shape[1])


@causal.mistake(T=[None, 1])
def queries_and_keys_exchanged(Q, K, V, T=None):
    """Queries and keys have changed places: your row i holds the scores of key i. Row i belongs to query i,
    as it is query i that asks."""
    return seen(K, Q, V, past(Q), T)


@causal.mistake(T=[None, 1])
def never_normalizes(Q, K, V, T=None):
    """Your weights do not sum to 1: exponentials were not divided by the sum of their row. The answer is a
    mean, not a sum."""
    return seen(Q, K, V, past(Q), T, softmax=np.exp)


@causal.mistake
def softmax_twice(Q, K, V):
    """Your weights are far too even, and hidden words get some: softmax ran twice, and the second one gave
    each 0 its share."""
    return seen(Q, K, V, past(Q), softmax=lambda z: soft(soft(z)))


@causal.mistake
def rescales_too_late(Q, K, V):
    """Ordinary scores are right, and a hidden score far ahead leaves nan. Beside it softmax rounded the
    visible weights to 0 before you rescaled them: hide before softmax."""
    p = soft(Q @ K.T / np.sqrt(Q.shape[1])) * past(Q)
    return p / p.sum(axis=-1, keepdims=True) @ V


@causal.mistake(big=[100, 1000, 10000, 1e5, 1e6], add=[True, False])
def mask_too_small(Q, K, V, big=1000, add=True):
    """Ordinary scores are right, and the future comes back where scores are larger than the number that hides
    it. Only minus infinity is below every score."""
    z = Q @ K.T / np.sqrt(Q.shape[1])
    return soft(np.where(past(Q), z, z * add - big)) @ V


@causal.mistake
def overflows(Q, K, V):
    """Ordinary scores are right, and very high or very low ones give nan: exp of them is inf or 0. Shift each
    row by its maximum, as the course's softmax does."""
    return seen(Q, K, V, past(Q), softmax=naive)


@causal.mistake
def one_maximum_for_all(Q, K, V):
    """A row far below another comes out as nan: one maximum for the whole matrix leaves it nothing but zeros.
    Each row needs its own."""
    return seen(Q, K, V, past(Q), softmax=batch_shifted)


def padded_rows(rng):
    """Probes for f(z, lengths). Rows without a visible key are among the extreme ones."""
    fresh = rng.normal(size=(4, 6)) * 2
    ordinary = [(BATCH, [2, 4, 1]), (SQUARE, [3, 1, 2]), (BATCH[1:2], [3]), (fresh, [6, 3, 1, 4])]
    high = np.array([[1000.0, 1001, 999, 1002], [-1000, -1002, -1001, -999], [0, 1, 900, 2]])
    extreme = [(high, [3, 2, 2]), (BATCH, [2, 0, 4]), (SQUARE, [0, 3, 1]), (fresh, [0, 6, 2, 0])]
    return [(z, np.array(m)) for z, m in ordinary], [(z, np.array(m)) for z, m in extreme]


def within(z, lengths):
    return np.arange(z.shape[1]) < lengths[:, None]


def hidden(z, visible, softmax=soft):
    """Softmax of what is visible; zeros for an empty row."""
    some = visible.any(axis=-1, keepdims=True)
    return np.where(some, softmax(np.where(visible | ~some, z, -np.inf)), 0)


@exercise(
    padded_rows,
    points=2,
    verified=(
        "rows of full length, of length 1 and of length 0, hidden scores far ahead, and scores of ±1000."
    ),
    think="which weights would a row of length 0 get, if you had added minus a billion to hide its keys?",
    hints=[
        "Which keys does row i see? Compare np.arange(k) with its length.",
        "Lengths with an axis of length 1 at their end meet every key.",
        "A row of length 0 needs a decision of its own, before softmax sees it or after.",
    ],
)
def padded(z, lengths):
    return hidden(z, within(z, lengths))


@padded.mistake(shift=[True, False])
def columns_compete(z, lengths, shift=True):
    """Your columns sum to 1, your rows do not. Keys compete for the weight of one query, and they stand in
    its row."""
    z = np.where(within(z, lengths), z, -np.inf)
    return soft(z, axis=0) if shift else np.exp(z) / np.exp(z).sum(axis=0)


@padded.mistake
def everything_sums_to_1(z, lengths):
    """Your whole array sums to 1. Each row has a weight of 1 of its own to spread."""
    e = np.exp(np.where(within(z, lengths), z, -np.inf))
    return e / e.sum()


@padded.mistake
def nothing_hidden(z, lengths):
    """Keys behind the length of a row have weight. Padding says nothing: it is to be hidden."""
    return soft(z)


@padded.mistake
def sees_one_more(z, lengths):
    """Each row sees one key too many. Keys are counted from 0, so a length of 2 means the keys 0 and 1."""
    return hidden(z, within(z, lengths + 1))


@padded.mistake
def sees_one_less(z, lengths):
    """Each row sees one key too few. Keys are counted from 0, so a length of 2 means the keys 0 and 1."""
    return hidden(z, within(z, lengths - 1))


@padded.mistake(nan=[False, True])
def hides_the_beginning(z, lengths, nan=False):
    """Your mask is turned around: each row sees its padding, and its words are hidden."""
    p = hidden(z, ~within(z, lengths))
    return np.where(p.sum(axis=-1, keepdims=True) > 0, p, np.nan if nan else 0)


@padded.mistake(which=["longest", "shortest", "first"])
def one_length_for_all(z, lengths, which="longest"):
    """All your rows see equally many keys. Row i has a length of its own."""
    one = {"longest": lengths.max(), "shortest": lengths.min(), "first": lengths[0]}[which]
    return hidden(z, within(z, np.full(len(z), one)))


@padded.mistake
def length_i_for_key_i(z, lengths):
    """Length i met only key i. Every length must meet every key, which makes n times k comparisons."""
    return hidden(z, np.broadcast_to(np.arange(z.shape[1]) < lengths, z.shape))


@padded.mistake
def down_instead_of_along(z, lengths):
    """Your mask counts down the columns: lengths hide queries, not keys. The keys of row i stand along it."""
    return hidden(z, (np.arange(len(z))[:, None] < lengths) & np.ones(z.shape, dtype=bool))


@padded.mistake
def padding_scores_0(z, lengths):
    """You set hidden scores to 0 before softmax. A score of 0 is a score like any other, as exp(0) is 1, so
    padding still gets weight."""
    return soft(z * within(z, lengths))


@padded.mistake
def infinity_times_0(z, lengths):
    """Wherever nothing should be hidden you got nan: 0 times infinity is nan. Choose between score and minus
    infinity instead."""
    return np.full(z.shape, np.nan)


@padded.mistake
def rows_below_1(z, lengths):
    """You set hidden weights to 0 after softmax, so rows sum to less than 1: the padding took part in the
    division. Hide before softmax."""
    return soft(z) * within(z, lengths)


@padded.mistake
def equal_weights(z, lengths):
    """Every visible key has the same weight, and the scores had no part in it."""
    visible = within(z, lengths)
    return visible / np.maximum(visible.sum(axis=-1, keepdims=True), 1)


@padded.mistake
def only_exponentials(z, lengths):
    """Your rows do not sum to 1: exponentials are not weights until they are divided by the sum of their
    row."""
    return hidden(z, within(z, lengths), np.exp)


@padded.mistake(eps=[0, 1e-12, 1e-9, 1e-8], guard=[False, True])
def late_rescaling(z, lengths, eps=0, guard=False):
    """Ordinary scores are right. Then a hidden score far ahead let softmax round the visible weights to 0
    before you rescaled them. Hide before softmax."""
    p = soft(z) * within(z, lengths)
    sums = p.sum(axis=-1, keepdims=True)
    return p / (np.where(sums > 0, sums, 1) if guard else sums + eps)


@padded.mistake(empty=["zeros", "nan"], shift=["none", "batch"])
def no_shift_of_its_own(z, lengths, empty="zeros", shift="none"):
    """Ordinary scores are right, and scores of ±1000 give nan: exp of them is inf or 0. Shift each row by its
    own maximum, as the course's softmax does."""
    softmax = naive if shift == "none" else batch_shifted
    visible = within(z, lengths)
    return hidden(z, visible, softmax) if empty == "zeros" else softmax(np.where(visible, z, -np.inf))


@padded.mistake
def nan_for_an_empty_row(z, lengths):
    """A row of length 0 comes out as nan: nothing divided by nothing. It has no softmax, so it needs a
    decision, and here it gets zeros."""
    return soft(np.where(within(z, lengths), z, -np.inf))


@padded.mistake
def refuses_an_empty_row(z, lengths):
    """A row of length 0 raises an error: nothing has no softmax, and the course's refuses to answer. Do not
    let it see such a row; here it gets zeros."""
    if not lengths.all():
        raise ValueError("z holds nothing but -inf")
    return soft(np.where(within(z, lengths), z, -np.inf))


@padded.mistake
def equal_shares_for_an_empty_row(z, lengths):
    """In a row of length 0 your hidden keys share a weight of 1. All got the same low score, and only
    differences count. Here such a row gets zeros."""
    p = soft(np.where(within(z, lengths), z, -np.inf))
    return np.where(lengths[:, None] > 0, p, 1 / z.shape[1])


@padded.mistake(big=BIG)
def leaks_in_an_empty_row(z, lengths, big=1e9):
    """In a row of length 0 nothing is hidden: its weights are those without a mask. You lowered every score
    by the same number, and that cancels. Here such a row gets zeros."""
    return soft(z - big * ~within(z, lengths))


@padded.mistake(low=[-100, -500, -999])
def mask_above_a_score(z, lengths, low=-100):
    """Ordinary scores are right, and where the visible ones are very low, padding wins: your mask is a score
    that lies above them. Only minus infinity is below all."""
    return soft(np.where(within(z, lengths), z, low))


@padded.mistake
def first_key_of_an_empty_row(z, lengths):
    """A row of length 0 sees its first key. That would be a length of 1; here such a row gets zeros."""
    return hidden(z, within(z, np.maximum(lengths, 1)))


def with_levels(rng):
    """Probes for f(z): the level of a row counts here, so rows lie above 0 and below."""
    fresh = rng.normal(size=(4, 3)) * 2 + np.array([[2], [-2], [0], [-1]])
    low = np.array([[-3.0, -1.0, -2.0, -4.0, -0.5]])
    high = np.array([[1000.0, 1001, 999, 1002], [-1000, -1002, -1001, -999], [0, 1, 2, -1]])
    far = np.array([[-800.0, 1, 2], [800, 799, 0]])
    return [(z,) for z in (BATCH, SQUARE - 1, low, fresh, SQUARE + 2)], [(high,), (far,), (far[:, :1],)]


def beside(z, score=0.0):
    """Softmax with one more key, the last one."""
    return soft(np.column_stack([z, np.full(len(z), score)]))


@exercise(
    with_levels,
    points=3,
    verified="rows above 0 and below, rows that sum to less than 1, and scores of ±1000.",
    think="all scores of a row go to minus infinity. Where do the weights of softmax go, and where do yours?",
    hints=[
        "The sink is a key like any other. What would softmax say, if you gave it that key too?",
        "On paper each exponential is divided by 1 plus the sum of the row: exp(0) is 1.",
        "A score of 0 beside the others, then softmax, then without the column that you do not need.",
    ],
)
def sink(z):
    return beside(z)[:, :-1]


@sink.mistake
def keeps_the_sink(z):
    """You returned k + 1 columns. The sink takes its weight away; what is asked for are the weights of the k
    keys."""
    return beside(z)


@sink.mistake
def drops_a_key(z):
    """The sink stands first, and you dropped the last column, which is a key. Drop the column that you
    added."""
    return np.roll(beside(z), 1, axis=1)[:, :-1]


@sink.mistake(shift=[True, False])
def no_sink(z, shift=True):
    """Your rows sum to 1, as without a sink. Its weight is missing from the others: it takes part in the
    division, and is dropped after that."""
    return soft(z) if shift else naive(z)


@sink.mistake
def sums_meet_columns(z):
    """An array that is not square fails. The sums, one a row, lost their axis, and NumPy lines them up with
    the columns. Keep the axis, so that each row meets its own."""
    e = np.exp(z)
    return e / (1 + e.sum(axis=-1))


@sink.mistake
def sums_of_columns(z):
    """Your sums run down the columns. Keys compete for the weight of one query, and they stand in its row."""
    return np.exp(z) / (1 + np.exp(z).sum(axis=0))


@sink.mistake
def sum_of_everything(z):
    """Your sum runs over the whole array. Each row has a sink and a weight of 1 of its own."""
    return np.exp(z) / (1 + np.exp(z).sum())


@sink.mistake
def shifted_sink(z):
    """The 1 in your denominator is not shifted. Where the maximum is subtracted from every score, the sink's
    score of 0 has to go down with them, or its weight depends on no score at all."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / (1 + e.sum(axis=-1, keepdims=True))


@sink.mistake
def each_key_alone(z):
    """You let each key alone compete with the sink: that is the sigmoid of its score. All keys of a row share
    one weight of 1."""
    return 1 / (1 + np.exp(-z))


@sink.mistake
def sink_of_score_1(z):
    """Your sink has a score of 1, so it weighs e. It has a score of 0, and exp(0) is 1."""
    return beside(z, 1.0)[:, :-1]


@sink.mistake
def sink_without_weight(z):
    """Your sink takes nothing or less than nothing: you took 1 off the sum, or added it where it cancels."""
    e = np.exp(z)
    return e / (e.sum(axis=-1, keepdims=True) - 1)


@sink.mistake
def one_sink_a_key(z):
    """You added one sink for every key. There is a single one in a row, whose exponential is 1."""
    e = np.exp(z)
    return e / (z.shape[1] + e.sum(axis=-1, keepdims=True))


@sink.mistake
def not_divided(z):
    """Your rows can sum to more than 1: exponentials are no weights until they are divided."""
    return np.exp(z)


@sink.mistake
def logarithms(z):
    """Your entries are negative: logarithms of the weights. One exponential is missing."""
    return np.log(beside(z))[:, :-1]


@sink.mistake
def overflows_at_1000(z):
    """Ordinary scores are right, and high ones give nan: exp of them is inf. Shift by the maximum, and let
    the sink's 0 take part in both, the maximum and the shift."""
    e = np.exp(z)
    return e / (1 + e.sum(axis=-1, keepdims=True))


@sink.mistake
def same_shift_for_all_rows(z):
    """A row far below another has lost its weights: one maximum for the whole array leaves it nothing but
    zeros. Each row needs its own."""
    return batch_shifted(np.column_stack([z, np.zeros(len(z))]))[:, :-1]
