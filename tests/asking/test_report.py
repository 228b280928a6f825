"""What a class guessed, and that nothing which a student writes in its place does harm."""

import re
import time

import nbformat
import pytest
from nbformat.v4 import new_output

from answers import answered, right, saved
from backstage.asking import guess as asking
from backstage.asking import questions
from backstage.asking.questions import DATA
from backstage.asking.report import KNOWN, guesses, report
from backstage.grading import classes, look, sandbox
from backstage.grading import report as report_of
from conftest import NOTEBOOKS

pytestmark = pytest.mark.infrastructure

QUESTION = next(q for q in questions.every().values() if any(option.slip for option in q.options))
PLACE, WRONG = next((i, option) for i, option in enumerate(QUESTION.options) if option.slip)
RIGHT = QUESTION.options[QUESTION.right]
LESSON = next(path for path in NOTEBOOKS if path.stem.startswith("06"))
DIAGONAL = "def my_jacobian(z):\n    p = softmax(z)\n    return np.diag(p * (1 - p))"


def guess(choice, sure, name=QUESTION.name):
    return {"question": name, "choice": choice, "sure": sure}


def read(*rows):
    return guesses(saved(DATA, {"guesses": [*rows]}))


def test_bars_by_option_and_certainty_and_who_made_the_mistake():
    class_ = [(guess(WRONG.text, "certain"), {WRONG.slip})] * 3 + [(guess(WRONG.text, "a guess"), [])]
    class_ += [(guess(RIGHT.text, "fairly sure"), {WRONG.slip})] + [(guess(RIGHT.text, "certain"), [])] * 4
    html = report(
        [*((read(row), mistakes) for row, mistakes in class_), (read(guess(None, None)), []), ({}, [])]
    )
    assert f": {QUESTION.name}</h3>" in html and "9 guessed, 5 right; 1 only looked." in html
    rows = re.findall("<tr><td>.*?</tr>", html, re.S)
    assert [re.findall(r">(\d+)</span>", row) for row in rows][PLACE] == ["1", "3"]
    assert [re.findall(r">(\d+)</span>", row) for row in rows][QUESTION.right] == ["1", "4"]
    assert f"{WRONG.slip}: 3 of 4; of the others 1 of 5" in rows[PLACE]
    assert rows[QUESTION.right].startswith("<tr><td>✓ ") and html.count("✓") == 1
    assert report([({}, [])]) == "<p>No hand-in holds guesses.</p>"


@pytest.mark.parametrize(
    "row",
    [
        None, 3, "x", [], {}, {"a": 1}, {"question": QUESTION.name}, guess("<script>", "certain"),
        guess(RIGHT.text, "<script>"), guess(RIGHT.text, ["certain"]), guess(["x"], "certain"),
        guess({"a": 1}, "certain"), guess(None, None, "<b>"), guess(None, None, ["a"]),
    ],
)  # fmt: skip
def test_of_what_a_student_wrote_what_is_no_guess_is_left_out(row):
    assert read(guess(RIGHT.text, "certain"), row) == {QUESTION.name: (QUESTION.right, "certain")}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b'{"cells": 3}', b"[" * 100_000])
def test_what_is_no_notebook_holds_nothing(content):
    assert look.read(content) == look.Content()


def test_what_a_lesson_saves_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTMAX_GUESSES", str(tmp_path / "guesses.jsonl"))
    asking.keep(QUESTION, PLACE, "certain")
    shown = asking.so_far()._repr_mimebundle_()
    assert guesses(saved(DATA, shown[DATA])) == {QUESTION.name: (PLACE, "certain")}


def handed_in(answers):
    """Lesson 06 as JupyterLab saves it: these answers, and below them what guess.so_far() shows."""
    notebook = answered(LESSON, answers)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" or "nbgrader" in cell.metadata or cell.id in ("imports", "guesses")
    ]
    (cell,) = [cell for cell in notebook.cells if cell.id == "guesses"]
    cell.outputs = [new_output("execute_result", asking.so_far()._repr_mimebundle_())]
    return nbformat.writes(notebook).encode()


def test_guesses_of_real_hand_ins_are_in_the_class_report(tmp_path, monkeypatch):
    """Who guessed that only the diagonal changes then wrote that; no mark depends on a guess."""
    question, section = questions.every()["sixteen_slopes"], tmp_path / "monday"
    section.mkdir()
    place, option = next((i, option) for i, option in enumerate(question.options) if option.slip)
    good = right(LESSON)
    wrong = good | {"jacobian": DIAGONAL}
    class_ = {"ada": place, "bo": place, "cy": question.right, "di": None, "ed": ""}
    for name, choice in class_.items():
        monkeypatch.setenv("SOFTMAX_GUESSES", str(tmp_path / f"{name}.jsonl"))
        if choice != "":
            asking.keep(question, choice, None if choice is None else "certain")
        section.joinpath(f"{name}_06.ipynb").write_bytes(handed_in(wrong if name == "ada" else good))
    section.joinpath("liar_06.ipynb").write_bytes(b"[" * 10**6)
    assert sandbox.prepare() is None
    works, _ = classes.grade_class([section], tmp_path / "grades")
    points = [report_of.points(work["06"].result) for work in works.values() if "06" in work]
    assert points == [*points[:1], *[7] * 4] and points[0] < 7
    html = (tmp_path / "grades/class.html").read_text("utf-8")
    assert "3 guessed, 1 right; 1 only looked." in html and html.count("<h3>lesson_") == 1
    assert f"{option.slip}: 1 of 2; of the others 0 of 1" in html


def test_a_thousand_students_take_seconds():
    rows = [guess(question.options[0].text, "certain", name) for name, question in KNOWN.items()]
    asked = sum(not question.is_tested for question in KNOWN.values())
    began = time.perf_counter()
    assert report([(read(*rows), [])] * 1000).count("1000 guessed") == asked
    assert time.perf_counter() - began < 30
