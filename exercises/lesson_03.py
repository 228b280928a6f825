"""What goes wrong in lesson 03, Measure surprise with cross-entropy."""

import numpy as np

from .exercise import exercise
from .inputs import EPSILONS, batch_shifted, hot, labeled, log_soft, naive, of_label, soft, ties_left_out


def indices(rng):
    """Probes for f(y, k): classes that no label names, labels out of order, as many labels as classes."""
    fresh = rng.permutation(4)
    ys = [
        ([2, 0, 1, 2], 4),
        ([1, 2, 0], 3),
        ([1], 3),
        ([0, 0, 2], 5),
        (fresh, 4),
        (rng.integers(3, size=6), 7),
    ]
    return [(np.array(y), k) for y, k in ys], []


@exercise(
    indices,
    points=1,
    kinds="fiub",
    verified="labels out of order and repeated, first and last class, and classes that no label names.",
    think="what is the one-hot row of class 1 multiplied, entry by entry, with a row of log-probabilities?",
    hints=[
        "The answer has a row for every label and a column for every class.",
        "Compare a label with the numbers of the classes, 0 to k - 1: it equals one of them.",
        "Every label has to meet every class. Labels with an axis of length 1 at their end do that.",
    ],
)
def one_hot(y, k):
    return (y[:, None] == np.arange(k)).astype(float)


@one_hot.mistake
def transposed(y, k):
    """Your answer has shape (k, n): a column for each label. Examples run down the rows, classes along
    them."""
    return np.eye(k)[:, y]


@one_hot.mistake(square=[True, False])
def identity(y, k, square=True):
    """You returned the same rows whatever the labels are: a 1 for class 0, then for class 1, and so on. Row i
    of the answer belongs to label i, and its 1 stands where that label says."""
    return np.eye(k if square else len(y), k)


@one_hot.mistake
def label_i_meets_class_i(y, k):
    """Label i met only class i. Every label must meet every class, which makes n times k comparisons."""
    return (y == np.arange(k)).astype(float)


@one_hot.mistake
def classes_that_occur(y, k):
    """The columns end at the largest label that occurs. A class that no label in this batch names still
    needs its column, and k says how many there are."""
    return np.eye(y.max() + 1)[y]


@one_hot.mistake(drop=[True, False])
def starts_at_1(y, k, drop=True):
    """Every 1 stands one place too far to the left, and label 0 went astray. Classes are counted from 0."""
    return np.eye(k)[y - 1] * (1 if not drop else (y > 0)[:, None])


@one_hot.mistake
def label_instead_of_1(y, k):
    """The entry of the true class holds the label itself. A label is a name; the entry says "all of the
    probability is here", which is 1."""
    return np.eye(k)[y] * y[:, None]


@one_hot.mistake
def turned_around(y, k):
    """Zeros and ones are exchanged. The single 1 of a row stands at the true class."""
    return 1 - np.eye(k)[y]


@one_hot.mistake(repeated=[False, True])
def one_row_for_all(y, k, repeated=False):
    """You put the ones of all labels into the same row. Row i belongs to label i alone."""
    row = np.eye(k)[y].max(axis=0)
    return np.tile(row, (len(y), 1)) if repeated else row


@one_hot.mistake
def up_to_the_label(y, k):
    """Your rows hold ones up to the true class. That says "at least", which suits sizes; a class is one of
    k names."""
    return (np.arange(k) <= y[:, None]).astype(float)


@exercise(
    labeled,
    points=2,
    verified=(
        "one number for a batch, labels paired with their rows, right and wrong by up to 3000 "
        "points, no epsilon."
    ),
    think="what does this loss become if every score is 0, whatever the labels are?",
    hints=[
        "The loss of one example is minus the log-probability of its true class. You have log_softmax.",
        "To take one entry of each row, name the row and the column of each.",
        "A batch has one loss: the mean over its examples.",
    ],
)
def cross_entropy(z, y):
    return -of_label(log_soft(z), y).mean()


@cross_entropy.mistake
def one_loss_per_example(z, y):
    """You returned one loss for each example. The loss of a batch is a single number, their mean."""
    return -of_label(log_soft(z), y)


@cross_entropy.mistake
def every_label_for_every_row(z, y):
    """Every row was paired with every label: n times n losses went into your mean. Row i belongs to label i
    alone."""
    return -log_soft(z)[:, y].mean()


