"""Exports: readers that know nothing of the exporter find the same texts, right options and reasons."""

import html
import re
import subprocess
import zipfile
from xml.etree import ElementTree

import pytest

from backstage.asking import exports, questions
from backstage.commands import questions as command
from conftest import needed

pytestmark = pytest.mark.infrastructure

ALL = [*questions.every().values()]
MATH = r"\$\$?[^$]+\$\$?|<math.*?</math>|<img[^>]*equation[^>]*>|\\\(.*?\\\)"


def bare(text):
    """The words of Markdown or HTML, without formulas."""
    text = re.sub(MATH, " ", html.unescape(html.unescape(text)), flags=re.S)
    return re.findall(r"[^\W_]{2,}", re.sub(r"</?\w+[^>]*>", " ", text))


def all_in(question):
    """The words of its text, the place of its right option, and those of its options and reasons."""
    options = [(bare(option.text), bare(option.reason)) for option in question.options]
    return bare(question.text), question.right, options


def of_moodle(text):
    for item in ElementTree.fromstring(text).iterfind("question[@type='multichoice']"):
        answers = item.findall("answer")
        right = [i for i, answer in enumerate(answers) if answer.get("fraction") == "100"]
        options = [(bare(a.findtext("text")), bare(a.findtext("feedback/text"))) for a in answers]
        yield bare(item.findtext("questiontext/text")), *right, options


def of_qti(text):
    root = ElementTree.fromstring(re.sub(r' xmlns="[^"]+"', "", text, count=1))
    for item in root.iter("item"):
        labels = item.findall(".//response_label")
        scored = [c for c in item.iter("respcondition") if c.findtext("setvar") == "100"]
        idents = [label.get("ident") for label in labels]
        right = [idents.index(c.findtext(".//varequal")) for c in scored]
        said = {node.get("ident"): node.findtext(".//mattext") for node in item.iter("itemfeedback")}
        options = [(bare(n.findtext(".//mattext")), bare(said[n.get("ident") + "_fb"])) for n in labels]
        yield bare(item.findtext("presentation/material/mattext")), *right, options


READ_SHEET = """() => {
    const lists = document.querySelectorAll("main > ol, section > ol")
    const [asked, answers] = [...lists].map(list => [...list.children])
    const inside = item => [...item.querySelector("ol").children].map(node => node.innerHTML)
    const text = item => [...item.children].filter(n => n.tagName !== "OL").map(n => n.outerHTML).join(" ")
    return asked.map((item, i) => [
        text(item), answers[i].querySelector("strong").textContent, inside(item), inside(answers[i]),
    ])
}"""


def test_every_question_is_in_every_export(tmp_path, monkeypatch, chromium):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    with needed("network to fetch text2qti from", OSError, subprocess.CalledProcessError):
        assert command.main([]) == 0
    folder, wanted = tmp_path / "exports", [all_in(question) for question in ALL]
    assert [*of_moodle((folder / "questions.xml").read_text("utf-8"))] == wanted
    with zipfile.ZipFile(folder / "questions.zip") as package:
        (name,) = [n for n in package.namelist() if re.fullmatch(r"(text2qti_assessment_\w+)/\1\.xml", n)]
        assert [*of_qti(package.read(name).decode())] == wanted
    page = chromium.new_page()
    page.goto((folder / "questions.html").as_uri())
    shown = page.evaluate(READ_SHEET)
    page.close()
    assert [
        (bare(text), "ABCDEF".index(letter), [*zip(map(bare, options), map(bare, reasons), strict=True)])
        for text, letter, options, reasons in shown
    ] == wanted


def test_a_choice_of_lessons_and_ideas(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(exports, "qti", lambda *_: None)
    assert command.main(["03", "axis"]) == 0
    text = (tmp_path / "exports/questions.xml").read_text("utf-8")
    chosen = [q.name for q in ALL if q.lesson == "lesson_03" or q.tags["idea"] == "axis"]
    assert re.findall(r"<name><text>(.*?)</text>", text) == chosen and len(chosen) > 9
    assert "<math" in text or "&lt;math" in text
    assert command.main(["inventory_b"]) == 0
    text = (tmp_path / "exports/questions.xml").read_text("utf-8")
    assert re.findall(r"<name><text>(.*?)</text>", text) == [*questions.every("inventory_b.md")]
    assert command.main(["axes"]) == 2 and "ideas: " in capsys.readouterr().err
