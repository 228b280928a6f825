"""A figure as data: the SVG of what stands still, and for each artist that moves a few numbers and strings.

What moves is what a picture drew on its Axes: patches, images, lines with their markers, texts. Each becomes
attributes of an SVG element, so that the browser's part, explorer.js, needs to know no picture.
"""

import base64
import io
import re
from contextlib import nullcontext
from functools import lru_cache, singledispatch
from itertools import zip_longest

import numpy as np
from matplotlib import rc_context, style
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, imsave
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from backstage.palette import css

PENS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
DASHES = {"--": (3.7, 1.6), "-.": (6.4, 1.6, 1, 1.6), ":": (1, 1.65)}  # matplotlib's, in line widths
DROP = {"top": 0.76, "center": 0.28, "center_baseline": 0.28, "bottom": -0.24}  # to the baseline, in em
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
# What a page has no use for: its own head, addresses, fonts, and a style that would reach beyond the picture.
FOREIGN = "|".join(
    [r"^.*?(?=<svg)", "<metadata>.*?</metadata>", "<defs>\\s*<style.*?</defs>", r' id="[\w.]+_\d+"']
    + [r' (?:width|height)="[\d.]+pt"', " font-family: [^;]*;", r' transform="rotate\(-0 [^)]*\)"', "\n *"]
)


class Drawing:
    """A picture on a figure of its own, unknown to pyplot and drawn as if the reader had no matplotlibrc."""

    def __init__(self, picture, width, options):
        """picture: a function of `helpers.plots`. width: in inches. options: its keywords."""
        self.picture, self.options = picture, options
        self.still, self.shown = None, []
        with style.context("default"):
            self.figure = Figure(figsize=(width, 3.6), dpi=72, layout="constrained")  # SVG's 72 to an inch
            self.axes = self.figure.subplots()

    def draw(self, value):
        """Draw a value and return the picture's sentence."""
        with nullcontext() if self.still else style.context("default"):  # 2 ms, which no move needs
            return self.picture(value, ax=self.axes, **self.options)

    def news(self):
        """Return the artists that changed since the last call; or, where limits did, a new svg and all."""
        still = [(x.viewLim.bounds, x.get_title(), x.get_xlabel(), x.get_ylabel()) for x in self.figure.axes]
        still.append(len(moving(self.figure)))
        if still == self.still:
            before, self.shown = self.shown, look(self.figure)
            return {"artists": changes(before, self.shown)}
        self.still, self.svg = still, ground(self.figure)
        self.shown = look(self.figure)
        return self.all()

    def all(self):
        """Return what `news` says to somebody who has seen nothing."""
        return {"svg": self.svg, "artists": changes([], self.shown)}

    def pixels(self):
        """Return the whole picture in red, green, blue and alpha, two pixels to one of CSS."""
        buffer = io.BytesIO()
        with style.context("default"):
            self.figure.savefig(buffer, format="rgba", dpi=200)
        return np.frombuffer(buffer.getvalue(), np.uint8).reshape(720, -1, 4)


def pngs(drawings):
    """Return each picture, and all of them side by side, as PNG, on white, in base64."""
    pixels = [drawing.pixels() for drawing in drawings]
    parts = [_encoded(part) for part in pixels]
    return parts, _encoded(np.hstack(pixels)) if len(parts) > 1 else parts[0]


def ink(drawn):
    """Return a boolean array as PNG in base64, black where it is True, five pixels to a dot."""
    return _encoded(np.kron(255 * ~drawn, np.ones((5, 5))).astype(np.uint8)[..., None].repeat(3, axis=-1))


def moving(figure):
    """Return what pictures drew on the Axes of a figure, lowest first."""
    artists = [a for x in figure.axes for a in (*x.patches, *x.images, *x.collections, *x.lines, *x.texts)]
    return sorted(artists, key=lambda artist: artist.zorder)


def ground(figure):
    """Return as SVG what stands still: axes, ticks, labels, legend. They alone decide the layout."""
    artists, buffer = moving(figure), io.StringIO()
    for artist in artists:
        artist.set(visible=False, in_layout=False)
    with style.context("default"), rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True)
    for artist in artists:
        artist.set_visible(True)
    svg = re.sub(FOREIGN, "", buffer.getvalue(), flags=re.DOTALL)
    return re.sub("#[0-9a-f]{6}", lambda color: _color(color[0]), svg)


def look(figure):
    """Return the data of all that moves: for each element its tag, the box that clips it, its attributes."""
    height = figure.bbox.height
    clips = {ax: [_n(ax.bbox.x0), _n(height - ax.bbox.y1), *map(_n, ax.bbox.size)] for ax in figure.axes}
    return [
        {"clip": clips[artist.axes] if artist.get_clip_on() else None} | data
        for artist in moving(figure)
        for data in read(artist, height)
    ]


def changes(before, after):
    """Return [place, attributes that differ] for each element of `after` that is new or differs."""
    pairs = enumerate(zip_longest(after, before, fillvalue={}))
    differ = [[i, {k: v for k, v in new.items() if old.get(k) != v}] for i, (new, old) in pairs]
    return [pair for pair in differ if pair[1]]


@singledispatch
def read(artist, _):
    """Return the elements that draw an artist. Raises TypeError for one of a kind that is not below."""
    raise TypeError(f"a live picture has patches, images, lines and texts, not {type(artist).__name__}")


