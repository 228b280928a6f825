"""Pictures: numbers in, a drawing on a matplotlib Axes out.

Every picture works alike. `picture(value, ax=ax)` draws `value`; called again on the same Axes with a new
value it moves what is there. It returns a sentence that says what can be seen, for those who cannot see it.
A value that does not fit raises ValueError.
"""

import re
import textwrap
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba, to_rgba_array
from matplotlib.patches import Rectangle

from backstage.palette import BLUE, GRAY, GREEN, GRID, ORANGE, PINK, RED

SERIES = [BLUE, ORANGE, GREEN, PINK]
STYLES = ["-", "--", "-.", ":"]
LOSS, PARTS = 6, 2  # nats, where the pictures of a loss and of stacked parts end
MOST = 15  # parts of a score
SPAN = 5  # how far a plane reaches from 0


def bars(p, names=None, ax=None, ylabel="probability", ylim=(0, 1), ratio=(), marked=()):
    """Draw one bar per class, with its value on top.

    p: k numbers, or {series name: k numbers} for bars side by side; the name of a single series stands at the
    axis. names: the k classes. ylim: two positive numbers that are a factor of 100 or more apart make a
    logarithmic scale. ratio: two of the names, whose bars the sentence divides. marked: names whose bars have
    another color. A bar that is nan or infinite stays away, and its name stands in the gap; on a logarithmic
    scale one that is infinite ends where the picture does.

    >>> bars([0.25, 0.75], names=["cat", "dog"])
    'cat 0.250, dog 0.750'
    """
    series = _series(p, "")
    heights = np.array([*series.values()])
    n, k = heights.shape
    names = [*range(k)] if names is None else [*names]
    is_log = 0 < 100 * ylim[0] <= ylim[1]
    with np.errstate(all="ignore"):  # the logarithm of 0, and of nan
        (low, high), tops = (np.log10(v) if is_log else np.asarray(v) for v in (ylim, heights))
    foot, room = low if is_log else 0, 0.1 * (high - low)
    title = ylabel if n > 1 else [*series][0] or ylabel
    ax = _axes(ax, names, foot, ylim=(low - room * (low < foot), high + room), ylabel=title)
    if is_log:
        ax.yaxis.set_major_formatter(lambda power, _: f"1e{power:g}")
    count = len(ax.get_xticks())
    _expect(k == len(names) == count, f"{count} numbers, one for each bar", k)
    ends = np.clip(np.nan_to_num(tops, nan=foot, posinf=high if is_log else 0, neginf=foot), low, high)
    x, width = np.arange(k) + (np.arange(n)[:, None] - (n - 1) / 2) * 0.84 / n, 0.95 * 0.84 / n
    colors = [RED if name in marked else color for color in SERIES[:n] for name in names]
    _boxes(ax, x=x - width / 2, height=ends - foot, facecolor=colors, y=foot, width=width)
    y = ends + np.where(ends < foot, -0.1, 0.1) * room
    style = {"va": np.where(ends < foot, "top", "bottom"), "color": np.where(ends == tops, GRAY, RED)}
    _number(ax, heights, x=x, y=y, ha="center", **style)
    _legend(ax, ax.patches[::k], series)
    return _rows(series, [_listed(names, row, ratio) for row in heights])


def _number(ax, numbers, **style):
    """Write numbers that stand side by side as `_word` does, what is no number in bold."""
    n, weight = numbers.size, np.where(np.isfinite(numbers), "normal", "bold")
    words = [_word(number, room=_room(ax)[0] / n) for number in numbers.flat]
    _texts(ax, text=words, weight=weight, size=_size(ax, n, letters=7), **style)


