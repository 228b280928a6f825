"""Live pictures: `explore` calls the reader's own function again whenever a control moves.

matplotlib draws axes, ticks and legend as SVG, once and when limits change. At each move the picture moves
its artists, and what changed of them goes to the browser as a few numbers. How, is the matter of `explorer`.
"""

import html
import textwrap
import time
from itertools import zip_longest

from IPython.display import display
from ipywidgets import IntProgress, VBox

from backstage.explorer.artists import png
from backstage.explorer.explorer import OURS, Explorer, draw, drawings
from backstage.explorer.widget import LivePicture, follow, free
from backstage.palette import STILL


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
    makes a menu, True or False a box to tick, a string a text field. Sliders and menus start at the default
    of the argument, and one without a range keeps it.

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
    bundle, invitation = widget._repr_mimebundle_()[0], "Run this cell to move it."
    _display(bundle, explorer.drawings, explorer.now["said"], invitation)
    follow(widget)


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


def _display(bundle, drawn, sentence, invitation=""):
    """Show a bundle, and to those who cannot show it pictures and a sentence: as HTML, as PNG, as text."""
    parts = [png([drawing]) for drawing in drawn]
    whole = png(drawn) if len(parts) > 1 else parts[0]
    width = round(100 * drawn[0].figure.get_figwidth())
    images = [
        f'<img class="still" src="data:image/png;base64,{part}" alt="{alt}" width="{width}">'
        for part, alt in zip_longest(parts, [html.escape(sentence)], fillvalue="")
    ]
    words = f"<p>{html.escape(sentence)}</p>\n<p><em>{invitation}</em></p>" if invitation else ""
    bundle = bundle | {
        "text/html": "\n".join([STILL, *images, words]),
        "image/png": whole,
        "text/plain": sentence,
    }
    size = {"width": width * len(parts), "height": 360, "alt": sentence}
    display(bundle, metadata={"image/png": size}, raw=True)
