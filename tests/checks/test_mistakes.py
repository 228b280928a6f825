"""Every known mistake gets its own message, and the inputs of its exercise show it."""

import json
import re

import numpy as np
import pytest

from backstage.checks.exercise import exercise
from exercises import inputs
from exercises.pieces import softmax
from helpers import check
from right_answers import EXERCISES


def family(variant):
    """What tells a variant from others, but for its floats: an epsilon, or a number that hides scores."""
    wrong = [variant, *variant.pieces.values(), *filter(None, [variant.around])]
    keywords = [pair for part in wrong for pair in part.keywords.items() if not isinstance(pair[1], float)]
    return variant.base, *variant.pieces, *keywords


UNIVERSAL = {
    "redefined_numpy", "not_a_function", "too_slow", "exits", "prints", "returns_none", "returns_a_list",
    "changes_its_input", "returns_float32", "misspells", "leaves_out", "raises", "type", "shape", "rounds",
    "unstable", "keeps_state",
}  # fmt: skip


@pytest.mark.parametrize("name", EXERCISES)
def test_each_known_mistake_gets_its_own_message(name):
    for mistake in EXERCISES[name].mistakes:
        for variant in {family(variant): variant for variant in mistake.variants}.values():
            result = EXERCISES[name](variant)
            assert (result.mistake, result.passed, result.points) == (mistake.name, False, 0), variant
            assert result.text == mistake.text, variant
            assert [row for row, _ in result.evidence][-2:] == ["expected", "yours"], variant
            assert is_of_its_input(result.text, str(result.evidence)), variant


def is_of_its_input(text, shown):
    """Whether each large number of a text, and one of its examples, is one of the input below it."""
    large = re.findall(r"(?<![\d.])\d{3,}\b(?!\.\d)", text)
    examples = [json.loads(row) for row in re.findall(r"\[-?\d[-\d., ]*\]", text)]
    rows = [row.split() for row in re.findall(r"\[([-\d. ]+)\]", shown) if "..." not in row]
    begins = [[*map(float, row[: len(example)])] == example for row in rows for example in examples]
    return all(number in shown for number in large) and (any(begins) or not examples)


@pytest.mark.parametrize("name", EXERCISES)
def test_inputs_show_every_mistake_or_say_why_they_cannot(name):
    if faults := EXERCISES[name].faults():
        pytest.fail("\n".join(faults), pytrace=False)


def test_a_mistake_that_inputs_do_not_show_is_an_error_of_the_inputs():
    @exercise
    class my_odds:
        points, verified, think, hints = 1, "", "", []
        same = {"a_batch_fails": "z is one row", "down_the_columns": "", "squares": "this does not hold"}

        def probes(rng):
            return [(np.array([1.0, 3.0, 2.0]),)], [(np.array([1000.0, 0.0, 0.0]),)]

        def right(z):
            return 1 / softmax(z)

        def upside_down(z):
            """The numbers are turned around."""
            return softmax(z)

        def upside_down_again(z):
            """These numbers are the same."""
            return np.exp(z - 1000) / np.exp(z - 1000).sum() if z.max() > 500 else softmax(z)

    faults = my_odds.faults()
    assert [fault for fault in faults if "upside_down_again gives upside_down." in fault]
    assert [fault for fault in faults if "shifts_by_the_mean gives the right answer" in fault]
    assert "odds: an input shows squares; take it out of `same`." in faults
    assert not [fault for fault in faults if "a_batch_fails" in fault or "down_the_columns" in fault]


def test_a_misconception_has_one_name_and_one_text():
    texts = {}
    for name, known in EXERCISES.items():
        names = [mistake.name for mistake in known.mistakes]
        assert len(set(names)) == len(names) and not UNIVERSAL & set(names), name
        for mistake in known.mistakes:
            assert texts.setdefault(mistake.name, mistake.text) == mistake.text, mistake.name
    assert len(set(texts.values())) == len(texts)
    for text in texts.values():
        assert 40 < len(text) < 320 and text.endswith(".") and "!" not in text, text
        assert not any(code in text for code in ("np.", "keepdims", "axis=", "**", "_softmax(")), text


def test_an_exercise_of_softmax_knows_a_dozen_slips_for_free():
    @exercise
    class my_odds:
        points, probes, verified, think, hints = 1, inputs.scores, "", "", []

        def right(z):
            return softmax(z) / (1 - softmax(z))

    def odds(p):
        return p / (1 - p)

    assert len(my_odds.mistakes) >= 12
    assert my_odds(lambda z: odds(softmax(z.T).T)).mistake == "down_the_columns"
    assert (
        my_odds(lambda z: odds(np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True))).mistake == "never_shifts"
    )


def test_a_slip_that_makes_no_difference_is_left_out():
    names = {mistake.name for mistake in check.predict.mistakes}
    assert "keeps_the_axis" in names and "not_summed" not in names

    @exercise
    class my_best:
        points, probes, verified, think, hints = 1, inputs.scores, "", "", []

        def right(z):
            return softmax(z).argmax(axis=-1)

    names = {mistake.name for mistake in my_best.mistakes}
    assert "stray_minus" in names and "powers_of_another_base" not in names
