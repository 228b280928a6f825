"""The numbers that stand in the prose and the questions of lesson 04 and that none of its cells prints."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from helpers.plots import cumulative
from lesson_names import prose

PROSE = prose("04_temperature")


@pytest.fixture
def at(lesson):
    return lambda T: lesson["at_temperature"](lesson["z"], T)


def test_ten_draws_miss_the_dog_in_98_percent(at):
    assert round((1 - at(1)[1]) ** 10, 2) == 0.98 and "about 98%" in PROSE


def test_the_bear_grows_at_first_and_shrinks_from_a_little_below_1_on(lesson, at):
    bear = [at(T)[3] for T in lesson["Ts"]]
    assert 0.8 < lesson["Ts"][np.argmax(bear)] < 1
    assert all(np.diff([at(T)[i] for T in lesson["Ts"]]).min() >= 0 for i in (0, 1))
    assert np.diff([at(T)[2] for T in lesson["Ts"]]).max() < 0


def test_a_gap_of_a_tenth_over_T_is_a_ratio(at):
    ratios = [at(T)[2] / at(T)[3] for T in (1, 0.3)]
    assert [round(ratio, 3) for ratio in ratios] == [1.105, 1.396]


def test_the_cuts_that_an_answer_names(at):
    for T, cuts in {1: (0.021, 0.535), 10: (0.218, 0.395)}.items():
        assert set(cuts) <= set(np.cumsum(at(T)).round(3)) and all(f"{cut}" in PROSE for cut in cuts)


@pytest.mark.parametrize(
    "u, T, drawn",
    [(0.3, 1, ["fox", "Paris"]), (0.3, 10, ["dog", "all others"]), (1.0, 1, ["bear", "all others"])],
)
def test_one_number_draws_from_both_bars(lesson, u, T, drawn):
    said = cumulative(lesson["drawn"](u, T), names=lesson["names"], ax=Figure().subplots())
    assert [part.partition(" u draws ")[2] for part in said.split("; ")] == drawn


def test_heat_drowns_the_leader_of_many_and_top_k_brings_it_back(lesson):
    shares = [lesson["drawn"](0.3, 2, k)[1]["tokens"] for k in (49152, 50, 10)]
    assert [round(p[0], 2) for p in shares[:1]] == [0.05] and 0.9 < shares[0][-1] < 0.92
    assert round(shares[1][0], 3) == 0.276 and shares[2][0] > 0.276
    assert len(lesson["tokens"]) - 5 == 49147


def test_the_largest_p_is_honest_at_the_fitted_temperature_alone(lesson):
    for T, away in {1: 0.08, lesson["best"]: 0.03}.items():
        bars = lesson["calibration"](T)
        gaps = np.subtract(bars["claimed"], bars["right"])
        assert (gaps.min() > away) if T == 1 else (abs(gaps).max() < away)
