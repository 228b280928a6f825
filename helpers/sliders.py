"""Live pictures: `explore` calls the reader's own function again whenever a control moves.

matplotlib draws axes, ticks and legend as SVG, once and when limits change. At each move the picture moves
its artists, and what changed of them goes to the browser as a few numbers. How, is the matter of `explorer`.
"""

import html
import textwrap
import time
from functools import partial
from itertools import zip_longest
from numbers import Integral

import numpy as np
from IPython.display import display
from ipywidgets import IntProgress, VBox

from backstage.explorer.artists import ink, pngs
from backstage.explorer.controls import Pad, Plane, bitmap
from backstage.explorer.explorer import OURS, Explorer, draw, drawings
from backstage.explorer.widget import LivePicture, follow, free
from backstage.palette import STILL

INVITATION = "<p><em>Run this cell to move it.</em></p>"


def show(picture, value, **options):
    """Draw `value` once, and say below in a sentence what can be seen.

    picture: a function of `helpers.plots`, or a list of them for pictures side by side, and `value` is then a
    list with one value for each. options: keywords of the picture, such as `names`.
    """
    __tracebackhide__ = True
    drawn = _brief(drawings, picture, options)
    sentence = _brief(draw, drawn, value)
    _display({}, drawn, sentence)
    print(textwrap.fill(sentence, 100))


def progress(steps, picture, value, **options):
    """Count the steps of a loop, 0 to steps − 1, while a bar shows how far it is and the picture what it did.

    value: what to draw, an array that the loop fills. picture, options: as in `show`, which is what is left
    when the loop ends, early or not. Where there are no widgets, a line of text says that it runs.

        losses = np.full(100, np.nan)
        for i in progress(100, curve, losses, ylabel="loss"):
            losses[i] = ...
    """
    widget = LivePicture(Explorer(picture, lambda: value, options))
    bar = IntProgress(max=steps, description="step 0", layout={"width": "400px"})
    box = VBox([bar, widget])
    display(box._repr_mimebundle_() | {"text/plain": f"{steps} steps"}, raw=True)
    shown, done = time.monotonic(), 0
    try:
        for step in range(steps):
            yield step
            done = step + 1
            if time.monotonic() - shown > 0.1:  # what eyes can follow; drawing more often would slow the loop
                bar.value, bar.description = done, f"step {done}"
                widget.answer({})
                shown = time.monotonic()
    finally:  # after a break, an error or the stop button, too
        bar.style.close()
        for part in [bar, widget, box]:
            free(part)
        if done < steps:
            print(f"The loop ended early, in step {done}; the last is step {steps - 1}.")
        show(picture, value, **options)


def explore(picture, function, **keywords):
    """Draw what `function` returns, with a control for each of its arguments that gets a range.

    picture: as in `show`. keywords: options of the picture, and ranges of arguments as ipywidgets' `interact`
    takes them. (lowest, highest) or (lowest, highest, step) is a slider: of whole numbers if all are whole,
    logarithmic if there is no step and they are positive and a factor of 100 or more apart. A list or a dict
    makes a menu, True or False a box to tick, a string a text field; `drawing` makes a pad to draw on, and
    `placed` points to move. Sliders, menus and pads start at the default of the argument, and one without a
    range keeps it.

    Below the picture stands what the function warns of, prints or, after the first call, raises. A call ends
    after two seconds. If a cell gives a new value to a name that the function uses, it is called again.

    What the function draws by itself appears once and does not move: return the numbers instead.

    Raises what the first call raises, and TypeError or ValueError for keywords and ranges that make no sense.

        def heated(T=1):
            return softmax(z / T)

        explore(bars, heated, T=(0.1, 10), names=animals)
    """
    __tracebackhide__ = True
    widget = LivePicture(explorer := _brief(Explorer, picture, function, keywords))
    bundle = widget._repr_mimebundle_()[0]
    if any(isinstance(given, (Pad, Plane)) for given in keywords.values()):
        del bundle["text/plain"]  # which does not tell what is drawn
        display(bundle, raw=True)
        kept = _kept(explorer, partial(display, display_id=True))  # hidden as long as the widget is there
        widget.keep = lambda: _kept(explorer, kept.update)
    else:
        _display(bundle, explorer.drawings, explorer.now["said"], INVITATION)
    follow(widget)


