"""What a check shows: hints, answers, progress, whose code it was; as text, as HTML and to nbgrader."""

import dataclasses
import functools
import linecache
import subprocess
import sys

import numpy as np
import pytest

from backstage.calling.log import run
from backstage.checks.result import LOOKS
from conftest import ROOT
from exercises.pieces import softmax
from helpers import check, numerics
from right_answers import EXERCISES, written


def forever(z):
    while True:
        pass


@pytest.fixture
def fresh(monkeypatch):
    """An exercise that nobody has tried."""
    monkeypatch.setattr(check.ratio, "_tries", set())
    monkeypatch.setattr(check.ratio, "best", None)
    return check.ratio


def in_a_lesson(code):
    """What the code defines last, where a lesson's code runs."""
    space = {"__name__": "__main__", "np": np, "numerics": numerics, "functools": functools}
    linecache.cache[code] = len(code), None, code.splitlines(True), code
    exec(compile(code, code, "exec"), space)
    return list(space.values())[-1]


OWN = "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
PUSH = """
def weight_push(X, W, y):
    return X.T @ (numerics.one_hot(y, W.shape[1]) - numerics.softmax(X @ W)) / len(y)
"""
BORROWED = [
    ("softmax", "softmax", "f = lambda z: numerics.softmax(z)"),
    ("softmax", "softmax", "f = numerics.softmax"),
    ("softmax", "softmax", "f = functools.partial(numerics.softmax, axis=-1)"),
    ("softmax", "softmax", "from helpers.numerics import softmax as other\ndef f(z): return other(z)"),
    ("log_softmax", "log_softmax", "f = lambda z: 1 * numerics.log_softmax(z)"),
    ("sigmoid", "sigmoid", OWN),
    ("sigmoid", "sigmoid", OWN + "def f(x): return sigmoid(x)"),
    ("sigmoid", "sigmoid", OWN + "other = sigmoid\ndef f(x): return other(x)"),
    ("sigmoid", "scipy.special.expit", "from scipy.special import expit\nf = lambda x: expit(x)"),
    ("sigmoid", "scipy.special.expit", "import scipy.special\nf = scipy.special.expit"),
    ("softmax", "scipy.special.softmax", "import scipy.special as s\nf = lambda z: s.softmax(z, axis=-1)"),
    ("kl", "scipy.special.rel_entr", "import scipy.special as s\nf = lambda q, p: s.rel_entr(q, p).sum()"),
    ("temperature", "softmax", "f = lambda z, T: numerics.softmax(z, temperature=T)"),
    ("cross_entropy", "cross_entropy", "f = lambda z, y: numerics.cross_entropy(z, y).mean()"),
    ("weight_gradient", "weight_push", PUSH + "def f(X, W, y): return -weight_push(X, W, y)"),
]  # fmt: skip


@pytest.mark.parametrize("name, borrowed, code", BORROWED)
def test_a_function_that_does_the_whole_task_is_right_and_has_no_points(name, borrowed, code):
    result = EXERCISES[name](in_a_lesson(code))
    assert (result.passed, result.borrowed, result.points) == (True, borrowed, 0), result
    assert f"`{borrowed}` does the whole task" in result.text
    assert "A model solution" not in str(result.details)
    assert f'data-borrowed="{borrowed}"' in result._repr_html_()


@pytest.mark.parametrize(
    "name, function",
    [
        ("temperature", lambda z, T: numerics.softmax(z / T)),
        ("log_softmax", lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True)),
        ("perplexity", lambda z, y: np.exp(numerics.cross_entropy(z, y).mean())),
        ("surest", lambda z, c: numerics.log_softmax(z)[:, c].argmax()),
    ],
)
def test_a_function_that_does_a_part_is_not_borrowed(name, function):
    result = EXERCISES[name](function)
    assert (result.borrowed, result.points) == (None, result.out_of)


def test_a_borrowed_answer_does_not_take_points_away(fresh):
    fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    fresh._remember(dataclasses.replace(fresh.best, borrowed="ratio"), run(np.exp, fresh.inputs(0)))
    assert fresh.best.points == 1


@pytest.mark.parametrize(
    "others, answer, is_told",
    [
        (["my_log_softmax", "my_softmx"], "...", True),
        (["my_logsumexp", "my_softmx"], "return z", True),
        (["my_softmx"], "return np.exp(z - np.logaddexp.reduce(z, -1)[..., None])", False),
        (["my_log_softmax"], "return z", False),
    ],
)
def test_a_name_that_is_nearly_the_one_asked_for_is_told(others, answer, is_told):
    lines = [f"def {name}(z): return z" for name in others] + [f"def my_softmax(z): {answer}"]
    text = check.softmax(in_a_lesson("\n".join(lines))).text
    assert text.startswith("You defined `my_softmx` too; this is about `my_softmax`.") == is_told
    assert is_told or "You defined" not in text


