"""Pictures: numbers in, a drawing on a matplotlib Axes out.

Every picture works alike. `picture(value, ax=ax)` draws `value`; called again on the same Axes with a new
value it moves what is there. It returns a sentence that says what can be seen, for those who cannot see it.
A value that does not fit raises ValueError.
"""

import re
import textwrap
from itertools import pairwise, zip_longest

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba, to_rgba_array
from matplotlib.patches import Rectangle

from backstage.palette import BLUE, GRAY, GREEN, GRID, ORANGE, PINK, RED

SERIES = [BLUE, ORANGE, GREEN, PINK]
TOP = 6  # nats, where the picture of a loss ends


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
    series = {key: _vector(v) for key, v in (p if isinstance(p, dict) else {"": p}).items()}
    if len(series) > len(SERIES):
        raise ValueError(f"at most four series fit side by side, not {len(series)}")
    heights = np.array(list(series.values()))
    names = range(heights.shape[1]) if names is None else names
    ax = _axes(ax)
    if not ax.patches:
        first, *others = series
        _start_bars(ax, series, names, ylabel if others else first or ylabel, ylim, marked)
    if heights.shape != (len(series), len(names)) or heights.size != len(ax.patches):
        expected = len(ax.patches) // len(series)
        raise ValueError(f"expected {expected} numbers, one for each bar, and got {heights.shape[1]}")
    for bar, label, height in zip(ax.patches, ax.texts, heights.ravel(), strict=True):
        _move_bar(bar, label, height, ylim)
    rows = [_listed(list(names), row, ratio) for row in heights]
    return "; ".join(f"{key}: {row}" if key else row for key, row in zip(series, rows, strict=True))


def _listed(names, row, ratio):
    said = ", ".join(f"{name} {_word(value)}" for name, value in zip(names, row, strict=True))
    if ratio:
        a, b = (row[names.index(name)] for name in ratio)
        said += f"; {ratio[0]} : {ratio[1]} = {_word(a / b) if b else 'not defined'}"
    return said


def _start_bars(ax, series, names, ylabel, ylim, marked):
    k, width = len(names), 0.84 / len(series)
    for i, (name, color) in enumerate(zip(series, SERIES, strict=False)):
        left = np.arange(k) + (i - (len(series) - 1) / 2) * width
        colors = [RED if n in marked else color for n in names]
        ax.bar(left, np.zeros(k), 0.95 * width, color=colors, label=_plain(name) or None)
        for x in left:
            ax.text(x, 0, "", ha="center", fontsize=_size(ax, k * len(series), letters=7))
    low, high = _height(ylim, ylim)
    room, logarithmic = 0.1 * (high - low), low != ylim[0]
    ax.set(ylim=(low - room * (ylim[0] < 0), high + room), ylabel=ylabel)
    if logarithmic:
        ax.yaxis.set_major_formatter(lambda power, _: f"1e{power:g}")
    _name_classes(ax, names)
    ax.axhline(low if logarithmic else 0, color=GRAY, linewidth=0.8)
    if len(series) > 1:
        _legend(ax)


def _move_bar(bar, label, height, ylim):
    (low, high), top = _height(ylim, ylim), _height(height, ylim)
    foot = 0 if low == ylim[0] else low
    seen = np.clip(np.nan_to_num(top, nan=foot, posinf=high if foot else 0, neginf=foot), low, high)
    bar.set(y=foot, height=seen - foot)
    pad = 0.01 * (high - low) * (-1 if seen < foot else 1)
    label.set(y=seen + pad, text=_label(label, height), va="top" if seen < foot else "bottom")
    label.set(color=GRAY if seen == top else RED, weight="normal" if np.isfinite(height) else "bold")


def _label(label, number):
    """Write a number as `_word` does; one like 1.2e-06 as 1e-6 where its place on the axis is too narrow."""
    word, places = _word(number), len(label.axes.texts)
    if "e" not in word or 0.55 * label.get_fontsize() * len(word) <= _room(label.axes, places):
        return word
    return re.sub("(?<=[+-])0", "", f"{number:.0e}")