@cross_entropy.mistake
def rows_of_labels(z, y):
    """The labels picked rows, not columns. The first index of an array counts examples, the last one
    classes."""
    return -log_soft(z)[y].mean()


@cross_entropy.mistake
def expects_one_hot(z, y):
    """You multiplied the labels with a row of numbers, as if each label were a one-hot row. Here a label is
    an index: it picks an entry."""
    return -(y * log_soft(z)).sum(axis=-1).mean()


@cross_entropy.mistake
def expects_one_hot_columns(z, y):
    """You multiplied each row by its label, so class 0 costs nothing and class 3 counts three times. A
    label is a name; it picks an entry and weighs nothing."""
    return -(y[:, None] * log_soft(z)).sum(axis=-1).mean()


@cross_entropy.mistake
def labels_from_1(z, y):
    """Your loss is right for labels that are one lower. Classes are counted from 0, in NumPy and in these
    labels."""
    return -of_label(log_soft(z), y - 1).mean()


@cross_entropy.mistake
def its_own_best_class(z, y):
    """You scored the class that the model likes best, and the labels had no part in it. The loss is the
    surprise at what is true."""
    return -log_soft(z).max(axis=-1).mean()


@cross_entropy.mistake
def across_examples(z, y):
    """You normalized down the columns. The classes of one example compete, and they stand in a row."""
    return -of_label(log_soft(z, axis=0), y).mean()


@cross_entropy.mistake
def whole_batch_as_one(z, y):
    """You normalized over the whole batch: its probabilities sum to 1 all together. Every row needs that
    for itself."""
    return -of_label(log_soft(z.reshape(1, -1)).reshape(z.shape), y).mean()


@cross_entropy.mistake
def no_minus(z, y):
    """Your loss is negative. The logarithm of a probability is never above 0; its minus is the surprise."""
    return of_label(log_soft(z), y).mean()


@cross_entropy.mistake
def sum_over_examples(z, y):
    """Your loss is n times too large: a sum over the examples. With a mean, a batch that comes twice costs
    the same."""
    return -of_label(log_soft(z), y).sum()


@cross_entropy.mistake
def mean_over_all_entries(z, y):
    """Your loss is k times too small. The mean ran over all n times k entries, most of which are the zeros
    beside the true class; there are n examples."""
    return -of_label(log_soft(z), y).mean() / z.shape[1]


@cross_entropy.mistake
def over_all_classes(z, y):
    """You averaged the surprise over all classes, as if each were true a little. Only the true class
    counts."""
    return -log_soft(z).mean()


@cross_entropy.mistake
def sum_over_all_classes(z, y):
    """You added up the surprise of all classes of each row. Only the true class counts."""
    return -log_soft(z).sum(axis=-1).mean()


@cross_entropy.mistake(base=[2, 10])
def bits(z, y, base=2):
    """Your loss is the right one divided by a constant: a logarithm to another base. In nats the logarithm
    is the natural one."""
    return -of_label(log_soft(z), y).mean() / np.log(base)


@cross_entropy.mistake
def takes_logits_for_probabilities(z, y):
    """You took the logarithm of a score, and got nan where it is negative. A logit is no probability:
    softmax stands between them."""
    return -np.log(of_label(z, y)).mean()


@cross_entropy.mistake
def takes_logits_for_log_probabilities(z, y):
    """You averaged the scores of the true classes. A score means something only next to the other scores of
    its row: the log-sum-exp is missing."""
    return -of_label(z, y).mean()


@cross_entropy.mistake
def no_log(z, y):
    """You averaged the probabilities of the true classes, without a logarithm. Without it, being sure and
    wrong costs hardly more than being unsure."""
    return -of_label(soft(z), y).mean()


@cross_entropy.mistake
def one_minus_p(z, y):
    """Your loss is never above 1: it is the probability that was missed. Surprise is -log p, and has no
    upper limit."""
    return 1 - of_label(soft(z), y).mean()


@cross_entropy.mistake
def log_of_the_mean(z, y):
    """You averaged the probabilities and took the logarithm of that. Average the losses: every example is
    surprised on its own."""
    return -np.log(of_label(soft(z), y).mean())


