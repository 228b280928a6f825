"""`guess.fox_pushed()` asks a question, keeps what is chosen, and `guess.so_far()` shows it.

What was chosen stands in one file, a line of JSON for each choice. Of a question, the first one counts.
"""

import contextlib
from datetime import datetime
from html import escape
from pathlib import Path

import traitlets
from IPython.display import display

from backstage.asking import keeping, questions, words
from backstage.asking.questions import DATA, SURE
from backstage.explorer.widget import ELEMENTS, Widget, follow

CSS, ASKING = [Path(__file__).with_name(name).read_text("utf-8") for name in ("asking.css", "asking.js")]
JAVASCRIPT = ELEMENTS + ASKING
QUESTIONS, REMEMBER = questions.every(), questions.every("remember_*.md")
NONE = (
    "No guesses yet. Run this cell again after your last one: it shows what you chose, and how sure you were."
)
TITLES = ["question", "your first choice", "how sure", "outcome"]
LEFT = ' style="text-align: left; vertical-align: top"'  # JupyterLab aligns cells to the right
_asked_in = set()  # lessons, since the kernel was started


class First:
    """The first guess at a question."""

    def __init__(self, question, guess):
        self.question, self.sure = question, guess["sure"]
        self.lesson = guess.get("lesson", question.lesson)
        self.choice = question.place(guess["choice"])  # None: only looked, or it is no longer there
        self.is_right = None if self.choice is None else self.choice == question.right
        self.data = {"question": question.name, "choice": guess["choice"], "sure": self.sure}

    @property
    def words(self):
        """Its text, what was chosen, how sure, and whether that is right, as Markdown."""
        if self.choice is None:
            return self.question.text, "no guess", "", ""
        verdict = "right" if self.is_right else "**certain and wrong**" if self.sure == "certain" else "wrong"
        return self.question.text, self.question.options[self.choice].text, self.sure, verdict


def firsts():
    """Return {name: First} of those questions that were guessed, in their order."""
    guesses, known = {}, REMEMBER | QUESTIONS
    for guess in keeping.rows("guesses"):
        with contextlib.suppress(TypeError, KeyError):  # it is no guess, or the question is gone
            guesses.setdefault(guess["question"], First(known[guess["question"]], guess))
    return {name: guesses[name] for name in known if name in guesses}


def keep(question, choice, sure, lesson=None):
    """Add a guess; return why it could not be kept, or nothing.

    choice: a place among the options, or None for who only looked. lesson: that asked, if not the question's.
    """
    # As text, because a correction may bring the options in another order.
    text = None if choice is None else question.options[choice].text
    guess = {"question": question.name, "choice": text, "sure": sure, "lesson": lesson or question.lesson}
    guess["at"] = datetime.now().astimezone().isoformat(timespec="seconds")
    return keeping.add("guesses", guess)


def again(number):
    """Return the two questions to remember before a lesson: of what was guessed wrong, certain ones first.

    Who guessed nothing wrong gets the two that are fixed for this lesson; what another lesson asked again
    does not come back before all others had their turn.
    """
    guesses, here = firsts(), f"lesson_{number:02}"
    sure = {name: guess.sure for name, guess in guesses.items() if guess.is_right is False}
    of = {name: item.tags["again"].split(", ") for name, item in REMEMBER.items()}
    early = [name for name in REMEMBER if all(QUESTIONS[old].lesson < here for old in of[name])]
    missed = [name for name in early if {*of[name]} & {*sure}]
    missed.sort(key=lambda name: "certain" not in [sure.get(old) for old in of[name]])
    fixed = [question.name for question in questions.fixed(number)]
    answered = [name for name in early if name in guesses and guesses[name].lesson == here]
    new = [name for name in [*missed, *fixed, *early] if name not in guesses]
    return [REMEMBER[name] for name in dict.fromkeys([*answered, *new, *fixed])][:2]


class Asked(Widget):
    """A question on the screen."""

    _esm = JAVASCRIPT
    spec = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.state())

    def __init__(self, question, lesson=None):
        self.question, self.lesson = question, lesson
        super().__init__()

    def state(self):
        first = firsts().get(self.question.name)
        first = first and {"choice": first.choice, "sure": first.sure}
        return {"html": self.question.html(), "css": CSS, "first": first}

    def answer(self, choice, sure, view=None):
        """Keep a guess, and tell all views; `view` is the one that it was made in."""
        problem = keep(self.question, choice, sure, self.lesson)
        note = f"This guess could not be kept: {problem}" if problem else ""
        self.send({"guess": {"choice": choice, "sure": sure}, "note": note, "view": view})


def __dir__():
    return [*QUESTIONS, "counts", "remember", "so_far"]


def __getattr__(name):
    """Return what asks the question of this name."""
    if name not in QUESTIONS:
        raise AttributeError(f"no question is called {name}")
    return lambda: _ask(QUESTIONS[name], QUESTIONS[name].lesson)


def remember(number):
    """Ask two questions of the lessons before this one, in other words."""
    for question in again(number):
        _ask(question, f"lesson_{number:02}")


def so_far():
    """The first guesses of the lessons that asked since the kernel was started; of all, if none did."""
    return SoFar([row for row in firsts().values() if not _asked_in or row.lesson in _asked_in])


def counts():
    """Return {how sure: (what that claims, how many were right, how many there are)} of all first guesses.

    A guess claims what chance gives, of three options 1/3; certain claims 1; fairly sure is halfway.
    """
    rows, counted = firsts().values(), {}
    for i, sure in enumerate(SURE):
        those = [row for row in rows if row.sure == sure and row.choice is not None]
        chance = sum(1 / len(row.question.options) for row in those) / len(those) if those else 1 / 3
        claim = chance + (1 - chance) * i / (len(SURE) - 1)
        counted[sure] = claim, sum(row.is_right for row in those), len(those)
    return counted


def _ask(question, lesson):
    _asked_in.add(lesson)
    widget = Asked(question, lesson)
    folded = f"{question.html()}\n<p><em>Run this cell to answer.</em></p>"
    bundle = widget._repr_mimebundle_()[0] | {"text/html": folded, "text/plain": str(question)}
    display(bundle, raw=True)
    follow(widget)


class SoFar:
    """A table of guesses: as HTML, as text, and as data for whoever reads the saved notebook."""

    def __init__(self, rows):
        self.rows = rows
        made = [row for row in rows if row.choice is not None]
        right = sum(row.is_right for row in made)
        sure = sum(row.sure == "certain" and not row.is_right for row in made)
        looked = f" {len(rows) - len(made)} looked at without a guess." * (len(made) < len(rows))
        guesses = "1 guess" if len(made) == 1 else f"{len(made)} guesses"
        self.said = f"{guesses}, {right} right, {sure} certain and wrong.{looked}" if rows else NONE

    def _repr_mimebundle_(self, include=None, exclude=None):
        lines = [" · ".join(filter(None, row.words)).replace("\n", " ") for row in self.rows]
        cells = [map(words.inline, row.words) for row in self.rows]
        table = words.table(TITLES, cells, LEFT) * bool(cells)
        html = f"<p>{escape(self.said)}</p>{table}"
        data = {"guesses": [row.data for row in self.rows]}
        return {"text/plain": "\n".join([self.said, *lines]), "text/html": html, DATA: data}