def _height(values, ylim):
    """Return values, or their powers of 10 where `ylim` asks for a logarithmic scale."""
    with np.errstate(all="ignore"):  # the logarithm of 0, and of nan
        return np.log10(values) if 0 < 100 * ylim[0] <= ylim[1] else np.asarray(values, float)


def stacked(value, ax=None, ylabel="nats", ylim=(0, 2)):
    """Draw columns of parts that lie on each other, with the name and the number of each part beside it.

    value: {column: {part: number}}, numbers that are at least 0. What ends above the picture is in red.

    >>> stacked({"whole": {"a + b": 0.75}, "parts": {"a": 0.5, "b": 0.25}})
    'whole: a + b 0.750; parts: a 0.500, b 0.250'
    """
    ax = _axes(ax)
    if not ax.patches:
        _start_stacked(ax, value, ylabel, ylim)
    artists = zip(ax.patches, ax.texts, strict=True)
    for parts in value.values():
        foot, line = 0, 0.04 * ylim[1]
        for (name, number), (bar, label) in zip(parts.items(), artists, strict=False):
            bar.set(y=foot, height=np.nan_to_num(number, posinf=ylim[1]))
            middle, foot = foot + bar.get_height() / 2, foot + bar.get_height()
            label.set(y=min(max(line, middle), ylim[1]), text=f"{_plain(name)} {_word(number)}")
            label.set_color(GRAY if foot <= ylim[1] else RED)
            line = label.get_position()[1] + 0.08 * ylim[1]
    columns = {c: ", ".join(f"{name} {_word(v)}" for name, v in parts.items()) for c, parts in value.items()}
    return "; ".join(f"{column}: {said}" for column, said in columns.items())


def _start_stacked(ax, value, ylabel, ylim):
    colors = iter([GREEN, BLUE, ORANGE, PINK])  # the parts have the colors of the series in `bars`
    for x, parts in enumerate(value.values()):
        for color in [next(colors) for _ in parts]:
            ax.bar(x, 0, width=0.3, color=color)
            ax.text(x + 0.17, 0, "", va="center", fontsize=11)
    ax.set(xlim=(-0.2, len(value) - 0.15), ylim=ylim, ylabel=ylabel)
    ax.set_xticks(range(len(value)), [_plain(column) for column in value])
    ax.tick_params(axis="x", length=0)
    ax.axhline(0, color=GRAY, linewidth=0.8)


def contributions(value, names, ax=None, ylabel="score", ylim=(-4, 8), most=15):
    """Draw for each of k classes what adds up to its score: a box for each part, below 0 if it is negative.

    value: (parts, numbers), up to `most` names and as many rows of k numbers. The last part has a thick
    frame, an arrow points at each sum, and the parts stand on top, in parentheses if they add 0 everywhere.

    >>> contributions((["bias", "rain"], [[0.5, -0.5], [2, -2]]), names=["weather", "alarm"])
    'bias rain: rain adds weather 2.000, alarm -2.000'
    """
    parts, numbers = value[0], np.asarray(value[1], float)
    if numbers.shape != (len(parts), len(names)) or len(parts) > most:
        raise ValueError(f"expected at most {most} parts of {len(names)} numbers, and got {numbers.shape}")
    ax = _axes(ax)
    if not ax.patches:
        _start_contributions(ax, names, ylabel, ylim, most)
    heights = np.zeros((most, len(names)))
    heights[: len(parts)] = numbers
    ends = np.where(heights > 0, heights.clip(0).cumsum(axis=0), heights.clip(None, 0).cumsum(axis=0))
    is_high = abs(heights) >= (ylim[1] - ylim[0]) / 24
    for (i, j), box, label in zip(np.ndindex(heights.shape), ax.patches, ax.texts[2:], strict=True):
        last = i == len(parts) - 1
        box.set_bounds(j - 0.42, ends[i, j] - heights[i, j], 0.84, heights[i, j])
        box.set(edgecolor=BLUE if last else GRAY, linewidth=(2.5 if last else 0.6) * bool(heights[i, j]))
        label.set(y=ends[i, j] - heights[i, j] / 2, text=_plain(parts[i])[:11] if is_high[i, j] else "")
    ax.lines[1].set_ydata(heights.sum(axis=0))
    heard = " ".join(
        f"{part}" if row.any() else f"({part})" for part, row in zip(parts, numbers, strict=True)
    )
    for text, line in zip_longest(ax.texts[:2], textwrap.wrap(_plain(heard), 50)[:2], fillvalue=""):
        text.set_text(line)
    return f"{heard}: {parts[-1]} adds {_listed(names, numbers[-1], ())}"