def test_a_wrong_try_says_where_hints_answer_and_progress_are(fresh):
    said = [repr(fresh(lambda z, i, j, x=x: x)) for x in (1.0, 2.0, 3.0)]
    assert "`check.ratio.answer()` shows a model solution after 2 more different tries." in said[0]
    assert "after 1 more different try." in said[1] and "shows a model solution now." in said[2]
    assert all("`check.ratio.hint()`" in text and "`check.progress()`" in text for text in said)
    assert "check.progress()" in fresh(lambda z, i, j: 1.0)._repr_html_()


def test_hints_are_folded_under_a_wrong_answer_and_the_solution_under_a_right_one():
    wrong, right = check.softmax(np.exp)._repr_html_(), check.softmax(written)._repr_html_()
    assert wrong.count("<details><summary>Hint ") == len(check.softmax.hints)
    assert "A model solution" not in wrong
    assert "<summary>A model solution</summary><pre>def my_softmax(z):" in right
    assert "<summary>An answer to Think on</summary>" in right and "Hint" not in right


def test_the_answer_is_shown_after_three_different_tries_or_a_right_one(fresh):
    tries = [lambda z, i, j: 1.0, lambda z, i, j: 2.0, lambda z, i, j: z[i]]
    for function in [*tries[:2], tries[0], lambda z, i, j: ..., lambda z, i, j: None]:
        fresh(function)
        assert "So far: " in fresh.answer() and "return" not in fresh.answer()
    fresh(tries[2])
    assert "return np.exp(z[i] - z[j])" in fresh.answer()
    fresh._tries.clear()
    assert "So far: 0" in fresh.answer()
    fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    assert fresh.think in fresh.answer() and "return" in fresh.answer()


def test_without_the_folder_of_answers_the_check_says_who_has_them(fresh, monkeypatch, tmp_path):
    monkeypatch.setattr("backstage.checks.exercise.ANSWERS", tmp_path)
    monkeypatch.delitem(vars(fresh), "_answer", raising=False)
    result = fresh(lambda z, i, j: np.exp(z[i] - z[j]))
    assert "Your instructor has" in result._repr_html_() and "Your instructor has" in fresh.answer()
    monkeypatch.delitem(vars(fresh), "_answer", raising=False)


def test_progress_is_a_table_of_the_best_results_of_a_lesson(monkeypatch):
    for name in check:
        monkeypatch.setattr(EXERCISES[name], "best", None)
    assert repr(check.progress()) == "Nothing checked yet."
    check.softmax(written)
    check.softmax(np.exp)
    check.logsumexp(lambda: 0)
    check.logsumexp(np.exp)  # the last of the wrong ones
    lines = repr(check.progress()).splitlines()
    assert [line.split()[0] for line in lines] == ["softmax", "logsumexp", "log_softmax", "together"]
    assert lines[0].endswith("✓ Right               2 of 2") and lines[-1].endswith("2 of 7")
    assert lines[1].endswith("✗ Not yet             0 of 2")
    assert check.progress()._repr_html_().count("<tr>") == 5


def test_dropped_docstrings_are_told_at_import():
    command = [sys.executable, "-OO", "-c", "from helpers import check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode and run.stderr.splitlines()[-1].startswith("ImportError: what the checks say")


STATES = {"not attempted": ..., "wrong": np.exp, "raised": lambda: 0, "too slow": forever, "right": softmax}


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_sign_and_a_word_of_its_own(state, hurry):
    result = check.softmax(STATES[state])
    sign, word, _ = LOOKS[state]
    assert result.state == state
    assert repr(result).startswith(f"{sign} {word}: softmax, {result.points} of 2 points\n\n{result.message}")
    assert f"{sign} {word}: softmax" in result._repr_html_()
    assert all(len({look[i] for look in LOOKS.values()}) == len(LOOKS) for i in (0, 1))


def test_html_escapes_what_a_student_wrote():
    def raises(z):
        raise ValueError("<script>")

    html = check.softmax(raises)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<pre>" in html


def test_under_nbgrader_the_text_is_the_points(monkeypatch):
    right, wrong, stub = check.softmax(written), check.softmax(np.exp), check.softmax(...)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert [float(repr(result)) for result in (right, wrong, stub)] == [2, 0, 0]
    assert "<strong>" in wrong._repr_html_()


def test_hints_come_one_at_a_time_and_hold_no_code():
    for name, asked in EXERCISES.items():
        assert 2 <= len(asked.hints) <= 3, name
        shown = [repr(asked.hint()) for _ in range(len(asked.hints) + 1)]
        assert shown[0].startswith("Hint 1 of") and shown[-1] == shown[-2] != shown[0]
        assert not any(code in hint for hint in shown for code in ("np.", "axis=", "keepdims"))


def test_checks_load_no_pictures_and_no_widgets():
    code = "import sys; from exercises import check; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "scipy"}
    assert "numpy" in loaded
