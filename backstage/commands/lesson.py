"""Begin a lesson (12_name exercise ...): notebook, questions, exercises and answers, to be filled in."""

import keyword
import re
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from backstage import ROOT
from backstage.asking.questions import every
from backstage.commands.refresh import KERNEL, LANGUAGE
from backstage.lessons import lessons
from exercises import check

USAGE = (
    "usage: python run.py lesson NN_name [EXERCISE ...], with a number and at most five names of functions"
)
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{,39}")  # the ids of cells are made of it

FIRST = """# {title}

*Lesson {number} · before: [{before_title}]({before}.ipynb) · [all lessons](../README.md#the-lessons)*

**The question that this lesson answers …**

You will be able to

- …

You need: … Time: 30 minutes, and 10 for the exercises."""
IMPORTS = """import numpy as np

from helpers import check, guess
from helpers.plots import bars
from helpers.sliders import explore, show

np.set_printoptions(precision=3, suppress=True, floatmode="fixed")"""
STEPS = {
    "write": ("## Write it\n\nWhat to look at: …", "def share(a=0.25):\n    return np.array([a, 1 - a])"),
    "show": ("What to look at: …", "show(bars, share(0.25))"),
    "play": ("## Play with it", "explore(bars, share, a=[0.25, 0.5, 0.75])"),
}
YOUR_TURN = """## Your turn

Replace the dots and run the cell, then the check below it, which says what it found.

"""
LAST = "## Summary\n\n- …\n\n## Further reading\n\n- …"
STUB = '''def my_{name}(z):
    """What it returns: …

    Shapes: z (n, k) or (k,) -> the shape of z.
    """
    ...'''
REMEMBER = """## Remember

First, two questions about earlier lessons, in other words: where we have one, about something that you
guessed wrong there."""
QUESTION = """## {name}

<!-- idea: …{tag} -->

The question …

- [x] …

  Yes: …

- [ ] … …

  No: …

- [ ] … … …

  No: …
"""
MODULE = '''"""What goes wrong in lesson {number}, {title}.

Beside `right`, every function of an exercise is a mistake: the wrong code itself, with the message as its
docstring.
"""
'''
EXERCISE = """

@exercise
class my_{name}:
    points = 1
    verified = "a batch, one row alone, and scores of ±1000."
    think = "what …?"
    hints = ["…", "…"]

    def probes(rng):
        return [(BATCH,), (ROW,), (rng.normal(size=(5, 3)),)], [(1000 * BATCH,), (ODD[0],)]

    def right(z):
        raise NotImplementedError("my_{name} in exercises/lesson_{number}.py has no right answer yet")
"""
ANSWERS = '"""Lesson {number}, solved. What stands below a name answers its question to think on."""\n'
ANSWER = '''

def my_{name}(z):
    """What …"""
    raise NotImplementedError
'''
SOLUTIONS = '"""Right answers of lesson {number}, in different words. exercises/answers has one more."""\n'
SOLUTION = """

def {name}__{how}(z):
    raise NotImplementedError
"""
HOW = ["in_other_words", "in_a_loop", "without_helpers", "the_long_way"]


def pair(name):
    """Return a stub and its check, which the first refresh locks and gives the points of its exercise."""
    shared = {"schema_version": 3, "task": False}
    stub = shared | {"grade_id": f"my_{name}", "solution": True, "grade": False, "locked": False}
    its_check = shared | {"grade_id": f"check_{name}", "solution": False, "grade": True, "locked": True}
    its_check["points"] = 1
    place = name.replace("_", "-")
    return [
        new_code_cell(STUB.format(name=name), id=f"my-{place}", metadata={"nbgrader": stub}),
        new_code_cell(f"check.{name}(my_{name})", id=f"check-{place}", metadata={"nbgrader": its_check}),
    ]


