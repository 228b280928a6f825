"""What goes wrong in lesson 06, Learn from p minus y."""

import itertools

import numpy as np

from backstage.checks.exercise import any_of, exercise

from .inputs import BATCH, EXTREME, ODD, ROW, SQUARE, TIES, labeled
from .pieces import one_hot, over_n, over_T, p_minus_y, softmax
from .slips import BATCHES


def slopes(p):
    """Of each probability, a row, for each score, a column."""
    return np.diag(p) - np.outer(p, p)


@exercise
class my_jacobian:
    points = 2
    verified = "the diagonal, all that stands beside it, rows that sum to 0, and scores of 1000."
    think = "a nudge of the same size for every score: which product with your table says what it does?"
    hints = [
        "Row i belongs to a probability, column j to a nudged score. How large is the table for k scores?",
        "Beside the diagonal stands -p_i p_j: a table of all products of two probabilities, with a minus.",
        "On the diagonal p_i is added to that. NumPy makes a diagonal table of a row, and outer products.",
    ]
    without = ("one_row_fails", "drops_the_axis", "over_the_whole_batch")
    same = dict.fromkeys(
        ("a_batch_fails", "down_the_columns", "maxima_of_the_columns", "one_maximum_for_all"), "z is one row"
    )

    def probes(rng):
        """Probes for f(z): rows of three, four and five scores, one of them with ties."""
        rows = [BATCH[0], ROW, SQUARE[1], np.array([2.0, 2.0, 0.0, -1.0]), rng.normal(size=4) * 2]
        far = [np.array(z) for z in ([2000.0, 0.0, 0.0], [0.0, 0.0, 2000.0], [5.0, -2000.0, 0.0])]
        return [(z,) for z in rows], [(z,) for z in [*(z for z in EXTREME if z.ndim == 1), *far, ODD[0][0]]]

    def right(z):
        return slopes(softmax(z))

    def diagonal_alone(z):
        """Only your diagonal differs from 0. The probabilities share 1: what one gains from a nudge, the
        others lose."""
        p = softmax(z)
        return np.diag(p * (1 - p))

    def squares_taken_twice(z):
        """Your table is right beside the diagonal. On it the square of p_i is subtracted twice: p_i(1 - p_i)
        has it already, and so has the table of all products."""
        p = softmax(z)
        return np.diag(p * (1 - p)) - np.outer(p, p)

    def adds_the_products(z):
        """Nothing in your table is negative. A higher score takes from all other probabilities, and each row
        sums to 0: the products are subtracted."""
        p = softmax(z)
        return np.diag(p) + np.outer(p, p)

    @any_of(turned=[False, True])
    def squares_beside_the_diagonal(z, turned):
        """Beside the diagonal you have the square of one probability. Entry (i, j) multiplies two: that of
        its row and that of its column."""
        table = np.diag(softmax(z)) - softmax(z) ** 2
        return table.T if turned else table

    def one_number_everywhere(z):
        """You subtracted the same number in all places: a product of two rows that adds up. Each pair of
        classes has a product of its own."""
        p = softmax(z)
        return np.diag(p) - p @ p

    @any_of(turned=[False, True])
    def slopes_of_log_p(z, turned):
        """These are the slopes of log p. The slope of p itself has one factor more, p_i: a class that is as
        good as impossible hardly moves."""
        table = np.eye(len(z)) - softmax(z)
        return table.T if turned else table


@exercise
class my_weight_gradient:
    points = 3
    verified = "the shape of W, the mean over the examples, one example alone, and scores beyond 1000."
    think = "one column of X is all ones. What do its weights learn, and what is their slope the mean of?"
    hints = [
        "First the slope for each score, a table of shape (n, k). Which of them does one weight reach?",
        "Weight (a, c) counts, over all examples, input a times the slope for score c.",
        "A sum over examples of such products is a matrix product. Which table must lie on its side?",
    ]
    done_by = ("weight_push",)
    same = BATCHES

    def probes(rng):
        """Probes for f(X, W, y): a square of everything, one example alone, and inputs that make huge
        scores."""
        y = np.append(rng.permutation(4), rng.integers(4))
        X, W = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
        ones = np.column_stack([BATCH[:, :2], np.ones(3)])  # the last weights are a bias
        ordinary = [
            (X, W, y),
            (ones, BATCH, np.array([2, 0, 3])),
            (SQUARE, SQUARE.T + 1, np.array([1, 2, 0])),
        ]
        ordinary += [(X[:1], W, y[:1]), (BATCH, rng.normal(size=(4, 3)), np.array([0, 2, 2]))]
        ordinary += [(np.eye(2), TIES, np.array([1, 2]))]
        rows = [np.array([2000.0, 0.0, 0.0]), np.array([-600.0, 200.0, 210.0, 190.0])]
        rows += [z for z in EXTREME if z.ndim == 1]
        extreme = [(np.ones((1, 1)), z[np.newaxis], np.array([1])) for z in rows]
        extreme += [(np.array([[1.0], [0.0]]), 1000 + ROW[np.newaxis], np.array([0, 3])), (1000 * X, W, y)]
        extreme += [(np.array([[1, 0], [2, 1]]), ODD[0], np.array([2, 1]))]
        return ordinary, extreme

    def right(X, W, y):
        z = X @ W
        return X.T @ over_n(p_minus_y(softmax(z), one_hot(z, y)))

    def product_of_means(X, W, y):
        """You multiplied the mean input by the mean of p - y. Multiply within each example first: the mean of
        products is no product of means."""
        z = X @ W
        return np.outer(X.mean(axis=0), (softmax(z) - one_hot(z, y)).mean(axis=0))

    @any_of(examples=[True, False])
    def divided_by_entries_of_inputs(X, W, y, examples):
        """You divided by d, the number of inputs of an example, or by the number of all entries of X. The
        mean runs over the n examples alone."""
        n = X.size if examples else X.shape[1]
        return X.T @ (softmax(X @ W) - one_hot(X @ W, y)) / n


@exercise
class my_cooled_gradient:
    points = 2
    verified = "T below and above 1, the mean over the examples, and confident mistakes."
    think = "distillation trains at a high T and multiplies the loss by T squared. What does that keep alive?"
    hints = [
        "Call the scores that the loss sees u = z / T. What is the slope for u?",
        "A nudge of z by h moves u by h / T. The chain rule has one factor more than lesson 05.",
    ]
    same = BATCHES

    def probes(rng):
        """Probes for f(z, y, T), T below and above 1, and never 1, which hides every mistake."""
        ordinary, extreme = labeled(rng)
        return (
            [(z, y, T) for (z, y), T in zip(ordinary, itertools.cycle([2, 0.5, 2.5, 1.6, 3]), strict=False)],
            [(z, y, T) for (z, y) in extreme for T in (0.5, 3)],
        )

    def right(z, y, T):
        return over_n(p_minus_y(softmax(over_T(z, T)), one_hot(z, y))) / T

    def no_effect(z, y, T):
        return over_n(softmax(z) - one_hot(z, y))

    @any_of(power=[0, 1])
    def multiplies(z, y, T, power):
        return over_n(softmax(z * T) - one_hot(z, y)) * T**power

    @any_of(of=["p", "y"])
    def divides_one_of_the_two(z, y, T, of):
        """Your rows do not sum to 0. You divided p by T and not the label, or the label and not p: it is
        their difference, p - y, that is divided."""
        p, q = softmax(z / T), one_hot(z, y)
        return over_n(p / T - q if of == "p" else p - q / T)
