"""Live pictures: `explore` repeats what the reader's own function computes while a slider moves.

The figure is drawn once. At each move the reader's function is called, the picture moves its artists, they
alone are drawn again over the kept background, and the pixels replace those of one Image widget. The figure
is unknown to pyplot and no output is cleared, so nothing leaks, jumps or flickers.
"""

import asyncio
import contextlib
import gc
import html
import io
import math
import sys
import textwrap
import traceback
import warnings
import zlib
from inspect import signature
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import PIL.Image
from IPython import get_ipython
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from helpers import plots

SHARP = 2  # Image pixels per CSS pixel, so that pictures are sharp on a high-density screen.
_on_screen = {}  # cell id -> (run, widgets): a cell that runs again must close the widgets it showed before.


def show(picture, value, **options):
    """Draw `value` once, and say below in a sentence what can be seen.

    picture: a function of `helpers.plots`, or a list of them for pictures side by side, and `value` is then a
    list with one value for each. options: keywords of the picture, such as `names`.
    """
    draw, png, size = _drawing(picture, options)
    sentence = draw(value)
    _display({}, png(), sentence, size)
    print(textwrap.fill(sentence, 100))


def explore(picture, function, **keywords):
    """Draw what `function` returns, with a slider for each of its arguments.

    picture: as in `show`. keywords: for each argument of `function` its range, and options of the picture.
    A range (lowest, start, highest) makes a slider: with whole steps if all three are whole numbers, and on a
    logarithmic scale if it is positive and spans a factor of 100 or more. A list makes a menu that starts at
    its first entry. What `function` raises, warns of or prints is shown below the picture, and the next move
    goes on.

    Raises TypeError for an argument without a range and for a keyword that nobody takes.

        explore(bars, heated, T=(0.1, 1, 10), names=animals)
    """
    parameters = signature(function).parameters
    missing = [name for name in parameters if name not in keywords]
    if missing:
        raise TypeError(f"explore needs a range for {missing[0]}, such as {missing[0]}=(0, 1, 2)")
    controls = {name: _control(name, keywords.pop(name)) for name in parameters}
    draw, png, size = _drawing(picture, keywords)
    image = widgets.Image(value=png(), format="png", width=str(size[0]))
    words, timer = widgets.HTML(layout={"min_height": "4.5em"}), []

    def sharpen():
        image.value = png()

    def update(_=None):
        arguments = {name: control.value for name, control in controls.items()}
        sentence, problem = _attempt(draw, function, arguments)
        if sentence:
            image.value = png(shrink=SHARP)
            _at_rest(sharpen, timer)
        words.value = _sentence_html(arguments, sentence, problem)
        return f"{_settings(arguments)}: {sentence or problem}"

    sentence = update()
    for control in controls.values():
        control.observe(update, "value")
    box = widgets.VBox([_panel(controls), image])
    _close_earlier_run([box, words])
    _display(box._repr_mimebundle_(), png(), sentence, size)
    display(words._repr_mimebundle_() | {"text/plain": sentence}, raw=True)


def _drawing(picture, options):
    """Return a function that draws a value on a figure, one that encodes it, and the size in CSS pixels."""
    pictures = picture if isinstance(picture, list) else [picture]
    takers = [{key: v for key, v in options.items() if key in signature(p).parameters} for p in pictures]
    unknown = set(options).difference(*takers)
    if unknown:
        raise TypeError(f"neither the function nor the picture takes {min(unknown)}")
    inches = (6.4 if len(pictures) == 1 else 4.4 * len(pictures), 3.6)
    figure = Figure(figsize=inches, dpi=100 * SHARP, layout="constrained")
    canvas, kept = FigureCanvasAgg(figure), {}
    axes = figure.subplots(1, len(pictures), squeeze=False)[0]
    canvas.draw()

    def draw(value):
        values = value if isinstance(picture, list) else [value]
        drawn = zip(pictures, values, axes, takers, strict=True)
        sentence = "; ".join(p(v, ax=ax, **taken) for p, v, ax, taken in drawn)
        _paint(canvas, axes, kept)
        return sentence

    def png(shrink=1):
        return _png(_frame(canvas).reduce(shrink), kept.get("palette"))

    return draw, png, [round(100 * side) for side in inches]


def _paint(canvas, axes, kept):
    """Draw what moves over the kept background, which is drawn anew only when limits of an Axes changed."""
    moving = [(ax, artist) for ax in axes for artist in _moving(ax)]
    limits = [ax.viewLim.bounds for ax in axes]
    fresh = kept.get("limits") != limits
    if fresh:
        for _, artist in moving:
            artist.set_animated(True)
        canvas.draw()
        kept.update(limits=limits, background=canvas.copy_from_bbox(canvas.figure.bbox))
    canvas.restore_region(kept["background"])
    for ax, artist in moving:
        ax.draw_artist(artist)
    if fresh:
        kept["palette"] = _palette(_frame(canvas))


def _moving(ax):
    """Return what a picture drew on an Axes, lowest first."""
    artists = [*ax.patches, *ax.images, *ax.collections, *ax.lines, *ax.texts]
    return sorted(artists, key=lambda artist: artist.zorder)


