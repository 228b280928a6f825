"""What is told where no known mistake fits: a fact, and the smallest input that fails."""

import itertools

import numpy as np
import pytest

from backstage.calling.log import quiet
from backstage.checks import relations
from backstage.checks.relations import Case, relation, same
from exercises.pieces import softmax
from helpers import check

NUMBERS = [name for name in check if getattr(check, name).kinds != "U" and name != "is_distribution"]
WHOLES = relations.ENTRIES | relations.ORDERS


def cases_of(name, wrong):
    """The ordinary inputs of an exercise; wrong gets a case with the right answer, and gives what came."""
    asked = getattr(check, name)
    every = [dict(zip(asked.arguments, args, strict=True)) for args in asked.inputs(0).ordinary]
    with quiet():
        right = [(inputs, np.asarray(asked.reference(*inputs.values())).astype(float)) for inputs in every]
        return [Case(inputs, want, np.asarray(wrong(Case(inputs, want, want)))) for inputs, want in right]


def told(cases):
    with quiet():
        return relation(cases)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_made_of_a_right_answer_is_told(name):
    """The relation itself, or an earlier one that gives the same numbers here."""
    told_of = 0
    for f in WHOLES.values():
        try:
            with quiet():
                cases = cases_of(name, lambda case, f=f: f(case.want))
        except (ValueError, IndexError):  # one number has no order
            continue
        if any(case.want.shape != case.got.shape for case in cases) or all(case.is_right for case in cases):
            continue
        with quiet():
            alike = [
                n
                for n, g in WHOLES.items()
                if all(same(relations.compute(g, [c.want]), c.got) for c in cases)
            ]
        assert told(cases) == f"your answer is {alike[0]}"
        told_of += 1
    assert told_of >= 5


@pytest.mark.parametrize("word, f", [("times", np.multiply), ("plus", np.add)])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_at_work_in_all_entries_is_told(name, word, f):
    for number in relations._numbers(cases_of(name, lambda case: case.want)[0]):
        cases = cases_of(name, lambda case, n=number: f(case.want, relations._numbers(case)[n]))
        if not all(case.is_right for case in cases):
            begin = f"your answer is the expected one {word} "
            alike = ("your answer is 0", "your answer is the expected one with its sign", "your answer is 1 ")
            assert told(cases).startswith((begin, *alike)), number
    assert told(cases_of(name, lambda case: f(case.want, 7.0))) == f"your answer is the expected one {word} 7"


@pytest.mark.parametrize("name", NUMBERS)
def test_right_in_a_place_alone_is_told(name):
    """A part of the right answer, or all but that part, with other numbers elsewhere."""
    places = dict(relations._places(cases_of(name, lambda case: case.want)[0]))
    for place, side in itertools.product(places, ("", "everywhere but ")):
        masks = []

        def wrong(case, place=place, side=side, masks=masks):
            masks.append(dict(relations._places(case)).get(place, case.want != case.want) ^ bool(side))
            others = np.arange(case.want.size).reshape(case.want.shape) ** 2 + 7.5
            return np.where(masks[-1], case.want, others)

        cases = cases_of(name, wrong)
        if sum(not case.is_right for case in cases) > 1 and all(mask.any() for mask in masks):
            assert told(cases).startswith("your answer is right "), place


@pytest.mark.parametrize(
    "name, wrong, words",
    [
        ("softmax", lambda c: c.want / (1 + c.want.max(axis=-1, keepdims=True)),
         "each row of your answer is"),
        ("jacobian", lambda c: np.where(np.eye(len(c.want)), c.want, 1 - c.want),
         "right on the diagonal; elsewhere it is "),
        ("jacobian", lambda c: c.want + np.eye(len(c.want)),
         "right everywhere but on the diagonal; there it"),
        ("jacobian", lambda c: c.want + np.cos(np.arange(c.want.size).reshape(c.want.shape)),
         "has rows that sum to 0; yours"),
        ("weight_gradient", lambda c: c.want.sum(axis=0), "the sum of all rows of the expected one"),
        ("causal", lambda c: np.hstack([c.want, c.want[:, :1]]),
         "the expected answer is all but the last column"),
        ("logsumexp", lambda c: c.want + len(c.first) - 1, "right if the input is one row"),
        ("top_share", lambda c: c.want + (c.inputs["m"] > 1) / 3 * c.want, "right if m is 1"),
        ("cross_entropy", lambda c: c.want + np.exp(c.want), "too large somewhere"),
        ("cross_entropy", lambda c: c.want * np.nan, "nothing but nan"),
        ("group_accuracy", lambda c: np.roll(c.want, 1), "right numbers in other places"),
    ],
)  # fmt: skip
def test_other_relations(name, wrong, words):
    assert words in told(cases_of(name, wrong))


def test_nothing_is_told_that_is_not_true_of_all_inputs():
    cases = cases_of("softmax", lambda case: case.want * 2)
    rng = np.random.default_rng(0)
    cases[0] = cases[0]._replace(got=rng.normal(size=cases[0].want.shape))
    assert "2" not in told(cases)


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