def notebook(names, **head):
    """Return a lesson that has every part that a lesson has."""
    imports = IMPORTS if names else IMPORTS.replace("check, ", "")
    cells = [new_markdown_cell(FIRST.format(**head), id="title"), new_code_cell(imports, id="imports")]
    cells.append(new_markdown_cell(REMEMBER, id="remember-why"))
    cells.append(new_code_cell(f"guess.remember({int(head['number'])})", id="remember"))
    for step, (words, code) in STEPS.items():
        cells += [new_markdown_cell(words, id=f"{step}-words"), new_code_cell(code, id=step)]
    ask = "guess.which_{number}()".format(**head)
    cells.insert(-1, new_code_cell(ask, id="guess"))
    cells.append(new_code_cell("guess.so_far()", id="guesses"))
    if names:
        tasks = "\n".join(f"{place}. `my_{name}`: …" for place, name in enumerate(names, 1))
        cells.append(new_markdown_cell(YOUR_TURN + tasks, id="your-turn"))
        cells += [cell for name in names for cell in pair(name)]
    cells.append(new_markdown_cell(LAST, id="summary"))
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": LANGUAGE})


def heading(path):
    """Return the heading of a notebook, or nothing if there is none."""
    first = nbformat.read(path, as_version=4).cells[0].source if path.exists() else ""
    return first.split("\n")[0].lstrip("# ")


def files(stem, names):
    """Return {path: text} of each new file, and what the texts say of the lesson."""
    number, _, words = stem.partition("_")
    before = max((path.stem for path in lessons(ROOT) if path.stem < stem), default=stem)
    head = {"number": number, "title": words.replace("_", " ").capitalize(), "before": before}
    head["before_title"] = f"{before[:2]} {heading(ROOT / f'notebooks/{before}.ipynb')}"
    texts = {f"notebooks/{stem}.ipynb": nbformat.writes(notebook(names, **head)) + "\n"}
    asked = QUESTION.format(name=f"which_{number}", tag="")
    texts[f"questions/lesson_{number}.md"] = f"# Lesson {number}\n\n{asked}"
    tag = f"; again: {next(iter(every()))}"
    again = [QUESTION.format(name=f"{word}_{number}", tag=tag) for word in ("first", "second")]
    texts[f"questions/remember_{number}.md"] = "\n".join([f"# Remember, before lesson {number}\n", *again])
    if names:
        imports = "\nfrom backstage.checks.exercise import exercise\n\nfrom .inputs import BATCH, ODD, ROW\n"
        asked = "".join(EXERCISE.format(name=name, **head) for name in names)
        texts[f"exercises/lesson_{number}.py"] = MODULE.format(**head) + imports + asked
        answered = "".join(ANSWER.format(name=name) for name in names)
        texts[f"exercises/answers/lesson_{number}.py"] = ANSWERS.format(**head) + answered
        again = "".join(SOLUTION.format(name=name, how=how) for name in names for how in HOW)
        texts[f"tests/solutions/lesson_{number}.py"] = SOLUTIONS.format(**head) + again
    return {ROOT / path: text for path, text in texts.items()}, head


def add_row(stem, number, title, **_):
    """Add a row below the last lesson in README's table."""
    readme = ROOT / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines()
    last = max(place for place, line in enumerate(lines) if "](notebooks/" in line and line.startswith("| "))
    lines.insert(last + 1, f"| {number} [{title}](notebooks/{stem}.ipynb) | … | 30 min + 10 |")
    readme.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments):
    stem, *names = arguments or [""]
    is_wrong = any(not NAME.fullmatch(name) or keyword.iskeyword(name) for name in names)
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", stem) or is_wrong or len({*names}) < len(names) or len(names) > 5:
        print(USAGE, file=sys.stderr)
        return 2
    new, head = files(stem, names)
    taken = [str(path) for path in new if path.exists()] + [name for name in names if hasattr(check, name)]
    taken += [path.name for path in lessons(ROOT) if path.name[:2] == stem[:2] and path not in new]
    if taken:
        print("These exist already: " + ", ".join(taken), file=sys.stderr)
        return 1
    for path, text in new.items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    add_row(stem, **head)
    print("Replace every … in them, and in the row that README.md has now. CONTRIBUTING.md says how.")
    return 0
