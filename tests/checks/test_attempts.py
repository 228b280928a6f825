"""Wrong attempts of beginners, as they wrote them: each is told what differs from what is asked.

In attempts.txt a line has an exercise, what is to be told, and the code. Where the message says no more than
that the answer is wrong, nothing is to be told."""

import linecache
import math

import numpy as np
import pytest

from backstage.checks.exercise import SEED
from conftest import ROOT
from helpers import check, numerics

LINES = (ROOT / "tests/checks/attempts.txt").read_text(encoding="utf-8").splitlines()


def entropy(q):
    return (q[q > 0] * np.log(1 / q[q > 0])).sum()


def slope(loss, z, y, h=1e-5):
    nudges = h * np.eye(z.size).reshape(-1, *z.shape)
    return np.array([loss(z + d, y) - loss(z - d, y) for d in nudges]).sum(axis=1).reshape(z.shape) / (2 * h)


def attempt_of(name, code):
    """The function that a reader's cell makes, where its lesson's own functions are at hand."""
    arguments = ", ".join(getattr(check, name).arguments)
    cell = f"def my_{name}({arguments}):\n    " + code.replace(" ; ", "\n    ") + "\n"
    linecache.cache[cell] = len(cell), None, cell.splitlines(True), cell
    lesson = {name: value for name, value in vars(numerics).items() if not name.startswith("_")}
    lesson |= {
        "entropy": entropy,
        "slope": slope,
        "plain": numerics.softmax,
        "animals": ["cat", "dog", "fox"],
    }
    exec(compile(cell, cell, "exec"), space := lesson | {"np": np, "math": math, "__name__": "__main__"})
    return space[f"my_{name}"]


@pytest.mark.parametrize("line", LINES)
def test_wrong_attempt_is_told_what_differs(line, monkeypatch):
    monkeypatch.setenv(SEED, "1")
    name, words, code = line.split(" || ")
    result = getattr(check, name)(attempt_of(name, code))
    assert not result.passed and words in f"{result.mistake}: {result.message}", result


def test_nine_in_ten_are_told():
    told = [words for _, words, _ in (line.split(" || ") for line in LINES) if words]
    assert len(told) >= 0.9 * len(LINES)
