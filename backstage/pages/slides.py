"""A lesson's questions as slides: one HTML file of reveal.js that needs no network."""

import re

from backstage.asking import words
from backstage.explorer.explorer import CSS
from backstage.explorer.widget import JAVASCRIPT
from backstage.page import page
from backstage.pages.lite import from_npm
from backstage.pages.site import COLORS, PLAY, STYLE, Page, asked_by, heading, shown

REVEAL = "reveal.js@6.0.2"
FILES = ["dist/reveal.css", "dist/reveal.js", "dist/plugin/notes.js"]
ASK = "Read it aloud. Everybody writes an answer down, then compares it with a neighbor's. Then go on."
DRAG = "Drag now, or use the arrow keys. Click beside the picture before you go to the next slide by a key."
LOOK = """
.reveal { font: 24px/1.4 system-ui, sans-serif; height: 100vh }
.reveal .slides { text-align: left }
.reveal .slides section { height: 100%; overflow: hidden auto; box-sizing: border-box }
.reveal h1, .reveal h2 { margin: 0 0 .5em }
.reveal ol.options { list-style: upper-alpha; padding-left: 1.6em } .reveal ol.options > li { margin: .5em 0 }
.context { font-size: .8em; border-left: 3px solid var(--line); padding-left: .8em }
.right { font-weight: 600 } .reason { font-weight: 400 } .reason p { margin: .2em 0 }
.recording, section > .explore { zoom: 1.15; margin: 0; font-size: 15px }
.reveal pre { font-size: 20px }
"""
BODY = """<div class="reveal"><div class="slides">
{slides}
</div></div>
<script>{reveal}</script>
<script type="module">{script}
{start}</script>"""
START = """Reveal.initialize({ width: 1280, height: 720, margin: .03, center: false, hash: true,
    transition: "none", plugins: [RevealNotes] })"""


def deck(root, path, **limits):
    """Return a lesson's questions as one HTML file. Raises Refused, and what npm raises.

    Three slides a question: its options; their reasons; what the lesson shows then. Every other picture that
    moves has a slide of its own.
    limits: how much is recorded, as in `recording`.
    """
    notebook, done = shown(path, **limits)
    made = Page(root, path, [])
    sections = [_first(root, path, made, notebook.cells[0].source), *_slides(made, notebook.cells, done)]
    style, *reveal = reveal_js()
    style = re.sub(r"\s\.controls(?![\w-])", ">.controls", style)  # not ours
    scripts = {"reveal": "\n".join(reveal), "script": JAVASCRIPT + PLAY, "start": START}
    body = BODY.format(slides="\n".join(sections), **scripts)
    return page(heading(path), style + CSS + COLORS + STYLE + LOOK, body)


def reveal_js():
    """Return the texts of FILES, which npm fetches."""
    return [text.decode().replace("</script", "<\\/script") for text in from_npm(REVEAL, FILES)]


def _first(root, path, made, start):
    """What the lesson asks; its notes are what TEACHING says of the lesson."""
    text = (root / "TEACHING.md").read_text("utf-8")
    about = re.search(rf"^### {path.stem[:2]} .*\n((?:[^#].*\n|\n)*)", text, re.MULTILINE)
    asks = re.search(r"^\*\*.+\*\*$", start, re.MULTILINE)
    body = f"<h1>{heading(path)}</h1>{made.markdown(asks[0]) if asks else ''}"
    return _section(body, made.markdown(about[1]) if about else "")


def _slides(made, cells, done):
    above, head, is_open = [], "", False
    for number, (cell, run) in enumerate(zip(cells, done, strict=True), 1):
        made.cell, moves = number, any(isinstance(picture, dict) for picture in run.pictures)
        if len(questions := asked_by(cell.source) or []) == 1:
            yield from _asked(questions[0], "".join(above))
            head, is_open = words.html(questions[0].text), True
        elif cell.cell_type == "markdown":
            above = [made.one(number, cell, run)]
            head = head if is_open else _context(above[0])
        elif (is_open or moves) and cell.outputs and "nbgrader" not in cell.metadata:
            yield _section(head + made.outputs(cell, run), DRAG if moves else "")
            above, is_open = [], False
        else:
            above.append(made.one(number, cell, run))


def _context(above):
    return f'<div class="context">{above}</div>' if above else ""


def _asked(question, above):
    text = words.html(question.text)
    options = "".join(f"<li>{words.inline(option.text)}</li>" for option in question.options)
    yield _section(f'{_context(above)}{text}<ol class="options">{options}</ol>', ASK)
    reasons = "".join(map(_reason, question.options))
    yield _section(f'{text}<ol class="options">{reasons}</ol>')


def _reason(option):
    start = '<li class="right">✓ ' if option.is_right else "<li>"
    return f'{start}{words.inline(option.text)}<div class="reason">{words.html(option.reason)}</div></li>'


def _section(body, notes=""):
    return f'<section data-prevent-swipe>{body}<aside class="notes">{notes}</aside></section>'
