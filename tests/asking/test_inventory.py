"""The inventory: what a class knew before and after, from pages, paper and quizzes."""

import re
from html import unescape

import numpy as np
import pytest

from backstage.asking import inventory, questions
from backstage.grading import classes, tables
from backstage.pages import inventory as pages
from backstage.pages import site
from browser import violations
from conftest import ROOT

pytestmark = pytest.mark.infrastructure

A, B = [questions.every(f"inventory_{form}.md") for form in "ab"]
SOME = "Ada Lovelace_{}_assignsubmission_file_"


def answers(form, right):
    """Students' answers: right ones where a row of the matrix has 1."""
    places = [[(q.right + 1) % len(q.options), q.right] for q in form.values()]
    return [{name: (places[i][int(row[i])], None) for i, name in enumerate(form)} for row in right]


def test_each_form_asks_ten_ideas_and_each_wrong_option_is_a_known_mistake():
    for form in (A, B):
        assert len(form) == len({question.tags["idea"] for question in form.values()}) == 10
        options = [option for question in form.values() for option in question.options]
        assert all(option.slip for option in options if not option.is_right)
    assert [q.tags["idea"] for q in A.values()][:6] == [q.tags["idea"] for q in B.values()][:6]


def test_shares_gain_difficulty_and_discrimination_with_intervals():
    rng = np.random.default_rng(0)
    before, after = rng.random((40, 10)) < 0.4, rng.random((40, 10)) < 0.7
    after[:, 0] = True
    class_ = [a | b for a, b in zip(answers(A, before), answers(B, after), strict=True)]
    html = inventory.report([*class_, {"fox_pushed": (0, "certain")}, {}])
    gain = after.mean(axis=1) - before.mean(axis=1)
    away = 2.0227 * gain.std(ddof=1) / 40**0.5  # Student's t with 39 degrees of freedom
    interval = f"{gain.mean():.2f} ({gain.mean() - away:.2f} to {gain.mean() + away:.2f})"
    assert f"Gain of those who did both: 40 students, {interval}." in html
    assert f"Form A, before: 40 students, {before.mean():.2f} (" in html
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr><td>.*?</tr>", html, re.S)]
    assert len(rows) == 20
    k, n, z = before[:, 2].sum(), 40, 1.96
    middle = (k + z * z / 2) / (n + z * z)  # Wilson 1927
    half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
    assert rows[2][1] == f"{k / n:.2f} ({middle - half:.2f} to {middle + half:.2f})"
    r = np.corrcoef(before[:, 2], np.delete(before, 2, axis=1).sum(axis=1))[0, 1]
    low, high = np.tanh(np.arctanh(r) + np.array([-1.96, 1.96]) / 37**0.5)  # Fisher 1921
    assert rows[2][2] == f"{r:.2f} ({low:.2f} to {high:.2f})"
    assert rows[10][1:] == ["1.00 (0.91 to 1.00)", "all alike: no correlation"]
    assert "Nobody has\ntested" in html


def test_of_fewer_than_ten_nothing_is_said():
    ten = answers(A, np.eye(10))
    html = inventory.report([*ten[:9], *answers(B, np.eye(10))])
    assert "Form A, before: 9 students, too few to say more." in html and "<th>inventory_a</th>" not in html
    assert "Gain of those who did both: 0 students, too few" in html and "<th>inventory_b</th>" in html
    assert "<th>inventory_a</th>" in inventory.report(ten)


def test_a_mean_has_the_interval_of_students_t():
    assert inventory._mean([*range(10)]) == "10 students, 4.50 (2.33 to 6.67)"  # 2.262 times 3.028 / sqrt(10)
    assert inventory._mean([*range(9)]) == "9 students, too few to say more"


def test_answers_from_paper_are_letters_and_from_a_quiz_texts(tmp_path):
    text = A["a_others"].options[1].text
    rows = [f"somebody;{letter};{text}" for letter in ["B", " c ", "x", "", "AB"]]
    table = "\ufeff" + "\n".join(["student;a_shift;a_others", *rows])
    places = [
        [made[name][0] for name in ("a_shift", "a_others")] for made in tables.inventory(table.encode())
    ]
    assert places == [[1, 1], [2, 1], *[[-1, 1]] * 3]
    path = tmp_path / "paper.csv"
    path.write_text("student,1,2\nada,A,B\n", "utf-8")
    with pytest.raises(classes.Unclear, match="No column has the name"):
        classes.grade_class([], tmp_path / "grades", inventory=path)
    path.write_text("a_shift\n" + 12 * "B\n", "utf-8")
    classes.grade_class([], tmp_path / "grades", inventory=path)
    html = (tmp_path / "grades/class.html").read_text("utf-8")
    assert "Form A, before: 12 students, 0.10 (0.10 to 0.10)" in html  # no answer is a wrong one


def test_a_page_saves_what_grade_reads(chromium, axe, tmp_path):
    """Twelve students hand in form A; nobody's row says that a lesson is missing or failed."""
    path = tmp_path / "inventory_a.html"
    made = pages.form(ROOT / "questions/inventory_a.md")
    path.write_text(site.whole(*made, script=site.ELEMENTS + pages.SEND), "utf-8")
    assert not [o.reason for q in A.values() for o in q.options if o.reason in unescape(made[1])]
    page = chromium.new_page(accept_downloads=True)
    page.goto(path.as_uri())
    assert violations(page, axe) == []
    page.get_by_role("button", name="Save my answers").click()  # and the browser says what is not answered
    for question in A.values():
        page.locator(f"[name={question.name}]").nth(question.right).press("Space")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save my answers").click()
    for number in range(12):
        folder = tmp_path / "monday" / SOME.format(number)
        folder.mkdir(parents=True)
        saved.value.save_as(folder / saved.value.suggested_filename)
    page.close()
    assert saved.value.suggested_filename == "inventory_a.ipynb"
    classes.grade_class([tmp_path / "monday"], tmp_path / "grades")
    html = (tmp_path / "grades/class.html").read_text("utf-8")
    assert "Form A, before: 12 students, 1.00 (1.00 to 1.00)" in html and "No hand-in holds guesses" in html
    assert "failed" not in (tmp_path / "grades/grades.csv").read_text("utf-8")
