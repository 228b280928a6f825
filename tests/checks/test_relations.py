"""What is told where no known mistake fits: a fact, and the smallest input that fails."""

import itertools

import numpy as np
import pytest

from backstage.calling.log import quiet
from backstage.checks import relations
from backstage.checks.compare import compute, same
from exercises.pieces import softmax
from helpers import check

NUMBERS = [name for name in check if getattr(check, name).kinds != "U" and name != "is_distribution"]
WHOLES = relations.ENTRIES | relations.ORDERS


def right(name):
    """The ordinary inputs of an exercise, by the names of its arguments, and the right answers."""
    asked = getattr(check, name)
    inputs = [dict(zip(asked.arguments, args, strict=True)) for args in asked.inputs(0).ordinary]
    with quiet():
        return inputs, [np.asarray(asked.reference(*named.values())).astype(float) for named in inputs]


def told(inputs, want, got):
    with quiet():
        return relations.relation(inputs, want, got)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_made_of_a_right_answer_is_told(name):
    """The relation itself, or an earlier one that gives the same numbers here."""
    inputs, want = right(name)
    with quiet():
        every = {what: [compute(f, [w]) for w in want] for what, f in WHOLES.items()}
    shapes = [w.shape for w in want]
    made = {what: got for what, got in every.items() if [getattr(x, "shape", None) for x in got] == shapes}
    wrong = [what for what, got in made.items() if not all(map(same, want, got))]
    for what in wrong:
        alike = next(other for other, got in made.items() if all(map(same, got, made[what])))
        assert told(inputs, want, made[what]) == f"your answer is {alike}"
    assert len(wrong) >= 5


@pytest.mark.parametrize("word, f", [("times", np.multiply), ("plus", np.add)])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_at_work_in_all_entries_is_told(name, word, f):
    inputs, want = right(name)
    known, begin = [*map(relations._known, inputs)], f"your answer is the expected one {word} "
    alike = ("your answer is 0", "your answer is the expected one with its sign", "your answer is 1 ")
    for number in known[0]:
        got = [f(w, numbers[number]) for w, numbers in zip(want, known, strict=True)]
        assert all(map(same, want, got)) or told(inputs, want, got).startswith((begin, *alike)), number
    assert told(inputs, want, [f(w, 7.0) for w in want]) == f"{begin}7"


@pytest.mark.parametrize("name", NUMBERS)
def test_right_in_a_place_alone_is_told(name):
    """A part of the right answer, or all but that part, with other numbers elsewhere."""
    inputs, want = right(name)
    places = [*map(dict, map(relations._places, inputs, want))]
    others = [np.arange(w.size).reshape(w.shape) ** 2 + 7.5 for w in want]
    for place, side in itertools.product(places[0], (False, True)):
        masks = [masks.get(place, w != w) ^ side for masks, w in zip(places, want, strict=True)]
        if all(mask.any() for mask in masks) and sum(not mask.all() for mask in masks) > 1:
            got = [*map(np.where, masks, want, others)]
            assert told(inputs, want, got).startswith("your answer is right "), place


def test_axes_are_told_where_a_row_alone_is_among_the_inputs():
    z = np.arange(6.0).reshape(2, 3)
    said = told([{"z": z}, {"z": z[0]}], [np.exp(z[:, 0]), np.exp(z[0, 0])], [np.sin(z).sum()] * 2)
    assert said == "your answer has one number, and should have one number for each row of z"


def test_nothing_is_told_that_is_not_true_of_all_inputs():
    inputs, want = right("softmax")
    got = [np.random.default_rng(0).normal(size=want[0].shape), *(w * 2 for w in want[1:])]
    assert "2" not in told(inputs, want, got)