@cross_entropy.mistake
def softmax_twice(z, y):
    """Your loss cannot fall below 0.551 for three classes, or 0.744 for four, or rise more than 1 above that.
    Softmax ran twice: the loss takes logits, and got probabilities."""
    return -of_label(log_soft(soft(z)), y).mean()


@cross_entropy.mistake
def squared_error(z, y):
    """You measured squared distances between p and the one-hot rows. Their limit makes a confident mistake
    cheap; surprise has none."""
    return ((soft(z) - hot(z, y)) ** 2).sum(axis=-1).mean()


@cross_entropy.mistake
def log_twice(z, y):
    """Your loss is always nan, as the logarithm of a negative number is. log_softmax already returns
    logarithms: a second one is one too many."""
    return -np.log(of_label(log_soft(z), y)).mean()


@cross_entropy.mistake
def p_and_y_exchanged(z, y):
    """Your loss is always infinite, as the logarithm of 0 is. One-hot labels are mostly 0: the label weighs,
    and the logarithm belongs to p."""
    return -(soft(z) * np.log(hot(z, y))).sum(axis=-1).mean()


@cross_entropy.mistake
def ties_forgotten(z, y):
    """Where two scores share the first place you left both out. Only one of them is the 1 that log1p
    adds."""
    return -of_label(ties_left_out(z), y).mean()


@cross_entropy.mistake
def adds_the_other_classes(z, y):
    """You also charged the other classes, by -log(1 - p). That is the loss of k separate yes-or-no
    questions; here one class is true, and p of it says all."""
    p, q = soft(z), hot(z, y)
    return -(q * np.log(p) + (1 - q) * np.log(1 - p)).sum(axis=-1).mean()


@cross_entropy.mistake(eps=EPSILONS, clip=[False, True])
def epsilon_caps_the_loss(z, y, eps=1e-12, clip=False):
    """However far the true class is behind, its loss stops at minus the logarithm of a small constant. Far
    behind and farther behind look alike then. The scores still know the difference."""
    p = of_label(soft(z), y)
    return -np.log(np.clip(p, eps, 1) if clip else p + eps).mean()


@cross_entropy.mistake
def log_after_softmax(z, y):
    """Ordinary scores are right, and a confident mistake costs inf. Softmax rounded its probability to 0
    before the logarithm. Go from scores to log-probabilities directly."""
    return -np.log(of_label(soft(z), y)).mean()


@cross_entropy.mistake(quotient=[True, False])
def overflows(z, y, quotient=True):
    """Ordinary scores are right, and very high or very low ones give nan or inf: exp of them is inf or 0.
    Shift every row before exp sees it."""
    if quotient:
        return -np.log(of_label(naive(z), y)).mean()
    return (np.log(np.exp(z).sum(axis=-1)) - of_label(z, y)).mean()


@cross_entropy.mistake
def maximum_of_the_batch(z, y):
    """A row far below another costs inf or nan: one maximum for the whole batch leaves it nothing but
    zeros. Each row needs its own."""
    return -np.log(of_label(batch_shifted(z), y)).mean()


def moderate(rng):
    """Labeled probes whose perplexity is a float, though some probabilities are none."""
    ordinary, _ = labeled(rng)
    far = np.array([[0.0, 900.0, 1.0], [2.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
    high = np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1002.0]])
    apart = np.array([[1000.0, 1001.0, 999.0], [0.0, 1.0, 2.0]])
    level = np.array([[1000.0, 1001.0, 999.0], [1002.0, 1000.0, 1001.0]])
    return ordinary, [
        (level, np.array([2, 1])),
        (far, np.array([0, 1, 2])),
        (high, np.array([2, 1])),
        (apart, np.array([0, 1])),
    ]


@exercise(
    moderate,
    points=1,
    verified=(
        "one number for a batch, never below 1, k for equal scores, and examples whose p is 0 in floats."
    ),
    think="two models have perplexities 4 and 8. By how many nats do their losses differ?",
    hints=[
        "Perplexity is a loss, read as a number of equally likely choices. Which function undoes the "
        "logarithm?",
        "First the mean loss of the batch, then one exponential.",
    ],
)
def perplexity(z, y):
    return np.exp(cross_entropy.right(z, y))


@perplexity.mistake
def of_each_example(z, y):
    """You returned one number for each example. A batch has one perplexity, made from its mean loss."""
    return np.exp(-of_label(log_soft(z), y))


