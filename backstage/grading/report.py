"""A table of marks, a page for each student, one about the class. Whatever students wrote is text.

A result is what `grading.engine.grade` returns: data.
"""

import csv
import html
import io
import re
import zipfile
from collections import Counter, defaultdict
from string import Template

from backstage.checks.result import escaped

FUNCTIONS = 3  # that are shown of those that make one mistake, the shortest

PAGE = Template("""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }
  pre { background: #f4f4f4; padding: .7em 1em; overflow-x: auto }
  section { border-left: .35em solid #767676; padding-left: 1em; margin: 2em 0 }
  section.right { border-color: #0072b2 } section.wrong { border-color: #b35900 }
  .bar { display: flex; height: 1.6em; margin: .5em 0 }
  .bar span { min-width: .2em; border-right: 1px solid #fff }
  .key { display: inline-block; width: .8em; height: .8em; margin-right: .4em }
  .count { margin-right: 1.5em; white-space: nowrap }
  .right-part { background: #0072b2; color: #fff } .known-part { background: #b35900; color: #fff }
  .unforeseen-part { background: #595959; color: #fff } .empty-part { background: #ddd; color: #222 }
  td, th { padding: .2em .8em .2em 0; text-align: left; vertical-align: top } td.n { text-align: right }
</style>
<main>
$body
</main></html>
""")


def page(title, body):
    return PAGE.substitute(title=html.escape(title), body=body)


def safe(cell):
    """A cell that a spreadsheet would take for a formula is marked as text."""
    return (
        f"'{cell}"
        if str(cell)[:1] in tuple("=+-@\t\r\n＝＋－＠") and not isinstance(cell, (int, float))
        else cell
    )


def grades(students, lessons):
    """The table of marks as text: a row for each student, a column for each exercise and lesson.

    students: {key: (name, id, section, {lesson: result or None})}; lessons: {lesson: {exercise: points}}.
    """
    head = ["section", "student", "id"]
    for lesson, exercises in lessons.items():
        head += [f"{lesson} {name}" for name in exercises] + [f"{lesson} points", f"{lesson} status"]
    rows = [[*head, "total", "out of", "flags"]]
    best = sum(sum(exercises.values()) for exercises in lessons.values())
    for name, number, section, results in students.values():
        row, total = [section, name, number], 0
        flags = [f"not graded: {result['problem']}" for result in results.values() if "problem" in result]
        for lesson, exercises in lessons.items():
            result = results.get(lesson) or {}
            marks = result.get("exercises", {})
            row += [marks[exercise]["points"] if exercise in marks else "" for exercise in exercises]
            row += [points(result) if marks else "", status(result)]
            total += points(result)
            flags += [f"{lesson}: {flag}" for flag in result.get("flags", [])]
        rows.append([*row, total, best, "; ".join(flags)])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[safe(cell) for cell in row] for row in rows])
    return text.getvalue()


def points(result):
    return sum(one["points"] for one in result.get("exercises", {}).values())


def status(result):
    if not result:
        return "not handed in"
    return f"failed: {result['problem']}" if result.get("problem") else "graded"


def feedback(name, result):
    """A page for one student and one lesson: the functions, and what the checks say of them."""
    if result.get("problem"):
        why = f"<p>This hand-in could not be graded: {html.escape(result['problem'])}.</p>"
        return page(f"{name}: not graded", f"<h1>Not graded</h1><p>{html.escape(name)}</p>{why}")
    total = f"{points(result)} of {result['out_of']} points"
    parts = [f"<h1>Lesson {html.escape(result['lesson'])}: {total}</h1><p>{html.escape(name)}</p>"]
    for exercise, one in result["exercises"].items():
        kind = {"right": "right", "not attempted": "empty"}.get(one["state"], "wrong")
        said = "".join(f"<p>{escaped(text)}</p>" for text in one["text"].split("\n\n") if text)
        shown = f"<pre>{html.escape(one['evidence'])}</pre>" if one["evidence"] else ""
        code = f"<pre><code>{html.escape(one['source'])}</code></pre>" if one["source"] else ""
        head = f"{exercise}: {one['state']}, {one['points']} of {one['out_of']}"
        parts.append(f'<section class="{kind}"><h2>{html.escape(head)}</h2>{code}{said}{shown}</section>')
    return page(f"{name}: {total}", "\n".join(parts))


