"""Markdown with formulas as HTML, whose formulas are MathML: no script draws them."""

import re

import mistune
from latex2mathml.converter import convert


def mathml(tex, display):
    """Return TeX as MathML. display: "inline", or "block" for a formula on a line of its own."""
    html = convert(tex, display=display)
    html = re.sub(r"(<mi>(?:log|exp|max|min)</mi>)(?!<mo[^>]*>\()", r'\1<mspace width="0.17em"/>', html)
    return f'<span class="wide">{html}</span>' if display == "block" else html


class Renderer(mistune.HTMLRenderer):
    """What mistune writes, and formulas."""

    def formula(self, tex, display):
        return mathml(tex, display)


def formulas(markdown):
    """Teach mistune what stands between dollars."""

    def parse(_, match, state):
        block, inside = match["block"], match["inside"]
        attributes = {"display": "block" if block else "inline"}
        state.append_token({"type": "formula", "raw": block or inside, "attrs": attributes})
        return match.end()

    markdown.inline.register("formula", r"\$\$(?P<block>[^$]+)\$\$|\$(?P<inside>[^$]+)\$", parse)


def reader(renderer):
    """Return a function from Markdown to HTML."""
    return mistune.create_markdown(renderer=renderer, plugins=["table", formulas])


html = reader(Renderer(escape=False))


def inline(markdown):
    """Return one paragraph as HTML without its tag."""
    return html(markdown).strip().removeprefix("<p>").removesuffix("</p>")
