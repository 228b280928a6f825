"""The table of odd inputs in benchmarks/README.md, held against helpers and the libraries that are there."""

import re
import warnings
from importlib import import_module

import numpy as np
import pytest

from conftest import ROOT
from helpers import numerics

README = (ROOT / "tests/benchmarks/README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
NAMES = {"np": np, "inf": np.inf, "nan": np.nan}


def helpers():
    names = ("softmax", "log_softmax", "logsumexp", "cross_entropy", "entropy", "one_hot")
    return {name: getattr(numerics, name) for name in names}


def scipy():
    special = import_module("scipy.special")

    def cross_entropy(z, y):
        return -np.take_along_axis(special.log_softmax(np.asarray(z), axis=-1), np.expand_dims(y, -1), -1)[
            ..., 0
        ]

    return {
        "softmax": over_temperature(lambda z: special.softmax(z, axis=-1), np.asanyarray),
        "log_softmax": lambda z: special.log_softmax(z, axis=-1),
        "logsumexp": lambda z: special.logsumexp(z, axis=-1),
        "cross_entropy": cross_entropy,
        "entropy": lambda p: special.entr(p).sum(-1),
    }


def torch():
    torch = import_module("torch")
    functional, tensor = torch.nn.functional, torch.as_tensor
    return {
        "softmax": over_temperature(lambda z: torch.softmax(z, -1), tensor),
        "log_softmax": lambda z: torch.log_softmax(tensor(z), -1),
        "logsumexp": lambda z: torch.logsumexp(tensor(z), -1),
        "cross_entropy": lambda z, y: functional.cross_entropy(tensor(z), tensor(y), reduction="none"),
        "entropy": lambda p: torch.special.entr(tensor(p)).sum(-1),
        "one_hot": lambda y, k: functional.one_hot(tensor(y), k),
    }


def jax():
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    array, log_softmax = jax.numpy.asarray, jax.nn.log_softmax

    def cross_entropy(z, y):
        return -jax.numpy.take_along_axis(log_softmax(array(z)), array(y)[..., None], -1)[..., 0]

    return {
        "softmax": over_temperature(jax.nn.softmax, array),
        "log_softmax": lambda z: log_softmax(array(z)),
        "logsumexp": lambda z: jax.nn.logsumexp(array(z), axis=-1),
        "cross_entropy": cross_entropy,
        "entropy": lambda p: jax.scipy.special.entr(array(p)).sum(-1),
        "one_hot": jax.nn.one_hot,
    }


def over_temperature(softmax, array):
    """softmax as a library's users write it with a temperature."""
    return lambda z, temperature=None: softmax(array(z) if temperature is None else array(z) / temperature)


def outcome(call, code):
    """What the call gives, as the table writes it: numbers, the shape of none, or the name of the error."""
    if call.split("(")[0] not in code:
        return ""
    try:
        result = np.asarray(eval(call, NAMES | code))  # the calls are our own, in our own README
    except Exception as error:
        return type(error).__name__
    return " ".join(f"{x:.5g}" for x in result.ravel()) or f"shape {result.shape}"


def test_the_table_is_true_of_helpers_and_nothing_warns():
    rows = ROW.findall(README)
    assert len(rows) > 50
    assert {call: outcome(call, helpers()) for call, *_ in rows} == {call: ours for call, ours, *_ in rows}


@pytest.mark.parametrize(("library", "column"), [(scipy, 2), (torch, 3), (jax, 4)])
def test_the_table_is_true_of_the_libraries_that_are_installed(library, column):
    pytest.importorskip(library.__name__, reason="not installed: the table keeps what was recorded")
    rows, code = ROW.findall(README), library()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert {row[0]: outcome(row[0], code) for row in rows} == {row[0]: row[column] for row in rows}
