"""A figure as data: the SVG of what stands still, and for each artist that moves a few numbers and strings.

What moves is what a picture drew on its Axes: patches, images, lines with their markers, texts. Each becomes
attributes of an SVG element, so that the browser's part, explorer.js, needs to know no picture.
"""

import base64
import io
import re
from functools import lru_cache

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
from matplotlib.transforms import Affine2D, Bbox

from helpers.plots import DARK

PENS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
DASHES = {
    "--": (3.7, 1.6),
    "-.": (6.4, 1.6, 1, 1.6),
    ":": (1, 1.65),
}  # in line widths, as matplotlib has them
DROP = {"top": 0.76, "center": 0.28, "center_baseline": 0.28, "bottom": -0.24}  # to the baseline, in em
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
FOREIGN = (
    r'^.*?(?=<svg)|<metadata>.*?</metadata>|<style.*?</style>| id="[\w.]+_\d+"| (?:width|height)="[\d.]+pt"'
)


class Drawing:
    """A picture on a figure of its own, unknown to pyplot and drawn as if the reader had no matplotlibrc."""

    def __init__(self, picture, width, options):
        """picture: a function of `helpers.plots`. width: in inches. options: its keywords."""
        self.picture, self.options = picture, options
        self.still, self.shown = None, []
        with style.context("default"):
            self.figure = Figure(
                figsize=(width, 3.6), dpi=72, layout="constrained"
            )  # SVG counts in 1/72 inch
            self.axes = self.figure.subplots()

    def draw(self, value):
        """Draw a value and return the picture's sentence."""
        if self.still:
            return self.picture(value, ax=self.axes, **self.options)
        with style.context("default"):  # 2 ms, which what only moves an artist does not need
            return self.picture(value, ax=self.axes, **self.options)

    def news(self):
        """Return {artists that changed since the last call}, or all of them and a new svg if limits did."""
        texts = [(ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) for ax in self.figure.axes]
        still = [texts, [ax.viewLim.bounds for ax in self.figure.axes], len(moving(self.figure))]
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
        """Return the whole picture in red, green, blue and alpha, two pixels for each of CSS."""
        buffer = io.BytesIO()
        with style.context("default"):
            self.figure.savefig(buffer, format="rgba", dpi=200)
        return np.frombuffer(buffer.getvalue(), np.uint8).reshape(720, -1, 4)


def png(drawings):
    """Return pictures side by side as PNG, on white."""
    buffer = io.BytesIO()
    imsave(buffer, np.hstack([drawing.pixels() for drawing in drawings]), format="png")
    return buffer.getvalue()


def moving(figure):
    """Return what pictures drew on the Axes of a figure, lowest first."""
    artists = [a for x in figure.axes for a in (*x.patches, *x.images, *x.collections, *x.lines, *x.texts)]
    return sorted(artists, key=lambda artist: artist.zorder)


def ground(figure):
    """Return as SVG what stands still: axes, ticks, labels, legend. They alone decide the layout."""
    artists, buffer = moving(figure), io.StringIO()
    seen = [artist.get_visible() for artist in artists]
    for artist in artists:
        artist.set(visible=False, in_layout=False)
    with style.context("default"), rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True)
    for artist, visible in zip(artists, seen, strict=True):
        artist.set_visible(visible)
    svg = re.sub(FOREIGN, "", buffer.getvalue(), flags=re.DOTALL)
    return re.sub("#[0-9a-f]{6}", lambda color: _themed(color[0]), svg)


def look(figure):
    """Return the data of all that moves: for each element its tag, the box that clips it, its attributes.

    Raises TypeError for an artist that is no patch, image, line or text.
    """
    return [data for artist in moving(figure) for data in _read(artist, figure.bbox.height)]


def changes(before, after):
    """Return [place, attributes that differ] for each element of `after` that is new or differs."""
    pairs = enumerate(zip(after, before + [{}] * (len(after) - len(before)), strict=True))
    differ = [[i, {k: v for k, v in new.items() if k not in old or old[k] != v}] for i, (new, old) in pairs]
    return [[i, attributes] for i, attributes in differ if attributes]


def _read(artist, height):
    reader = next((read for kind, read in READERS.items() if isinstance(artist, kind)), None)
    if reader is None:
        kind = type(artist).__name__
        raise TypeError(f"a live picture is made of patches, images, lines and texts, and got a {kind}")
    clip = list(_box(artist.axes.bbox, height).values()) if artist.get_clip_on() else None
    return [{"clip": clip} | data for data in reader(artist, height)]


def _read_patch(artist, height):
    box = artist.get_transform().transform_path(artist.get_path())
    flat = isinstance(artist, Rectangle) and not artist.get_angle()
    form = (
        {"tag": "rect"} | _box(box.get_extents(), height) if flat else {"tag": "path", "d": _d(box, height)}
    )
    edge = artist.get_edgecolor()
    return [form | _style(artist, artist.get_facecolor(), edge, artist.get_linewidth() * (edge[3] > 0))]


