"""What a class knew before (form A) and after (form B), and how each question of the two forms behaves."""

import numpy as np
from scipy import stats

from backstage.asking import questions, words

FORMS = [("inventory_a", "before"), ("inventory_b", "after")]
LEAST = 10  # students of whom anything is said
HEAD = "<tr><th>{}</th><th>difficulty: share right</th><th>discrimination: with the rest</th></tr>"
NOTE = """<p>In brackets: 95% intervals (means: Student's t; shares: Wilson; correlations: Fisher). Nobody has
tested what these questions measure, or whether both forms are equally hard: a part of the gain may be a
difference between the forms.</p>"""


def report(students):
    """Return HTML about both forms. students: {name of a question: (place, …)} of each."""
    said, tables, shares = [], [], []
    for form, when in FORMS:
        asked = questions.every(f"{form}.md")
        those = [i for i, made in enumerate(students) if made.keys() & asked.keys()]
        right = {i: [students[i].get(name, [-1])[0] == q.right for name, q in asked.items()] for i in those}
        shares.append({i: np.mean(row) for i, row in right.items()})
        said.append(f"Form {form[-1].upper()}, {when}: {_mean([*shares[-1].values()])}.")
        if len(right) >= LEAST:
            tables.append(_table(form, asked, np.array([*right.values()], float)))
    if not any(shares):
        return ""
    both = [shares[1][i] - shares[0][i] for i in shares[0].keys() & shares[1].keys()]
    said = "".join(f"<p>{text}</p>" for text in [*said, f"Gain of those who did both: {_mean(both)}."])
    return "\n".join(["<h2>The inventory</h2>", said, *tables, NOTE])


def _mean(values):
    n = len(values)
    if n < LEAST:
        return f"{n} students, too few to say more"
    away = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / n**0.5
    return f"{n} students, {_with(np.mean(values), np.mean(values) - away, np.mean(values) + away)}"


def _with(value, low, high):
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _table(form, asked, right):
    """right: 1 or 0 for each student and question."""
    rows = ""
    for question, column in zip(asked.values(), right.T, strict=True):
        cells = [words.inline(question.text), _share(column), _together(column, right.sum(axis=1) - column)]
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return f"<table>{HEAD.format(form)}{rows}</table>"


def _share(column):
    test = stats.binomtest(int(column.sum()), len(column)).proportion_ci(method="wilson")
    return _with(column.mean(), test.low, test.high)


def _together(column, others):
    """The correlation of one question with the points in all others: its discrimination."""
    if np.ptp(column) == 0 or np.ptp(others) == 0:
        return "all alike: no correlation"
    away = stats.norm.ppf(0.975) / (len(column) - 3) ** 0.5
    with np.errstate(divide="ignore"):  # a correlation of 1
        z = np.arctanh(np.corrcoef(column, others)[0, 1].clip(-1, 1))
    return _with(*np.tanh([z, z - away, z + away]))