def _frame(canvas):
    return PIL.Image.frombytes("RGB", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBX")


def _palette(frame):
    """Return the colors to encode with, as an image: shades of those of `plots`, 16 of the first frame."""
    named = np.array([to_rgb(color) for color in (*plots.SERIES, plots.RED, plots.GRAY)])
    shades = 255 - 255 * np.linspace(0, 1, 8)[:, None, None] * (1 - named)
    used = np.reshape(frame.quantize(16).getpalette(), (-1, 3))
    used[used.min(axis=1) > 245] = 255  # or Pillow, which compares in steps of 4, would take it for white
    palette = PIL.Image.new("P", (1, 1))
    palette.putpalette([*shades.round().astype(int).ravel(), *used.ravel()])
    return palette


def _png(frame, palette):
    """Encode a frame. One byte a pixel, from the palette, takes a third of the time and bytes of three."""
    buffer = io.BytesIO()
    if palette:
        frame = frame.quantize(palette=palette, dither=PIL.Image.Dither.NONE)
    frame.save(buffer, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def _at_rest(action, timer):
    """Run `action` once no move has come for a moment, or at once where no event loop runs."""
    for earlier in timer:
        earlier.cancel()
    try:
        timer[:] = [asyncio.get_running_loop().call_later(0.15, action)]
    except RuntimeError:
        action()


def _display(bundle, png, sentence, size):
    bundle = bundle | {"image/png": png, "text/plain": sentence}
    display(bundle, metadata={"image/png": {"width": size[0], "height": size[1], "alt": sentence}}, raw=True)


def _attempt(draw, function, arguments):
    """Return the sentence, empty if nothing could be drawn, and what went wrong or was printed."""
    sentence, notes = "", []
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()) as printed:
        warnings.simplefilter("always")
        try:
            value = function(**arguments)
            if value is None:
                raise ValueError("it returned None: does it end in a return?")
            sentence = draw(value)
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            notes.append(f"{function.__name__}: {_one_line(error)} The picture is as it was.")
    notes += [f"{w.category.__name__}: {w.message}" for w in caught[:1]]
    notes += [f"printed: {line}" for line in printed.getvalue().splitlines()[-1:]]
    return sentence, " · ".join(note[:300] for note in notes)


def _one_line(error):
    """Say what was raised and on which line of the reader's own code."""
    ours = (str(Path(__file__).parent), sys.prefix, sys.base_prefix)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return f"{type(error).__name__}: {error}".splitlines()[0] + where + "."


def _control(name, choice):
    label = {"description": name.replace("_", " "), "layout": {"width": "auto"}}
    if isinstance(choice, list):
        return widgets.Dropdown(options=choice, **label)
    low, start, high = choice
    if not low <= start <= high or low == high:
        raise ValueError(f"{name}: a range is (lowest, start, highest), and got {choice}")
    if all(isinstance(v, int) for v in choice):
        return widgets.IntSlider(start, low, high, max(1, round(_step(high - low))), **label)
    if plots.spans((low, high)):
        low, high = math.log10(low), math.log10(high)
        return widgets.FloatLogSlider(
            start, min=low, max=high, step=(high - low) / 100, readout_format=".2f", **label
        )
    return widgets.FloatSlider(
        start, min=low, max=high, step=_step(high - low), readout_format=".2f", **label
    )


def _step(span):
    """Return the largest 1, 2 or 5 times a power of ten that makes 100 steps or more of `span`."""
    power = 10.0 ** math.floor(math.log10(span / 100))
    return max(m * power for m in (1, 2, 5) if m * power <= span / 100 * 1.001)


def _panel(controls):
    """Put the controls in as many columns as fit, and a button behind them that resets them."""
    reset = widgets.Button(description="Reset", tooltip="Put every slider back to where it started")
    start = {control: control.value for control in controls.values()}
    for control in start:
        control.style.description_width = f"{max(map(len, controls))}ch"

    def put_back(_):
        for control, value in start.items():
            control.value = value

    reset.on_click(put_back)
    columns = "repeat(auto-fit, minmax(300px, 1fr))"
    return widgets.GridBox([*start, reset], layout={"grid_template_columns": columns, "max_width": "660px"})


def _sentence_html(arguments, sentence, problem):
    text = f"{html.escape(_settings(arguments))}: {html.escape(sentence)}"
    if problem:
        text += f'<br><b class="problem">⚠ {html.escape(problem)}</b>'
    return f'<div style="line-height: 1.5; max-width: 660px">{text}</div>'


def _settings(arguments):
    said = {name: value if isinstance(value, str) else f"{value:.4g}" for name, value in arguments.items()}
    return ", ".join(f"{name.replace('_', ' ')} = {value}" for name, value in said.items())


def _close_earlier_run(shown):
    """Close what this notebook cell showed when it ran before: nobody can see those widgets any more."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    last_run, earlier = _on_screen.get(cell, (run, []))
    if last_run == run:
        shown = earlier + shown
    else:
        for widget in earlier:
            _close(widget)
        earlier.clear()
        gc.collect()  # widgets and figure hold each other, at 7 MB a picture, and would stay for long
    if cell:
        _on_screen[cell] = (run, shown)


def _close(widget):
    for part in [*getattr(widget, "children", ()), widget.layout, getattr(widget, "style", None)]:
        if hasattr(part, "layout"):
            _close(part)
        elif part is not None:
            part.close()
    widget.close()
