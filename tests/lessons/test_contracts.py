"""Lesson 05's table of who takes what: every call in it is run with every form of x and of y.

The project needs none of these libraries, and a row is skipped where its own is missing. To run them all:
`pip install torch keras optax scipy scikit-learn`.
"""

import importlib.util
import os
import re

import nbformat
import numpy as np
import pytest

from conftest import ROOT

LESSON = nbformat.read(ROOT / "notebooks/05_logits_or_probabilities.ipynb", as_version=4)
ROW = re.compile(r"^\| (.+) \| (.+) \| `(.+)` \|$", re.MULTILINE)
ROWS = [row for cell in LESSON.cells if cell.cell_type == "markdown" for row in ROW.findall(cell.source)]
LIBRARIES = {"helpers", "torch", "keras", "optax", "jax", "scipy", "sklearn"}

# Not square, every class is there, and no form of an answer has the loss of another one.
Z = np.array([[2, 1, 0.5], [-1, 3, 0], [0.5, 0, 4], [1, 2, -2]], dtype=np.float32)
P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
LABELS = np.array([0, 1, 2, 0])
LOSS = -np.log(P[range(4), LABELS]).mean()
X = {"logits": Z, "log-probabilities": np.log(P), "probabilities": P}
Y = {"indices": LABELS, "one-hot": np.eye(3, dtype=np.float32)[LABELS]}


def run(call, **arrays):
    """Evaluate a call of the table, and return the mean of what it returns."""
    module = re.search(r"((?:\w+\.)*\w+)\.\w+\(", call)[1]
    library = module.split(".")[0]
    if library == "keras":  # it computes with one of three others, and looks for TensorFlow alone unless told
        found = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
        os.environ.setdefault("KERAS_BACKEND", (found + ["tensorflow"])[0])
    pytest.importorskip(module)
    if library == "torch":
        arrays = {name: pytest.importorskip("torch").as_tensor(array) for name, array in arrays.items()}
    return float(np.mean(np.asarray(eval(call, {library: __import__(module)} | arrays))))


def outcomes(call):
    """What the call returns for each form of x and of y, or the exception."""
    found = {}
    for x in X:
        for y in Y:
            try:
                found[x, y] = run(call, x=X[x], y=Y[y])
            except Exception as error:  # labels in the other form: each library has an exception of its own
                found[x, y] = error
    return found


def is_right(outcome):
    return not isinstance(outcome, Exception) and outcome == pytest.approx(LOSS, rel=1e-5)


def test_table_has_a_row_for_every_library():
    assert {library for library in LIBRARIES for _, _, call in ROWS if f"{library}." in call} == LIBRARIES


@pytest.mark.parametrize("x, y, call", ROWS, ids=[call for _, _, call in ROWS])
def test_only_what_the_table_says_gives_the_loss_and_only_log_loss_refuses_a_wrong_x(x, y, call):
    welcome, found = {x, "log-probabilities"} if x == "logits" else {x}, outcomes(call)
    right = {forms for forms, outcome in found.items() if is_right(outcome)}
    assert right == {(form, labels) for form in welcome for labels in y.split(" or ")}
    refused = {form for form in X for labels in y.split(" or ") if isinstance(found[form, labels], Exception)}
    assert refused == ({"logits", "log-probabilities"} if "log_loss" in call else set())


@pytest.mark.parametrize("name, x", [("BCEWithLogitsLoss", Z[:, 0]), ("BCELoss", 1 / (1 + np.exp(-Z[:, 0])))])
def test_bce_losses_take_the_logit_and_its_sigmoid(name, x):
    y = np.array([1, 0, 1, 0], dtype=np.float32)
    loss = np.log1p(np.exp(np.where(y == 1, -1, 1) * Z[:, 0])).mean()
    assert run(f"torch.nn.{name}()(x, y)", x=x, y=y) == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_scipy_takes_the_whole_array_for_one_row_without_axis(name):
    scipy_special = pytest.importorskip("scipy.special")
    p = np.exp(Z) / np.exp(Z).sum()
    expected = {"softmax": p, "log_softmax": np.log(p)}[name]
    np.testing.assert_allclose(getattr(scipy_special, name)(Z), expected, rtol=1e-5)