def about_the_class(results):
    """A page for the instructor: which mistakes did my class make, for each lesson and exercise."""
    parts = ["<h1>Which mistakes did my class make?</h1>"]
    for lesson in sorted({one["lesson"] for one in results if not one.get("problem")}):
        those = [one for one in results if one.get("lesson") == lesson and not one.get("problem")]
        students = f"{len(those)} student{'s' * (len(those) != 1)}"
        parts.append(f"<h2>Lesson {html.escape(lesson)}: {students}</h2>")
        for exercise in those[0]["exercises"]:
            parts.append(_about(exercise, [one["exercises"][exercise] for one in those]))
    return page("The class", "\n".join(parts))


WORDS = {"right": "right", "known": "known mistakes", "unforeseen": "unforeseen", "empty": "not attempted"}


def _about(exercise, ones):
    """A bar, what its parts are, and each mistake with its sentence and functions that make it."""
    counts = Counter(_kind(one) for one in ones)
    kinds = [kind for kind in WORDS if counts[kind]]
    bar = "".join(f'<span class="{kind}-part" style="flex: {counts[kind]}"></span>' for kind in kinds)
    key = "".join(
        f'<span class="count"><span class="key {kind}-part"></span>{counts[kind]} {WORDS[kind]}</span>'
        for kind in kinds
    )
    made = defaultdict(list)
    for one in ones:
        if _kind(one) in ("known", "unforeseen"):
            made[one["mistake"] or "unforeseen"].append(one)
    rows = "".join(_row(name, made[name]) for name in sorted(made, key=lambda name: -len(made[name])))
    return f'<h3>{html.escape(exercise)}</h3><div class="bar">{bar}</div><p>{key}</p><table>{rows}</table>'


def _row(name, ones):
    functions = {one["source"] for one in ones if one["source"]}
    shown = "".join(f"<pre>{html.escape(source)}</pre>" for source in sorted(functions, key=len)[:FUNCTIONS])
    fold = f"<details><summary>As it was written</summary>{shown}</details>" if shown else ""
    said = f"{escaped(ones[0]['text'])}{fold}"
    return f'<tr><td class="n">{len(ones)}</td><th>{html.escape(name)}</th><td>{said}</td></tr>'


def _kind(one):
    if one["state"] in ("right", "not attempted"):
        return {"right": "right", "not attempted": "empty"}[one["state"]]
    return "known" if one["mistake"] else "unforeseen"


def bundle(pages):
    """A zip that Moodle and Canvas take back: each page under the name of the file that it answers.

    Canvas looks for files, not in folders: what a zip held is named in one piece.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in pages.items():
            outer, *inner = re.split(r"\.zip/", file, maxsplit=1, flags=re.IGNORECASE)
            name = "_".join([outer, *(part.replace("/", "_") for part in inner)])
            archive.writestr(name.removesuffix(".ipynb").removesuffix(".zip") + ".html", text)
    return buffer.getvalue()


def gradescope(result):
    """A result in the shape of Gradescope's results.json."""
    if result.get("problem"):
        return {"score": 0, "output": f"Not graded: {result['problem']}."}
    tests = [
        {
            "name": name,
            "score": one["points"],
            "max_score": one["out_of"],
            "output": "\n\n".join(filter(None, [one["text"], one["evidence"]])),
        }
        for name, one in result["exercises"].items()
    ]
    return {"score": points(result), "output_format": "text", "tests": tests}


def as_text(result):
    """A result for a terminal."""
    if result.get("problem"):
        return f"Not graded: {result['problem']}."
    lines = [f"Lesson {result['lesson']}: {points(result)} of {result['out_of']} points"]
    for name, one in result["exercises"].items():
        lines += [
            "",
            f"{name}: {one['state']}, {one['points']} of {one['out_of']}",
            one["text"],
            one["evidence"],
        ]
    return "\n".join([*lines, "", *result["flags"]])