@perplexity.mistake
def pairs_every_label(z, y):
    """Every row was paired with every label. Row i belongs to label i alone."""
    return np.exp(-log_soft(z)[:, y].mean())


@perplexity.mistake
def down_the_columns(z, y):
    """You normalized down the columns. The classes of one example compete, and they stand in a row."""
    return np.exp(-of_label(log_soft(z, axis=0), y).mean())


@perplexity.mistake
def counts_labels_from_1(z, y):
    """Your number is right for labels that are one lower. Classes are counted from 0."""
    return np.exp(-of_label(log_soft(z), y - 1).mean())


@perplexity.mistake
def no_exponential(z, y):
    """You returned the mean loss. Perplexity is e to the power of it: the number of equal choices with that
    loss."""
    return cross_entropy.right(z, y)


@perplexity.mistake
def below_1(z, y):
    """Your number is below 1: it is 1 divided by the perplexity. Nobody chooses among less than one
    possibility; look for the minus."""
    return np.exp(-cross_entropy.right(z, y))


@perplexity.mistake
def power_of_2(z, y):
    """You raised 2 to a loss in nats. Base and logarithm belong together: e with nats, 2 with bits."""
    return 2 ** cross_entropy.right(z, y)


@perplexity.mistake
def mean_of_exponentials(z, y):
    """You averaged after the exponential, so one bad example drowns the others. Perplexity is the
    exponential of the mean loss."""
    return np.exp(-of_label(log_soft(z), y)).mean()


@perplexity.mistake
def exponential_of_the_sum(z, y):
    """Your number grows with the size of the batch: the exponential of a sum of losses. Take the mean
    first."""
    return np.exp(-of_label(log_soft(z), y).sum())


@perplexity.mistake
def inverse_of_the_mean(z, y):
    """You averaged the probabilities of the true classes. Average their logarithms, the losses."""
    return 1 / of_label(soft(z), y).mean()


@perplexity.mistake
def ignores_the_labels(z, y):
    """The labels have no part in your answer: it is the perplexity of the model's own opinion. It is
    measured against what is true."""
    return np.exp(-(soft(z) * log_soft(z)).sum(axis=-1).mean())


@perplexity.mistake
def of_doubled_softmax(z, y):
    """For four classes your number stays between 2.1 and 5.7, however sure the model is. Softmax ran twice,
    and the second one took probabilities for scores."""
    return np.exp(-of_label(log_soft(soft(z)), y).mean())


@perplexity.mistake(eps=EPSILONS, clip=[False, True])
def capped_by_epsilon(z, y, eps=1e-12, clip=False):
    """A small constant inside the logarithm caps the loss, and with it your perplexity. Compute
    log-probabilities from the scores and no constant is needed."""
    p = of_label(soft(z), y)
    return np.exp(-np.log(np.clip(p, eps, 1) if clip else p + eps).mean())


@perplexity.mistake
def infinite(z, y):
    """Ordinary scores are right, and one example with a tiny probability makes your answer inf. Softmax
    rounded that probability to 0 before the logarithm, or exp was taken of one large loss before the
    average."""
    return np.exp(-np.log(of_label(soft(z), y)).mean())


@perplexity.mistake
def exp_overflows(z, y):
    """Ordinary scores are right, and very high or very low ones give nan or inf: exp of them is inf or 0.
    Shift every row before exp sees it."""
    return np.exp(-np.log(of_label(naive(z), y)).mean())


@perplexity.mistake
def shifts_the_batch(z, y):
    """A row far below another spoils your answer: one maximum for the whole batch leaves it nothing but
    zeros."""
    return np.exp(-np.log(of_label(batch_shifted(z), y)).mean())


def two_distributions(rng):
    fixed = [
        ([0.75, 0.25], [0.5, 0.5]),
        ([0.1, 0.2, 0.7], [0.3, 0.5, 0.2]),
        ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]),
    ]
    fresh = soft(rng.normal(size=(2, 5)) * 2)
    ordinary = [*fixed, fresh, soft(rng.normal(size=(2, 3)))]
    zeros = [
        ([0.0, 0.0, 0.75, 0.25], [0.1, 0.2, 0.3, 0.4]),
        ([0.0, 1.0, 0.0], [0.98, 0.01, 0.01]),
        ([0.6, 0.0, 0.4, 0.0], [0.1, 0.2, 0.3, 0.4]),
    ]
    return ([(np.array(p), np.array(q)) for p, q in some] for some in (ordinary, zeros))


