"""The numbers that stand in the prose of lesson 05 and that none of its cells prints."""

import numpy as np
import pytest

from exercises.answers.lesson_05 import my_gradient
from lesson_names import prose

PROSE = prose("05_logits_or_probabilities")


def test_each_round_brings_the_bars_closer_together_in_the_end_four_times(lesson):
    spreads = [np.ptp(lesson["repeated"](times)["softmax repeated"]) for times in range(2, 11)]
    ratios = np.divide(spreads[:-1], spreads[1:])
    assert (ratios > 2).all() and ratios[3:] == pytest.approx(4, abs=0.1)
    assert [f"{p:.3f}" for p in lesson["repeated"](10)["softmax repeated"]] == ["0.250"] * 4


def test_where_the_repeated_bar_of_the_fox_stops(lesson):
    bar = lesson["repeated"](fox=40)["softmax repeated"][2]
    two_classes = lesson["softmax"](np.array([1.0, 0.0]))[0]
    assert f"it stops at {bar:.3f}" in PROSE and f"To {two_classes:.3f}" in PROSE


def test_what_a_second_softmax_leaves_of_paris(lesson):
    softmax, once = lesson["softmax"], lesson["first"]
    paris = once.argmax()
    twice, others = softmax(once), np.delete(once, paris)
    assert f"*Paris* {once[paris]:.3f}, over ten times" in PROSE and once[paris] > 10 * others.max()
    assert f"scores {len(once):,} words" in PROSE and f"the {len(others):,} others" in PROSE
    assert f"$e^{{{once[paris]:.3f}}}$ is {np.exp(once[paris]):.2f}" in PROSE
    assert f"About {twice[paris]:.5f}" in PROSE and f"About {others.max():.2f}" in PROSE
    assert twice[paris] / twice.min() == pytest.approx(2, abs=0.2)
    shared = (1 - once[paris]) / 3
    among_four = softmax(np.array([once[paris], shared, shared, shared]))[0]
    assert f"About {among_four:.1f}" in PROSE


def test_a_nudged_score_moves_its_p_ahead_by_h_over_k(lesson):
    for k in (3, 4, 10):
        p = lesson["softmax"](1e-4 * np.eye(k)[0])
        assert p[0] - p[1] == pytest.approx(1e-4 / k, rel=1e-3)


def test_slope_over_n_is_the_gradient_of_the_mean(lesson):
    z, y = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
    measured = lesson["slope"](lesson["cross_entropy"], z, y) / len(y)
    np.testing.assert_allclose(measured, my_gradient(z, y), atol=1e-9)


def test_the_doubled_loss_starts_slowly_and_ends_a_little_above_its_floor(lesson):
    once, twice, floor = lesson["losses"].values()
    assert f"At about {twice[-1]:.2f}" in PROSE and f"classes is {floor[0]:.3f}" in PROSE
    assert once[-1] < 0.2 and twice[0] - twice[1] < 0.25 * (once[0] - once[1])


def test_how_often_each_model_is_right_and_how_sure_it_is(lesson):
    seen = []
    for picture in lesson["with_noise"](1.3):
        ((X, y, p),) = picture.values()
        seen.append(((p(X).argmax(axis=-1) == y).mean(), p(X).max(axis=-1).mean()))
    (right, sure), (right_two, sure_two) = seen
    assert f"Yes: {right:.3f} and {right_two:.3f}" in PROSE
    assert f"claims {sure_two:.3f} and gets {right_two:.3f}" in PROSE
    assert f"as it is right, {sure:.3f} and {right:.3f}" in PROSE
    assert f"claims {sure_two - right_two:.2f} more" in PROSE


def test_rounding_makes_a_tie_and_swaps_an_order(lesson):
    softmax = lesson["softmax"]
    assert "softmax([0.0, 1e-17])" in PROSE and len({*softmax([0.0, 1e-17])}) == 1
    rows = np.random.default_rng(0).normal(scale=3, size=(20_000, 2)).astype("float32")
    neighbors = np.stack([rows[:, 0], np.nextafter(rows[:, 0], np.float32(9)), rows[:, 1]], axis=1)
    p = softmax(neighbors)
    assert (p[:, 0] > p[:, 1]).any()


def test_which_picture_is_most_surely_a_fox(lesson):
    assert lesson["softmax"](lesson["pictures"])[:, 2].argsort()[::-1].tolist() == [1, 0, 2]
    assert "Here the second is, then the first, then the third" in PROSE


@pytest.mark.parametrize(
    "place, losses", [((2, 2), ["loss 0.232", "loss 0.377"]), ((5, 5), ["loss 3.060", "loss 0.377"])]
)
def test_an_outlier_costs_two_softmaxes_one_more_than_the_floor_at_most(lesson, place, losses):
    X, y = lesson["X"][lesson["few"]].round(2), lesson["y"][lesson["few"]] // 3
    X[0] = place
    models = lesson["arranged"]((X, y))
    assert [told for model in models for *_, told in model.values()] == losses