def _start_contributions(ax, names, ylabel, ylim, most):
    for y in (0.98, 0.92):
        ax.text(0.02, y, "", transform=ax.transAxes, va="top", fontsize=8)
    for _, j in np.ndindex(most, len(names)):
        ax.add_patch(Rectangle((j, 0), 0.84, 0, facecolor=GRID))
        ax.text(j, 0, "", ha="center", va="center", fontsize=8, clip_on=True)
    ax.axhline(0, color=GRAY, linewidth=0.8)
    ax.plot(np.arange(len(names)) + 0.5, np.zeros(len(names)), "<", color=RED, markersize=7)
    ax.set(ylim=ylim, ylabel=ylabel)
    _name_classes(ax, names)


def _name_classes(ax, names):
    """Name k places of the x axis, in letters so small that neighbors keep apart."""
    names = [_plain(name) for name in names]
    ax.set_xlim(-0.6, len(names) - 0.4)
    longest = max(len(a) + len(b) for a, b in pairwise([*names, "", ""])) / 2
    ax.set_xticks(range(len(names)), names, fontsize=_size(ax, len(names), longest))
    ax.tick_params(axis="x", length=0)


def _size(ax, places, letters):
    """Return the size of letters, 8 to 11 points, of which so many fit side by side in one of the places."""
    return np.clip(_room(ax, places) / letters / 0.7, 8, 11)


def _room(ax, places):
    """Return the width, in points, of one of so many places side by side."""
    return ax.get_window_extent().width * 72 / ax.figure.dpi / places


def calibration(value, ax=None):
    """Draw how sure answers were beside how often they were right, with its 95% interval (Wilson 1927).

    value: {name: (confidence, right, n)}: the mean confidence of n answers, and how many of them were right.

    >>> calibration({"certain": (1, 3, 4)})
    'confidence: certain 1; accuracy: certain 0.750; certain: 3 of 4, so from 0.301 to 0.954'
    """
    confidence, right, n = np.array(list(value.values()), float).T
    share, ax = right / np.where(n > 0, n, np.nan), _axes(ax)
    middle, away = (right + 1.92) / (n + 3.84), np.sqrt(np.nan_to_num(right * (1 - share)) + 0.96)
    ends = np.clip(middle + np.outer([-1.96, 1.96], away / (n + 3.84)), 0, 1)
    said = [bars({"confidence": confidence, "accuracy": share}, list(value), ax)]
    for i, (name, line) in enumerate(zip(value, ends.T, strict=True)):
        (drawn,) = ax.lines[1 + i : 2 + i] or ax.plot([i + 0.36] * 2, line, color=GRAY, linewidth=3)
        drawn.set_ydata(line)
        said.append(f"{name}: {right[i]:g} of {n[i]:g}, so from {_word(line[0])} to {_word(line[1])}")
    return "; ".join(said)


