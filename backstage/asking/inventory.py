"""What a class knew before (form A) and after (form B), and how each question of the two forms behaves."""

import numpy as np
from scipy import stats

from backstage.asking import questions, words

FORMS = [("inventory_a", "before"), ("inventory_b", "after")]
LEAST = 10  # students of whom anything is said
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
    both = [shares[1][i] - shares[0][i] for i in shares[0].keys() & shares[1].keys()]
    said = "".join(f"<p>{text}</p>" for text in [*said, f"Gain of those who did both: {_mean(both)}."])
    return "\n".join(["<h2>The inventory</h2>", said, *tables, NOTE])


def _mean(values):
    n = len(values)
    if n < LEAST:
        return f"{n} students, too few to say more"
    mean, away = np.mean(values), stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / n**0.5
    return f"{n} students, {_with(mean, (mean - away, mean + away))}"


def _with(value, interval):
    return "{:.2f} ({:.2f} to {:.2f})".format(value, *interval)


def _table(form, asked, right):
    """right: 1 or 0 for each student and question."""
    rest, rows = right.sum(axis=1, keepdims=True) - right, []
    for question, column, others in zip(asked.values(), right.T, rest.T, strict=True):
        test = stats.binomtest(int(column.sum()), len(column))
        share = _with(column.mean(), test.proportion_ci(method="wilson"))
        rows.append([words.inline(question.text), share, _together(column, others)])
    return words.table([form, "difficulty: share right", "discrimination: with the rest"], rows)


def _together(column, others):
    """The correlation of one question with the points in all others: its discrimination."""
    if np.ptp(column) == 0 or np.ptp(others) == 0:
        return "all alike: no correlation"
    test = stats.pearsonr(column, others)
    return _with(test.statistic, test.confidence_interval())
