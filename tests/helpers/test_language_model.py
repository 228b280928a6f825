"""The language model by two other roads: a plain one in float64, and what llama.cpp gave once."""

import numpy as np
import pytest

import plain_model
from helpers.language_model import FILE, Reading, load
from helpers.numerics import softmax

TALE = "Once upon a time, there was a little girl who lived in a small house near the forest."
MIXED = "Naïve — 2024年, “déjà vu”; 10 naïve cats said:\n\tmiaow!"
FRANCE = "The capital of France is"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tensors():
    return plain_model.File(FILE).tensors


def test_a_text_is_the_tokens_that_it_is_made_of():
    assert load().indices(FRANCE).tolist() == [504, 3575, 282, 4649, 314]
    for text in (TALE, MIXED, "12,345"):
        assert load().tokenizer.decode(load().indices(text).tolist()) == text
    assert load().words(load().indices("12, 345!")) == ["1", "2", ",", " ", "3", "4", "5", "!"]


@pytest.mark.parametrize("text", [FRANCE, TALE, MIXED])
def test_scores_and_weights_are_those_of_the_plain_road(tensors, text):
    scores, weights = plain_model.scores(tensors, load().indices(text))
    np.testing.assert_allclose(load().scores(text, softmax), scores, atol=1e-3, rtol=0)
    np.testing.assert_allclose(load().weights(text, softmax), weights, atol=1e-4, rtol=0)


@pytest.mark.parametrize("cuts", [[], [1], [5, 6, 12], range(1, 20)])
def test_a_text_read_in_pieces_is_the_text_read_at_once(cuts):
    reading, indices = Reading(load(), softmax), load().indices(TALE)
    pieces = [reading.read(piece) for piece in np.split(indices, cuts)]
    np.testing.assert_allclose(np.vstack(pieces), load().scores(TALE, softmax), atol=1e-3, rtol=0)


# Scores of the leader and p, from llama.cpp (llama-cpp-python 0.3), which rounds activations to 8 bits.
LLAMA_CPP = {
    FRANCE: (" Paris", 17.34, 0.768),
    "The opposite of hot is": (" cold", 25.31, 0.696),
    "Once upon a time, there was a little": (" girl", 17.40, 0.349),
    "I put the milk back in the": (" fridge", 20.92, 0.863),
}


@pytest.mark.parametrize("text", LLAMA_CPP)
def test_llama_cpp_has_the_same_leader_with_nearly_its_score(text):
    z = load().scores(text, softmax)[-1]
    word, score, p = LLAMA_CPP[text]
    assert load().words([z.argmax()]) == [word]
    assert z.max() == pytest.approx(score, abs=0.5) and softmax(z).max() == pytest.approx(p, abs=0.05)


def test_the_function_that_is_given_runs_in_every_head():
    shapes = []
    load().scores(FRANCE, lambda z: shapes.append(z.shape) or softmax(z))
    assert shapes == [(5, 5)] * 270
    nothing = load().scores(FRANCE, np.zeros_like)
    assert abs(nothing - load().scores(FRANCE, softmax)).max() > 5
