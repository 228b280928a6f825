"""Guesses: every question is answered by keyboard, and what was chosen first is kept, shown and saved."""

import pytest

from backstage.asking import guess as asking
from backstage.asking import keeping, questions
from browser import answer, until, violations
from conftest import ROOT

QUESTIONS = questions.every()


def wrong(question):
    return next(i for i, option in enumerate(question.options) if not option.is_right)


CAT = QUESTIONS["cat_raised"]
WRONG = wrong(CAT)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    path = tmp_path / "guesses.jsonl"
    monkeypatch.setenv("SOFTMAX_GUESSES", str(path))
    monkeypatch.setattr(asking, "_asked_in", set())
    return path


def table():
    return asking.so_far()._repr_mimebundle_()


def test_the_first_guess_counts(kept):
    assert table()["text/plain"].startswith("No guesses yet.")
    asking.keep(CAT, WRONG, "certain")
    asking.keep(CAT, CAT.right, "a guess")
    asking.keep(QUESTIONS["add_or_multiply"], None, None)
    shown = table()
    chosen = CAT.options[WRONG].text
    assert shown["text/plain"].startswith(
        "1 guess, 0 right, 1 certain and wrong. 1 looked at without a guess.\n"
    )
    assert f"· {chosen} · certain · **certain and wrong**" in shown["text/plain"]
    assert "<strong>certain and wrong</strong>" in shown["text/html"]
    assert shown["text/html"].count("text-align: left") == 12
    looked = {"question": "add_or_multiply", "choice": None, "sure": None}
    first = {"question": "cat_raised", "choice": chosen, "sure": "certain"}
    assert shown[asking.DATA] == {"guesses": [first, looked]}


def asked_again(number):
    return [question.name for question in asking.again(number)]


def test_what_was_guessed_wrong_is_asked_again_in_a_later_lesson(kept):
    fixed, again = [question.name for question in questions.fixed(6)], asking.REMEMBER
    assert asked_again(6) == fixed
    for name, sure in [("add_or_multiply", "a guess"), ("batch_sums", "certain")]:
        asking.keep(QUESTIONS[name], wrong(QUESTIONS[name]), sure)
    asking.keep(QUESTIONS["how_far_down"], QUESTIONS["how_far_down"].right, "certain")
    asking.keep(QUESTIONS["ratio_at_low_T"], None, None)
    asking.keep(QUESTIONS["fox_pushed"], wrong(QUESTIONS["fox_pushed"]), "certain")  # of lesson 06 itself
    assert asked_again(6) == ["five_pictures", "same_probabilities"]  # the certain one first
    assert asked_again(2)[0] == "five_pictures" and len({*asked_again(2)}) == 2
    asking.keep(again["five_pictures"], 0, "certain", "lesson_06")
    asking.keep(again[fixed[0]], 0, "certain", "lesson_06")
    assert asked_again(6) == ["five_pictures", fixed[0]]  # the same, whenever its cell runs
    assert asked_again(7) == ["a_seven_or_a_one", "same_probabilities"]


def test_what_is_remembered_is_in_the_table_of_the_lesson_that_asked(kept, monkeypatch):
    monkeypatch.setattr(asking, "display", lambda *_, **__: None)
    asking.remember(6)
    asking.keep(questions.fixed(6)[1], 0, "certain", "lesson_06")
    asking.keep(questions.fixed(5)[0], 0, "certain", "lesson_05")
    assert [row["question"] for row in table()[asking.DATA]["guesses"]] == [questions.fixed(6)[1].name]


def test_how_sure_and_how_often_right_over_all_lessons(kept):
    assert asking.counts() == {
        "a guess": (pytest.approx(1 / 3), 0, 0),
        "fairly sure": (pytest.approx(2 / 3), 0, 0),
        "certain": (1, 0, 0),
    }
    four = QUESTIONS["exactly_1_or_0"]  # has four options
    asking.keep(four, four.right, "a guess")
    asking.keep(QUESTIONS["batch_sums"], wrong(QUESTIONS["batch_sums"]), "a guess")
    asking.keep(CAT, CAT.right, "certain")
    asking.keep(CAT, WRONG, "certain")  # which is not the first
    asking.keep(questions.fixed(3)[0], questions.fixed(3)[0].right, "fairly sure", "lesson_03")
    asking.keep(QUESTIONS["how_far_up"], None, None)
    counts = asking.counts()
    assert counts["a guess"] == (pytest.approx((1 / 4 + 1 / 3) / 2), 1, 2)
    assert counts["fairly sure"] == (pytest.approx(2 / 3), 1, 1) and counts["certain"] == (1, 1, 1)


