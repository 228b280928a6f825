"""Lesson 09 by other roads: attention as loops and in PyTorch, and the numbers that its text names."""

import importlib.util

import numpy as np
import pytest

from helpers.numerics import softmax

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(3, 2, 6, 4)) * 3
MASKS = {
    "nothing": np.ones((6, 6), dtype=bool),
    "the future": np.tri(6, dtype=bool),
    "half": (RNG.random((6, 6)) < 0.5) | np.eye(6, dtype=bool),
    "a whole row": np.arange(6)[:, np.newaxis] != [2] * 6,
}


def by_loops(visible):
    """The definition: for each query a softmax of the visible keys, and of nothing else."""
    answers = np.zeros(Q.shape)
    for head, i in np.ndindex(2, 6):
        seen = np.flatnonzero(visible[i])
        scores = [sum(Q[head, i] * K[head, j]) / 2 for j in seen]  # 2 is the root of 4
        for j, weight in zip(seen, softmax(scores) if scores else [], strict=True):
            answers[head, i] += weight * V[head, j]
    return answers


def by_torch(visible):
    import torch

    tensors = map(torch.from_numpy, (Q, K, V, visible))
    return torch.nn.functional.scaled_dot_product_attention(*tensors).numpy()


def by_torch_module(visible):
    """One head whose projections change nothing. Its mask is True where a key is hidden."""
    import torch

    module = torch.nn.MultiheadAttention(4, 1, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.eye(4).repeat(3, 1))
        module.out_proj.weight.copy_(torch.eye(4))
        q, k, v, hidden = map(torch.from_numpy, (Q, K, V, ~visible))
        return module(q, k, v, attn_mask=hidden)[0].numpy()


ROADS = [by_loops] + [by_torch, by_torch_module] * (importlib.util.find_spec("torch") is not None)


@pytest.mark.parametrize("hides", MASKS)
@pytest.mark.parametrize("road", ROADS)
def test_attention_agrees_with_another_road(lesson, road, hides):
    answers, p = lesson["attention"](Q, K, V, MASKS[hides])
    some = MASKS[hides].any(axis=-1)
    assert np.allclose(p.sum(axis=-1), some) and not p[:, ~MASKS[hides]].any()
    if road is by_torch_module:
        answers[:, ~some] = np.nan
    np.testing.assert_allclose(answers, road(MASKS[hides]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("d", [1, 4, 16, 64, 256, 1024])
def test_root_of_d_keeps_the_largest_weight_where_it_is(lesson, d):
    assert lesson["random_scores"](d).std() == pytest.approx(np.sqrt(d), rel=0.03)
    for n in (100, 500):
        largest = softmax(lesson["random_scores"](d, n) / np.sqrt(d)).max(axis=-1).mean()
        assert 0.205 < largest < 0.255
    by_d = softmax(lesson["random_scores"](d, n) / d).max(axis=-1).mean()
    assert d < 1024 or by_d == pytest.approx(0.066, abs=5e-4)


def test_a_neighbor_moves_a_word_and_its_place_does_not(lesson):
    beside = {word: lesson["beside"](word) for word in ("luggage", "book", "dog")}
    (_, luggage), (_, book), (_, dog) = (looks for looks, _ in beside.values())
    assert (luggage == book).all() and luggage[-1] > 0.9 and dog == pytest.approx(np.full(6, 1 / 6))
    moved = [bars["in the message"].argmax() for _, bars in beside.values()]
    assert moved[:2] == [lesson["features"].index(name) for name in ("travel", "reading")]
    X, order = lesson["X"], np.random.default_rng(0).permutation(6)
    assert np.allclose(lesson["listen"](X[order])[0], lesson["listen"](X)[0][order])


def test_both_heads_look_at_the_word_before(lesson):
    point, i = lesson["point"], np.arange(5)
    assert np.allclose(point(i), point(i + 4 * np.pi)) and round(4 * np.pi, 1) == 12.6
    for p in (softmax(point(i - 1) @ point(i).T), lesson["p_heads"][1, :5, :5]):
        assert (p.argmax(axis=-1) == [0, 0, 1, 2, 3]).all()


def test_a_score_of_800_leaves_the_visible_words_nothing(lesson):
    ways = {name: p[1] for name, p in lesson["ways"].items()}
    assert (ways["score 0"][2:] == ways["score 0"][0]).all() and ways["score -inf"][:2].sum() == 1
    assert ways["cut after"].sum() == 0


def test_one_mask_gives_three_answers(lesson):
    z, plain = lesson["z"], lesson["plain_softmax"]
    with np.errstate(over="ignore", invalid="ignore"):
        double, single, half = (plain(z.astype(t) - t(1e9)) for t in (np.float64, np.float32, np.float16))
    assert abs(double - softmax(z)).max() < 5e-7
    assert (single == 0.25).all() and np.isnan(half).all() and np.finfo(np.float16).max == 65504


def test_longer_rows_dilute_a_lead(lesson):
    weights = [lesson["diluted"](k, lead)[0] for k, lead in [(4, 5), (149, 5), (4096, 5), (4096, 12.2)]]
    assert weights == pytest.approx([0.980, 0.501, 0.035, 0.980], abs=6e-4)
    assert np.log(4095 / 3) == pytest.approx(7.2, abs=0.05)


def test_a_sink_takes_what_no_key_deserves(lesson):
    z = lesson["z"]
    low, high = (softmax([*(z + shift), 0])[-1] for shift in (-10, 10))
    assert softmax(z - 10) == pytest.approx(softmax(z)) and low > 0.999 and high < 1e-4
    assert (lesson["p_heads"][0, :, 0] > 0.9999).all()