def _read_line(artist, height):
    width, dashes = artist.get_linewidth(), DASHES.get(artist.get_linestyle(), ())
    path = artist.get_transform().transform_path(artist.get_path())
    drawn = artist.get_linestyle() not in ("None", " ", "")
    line = {"tag": "path", "d": _d(path, height) if drawn else ""}
    pen = _style(artist, None, artist.get_color(), width, " ".join(f"{width * d:.2f}" for d in dashes))
    points = path.vertices[np.isfinite(path.vertices).all(axis=1)]
    return [line | pen, {"tag": "path"} | _markers(artist, points, height)]


def _markers(artist, points, height):
    marker, size = MarkerStyle(artist.get_marker()), artist.get_markersize()
    face, edge, width = (
        artist.get_markerfacecolor(),
        artist.get_markeredgecolor(),
        artist.get_markeredgewidth(),
    )
    if marker.get_marker() == "o" and _color(face) == _color(
        edge
    ):  # a dot is a line without length that has round ends
        d = "".join(f"M{_n(x)} {_n(height - y)}h0" for x, y in points)
        return {"d": d} | _style(artist, None, face, size + width, cap="round")
    shape = (marker.get_transform() + Affine2D().scale(size)).transform_path(marker.get_path())
    d = "".join(_d(shape.transformed(Affine2D().translate(x, y)), height) for x, y in points)
    return {"d": d} | _style(artist, face if marker.is_filled() else None, edge, width)


def _read_text(artist, height):
    x, y = artist.get_transform().transform(artist.get_unitless_position())
    there, size = np.isfinite([x, y]).all(), artist.get_fontsize()
    data = {"tag": "text", "text": artist.get_text() if there else ""} | _style(artist, artist.get_color())
    data["style"] += f";font-size:{size:g}px;font-weight:{artist.get_weight()}"
    x, y = (_n(x), _n(height - y)) if there else (0, 0)
    turn = {"transform": f"rotate({-artist.get_rotation():g} {x} {y})"} if artist.get_rotation() else {}
    drop = {"dy": _n(size * DROP.get(artist.get_va(), 0)), "text-anchor": ANCHORS[artist.get_ha()]}
    return [data | {"x": x, "y": y} | drop | turn]


def _read_image(artist, height):
    left, right, bottom, top = artist.get_extent()
    (x0, y0), (x1, y1) = artist.axes.transData.transform([(left, bottom), (right, top)])
    pixels = artist.to_rgba(artist.get_array(), bytes=True)
    pixels = pixels[:: 1 if (artist.origin == "upper") == (y1 > y0) else -1, :: 1 if x1 > x0 else -1]
    box = _box(Bbox([(min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1))]), height)
    href = _png(pixels.tobytes(), pixels.shape)
    still = {"preserveAspectRatio": "none", "style": "image-rendering:pixelated"}
    return [{"tag": "image", "href": href} | box | still]


READERS = {Patch: _read_patch, Line2D: _read_line, Text: _read_text, AxesImage: _read_image}


@lru_cache(256)
def _png(content, shape):
    buffer = io.BytesIO()
    imsave(buffer, np.frombuffer(content, np.uint8).reshape(shape), format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _box(box, height):
    return {"x": _n(box.x0), "y": _n(height - box.y1), "width": _n(box.width), "height": _n(box.height)}


def _d(path, height):
    """Write a path in SVG's letters; where it is nan it has a gap."""
    segments = path.iter_segments(remove_nans=True, simplify=len(path.vertices) > 128)
    return "".join(
        "Z" if c == Path.CLOSEPOLY else PENS[c] + _points(points, height) for points, c in segments
    )


def _points(points, height):
    return " ".join(f"{_n(x)} {_n(height - y)}" for x, y in zip(points[::2], points[1::2], strict=True))


def _n(number):
    """Round to a twentieth of what an eye can tell, which keeps messages short."""
    return round(float(number), 2)


def _style(artist, fill, stroke=None, width=0, dashes="", cap=""):
    pairs = {"fill": _color(fill), "stroke": _color(stroke if width else None), "stroke-width": f"{width:g}"}
    pairs |= {"stroke-dasharray": dashes, "stroke-linecap": cap}
    pairs |= {"opacity": artist.get_alpha(), "display": "" if artist.get_visible() else "none"}
    return {"style": ";".join(f"{key}:{value}" for key, value in pairs.items() if value not in ("", None))}


def _color(color):
    """Return a color as CSS, which is another one in a dark theme if it is one of the palette."""
    return "none" if color is None or to_rgba(color)[3] == 0 else _themed(to_hex(color))


def _themed(color):
    return f"light-dark({color}, {DARK[color]})" if color in DARK else color