@exercise(
    two_distributions,
    points=2,
    verified=(
        "KL(p‖q) in nats, 0 for equal distributions, not the same both ways, and classes with p = 0. No q "
        "was 0."
    ),
    extremes=(
        "Your function is right while every class is possible, and wrong when some p is 0. That class adds "
        "nothing, and the others still count."
    ),
    think="q gives 0 to a class that p thinks possible. What should the divergence be, and what do you get?",
    hints=[
        "It is an average of log(p_i / q_i). Which of the two distributions does the averaging?",
        "Every class is weighed by its p.",
        "What is p log p as p goes to 0, and what does NumPy make of 0 * log(0)? Leave such classes out.",
    ],
)
def kl(p, q):
    on = p > 0
    return (p[on] * np.log(p[on] / q[on])).sum()


def _terms(p, q):
    """p log(p / q), with 0 where p is 0."""
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0)


@kl.mistake
def not_summed(p, q):
    """You returned one number for each class. The divergence of two distributions is their sum."""
    return _terms(p, q)


@kl.mistake
def wrong_way_round(p, q):
    """You computed KL(q‖p). Order counts: the average is taken under the first of the two."""
    return kl.right(q, p)


@kl.mistake
def negative(p, q):
    """Your divergence is negative, which it can never be. The fraction is upside down, or a minus is left
    over from cross-entropy."""
    return -_terms(p, q).sum()


@kl.mistake
def cross_entropy_alone(p, q):
    """Two equal distributions do not give 0 in your answer. It is the cross-entropy, which also holds the
    entropy of p; the divergence is what remains without it."""
    return -(p * np.log(q)).sum()


@kl.mistake(sign=[1, -1])
def entropies_subtracted(p, q, sign=1):
    """You subtracted two entropies, each under its own distribution. In a divergence both logarithms are
    averaged under p."""
    return sign * (_terms(p, 1).sum() - _terms(q, 1).sum())


@kl.mistake
def unweighted(p, q):
    """You added up log(p / q) without weights, so a class that never comes counts as much as the likeliest.
    Weigh each class by its p."""
    return np.log(p / q).sum()


@kl.mistake
def unlogged(p, q):
    """The logarithm is missing: you averaged the ratio p / q itself."""
    return (p * p / q).sum()


@kl.mistake
def averaged_over_classes(p, q):
    """Your answer is k times too small. The weights p already make an average; dividing by the number of
    classes makes a second one."""
    return _terms(p, q).mean()


@kl.mistake(base=[2, 10])
def not_in_nats(p, q, base=2):
    """Your answer is the right one divided by a constant: a logarithm to another base. In nats the
    logarithm is the natural one."""
    return _terms(p, q).sum() / np.log(base)


@kl.mistake
def absolute_values(p, q):
    """You took absolute values of the single terms. Some are negative and must stay so: only the sum is
    never below 0."""
    return np.abs(_terms(p, q)).sum()


@kl.mistake(half=[1, 0.5])
def both_ways(p, q, half=1):
    """Exchanging p and q does not change your answer. You mixed KL(p‖q) with KL(q‖p); the divergence is one
    of them."""
    return half * (kl.right(p, q) + kl.right(q, p))


@kl.mistake
def squared_differences(p, q):
    """You added up squared differences. The divergence compares by ratio: from 0.01 to 0.02 is as far as
    from 0.4 to 0.8."""
    return ((p - q) ** 2).sum()


@kl.mistake(eps=[1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6])
def adds_a_constant(p, q, eps=1e-12):
    """Your answer is off by a little: a constant was added to keep the logarithm away from 0. Only classes
    with p = 0 are in danger, and their limit is known: they add 0."""
    return (p * np.log((p + eps) / (q + eps))).sum()


@kl.mistake
def zero_times_log_of_zero(p, q):
    """Ordinary distributions are right, and a class with p = 0 gives nan, because 0 times -inf has no
    value. As p goes to 0, p log p goes to 0: such a class adds nothing."""
    return (p * np.log(p / q)).sum()
