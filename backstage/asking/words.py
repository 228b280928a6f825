"""Markdown with formulas as HTML, whose formulas are MathML: no script draws them."""

import re

import mistune
from latex2mathml.converter import convert

DISPLAY = r"\$\$[^$]+\$\$|\\begin\{(?P<env>\w+\*?)\}[\s\S]+?\\end\{(?P=env)\}"
INLINE = rf"{DISPLAY}|\$[^$]+\$|\\{{1,2}}\(.+?\\{{1,2}}\)|\\\\\[[\s\S]+?\\\\\]"
AROUND = re.compile(r"^(\$\$?|\\{1,2}[(\[])|(\$\$?|\\{1,2}[)\]])$")


def mathml(tex):
    """Return a formula as MathML. tex: with the dollars or brackets around it."""
    is_display = not re.match(r"\$[^$]|\\{1,2}\(", tex)
    html = convert(AROUND.sub("", tex), display="block" if is_display else "inline")
    html = re.sub(r"(<mi>(?:log|exp|max|min)</mi>)(?!<mo[^>]*>\()", r'\1<mspace width="0.17em"/>', html)
    return f'<span class="wide">{html}</span>' if is_display else html


class Renderer(mistune.HTMLRenderer):
    """What mistune writes, and formulas."""

    def formula(self, tex):
        return mathml(tex)

    def block_formula(self, tex):
        return f"<p>{self.formula(tex)}</p>\n"


def formulas(markdown):
    """Teach mistune what stands between dollars, `\\(` and `\\)`, or `\\begin` and `\\end`."""

    def parse(_, match, state, kind="formula"):
        state.append_token({"type": kind, "raw": match[0].strip()})
        return match.end()

    markdown.inline.register("formula", INLINE, parse, before="escape")
    block = rf"^ {{0,3}}(?:{DISPLAY})[ \t]*(?:\n|$)"
    markdown.block.register("block_formula", block, lambda *found: parse(*found, "block_formula"))


def reader(renderer, *plugins):
    """Return a function from Markdown to HTML."""
    return mistune.create_markdown(renderer=renderer, plugins=["table", *plugins, formulas])


html = reader(Renderer(escape=False))


def inline(markdown):
    """Return one paragraph as HTML without its tag."""
    return html(markdown).strip().removeprefix("<p>").removesuffix("</p>")


def table(titles, rows, cell=""):
    """Return a table whose titles and rows of cells are HTML. cell: the attributes of each."""
    rows = [("th", titles), *(("td", row) for row in rows)]
    lines = ("".join(f"<{tag}{cell}>{text}</{tag}>" for text in row) for tag, row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
