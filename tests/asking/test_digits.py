"""Digits that a reader draws: each is kept with its label, and what is no digit is left out."""

import csv
import json

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_output

from answers import answered, right, saved
from backstage.asking import digits
from backstage.asking.digits import DATA
from backstage.explorer.explorer import Explorer
from backstage.grading import classes, sandbox
from conftest import NOTEBOOKS
from helpers.plots import bars
from helpers.sliders import drawing

pytestmark = pytest.mark.infrastructure

LESSON = next(path for path in NOTEBOOKS if path.stem.startswith("07"))
SEVEN, ONE = "7" * 256, "1" * 256


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Draw a text, or None for nothing, on a pad that starts with ink; keep it; return what is shown."""
    shown = []
    monkeypatch.setenv("SOFTMAX_DIGITS", str(tmp_path / "digits.jsonl"))
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))

    def keep(drawn, label):
        pad = drawing(32, 32, np.full((8, 8), 3))
        explorer = Explorer(bars, lambda digit: digit.mean(axis=0), {"digit": pad})
        if drawn is not None:
            explorer.move({"digit": drawn})
        digits.keep(pad, label)
        return shown[-1]

    return keep


FIRST = "Draw a digit in the pad first. "


def test_a_drawing_is_kept_once_with_its_last_label_and_becomes_a_row_of_64(keep):
    assert keep(None, 7)["text/plain"] == f"{FIRST}0 digits are kept."
    assert keep("0" * 256, 7)["text/plain"] == f"{FIRST}0 digits are kept."
    assert keep(SEVEN, 4)["text/plain"] == "1 digit is kept: 4."
    keep(ONE, 1)
    assert keep(SEVEN, 7)["text/plain"] == "2 digits are kept: 1, 7."
    again = keep(None, 3)
    assert again["text/plain"] == f"{FIRST}2 digits are kept: 1, 7."
    assert again[DATA] == {"digits": [(SEVEN, 7), (ONE, 1)]}
    X, y = digits.kept()
    np.testing.assert_array_equal(X, [[12] * 64, [4] * 64])
    assert [*y] == [7, 1]


def test_rows_are_the_ink_in_blocks_of_four_by_four():
    ink = np.random.default_rng(0).random((32, 32)) < 0.4
    row = digits.counts(np.packbits(ink).tobytes().hex())
    assert [*row[:2], row[8]] == [ink[:4, :4].sum(), ink[:4, 4:8].sum(), ink[4:8, :4].sum()]


def test_without_a_file_there_are_no_rows_and_a_file_that_cannot_be_written_is_told(keep, monkeypatch):
    assert [part.shape for part in digits.kept()] == [(0, 64), (0,)]
    monkeypatch.setenv("SOFTMAX_DIGITS", "missing/digits.jsonl")
    assert keep(SEVEN, 7)["text/plain"].startswith("This digit could not be kept: ")


@pytest.mark.parametrize("pad, label", [(drawing(32, 32), 10), (drawing(32, 32), "7"), (drawing(8, 8), 7)])
def test_a_label_or_a_pad_of_another_kind_is_refused(pad, label):
    with pytest.raises(ValueError, match="a pad of 32 × 32 dots and a label from 0 to 9"):
        digits.keep(pad, label)


@pytest.mark.parametrize(
    "cells",
    [
        3, [3], [{"outputs": [3]}], [{"outputs": 3}], saved(DATA, None), saved(DATA, []),
        *[saved(DATA, {"digits": rows}) for rows in [
            None, {"a": 1}, [None, 3, "x", []], [[SEVEN]], [[SEVEN, 7, 7]], [[SEVEN, 10]], [[SEVEN, -1]],
            [[SEVEN, True]], [[SEVEN, 7.0]], [[SEVEN, "7"]], [[SEVEN, [7]]], [[SEVEN + "7", 7]],
            [[SEVEN[1:] + "g", 7]], [[SEVEN + "\n", 7]], [["=cmd|' /C calc'!A0", 7]],
        ]],
    ],
)  # fmt: skip
def test_what_a_student_wrote_in_the_place_of_digits_is_left_out(cells):
    assert digits.handed_in(cells) == {}


def test_of_one_notebook_200_digits_are_read():
    rows = [[f"{n:0256x}", n % 10] for n in range(1000)]
    read = digits.handed_in(saved(DATA, {"digits": rows}))
    assert [*read.items()] == [(text, label) for text, label in rows[:200]]


def test_a_class_pools_its_digits_without_names(keep, tmp_path, monkeypatch):
    """Of these only ada's is a whole lesson, which is run; the others hold digits alone."""
    section, class_ = tmp_path / "monday", {"zoe": [(ONE, 1)], "bo": [(None, 0)]}
    section.mkdir()
    for name, drawn in (class_ | {"ada": [(SEVEN, 4), (SEVEN, 7), (ONE, 1)]}).items():
        monkeypatch.setenv("SOFTMAX_DIGITS", str(tmp_path / name))
        *_, shown = [keep(*digit) for digit in drawn]
        section.joinpath(f"{name}_07.ipynb").write_text(json.dumps({"cells": saved(DATA, shown[DATA])}))
    notebook = answered(LESSON, right(LESSON))
    (cell,) = [cell for cell in notebook.cells if cell.id == "keep"]
    cell.outputs = [new_output("display_data", shown)]
    nbformat.write(notebook, section / "ada_07.ipynb")
    section.joinpath("copy_07.ipynb").write_bytes((section / "zoe_07.ipynb").read_bytes() + b" ")
    lies = saved(DATA, {"digits": [["=1+1", 7], [SEVEN, "=1+1"]]})
    section.joinpath("liar_07.ipynb").write_text(json.dumps({"cells": lies}))
    assert sandbox.prepare() is None
    works, said = classes.grade_class([section], tmp_path / "grades", digits=True)
    (result,) = [work["07"].result for work in works.values() if "07" in work]
    assert result["errors"] == [] and "digits.csv: 3 digits, writers: 2." in said
    head, *rows = csv.reader((tmp_path / "grades/digits.csv").read_text().splitlines())
    assert head[:4] == ["writer", "label", "pixel_0_0", "pixel_0_1"] and len(head) == 66
    assert rows == [["1", "1", *["4"] * 64], ["2", "1", *["4"] * 64], ["2", "7", *["12"] * 64]]