def drawing(height, width, counts=None):
    """A range for `explore`: a pad of height × width dots, to be drawn on by mouse, finger, pen or keyboard.

    The function gets a boolean array (height, width), True where there is ink. counts: (rows, columns) whole
    numbers. The pad starts with so many dots in each block of height / rows × width / columns, placed where
    the neighbors' ink is nearest. Without them it starts empty, or at the default of the argument.
    """
    if not all(isinstance(side, Integral) and 4 <= side <= 64 for side in (height, width)):
        raise ValueError(f"a pad has 4 to 64 rows and columns of dots, not {height} × {width}")
    counts = np.zeros((1, 1), int) if counts is None else np.asarray(counts)
    rows, columns = counts.shape
    most = height * width // (rows * columns)
    if (
        height % rows
        or width % columns
        or (counts % 1).any()
        or not 0 <= counts.min() <= counts.max() <= most
    ):
        raise ValueError(f"expected counts from 0 to {most} of blocks that fill {height} × {width} dots")
    return Pad(int(height), int(width), bitmap(counts.astype(int), int(height), int(width)))


def placed(X, y, span=5):
    """A range for `explore`: points of a plane, which start at X and can be moved, added and deleted.

    X: (n, 2) numbers from −span to span, rounded to hundredths. y: n class indices, 0 to 3. The function gets
    both, as they are now, as a tuple (X, y).
    """
    X, y = np.asarray(X, float), np.asarray(y)
    if X.shape != (len(y), 2) or not (abs(X) <= span).all():
        numbers = f"two numbers from -{span} to {span}"
        raise ValueError(f"expected X with a row of {numbers} for each of {len(y)} labels")
    if y.dtype.kind not in "iu" or not len(y) or not 0 <= y.min() <= y.max() <= 3:
        raise ValueError("expected y with class indices from 0 to 3")
    points = [[*map(float, row), int(label)] for row, label in zip(X.round(2), y, strict=True)]
    return Plane(points, int(y.max()) + 1, span)


def _brief(call, *arguments):
    """Return what a call returns. What it raises has no frames of ours, eight around the reader's own one."""
    __tracebackhide__ = True  # IPython leaves such frames out
    try:
        return call(*arguments)
    except Exception as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename.startswith(OURS):
            trace = trace.tb_next
        raise error.with_traceback(trace)  # noqa: B904


def _display(bundle, drawn, sentence, below="", above="", show=None):
    """Show a bundle, and to those who cannot show it pictures and a sentence: as HTML, as PNG, as text.

    below, above: HTML, for a sentence that is part of it, and for what stands above the pictures.
    """
    parts, whole = pngs(drawn)
    width = round(100 * drawn[0].figure.get_figwidth())
    images = [
        f'<img class="still" src="data:image/png;base64,{part}" alt="{alt}" width="{width}">'
        for part, alt in zip_longest(parts, [html.escape(sentence)], fillvalue="")
    ]
    words = f"<p>{html.escape(sentence)}</p>\n{below}" if below else ""
    written = above + "\n".join([STILL, *images, words])
    bundle = bundle | {"text/html": written, "image/png": whole, "text/plain": sentence}
    size = {"width": width * len(parts), "height": 360, "alt": sentence}
    return (show or display)(bundle, metadata={"image/png": size}, raw=True)


def _kept(explorer, show):
    """Show an explorer as it is now to those who open a saved notebook: also what was drawn, and as text."""
    parts = ['<div class="kept">']
    for control in explorer.controls:
        value, name = explorer.values[control["name"]], html.escape(control["label"])
        if control["kind"] == "drawing":
            drawn = ink(explorer.convert[control["name"]](value))
            parts.append(f'<p><img src="data:image/png;base64,{drawn}" alt="{name}" width="160"></p>\n')
        if control["kind"] in ("drawing", "placed"):
            parts.append(f"<details><summary>{name} as text</summary><code>{value}</code></details>\n")
    return _display({}, explorer.drawings, explorer.now["said"], f"{INVITATION}</div>", "".join(parts), show)
