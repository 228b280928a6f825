"""The numbers that stand in the prose of lesson 06 and that none of its cells prints."""

import numpy as np
import pytest

from exercises.answers import lesson_06 as answers
from helpers.training import train
from lesson_names import prose

PROSE = prose("06_gradient")


def test_the_probabilities_of_the_animals(lesson):
    z, softmax = (lesson[name] for name in ("z", "softmax"))
    assert "{:.3f}, {:.3f}, {:.3f} and {:.3f}".format(*softmax(z)) in PROSE


def test_the_cat_rises_for_four_steps_and_then_falls(lesson):
    cat = [lesson["learned"](steps)["p"][0] for steps in range(41)]
    top = int(np.argmax(cat))
    assert f"up to {cat[top]:.3f} at step {top}" in PROSE
    assert (np.diff(cat[: top + 1]) > 0).all() and (np.diff(cat[top:]) < 0).all()
    assert all(lesson["learned"](steps)["push"][0] < 0 for steps in range(41))


def seen(lesson, noise, steps):
    """How often the trained model is right, how sure it is, and the winners on a grid of the plane."""
    ((points, y, p),) = lesson["trained"](noise, steps).values()
    places = np.stack(np.meshgrid(*[np.linspace(-5, 5, 101)] * 2), axis=-1).reshape(-1, 2)
    right = (p(points).argmax(axis=-1) == y).mean()
    return right, p(points).max(axis=-1).mean(), p(places).argmax(axis=-1)


def test_right_points_make_the_model_surer_and_leave_the_borders(lesson):
    (first, once, before), (last, sure, after) = (seen(lesson, 0.3, steps) for steps in (1, 300))
    assert first == last == 1 and f"from {once:.3f} sure to {sure:.3f}" in PROSE
    assert (before != after).mean() < 0.05
    X = lesson["inputs"](lesson["corners"][lesson["y"]] + 0.3 * lesson["strayed"])
    early, late = (abs(lesson["train"](X, lesson["y"], steps)).max() for steps in (1, 300))
    assert late > 2 * early


def test_training_rests_where_the_pushes_cancel(lesson):
    right, sure, _ = seen(lesson, 1.3, 300)
    assert f"it is right, {sure:.3f} and {right:.3f}" in PROSE and 1 - right == pytest.approx(0.2, abs=0.01)
    X, y = lesson["inputs"](lesson["corners"][lesson["y"]] + 1.3 * lesson["strayed"]), lesson["y"]
    W = lesson["train"](X, y, 300)
    pushes = -lesson["gradient"](X @ W, y)[np.arange(200), y]
    assert abs(lesson["weight_push"](X, W, y)).max() < 1e-9
    assert f"up by {pushes.mean():.3f} on average" in PROSE
    assert pushes[(X @ W).argmax(axis=-1) != y].min() >= 0.5


def test_lesson_05_trains_the_same_model(lesson):
    y, points = lesson["y"], lesson["corners"][lesson["y"]] + 0.7 * lesson["strayed"]
    scores, _ = train(lesson["cross_entropy"], points, y)
    ours = lesson["inputs"](points) @ lesson["train"](lesson["inputs"](points), y, 40)
    np.testing.assert_allclose(scores(points), ours, atol=1e-3)


def test_slope_tells_whether_an_exercise_is_right(lesson):
    rng, y = np.random.default_rng(0), np.array([2, 0, 3])
    slope, loss = lesson["slope"], lesson["cross_entropy"]
    X, W, z = rng.normal(size=(3, 2)), rng.normal(size=(2, 4)), rng.normal(size=(3, 4))
    for measured, right in [
        (slope(lambda W: loss(X @ W, y).mean(), W, 1e-5), answers.my_weight_gradient(X, W, y)),
        (slope(lambda z: loss(z / 2, y).mean(), z, 1e-5), answers.my_cooled_gradient(z, y, 2)),
        (slope(lesson["softmax"], z[0], 1e-5), answers.my_jacobian(z[0])),
        (slope(lesson["softmax"], y, 1e-5), answers.my_jacobian(y)),  # whole numbers
    ]:
        np.testing.assert_allclose(measured.reshape(right.shape), right, atol=1e-9)


def test_no_slope_of_a_probability_for_its_own_score_is_above_a_quarter(lesson):
    foxes = np.linspace(-10, 20, 3001)
    tables = [lesson["with_fox"](fox) for fox in foxes]
    tops = [table.diagonal().max() for table in tables]
    assert 0.2499 < max(tops) < 0.25 + 1e-15 and foxes[np.argmax(tops)] == pytest.approx(3.3, abs=0.1)
    assert abs(tables[-1]).max() < 1e-7


def test_the_loss_curves_upward_everywhere(lesson):
    jacobian = lesson["jacobian"]
    for scores in np.random.default_rng(0).normal(scale=3, size=(200, 4)):
        assert np.linalg.eigvalsh(jacobian(scores)).min() > -1e-15


def test_which_h_is_best(lesson):
    steps = np.logspace(-13, -1, 121)
    best = steps[np.argmax([lesson["digits"](h, "float64") for h in steps])]
    assert 1e-6 < best < 1e-4
    assert lesson["digits"](1e-5, "float64") > 10
    assert max(lesson["digits"](h, "float32") for h in steps) < 6.6  # it never reaches what float64 has
    assert f"{np.finfo(np.float64).eps ** (1 / 3):.0e}".replace("-0", "-") in PROSE
    assert f"{np.finfo(np.float32).eps ** (1 / 3):.0e}".replace("-0", "-") in PROSE


def test_errors_grow_as_h_squared_on_one_side_and_as_1_over_h_on_the_other(lesson):
    digits = lesson["digits"]
    assert digits(1e-3, "float64") - digits(1e-2, "float64") == pytest.approx(2, abs=0.01)
    lost = np.polyfit(np.arange(6, 14), [digits(10.0**-n, "float64") for n in range(6, 14)], 1)[0]
    assert lost == pytest.approx(-1, abs=0.25)


def test_floats_near_the_loss_and_near_the_largest_score(lesson):
    z = lesson["z"]
    loss = np.float32(lesson["fox_loss"](z.astype("float32")))
    assert f"near the loss, {loss:.3f}, are {np.spacing(loss):.0e}".replace("e-0", "e-") in PROSE
    assert f"measured slopes are {np.spacing(loss) / 2e-6:.2f} apart" in PROSE
    assert "3.4 + 1e-15 still differs from 3.4" in PROSE and 3.4 + 1e-15 != 3.4


def test_the_squared_error_pushes_5500_times_less(lesson):
    softmax, gradient = (lesson[name] for name in ("softmax", "gradient"))
    p = softmax(np.array([0.0, 10.0]))[0]
    weaker = gradient(np.array([0.0, 10.0]), 0)[0] / lesson["squared_gradient"](np.array([0.0, 10.0]), 0)[0]
    assert f"{p * (1 - p):.5f} here" in PROSE and f"{round(weaker, -2):,.0f} times weaker" in PROSE


def test_where_each_push_ends(lesson):
    exact, factors, patched, squared = range(4)
    pushes = lesson["pushes"]
    assert f"At a gap of 30 it leaves {pushes(30.0)[patched]:.3f}" in PROSE
    assert "above a gap of 709.8" in PROSE and "above 745.1" in PROSE
    assert pushes(709.7)[factors] == pytest.approx(1) and pushes(709.8)[factors] == np.inf
    assert pushes(745.1)[factors] == np.inf and np.isnan(pushes(745.2)[factors])
    assert pushes(1000.0)[exact] == 1 and pushes(1000.0)[patched] == pushes(1000.0)[squared] == 0
