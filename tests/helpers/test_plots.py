"""Pictures: what they draw, what they say, and that nothing lies over anything else."""

from functools import partial
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from backstage import palette
from conftest import ROOT
from helpers import plots
from helpers.plots import (
    BLUE,
    GRAY,
    ORANGE,
    RED,
    bars,
    contributions,
    curve,
    dot,
    heat,
    images,
    ranked,
    regions,
    stacked,
    surprise,
)


@pytest.fixture
def ax():
    return Figure(figsize=(6.4, 3.6), dpi=100, layout="constrained").subplots()


def overlapping(artists):
    """Whether one of the artists lies over another one."""
    boxes = [artist.get_window_extent() for artist in artists]
    return any(a.overlaps(b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize(
    "p",
    [
        np.full(10, 0.1),
        np.full(4, 3.4e-7),
        {"naive": np.full(4, 0.25), "shifted": np.full(4, np.nan)},
        {"once": np.full(4, 2.4e-4), "repeated": np.full(4, 2.4e-4)},
    ],
    ids=["ten bars", "tiny numbers", "two series", "two series of tiny numbers"],
)
def test_no_label_lies_over_another(ax, p):
    bars(p, ax=ax)
    ax.figure.canvas.draw()
    assert not overlapping([*ax.texts, *ax.get_xticklabels()])


ANIMALS = {"names": ["cat", "dog", "fox"], "ratio": ("dog", "fox")}
SAID = [
    (bars, [0, 1e-9, 1, 1 - 1e-9], {}, "0 0, 1 1.0e-09, 2 1, 3 1.000"),  # nearly 0 is not 0
    (bars, [0.25, 0.5, 0.25], ANIMALS, "cat 0.250, dog 0.500, fox 0.250; dog : fox = 2.000"),
    (bars, [1, 0, 0], ANIMALS, "cat 1, dog 0, fox 0; dog : fox = not defined"),
    (curve, [2, 1], {}, "the line goes from 2.000 at 0 to 1 at 1"),
    (curve, [2, 0.5, 3], {"ylabel": "loss"}, "loss goes from 2.000 at 0 to 3.000 at 2, lowest 0.500 at 1"),
    (curve, [2, 5, 3], {}, "the line goes from 2.000 at 0 to 3.000 at 2, highest 5.000 at 1"),
    (
        curve,
        [2, np.inf, 1],
        {},
        "the line goes from 2.000 at 0 to 1 at 2, nothing to draw at 1 point (inf at 1)",
    ),
    (
        curve,
        [np.nan, 1, np.inf],
        {},
        "the line goes from nan at 0 to inf at 2, nothing to draw at 2 points (the first: nan at 0)",
    ),
    (heat, np.eye(40) / 2, {}, "40 rows of 40 numbers from 0 to 0.500"),  # no room for numbers
]


@pytest.mark.parametrize("picture, value, options, said", SAID)
def test_a_picture_says_what_it_shows(ax, picture, value, options, said):
    assert picture(value, ax=ax, **options) == said
    assert picture is not heat or not ax.texts


AB = {"names": "ab"}


@pytest.mark.parametrize(
    "picture, value, reason",
    [
        *((bars, bad, "expected a row of numbers") for bad in ([[0.5, 0.5]], ["a", "b"], 0.5, [1j, 0])),
        *((heat, bad, "expected a matrix|could not convert") for bad in ([0.5, 0.5], [["a", "b"]])),
        *((picture, {name: [0.5, 0.5] for name in "abcdef"}, "at most four") for picture in (bars, curve)),
        *(
            (partial(contributions, **AB), bad, "at most 15 parts of 2 numbers")
            for bad in ((["a"], [[1, 2, 3]]), (["a", "b"], [[1, 2]]), (["a"] * 16, np.ones((16, 2))))
        ),
        (partial(surprise, **AB), ([1.0], 0, 0), "expected 2 probabilities, one for each class, and got 1"),
        (ranked, ("ab", [1]), "expected 1 names, one for each number, and got 2"),
        (images, (np.ones((2, 3, 3)), "abc"), "expected 3 pictures, one for each title"),
    ],
)
def test_what_a_picture_cannot_show_is_refused(picture, value, reason):
    with pytest.raises(ValueError, match=reason):
        picture(value)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "picture, value, other, reason",
    [
        (bars, [0.5, 0.5], [0.5, 0.3, 0.2], "expected 2 numbers, one for each bar, and got 3"),
        (heat, [[0, 1]], [[1, 2, 3]], r"expected shape \(1, 2\), and got \(1, 3\)"),
        (images, (np.ones((2, 3, 3)), "ab"), (np.ones((3, 3, 3)), "abc"), "expected 2 pictures, and got 3"),
    ],
)
def test_a_picture_moves_and_adds_nothing(ax, picture, value, other, reason):
    picture(value, ax=ax)
    before = list(ax.get_children())
    picture(value, ax=ax)
    assert list(ax.get_children()) == before
    with pytest.raises(ValueError, match=reason):
        picture(other, ax=ax)
    assert list(ax.get_children()) == before


@pytest.mark.parametrize(
    "p, heights, words, colors",
    [
        ([0.2, 0.5, 0.3], [0.2, 0.5, 0.3], ["0.200", "0.500", "0.300"], [GRAY] * 3),
        *(([0.5, v], [0.5, 0], ["0.500", f"{v}"], [GRAY, RED]) for v in (np.nan, np.inf, -np.inf)),
        ([3.4, -0.2, 0.5], [1, 0, 0.5], ["3.400", "-0.200", "0.500"], [RED, RED, GRAY]),
    ],
)
def test_a_bar_ends_at_its_number_or_where_the_picture_does(ax, p, heights, words, colors):
    bars(np.ones(len(p)), ax=ax)
    assert bars(p, ax=ax) == ", ".join(f"{i} {word}" for i, word in enumerate(words))
    assert [bar.get_height() for bar in ax.patches] == heights
    assert [(text.get_text(), text.get_color()) for text in ax.texts] == [*zip(words, colors, strict=True)]


def test_a_marked_bar_has_another_color(ax):
    bars([0.2, 0.3, 0.5], names=["a", "b", "s"], marked=["s"], ax=ax)
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [BLUE, BLUE, RED]


def test_the_number_of_a_bar_stands_outside_it_above_or_below(ax):
    bars([0.5, -0.5], ylim=(-1, 1), ax=ax)
    ax.figure.canvas.draw()
    (up, down), (above, below) = ([a.get_window_extent() for a in kind] for kind in (ax.patches, ax.texts))
    assert above.y0 > up.y1 and below.y1 < down.y0


def test_series_that_stand_side_by_side_have_one_legend(ax):
    for p in ([0.5, 0.5], [0.25, 0.75]):
        bars({"before": [1, 0], "after": p}, ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["before", "after"]
    bars([0.5, 0.5], ax=(alone := Figure().subplots()))
    assert alone.get_legend() is None


def test_bars_over_many_powers_of_10_are_as_high_as_the_power(ax):
    assert bars([1e7, 0, np.inf, np.nan], ylim=(1e-9, 1e9), ax=ax) == "0 1.0e+07, 1 0, 2 inf, 3 nan"
    assert [bar.get_y() for bar in ax.patches] == [-9] * 4
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([16, 0, 18, 0])
    assert [text.get_color() for text in ax.texts] == [GRAY, RED, RED, RED]
    ax.figure.canvas.draw()
    assert "1e-5" in [label.get_text() for label in ax.get_yticklabels()]
    for ylim, heights in [((1, 1000), [1, 3]), ((1, 100), [1, 2]), ((1, 99), [10, 1]), ((0, 1000), [10, 0])]:
        bars([10, np.inf], ylim=ylim, ax=(one := Figure().subplots()))
        assert [bar.get_height() for bar in one.patches] == heights


@pytest.mark.parametrize("a, b", [(0.5, 0.25), (1e-9, 1e-9), (0, 0), (0.5, 3.0)])
def test_stacked_parts_end_where_the_whole_does_and_no_label_lies_over_another(ax, a, b):
    stacked({"whole": {"H(q, p)": a + b}, "parts": {"H(q)": 1, "KL(q‖p)": 1}}, ax=ax)
    said = stacked({"whole": {"H(q, p)": a + b}, "parts": {"H(q)": a, "KL(q‖p)": b}}, ax=ax)
    whole, lower, upper = ax.patches
    assert lower.get_y() == 0 and upper.get_y() == lower.get_height() == a
    assert upper.get_y() + upper.get_height() == whole.get_height() == a + b
    color = RED if a + b > 2 else GRAY
    assert [text.get_color() for text in ax.texts] == [color, GRAY, color]
    assert said.count("; parts: H(q) ") == 1
    ax.figure.canvas.draw()
    assert not overlapping(ax.texts)
    boxes = [artist.get_window_extent() for artist in [*ax.texts, *ax.patches]]
    assert all(box.x1 <= ax.figure.bbox.x1 and box.y1 <= ax.figure.bbox.y1 for box in boxes[:3])
    assert not any(text.overlaps(bar) for text in boxes[:3] for bar in boxes[3:] if bar.height > 1)


def test_contributions_add_up_to_where_the_arrows_point(ax):
    rows = np.array([[0.5, -0.5], [2, -1], [-1, -2], [0, 0]])
    said = contributions((["bias", "rain", "sun", "zzz"], rows), names=["weather", "alarm"], ax=ax)
    assert said == "bias rain sun (zzz): zzz adds weather 0, alarm 0"
    assert ax.texts[0].get_text() == "bias rain sun (zzz)"
    edges = [sorted((box.get_y(), box.get_y() + box.get_height())) for box in ax.patches]
    assert edges[0:6:2] == [[0, 0.5], [0.5, 2.5], [-1, 0]]
    assert edges[1:6:2] == [[-0.5, 0], [-1.5, -0.5], [-3.5, -1.5]]
    assert ax.lines[1].get_ydata().tolist() == rows.sum(axis=0).tolist()
    contributions((["bias", "rain"], rows[:2]), names=["weather", "alarm"], ax=ax)
    assert [box.get_linewidth() for box in ax.patches[:6]] == [0.6, 0.6, 2.5, 2.5, 0, 0]
    assert [text.get_text() for text in ax.texts[2:8]] == ["bias", "bias", "rain", "rain", "", ""]


TOPICS = ["weather", "alarm", "timer", "recipe", "flight", "translation"]


@pytest.mark.parametrize("p, names, said", [(0.2, TOPICS, "0.200"), (1.2e-6, range(10), "1.2e-06")])
def test_names_and_numbers_keep_apart_in_a_narrow_picture(p, names, said):
    ax = Figure(figsize=(4.4, 3.6), dpi=72, layout="constrained").subplots()
    assert bars([p] * len(names), names=names, ax=ax).endswith(f"{names[-1]} {said}")
    ax.figure.canvas.draw()
    assert not overlapping(ax.texts) and not overlapping(ax.get_xticklabels())
    assert ax.texts[0].get_text() == {"1.2e-06": "1e-6"}.get(said, said)


def test_curve_leaves_a_gap(ax):
    curve([2.0, np.inf, 1.0], ax=ax)
    assert np.isnan(ax.lines[0].get_ydata()[1])


def test_curve_makes_room_when_it_moves(ax):
    curve([0, 1, 2], ax=ax)
    curve([0, 1, 50], ax=ax)
    assert ax.get_ylim()[1] >= 50


def test_few_moves_change_the_limits_of_a_curve(ax):
    """Where they change, the whole picture is drawn anew."""
    limits = set()
    for top in np.linspace(1, 2, 50):
        curve([0, np.nan, top], ax=ax)
        assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] >= top
        limits.add(ax.get_ylim())
    assert len(limits) <= 6


def test_each_of_several_curves_has_its_name_beside_its_highest_point(ax):
    said = dot((0.0055, 2), x={"h": [0.001, 0.01, 0.1]}, y={"right": {"a": [1, 3, 2], "b": [2, 1, 0]}}, ax=ax)
    assert said == "h 0.0055, right 2.000" and ax.lines[-1].get_xydata().tolist() == [[0.0055, 2]]
    named = [(text.get_text(), text.get_position()) for text in ax.texts[:-1]]
    assert named == [("a", (0.01, 3)), ("b", (0.001, 2))]


def test_dot_lies_on_its_point(ax):
    dot((2, 4), x={"x": [1, 2, 3]}, y={"y": [1, 4, 9]}, ax=ax)
    assert ax.lines[1].get_xydata().tolist() == [[2, 4]] and ax.texts[0].get_text() == ""
    said = dot((1, 9, [9, 2, 5]), x={"x": [1, 2, 3]}, y={"y": [1, 4, 9]}, ax=ax)
    assert said == "x 1.00, y 9.000; y goes from 9.000 at 1 to 5.000 at 3, lowest 2.000 at 2"
    assert ax.lines[0].get_ydata().tolist() == [9, 2, 5]
    dot((2, np.nan), x={"x": [1, 2, 3]}, y={"y": [1, 4, 9]}, ax=ax)
    assert ax.texts[0].get_text() == "y: nan"  # where there is nothing to draw


def test_a_cumulative_bar_is_cut_at_the_running_sums_and_u_draws_a_piece(ax):
    names = {"one": ["a", "b", "c"], "two": [" the", " "]}
    for u, drawn in {0.0: "b' '", 0.49: "b' '", 0.5: "c' '", 1.0: "c' '"}.items():
        said = plots.cumulative((u, {"one": [0, 0.5, 0.5], "two": [0, 1]}), names=names, ax=ax)
        assert "".join(part.partition(" u draws ")[2] for part in said.split("; ")) == drawn
        assert ax.lines[0].get_xdata() == [u, u]
    pieces = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert pieces == [(0, 0), (0, 0.5), (0.5, 0.5), (0, 0), (0, 1)]
    assert [text.get_text() for text in ax.texts] == ["", "b", "c", "", "' '", "c", "' '"]


def test_surprise_puts_the_point_at_p_and_loss(ax):
    said = surprise(([0.25, 0.75], 0, 1.386), names=["cat", "dog"], ax=ax)
    assert said.startswith("the true class is cat: p = 0.250, loss 1.386")
    assert ax.lines[-1].get_xydata().tolist() == [[0.25, 1.386]]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [RED, BLUE]


def test_surprise_marks_a_loss_above_the_picture_with_an_arrow(ax):
    assert "loss inf" in surprise(([0.0, 1.0], 0, np.inf), names=["cat", "dog"], ax=ax)
    assert ax.lines[-1].get_marker() == "^" and ax.lines[-1].get_ydata()[0] < ax.get_ylim()[1]


def test_heat_writes_each_number_in_its_cell(ax):
    heat([[0.25, 0.75, 0], [1, 0, 0]], rows=["cat", "dog"], ax=ax)
    assert heat([[0, 0, 1], [0.5, 0.2, 0.3]], rows=["cat", "dog"], ax=ax) == (
        "cat: 0 0, 1 0, 2 1; dog: 0 0.500, 1 0.200, 2 0.300"
    )
    assert ax.images[0].get_array().tolist() == [[0, 0, 1], [0.5, 0.2, 0.3]]
    assert {text.get_position(): text.get_text() for text in ax.texts}[2, 1] == "0.300"
    assert heat(np.eye(11), rows="abcdefghijk", ax=Figure().subplots()).startswith(
        "highest in each row: a: 0 1; b: 1 1; c: 2 1"
    )


@pytest.mark.parametrize("limits", [(0, 1), (-0.25, 0.25)])
def test_numbers_on_a_heat_map_can_be_read(ax, limits):
    """4.5 : 1 is what WCAG 2.2 asks of text this small."""
    values = np.append(np.linspace(*limits, 21), [np.nan, np.inf, -np.inf]).reshape(2, 12)
    heat(values, ax=ax, limits=limits)
    ax.figure.canvas.draw()
    assert {to_hex(text.get_color()) for text in ax.texts} == {"#000000"}
    for *color, opacity in ax.images[0].to_rgba(values).reshape(-1, 4):
        light, dark = (opacity * np.array(color) + (1 - opacity) * np.array(to_rgb(p)) for p in PAPERS)
        assert contrast("black", light) >= 4.5 and contrast(palette.DARK["#000000"], dark) >= 4.5
        assert contrast("white", darkened(light)) >= 4.5
    assert not overlapping(ax.texts)


@pytest.mark.parametrize("limits", [(0, 1), (-1, 0.5)])
def test_0_has_the_papers_color_and_a_sign_its_own(limits):
    colors = plots.signed(limits)
    colors = colors["cmap"](plt.Normalize(colors["vmin"], colors["vmax"])([np.nan, 0, -1, 1, 0.25, 0.5, 1]))
    assert [to_hex(color) for color in colors[2:4]] == [RED, BLUE]
    assert colors[0][3] == colors[1][3] == 0 and (np.diff(colors[[1, 4, 5, 6], 3]) > 0.2).all()


def _luminance(color):
    """WCAG 2.2's relative luminance."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def test_images_stand_in_rows_of_five_each_under_its_title(ax):
    pictures = np.arange(6 * 4).reshape(6, 2, 2)
    said = images((pictures, "abcdef"), limits=(0, 23), ax=ax)
    assert said == "6 pictures, numbers from 0 to 23: a, b, c, d, e, f"
    sheet = ax.images[0].get_array()
    for i, text in enumerate(ax.texts):
        x, y = text.get_position()
        rows, left = slice(int(y + 0.9), int(y + 0.9) + 2), int(x - 0.5)
        assert sheet[rows, left : left + 2].tolist() == pictures[i].tolist()


def test_images_move(ax):
    images((np.zeros((2, 3, 3)), "ab"), ax=ax)
    assert images((np.ones((2, 3, 3)), "cd"), ax=ax).endswith("from 1 to 1: c, d")
    assert np.nanmin(ax.images[0].get_array()) == 1 and ax.texts[0].get_text() == "c"


def test_marked_images_have_a_frame_and_say_so(ax):
    for marked in ([True, False], [False, True]):
        said = images((np.ones((2, 3, 3)), "ab", marked), ax=ax)
        assert [to_hex(frame.get_edgecolor()) == RED for frame in ax.patches] == marked
        assert said.endswith(["a, b (marked)", "a (marked), b"][marked[0]])
    left, top = ax.patches[1].get_xy()
    assert (ax.images[0].get_array()[int(top + 0.5) :, int(left + 0.5) :][:3, :3] == 1).all()


def test_the_first_two_series_differ_in_lightness():
    """Readers who see no hue tell two series apart; more differ in dashes, marker or place as well."""
    assert abs(_luminance(BLUE) - _luminance(ORANGE)) > 0.1


def contrast(color, ground):
    """The contrast of WCAG 2.2: 1 to 21."""
    darker, lighter = sorted(map(_luminance, (color, ground)))
    return (lighter + 0.05) / (darker + 0.05)


PAPERS = ["#ffffff", "#111111"]  # of JupyterLab's light and dark theme


def test_stored_pictures_are_darkened_in_jupyterlab_and_on_the_pages():
    rule = f".still {{ {palette.DARKENED} }}"
    assert rule in palette.STILL and rule in (ROOT / "backstage/pages/site.css").read_text("utf-8")


def darkened(color):
    """What palette.DARKENED makes of a color: the matrices are those of CSS's Filter Effects."""
    luma = np.array([0.213, 0.715, 0.072])
    inverted = 1 - np.array(to_rgb(color))
    return np.clip(2 * luma @ inverted - inverted, 0, 1)


@pytest.mark.parametrize("color", [*plots.SERIES, plots.RED, plots.GRAY])
def test_colors_stand_out_on_white_and_in_the_dark(color):
    least = 4.5 if color in (plots.RED, plots.GRAY) else 3  # these two are written in as well
    for shown, paper in zip([color, palette.DARK[color], darkened(color)], [*PAPERS, PAPERS[1]], strict=True):
        assert contrast(shown, paper) >= least


def test_regions_have_the_color_of_the_winner_and_the_strength_of_its_p(ax):
    def p(points):
        left = np.where(points[:, 0] < 0, 0.9, 0.2)
        return np.column_stack([left, 1 - left])

    said = regions({"halves": ([[-1, 0], [1, 0], [2, 0]], [0, 1, 0], p)}, ax=ax)
    assert said == "halves: right 0.667, sure 0.833 on average"
    colors = ax.images[0].get_array()
    np.testing.assert_allclose(colors[50, 0], [*to_rgb(BLUE), 0.54], atol=0.01)
    np.testing.assert_allclose(colors[50, -1], [*to_rgb(ORANGE), 0.48], atol=0.01)
    assert [line.get_xdata().tolist() for line in ax.lines] == [[-1, 2], [1]]
    for loss in ("loss 0.105", "loss 0.223"):
        said = regions({"halves": ([[-1, 0]], [0], p, loss)}, ax=ax)
        assert said == f"halves: right 1, sure 0.900 on average, {loss}" and ax.texts[0].get_text() == loss
