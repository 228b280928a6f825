"""Lesson 11: numbers that its text names, a softmax that is changed, and a course without the model."""

import gzip
import os
import re
import shutil

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from backstage.pages import site
from conftest import NOTEBOOKS, ON_THE_MODEL, PICTURED, ROOT
from helpers import language_model
from helpers.language_model import MISSING
from lesson_names import lesson_names

HEADS = ["softmax", "without_shift", "in_float16", "twice", "mask_of_0", "wrong_axis"]


@pytest.fixture(scope="module")
def lesson():
    return lesson_names(ROOT / ON_THE_MODEL, without=["told", "long-text", "broken"])


@pytest.mark.model
@pytest.mark.parametrize("T, p", [(0.5, 0.992), (1, 0.773), (2, 0.052), (5, 0.0007)])
def test_heat_drowns_the_leader(lesson, T, p):
    names, shares = lesson["next_words"](T=T)
    assert names[0] == " Paris" and shares[0] == pytest.approx(p, abs=6e-4)
    assert sum(shares) == pytest.approx(1)


@pytest.mark.model
def test_a_mask_of_0_shows_in_the_loss_and_not_in_the_text(lesson):
    with np.errstate(over="ignore", invalid="ignore"):  # float16 overflows
        losses = {name: lesson["loss"](lesson[name]) for name in HEADS}
    assert np.isnan(losses["in_float16"])
    assert losses["softmax"] == pytest.approx(losses["without_shift"], abs=1e-3)
    assert losses["softmax"] + 0.05 < losses["mask_of_0"] < 3 < losses["twice"] < losses["wrong_axis"]
    assert "lived" in lesson["likeliest"](lesson["mask_of_0"])


@pytest.mark.model
def test_top_p_drops_what_is_unlikely(lesson):
    z, rng = np.log([0.5, 0.3, 0.15, 0.05]), np.random.default_rng(0)
    for top_p, kept in [(0.5, {0}), (0.6, {0, 1}), (0.9, {0, 1, 2}), (1, {0, 1, 2, 3})]:
        assert {int(lesson["drawn"](z, 1, top_p, rng)) for _ in range(300)} == kept


@pytest.mark.model
def test_the_softmax_of_the_notebook_is_what_runs(lesson, monkeypatch):
    before = lesson["next_words"]()
    monkeypatch.setitem(lesson, "softmax", lambda z: np.full_like(z, 1 / z.shape[-1]))
    assert lesson["next_words"]()[0] != before[0]


def test_without_the_model_each_cell_that_needs_it_says_one_sentence(tmp_path):
    for part in ("helpers", "exercises", "backstage", "notebooks", "questions"):
        shutil.copytree(ROOT / part, tmp_path / part)
    notebook = nbformat.read(tmp_path / ON_THE_MODEL, as_version=4)
    stored = [cell.copy() for cell in notebook.cells]
    resources = {"metadata": {"path": str(tmp_path / "notebooks")}}
    client = NotebookClient(notebook, kernel_name="python3", resources=resources, timeout=60)
    client.coalesce_streams = True  # one output for all that a cell prints, however it was cut up on the way
    client.execute(env=os.environ | {"PYTHONPATH": str(tmp_path)})
    for cell, before in zip(notebook.cells, stored, strict=True):
        if cell.source.startswith("guess."):
            continue
        if before.get("outputs") and "nbgrader" not in cell.metadata:
            (said,) = cell.outputs  # a line that gives nothing away may stand before it
            assert re.fullmatch(r"(.*:\n)?" + re.escape(MISSING) + "\n", said.text), cell.source
        elif cell.cell_type == "code":
            assert not any(output.output_type == "error" for output in cell.outputs)


def test_no_other_lesson_loads_the_model(notebook):
    assert ("helpers.language_model" in notebook.read_text("utf-8")) == (notebook.name in ON_THE_MODEL)


def test_a_page_shows_what_is_stored_where_there_is_no_model(monkeypatch, tmp_path):
    monkeypatch.setattr(language_model, "FILE", tmp_path / "nothing")
    language_model.load.cache_clear()
    path = ROOT / ON_THE_MODEL
    page, problems = site.page(ROOT, path, NOTEBOOKS, *site.shown(path))
    language_model.load.cache_clear()
    assert problems == [] and page.count("Run this cell to move it.") == 4 and "Paris 0.773" in page
    assert len(gzip.compress(page.encode())) < 220_000


@pytest.mark.model
def test_a_page_plays_what_the_model_says_where_there_is_one(monkeypatch):
    """One reading of the animals is enough for all maps of weights. Of the 36 stories two are written."""
    path, weights, texts = ROOT / ON_THE_MODEL, language_model.LanguageModel.weights, []
    notebook = site.read(path)
    notebook.cells = [cell for cell in notebook.cells if cell.id in PICTURED]
    (write,) = (cell for cell in notebook.cells if cell.id == "write")
    write.metadata["examples"] = {"T": [0.1], "top_p": [1.0], "seed": [0]}
    monkeypatch.setattr(site, "read", lambda path: notebook)
    counted = lambda model, text, softmax: texts.append(text) or weights(model, text, softmax)  # noqa: E731
    monkeypatch.setattr(language_model.LanguageModel, "weights", counted)
    page, problems = site.page(ROOT, path, NOTEBOOKS, *site.shown(path, least=3, budget=1))
    assert problems == [] and page.count('class="recording"') == 4
    assert texts == ["The bear saw the fox, and the fox saw the bear."]