def stacked(value, ax=None):
    """Draw columns of parts that lie on each other, with the name and the number of each part beside it.

    value: {column: {part: number}}, nats that are at least 0. What ends above the picture is in red.

    >>> stacked({"whole": {"a + b": 0.75}, "parts": {"a": 0.5, "b": 0.25}})
    'whole: a + b 0.750; parts: a 0.500, b 0.250'
    """
    boxes, words = [], []
    for x, parts in enumerate(value.values()):
        foot, line = 0, 0.04 * PARTS
        for name, number in parts.items():
            height = np.nan_to_num(number, posinf=PARTS)
            line = min(max(line, foot + height / 2), PARTS)
            boxes.append((x, foot, height, line))
            words.append(f"{_plain(name)} {_word(number)}")
            foot, line = foot + height, line + 0.08 * PARTS
    x, foot, height, line = np.transpose(boxes)
    ax = _axes(ax, value, foot=0, xlim=(-0.2, len(value) - 0.15), ylim=(0, PARTS), ylabel="nats")
    colors = [GREEN, BLUE, ORANGE, PINK][: len(x)]  # those of the same series in `bars`
    _boxes(ax, x=x - 0.15, y=foot, width=0.3, height=height, facecolor=colors)
    color = np.where(foot + height <= PARTS, GRAY, RED)
    _texts(ax, x=x + 0.17, y=line, text=words, color=color, va="center", size=11)
    return _rows(value, [_listed(parts, parts.values()) for parts in value.values()])


def contributions(value, names, ax=None):
    """Draw for each of k classes what adds up to its score: a box for each part, below 0 if it is negative.

    value: (parts, numbers), up to 15 names and as many rows of k numbers. The last part has a thick frame,
    an arrow points at each sum, and the parts stand on top, in parentheses if they add 0 everywhere.

    >>> contributions((["bias", "rain"], [[0.5, -0.5], [2, -2]]), names=["weather", "alarm"])
    'bias rain: rain adds weather 2.000, alarm -2.000'
    """
    parts, numbers = value[0], np.asarray(value[1], float)
    fits = numbers.shape == (len(parts), len(names)) and len(parts) <= MOST
    _expect(fits, f"at most {MOST} parts of {len(names)} numbers", numbers.shape)
    ax = _axes(ax, names, foot=0, ylim=(-4, 8), ylabel="score")
    heights = np.vstack([numbers, np.zeros((MOST - len(parts), len(names)))])
    tops = np.where(heights > 0, heights.clip(0).cumsum(axis=0), heights.clip(None, 0).cumsum(axis=0))
    i, j = np.indices(heights.shape)
    edge = {"edgecolor": np.where(i == len(parts) - 1, BLUE, GRAY)}
    edge["linewidth"] = np.where(i == len(parts) - 1, 2.5, 0.6) * (heights != 0)
    _boxes(ax, x=j - 0.42, y=tops - heights, width=0.84, height=heights, facecolor=GRID, **edge)
    heard = " ".join(part if row.any() else f"({part})" for part, row in zip(parts, numbers, strict=True))
    lines = [*textwrap.wrap(_plain(heard), 50), "", ""][:2]
    _texts(ax, slice(2), x=0.02, y=[0.98, 0.92], text=lines, va="top", size=8, transform=ax.transAxes)
    words = np.array([_plain(part)[:11] for part in parts] + [""] * (MOST - len(parts)))
    words = np.where(abs(heights) >= 0.5, words[:, None], "")
    style = {"ha": "center", "va": "center", "size": 8, "clip_on": True}
    _texts(ax, slice(2, None), x=j, y=tops - heights / 2, text=words, **style)
    sums = [(j[0] + 0.5, heights.sum(axis=0))]
    _lines(ax, slice(1, None), data=sums, color=RED, linestyle="", marker="<", markersize=7)
    return f"{heard}: {parts[-1]} adds {_listed(names, numbers[-1])}"


