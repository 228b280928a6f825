"""What a class guessed, read from saved notebooks. It gives no points, and who made none is not counted."""

import contextlib
from collections import Counter

from backstage.asking import keeping, questions, words
from backstage.asking.questions import DATA, SURE
from backstage.palette import BLUE

COLORS = [("#a6c8e0", "#000"), ("#4c97c8", "#000"), (BLUE, "#fff")]  # the surer, the darker; of the count
BAR = '<span style="width: {:.1f}em; background: {}; color: {}; text-align: center">{}</span>'
KNOWN = questions.every("*.md")
TITLES = ["option", f"chose it: {', '.join(SURE)}", "later made the mistake it stands for"]


def guesses(cells):
    """Return {name of a question: (place of the option, how sure)} from a notebook's cells.

    The place is None for who only looked. What is no guess at a question of the course is left out.
    """
    chosen = {}
    for row in keeping.saved(cells, DATA, "guesses"):
        with contextlib.suppress(TypeError, KeyError):
            question, choice, sure = KNOWN[row["question"]], row["choice"], row["sure"]
            place = question.place(choice)
            if choice is None or question.is_tested and place is not None:
                chosen[question.name] = place, None
            elif place is not None and sure in SURE:
                chosen[question.name] = place, sure
    return chosen


def report(students):
    """Return HTML: for each question who chose what, how sure, and who then made the mistake.

    students: what `guesses` returns, and the names of the mistakes that the checks found, for each.
    """
    students, parts = [*students], []
    for name, question in KNOWN.items():
        those = [(*made[name], mistakes) for made, mistakes in students if name in made]
        if those and not question.is_tested:
            parts.append(_about(question, those))
    head = "<h2>What the class guessed first</h2>" if parts else "<p>No hand-in holds guesses.</p>"
    if any(KNOWN[name].is_tested for made, _ in students for name in made):
        from backstage.asking import inventory  # its statistics take a second to import, in every worker

        parts.append(inventory.report([made for made, _ in students]))
    return "\n".join([head, *parts])


def _about(question, those):
    """those: (place, how sure, mistakes) of each student."""
    made = [student for student in those if student[0] is not None]
    right = sum(place == question.right for place, _, _ in made)
    said = f"{len(made)} guessed, {right} right; {len(those) - len(made)} only looked."
    table = words.table(TITLES, [_row(place, option, made) for place, option in enumerate(question.options)])
    return f"<h3>{question.lesson}: {question.name}</h3>{words.html(question.text)}<p>{said}</p>{table}"


def _row(place, option, made):
    counts, bars = Counter(sure for chosen, sure, _ in made if chosen == place), ""
    for sure, colors in zip(SURE, COLORS, strict=True):
        if counts[sure]:
            bars += BAR.format(max(12 * counts[sure] / len(made), 1.2), *colors, counts[sure])
    text = "✓ " * option.is_right + words.inline(option.text)
    return text, f'<div class="bar">{bars}</div>', _later(place, option, made)


def _later(place, option, made):
    """Who chose an option and made its mistake, beside those who did not choose it."""
    if not option.slip:
        return ""
    chose = [option.slip in mistakes for chosen, _, mistakes in made if chosen == place]
    others = [option.slip in mistakes for chosen, _, mistakes in made if chosen != place]
    return f"{option.slip}: {sum(chose)} of {len(chose)}; of the others {sum(others)} of {len(others)}"
