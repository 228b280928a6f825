"""A page for each student, and one about the class. Whatever students wrote is text.

A result is what `grading.engine.grade` returns: data.
"""

import functools
import html
import io
import re
import tokenize
import zipfile
from collections import Counter, defaultdict

from backstage import ROOT
from backstage.checks.result import escaped
from backstage.page import NO_PROGRAM
from backstage.page import page as document
from backstage.palette import BLUE, GRAY, RED

from .keeping import unique

FUNCTIONS = 3  # that are shown of those that make one mistake, the shortest

COLORS = f":root {{ --blue: {BLUE}; --red: {RED}; --gray: {GRAY} }}"  # which browsers of any age know
LOOK = """
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }
  pre { background: #f4f4f4; padding: .7em 1em; overflow-x: auto }
  section { border-left: .35em solid #767676; padding-left: 1em; margin: 2em 0 }
  section.right { border-color: var(--blue) } section.wrong { border-color: var(--red) }
  .bar { display: flex; height: 1.6em; margin: .5em 0 }
  .bar span { min-width: .2em; border-right: 1px solid #fff }
  .key { display: inline-block; width: .8em; height: .8em; margin-right: .4em }
  .count { margin-right: 1.5em; white-space: nowrap }
  .right-part { background: var(--blue); color: #fff } .known-part { background: var(--red); color: #fff }
  .unforeseen-part { background: var(--gray); color: #fff } .empty-part { background: #ddd; color: #222 }
  td, th { padding: .2em .8em .2em 0; text-align: left; vertical-align: top } td.n { text-align: right }
"""


def page(title, body):
    return document(title, COLORS + LOOK, f"<main>\n{body}\n</main>", NO_PROGRAM)


def points(result):
    return result.get("by hand", sum(mark["points"] for mark in result.get("exercises", {}).values()))


def remarks(result):
    """Return what was remarked by hand on a lesson and its exercises."""
    marks = result.get("exercises", {}).items()
    on_exercises = [f"{name}: {remark}" for name, mark in marks for remark in mark.get("remarks", [])]
    return [*result.get("remarks", []), *on_exercises]


def status(result):
    if not result:
        return "not handed in"
    if "by hand" in result:
        return "by hand"
    return f"failed: {result['problem']}" if "problem" in result else "graded"


def feedback(name, results):
    """Return a page about a file: for each lesson in it the student's functions, and what is said of them."""
    title = f"{name}: " + ", ".join(map(_total, results))
    return page(title, f"<p>{html.escape(name)}</p>" + "\n".join(map(_lesson, results)))


def _total(result):
    by_hand = " by hand" * ("by hand" in result)
    return f"{points(result):g} of {result['out_of']} points{by_hand}" if "out_of" in result else "not graded"


def _lesson(result):
    head = f"Lesson {result['lesson']}: {_total(result)}" if "lesson" in result else "Not graded"
    parts = [f"<h1>{html.escape(head)}</h1>"]
    if "problem" in result:
        parts.append(f"<p>This hand-in could not be graded: {html.escape(result['problem'])}.</p>")
    parts += map(_remark, result.get("remarks", []))
    if errors := result.get("errors"):
        lines = html.escape("\n\n".join(map(error_line, errors)))
        parts.append(f"<h2>Cells that stopped with an error</h2><pre>{lines}</pre>")
    parts += [_mark(exercise, mark) for exercise, mark in result.get("exercises", {}).items()]
    return "\n".join(parts)


def error_line(error):
    return f"code cell {error['cell'] + 1}: {error['type']}: {error['message']}"


def _mark(exercise, mark):
    kind = STATES.get(mark["state"], "wrong")
    said = "".join(f"<p>{escaped(text)}</p>" for text in mark["text"].split("\n\n") if text)
    shown = f"<pre>{html.escape(mark['evidence'])}</pre>" if mark["evidence"] else ""
    code = f"<pre><code>{html.escape(mark['source'])}</code></pre>" if mark["source"] else ""
    by_hand = " by hand" * ("by hand" in mark)
    head = f"{exercise}: {mark['state']}, {mark['points']} of {mark['out_of']}{by_hand}"
    remarked = "".join(map(_remark, mark.get("remarks", [])))
    return f'<section class="{kind}"><h2>{html.escape(head)}</h2>{remarked}{code}{said}{shown}</section>'


def _remark(text):
    return f'<p class="remark"><b>Remark:</b> {html.escape(text)}</p>'


def about_the_class(works, guessed=""):
    """Return a page for the instructor: which mistakes the class made, by lesson and exercise. No names.

    works: pairs of what a student is called, and a result. guessed: HTML about the guesses.
    """
    names = _words(" ".join(name for name, _ in works))
    works = [(name, result) for name, result in works if result.get("exercises")]
    parts = ["<h1>Which mistakes did my class make?</h1>"]
    for lesson in sorted({result["lesson"] for _, result in works}):
        those = [(name, result["exercises"]) for name, result in works if result["lesson"] == lesson]
        students = f"{len(those)} student{'s' * (len(those) != 1)}"
        parts.append(f"<h2>Lesson {html.escape(lesson)}: {students}</h2>")
        for exercise in those[0][1]:
            marks = [_unnamed(marks[exercise], name, names) for name, marks in those if exercise in marks]
            parts.append(_about(exercise, marks))
    return page("The class", "\n".join([*parts, guessed]))