def test_what_cannot_be_read_harms_nothing(kept):
    asking.keep(CAT, CAT.right, "certain")
    gone = '{"question": "batch_sums", "choice": "an option of\u2028last year", "sure": "certain"}'
    foreign = '{"question": "no_question", "choice": null, "sure": null}'
    with open(kept, "a", encoding="utf-8") as file:
        file.write(f'{gone}\n{foreign}\n{{"question": "how_far_up"}}\n[1]\nnull\n{{"question": "ca')
    assert table()["text/plain"].startswith("1 guess, 1 right, 0 certain and wrong. 1 looked at")


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SOFTMAX_GUESSES", str(tmp_path / "missing" / "guesses.jsonl"))
    widget, sent = asking.Asked(CAT), []
    monkeypatch.setattr(widget, "send", sent.append)
    widget.answer(WRONG, "certain")
    assert sent[0]["note"].startswith("This guess could not be kept: ")


@pytest.mark.parametrize("name", ["guesses", "digits"])
def test_what_is_kept_lies_beside_the_kept_lessons_where_git_does_not_look(name, monkeypatch):
    monkeypatch.delenv(f"SOFTMAX_{name.upper()}")
    assert keeping.kept_in(name) == ROOT / f"notebooks/{name}.jsonl"
    assert f"notebooks/{name}.jsonl" in (ROOT / ".gitignore").read_text().splitlines()


# In a browser


@pytest.fixture(scope="module")
def plain(chromium):
    """Every question on one page without a kernel, and `kept`, what is to be kept of each."""
    page = chromium.new_page(viewport={"width": 800, "height": 900})
    ask = """window.kept = {}
    for (const root of document.querySelectorAll(".guess"))
        ask(root, null, guess => { kept[root.dataset.name] = guess })"""
    body = "\n".join(question.html() for question in QUESTIONS.values())
    script = asking.JAVASCRIPT + ask
    page.set_content(f"<style>{asking.CSS}</style>{body}<script type=module>{script}</script>")
    page.locator("fieldset").first.wait_for()
    yield page
    page.close()


def asked(page, name):
    """A question that is to be answered, again if it was answered before."""
    view = page.locator(f"[data-name={name}]")
    for button in view.get_by_role("button", name="Ask me again").all():
        button.press("Enter")
    return view


@pytest.mark.parametrize("way", ["wrong", "right"])
def test_every_question_is_answered_by_keyboard(plain, way):
    for name, question in QUESTIONS.items():
        view, choice = asked(plain, name), question.right if way == "right" else wrong(question)
        answer(view, choice, sure=2)
        read = "nodes => nodes.map(node => [node.open, node.className])"
        folds = view.locator("details").evaluate_all(read)
        marks = {choice: [True, "wrong"], question.right: [choice == question.right, "right"]}
        assert folds == [marks.get(i, [False, ""]) for i in range(len(folds))], name
        said = view.get_by_role("status").text_content()
        assert said.startswith("Right." if way == "right" else "Not right."), name
        assert view.locator("summary").nth(choice).evaluate("node => node === document.activeElement")
        assert plain.evaluate(f"kept.{name}") == {"choice": choice, "sure": "certain"}


def test_who_looks_makes_no_guess_and_who_is_only_sure_is_asked(plain):
    view = asked(plain, "cat_raised")
    view.get_by_role("button", name="Certain").click()
    until(view, "Choose an answer first.")
    assert view.locator("details").count() == 0
    view.get_by_role("button", name="Show me").press("Enter")
    assert plain.evaluate("kept.cat_raised") == {"choice": None, "sure": None}
    assert view.locator("details[open]").evaluate_all("nodes => nodes.map(n => n.className)") == ["right"]


def test_a_question_is_accessible_asked_and_answered(plain, axe):
    tree = asked(plain, "add_or_multiply").aria_snapshot()
    assert 'group "Guess first. Add the same number' in tree and 'radio "Neither"' in tree
    assert 'group "How sure are you?"' in tree and 'button "Certain"' in tree
    answer(asked(plain, "cat_raised"), 0, sure=0)
    both = "{ include: ['[data-name=cat_raised]', '[data-name=add_or_multiply]'] }"
    for scheme in ["light", "dark"]:
        plain.emulate_media(color_scheme=scheme)
        plain.evaluate("scheme => { document.documentElement.style.colorScheme = scheme }", scheme)
        assert violations(plain, axe, both) == []
    assert plain.evaluate("document.documentElement.scrollWidth") <= 800
