"""Drive every control that is alive in this kernel, and say what goes wrong.

tests run a notebook and then this in the same kernel, so the readers' own functions are swept.
"""

import contextlib
import gc
import io
import itertools
import json

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from backstage.explorer.explorer import Explorer


def sweep(stops=12):
    """Return how many controls were moved, and what went wrong as a list of sentences.

    stops: how many places on the way each slider takes, beside its end.
    """
    figures, moved, problems = len(_alive(Figure)), 0, []
    for explorer in _alive(Explorer):
        problems += [problem for values in _steps(explorer, stops) if (problem := _move(explorer, values))]
        moved += len(explorer.controls)
    leaked = len(_alive(Figure)) - figures + len(plt.get_fignums())
    return moved, problems + [f"{leaked} figures are left over"] * (leaked > 0)


def _alive(kind):
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, kind)]


def _steps(explorer, stops):
    """Yield every state: for each choice in the menus, every slider to its ends and through its range."""
    start = {control["name"]: control["start"] for control in explorer.controls}
    menus = [control for control in explorer.controls if control["kind"] in ("menu", "tick")]
    sliders = [control for control in explorer.controls if control["kind"] == "slider"]
    for choices in itertools.product(*[range(len(menu.get("options", "01"))) for menu in menus]):
        chosen = start | dict(zip([menu["name"] for menu in menus], choices, strict=True))
        yield chosen
        yield from (chosen | {s["name"]: value} for s in sliders for value in _values(s["grid"], stops))
    yield from (start | {c["name"]: value} for c in explorer.controls for value in _by_hand(**c))
    yield start


def _by_hand(kind, start, **_):
    """What a hand may make of a pad and of points: all paper, all ink; one point less, one more."""
    if kind == "drawing":
        return ["0" * len(start), "f" * len(start)]
    points = json.loads(start) if kind == "placed" else []
    return [json.dumps(points[1:]), json.dumps([*points, [0, 0, points[0][2]]])] if points else []


def _values(grid, stops):
    return [grid[-1], *(grid[round(i / stops * (len(grid) - 1))] for i in range(stops))]


def _move(explorer, values):
    """Set the controls, and say so if that raised, warned, wrote to stderr or told nothing new."""
    before = explorer.now["said"]
    if values == explorer.values:
        return None
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        news = explorer.move(values)
    bad = stderr.getvalue() or " ".join(news["notes"])
    if bad or news["said"] == before:
        changed = ", ".join(f"{name} = {value}" for name, value in values.items())
        return f"{changed}: {bad or 'the sentence below the picture stays as it was'}"
    return None