def _unnamed(mark, author, names):
    """Return a mark without comments in its code, and without code in which somebody of the class is named.

    What some platforms write together, such as lovelaceada, is looked for in its author's code alone. A word
    of the course's own code is no name: whoever is called Max may show z.max().
    """
    source, said = without_comments(mark["source"]), "" if mark["mistake"] else mark["text"]
    words = _words(source + said) - _own_words()
    pairs = [(word, name) for word in words if len(word) > 2 for name in _words(author)]
    if names & words or any(name.startswith(word) or name.endswith(word) for word, name in pairs):
        return mark | {"source": "", "text": mark["text"] if mark["mistake"] else ""}
    return mark | {"source": source}


@functools.cache
def _own_words():
    files = [*ROOT.glob("helpers/*.py"), *ROOT.glob("exercises/**/*.py")]
    return _words(" ".join(without_comments(file.read_text(encoding="utf-8")) for file in files))


def _words(text):
    return {word for word in re.findall(r"[^\W\d_]+|\d{3,}", text.casefold()) if len(word) > 1}


def without_comments(source):
    """Return code without its comments and docstrings; nothing where Python cannot read it."""
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError):
        return ""
    before = tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT
    lines = source.splitlines(keepends=True)
    for last, token in reversed([*zip(tokens, tokens[1:], strict=False)]):
        alone = token.type == tokenize.STRING and last.type in before
        if token.type == tokenize.COMMENT or alone:
            (top, left), (bottom, right) = token.start, token.end
            lines[top - 1 : bottom] = [lines[top - 1][:left] + lines[bottom - 1][right:]]
    return "".join(line.rstrip() + "\n" for line in lines if line.strip())


STATES = {"right": "right", "not attempted": "empty"}
WORDS = {"right": "right", "known": "known mistakes", "unforeseen": "unforeseen", "empty": "not attempted"}


def _about(exercise, marks):
    """Return a bar, what its parts are, and each mistake with its sentence and functions that make it."""
    counts = Counter(map(_kind, marks))
    kinds = [kind for kind in WORDS if counts[kind]]
    bar = "".join(f'<span class="{kind}-part" style="flex: {counts[kind]}"></span>' for kind in kinds)
    key = "".join(
        f'<span class="count"><span class="key {kind}-part"></span>{counts[kind]} {WORDS[kind]}</span>'
        for kind in kinds
    )
    made = defaultdict(list)
    for mark in marks:
        if _kind(mark) in ("known", "unforeseen"):
            made[mark["mistake"] or "unforeseen"].append(mark)
    rows = "".join(_row(name, made[name]) for name in sorted(made, key=lambda name: -len(made[name])))
    return f'<h3>{html.escape(exercise)}</h3><div class="bar">{bar}</div><p>{key}</p><table>{rows}</table>'


def _row(name, marks):
    functions = {mark["source"] for mark in marks if mark["source"]}
    shown = "".join(f"<pre>{html.escape(source)}</pre>" for source in sorted(functions, key=len)[:FUNCTIONS])
    fold = f"<details><summary>As it was written</summary>{shown}</details>" if shown else ""
    said = next((escaped(mark["text"]) for mark in marks if mark["text"]), "") + fold
    return f'<tr><td class="n">{len(marks)}</td><th>{html.escape(name)}</th><td>{said}</td></tr>'


def _kind(mark):
    return STATES.get(mark["state"]) or ("known" if mark["mistake"] else "unforeseen")


def bundle(pages):
    """Return a zip that Moodle and Canvas take back: each page under the name of the file that it answers.

    Canvas looks for files, not in folders: what a zip held is named in one piece.
    """
    buffer, taken = io.BytesIO(), set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in pages.items():
            outer, *inner = re.split(r"\.zip/", file, maxsplit=1, flags=re.IGNORECASE)
            name = "_".join([outer, *(part.replace("/", "_") for part in inner)])
            name = name.removesuffix(".ipynb").removesuffix(".zip") + ".html"
            archive.writestr(unique(name, taken), text)
    return buffer.getvalue()


def gradescope(results):
    """Return the results of one notebook in the shape of Gradescope's results.json."""
    tests = [
        {
            "name": name,
            "score": mark["points"],
            "max_score": mark["out_of"],
            "output": "\n\n".join(filter(None, [mark["text"], mark["evidence"]])),
        }
        for result in results
        for name, mark in result.get("exercises", {}).items()
    ]
    said = [f"Not graded: {result['problem']}." for result in results if "problem" in result]
    said += [error_line(error) for result in results for error in result.get("errors", [])]
    output = {"output": "\n\n".join(said)} if said else {}
    return {"score": sum(map(points, results)), "output_format": "text", "tests": tests, **output}