def calibration(value, ax=None):
    """Draw how sure answers were beside how often they were right, with its 95% interval (Wilson 1927).

    value: {name: (confidence, right, n)}: the mean confidence of n answers, and how many of them were right.

    >>> calibration({"certain": (1, 3, 4)})
    'confidence: certain 1; accuracy: certain 0.750; certain: 3 of 4, so from 0.301 to 0.954'
    """
    confidence, right, n = np.array([*value.values()], float).T
    share = right / np.where(n > 0, n, np.nan)
    middle, away = (right + 1.92) / (n + 3.84), np.sqrt(np.nan_to_num(right * (1 - share)) + 0.96)
    ends = np.clip(middle + np.outer([-1.96, 1.96], away / (n + 3.84)), 0, 1)
    ax = _axes(ax)
    said = bars({"confidence": confidence, "accuracy": share}, value, ax)
    lines = [([i + 0.36] * 2, ends[:, i]) for i in range(len(n))]
    _lines(ax, slice(1, None), data=lines, color=GRAY, linewidth=3, linestyle="-")
    for i, (name, low, high) in enumerate(zip(value, *ends, strict=True)):
        said += f"; {name}: {right[i]:g} of {n[i]:g}, so from {_word(low)} to {_word(high)}"
    return said


def curve(y, x=None, ax=None, xlabel="", ylabel="", ylim=None):
    """Draw lines over a shared x axis.

    y: n numbers, or {line name: n numbers}. x: n numbers, default 0, 1, 2 …; a positive x that spans a
    factor of 100 or more is drawn on a logarithmic scale. Where a line is nan or infinite it has a gap.

    >>> curve([2.3, 1.1, 0.9], ylabel="loss")
    'loss goes from 2.300 at 0 to 0.900 at 2'
    """
    lines = _series(y, ylabel)
    x = np.arange(len(next(iter(lines.values())))) if x is None else _vector(x)
    ax = _axes(ax, x=x, xlabel=xlabel, ylabel=ylabel, xlim=(x.min(), x.max()))
    style = {"color": SERIES[: len(lines)], "linestyle": STYLES[: len(lines)], "linewidth": 2.5}
    _lines(ax, data=_finite(x, lines), **style)
    _legend(ax, ax.lines, lines)
    _fit(ax, [*lines.values()], ylim)
    return "; ".join(_course(name, x, values) for name, values in lines.items())


def _finite(x, lines):
    return [(x, np.where(np.isfinite(y), y, np.nan)) for y in lines.values()]


def _fit(ax, values, ylim=None):
    """Let the y axis reach from tick to tick around the numbers: few moves change such limits."""
    finite = np.ravel(values)[np.isfinite(np.ravel(values))]
    if ylim or finite.size:
        ax.set_ylim(ylim or ax.yaxis.get_major_locator().tick_values(finite.min(), finite.max())[[0, -1]])


def _course(name, x, values):
    """Say where a line begins and ends, and either its gaps or where it is lowest and highest between."""

    def at(i):
        return f"{_word(values[i])} at {x[i]:g}"

    said = f"{name or 'the line'} goes from {at(0)} to {at(-1)}"
    gaps = np.flatnonzero(~np.isfinite(values))
    if len(gaps):
        points = "1 point (" if len(gaps) == 1 else f"{len(gaps)} points (the first: "
        return f"{said}, nothing to draw at {points}{at(gaps[0])})"
    ends = [("lowest", np.argmin(values)), ("highest", np.argmax(values))]
    return said + "".join(f", {end} {at(i)}" for end, i in ends if 0 < i < len(x) - 1)


def dot(point, x, y, ax=None):
    """Draw a point on a curve, or on one of several, each with its name beside its highest point.

    point: (x, y), or (x, y, n numbers) if the curve moves as well. x: {label: n numbers}, scaled as in
    `curve`. y: {label: n numbers}, the curve at first, or {label: {name of a curve: n numbers}}.

    >>> dot((1.0, 2.0), x={"T": [0.5, 1, 2]}, y={"entropy": [1, 2, 3]})
    'T 1.00, entropy 2.000'
    """
    ((xlabel, xs),), ((ylabel, curves),) = x.items(), y.items()
    (px, py), moved = _vector(point[:2]), [_vector(values) for values in point[2:]]
    curves = curves if isinstance(curves, dict) else {"": moved[0] if moved else curves}
    ax, k = _axes(ax, x=xs, xlabel=xlabel, ylabel=ylabel), len(curves)
    if moved or not ax.lines:
        style = {"color": SERIES[:k] if k > 1 else [GRAY], "linestyle": STYLES[:k], "linewidth": 2}
        _lines(ax, slice(k), data=_finite(xs, curves), **style)
    if not ax.texts:
        _name_curves(ax, xs, curves)
    if moved:
        _fit(ax, moved)
    seen, missing = (py, "") if np.isfinite(py) else (np.nan, f"{ylabel}: {_word(py)}")
    style = {"color": RED, "linestyle": "", "marker": "o", "markersize": 11}
    _lines(ax, slice(k, None), data=[([px], [seen])], **style)
    ax.texts[-1].set(x=px, y=ax.get_ylim()[0], text=missing)
    at = f"{px:.2f}" if abs(px) >= 0.1 else f"{px:.2g}"
    return "; ".join([f"{xlabel} {at}, {ylabel} {_word(py)}", *(_course(ylabel, xs, ys) for ys in moved)])


