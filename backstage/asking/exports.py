"""Questions for other platforms: Moodle XML, QTI, and a sheet with its answers to print.

QTI 1.2 is written by text2qti, which reads Markdown with formulas, as ours is, and gives each option its
own feedback; it is made for Canvas. No lesson needs it, so uv fetches it when it is asked for.
"""

import itertools
import re
import subprocess
import sys
from html import escape

from backstage.asking import words
from backstage.page import page

TEXT2QTI = "text2qti==0.8.0"
LOOK = """
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }
li { break-inside: avoid; margin: .8em 0 } ol ol { list-style: upper-alpha } ol ol li { margin: .2em 0 }
section { break-before: page } p { margin: .2em 0 }
"""
SHEET = """<main><h1>{title}</h1><p>Name: ______________________________</p>{asked}
<section><h2>Answers</h2>{answers}</section></main>"""
CATEGORY = '<question type="category"><category><text>$course$/softmax/{}</text></category></question>'
MULTICHOICE = """<question type="multichoice">
<name><text>{name}</text></name><questiontext format="html"><text>{text}</text></questiontext>
<single>true</single><shuffleanswers>false</shuffleanswers><answernumbering>ABCD</answernumbering>
{answers}<tags><tag><text>{idea}</text></tag></tags></question>"""
ANSWER = """<answer fraction="{}" format="html"><text>{}</text>
<feedback format="html"><text>{}</text></feedback></answer>"""


def moodle(questions):
    """Return a question bank as Moodle XML, with a category for each lesson and the reasons as feedback."""
    items = []
    for lesson, asked in itertools.groupby(questions, lambda question: question.lesson):
        items += [CATEGORY.format(lesson), *map(_multichoice, asked)]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{"".join(items)}</quiz>'


def _multichoice(question):
    answers = ""
    for option in question.options:
        texts = escape(words.inline(option.text)), escape(words.html(option.reason))
        answers += ANSWER.format(100 * option.is_right, *texts)
    text, idea = escape(words.html(question.text)), escape(question.tags["idea"])
    return MULTICHOICE.format(name=question.name, text=text, answers=answers, idea=idea)


def sheet(title, questions):
    """Return a page to print: the questions, and on a page of its own the answers with all reasons."""
    asked, answers = [], []
    for question in questions:
        asked.append(words.html(question.text) + _list(words.inline(o.text) for o in question.options))
        reasons = _list(words.html(option.reason) for option in question.options)
        answers.append(f"<strong>{'ABCDEF'[question.right]}</strong>{reasons}")
    return page(title, LOOK, SHEET.format(title=escape(title), asked=_list(asked), answers=_list(answers)))


def _list(items):
    return f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>"


def text2qti(title, questions):
    """Return what text2qti reads: Markdown whose later lines are indented, a star at the right option."""
    lines = [f"Quiz title: {title}", "Shuffle answers: false", ""]
    for i, question in enumerate(questions, 1):
        lines += [f"Title: {question.name}", _lines(f"{i}.", question.text)]
        for letter, option in zip("abcdef", question.options, strict=False):
            lines += [_lines(f"{'*' * option.is_right}{letter})", option.text), _lines("...", option.reason)]
        lines.append("")
    return "\n".join(lines)


def _lines(start, markdown):
    return f"{start} " + re.sub(r"\n(?=.)", "\n" + " " * (len(start) + 1), markdown)


def qti(title, questions, path):
    """Write a QTI package (.zip); CalledProcessError where uv or text2qti fails."""
    source = path.with_suffix(".txt")
    source.write_text(text2qti(title, questions), "utf-8")
    command = [sys.executable, "-m", "uv", "tool", "run", "--from", TEXT2QTI, "text2qti", source.name]
    subprocess.run(command, cwd=path.parent, check=True, stdout=subprocess.DEVNULL)
    source.unlink()
