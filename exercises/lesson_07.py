"""What goes wrong in lesson 07, Train an image classifier."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, labeled
from .pieces import pick, softmax
from .slips import BATCHES, SMALL


def spread(train):
    """The standard deviation of each column; 1 where all are equal, of which rounding may make 1e-17."""
    return np.where(np.ptp(train, axis=0) > 0, train.std(axis=0), 1)


@exercise
class my_scaled:
    points = 2
    done_by = ("transform",)
    accepts = "f"
    verified = "rows that were not trained on, one row alone, columns that never vary, and whole numbers."
    think = "your model is in use, and pictures come one by one. What would scaling by their own mean give?"
    hints = [
        "Mean and standard deviation of each column come from train. What is scaled is new.",
        "Columns of pixels run down the examples: which axis do mean and std go along?",
        "Put 1 in the place of a standard deviation of 0: NumPy can choose, entry by entry.",
    ]

    def probes(rng):
        """Probes for f(train, new): tables of unequal height, with columns that never vary, and far from
        0."""
        train = np.array([[0.0, 3.0, 1.0], [0.0, 9.0, 2.0], [0.0, 6.0, 6.0], [0.0, 6.0, 3.0]])
        new = np.array([[0.0, 3.0, 4.0], [2.0, 12.0, 1.0]])
        fresh = rng.normal(size=(6, 4)) * [1, 5, 0, 2] + [3, -2, 7, 0]
        whole = (np.array([[0, 4], [8, 4], [16, 4]]), np.array([[4, 5], [12, 4], [0, 3], [16, 4]]))
        some = [(train, new), (train, train), (fresh, rng.normal(size=(3, 4)) * 4), (fresh, fresh[:1]), whole]
        return some, []

    def right(train, new):
        return (new - train.mean(axis=0)) / spread(train)

    def scaled_by_itself(train, new):
        """You scaled the new rows by their own mean and standard deviation. The model learned what the
        numbers mean on the scale of the training rows; new rows are put on that one."""
        return (new - new.mean(axis=0)) / spread(new)

    def divides_the_mean_alone(train, new):
        """You divided the mean, and took that off: a division comes before a subtraction. Put parentheses
        around the difference, so that it is what is divided."""
        return new - train.mean(axis=0) / spread(train)

    def scaled_by_both(train, new):
        """Mean and standard deviation came from all rows, the new ones among them. Then the test leaks into
        the model: they belong to the training rows alone."""
        every = np.concatenate([train, new])
        return (new - every.mean(axis=0)) / spread(every)

    def along_the_rows(train, new):
        """You averaged over everything at once, or along a row. Every pixel has a mean and a standard
        deviation of its own, taken down its column."""
        return (new - train.mean()) / train.std()

    @any_of(zero=[False, True])
    def divided_by_zero(train, new, zero):
        """A column that never varies in train became nan or inf: its standard deviation is 0. It has no scale
        of its own, and is only shifted."""
        scaled = (new - train.mean(axis=0)) / train.std(axis=0)
        return np.where(np.isfinite(scaled), scaled, np.inf) if zero else scaled

    def constant_columns_lost(train, new):
        """A column that never varies in train is 0 in all of your new rows, even where a new row differs from
        it. It is only shifted, so that the difference stays."""
        return np.where(train.std(axis=0) > 0, (new - train.mean(axis=0)) / spread(train), 0)

    @any_of(eps=[1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    def adds_to_every_spread(train, new, eps):
        """A small number was added to every standard deviation. Where a column never varies, a difference
        from it is then divided by that small number and becomes huge. Such a column is only shifted."""
        return (new - train.mean(axis=0)) / (train.std(axis=0) + eps)

    def variance(train, new):
        """You divided by the variance. It is the square of the standard deviation; after dividing by it a
        column would not have the standard deviation 1."""
        return (new - train.mean(axis=0)) / spread(train) ** 2

    @any_of(constant=[1, 0, *SMALL])
    def sample_deviation(train, new, constant):
        """Your standard deviation divides by n − 1. The lesson's, like NumPy's own, divides by n: the
        training rows are all there is to scale."""
        std = train.std(axis=0, ddof=1)
        return (new - train.mean(axis=0)) / (np.where(std > 0, std, 1) if constant == 1 else std + constant)

    def only_shifted(train, new):
        """Your columns are shifted, and their spread is as it was. Divide by the standard deviation of each
        column too, where it is not 0."""
        return new - train.mean(axis=0)

    def not_shifted(train, new):
        """Your columns are divided, and not shifted. The mean of each column of train goes off first."""
        return new / spread(train)

    def between_0_and_1(train, new):
        """You stretched each column of train to lie between 0 and 1. Asked for is mean 0 and standard
        deviation 1, which one extreme row cannot decide alone."""
        low, high = train.min(axis=0), train.max(axis=0)
        return (new - low) / np.where(high > low, high - low, 1)


def rank(z, y):
    """How many scores of each row are above that of its label."""
    return (z > pick(z, y)[:, None]).sum(axis=1)


@exercise
class my_top_share:
    points = 2
    done_by = ("top_k_accuracy_score",)
    accepts = "fiu"
    verified = "m from 1 to all classes, one row alone, and scores beyond exp."
    think = "what is the share for m = k, whatever the model is?"
    hints = [
        "No softmax is needed: it keeps the order. Which NumPy function gives an order as indices?",
        "The order goes from low to high. Which end of each row holds the m best?",
        "Or count, in each row, the scores above that of the label. How many may there be?",
    ]
    without = ("one_row_fails",)

    def probes(rng):
        """Probes for f(z, y, m): some rows, without ties, and every kind of m."""
        z = rng.permuted(np.tile(np.linspace(-2, 3, 6), (8, 1)), axis=1)
        y = rng.integers(6, size=8)
        fixed = np.vstack([BATCH, [5.0, 4.0, 1.0, 2.0]])
        labels = np.array([3, 0, 0, 2])
        some = [(fixed, labels, m) for m in (1, 2, 3, 4)] + [(z, y, m) for m in (1, 2, 3, 5)]
        return some + [(fixed[:1], labels[:1], 2), (fixed[1:], labels[1:], 1)], [(300 * fixed, labels, 2)]

    def right(z, y, m):
        return (rank(z, y) < m).mean()

    def lowest_scores(z, y, m):
        """You looked among the m lowest scores. An order from low to high has the best at its end."""
        return (rank(-z, y) < m).mean()

    def best_alone(z, y, m):
        """Your answer is the same for every m: the accuracy, top-1. A label that comes second counts as right
        too if m is 2 or more."""
        return (z.argmax(axis=1) == y).mean()

    def exactly_m_th(z, y, m):
        """You counted rows whose label is in place m. All places up to m count: with a larger m, the share
        can only grow."""
        return (rank(z, y) == m - 1).mean()

    @any_of(by=[-1, 1])
    def off_by_one(z, y, m, by):
        """You looked at one place too few or too many. With m = 1 the share is the accuracy, with m = k it is
        1."""
        return (rank(z, y) < m + by).mean()

    @any_of(up=[False, True])
    def order_for_rank(z, y, m, up):
        """You read an order as ranks. In a row of argsort, entry j is the class that comes in place j, so
        entry y of it is some class, and not the place of class y. Look for y among the first m classes."""
        return (np.argsort(z if up else -z, axis=1)[np.arange(len(y)), y] < m).mean()

    def any_label(z, y, m):
        """You asked whether each best class is the label of any row at all. A row's best classes are compared
        with the label of that row."""
        return np.isin(np.argsort(z, axis=1)[:, -m:], y).any(axis=1).mean()


@exercise
class my_overconfidence:
    points = 2
    verified = "one number, sure and unsure, right and wrong rows, and scores of 1000."
    without, same = ["scores_as_probabilities"], BATCHES
    think = "a model says 0.1 for every one of ten digits, always. Is it calibrated, and is it of any use?"
    hints = [
        "Two means. One needs probabilities and no labels, the other labels and no probabilities.",
        "The confidence in a row is its largest probability, whether or not that class is the label.",
        "The accuracy is the share of rows whose highest score belongs to the label.",
    ]
    probes = labeled

    def right(z, y):
        return softmax(z).max(axis=-1).mean() - (z.argmax(axis=-1) == y).mean()

    def p_of_the_label(z, y):
        """You averaged the probability of the true class. Confidence is what the model shows before anybody
        knows the truth: its largest probability."""
        return pick(softmax(z), y).mean() - (z.argmax(axis=-1) == y).mean()

    def modesty(z, y):
        """Your sign is turned around: accuracy minus confidence. Asked for is how much surer it is than
        right."""
        return (z.argmax(axis=-1) == y).mean() - softmax(z).max(axis=-1).mean()

    def confidence_alone(z, y):
        """You returned the mean confidence. The accuracy, which tells what it deserves, is to be
        subtracted."""
        return softmax(z).max(axis=-1).mean()

    def logits_as_confidence(z, y):
        """You took the largest score for the confidence. A score is no probability: softmax comes first."""
        return z.max(axis=-1).mean() - (z.argmax(axis=-1) == y).mean()

    def row_by_row_gaps(z, y):
        """You averaged the distances row by row. One row is right or wrong, never 0.9 right, so only the
        means of many rows can be compared."""
        return abs(softmax(z).max(axis=-1) - (z.argmax(axis=-1) == y)).mean()

    def mean_of_all_p(z, y):
        """You averaged all probabilities of a row, which is always 1/k. Confidence is the largest of them."""
        return softmax(z).mean() - (z.argmax(axis=-1) == y).mean()
