"""What goes wrong in lesson 04, Decide how sure to sound with temperature."""

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, EXTREME, ODD, ROW, SQUARE, TIES, distributions, scores_with_ties
from .pieces import entropy, naive, over_T, softmax, surprise, times_log, total
from .slips import EPSILONS, SMALL

WHOLE = "whole numbers in a row of probabilities are 0 and 1, and so are those of the answer"


@exercise
class my_temperature:
    points = 2
    verified = "T below and above 1, batches and one row alone, scores of 1000, and T = 0.001."
    think = (
        "which T turns the probabilities of T = 2 into those of T = 1, if you apply it to their logarithms?"
    )
    hints = [
        "T acts on the scores, before exp. Should T = 2 make their gaps larger or smaller?",
        "At T = 0.001 a score of 3.4 becomes 3400. What did lesson 02 do about large exponents?",
    ]
    done_by = ("at_temperature",)

    def probes(rng):
        """Probes for f(z, T), T below and above 1. T = 1 hides every mistake, so it comes last."""
        fresh, T = rng.normal(size=BATCH.shape) * 2, rng.uniform(1.3, 3)
        ordinary = [(BATCH, 2), (ROW, 0.5), (SQUARE, 2.5), (BATCH[1:2], 1.6), (fresh, T), (fresh[:2], 1 / T)]
        ordinary += [(fresh[0], T), (TIES, 2.5), (rng.normal(size=(8, 9)) * 2, T)]
        extreme = [(z, T) for z in EXTREME for T in (0.5, 3)]
        extreme += [(BATCH, 0.001), (ROW, 1000.0), (BATCH, 1), (ODD[0], 2)]
        return ordinary, extreme

    def right(z, T):
        return softmax(over_T(z, T))

    def divides_the_probabilities(z, T):
        """Your rows sum to 1/T. You divided the probabilities; temperature acts on the scores, before exp."""
        return softmax(z) / T

    @any_of(above=[True, False])
    def on_one_side_of_the_line(z, T, above):
        """Your rows do not sum to 1. T was used above the line and not below it, or the other way round; both
        sides hold the same exponentials."""
        top, below = (z / T, z) if above else (z, z / T)
        return np.exp(top) / np.exp(below).sum(axis=-1, keepdims=True)

    def p_taken_for_scores(z, T):
        return softmax(softmax(z) / T)

    def shifts_before_dividing(z, T):
        """A shift is there, and fails for a small or a large T: you subtracted the maximum of z from z / T.
        Shift and scores must be of the same kind, both divided or neither."""
        return naive(z / T - z.max(axis=-1, keepdims=True))


@exercise
class my_entropy:
    points = 2
    done_by = ("entr",)
    verified = "0 for a certain answer, log k for equal shares, one number a row, and classes with p = 0."
    extremes = (
        "Your function is right while every class is possible, and wrong when some p is 0. That class adds "
        "nothing, and the others still count."
    )
    think = "temperature goes up. Can the entropy of the answer go down?"
    hints = [
        "Entropy is an average surprise. What is the surprise of one class, and how often does it come?",
        "It is minus the sum of p log p along the last axis.",
        "0 * log(0) is nan in floats. Which number can you give the logarithm instead, where p is 0?",
    ]
    probes = distributions
    same = {"keeps_integers": WHOLE}

    def right(p):
        return surprise(total(times_log(p, p)))

    def gini(p):
        """You measured 1 minus the sum of squares. It also grows with doubt, but its unit is no nat; entropy
        averages -log p."""
        return 1 - (p**2).sum(axis=-1)

    def surprise_of_the_best(p):
        """You returned the surprise of the likeliest class. Entropy averages the surprise over all of
        them."""
        return -np.log(p.max(axis=-1))

    def p_taken_for_scores(p):
        return entropy(softmax(p))

    @any_of(eps=SMALL, change=[np.add, np.maximum], inside=[True, False])
    def adds_a_constant(p, eps, change, inside):
        """Your answer is off by a little: a constant was added, or probabilities were clipped, to keep the
        logarithm away from 0. Only classes of probability 0 are in danger, and their limit is known: they add
        nothing."""
        changed = change(p, eps)
        return -((p if inside else changed) * np.log(changed)).sum(axis=-1)


@exercise
class my_reheat:
    points = 3
    verified = (
        "T below and above 1, batches and one row alone, classes with p = 0, and a T so small that "
        "powers vanish."
    )
    think = "you do not know the scores that p came from. Why does that not matter here?"
    hints = [
        "Softmax needs scores. Which scores give p back, up to a constant that it ignores?",
        "Dividing log p by T makes a power of p. Which one, for T = 0.5?",
        "0.4 to the power of 1000 is 0 in floats. Stay in logarithms until the maximum is subtracted.",
    ]
    without = ("never_shifts", "shifts_by_the_mean", "shifts_by_the_minimum")
    same = {"keeps_integers": WHOLE}

    def probes(rng):
        """Probes for f(p, T), up to a T at which every power is 0 in floats."""
        p = [softmax(z) for (z,) in scores_with_ties(rng)[0]]
        fixed = [np.array([0.8, 0.15, 0.05]), np.array([[0.2, 0.5, 0.3], [0.0, 0.4, 0.6]])]
        T = [0.5, 2, 3, 0.7, 1.5, 2.5, 0.4, 2, rng.uniform(1.2, 3), 2, 3]
        extreme = [(p[0], 0.0005), (fixed[0], 0.0002), (np.array([0.4, 0.3, 0.3]), 0.001)]
        extreme += [(fixed[1], 0.0001), (fixed[1], 100.0)]
        return [*zip([*fixed, *p], T, strict=True)], extreme

    def right(p, T):
        return softmax(over_T(np.log(p), T))

    def divided(p, T):
        """Your rows sum to 1/T. A temperature changes the scores behind p, not p itself."""
        return p / T

    def p_taken_for_scores(p, T):
        return softmax(p / T)

    def impossible_becomes_likely(p, T):
        """A class with p = 0 came out likeliest: you gave it the score 0, and all other logarithms are below
        that. The logarithm of 0 is -inf, and exp takes -inf to 0."""
        return softmax(np.log(np.where(p > 0, p, 1)) / T)

    @any_of(eps=EPSILONS)
    def impossible_becomes_possible(p, T, eps):
        """A class with p = 0 got something: a constant kept its logarithm from -inf, and a high T makes that
        count. The -inf does no harm: exp takes it to 0."""
        return softmax(np.log(p + eps) / T)

    def powers_vanish(p, T):
        """Ordinary temperatures are right, and a very low T gives nan: 1/T is in the thousands, and to such a
        power every p is 0 in floats. Divide log p by T and shift by the maximum before exp."""
        return p ** (1 / T) / (p ** (1 / T)).sum(axis=-1, keepdims=True)