def _name_curves(ax, x, curves):
    """Write names beside curves, whose limits are theirs, and make the text for what cannot be drawn."""
    ax.relim()
    ax.margins(0.05, 0.15)
    for name, y in curves.items() if "" not in curves else ():
        top = np.nanargmax(y)
        left = x[max(0, top - len(x) // 20)]  # of the top, where the line is lower
        ax.text(left, y[top], _plain(name), fontsize=11, ha="right", va="bottom")
    ax.text(0, 0, "", color=RED, fontsize=11, ha="center", va="bottom")


def ranked(value, ax=None, rows=11, limit=1, xlabel="probability"):
    """Draw bars that lie below each other, each with its name and its number. Names may change.

    value: (names, numbers), of which the first `rows` are drawn; fewer leave rows empty. limit: where the
    axis ends; a longer bar is cut there, and its number stays.

    >>> ranked(([" Paris", " the"], [0.773, 0.065]), rows=2)
    'Paris 0.773, the 0.065'
    """
    names, numbers = _tokens(value[0])[:rows], _vector(value[1])[:rows]
    _expect(len(names) == len(numbers), f"{len(numbers)} names, one for each number", len(names))
    xlim, ticks = (-0.3 * limit, 1.12 * limit), np.linspace(0, limit, 5)
    ax = _axes(ax, xlim=xlim, ylim=(0.4 - rows, 0.6), xticks=ticks, yticks=[], xlabel=xlabel)
    ax.spines["left"].set_visible(False)
    y, empty = -np.arange(rows), [""] * (rows - len(names))
    widths = np.append(np.nan_to_num(numbers, posinf=limit).clip(0, limit), np.zeros(len(empty)))
    _boxes(ax, x=0, y=y - 0.375, width=widths, height=0.75, facecolor=BLUE)
    _lines(ax, data=[([0, 0], [0.4 - rows, 0.6])], color=GRAY, linewidth=0.8)
    style = {"y": y, "va": "center", "size": 11 if rows <= 12 else 8}
    words = [*map(_plain, names), *empty], [*map(_word, numbers), *empty]
    _texts(ax, slice(rows), x=-0.01 * limit, text=words[0], ha="right", **style)
    _texts(ax, slice(rows, None), x=widths + 0.01 * limit, text=words[1], **style)
    return _listed(names, numbers)


def cumulative(value, names, ax=None):
    """Draw rows of probabilities, each as a bar of length 1 that is cut at the running sums, and a line at u.

    value: (u, {row: k probabilities}). names: {row: the k classes}. From each bar u draws the class into
    whose piece it falls.

    >>> cumulative((0.5, {"pets": [0.25, 0.75]}), names={"pets": ["cat", "dog"]})
    'pets: cat 0.250, dog 0.750, and u draws dog'
    """
    u, rows = float(value[0]), {row: _vector(p) for row, p in value[1].items()}
    names = {row: _tokens(names[row]) for row in rows}
    lengths = [*map(len, rows.values())]
    _expect(lengths == [*map(len, names.values())], "a name for each probability", f"{lengths} probabilities")
    y, ends = -np.arange(len(rows)), [p.cumsum() for p in rows.values()]
    ticks = {"yticks": y, "yticklabels": [*rows], "xlabel": "running sum, and u"}
    ax = _axes(ax, grid=False, xlim=(-0.005, 1.005), ylim=(y[-1] - 0.55, 0.55), **ticks)
    ax.tick_params(axis="y", length=0)
    width, words, foot = np.concatenate([*rows.values()]), sum(names.values(), []), y.repeat(lengths)
    left, fits = np.concatenate(ends) - width, width > 0.02 + 0.016 * np.array([*map(len, words)])
    colors = [SERIES[i % 4] for k in lengths for i in range(k)]
    _boxes(ax, x=left, y=foot - 0.2, width=width, height=0.4, facecolor=colors)
    place = {"x": left + width / 2, "y": foot - 0.23, "ha": "center", "va": "top"}
    _texts(ax, slice(len(words)), **place, text=np.where(fits, [*map(_plain, words)], ""), size=10)
    _lines(ax, data=[([u, u], [y[-1] - 0.5, 0.5])], color=RED, linewidth=2)
    drawn = [names[row][min((end <= u).sum(), len(end) - 1)] for row, end in zip(rows, ends, strict=True)]
    x, side = (u + 0.01, "left") if u < 0.5 else (u - 0.01, "right")
    style = {"y": y + 0.23, "text": [*map(_plain, drawn)], "size": 12, "color": RED, "va": "bottom"}
    _texts(ax, slice(len(words), None), x=[x] * len(y), ha=[side] * len(y), **style)
    pairs = zip(rows.items(), drawn, strict=True)
    return _rows(rows, [f"{_listed(names[row], p)}, and u draws {word}" for (row, p), word in pairs])


def surprise(value, names, ax=None):
    """Draw p as bars that lie along the x axis, and above them the curve −log p with the true class's loss.

    value: (p, y, loss), the k probabilities, the index of the true class and its loss in nats. names: the k
    classes. A loss above the picture is an arrow at its edge.

    >>> surprise(([0.25, 0.75], 1, 0.288), names=["cat", "dog"])
    'the true class is dog: p = 0.750, loss 0.288; cat 0.250, dog 0.750'
    """
    p, y, loss = _vector(value[0]), value[1], float(value[2])
    k, nats, some = len(names), [*range(LOSS + 1)], np.linspace(0.002, 1, 400)
    _expect(len(p) == k, f"{k} probabilities, one for each class", len(p))
    rows, seen = -0.9 * np.arange(1, k + 1), min(loss, LOSS)
    ticks = {"yticks": [*nats, *rows], "yticklabels": [*nats, *map(_plain, names)], "xlabel": "probability p"}
    limits = {"xlim": (0, 1.02), "ylim": (rows[-1] - 0.6, LOSS + 0.3)}
    ax = _axes(ax, foot=0, **limits, **ticks, ylabel="loss  −log p  (nats)")
    colors = np.where(np.arange(k) == y, RED, BLUE)
    _boxes(ax, x=0, y=rows - 0.325, width=np.nan_to_num(p), height=0.65, color=colors)
    if len(ax.lines) == 1:
        ax.plot(some, -np.log(some), color=GRAY, linewidth=2)
    data = [([p[y], p[y], 0], [rows[y] - 0.325, seen, seen]), ([p[y]], [seen])]
    style = {"linestyle": [":", ""], "marker": ["None", "^" if loss > LOSS else "o"], "markersize": 11}
    _lines(ax, slice(2, None), data=data, color=RED, **style)
    said = f"p = {_word(p[y])}, loss {_word(loss)}"
    place = {"x": 0.98, "y": 0.95, "ha": "right", "va": "top", "transform": ax.transAxes}
    _texts(ax, text=[said], size=12, color=RED, **place)
    return f"the true class is {names[y]}: {said}; {_listed(names, p)}"


def heat(matrix, rows=None, columns=None, ax=None, limits=(0, 1)):
    """Draw a matrix as a map: a cell for each number, colored as `signed` says, the number in it if it fits.

    matrix: (n, m) numbers. rows, columns: names of the n rows and m columns, default 0, 1, 2 …. limits: the
    lowest and the highest number; the one farther from 0 has the strongest color. Of more than 100 numbers
    the sentence has the highest of each row.

    >>> heat([[0.25, 0.75], [1, 0]], rows=["cat", "dog"])
    'cat: 0 0.250, 1 0.750; dog: 0 1, 1 0'
    """
    matrix = np.asarray(matrix, float)
    _expect(matrix.ndim == 2, "a matrix, rows of numbers", f"shape {matrix.shape}")
    n, m = matrix.shape
    rows = range(n) if rows is None else rows
    columns = range(m) if columns is None else columns
    ax = _axes(ax, grid=False)
    if not ax.images:
        ax.tick_params(length=0)
        width, height = _room(ax) / (m, n)  # of a cell
        size = min(11, width / 3.6, height / 1.2)  # six characters wide, one line high
        ax.imshow(matrix, **signed(limits, strongest=0.68), aspect="auto")  # 4.5 : 1 below a number
        ax.set_xticks(range(0, m, 1 + m // 16), columns[:: 1 + m // 16])
        ax.set_yticks(range(0, n, 1 + n // 16), rows[:: 1 + n // 16])
        for i, j in np.ndindex(n, m) if size >= 7 else ():
            ax.text(j, i, "", ha="center", va="center", fontsize=size)
    shape = ax.images[0].get_array().shape
    _expect(matrix.shape == shape, f"shape {shape}", matrix.shape)
    ax.images[0].set_data(matrix)
    for text, value in zip(ax.texts, matrix.flat, strict=False):
        text.set_text(_word(value))
    if len(ax.texts) < matrix.size:
        return f"{n} rows of {m} numbers from {_word(matrix.min())} to {_word(matrix.max())}"
    if matrix.size <= 100:
        return _rows(rows, [_listed(columns, row) for row in matrix])
    highest = [_listed([columns[row.argmax()]], [row.max()]) for row in matrix]
    return f"highest in each row: {_rows(rows, highest)}"


def signed(limits, strongest=1.0):
    """Return `imshow`'s keywords for numbers around 0: 0 and nan have the paper's color, whatever the theme.

    What is positive is blue, what is negative red, both stronger for a number farther from 0. limits: the
    lowest and the highest number. strongest: the opacity, 0 to 1, of the one that is farther from 0.
    """
    red, blue = to_rgba(RED, strongest), to_rgba(BLUE, strongest)
    ends = [(0, red), (0.5, (*red[:3], 0)), (0.5, (*blue[:3], 0)), (1, blue)]
    colors = LinearSegmentedColormap.from_list("signed", ends, N=513)  # an odd number, so that 0 has its own
    largest = max(map(abs, limits))
    return {"cmap": colors, "vmin": -largest, "vmax": largest}


def regions(value, ax=None):
    """Draw points of several classes on a plane, and behind them what a model says of every place.

    value: {title: (points, y, p)}, (n, 2) numbers, n class indices, and a function that gives the (m, k)
    probabilities of any (m, 2) points, or None; perhaps also a note, which stands in a corner. A place has
    the color of the class that wins there, stronger for a larger p. The picture reaches from −5 to 5.

    >>> regions({"even": ([[1.0, 2.0], [3.0, 4.0]], [0, 1], lambda points: np.full((len(points), 2), 0.5))})
    'even: right 0.500, sure 0.500 on average'
    """
    ((title, (points, y, p, *note)),) = value.items()
    points, y = np.asarray(points, float), np.asarray(y)
    ax = _axes(ax, grid=False, title=_plain(title))
    labels = range(len(ax.lines) or y.max() + 1)
    style = {"color": [SERIES[i % 4] for i in labels], "marker": ["osD^"[i % 4] for i in labels]}
    data = [points[y == i].T for i in labels]
    _lines(ax, data=data, **style, linestyle="", markeredgecolor="white", markersize=5)
    _texts(ax, x=0.03 - SPAN, y=0.03 - SPAN, text=[_plain("".join(note))], size=11, va="bottom")
    colors, said = np.zeros((1, 1, 4)), [f"{len(y)} points of {y.max() + 1} classes"]
    if p is not None:
        side = np.linspace(-SPAN, SPAN, 101)
        there = p(np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)).reshape(101, 101, -1)
        colors = to_rgba_array(SERIES)[there.argmax(axis=-1) % 4]
        colors[..., 3] = 0.6 * there.max(axis=-1).round(1)  # steps show as lines of equal p
        at = p(points)
        right, sure = (at.argmax(axis=-1) == y).mean(), at.max(axis=-1).mean()
        said = [f"right {_word(right)}, sure {_word(sure)} on average", *note]
    _image(ax, colors, extent=(-SPAN, SPAN, -SPAN, SPAN), origin="lower")
    return f"{title}: {', '.join(said)}"


def images(value, ax=None, limits=(0, 16)):
    """Draw small pictures in rows of five, colored as `signed` says, with a title above each.

    value: (pictures, titles) or (pictures, titles, marked): (n, height, width) numbers, n titles, and n truth
    values, a frame for each that is true. limits: the lowest and the highest number; the one farther from 0
    has the strongest color.

    >>> images(([[[0, 1], [1, 0]]], ["a cross"]), limits=(0, 1))
    '1 picture, numbers from 0 to 1: a cross'
    """
    pictures, titles, marked = (*value, [False] * len(value[1]))[:3]
    pictures, marked = np.asarray(pictures, float), np.asarray(marked, bool)
    fits = pictures.ndim == 3 and len(titles) == len(pictures) == len(marked)
    _expect(fits, f"{len(titles)} pictures, one for each title", pictures.shape)
    n, height, width = pictures.shape
    ax, places, line = _axes(ax), np.arange(n), height + height // 4 + 1
    _expect(len(ax.texts) in (0, n), f"{len(ax.texts)} pictures", n)
    _image(ax, _sheet(pictures), **signed(limits), interpolation="nearest")
    ax.set_axis_off()
    frame = {"x": places % 5 * (width + 1) - 0.5, "y": (places // 5 + 1) * line - height - 0.5}
    edge = {"edgecolor": np.where(marked, RED, GRID), "linewidth": np.where(marked, 2.5, 1), "fill": False}
    _boxes(ax, **frame, width=width, height=height, **edge)
    style = {"ha": "center", "va": "bottom", "size": 10, "color": np.where(marked, RED, "black")}
    _texts(ax, x=frame["x"] + width / 2, y=frame["y"] - 0.4, text=[*map(_plain, titles)], **style)
    words = [f"{title} (marked)" if mark else str(title) for title, mark in zip(titles, marked, strict=True)]
    count = f"{n} picture{'s' * (n > 1)}, numbers from {pictures.min():.3g} to {pictures.max():.3g}"
    return f"{count}: {', '.join(words)}"


def _sheet(pictures):
    """Return pictures in rows of five on one sheet, with room for a title above each and a gap beside it."""
    n, height, width = pictures.shape
    columns, rows, line = min(n, 5), -(-n // 5), height + height // 4 + 1
    sheet = np.full((rows * columns, line, width + 1), np.nan)
    sheet[:n, line - height :, :width] = pictures
    return sheet.reshape(rows, columns, line, -1).swapaxes(1, 2).reshape(rows * line, -1)


# What pictures share


def _axes(ax, classes=(), foot=None, x=(), grid=True, **settings):
    """Return the Axes. New ones get names of classes, a line at a foot, a scale for x, and settings."""
    ax = ax or plt.subplots(figsize=(6.4, 3.6), layout="constrained")[1]
    if ax.has_data():
        return ax
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=11)
    if grid:
        ax.grid(axis="y", color=GRID)
    if len(x) and min(x) > 0 and max(x) / min(x) >= 100:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    if len(classes):
        _name_classes(ax, [_plain(name) for name in classes])
    if foot is not None:
        ax.axhline(foot, color=GRAY, linewidth=0.8)
    ax.set(**settings)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_size(11)
    return ax


def _name_classes(ax, names):
    """Name k places of the x axis, in letters so small that neighbors keep apart."""
    longest = max(len(a) + len(b) for a, b in pairwise([*names, "", ""])) / 2
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_xticks(range(len(names)), names, fontsize=_size(ax, len(names), longest))
    ax.tick_params(axis="x", length=0)


def _boxes(ax, **properties):
    _put(ax.patches, lambda: ax.add_patch(Rectangle((0, 0), 0, 0)), properties)


def _texts(ax, some=slice(None), **properties):
    _put(ax.texts[some], lambda: ax.text(0, 0, ""), properties)


def _lines(ax, some=slice(None), **properties):
    _put(ax.lines[some], lambda: ax.plot([], [])[0], properties)


def _put(artists, new, properties):
    """Give artists their properties: a list or an array has one for each, anything else is set once for all.

    Where there are no artists yet, new ones are made.
    """
    columns = {key: [*np.ravel(v)] if isinstance(v, np.ndarray) else v for key, v in properties.items()}
    columns = {key: v for key, v in columns.items() if isinstance(v, list)}
    artists = [*artists]
    if not artists:
        artists = [new() for _ in next(iter(columns.values()))]
        for artist in artists:
            artist.set(**{key: v for key, v in properties.items() if key not in columns})
    for key, column in columns.items():
        for artist, value in zip(artists, column, strict=True):
            getattr(artist, f"set_{key}")(value)


def _image(ax, numbers, **style):
    (ax.images[0] if ax.images else ax.imshow(numbers, **style)).set_data(numbers)


def _legend(ax, artists, names):
    if len(names) > 1 and not ax.get_legend():
        style = {"loc": "lower center", "ncols": 4, "frameon": False, "fontsize": 11}
        ax.legend(artists, map(_plain, names), bbox_to_anchor=(0.5, 1), **style)


def _size(ax, places, letters):
    """Return the size of letters, 8 to 11 points, of which so many fit side by side in one of the places."""
    return np.clip(_room(ax)[0] / places / letters / 0.7, 8, 11)


def _room(ax):
    """Return the width and the height of the Axes in points."""
    return ax.get_window_extent().size * 72 / ax.figure.dpi


def _expect(fits, expected, got):
    if not fits:
        raise ValueError(f"expected {expected}, and got {got}")


def _series(numbers, name):
    """Return {name: n numbers} of such a dict or of n numbers alone, at most four."""
    series = {k: _vector(v) for k, v in (numbers if isinstance(numbers, dict) else {name: numbers}).items()}
    _expect(len(series) <= len(SERIES), "at most four rows in one picture", len(series))
    return series


def _vector(values):
    values = np.asarray(values)
    is_row = values.ndim == 1 and values.dtype.kind in "biuf"
    _expect(is_row, "a row of numbers", f"{values.dtype} of shape {values.shape}")
    return values.astype(float)


def _plain(name):
    """Keep matplotlib from reading dollars as mathematics."""
    return str(name).replace("$", r"\$")


def _tokens(names):
    """Take the blank before a word away; of nothing but blanks, show them in quotes."""
    return [str(name).strip() or repr(str(name)) for name in names]


def _rows(names, said):
    return "; ".join(f"{name}: {row}" if name != "" else row for name, row in zip(names, said, strict=True))


def _listed(names, numbers, ratio=()):
    said = ", ".join(f"{name} {_word(number)}" for name, number in zip(names, numbers, strict=True))
    if ratio:
        a, b = (numbers[names.index(name)] for name in ratio)
        said += f"; {ratio[0]} : {ratio[1]} = {_word(a / b) if b else 'not defined'}"
    return said


def _word(value, room=np.inf):
    """Write a number in few characters: exactly 0 and 1 without decimals, so that 0 and nearly 0 differ.

    One like 1.2e-06 becomes 1e-6 where so many points are too few for it in letters of 8.
    """
    if not np.isfinite(value) or value in (0, 1):
        return f"{value:g}"
    word = f"{value:.3f}" if 5e-4 <= abs(value) < 1e6 else f"{value:.1e}"
    return re.sub("(?<=[+-])0", "", f"{value:.0e}") if "e" in word and 4.4 * len(word) > room else word
