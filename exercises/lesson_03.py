"""What goes wrong in lesson 03, Measure surprise with cross-entropy."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import EXTREME, HALF, LEVEL, ODD, labeled
from .pieces import (
    cross_entropy,
    entropy,
    kl,
    log_softmax,
    logsumexp,
    mean,
    one_hot,
    pick,
    softmax,
    surprise,
    times_log,
    total,
)
from .slips import BATCHES, SMALL


@exercise
class my_one_hot:
    points = 1
    accepts = "fiub"
    verified = "labels out of order and repeated, first and last class, and classes that no label names."
    think = "what is the one-hot row of class 1 multiplied, entry by entry, with a row of log-probabilities?"
    hints = [
        "The answer has a row for every label and a column for every class.",
        "Compare a label with the numbers of the classes, 0 to k - 1: it equals one of them.",
        "Every label has to meet every class. Labels with an axis of length 1 at their end do that.",
    ]

    def probes(rng):
        """Probes for f(y, k): classes that no label names, labels out of order, as many labels as classes."""
        fresh = rng.permutation(4)
        ys = [([2, 0, 1, 2], 4), ([1, 2, 0], 3), ([1], 3), ([0, 0, 2], 5)]
        ys += [(fresh, 4), (rng.integers(3, size=6), 7)]
        return [(np.array(y), k) for y, k in ys], []

    def right(y, k):
        return one_hot(np.empty((len(y), k)), y)

    @any_of(square=[True, False])
    def identity(y, k, square):
        """You returned the same rows whatever the labels are: a 1 for class 0, then for class 1, and so on.
        Row i of the answer belongs to label i, and its 1 stands where that label says."""
        return np.eye(k if square else len(y), k)

    def label_i_meets_class_i(y, k):
        """Label i met only class i. Every label must meet every class, which makes n times k comparisons."""
        return (y == np.arange(k)).astype(float)

    def classes_that_occur(y, k):
        """The columns end at the largest label that occurs. A class that no label in this batch names still
        needs its column, and k says how many there are."""
        return np.eye(y.max() + 1)[y]


@exercise
class my_cross_entropy:
    points = 2
    verified = (
        "one number for a batch, labels paired with their rows, right and wrong by up to 3000 "
        "points, no epsilon."
    )
    think = "what does this loss become if every score is 0, whatever the labels are?"
    hints = [
        "The loss of one example is minus the log-probability of its true class. You have log_softmax.",
        "To take one entry of each row, name the row and the column of each.",
        "A batch has one loss: the mean over its examples.",
    ]
    probes, same = labeled, BATCHES

    def right(z, y):
        return mean(surprise(pick(log_softmax(z), y)))

    def mean_over_all_entries(z, y):
        """Your loss is k times too small. The mean ran over all n times k entries, most of which are the
        zeros beside the true class; there are n examples."""
        return -pick(log_softmax(z), y).mean() / z.shape[1]

    def one_minus_p(z, y):
        """Your loss is never above 1: it is the probability that was missed. Surprise is -log p, and has no
        upper limit."""
        return 1 - pick(softmax(z), y).mean()

    def log_of_the_mean(z, y):
        """You averaged the probabilities and took the logarithm of that. Average the losses: every example is
        surprised on its own."""
        return -np.log(pick(softmax(z), y).mean())

    def squared_error(z, y):
        """You measured squared distances between p and the one-hot rows. Their limit makes a confident
        mistake cheap; surprise has none."""
        return ((softmax(z) - one_hot(z, y)) ** 2).sum(axis=-1).mean()

    def log_twice(z, y):
        """Your loss is always nan, as the logarithm of a negative number is. log_softmax already returns
        logarithms: a second one is one too many."""
        return -np.log(pick(log_softmax(z), y)).mean()

    def p_and_y_exchanged(z, y):
        """Your loss is always infinite, as the logarithm of 0 is. One-hot labels are mostly 0: the label
        weighs, and the logarithm belongs to p."""
        return -(softmax(z) * np.log(one_hot(z, y))).sum(axis=-1).mean()

    @any_of(reduce=["mean", "sum", "mean of all"])
    def adds_the_other_classes(z, y, reduce):
        """You also charged the other classes, by -log(1 - p). That is the loss of k separate yes-or-no
        questions; here one class is true, and p of it says all."""
        p, q = softmax(z), one_hot(z, y)
        losses = -(q * np.log(p) + (1 - q) * np.log(1 - p))
        return (
            losses.mean() if reduce == "mean of all" else losses.sum() / (len(y) if reduce == "mean" else 1)
        )

    def logsumexp_for_every_class(z, y):
        """Your loss is too large by k - 1 times the log-sum-exp: it was subtracted from every entry of
        the one-hot row before the sum, the zeros included. Each example has it once."""
        return -(one_hot(z, y) * z - logsumexp(z, keepdims=True)).sum(axis=-1).mean()


@exercise
class my_perplexity:
    points = 1
    verified = (
        "one number for a batch, never below 1, k for equal scores, and examples whose p is 0 in floats."
    )
    think = "two models have perplexities 4 and 8. By how many nats do their losses differ?"
    hints = [
        "Perplexity is a loss, read as a number of equally likely choices. Which function undoes the "
        "logarithm?",
        "First the mean loss of the batch, then one exponential.",
    ]
    same = BATCHES

    def probes(rng):
        """Labeled probes whose perplexity is a float, though some probabilities are none."""
        ordinary, _ = labeled(rng)
        far = np.array([[0.0, 900.0, 1.0], [2.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
        high = np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1002.0]])
        apart = np.array([[1000.0, 1001.0, 999.0], [0.0, 1.0, 2.0]])
        extreme = [(LEVEL, [2, 1]), (EXTREME[2], [0, 2]), (HALF, [0, 2]), (EXTREME[3], [2, 2])]
        extreme += [(far, [0, 1, 2]), (high, [2, 1]), (apart, [0, 1]), (ODD[0], [2, 1])]
        return ordinary, [(z, np.array(y)) for z, y in extreme]

    def right(z, y):
        return np.exp(mean(surprise(pick(log_softmax(z), y))))

    def power_of_2(z, y):
        """You raised 2 to a loss in nats. Base and logarithm belong together: e with nats, 2 with bits."""
        return 2 ** cross_entropy(z, y)

    def mean_of_exponentials(z, y):
        """You averaged after the exponential, so one bad example drowns the others. Perplexity is the
        exponential of the mean loss."""
        return np.exp(-pick(log_softmax(z), y)).mean()

    def inverse_of_the_mean(z, y):
        """You averaged the probabilities of the true classes. Average their logarithms, the losses."""
        return 1 / pick(softmax(z), y).mean()

    def ignores_the_labels(z, y):
        """The labels have no part in your answer: it is the perplexity of the model's own opinion. It is
        measured against what is true."""
        return np.exp(-(softmax(z) * log_softmax(z)).sum(axis=-1).mean())


@exercise
class my_kl:
    points = 2
    done_by = (
        "rel_entr",
        "kl_div",
    )
    verified = (
        "KL(q‖p) in nats, 0 for equal distributions, not the same both ways, and classes with q = 0. No p "
        "was 0."
    )
    extremes = (
        "Your function is right while every class is possible, and wrong when some q is 0. That class adds "
        "nothing, and the others still count."
    )
    think = "p gives 0 to a class that q thinks possible. What should the divergence be, and what do you get?"
    hints = [
        "It is an average of log(q_i / p_i). Which of the two distributions does the averaging?",
        "Every class is weighed by its q.",
        "What is q log q as q goes to 0, and what does NumPy make of 0 * log(0)? Leave such classes out.",
    ]
    without = ("a_batch_fails", "one_row_fails", "keeps_the_axis")
    same = dict.fromkeys(("one_answer_for_all", "down_the_columns"), "q and p are one row each")

    def probes(rng):
        fixed = [([0.75, 0.25], [0.5, 0.5]), ([0.1, 0.2, 0.7], [0.3, 0.5, 0.2])]
        fixed += [([0.2, 0.3, 0.5], [0.2, 0.3, 0.5])]
        fresh = softmax(rng.normal(size=(2, 5)) * 2)
        ordinary = [*fixed, fresh, softmax(rng.normal(size=(2, 3))), softmax(rng.normal(size=(2, 9)))]
        zeros = [
            ([0.0, 0.0, 0.75, 0.25], [0.1, 0.2, 0.3, 0.4]),
            ([0.0, 1.0, 0.0], [0.98, 0.01, 0.01]),
            ([0.6, 0.0, 0.4, 0.0], [0.1, 0.2, 0.3, 0.4]),
        ]
        return ([(np.array(p), np.array(q)) for p, q in some] for some in (ordinary, zeros))

    def right(q, p):
        return total(times_log(q, q / p))

    def wrong_way_round(q, p):
        """You computed KL(p‖q). Order counts: the average is taken under the first of the two."""
        return kl(p, q)

    def negative(q, p):
        """Your divergence is negative, which it can never be. The fraction is upside down, or a minus is left
        over from cross-entropy."""
        return -kl(q, p)

    def cross_entropy_alone(q, p):
        """Two equal distributions do not give 0 in your answer. It is the cross-entropy, which also holds the
        entropy of q; the divergence is what remains without it."""
        return -(q * np.log(p)).sum()

    @any_of(sign=[1, -1])
    def entropies_subtracted(q, p, sign):
        """You subtracted two entropies, each under its own distribution. In a divergence both logarithms are
        averaged under q."""
        return sign * (entropy(p) - entropy(q))

    def absolute_values(q, p):
        """You took absolute values of the single terms. Some are negative and must stay so: only the sum is
        never below 0."""
        return np.abs(times_log(q, q / p)).sum()

    @any_of(half=[1, 0.5])
    def both_ways(q, p, half):
        """Exchanging q and p does not change your answer. You mixed KL(q‖p) with KL(p‖q); the divergence is
        one of them."""
        return half * (kl(q, p) + kl(p, q))

    def squared_differences(q, p):
        """You added up squared differences. The divergence compares by ratio: from 0.01 to 0.02 is as far as
        from 0.4 to 0.8."""
        return ((q - p) ** 2).sum()

    @any_of(eps=SMALL, change=[np.add, np.maximum], inside=[True, False])
    def adds_a_constant(q, p, eps, change, inside):
        """Your answer is off by a little: a constant was added, or probabilities were clipped, to keep the
        logarithm away from 0. Only classes of probability 0 are in danger, and their limit is known: they add
        nothing."""
        changed = change(q, eps)
        return ((q if inside else changed) * np.log(changed / change(p, eps))).sum()
