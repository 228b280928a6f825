"""Drive every slider and menu that is alive in this kernel, and say what goes wrong.

tests run a notebook and then this in the same kernel, so the readers' own functions are swept.
"""

import contextlib
import gc
import io
import itertools

import ipywidgets as widgets
import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def sweep():
    """Return how many controls were moved, and what went wrong as a list of sentences."""
    figures, moved, problems = len(_alive(Figure)), 0, []
    for panel in _alive(widgets.GridBox):
        controls = [child for child in panel.children if not isinstance(child, widgets.Button)]
        problems += [problem for step in _steps(controls) if (problem := _move(*step))]
        moved += len(controls)
    leaked = len(_alive(Figure)) - figures + len(plt.get_fignums())
    return moved, problems + [f"{leaked} figures are left over"] * (leaked > 0)


def _alive(kind):
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, kind)]


def _steps(controls):
    """Yield every move: for each choice in the menus, every slider to its ends and through its range."""
    menus = [control for control in controls if isinstance(control, widgets.Dropdown)]
    for choices in itertools.product(*[menu.options for menu in menus]):
        yield from zip(menus, choices, strict=True)
        for slider in controls:
            if slider not in menus:
                start = slider.value
                yield from ((slider, value) for value in _values(slider))
                yield slider, start


def _values(slider):
    low, span = slider.min, slider.max - slider.min
    values = [slider.max, *(low + slider.step * round(i / 12 * span / slider.step) for i in range(12))]
    return [slider.base**v for v in values] if isinstance(slider, widgets.FloatLogSlider) else values


def _move(control, value):
    """Set a control, and say so if that raised, wrote to stderr, warned, or told the reader nothing."""
    if control.value == value:
        return None
    before = _said()
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        try:
            control.value = value
        except Exception as error:
            stderr.write(repr(error))
    news = [text for text in _said() if text not in before]
    bad = stderr.getvalue() or next((text for text in news if 'class="problem"' in text), "")
    if bad or not news:
        return f"{control.description} = {value}: {bad or 'the sentence below the picture stays as it was'}"
    return None


def _said():
    return [w.value for w in _sentences]


_sentences = _alive(widgets.HTML)