@read.register
def _(artist: Patch, height):
    if isinstance(artist, Rectangle):
        corners = artist.get_data_transform().transform(artist.get_bbox().get_points())
        shape = {"tag": "rect"} | _box(*corners, height)
    else:
        shape = {"tag": "path", "d": _d(artist.get_transform().transform_path(artist.get_path()), height)}
    return [shape | _style(artist.get_facecolor(), artist.get_edgecolor(), artist.get_linewidth())]


@read.register
def _(artist: Line2D, height):
    width, dashes = artist.get_linewidth(), DASHES.get(artist.get_linestyle(), ())
    path = artist.get_transform().transform_path(artist.get_path())
    pen = _style(None, artist.get_color(), width, " ".join(f"{width * d:.2f}" for d in dashes))
    line = {"tag": "path", "d": "" if artist.get_linestyle() == "None" else _d(path, height)} | pen
    points = path.vertices[np.isfinite(path.vertices).all(axis=1)]
    return [line] if artist.get_marker() == "None" else [line, _markers(artist, points, height)]


def _markers(artist, points, height):
    marker, size = MarkerStyle(artist.get_marker()), artist.get_markersize()
    face, edge = to_rgba(artist.get_markerfacecolor()), to_rgba(artist.get_markeredgecolor())
    width = artist.get_markeredgewidth()
    if marker.get_marker() == "o" and face == edge:  # a dot is a line without length that has round ends
        d = "".join(f"M{_n(x)} {_n(height - y)}h0" for x, y in points)
        return {"tag": "path", "d": d} | _style(None, face, size + width, cap="round")
    outline = _outline(marker, size)
    d = "".join(f"M{_n(x)} {_n(height - y)}{outline}" for x, y in points)
    return {"tag": "path", "d": d} | _style(face if marker.is_filled() else None, edge, width)


def _outline(marker, size):
    """Write a marker in SVG's small letters, from the point where the pen is: one text for all points."""
    if marker.get_marker() == "o":
        arc = f"a{size / 2:g} {size / 2:g} 0 0 0 "
        return f"m{-size / 2:g} 0{arc}{size:g} 0{arc}{-size:g} 0z"
    path = (marker.get_transform() + Affine2D().scale(size)).transform_path(marker.get_path())
    pen, written = np.zeros(2), []
    for points, code in path.iter_segments(simplify=False):
        corners = (points.reshape(-1, 2) * [1, -1]).round(1)
        steps = " ".join(f"{step:g}" for step in (corners - pen).round(1).ravel() + 0.0)
        written.append(PENS[code].lower() + (steps if code != Path.CLOSEPOLY else ""))
        pen = corners[-1]
    return "".join(written)


@read.register
def _(artist: Text, height):
    x, y = artist.get_transform().transform(artist.get_unitless_position())
    there, size = np.isfinite([x, y]).all(), artist.get_fontsize()
    place = {"x": _n(x), "y": _n(height - y)} if there else {}
    place["dy"] = _n(size * DROP.get(artist.get_va(), 0))
    font = f";font-size:{size:g}px;font-weight:{artist.get_weight()};text-anchor:{ANCHORS[artist.get_ha()]}"
    drawn = {"tag": "text", "text": artist.get_text() if there else ""}
    return [drawn | place | _style(artist.get_color(), more=font)]


@read.register
def _(artist: AxesImage, height):
    left, right, bottom, top = artist.get_extent()
    (x0, y0), (x1, y1) = corners = artist.axes.transData.transform([(left, bottom), (right, top)])
    upright = (artist.origin == "upper") == (y1 > y0)
    pixels = artist.to_rgba(artist.get_array(), bytes=True)[:: 1 if upright else -1, :: 1 if x1 > x0 else -1]
    data = {"tag": "image", "href": _href(pixels.tobytes(), pixels.shape), "preserveAspectRatio": "none"}
    return [data | _box(*corners, height) | _style(None, more=";image-rendering:pixelated")]


@lru_cache(64)
def _href(content, shape):
    return "data:image/png;base64," + _encoded(np.frombuffer(content, np.uint8).reshape(shape))


def _encoded(pixels):
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _box(corner, other, height):
    (x0, y0), (x1, y1) = corner, other
    box = {"x": min(x0, x1), "y": height - max(y0, y1), "width": abs(x1 - x0), "height": abs(y1 - y0)}
    return {side: _n(value) for side, value in box.items()}


def _d(path, height):
    """Write a path in SVG's letters; where it is nan it has a gap."""
    written = []
    for points, code in path.iter_segments(remove_nans=True, simplify=len(path.vertices) > 128):
        flipped = [_n(height - v if i % 2 else v) for i, v in enumerate(points)]
        written.append(PENS[code] + " ".join(map(str, flipped)) if PENS[code] != "Z" else "Z")
    return "".join(written)


def _n(number):
    """Round to what no eye can tell from the number, which keeps messages short."""
    return round(float(number), 1)


def _style(fill, stroke=None, width=0, dashes="", cap="butt", more=""):
    pen = f";stroke:{_color(stroke)};stroke-width:{width:g};stroke-linecap:{cap}" if width else ""
    pen += f";stroke-dasharray:{dashes}" if dashes else ""
    return {"style": f"fill:{_color(fill)}{pen}{more}"}


@lru_cache(256)
def _color(color):
    """Return a color as CSS; one of the palette is another one in a dark theme."""
    return css("none" if color is None or to_rgba(color)[3] == 0 else to_hex(color))
