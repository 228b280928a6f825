"""What a class guessed, and that nothing which a student writes in its place does harm."""

import json
import re
import time

import pytest

from backstage.asking import guess as asking
from backstage.asking import questions
from backstage.asking.questions import DATA
from backstage.asking.report import guesses, report

pytestmark = pytest.mark.infrastructure

KNOWN = questions.every()
QUESTION = next(q for q in KNOWN.values() if any(option.slip for option in q.options))
PLACE, WRONG = next((i, option) for i, option in enumerate(QUESTION.options) if option.slip)
RIGHT = QUESTION.options[QUESTION.right]


def saved(data):
    """A notebook as JupyterLab saves it, with this as what guess.so_far() showed."""
    output = {"output_type": "execute_result", "data": {DATA: data}, "metadata": {}}
    return json.dumps({"cells": [{"cell_type": "markdown"}, {"outputs": [output]}]}).encode()


def chose(choice, sure, name=QUESTION.name):
    return saved({"guesses": [{"question": name, "choice": choice, "sure": sure}]})


def test_bars_by_option_and_certainty_and_who_made_the_mistake():
    class_ = [(chose(WRONG.text, "certain"), {WRONG.slip})] * 3 + [(chose(WRONG.text, "a guess"), [])]
    class_ += [(chose(RIGHT.text, "fairly sure"), {WRONG.slip})] + [(chose(RIGHT.text, "certain"), [])] * 4
    html = report([*class_, (chose(None, None), []), (b"{}", [])])
    assert f": {QUESTION.name}</h3>" in html and "9 guessed, 5 right; 1 only looked." in html
    rows = re.findall("<tr><td>.*?</tr>", html, re.S)
    assert [re.findall(r">(\d+)</span>", row) for row in rows][PLACE] == ["1", "3"]
    assert [re.findall(r">(\d+)</span>", row) for row in rows][QUESTION.right] == ["1", "4"]
    assert f"{WRONG.slip}: 3 of 4; of the others 1 of 5" in rows[PLACE]
    assert rows[QUESTION.right].startswith("<tr><td>✓ ") and html.count("✓") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[1]", b'{"cells": 3}', b'{"cells": [{"outputs": [3]}]}', b"[" * 100_000,
        saved(None), saved([]), saved({"guesses": {"a": 1}}), saved({"guesses": [None, 3, "x", []]}),
        chose("<script>", "certain"), chose(RIGHT.text, "<script>"), chose(RIGHT.text, ["certain"]),
        chose(["x"], "certain"), chose({"a": 1}, "certain"), chose(None, None, "<b>"),
        chose(None, None, ["a"]),
    ],
)  # fmt: skip
def test_what_a_student_wrote_in_its_place_is_left_out(content):
    assert guesses(content, KNOWN) == {}
    assert report([(content, [])]) == "<p>No hand-in holds guesses.</p>"


def test_what_a_lesson_saves_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTMAX_GUESSES", str(tmp_path / "guesses.jsonl"))
    asking.keep(QUESTION, PLACE, "certain")
    shown = asking.Guesses().so_far()._repr_mimebundle_()
    assert guesses(saved(shown[DATA]), KNOWN) == {QUESTION.name: (PLACE, "certain")}


def test_a_thousand_students_take_seconds():
    rows = [{"question": n, "choice": q.options[0].text, "sure": "certain"} for n, q in KNOWN.items()]
    began = time.perf_counter()
    assert report([(saved({"guesses": rows}), [])] * 1000).count("1000 guessed") == len(rows)
    assert time.perf_counter() - began < 30