def curve(y, x=None, ax=None, xlabel="", ylabel="", ylim=None):
    """Draw lines over a shared x axis.

    y: n numbers, or {line name: n numbers}. x: n numbers, default 0, 1, 2 …; a positive x that spans a
    factor of 100 or more is drawn on a logarithmic scale. Where a line is nan or infinite it has a gap.

    >>> curve([2.3, 1.1, 0.9], ylabel="loss")
    'loss goes from 2.300 at 0 to 0.900 at 2'
    """
    lines = {key: _vector(v) for key, v in (y if isinstance(y, dict) else {ylabel: y}).items()}
    if len(lines) > len(SERIES):
        raise ValueError(f"at most four lines fit in one picture, not {len(lines)}")
    x = np.arange(len(next(iter(lines.values())))) if x is None else _vector(x)
    ax = _axes(ax)
    if not ax.lines:
        for name, color, style in zip(lines, SERIES, ("-", "--", "-.", ":"), strict=False):
            ax.plot([], [], style, color=color, linewidth=2.5, label=_plain(name))
        ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(x.min(), x.max()))
        _scale_x(ax, x)
        if len(lines) > 1:
            _legend(ax)
    for artist, values in zip(ax.lines, lines.values(), strict=True):
        artist.set_data(x, np.where(np.isfinite(values), values, np.nan))
    if ylim:
        ax.set_ylim(ylim)
    else:
        _fit(ax, list(lines.values()))
    return "; ".join(_course(name, x, values) for name, values in lines.items())


def _fit(ax, values):
    """Let the y axis reach from tick to tick around the numbers: few moves change such limits."""
    if (finite := np.ravel(values)[np.isfinite(np.ravel(values))]).size:
        ticks = ax.yaxis.get_major_locator().tick_values(finite.min(), finite.max())
        ax.set_ylim(ticks[0], ticks[-1])


def _course(name, x, values):
    said = (
        f"{name or 'the line'} goes from {_word(values[0])} at {x[0]:g} to {_word(values[-1])} at {x[-1]:g}"
    )
    gaps = np.flatnonzero(~np.isfinite(values))
    if len(gaps):
        first = f"{values[gaps[0]]} at {x[gaps[0]]:g}"
        where = f"1 point ({first})" if len(gaps) == 1 else f"{len(gaps)} points (the first: {first})"
        return f"{said}, nothing to draw at {where}"
    ends = [("lowest", np.argmin(values)), ("highest", np.argmax(values))]
    return said + "".join(f", {end} {_word(values[i])} at {x[i]:g}" for end, i in ends if 0 < i < len(x) - 1)


def dot(point, x, y, ax=None):
    """Draw a point on a curve, or on one of several, each with its name beside its highest point.

    point: (x, y), or (x, y, n numbers) if the curve moves as well. x: {label: n numbers}, scaled as in
    `curve`. y: {label: n numbers}, the curve at first, or {label: {name of a curve: n numbers}}.

    >>> dot((1.0, 2.0), x={"T": [0.5, 1, 2]}, y={"entropy": [1, 2, 3]})
    'T 1.00, entropy 2.000'
    """
    ((xlabel, xs),), ((ylabel, curves),) = x.items(), y.items()
    (px, py), moved = _vector(point[:2]), point[2:]
    ax = _axes(ax)
    if not ax.lines:
        _start_dot(ax, xs, curves if isinstance(curves, dict) else {"": curves})
        ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.lines[-1].set_data([px], [py if np.isfinite(py) else np.nan])
    if moved:
        ax.lines[0].set_ydata(_vector(moved[0]))
        _fit(ax, moved[0])
    low = ax.get_ylim()[0]
    ax.texts[-1].set(position=(px, low), text="" if np.isfinite(py) else f"{ylabel}: {_word(py)}")
    at = f"{px:.2f}" if abs(px) >= 0.1 else f"{px:.2g}"
    said = f"{xlabel} {at}, {ylabel} {_word(py)}"
    return f"{said}; {_course(ylabel, xs, _vector(moved[0]))}" if moved else said


