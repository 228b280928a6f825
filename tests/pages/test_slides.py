"""Slides: each question, then its reasons, then what answers it, without a network."""

import nbformat
import pytest

from backstage.asking import questions
from backstage.commands import slides as command
from browser import complaints_of
from conftest import npm_needed

pytestmark = pytest.mark.infrastructure

SLIDES = """() => [...document.querySelectorAll(".slides > section")].map(node => ({
    text: node.textContent.replace(/\\s+/g, " "), options: node.querySelectorAll(".options > li").length,
    right: [...node.querySelectorAll(".options > li")].findIndex(item => item.className === "right"),
    reasons: node.querySelectorAll(".reason").length, shows: node.querySelectorAll(".recording, pre").length,
    notes: node.querySelector(".notes").textContent,
}))"""


def test_slides_show_questions_reasons_and_pictures_in_turn(chromium, tmp_path, monkeypatch, capsys):
    with npm_needed():
        command.slides.reveal_js()
    course, deck = command.ROOT, command.slides.deck
    monkeypatch.setattr(command, "lessons", lambda _: sorted(course.glob("notebooks/06*.ipynb")))
    monkeypatch.setattr(command.slides, "deck", lambda _, path: deck(course, path, least=4, budget=1))
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main(["6"]) == 2 and "such as 06" in capsys.readouterr().err
    assert command.main(["06"]) == 0
    context = chromium.new_context(offline=True, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto((tmp_path / "exports/slides_06.html").as_uri())
    page.locator(".reveal.ready").wait_for()
    first, *others = page.evaluate(SLIDES)
    assert "Learn from p minus y" in first["text"] and "They stumble" in first["notes"]
    asked = [question for question in questions.every().values() if question.lesson == "lesson_06"]
    for question in asked:
        shown, told, *others = others
        assert shown["options"] == told["options"] == told["reasons"] == len(question.options)
        assert (shown["right"], shown["reasons"], told["right"]) == (-1, 0, question.right), question.name
        while others and not others[0]["options"]:  # none: one picture answers this question and the next
            answered, *others = others
            assert answered["shows"] > 0, question.name
    assert others == []
    cells = nbformat.read(course / "notebooks/06_gradient.ipynb", 4).cells
    explored = [cell for cell in cells if "explore(" in cell.source]
    assert page.locator("section:has(.explore .controls)").count() == len(explored)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    slide = page.locator("section.present")
    before, place = slide.locator(".explore > p").first.text_content(), page.url
    slide.get_by_role("slider", name="steps").press("End")
    moved = slide.locator(".explore > p").first
    moved.filter(has_text="steps = 40").wait_for()
    assert before != moved.text_content() and page.url == place  # the arrow keys are the slider's there
    context.close()
    assert complaints == []
