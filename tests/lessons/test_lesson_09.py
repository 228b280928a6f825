"""Lesson 09 by other roads: attention as loops and in PyTorch, and the numbers that its text names."""

import importlib.util

import numpy as np
import pytest

from helpers.numerics import softmax
from lesson_names import lesson_names

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(3, 2, 6, 4)) * 3
MASKS = {
    "nothing": np.ones((6, 6), dtype=bool),
    "the future": np.tri(6, dtype=bool),
    "half": (RNG.random((6, 6)) < 0.5) | np.eye(6, dtype=bool),
    "a whole row": np.arange(6)[:, np.newaxis] != [2] * 6,
}


@pytest.fixture(scope="module")
def lesson():
    return lesson_names("09_attention.ipynb")


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
    asked = ~MASKS[hides].any(axis=-1) if road is by_torch_module else np.zeros(6, dtype=bool)
    np.testing.assert_allclose(answers[:, ~asked], road(MASKS[hides])[:, ~asked], rtol=1e-12, atol=1e-12)
    assert np.allclose(p.sum(axis=-1), MASKS[hides].any(axis=-1)) and not p[:, ~MASKS[hides]].any()


@pytest.mark.parametrize("d", [1, 4, 16, 64, 256, 1024])
def test_root_of_d_keeps_the_largest_weight_where_it_is(lesson, d):
    assert lesson["random_scores"](d).std() == pytest.approx(np.sqrt(d), rel=0.03)
    for n in (100, 500):
        largest = softmax(lesson["random_scores"](d, n) / np.sqrt(d)).max(axis=-1).mean()
        assert 0.205 < largest < 0.255
    by_d = softmax(lesson["random_scores"](d, n) / d).max(axis=-1).mean()
    assert d < 1024 or by_d == pytest.approx(0.066, abs=5e-4)


def test_one_mask_gives_three_answers(lesson):
    z, plain = lesson["z"], lesson["plain_softmax"]
    with np.errstate(over="ignore", invalid="ignore"):
        double, single, half = (plain(z.astype(t) - t(1e9)) for t in (np.float64, np.float32, np.float16))
    assert abs(double - softmax(z)).max() < 5e-7
    assert (single == 0.25).all() and np.isnan(half).all()


def test_a_float16_mask_flattens_before_it_overflows(lesson):
    masks = np.arange(8192, 65505, 8.0)
    assert all((lesson["smothered"](mask, np.float16) == 0.25).all() for mask in masks)
    assert np.isnan(lesson["smothered"](65520, np.float16)).all()
    assert lesson["smothered"](100, np.float16) == pytest.approx(softmax(lesson["z"]), abs=5e-4)


def test_longer_rows_dilute_a_lead(lesson):
    weights = [lesson["diluted"](k, lead)[0] for k, lead in [(4, 5), (149, 5), (4096, 5), (4096, 12.2)]]
    assert weights == pytest.approx([0.980, 0.501, 0.035, 0.980], abs=6e-4)
    assert np.log(4095 / 3) == pytest.approx(7.2, abs=0.05)


def test_a_sink_takes_what_no_key_deserves(lesson):
    low, high = lesson["with_sink"](-10), lesson["with_sink"](10)
    assert low["without a sink"] == pytest.approx(high["without a sink"])
    assert low["with a sink"][-1] > 0.999 and high["with a sink"][-1] < 1e-4
