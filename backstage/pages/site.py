"""Write the lessons as pages whose sliders move, into site/; with --lite also the lessons in JupyterLite."""

import json
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path

import mistune
import nbformat
from latex2mathml.converter import convert
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from backstage import ROOT
from backstage.explorer.explorer import CSS
from backstage.explorer.widget import JAVASCRIPT
from backstage.pages import lite
from backstage.pages.recording import pictures

LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))
STYLE, PLAY = [Path(__file__).with_name(name).read_text("utf-8") for name in ("site.css", "recorded.js")]
LIGHT, DARK = [HtmlFormatter(style=name, cssclass="code") for name in ("xcode", "github-dark")]
IN_THE_DARK = f"@media screen and (prefers-color-scheme: dark) {{ {DARK.get_style_defs()} }}"
COLORS = f"{LIGHT.get_style_defs()}\n{IN_THE_DARK}"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header><a href="index.html">Softmax, hands on</a></header>
<main id="main">
{body}
</main>
<footer>{footer}
<p>By the softmax-notebooks contributors. Words and pictures:
<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Code: MIT.</p></footer>
<script type="module">{script}</script>
</body>
</html>
"""
ABOUT = """<p class="note">This page shows the lesson as it was run. Its sliders play what was recorded, and
a typed value goes to the nearest recorded one. In the notebook, <code>notebooks/{stem}.ipynb</code>, they
call your own code: <a href="index.html#start">how to start it</a>.</p>"""
EXERCISES = """<p class="note">Write and check these in the notebook, <code>notebooks/{stem}.ipynb</code>:
<a href="index.html#start">how to start it</a>.</p>"""
HIDDEN = "<details><summary>Show the output</summary>{}</details>"
RECORDED = """<div class="recording"><script type="application/json">{}</script>
<noscript><p>{}</p><p>With JavaScript there is a picture here that moves.</p></noscript></div>"""


class Renderer(mistune.HTMLRenderer):
    """Markdown as HTML for a page: with formulas, and links that lead to other pages."""

    def heading(self, text, level, **_):
        name = re.sub(r"\W+", "-", re.sub("<.*?>", "", text).lower()).strip("-")
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        url = re.sub(r"^(?:notebooks/)?(\d\d_\w+)\.ipynb", r"\1.html", url.removeprefix("../"))
        url = url.replace("README.md", "index.html")
        is_there = re.match(r"#|https:|(index|\d\d_\w+)\.html", url)
        return super().link(text, url, title) if is_there else text

    def formula(self, tex, display):
        found = convert(tex, display=display)
        found = re.sub(r"(<mi>(?:log|exp|max|min)</mi>)(?!<mo[^>]*>\()", r'\1<mspace width="0.17em"/>', found)
        return f'<span class="wide">{found}</span>' if display == "block" else found


def formulas(markdown):
    """Teach mistune what stands between dollars."""

    def parse(_, match, state):
        block, inside = match["block"], match["inside"]
        about = {"display": "block" if block else "inline"}
        state.append_token({"type": "formula", "raw": block or inside, "attrs": about})
        return match.end()

    markdown.inline.register("formula", r"\$\$(?P<block>[^$]+)\$\$|\$(?P<inside>[^$]+)\$", parse)


MARKDOWN = mistune.create_markdown(renderer=Renderer(escape=False), plugins=["table", formulas])


def markdown(text):
    table = '<div class="wide"><table>'
    return MARKDOWN(text).replace("<table>", table).replace("</table>", "</table></div>")


def page(path, **limits):
    """Return a lesson as HTML. limits: how much is recorded, as in `recording`."""
    notebook, shown = nbformat.read(path, as_version=4), pictures(path, **limits)
    body = [one(cell, shown) for cell in notebook.cells]
    body.insert(1, ABOUT.format(stem=path.stem))
    first = next((i for i, cell in enumerate(notebook.cells) if "nbgrader" in cell.metadata), None)
    if first:
        body.insert(first + 1, EXERCISES.format(stem=path.stem))
    return whole(heading(path), "\n".join(body), neighbors(path))


def whole(title, body, footer=""):
    about = {"title": escape(title), "body": body, "footer": footer, "script": JAVASCRIPT + PLAY}
    return PAGE.format(style=CSS + COLORS + STYLE, **about)


def one(cell, shown):
    """Return a cell as HTML."""
    if cell.cell_type == "markdown":
        return markdown(cell.source)
    code = highlight(cell.source, PythonLexer(), LIGHT)
    if "nbgrader" in cell.metadata:  # the output of a check says that nothing is solved yet
        return code
    left = iter(shown[cell.id])
    found = "".join(output(stored, left) for stored in cell.outputs)
    is_hidden = cell.metadata.get("jupyter", {}).get("outputs_hidden")
    return code + (HIDDEN.format(found) if is_hidden else found)


def output(stored, left):
    """Return a stored output as HTML, or the next picture that is left in the place of a stored one."""
    if stored.output_type == "stream":
        return f'<pre class="output">{escape(stored.text)}</pre>'
    if "image/png" in stored.data:
        picture = next(left, stored.data["text/html"])
        return picture if isinstance(picture, str) else played(picture)
    if stored.output_type == "display_data":  # of a widget that is gone
        return ""
    return stored.data.get("text/html") or f'<pre class="output">{escape(stored.data["text/plain"])}</pre>'


def played(recording):
    data = json.dumps(recording, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return RECORDED.format(data.replace("</", "<\\/"), escape(recording["spec"]["now"]["said"]))


def heading(path):
    return nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")


def neighbors(path):
    """Return links to the lessons before and after."""
    place, links = LESSONS.index(path), []
    for there, word in [(place - 1, "Before"), (place + 1, "Next")]:
        if 0 <= there < len(LESSONS):
            other = LESSONS[there]
            links.append(f'<a href="{other.stem}.html">{word}: {other.stem[:2]} {heading(other)}</a>')
    return f'<nav aria-label="Lessons">{"".join(links)}</nav>'


def front():
    """Return the front page: from README what the course is, its lessons, and how to start it."""
    text = (ROOT / "README.md").read_text("utf-8")
    chapters = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    table = "\n".join(line for line in chapters["The lessons"].splitlines() if line.startswith("|"))
    parts = [text.partition("\n## ")[0], "## The lessons", table, "## Start", chapters["Start"]]
    return whole("Softmax, hands on", markdown("\n\n".join(parts)))


def main(arguments):
    if arguments not in ([], ["--lite"]):
        print("usage: python run.py site [--lite]", file=sys.stderr)
        return 2
    folder = ROOT / "site"
    folder.mkdir(exist_ok=True)
    folder.joinpath("index.html").write_text(front(), "utf-8")
    with ProcessPoolExecutor() as workers:
        for path, text in zip(LESSONS, workers.map(page, LESSONS), strict=True):
            folder.joinpath(path.stem + ".html").write_text(text, "utf-8")
            print(f"site/{path.stem}.html", flush=True)
    missing = lite.build(folder / "lite") if arguments else []
    if missing:
        print("These could not be fetched, and lessons need them:", *missing, file=sys.stderr)
    return 1 if missing else 0
