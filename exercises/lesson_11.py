"""What goes wrong in lesson 11, Let your softmax speak."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, EXTREME, ODD, ROW, TIES, labeled
from .pieces import log_softmax, over_T, pick, softmax, surprise
from .slips import A_ROW, BATCHES


@exercise
class my_surprises:
    points = 2
    same = BATCHES
    verified = "one number fewer than tokens, words that come twice, and scores of ±1000."
    think = "the first token has no surprise here. What would you have to know to give it one?"
    hints = [
        "Row i of the scores comes after token i. Which token does it predict?",
        "Leave out the last row, which predicts what was not written, and the first token.",
        "Lesson 03: minus the log-probability of what came, for each row.",
    ]

    def probes(rng):
        """Probes for f(z, y): two tokens or more, whose neighbors differ."""
        ordinary, extreme = labeled(rng)
        return [[(z, y) for z, y in some if len(y) > 1] for some in (ordinary, extreme)]

    def right(z, y):
        return surprise(pick(log_softmax(z)[:-1], y[1:]))

    def same_token(z, y):
        """Row i was asked about token i, which it has read. It predicts the next one, so there is one
        surprise fewer than tokens."""
        return -pick(log_softmax(z), y)

    @any_of(drop=["first", "last"])
    def same_token_and_one_dropped(z, y, drop):
        """The number of your surprises is right, and row i was asked about token i, which it has read. It
        predicts token i + 1."""
        every = -pick(log_softmax(z), y)
        return every[1:] if drop == "first" else every[:-1]

    def looks_back(z, y):
        """Row i was asked about token i - 1. It predicts what comes after token i: shift the other way."""
        return -pick(log_softmax(z)[1:], y[:-1])


def order(z):
    """Classes from the best to the worst, the first of equals first."""
    return np.argsort(-z, kind="stable")


def kept(q, p, sign=1):
    """Which classes are kept: from the likeliest on, or from the least likely if sign is -1, until they hold
    p."""
    best = order(sign * q)
    before = np.cumsum(q[best]) - q[best]
    return np.isin(np.arange(len(q)), best[before < p - 1e-9])


def shared(q, keep):
    """Probabilities of what is kept, of sum 1."""
    return np.where(keep, q, 0) / q[keep].sum()


@exercise
class my_top_p:
    points = 3
    without = [
        "keeps_the_axis",
        "one_answer_for_all",
        "down_the_columns",
        "drops_the_axis",
        "over_the_whole_batch",
        "sum_missing",
    ]
    same = dict.fromkeys(("one_maximum_for_all", "maxima_of_the_columns", "a_batch_fails"), A_ROW) | {
        "adds_epsilon_below": "what is kept is divided by its sum",
        "shifts_by_the_minimum": "it fails where a shift by the mean does",
    }
    verified = "T below and above 1, p = 1, a leader that holds p alone, equal scores, and scores of ±1000."
    think = "with p = 0.9, how many words are kept where one is certain, and where all 49,152 are equal?"
    hints = [
        "Three steps: probabilities at T, which classes to keep, and a division that makes the sum 1 again.",
        "Sort the probabilities from the largest down, and add them up. Where does the sum reach p?",
        "A class is kept if those before it hold less than p. The one that reaches p is kept too.",
    ]

    def probes(rng):
        """Probes for f(z, p, T). No sum of probabilities comes close to p."""
        fresh = rng.normal(size=9) * 2
        rows = [(ROW, 0.9, 1), (ROW, 0.5, 2), (ROW, 0.8, 0.5), (BATCH[0], 0.5, 1), (BATCH[1], 0.7, 3)]
        rows += [(-BATCH[2], 0.85, 1.5), (TIES[1], 0.5, 1), (TIES[0][::-1], 0.3, 2), (fresh, 1, 2)]
        rows += [(np.append(fresh, 30.0), 0.9, 1), (np.array([0.0, 1, 1, 0, 1]), 0.6, 0.7)]
        wide = [(z, 0.9, T) for z in EXTREME if z.ndim == 1 for T in (1, 3)]
        wide += [(z, 0.8, 1.5) for z in EXTREME[1]] + [(ODD[0][1], 0.95, 2), (ODD[1][0], 0.5, 1)]
        top = np.array([2000.0, 0.0, 0.0])
        return rows, [(top, 0.9, 1), *wide, (np.array([1000.0, 0.0, -1000.0, 999.5]), 0.9, 0.5)]

    def right(z, p, T):
        q = softmax(over_T(z, T))
        return shared(q, kept(q, p))

    def never_shares(z, p, T):
        """What you keep sums to p or more, not to 1. The rest was taken away, so divide what is kept by its
        sum."""
        q = softmax(z / T)
        return np.where(kept(q, p), q, 0)

    def stops_before_p(z, p, T):
        """You keep one class too few: what is kept holds less than p. The class with which the sum reaches p
        belongs to it."""
        q = softmax(z / T)
        keep = kept(q, p)
        keep[order(q)[max(1, keep.sum() - 1) :]] = False
        return shared(q, keep)

    def one_too_many(z, p, T):
        """You keep one class too many: without your last one, the sum has reached p already."""
        q = softmax(z / T)
        keep = kept(q, p)
        keep[order(q)[: keep.sum() + 1]] = True
        return shared(q, keep)

    def keeps_the_unlikely(z, p, T):
        """You added up from the smallest probability, so the likeliest classes were left out. Begin with the
        largest."""
        q = softmax(z / T)
        return shared(q, kept(q, p, -1))

    def adds_up_unsorted(z, p, T):
        """You added up in the order of the classes, not of their probabilities. Sort from the largest down
        first."""
        q = softmax(z / T)
        return shared(q, np.cumsum(q) - q < p - 1e-9)

    def a_threshold(z, p, T):
        """You compared single probabilities with p. It is the sum of those kept that has to reach p."""
        q = softmax(z / T)
        return shared(q, q >= min(p, q.max()))

    def a_share_of_the_leader(z, p, T):
        """You kept what has a share of the leader's probability. That is another rule, min-p; here the sum of
        those kept has to reach p."""
        q = softmax(z / T)
        return shared(q, q >= p * q.max())

    def T_after_choosing(z, p, T):
        """You chose at T = 1 and heated what was left. The set has to hold p of the probabilities at T."""
        return shared(softmax(z / T), kept(softmax(z), p))

    def softmax_of_probabilities(z, p, T):
        """You shared by a second softmax, over probabilities. They are no scores: divide by their sum."""
        q = softmax(z / T)
        return softmax(np.where(kept(q, p), q, -np.inf))

    def equals_all_kept(z, p, T):
        """Where equal scores stand at the border, you keep all of them. The smallest set is asked for: of
        equals, the first come first."""
        q = softmax(z / T)
        return shared(q, z >= z[kept(q, p)].min())

    def last_of_equals(z, p, T):
        """Of equal scores you keep the last ones, as a sort that is turned around does. Sort the negative
        probabilities, with a method that is stable, and the first come first."""
        q = softmax(z / T)[::-1]
        return shared(q, kept(q, p))[::-1]


def draw(q, u):
    """The first class at which the sum of probabilities is above u."""
    return int(np.argmax(np.cumsum(q) > u))


def follow(z, y, u, choose):
    """Tokens, each chosen from the row of the one before it."""
    tokens = []
    for number in u:
        y = choose(z[y], number)
        tokens.append(y)
    return np.array(tokens)


@exercise
class my_generate:
    points = 3
    accepts = "iu"
    same = BATCHES | {
        "adds_epsilon_below": "it moves the sums by less than u can tell",
        "shifts_by_the_minimum": "a row that it spoils is one that the mean spoils",
        "adds_the_maximum": "it fails where no shift does",
        "keeps_integers": "the scores are floats",
    }
    verified = "rows that lead to each other, one draw for each token, equal scores, and scores of ±1000."
    think = "what does this table know of a sentence, and what does a model with attention know beside it?"
    hints = [
        "One token at a time: the row of the last token, its probabilities, a draw.",
        "Add the probabilities up. The first class at which the sum is above the number in u is drawn.",
        "The token that was drawn decides which row comes next.",
    ]

    def probes(rng):
        """Probes for f(z, y, u): tables of k rows, which no number in u meets at an edge."""
        ordinary = []
        told_apart = [(4, np.random.default_rng(7)), (3, np.random.default_rng(4))]  # every two mistakes
        for k, numbers in [*told_apart, (6, rng), (5, rng)]:
            z = numbers.normal(size=(k, k)) * 1.5
            ordinary.append((z, int(numbers.integers(k)), numbers.uniform(size=40)))
        cycle = 2000.0 * np.roll(np.eye(3), 1, axis=1)
        low = np.array([[0.0, 2, 1], [1, 0, 2], [2, 1, 0]])
        ties = np.array([[3.0, 0, 3], [2, 2, 0], [1, 4, 4]])
        u = np.arange(1, 41) * 0.618034 % 1  # spread evenly: few wrong draws are right by chance
        extreme = [(low, 2, u), (cycle, 1, u), (cycle - 1000, 0, u), (ties, 0, u)]
        return ordinary, [*extreme, (ordinary[0][0] + 1000 * np.arange(-2, 2)[:, None], 0, u)]

    def right(z, y, u):
        return follow(softmax(z), y, u, draw)

    def always_the_likeliest(z, y, u):
        """You took the likeliest token every time, and u had no part in it. A number below the probability of
        class 0 draws class 0, however likely the others are."""
        return follow(softmax(z), y, u, lambda q, number: int(q.argmax()))

    def same_row_each_time(z, y, u):
        """Every token was drawn from the row of the first one. What was drawn last decides which row is
        next."""
        return np.array([draw(softmax(z)[y], number) for number in u])

    @any_of(after=[True, False])
    def columns(z, y, u, after):
        """You read columns. Row i holds the scores for what comes after token i."""
        p = softmax(z).T if after else softmax(z.T)
        return follow(p / p.sum(axis=-1, keepdims=True), y, u, draw)

    def one_number_for_all(z, y, u):
        """You drew every token with the first number of u. Each has a number of its own."""
        return follow(softmax(z), y, np.full(len(u), u[0]), draw)

    def begins_with_the_first(z, y, u):
        """Your answer begins with the token that was given, and its last one is missing or too many. Return
        the new ones alone."""
        return np.append(y, follow(softmax(z), y, u, draw))[: len(u)]

    def one_token_late(z, y, u):
        """Each of your tokens is the one after that which was drawn: the sum counts classes below u, so their
        number is the class itself. Add nothing."""
        return follow(softmax(z), y, u, lambda q, number: min(draw(q, number) + 1, len(q) - 1))

    def one_token_early(z, y, u):
        """Each draw is one class too low. The class with which the sum gets above the number is drawn, not
        the one before."""
        return follow(softmax(z), y, u, lambda q, number: max(draw(q, number) - 1, 0))

    def nearest_probability(z, y, u):
        """You took the first class that is likelier than the number in u. It is the running sum of the
        probabilities that is compared with it."""
        return follow(softmax(z), y, u, lambda q, number: int(np.argmax(q > number)))

    def sums_in_order_of_size(z, y, u):
        """You added up from the likeliest down. That is another fair way to draw; here classes are added in
        their own order, so that everybody draws the same."""
        return follow(
            softmax(z), y, u, lambda q, number: int(np.argsort(-q, kind="stable")[draw(-np.sort(-q), number)])
        )