def _start_dot(ax, xs, curves):
    colors = SERIES if len(curves) > 1 else [GRAY]
    for (name, ys), color, style in zip(curves.items(), colors, ("-", "--", "-.", ":"), strict=False):
        ax.plot(xs, ys, style, color=color, linewidth=2)
        if name:
            top = np.nanargmax(ys)
            left = xs[max(0, top - len(xs) // 20)]  # of the top, where the line is lower
            ax.text(left, ys[top], _plain(name), fontsize=11, ha="right", va="bottom")
    ax.plot([], [], "o", color=RED, markersize=11)
    ax.text(0, 0, "", color=RED, fontsize=11, ha="center", va="bottom")
    _scale_x(ax, xs)
    ax.margins(y=0.15)


def ranked(value, ax=None, rows=11, limit=1, xlabel="probability"):
    """Draw bars that lie below each other, each with its name and its number. Names may change.

    value: (names, numbers), of which the first `rows` are drawn; fewer leave rows empty. limit: where the
    axis ends; a longer bar is cut there, and its number stays.

    >>> ranked(([" Paris", " the"], [0.773, 0.065]), rows=2)
    'Paris 0.773, the 0.065'
    """
    names, numbers = _tokens(value[0])[:rows], _vector(value[1])[:rows]
    if len(names) != len(numbers):
        raise ValueError(f"expected {len(numbers)} names, one for each number, and got {len(names)}")
    ax = _axes(ax)
    if not ax.patches:
        _start_ranked(ax, rows, limit, xlabel)
    empty = rows - len(names)
    shown = zip([*names, *[""] * empty], np.append(numbers, np.zeros(empty)), strict=True)
    for i, (name, number) in enumerate(shown):
        seen = np.clip(np.nan_to_num(number, posinf=limit), 0, limit)
        ax.patches[i].set_width(seen)
        ax.texts[2 * i].set_text(_plain(name))
        ax.texts[2 * i + 1].set(x=seen + 0.01 * limit, text=_word(number) if name else "")
    return ", ".join(f"{name} {_word(number)}" for name, number in zip(names, numbers, strict=True))


def _start_ranked(ax, rows, limit, xlabel):
    ax.barh(-np.arange(rows), np.zeros(rows), height=0.75, color=BLUE)
    size = 11 if rows <= 12 else 8
    for row in range(rows):
        ax.text(-0.01 * limit, -row, "", ha="right", va="center", fontsize=size)
        ax.text(0, -row, "", ha="left", va="center", fontsize=size)
    ax.axvline(0, color=GRAY, linewidth=0.8)
    ax.set(xlim=(-0.3 * limit, 1.12 * limit), ylim=(0.4 - rows, 0.6), yticks=[], xlabel=xlabel)
    ax.set_xticks(np.linspace(0, limit, 5))
    ax.spines["left"].set_visible(False)
    ax.grid(False)


def cumulative(value, names, ax=None):
    """Draw rows of probabilities, each as a bar of length 1 that is cut at the running sums, and a line at u.

    From each bar u draws the class into whose piece it falls.

    value: (u, {row: k probabilities}). names: {row: the k classes}.

    >>> cumulative((0.5, {"pets": [0.25, 0.75]}), names={"pets": ["cat", "dog"]})
    'pets: cat 0.250, dog 0.750, and u draws dog'
    """
    u, rows = float(value[0]), {row: _vector(p) for row, p in value[1].items()}
    names = {row: _tokens(names[row]) for row in rows}
    if [*map(len, rows.values())] != [*map(len, names.values())]:
        raise ValueError("expected one probability for each name")
    ax = _axes(ax)
    if not ax.patches:
        _start_cumulative(ax, rows, names)
    ax.lines[0].set_xdata([u, u])
    pieces, labels, said = iter(ax.patches), iter(ax.texts), []
    for row, p in rows.items():
        ends = np.cumsum(p)
        for name, width, end in zip(names[row], p, ends, strict=True):
            next(pieces).set(x=end - width, width=width)
            fits = width > 0.02 + 0.016 * len(name)
            next(labels).set(x=end - width / 2, text=_plain(name) if fits else "")
        drawn = names[row][min(np.searchsorted(ends, u, side="right"), len(p) - 1)]
        place = {"x": u + 0.01, "ha": "left"} if u < 0.5 else {"x": u - 0.01, "ha": "right"}
        next(labels).set(text=_plain(drawn), **place)
        said.append(f"{row}: {_listed(names[row], p, ())}, and u draws {drawn}")
    return "; ".join(said)


def _start_cumulative(ax, rows, names):
    for y, row in enumerate(rows):
        k = len(names[row])
        ax.barh([-y] * k, np.zeros(k), height=0.4, color=[SERIES[i % 4] for i in range(k)])
        for _ in range(k):
            ax.text(0, -y - 0.23, "", ha="center", va="top", fontsize=10)
        ax.text(0, -y + 0.23, "", va="bottom", fontsize=12, color=RED)
    ax.plot([0, 0], [0.5 - len(rows), 0.5], color=RED, linewidth=2)
    ax.set(xlim=(-0.005, 1.005), ylim=(0.45 - len(rows), 0.55), xlabel="running sum, and u")
    ax.set_yticks(-np.arange(len(rows)), rows)
    ax.tick_params(axis="y", length=0)
    ax.grid(False)


def surprise(value, names, ax=None):
    """Draw p as bars that lie along the x axis, and above them the curve −log p with the true class's loss.

    value: (p, y, loss), the k probabilities, the index of the true class and its loss in nats. names: the k
    classes. A loss above the picture is an arrow at its edge.

    >>> surprise(([0.25, 0.75], 1, 0.288), names=["cat", "dog"])
    'the true class is dog: p = 0.750, loss 0.288; cat 0.250, dog 0.750'
    """
    p, y, loss = _vector(value[0]), value[1], float(value[2])
    if len(p) != len(names):
        raise ValueError(f"expected {len(names)} probabilities, one for each class, and got {len(p)}")
    ax = _axes(ax)
    if not ax.patches:
        _start_surprise(ax, names)
    for i, bar in enumerate(ax.patches):
        bar.set(width=np.nan_to_num(p[i]), color=RED if i == y else BLUE)
    line, point = ax.lines[2:]
    seen = min(loss, TOP)
    line.set_data([p[y], p[y], 0], [ax.patches[y].get_y(), seen, seen])
    point.set_data([p[y]], [seen])
    point.set_marker("^" if loss > TOP else "o")
    ax.texts[0].set_text(f"p = {_word(p[y])}, loss {_word(loss)}")
    bars_in_words = ", ".join(f"{n} {_word(v)}" for n, v in zip(names, p, strict=True))
    return f"the true class is {names[y]}: p = {_word(p[y])}, loss {_word(loss)}; {bars_in_words}"


def _start_surprise(ax, names):
    rows = -0.9 * np.arange(1, len(names) + 1)
    ax.axhline(0, color=GRAY, linewidth=0.8)
    ax.barh(rows, np.zeros(len(names)), height=0.65)
    p = np.linspace(0.002, 1, 400)
    ax.plot(p, -np.log(p), color=GRAY, linewidth=2)
    ax.plot([], [], ":", color=RED, linewidth=1.5)
    ax.plot([], [], "o", color=RED, markersize=11)
    ax.text(0.98, 0.95, "", transform=ax.transAxes, ha="right", va="top", fontsize=12, color=RED)
    ax.set(
        xlim=(0, 1.02),
        ylim=(rows[-1] - 0.6, TOP + 0.3),
        xlabel="probability p",
        ylabel="loss  −log p  (nats)",
    )
    ax.set_yticks([*range(TOP + 1), *rows], [*map(str, range(TOP + 1)), *map(_plain, names)])


def heat(matrix, rows=None, columns=None, ax=None, limits=(0, 1)):
    """Draw a matrix as a map: a cell for each number, colored as `signed` says, the number in it if it fits.

    matrix: (n, m) numbers. rows, columns: names of the n rows and m columns, default 0, 1, 2 …. limits: the
    lowest and the highest number; the one farther from 0 has the strongest color. Of more than 100 numbers
    the sentence has the highest of each row.

    >>> heat([[0.25, 0.75], [1, 0]], rows=["cat", "dog"])
    'cat: 0 0.250, 1 0.750; dog: 0 1, 1 0'
    """
    matrix = np.asarray(matrix, float)
    if matrix.ndim != 2:
        raise ValueError(f"expected a matrix, rows of numbers, and got shape {matrix.shape}")
    n, m = matrix.shape
    rows = range(n) if rows is None else rows
    columns = range(m) if columns is None else columns
    ax = _axes(ax)
    if not ax.images:
        _start_heat(ax, rows, columns, limits)
    image = ax.images[0]
    if matrix.shape != image.get_array().shape:
        raise ValueError(f"expected shape {image.get_array().shape}, and got {matrix.shape}")
    image.set_data(matrix)
    for text, value in zip(ax.texts, matrix.flat, strict=False):
        text.set_text(_word(value))
    if len(ax.texts) < matrix.size:
        return f"{n} rows of {m} numbers from {_word(matrix.min())} to {_word(matrix.max())}"
    has_few = matrix.size <= 100
    places = [range(m) if has_few else [row.argmax()] for row in matrix]
    words = [
        ", ".join(f"{columns[j]} {_word(row[j])}" for j in of) for of, row in zip(places, matrix, strict=True)
    ]
    start = "" if has_few else "highest in each row: "
    return start + "; ".join(f"{name}: {said}" for name, said in zip(rows, words, strict=True))


def _start_heat(ax, rows, columns, limits):
    n, m = len(rows), len(columns)
    width, height = ax.get_window_extent().size * 72 / ax.figure.dpi / (m, n)  # of a cell, in points
    size = min(11, width / 3.6, height / 1.2)  # six characters wide, one line high
    ax.imshow(np.zeros((n, m)), **signed(limits, strongest=0.68), aspect="auto")  # 4.5 : 1 below a number
    for i, j in np.ndindex(n, m) if size >= 7 else ():
        ax.text(j, i, "", ha="center", va="center", fontsize=size)
    ax.set_xticks(range(0, m, 1 + m // 16), columns[:: 1 + m // 16])
    ax.set_yticks(range(0, n, 1 + n // 16), rows[:: 1 + n // 16])
    ax.tick_params(length=0)
    ax.grid(False)


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


def regions(value, ax=None, span=5):
    """Draw points of several classes on a plane, and behind them what a model says of every place.

    value: {title: (points, y, p)}, (n, 2) numbers, n class indices, and a function that gives the (m, k)
    probabilities of any (m, 2) points, or None; perhaps also a note, which stands in a corner. A place has
    the color of the class that wins there, stronger for a larger p. span: how far the picture reaches from 0.

    >>> regions({"even": ([[1.0, 2.0], [3.0, 4.0]], [0, 1], lambda points: np.full((len(points), 2), 0.5))})
    'even: right 0.500, sure 0.500 on average'
    """
    ((title, (points, y, p, *note)),) = value.items()
    points, y = np.asarray(points, float), np.asarray(y)
    ax = _axes(ax)
    if not ax.images:
        _start_regions(ax, title, y.max() + 1, span)
    for label, line in enumerate(ax.lines):
        line.set_data(*points[y == label].T)
    ax.texts[0].set_text(_plain("".join(note)))
    if p is None:
        return f"{title}: {len(y)} points of {y.max() + 1} classes"
    side = np.linspace(-span, span, 101)
    there = p(np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)).reshape(101, 101, -1)
    colors = to_rgba_array(SERIES)[there.argmax(axis=-1) % len(SERIES)]
    colors[..., 3] = 0.6 * there.max(axis=-1).round(1)  # steps show as lines of equal p
    ax.images[0].set_data(colors)
    probabilities = p(points)
    right, sure = (probabilities.argmax(axis=-1) == y).mean(), probabilities.max(axis=-1).mean()
    return ", ".join([f"{title}: right {_word(right)}, sure {_word(sure)} on average", *note])


def _start_regions(ax, title, k, span):
    ax.imshow(np.zeros((1, 1, 4)), extent=(-span, span, -span, span), origin="lower", aspect="equal")
    for label in range(k):
        ax.plot([], [], "osD^"[label % 4], color=SERIES[label % 4], markeredgecolor="white", markersize=5)
    ax.text(0.03 - span, 0.03 - span, "", ha="left", va="bottom", fontsize=11)
    ax.set_title(_plain(title), fontsize=11)
    ax.grid(False)


def images(value, ax=None, limits=(0, 16)):
    """Draw small pictures in rows of five, colored as `signed` says, with a title above each.

    value: (pictures, titles) or (pictures, titles, marked): (n, height, width) numbers, n titles, and n truth
    values, a frame for each that is true. limits: the lowest and the highest number; the one farther from 0
    has the strongest color.

    >>> images(([[[0, 1], [1, 0]]], ["a cross"]), limits=(0, 1))
    '1 picture, numbers from 0 to 1: a cross'
    """
    pictures, titles = np.asarray(value[0], float), value[1]
    marked = value[2] if len(value) > 2 else [False] * len(titles)
    if pictures.ndim != 3 or not len(titles) == len(pictures) == len(marked):
        raise ValueError(f"expected {len(titles)} pictures, one for each title, and got {pictures.shape}")
    ax = _axes(ax)
    if not ax.images:
        _start_images(ax, pictures, limits)
    if len(ax.texts) != len(pictures):
        raise ValueError(f"expected {len(ax.texts)} pictures, and got {len(pictures)}")
    ax.images[0].set_data(_sheet(pictures))
    for text, frame, title, mark in zip(ax.texts, ax.patches, titles, marked, strict=True):
        text.set(text=_plain(title), color=RED if mark else "black")
        frame.set(edgecolor=RED if mark else GRID, linewidth=2.5 if mark else 1)
    said = f"{len(pictures)} picture{'s' * (len(pictures) > 1)}"
    said += f", numbers from {pictures.min():.3g} to {pictures.max():.3g}"
    return (
        f"{said}: {', '.join(f'{t} (marked)' if m else str(t) for t, m in zip(titles, marked, strict=True))}"
    )


def _sheet(pictures):
    """Return pictures in rows of five on one sheet, with room for a title above each and a gap beside it."""
    n, height, width = pictures.shape
    columns, rows, line = min(n, 5), -(-n // 5), height + height // 4 + 1
    sheet = np.full((rows * columns, line, width + 1), np.nan)
    sheet[:n, line - height :, :width] = pictures
    return sheet.reshape(rows, columns, line, -1).swapaxes(1, 2).reshape(rows * line, -1)


def _start_images(ax, pictures, limits):
    n, height, width = pictures.shape
    ax.imshow(_sheet(pictures), **signed(limits), interpolation="nearest")
    for i in range(n):
        left, bottom = i % 5 * (width + 1), (i // 5 + 1) * (height + height // 4 + 1)
        top = bottom - height
        ax.text(left + width / 2 - 0.5, top - 0.9, "", ha="center", va="bottom", fontsize=10)
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False))
    ax.set_axis_off()


def _axes(ax):
    if ax is None:
        ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")[1]
    if not ax.has_data():
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color=GRID)
        ax.set_axisbelow(True)
        ax.tick_params(labelsize=11)
        ax.xaxis.label.set_size(11)
        ax.yaxis.label.set_size(11)
    return ax


def _scale_x(ax, x):
    if min(x) > 0 and max(x) / min(x) >= 100:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")


def _legend(ax):
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False, fontsize=11)


def _plain(name):
    """Keep matplotlib from reading dollars as mathematics."""
    return str(name).replace("$", r"\$")


def _tokens(names):
    """Take the blank before a word away; of nothing but blanks, show them in quotes."""
    return [str(name).strip() or repr(str(name)) for name in names]


def _vector(values):
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        raise ValueError(f"expected a row of numbers, and got {values.dtype} of shape {values.shape}")
    return values.astype(float)


def _word(value):
    """Write a number in few characters: exactly 0 and 1 without decimals, so that 0 and nearly 0 differ."""
    if not np.isfinite(value) or value in (0, 1):
        return f"{value:g}"
    return f"{value:.3f}" if 5e-4 <= abs(value) < 1e6 else f"{value:.1e}"
