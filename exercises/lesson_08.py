"""What goes wrong in lesson 08, Classify text."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, EXTREME, ODD, SQUARE, TIES
from .pieces import argmax, batch_shifted, naive, softmax
from .slips import BATCHES


def messages(rng):
    """Probes for f(places, d): words that repeat, unknown ones, and last words that nobody uses."""
    fixed = np.array([[2, 0, 2, -1], [1, -1, 3, 1], [0, 0, 0, 2]])
    ordinary = [(fixed, 6), (fixed[:1], 4), (np.array([[4, 1], [-1, 4], [1, 1]]), 5), (fixed, 4)]
    ordinary += [(rng.integers(-1, 7, size=(5, 9)), 8), (rng.integers(-1, 3, size=(3, 3)), 3)]
    return ordinary, [(np.array([[-1, -1, -1], [0, 0, -1]]), 2), (np.full((2, 1), -1), 3)]


def counted(places, d):
    return (places[:, :, None] == np.arange(d)).sum(axis=1).astype(float)


@exercise
class my_counts:
    points = 2
    accepts = "fiu"
    verified = "words that repeat, words that nobody uses, unknown words, and messages without a known word."
    think = "two messages have the same row of counts. Which answers can a model of bags give them?"
    hints = [
        "Compare every place with the number of every column: an axis of length 1 helps. What is summed?",
        "In a loop: one row at a time, one place at a time, and nothing for -1.",
        "NumPy takes -1 as an index for the last column.",
    ]
    probes = messages

    def right(places, d):
        return counted(places, d)

    @any_of(overwrites=[False, True])
    def unknown_is_the_last_word(places, d, overwrites):
        """Unknown words were taken for the last word of the vocabulary: as an index, -1 is the last place.
        What has no column is left out."""
        counts, unknown = counted(places, d), (places < 0).sum(axis=1)
        last = unknown + counts[:, -1]
        if overwrites:  # np.unique gives -1 first, and the last word, if it occurs, after it
            last = np.where(counts[:, -1] > 0, counts[:, -1], unknown)
        return np.column_stack([counts[:, :-1], last])

    def unknown_is_the_first_word(places, d):
        """Unknown words were taken for the first word of the vocabulary. What has no column is left out."""
        return counted(np.maximum(places, 0), d)

    def unknown_in_the_row_before(places, d):
        """Unknown words were counted in the message before theirs: with one index for all messages, -1 is the
        last column of the row above. What has no column is left out."""
        counts = np.zeros(len(places) * d)
        np.add.at(counts, (places + d * np.arange(len(places))[:, None]).ravel(), 1)
        return counts.reshape(-1, d)

    def first_word_lost(places, d):
        """Your first column is always 0. Word 0 is a word like any other; only -1 has no column."""
        return counted(np.where(places > 0, places, -1), d)

    @any_of(unknown=[False, True])
    def each_word_once(places, d, unknown):
        """A word that comes twice in a message was counted once: you asked whether it occurs, or added to all
        places of a message at once, which writes to each of them once. A count has to see every word."""
        return (counted(places % d if unknown else places, d) > 0).astype(float)

    @any_of(repeat=[False, True])
    def all_messages_together(places, d, repeat):
        """You counted the words of all messages together. Each message has a row of counts of its own."""
        total = counted(places, d).sum(axis=0)
        return np.tile(total, (len(places), 1)) if repeat else total

    @any_of(of=["known", "all"])
    def shares_of_a_message(places, d, of):
        """You divided by how many words a message has. Shares are of use, too; asked for are counts."""
        counts = counted(places, d)
        return counts / (
            np.maximum(counts.sum(axis=1, keepdims=True), 1) if of == "known" else places.shape[1]
        )

    def as_wide_as_the_words_that_occur(places, d):
        """Your columns end at the last word that occurs here. A word that nobody uses still has its column,
        and d says how many there are."""
        return counted(places, places.max() + 1)

    def one_off(places, d):
        """Your counts stand one column too far to the right: -1 took the first column. Places are counted
        from 0."""
        return counted(places + 1, d)


def refused_below(p, z, threshold, p_decides):
    """With `<`, which nan is not."""
    return np.where(p.max(axis=-1) < threshold, -1, argmax(p if p_decides else z))


@exercise
class my_refusing:
    points = 2
    without = ["sum_missing", "scores_as_probabilities"]
    same = BATCHES | {"adds_epsilon_below": "no probability of the inputs is so near to the threshold"}
    verified = "thresholds from 0 to 0.9, low and high scores, one row alone, and scores of ±1000."
    think = "there are six topics. Below which threshold is no message refused, whatever it says?"
    hints = [
        "Two questions to each row: which class is the likeliest, and how likely is it?",
        "The threshold is compared with a probability, and z holds scores.",
        "NumPy can choose between the class and -1, row by row.",
    ]

    def probes(rng):
        """Probes for f(z, threshold). No probability lies near the threshold, where rounding would decide."""
        rows = rng.normal(size=(6, 4)) * 2
        tops = np.sort(softmax(rows).max(axis=-1))
        gap = np.argmax(np.diff(tops))
        close_call = np.array([[0.0, 0.4, 0.2], [0.0, 3.0, 1.0], [0.2, 0.1, 0.0]])
        ordinary = [(BATCH, 0.55), (SQUARE, 0.7), (BATCH[1:2], 0.9), (close_call, 0.345), (close_call, 0.8)]
        ordinary += [(close_call - 2, 0.6), (rows, tops[gap : gap + 2].mean()), (BATCH, 0.0)]
        ordinary += [(TIES, 0.6)]
        high = np.array([[1000.0, 1001, 999], [-1000, -1000.5, -1001], [0, 900, 2], [-1000, -1010, -1011]])
        extreme = [(z, 0.7) for z in EXTREME if z.ndim == 2] + [(ODD[0], 0.6)]
        return ordinary, [*extreme, (high, 0.6), (high, 0.9)]

    def right(z, threshold):
        return np.where(softmax(z).max(axis=-1) >= threshold, argmax(z), -1)

    @any_of(p_decides=[False, True])
    def never_shifts(z, threshold, p_decides):
        return refused_below(naive(z), z, threshold, p_decides)

    @any_of(p_decides=[False, True])
    def one_maximum_for_all(z, threshold, p_decides):
        return refused_below(batch_shifted(z), z, threshold, p_decides)

    def scores_meet_the_threshold(z, threshold):
        """You compared scores with the threshold. It is one for probabilities, and a score says nothing
        without the others of its row: softmax comes first."""
        return np.where(z.max(axis=-1) >= threshold, argmax(z), -1)

    def shares_of_a_column(z, threshold):
        """Your probabilities sum to 1 down each column. Those of one message, a row, share 1."""
        p = softmax(z.T).T
        return np.where(p.max(axis=-1) >= threshold, argmax(p), -1)

    def never_refuses(z, threshold):
        """You name a class for every row. Where its probability is below the threshold the answer is -1."""
        return z.argmax(axis=-1)

    def refuses_the_sure(z, threshold):
        """You refuse where the model is sure, and answer where it is not. Below the threshold there is no
        answer."""
        return np.where(softmax(z).max(axis=-1) < threshold, z.argmax(axis=-1), -1)

    @any_of(none=[0, -1])
    def first_above_the_threshold(z, threshold, none):
        """You took the first class whose probability reaches the threshold. Several may, if it is low: the
        likeliest of them is asked for."""
        above = softmax(z) >= threshold
        return np.where(above.any(axis=-1), above.argmax(axis=-1), none)

    def gap_to_the_second(z, threshold):
        """You compared the gap between the first and the second class with the threshold. Asked for is the
        probability of the first alone."""
        p = np.sort(softmax(z), axis=-1)
        return np.where(p[:, -1] - p[:, -2] >= threshold, z.argmax(axis=-1), -1)

    @any_of(which=["max", "min", "mean"])
    def one_decision_for_all(z, threshold, which):
        """All of your rows are answered, or none. Each row is a message, and is refused on its own."""
        sure = getattr(softmax(z).max(axis=-1), which)() >= threshold
        return np.where(sure, z.argmax(axis=-1), -1)

    def drops_refused_rows(z, threshold):
        """Your answer has fewer entries than z has rows: refused rows are missing. They keep their place, and
        -1 stands in it."""
        return z.argmax(axis=-1)[softmax(z).max(axis=-1) >= threshold]


def by_group(x, group):
    return np.array([x[group == g].mean() for g in range(group.max() + 1)])


def is_right(z, y):
    return (z.argmax(axis=-1) == y).astype(float)


@exercise
class my_group_accuracy:
    points = 2
    accepts = "fiu"
    same = BATCHES
    verified = "groups of unequal sizes whose rows stand in no order, a group of one, and scores of ±900."
    think = "if the groups differ in size, is the mean of their accuracies the accuracy of all rows together?"
    hints = [
        "First, for each row: is the class with the highest score the true one?",
        "Rows of one group: group == g. What is the mean of True and False?",
        "A loop over the groups will do; or count twice, once with weights, and divide.",
    ]

    def probes(rng):
        """Probes for f(z, y, group): groups of unequal sizes, in no order."""
        z = rng.permuted(np.tile(np.linspace(-2, 3, 4), (9, 1)), axis=1)
        y, order = z.argmax(axis=-1), rng.permutation(9)
        y[order[:4]] = (y[order[:4]] + 1) % 4  # five right, four wrong
        mixed = np.concatenate([[0, 1, 2], rng.integers(3, size=6)])[order]
        fixed = (np.vstack([BATCH, BATCH]), np.array([2, 0, 1, 3, 0, 2]), np.array([1, 0, 1, 1, 0, 2]))
        ordinary = [fixed, (z, y, mixed), (SQUARE, np.array([1, 1, 0]), np.array([0, 1, 1]))]
        ordinary += [(z, y, np.array([3, 0, 0, 1, 2, 2, 2, 0, 0]))]
        return ordinary, [(300 * z, y, mixed), (BATCH[:1], np.array([2]), np.array([0]))]

    def right(z, y, group):
        return by_group((argmax(z) == y).astype(float), group)

    def per_cent(z, y, group):
        """Your shares are 100 times too large. A share of one half is 0.5 here."""
        return 100 * by_group(is_right(z, y), group)

    def in_order_of_appearance(z, y, group):
        """Your groups stand in the order in which they appear. Entry i belongs to group i."""
        first = np.sort(np.unique(group, return_index=True)[1])
        return by_group(is_right(z, y), group)[group[first]]

    @any_of(down=[False, True])
    def sorted_by_accuracy(z, y, group, down):
        """Your accuracies are sorted, and nobody can tell any more which is whose. Entry i belongs to group
        i."""
        return np.sort(by_group(is_right(z, y), group))[:: -1 if down else 1]

    @any_of(classes=[False, True])
    def by_class(z, y, group, classes):
        """You averaged over the rows of one class. y says which class is right; the groups are in group."""
        n = z.shape[1] if classes else group.max() + 1
        return np.array([is_right(z, y)[y == g].mean() for g in range(n)])

    @any_of(of=["group 0", "all", "an average group"])
    def divided_by_one_number(z, y, group, of):
        """You divided every group by the same number. Each group is divided by the number of its own rows."""
        n = {"group 0": (group == 0).sum(), "all": len(y), "an average group": len(y) / (group.max() + 1)}
        return np.bincount(group, weights=is_right(z, y)) / n[of]

    def how_many_are_right(z, y, group):
        """You counted the right answers of each group. An accuracy is their share in the rows of that
        group."""
        return np.bincount(group, weights=is_right(z, y))

    @any_of(means=[True, False])
    def one_entry_for_each_row(z, y, group, means):
        """Your answer has an entry for each row. A group stands in the third argument as often as it has
        rows; its accuracy is asked for once."""
        return by_group(is_right(z, y), group)[group] if means else is_right(z, y)

    def row_of_that_number(z, y, group):
        """You took row 0 for group 0, row 1 for group 1, and so on. The rows of group g are those where the
        third argument is g."""
        return is_right(z, y)[: group.max() + 1]

    def place_among_all_scores(z, y, group):
        """Your argmax looks at all rows of a group at once, and counts through all their scores: it has no
        axis. Each row has a highest score of its own."""
        place = [z[group == g].argmax() for g in range(group.max() + 1)]
        return by_group(np.array(place)[group] == y, group)

    @any_of(of=[softmax, lambda z: z])
    def highest_number_is_the_class(z, y, group, of):
        """You compared the highest number of a row with the class. The class that the model names is the
        place of that number."""
        return by_group(of(z).max(axis=-1) == y, group)

    def blocks_of_rows(z, y, group):
        """You cut the rows into blocks, in the order in which they stand. Rows of one group may stand
        anywhere; their numbers in the third argument tell."""
        return np.array([part.mean() for part in np.array_split(is_right(z, y), group.max() + 1)])
