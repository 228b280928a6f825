"""Questions: what is malformed is told with its line; over the whole course nothing gives them away."""

import re

import nbformat
import numpy as np
import pytest

from backstage.asking import questions, words
from backstage.checks.slip import TEXTS
from conftest import NOTEBOOKS
from helpers import check

QUESTIONS = questions.every()
EVERY = questions.every("*.md")
GOOD = """# A lesson

## fox_pushed

<!-- idea: gradient -->

Which way?

- [ ] Down <!-- slip: p_alone -->

  No: it is $1 - p$.

- [x] Up

  Yes.

  | a | b |
  |---|---|
  | 1 | 2 |
"""


def read(tmp_path, text):
    path = tmp_path / "lesson_01.md"
    path.write_text(text, "utf-8")
    return questions.read(path)


def test_a_file_is_read_whole(tmp_path):
    (question,) = read(tmp_path, GOOD)
    assert (question.name, question.text, question.tags) == ("fox_pushed", "Which way?", {"idea": "gradient"})
    down, up = question.options
    assert (down.text, down.slip, down.is_right) == ("Down", "p_alone", False)
    assert down.reason == "No: it is $1 - p$."
    assert up.is_right and question.right == 1
    assert "<table>" in words.html(up.reason) and "<math" in words.html(down.reason)


@pytest.mark.parametrize(
    "old, new, line, said",
    [
        (GOOD, "", 1, "a title"),
        ("# A lesson\n", "Some words\n", 1, "a title"),
        ("# A lesson\n", "# A lesson\n\nwords\n", 3, "a title"),
        ("fox_pushed", "Fox pushed", 3, "not a name"),
        ("- [x] Up", "- [ ] Up", 3, "no right option"),
        ("- [ ] Down", "- [x] Down", 9, "a right option with a slip"),
        ("- [ ] Down <!-- slip: p_alone -->", "- [x] Down", 13, "more than one right"),
        ("- [x] Up", "- [x] Down", 3, "an option twice"),
        ("  No: it is $1 - p$.\n", "", 9, "without a reason"),
        ("  No: it is", "No: it is", 11, "indented"),
        ("Which way?", "", 3, "no text"),
        ("<!-- idea: gradient -->", "", 3, "no idea"),
        ("idea: gradient", "ideas: gradient", 5, "a tag here is idea"),
        ("- [ ] Down", "* [ ] Down", 9, "an option begins with"),
        ("- [ ] Down", "- [X] Down", 9, "an option begins with"),
        ("  | 1 | 2 |\n", "  | 1 | 2 |\n\nSo it is.\n", 21, "indented"),
        ("  | 1 | 2 |\n", "  | 1 | 2 |\n\n" + GOOD.partition("\n\n")[2], 21, "a second question fox_pushed"),
        (GOOD.partition("- [x]")[2], " Up\n", 13, "without a reason"),
        ("- [ ] Down <!-- slip: p_alone -->\n\n  No: it is $1 - p$.\n", "", 3, "two options"),
    ],
)
def test_what_is_malformed_is_told_with_its_line(tmp_path, old, new, line, said):
    with pytest.raises(ValueError, match=rf"lesson_01\.md:{line}: .*{said}"):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_a_name_stands_for_one_question_in_the_whole_course(tmp_path, monkeypatch):
    folder = tmp_path / "questions"
    folder.mkdir()
    for number in "12":
        folder.joinpath(f"lesson_0{number}.md").write_text(GOOD, "utf-8")
    monkeypatch.setattr(questions, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"lesson_02\.md: fox_pushed is also in lesson_01\.md"):
        questions.every()


def test_every_slip_is_a_mistake_of_an_exercise():
    known = {*TEXTS} | {mistake.name for exercise in check for mistake in getattr(check, exercise).own}
    slips = {(q.name, option.slip) for q in EVERY.values() for option in q.options if option.slip}
    assert slips and [(name, slip) for name, slip in slips if slip not in known] == []


def test_every_question_is_asked_once_and_stands_in_no_notebook():
    cells = [cell for path in NOTEBOOKS for cell in nbformat.read(path, as_version=4).cells]
    sources = [cell.source for cell in cells]
    asked = [match[1] for source in sources if (match := re.fullmatch(r"guess\.(\w+)\(\)", source))]
    assert [name for name in asked if name != "so_far"] == [*QUESTIONS]
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert "Guess first" not in prose
    assert not [
        option.text for q in QUESTIONS.values() for option in q.options if f">{option.text}<" in prose
    ]


def test_every_lesson_but_the_first_has_two_questions_of_earlier_ones():
    for path in NOTEBOOKS[1:]:
        asked = questions.fixed(int(path.name[:2]))
        assert len(asked) == 2, f"questions/remember_{path.name[:2]}.md has no two questions"
        for question in asked:
            of = [QUESTIONS[name].lesson for name in question.tags["again"].split(", ")]
            assert max(of) < f"lesson_{path.name[:2]}", question.name


# Nothing gives them away


def test_every_question_has_three_options():
    few = [question.name for question in EVERY.values() if len(question.options) < 3]
    assert not few, "a third option that somebody would choose, please"


@pytest.mark.parametrize("files", ["lesson_*.md", "[ir]*.md"])
def test_places_reasons_and_lengths_say_nothing(files):
    """By place, by length, by whether it has a reason: the right one is found about as often as by luck."""
    asked = questions.every(files).values()
    chances = np.array([1 / len(question.options) for question in asked])
    for rule in [0, 1, -1, "shortest", "longest", "with a reason", "without a reason"]:
        hits, luck = sum(hit(question, rule) for question in asked), chances.sum()
        assert abs(hits - luck) < 2 * (chances * (1 - chances)).sum() ** 0.5, (rule, hits, luck)


def hit(question, rule):
    """The chance to be right for those who choose by a rule alone."""
    texts = [option.text for option in question.options]
    reasoned = [bool(re.search(r"[:,] | as ", text)) for text in texts]
    chosen = {
        "shortest": [len(text) == min(map(len, texts)) for text in texts],
        "longest": [len(text) == max(map(len, texts)) for text in texts],
        "with a reason": reasoned,
        "without a reason": [not is_reasoned for is_reasoned in reasoned],
    }.get(rule, [i == rule % len(texts) for i in range(len(texts))] if isinstance(rule, int) else [])
    return chosen[question.right] / sum(chosen) if any(chosen) else 1 / len(texts)


def test_numbers_stand_in_order_of_size():
    numbers = re.compile(r"(?:[A-Z]\w+ )*([\d,.]+\d|\d)\b(?!/)")
    for question in EVERY.values():
        matches = [numbers.match(option.text) for option in question.options]
        if all(matches):
            sizes = [float(match[1].replace(",", "")) for match in matches]
            assert sizes == sorted(sizes), question.name