@pytest.mark.parametrize(
    "name, factor, shown",
    [
        ("softmax", 1.1, "z         [3. 1.]\n    expected  [0.88 0.12]\n    yours     [0.97 0.13]"),
        ("cross_entropy", 7,
         "z         [[2. 1.]]\n    y         [1]\n    expected  1.313\n    yours     9.193"),
    ],
)  # fmt: skip
def test_smallest_input_that_fails_is_shown_with_few_digits(name, factor, shown):
    asked = getattr(check, name)
    result = asked(lambda *args: asked.reference(*args) * factor)
    assert (result.state, result.mistake) == (
        "wrong",
        None,
    ) and f"the expected one times {factor}" in result.text
    assert shown in result.message


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("causal", lambda want, *_: want / (1 + want.max(axis=-1, keepdims=True)),
         "each row of your answer is"),
        ("jacobian", lambda want, *_: np.where(np.eye(len(want)), want, 1 - want),
         "right on the diagonal; elsewhere it is "),
        ("jacobian", lambda want, *_: want + np.eye(len(want)),
         "right everywhere but on the diagonal; there it"),
        ("jacobian", lambda want, *_: want + np.cos(np.arange(want.size).reshape(want.shape)),
         "has rows that sum to 0; yours"),
        ("weight_gradient", lambda want, *_: want.sum(axis=0), "the sum of all rows of the expected one"),
        ("causal", lambda want, *_: np.hstack([want, want[:, :1]]),
         "the expected answer is all but the last column"),
        ("logsumexp", lambda want, z: want + len(np.atleast_2d(z)) - 1, "right if the input is one row"),
        ("cross_entropy", lambda want, *_: want + np.exp(want), "too large somewhere"),
        ("surprises", lambda want, *_: want * np.nan, "nothing but nan"),
        ("group_accuracy", lambda want, *_: np.roll(want, 1), "right numbers in other places"),
        ("jacobian", lambda want, *args: -want, "the expected one with its sign turned"),
        ("jacobian", lambda want, *args: want + np.diag(1 - softmax(args[0])),
         "everywhere but on the diagonal"),
        ("cooled_gradient", lambda want, z, y, T: want * T**2, "times T squared"),
        ("cooled_gradient", lambda want, z, y, T: want / T, "times 1 divided by T"),
        ("top_share", lambda want, z, y, m: want * len(y), "times n, the number of rows"),
        ("top_share", lambda want, z, y, m: want / m, "times 1 divided by m"),
        ("top_share", lambda want, z, y, m: 1 - want, "1 minus the expected one"),
        ("group_accuracy", lambda want, *args: 1 - want, "1 minus the expected one"),
        ("counts", lambda want, *args: want.T, "the transpose of the expected one"),
        ("ratio", lambda want, *args: np.log(want), "the logarithm of the expected one"),
        ("sigmoid", lambda want, x: 1 - want, "1 minus the expected one"),
        ("perplexity", lambda want, *args: np.log(want), "the logarithm of the expected one"),
        ("surprises", lambda want, *args: np.exp(want), "the exponential of the expected one"),
        ("logsumexp", lambda want, z: -want, "the expected one with its sign turned"),
        ("surprises", lambda want, *args: want.mean(), "the mean of all entries of the expected one"),
        ("top_share", lambda want, z, y, m: np.full(len(y), want), "is the mean of all entries of yours"),
        ("predict", lambda want, z: want.astype(float), "an array of floats of shape (3,). Expected is"),
        ("jacobian", lambda want, z: np.diag(want), "the diagonal of the expected one"),
        ("scaled", lambda want, train, new: check.scaled.reference(train, train),
         "one number for each row of train"),
        ("counts", lambda want, *args: np.pad(want, ((0, 0), (1, 0))), "all but the first column of yours"),
        ("sink", lambda want, z: np.pad(want, ((0, 0), (0, 1))), "all but the last column of yours"),
        ("group_accuracy", lambda want, *args: want[1:], "your answer is all but the first entry of"),
        ("group_accuracy", lambda want, *args: want[:-1], "your answer is all but the last entry of"),
        ("causal", lambda want, Q, K, V: Q @ K.T, "one number for each row of Q and each row of K,"),
        ("refusing", lambda want, *args: np.maximum(want, 0), "where -1 is expected; there it is 0"),
    ],
)  # fmt: skip
def test_what_a_relation_tells_as_well_needs_no_name(name, wrong, words):
    asked = getattr(check, name)
    result = asked(lambda *args: wrong(asked.reference(*args), *args))
    assert not result.passed and words in result.text, result
