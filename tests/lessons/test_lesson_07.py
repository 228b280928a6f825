"""What lesson 07 says in words and computes nowhere."""

import numpy as np
import pytest

from helpers.numerics import cross_entropy
from lesson_names import lesson_names


@pytest.fixture(scope="module")
def lesson():
    return lesson_names("07_image_classifier.ipynb")


def after(lesson, steps, rate=2.0):
    inputs, y, train = (lesson[name] for name in ["inputs", "y", "train"])
    W = np.zeros((65, 10))
    for _ in range(steps):
        W = lesson["step"](W, inputs[train], y[train], rate)
    return W


def test_held_out_accuracy_is_within_a_point_of_scikit_learns(lesson):
    from sklearn.linear_model import LogisticRegression

    inputs, y, train, test = (lesson[name] for name in ["inputs", "y", "train", "test"])
    theirs = LogisticRegression(max_iter=300).fit(inputs[train], y[train]).score(inputs[test], y[test])
    ours = lesson["accuracy"](inputs[test] @ after(lesson, 100), y[test])
    assert abs(ours - theirs) <= 0.01


def test_after_one_step_the_weights_are_the_average_pictures(lesson):
    inputs, y, train = (lesson[name] for name in ["inputs", "y", "train"])
    W = after(lesson, 1)[:64]
    for digit in range(10):
        own = inputs[train][y[train] == digit][:, :64]
        np.testing.assert_allclose(W[:, digit], 2.0 * len(own) / len(train) * own.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("rate", [0.01, 2.0, 50.0, 1000.0])
def test_no_rate_of_the_slider_diverges(lesson, rate):
    losses = np.array(lesson["with_rate"](rate))
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
    assert (losses.max() > 50) == (rate == 1000)


def test_every_step_has_a_largest_size(lesson):
    inputs, y, train = (lesson[name] for name in ["inputs", "y", "train"])
    for W in [np.zeros((65, 10)), np.random.default_rng(0).normal(size=(65, 10)) * 1e6]:
        move = lesson["step"](W, inputs[train], y[train], 1.0) - W
        assert abs(move).max() <= abs(inputs[train]).mean(axis=0).max() * (1 + 1e-3)


def test_a_bundle_of_unseen_forms_makes_the_model_too_sure_and_dealt_ones_too_modest(lesson):
    y, form = lesson["y"], np.searchsorted(STARTS, np.arange(1797), side="right") - 1
    Ts = np.geomspace(0.25, 4, 97)
    for group, sides in [(form, (0.9, 1.2)), (np.random.default_rng(0).permutation(form), (0.7, 0.95))]:
        scores = lesson["unseen_scores"](group % 4, 200)
        T = [Ts[np.argmin([cross_entropy(z / T, y).mean() for T in Ts])] for z in scores[[30, 200]]]
        assert T[0] < sides[0] and (T[1] > sides[1] if sides[1] > 1 else T[1] < sides[1])


STARTS = [0, 130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545, 1667]


def test_every_form_opens_with_0_to_9_three_times_but_for_two_that_lack_a_digit(lesson):
    text = "".join(map(str, lesson["y"]))
    assert [text[s : s + 30] == "0123456789" * 3 for s in STARTS].count(False) == 2
