"""What a student does, done in JupyterLab in a real browser: open, run, drag, type, break, go on."""

import io
import json
import re
import shutil

import anywidget
import nbformat
import numpy as np
import pytest
from matplotlib.image import imread

from backstage import lessons
from backstage.asking import questions
from backstage.asking.digits import handed_in
from backstage.explorer.controls import word
from backstage.explorer.explorer import Explorer
from backstage.explorer.widget import JAVASCRIPT
from backstage.palette import BLUE, GRAY, GREEN, ORANGE, PINK, RED
from browser import (
    answer,
    blank_frames,
    complaints_of,
    execute,
    expect,
    jupyterlab,
    open_lab,
    open_tab,
    press,
    run_cells,
    screencast,
    until,
    violations,
    write_notebook,
)
from conftest import ON_THE_MODEL, PICTURED, ROOT
from helpers.plots import bars, curve, regions
from helpers.sliders import drawing, placed

IMPORTS = "import numpy as np\nfrom helpers.plots import bars, curve\nfrom helpers.sliders import explore"
SCRATCH = "notebooks/scratch.ipynb"
FORGET = "__import__('ipywidgets').Widget.close_all()\n%reset -f"
OURS = "{ include: ['.explore'] }"  # what axe looks at; the rest is JupyterLab's
SHARE = """def share(a=1):
    {}
    return np.array([a, 10 - a]) / 10
explore(bars, share, a=(0, 10))"""


TAB = "jupyterapp.shell.currentWidget"
KNOWN = (
    # JupyterLab's own words when a kernel restarts, of whatever it had asked then (debug_request,
    # create_subshell_request); they appear in a notebook without widgets too.
    "request message before replies were done",
    # ipywidgets' own, where a widget closes while its layout is under way, as the bar of `progress` does.
    "Cannot read properties of null (reading 'processLuminoMessage')",
    # anywidget gives a widget two seconds to load, which a busy machine may not have. A picture that gets no
    # answers since then says so, and the tests look at that.
    "[anywidget] Failed to initialize model.",
)


@pytest.fixture(scope="module")
def jupyter(chromium, tmp_path_factory):
    """One JupyterLab for all tests, on a copy of the notebooks so that nothing in the tree is saved over.

    Yield its folder, its page, and the list of what the page complains of or asks of another machine.
    """
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with jupyterlab(folder, "--ServerApp.jpserver_extensions=backstage.explorer.server=True") as address:
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        complaints = complaints_of(page, "(?!http)|http://127.0.0.1:")
        open_lab(page, address.format("lab"))
        yield folder, page, complaints


@pytest.fixture
def page(jupyter):
    _, page, complaints = jupyter
    complaints.clear()
    yield page
    page.set_viewport_size({"width": 1366, "height": 768})
    assert [text for text in complaints if not any(known in text for known in KNOWN)] == []


@pytest.fixture
def opened(jupyter, page):
    """Open a notebook whose cells are the sources given, and return the page.

    Its kernel goes on from test to test, which is fast, and forgets.
    """

    def write(*sources):
        write_notebook(jupyter[0] / SCRATCH, IMPORTS, *sources)
        open_tab(page, SCRATCH)
        return page

    yield write
    execute(page, FORGET)


@pytest.fixture
def scratch(opened):
    """Open a notebook as `opened` does, run it, and return the page."""

    def run(*sources):
        page = opened(*sources)
        run_cells(page)
        page.locator(".explore").first.wait_for()
        page.wait_for_timeout(100)  # a view may scroll into sight, which would move a slider under the mouse
        return page

    return run


def drag(page, slider, share, steps=10):
    """Move the mouse from a slider's middle to a share of its width."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2, steps=steps)
    page.mouse.up()


SELECT = f"""async place => {{
    const notebook = {TAB}.content
    notebook.deselectAll()
    notebook.activeCellIndex = place
    notebook.mode = 'command'
    notebook.activate()
    await notebook.scrollToItem(place)
    window.before = notebook.widgets[place].node.querySelector('.explore')
}}"""
SEEN = f"""place => {{
    const {{ node }} = {TAB}.content.widgets[place], box = node => node.getBoundingClientRect()
    const view = node.querySelector('.explore')
    if (!view || view === before) return
    const window = box(document.querySelector('.jp-WindowedPanel-outer'))
    const frames = [...view.querySelectorAll('.pictures > div')].map(box)
    const half = Math.min(...frames.map(frame => (frame.top + frame.bottom) / 2))
    const bar = [...node.querySelectorAll('.jp-OutputArea-output')].some(n => n.scrollHeight > n.clientHeight)
    return half >= window.top && box(view.querySelector('.controls')).bottom <= window.bottom && !bar
}}"""


def walk(page, name, cells, axe):
    """Run a lesson that has these cells, and move all of its controls."""
    open_tab(page, f"notebooks/{name}.ipynb")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    run_cells(page)
    assert page.locator("[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']").count() == 0
    places = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and "explore(" in cell.source]
    assert places
    expect(page.locator(".explore")).to_have_count(len(places))
    for place in places:
        page.evaluate(SELECT, place)
        page.keyboard.press("Shift+Enter")
        # Picture, controls, no scrollbar of its own.
        page.wait_for_function(SEEN, arg=place, timeout=90_000, polling=50)
    for view in page.locator(".explore").all():
        view.scroll_into_view_if_needed()
        height = view.bounding_box()["height"]
        controls = view.locator("[type=range], .controls > div > select, .pad").all()
        for control in controls:
            move(view, control)
        assert view.locator("b").count() == 0
        assert view.bounding_box()["height"] == height
    assert violations(page, axe, OURS) == []


@pytest.mark.parametrize("name", ["04_temperature", "07_image_classifier"])
def test_a_lesson_runs_and_its_controls_move_its_pictures(name, page, axe):
    """These have controls of each kind, and all pictures are equally high. Without a browser,
    `every_slider_moves` tries the controls of all lessons, and more of their values."""
    walk(page, name, nbformat.read(ROOT / f"notebooks/{name}.ipynb", 4).cells, axe)


def move(view, control):
    """Take a slider to its ends, a menu one further, draw a stroke on a pad, and wait for the sentence."""
    kind = control.evaluate("node => node.type")
    if kind == "range":
        drag(view.page, control, 1, steps=4)
        assert control.evaluate("node => node.value === node.max")
        press(view, control, "Home")
    elif kind == "select-one":
        control.press("ArrowDown")
        until(view.locator("p"), control.evaluate("node => node.selectedOptions[0].text"))
    else:
        words = view.locator("p")
        before = words.text_content()
        draw(control, (0.3, 0.2), (0.7, 0.8))
        changed = "([p, before]) => p.textContent !== before"
        view.page.wait_for_function(changed, arg=[words.element_handle(), before], polling=20)


@pytest.mark.model
def test_the_model_goes_on_as_the_softmax_in_the_notebook_says(jupyter, page, axe):
    """Type a beginning, heat it, let it write, look at a head; then write a wrong softmax."""
    cells = [cell for cell in nbformat.read(ROOT / ON_THE_MODEL, 4).cells if cell.id in PICTURED]
    write_notebook(jupyter[0] / "notebooks/model.ipynb", *(cell.source for cell in cells))
    walk(page, "model", cells, axe)
    words, story, _, head = page.locator(".explore").all()
    words.locator("button").click()  # Reset
    words.locator("input").first.fill("The opposite of hot is")
    words.locator("input").first.press("Enter")
    until(words.locator("p"), "is, T = 1: cold 0.68")
    drag(page, words.locator("[type=range]"), 1)
    until(words.locator("p"), "T = 10: cold")
    press(story, story.locator("[type=range]").first, "Home")
    until(story.locator("p"), "seed = 0: loved")
    press(head, head.locator("[type=range]").first, "End")
    until(head.locator("p"), "bear: The 0.")
    execute(page, "def softmax(z):\n    return np.full_like(z, 1 / z.shape[-1])")
    until(words.locator("p"), "all others 1.000")
    page.wait_for_function("p => !p.textContent.includes('loved')", arg=story.locator("p").element_handle())


def test_keys_stay_in_the_controls(scratch):
    menu = "def which(a=1, b='one', t=''):\n    return [a / 10, len(t) / 10]\n"
    page = scratch(menu + "explore(bars, which, a=(0, 10), b=['one', 'two', 'three'], t='x')", "1 + 1")
    counts = "() => jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.executionCount)"
    before = page.evaluate(counts)
    for control in page.locator(".explore input, .explore select").all():
        control.focus()
        for key in ["b", "x", "ArrowDown", "ArrowUp", "Enter", "Control+z", "Escape", "d", "d"]:
            control.press(key)
            assert control.evaluate("node => node === document.activeElement"), key
    assert page.evaluate(counts) == before


@pytest.mark.parametrize("way", ["click", "drag", "type"])
def test_keys_with_ctrl_and_shift_enter_are_jupyterlabs_after_a_move(way, scratch, jupyter):
    page = scratch(SHARE.format("pass"), "1 + 1")
    box, slider = page.locator("[inputmode]"), page.locator("[type=range]")
    {"click": slider.click, "drag": lambda: drag(page, slider, 0.9), "type": lambda: box.fill("3")}[way]()
    page.evaluate(f"() => {TAB}.content.widgets[2].model.sharedModel.setSource('# changed')")
    page.keyboard.press("Control+s")
    page.wait_for_function(f"() => !{TAB}.context.model.dirty")
    assert "# changed" in (jupyter[0] / SCRATCH).read_text("utf-8")
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette").wait_for()
    page.keyboard.press("Escape")
    slider.focus()
    count = f"() => {TAB}.content.widgets[1].model.executionCount"
    before = page.evaluate(count)
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(f"() => ({count})() > {before}")
    assert page.evaluate(f"() => {TAB}.content.activeCellIndex") == 2


MISBEHAVING = {  # whatever else a function does wrong is told in the same place: see test_sliders.py
    "raises": ("if a > 9: raise ValueError('too much')", "ValueError: too much"),
    "is slow": ("if a > 8: __import__('time').sleep(0.4)", "0 1, 1 0"),
    "is endless": ("while a > 9: pass", "too slow"),
}


def test_a_function_that_misbehaves_in_a_drag_is_told_and_the_next_move_goes_on(scratch):
    page = scratch(
        *(SHARE.replace("share", f"f{i}").format(line) for i, (line, _) in enumerate(MISBEHAVING.values()))
    )
    for view, (_, said) in zip(page.locator(".explore").all(), MISBEHAVING.values(), strict=True):
        slider, words = view.locator("[type=range]"), view.locator("p")
        drag(page, slider, 1)
        until(words, said)
        press(view, slider, "Home")
        until(words, "0 0, 1 1")


def test_a_drag_shows_no_blank_frame(scratch):
    page = scratch(SHARE.format("pass"))
    picture = page.locator(".explore .pictures")
    with screencast(page) as frames:
        drag(page, page.locator("[type=range]"), 0.9)
        until(page.locator(".explore p"), "a = 9:")
    assert frames and blank_frames(frames, picture.bounding_box()) == 0


def test_what_a_screen_reader_is_told_before_and_after_a_move(scratch):
    page = scratch(SHARE.format("pass"))
    view = page.locator(".explore")
    before = view.aria_snapshot()
    assert 'slider "a"' in before and 'textbox "a, typed"' in before and 'button "Reset"' in before
    assert 'img "a = 1: 0 0.100, 1 0.900"' in before and re.search(r"- status\s*$", before)
    status = view.locator("[role=status]").element_handle()
    press(view, view.locator("[type=range]"), "End")
    page.wait_for_function("node => node.textContent", arg=status)
    after = view.aria_snapshot()
    assert 'img "a = 10: 0 1, 1 0"' in after and '- status: "a = 10: 0 1, 1 0"' in after
    assert status.evaluate("node => node.isConnected")


CONTRAST = """view => {
    const luminance = color => {
        const linear = v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        const [r, g, b] = color.match(/[\\d.]+/g).map(v => linear(v / 255))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = luminance(getComputedStyle(view).backgroundColor)
    const contrast = node => {
        const ink = luminance(getComputedStyle(node).fill)
        return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
    }
    const least = nodes => Math.min(...[...view.querySelectorAll(nodes)].map(contrast))
    return [ground, least('.explore text'), least('.explore :is(rect, .pad path)')]
}"""


PADS = """def both(ink, points):
    return [ink.mean()]
explore(bars, both, ink=drawing(8, 8, [[9]]), points=placed(np.eye(4, 2), range(4)))"""


def test_dark_is_dark_and_both_themes_have_contrast(scratch, axe):
    series = "def two(a=0.5):\n    return {name: [a, 1.5] for name in 'abcd'}\nexplore(bars, two, a=(0, 1))"
    page = scratch(series, "from helpers.sliders import *\nshow(bars, [0.5, 1])", PADS)
    theme = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })"
    for name in ["JupyterLab Dark", "JupyterLab Light"]:
        page.evaluate(theme, name)
        page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")
        ground, text, shapes = page.locator(".jp-Notebook").evaluate(CONTRAST)
        assert (ground < 0.1) == ("Dark" in name)
        assert text >= 4.5 and shapes >= 3
        still = page.locator("img.still").first.evaluate("img => getComputedStyle(img).filter")
        assert still == ("invert(1) hue-rotate(180deg)" if "Dark" in name else "none")
        assert violations(page, axe, OURS) == []


@pytest.mark.parametrize(
    "count, beside, below",
    [(2, [1366, -800], [800, 683, -390]), (3, [-1366, -800], [])],  # negative: without the list of files
)
def test_pictures_are_in_sight_together_however_narrow_the_window(count, beside, below, scratch):
    page = scratch(f"explore({count} * [bars], lambda a=1: {count} * [[a, 1]], a=(0, 1))")
    view = page.locator(".explore")
    for width in [*beside, *below]:
        page.evaluate(f"() => jupyterapp.shell.{'expand' if width > 0 else 'collapse'}Left()")
        page.set_viewport_size({"width": abs(width), "height": 768})
        tops = {frame.bounding_box()["y"] for frame in view.locator(".pictures > div").all()}
        assert len(tops) == (1 if width in beside else count), width
        assert view.evaluate("node => node.scrollWidth <= node.clientWidth"), width
        assert view.bounding_box()["height"] < 640, width
    page.evaluate("() => jupyterapp.shell.expandLeft()")


@pytest.mark.parametrize("sliders, share", [(1, 0.6), (2, 0.2)])
def test_sliders_take_the_width_of_the_picture(sliders, share, scratch):
    ranges = "".join(f", {name}=(0, 1)" for name in "ab"[:sliders])
    page = scratch(f"explore(bars, lambda a=0.5, b=0.5: [a, b]{ranges})")
    ranges, image = page.locator("[type=range]"), page.locator(".explore svg").first.bounding_box()
    boxes = [range.bounding_box() for range in ranges.all()]
    ends = [box.bounding_box() for box in page.locator("[inputmode], .explore button").all()]
    assert all(box["width"] > share * image["width"] and box["y"] == boxes[0]["y"] for box in boxes)
    assert 0 <= image["x"] + image["width"] - max(box["x"] + box["width"] for box in ends) <= 1


def test_two_views_of_one_picture_move_together(scratch):
    page = scratch(SHARE.format("pass"))
    press(page.locator(".explore"), page.locator("[type=range]"), "PageUp")
    moved = page.locator(".explore p").text_content()
    page.locator(".explore p").click()
    page.evaluate("() => jupyterapp.commands.execute('notebook:create-output-view')")
    page.wait_for_function("document.querySelectorAll('.explore').length === 2")
    one, other = page.locator(".explore").all()
    assert one.locator("p").text_content() == other.locator("p").text_content() == moved
    heights = "view => [...view.querySelectorAll('rect')].map(bar => bar.getAttribute('height'))"
    assert one.evaluate(heights) == other.evaluate(heights)
    press(one, one.locator("[type=range]"), "End")
    until(other.locator("p"), "a = 10: 0 1, 1 0")
    assert other.locator("[inputmode]").input_value() == "10"


def test_a_new_value_in_another_cell_moves_the_picture_at_once(scratch):
    page = scratch("factor = 1", "explore(bars, lambda a=1: [a * factor / 10, 0.5], a=(0, 10))")
    until(page.locator(".explore p"), "0 0.100")
    page.evaluate(
        """() => {
            const notebook = jupyterapp.shell.currentWidget.content
            notebook.widgets[1].model.sharedModel.setSource('factor = 5')
            notebook.activeCellIndex = 1
            return jupyterapp.commands.execute('notebook:run-cell')
        }"""
    )
    until(page.locator(".explore p"), "0 0.500")


WATCH = """() => {
    window.seen = [[], []]
    const look = () => {
        const view = document.querySelector('.widget-hprogress ~ * .explore, .widget-hprogress ~ .explore')
        if (!view) return
        const news = [document.querySelector('.widget-hprogress').textContent.trim(), view.innerHTML]
        news.forEach((is, i) => seen[i].at(-1) === is || seen[i].push(is))
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
}"""


LOOP = """from helpers.sliders import progress
losses = np.full(100, np.nan)
for i in progress(100, curve, losses, ylabel="loss"):
    losses[i] = 1 / (i + 1)
    __import__('time').sleep(0.02)
    if i == 60:
        break"""


def test_a_loop_moves_bar_and_picture_and_leaves_them_where_it_ends(opened):
    page = opened(LOOP)
    page.evaluate(WATCH)
    run_cells(page)
    cell = page.locator(".jp-CodeCell").last
    until(cell, "The loop ended early, in step 60; the last is step 99.")
    steps, looks = page.evaluate("seen")
    assert len(steps) > 5 and len(looks) > 5
    assert cell.locator("img").get_attribute("alt").startswith("loss goes from 1 at 0 to nan at 99")
    expect(page.locator(".widget-hprogress")).to_have_count(0)


COUNT = """import psutil
from ipywidgets.widgets.widget import _instances
print(len(_instances), psutil.Process().memory_info().rss // 2**20)"""


def test_running_a_cell_ten_times_leaves_no_widgets_and_no_memory_behind(scratch):
    page = scratch(SHARE.format("pass"), COUNT)
    counts = []
    for _ in range(12):
        run_cells(page)
        counts.append(page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output pre").inner_text())
    widgets, megabytes = zip(*(map(int, count.split()) for count in counts), strict=True)
    assert len(set(widgets)) == 1
    assert megabytes[-1] - megabytes[2] <= 5
    expect(page.locator(".explore")).to_have_count(1)


def test_a_kernel_that_reconnects_or_restarts_under_a_live_picture_does_no_harm(scratch):
    page = scratch(SHARE.format("pass"))
    page.evaluate("() => jupyterapp.commands.execute('kernelmenu:reconnect-to-kernel')")
    view = page.locator(".explore")
    press(view, view.locator("[type=range]"), "End")
    page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    view.locator("[type=range]").press("Home")
    until(view.locator("b"), "If it does not come, run this cell again.")
    assert page.locator(".jp-Dialog").count() == 0
    assert "a = 10" in view.locator("p").text_content()
    run_cells(page)
    press(view, view.locator("[type=range]"), "End")


def test_a_saved_notebook_shows_the_picture_without_its_kernel(scratch, jupyter):
    page = scratch(SHARE.format("pass"))
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    saved = json.loads((jupyter[0] / SCRATCH).read_text("utf-8"))
    assert "image/png" in saved["cells"][-1]["outputs"][0]["data"] and "widget-view" not in json.dumps(saved)
    open_tab(page, SCRATCH)
    output = page.locator(".jp-OutputArea-output").last
    until(output, "Run this cell to move it.")
    assert output.locator("img").get_attribute("alt") == "a = 1: 0 0.100, 1 0.900"
    run_cells(page)
    press(page.locator(".explore"), page.locator("[type=range]"), "End")


NEAREST = """import os
os.environ["SOFTMAX_DIGITS"] = "digits.jsonl"
from sklearn.datasets import load_digits
from helpers import digits
from helpers.sliders import drawing
X, y = load_digits(return_X_y=True)
means = np.array([X[y == label].mean(axis=0) for label in range(10)])
def nearest(digit):
    ink = digit.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()
    return np.eye(10)[((means - ink) ** 2).sum(axis=1).argmin()]
pad = drawing(32, 32)
explore(bars, nearest, digit=pad)"""
STROKES = {  # in percent of the pad, x and y
    0: "50 6  75 25  75 75  50 94  25 75  25 25  50 6",
    2: "30 20  50 6  70 20  65 50  25 92  75 92",
    3: "30 8  70 15  70 35  45 48  70 65  70 85  30 93",
    4: "55 6  25 60  80 60  60 40  60 94",
    5: "75 6  30 8  30 45  65 50  70 75  50 93  25 90",
    6: "55 6  35 40  30 80  50 94  70 80  60 60  35 65",
    7: "25 8  75 8  50 50  40 94",
    8: "50 50  30 25  50 6  70 25  50 50  30 75  50 94  70 75  50 50",
    9: "70 30  45 45  30 25  50 6  70 25  65 60  50 94",
}
A_ONE = "Tab Tab Enter Shift+Tab Shift+Tab" + 14 * " ArrowUp" + " _" + 28 * " ArrowDown" + " _"
KEEP = f"""async label => {{
    const notebook = {TAB}.content
    notebook.activeCellIndex = 2
    notebook.widgets[2].model.sharedModel.setSource(`digits.keep(pad, label=${{label}})`)
    await jupyterapp.commands.execute('notebook:run-cell')
}}"""


def test_ten_digits_are_answered_kept_and_seen_in_the_saved_notebook(scratch, jupyter):
    page, path = scratch(NEAREST, "digits.keep(pad, label=0)"), jupyter[0] / SCRATCH
    pad, kept, view = page.locator(".pad"), page.locator(".kept"), page.locator(".explore")
    for label in range(10):
        pad.scroll_into_view_if_needed()
        if label in STROKES:
            page.get_by_role("button", name="Clear").click()
            draw(pad, *np.reshape(STROKES[label].split(), (-1, 2)).astype(float) / 100)
        else:
            pad.focus()
            keys(page, A_ONE)
        until(view.locator("p"), f"digit = {ink(pad).sum()} dots")
        assert f" {label} 1" in view.locator("p").text_content()
        page.evaluate(KEEP, label)
        until(page.locator(".jp-OutputArea-output").last, f"{label}.")
    expect(kept).to_be_hidden()
    said = view.locator("p").text_content()
    until(kept, said)
    text = kept.locator("code").text_content()
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    drawn = handed_in(lessons.cells_of(path.read_bytes()))
    assert [*drawn.values()] == [*range(10)] and [*drawn][-1] == text
    assert "LivePicture" not in path.read_text("utf-8")
    open_tab(page, SCRATCH)
    expect(kept).to_be_visible()
    assert kept.locator("code").text_content() == text and said in kept.text_content()
    assert kept.get_by_role("img").first.get_attribute("alt") == "digit"
    run_cells(page)
    until(page.locator(".jp-OutputArea-output").last, "Draw a digit in the pad first. 10 digits are kept")
    until(view.locator("p"), "nothing drawn")
    expect(kept).to_be_hidden()


def test_a_lesson_asks_keeps_and_remembers(opened, jupyter, axe, tmp_path):
    kept, question = tmp_path / "guesses.jsonl", questions.every()["cat_raised"]
    wrong = next(i for i, option in enumerate(question.options) if not option.is_right)
    first = f"import os\nos.environ['SOFTMAX_GUESSES'] = {str(kept)!r}\nfrom helpers import guess"
    page = opened(first, "guess.cat_raised()", "guess.add_or_multiply()", "guess.so_far()")
    run_cells(page)
    cat, add = page.locator(".guess").nth(0), page.locator(".guess").nth(1)
    expect(page.locator(".guess fieldset")).to_have_count(2)
    answer(cat, wrong, sure=2)
    until(cat, "your choice, certain")
    add.get_by_role("button", name="Show me").press("Enter")
    execute(page, "1")  # after which what was chosen has come
    lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert [(line["question"], line["choice"], line["sure"]) for line in lines] == [
        ("cat_raised", question.options[wrong].text, "certain"),
        ("add_or_multiply", None, None),
    ]
    execute(page, "__import__('ipywidgets').Widget.close_all()")
    page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    run_cells(page)
    until(cat, "your choice, certain")
    expect(page.locator(".guess fieldset")).to_have_count(0)
    for theme in ["JupyterLab Dark", "JupyterLab Light"]:
        page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")
        assert violations(page, axe, "{ include: ['.guess'] }") == []
    cat.get_by_role("button", name="Ask me again").press("Enter")
    answer(cat, question.right, sure=0)
    until(cat, "right; your choice, a guess")
    run_cells(page)
    until(page.locator(".guess").nth(0), "your choice, certain")
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    saved = json.loads((jupyter[0] / SCRATCH).read_text("utf-8"))["cells"]
    data = saved[-1]["outputs"][0]["data"][questions.DATA]
    assert [row["choice"] for row in data["guesses"]] == [question.options[wrong].text, None]
    assert "".join(saved[2]["outputs"][0]["data"]["text/html"]).count("<details") == len(question.options)
    assert "widget-view" not in json.dumps(saved)


ATTACK = """export default { initialize() {
    const headers = { 'X-XSRFToken': document.cookie.match(/_xsrf=([^;]*)/)[1] }
    const body = JSON.stringify({ type: 'file', format: 'text', content: '' })
    fetch(location.origin + '/api/contents/notebooks/marker.txt', { method: 'PUT', headers, body })
} }"""


def test_a_stored_widget_of_somebody_else_runs_nothing(page, jupyter):
    """Without the course's server it does: then JupyterLab gets the file as it is on the disk."""
    path, marker = jupyter[0] / "notebooks/attack.ipynb", jupyter[0] / "notebooks/marker.txt"
    widget = type("Attack", (anywidget.AnyWidget,), {"_esm": ATTACK})()
    write_notebook(path, "1")
    notebook = nbformat.read(path, 4)
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": widget.get_manager_state()}
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", data=widget._repr_mimebundle_()[0])]
    nbformat.write(notebook, path)

    def unchanged(route):
        model = route.fetch().json()
        route.fulfill(json=model | {"content": notebook if model["content"] else None})

    for address, runs in [("**/api/contents/notebooks/attack.ipynb?*", True), ("nothing", False)]:
        page.route(address, unchanged)
        open_tab(page, f"notebooks/{path.name}")
        page.wait_for_timeout(1500)
        assert marker.exists() == runs
        marker.unlink(missing_ok=True)
        page.unroute(address)
    read = (
        "async path => (await (await fetch(`/${path}/notebooks/attack.ipynb`)).text()).includes('marker.txt')"
    )
    assert not page.evaluate(read, "api/contents") and not page.evaluate(read, "nbconvert/html")


@pytest.fixture
def asking(chromium):
    """Show an explorer on a page whose model keeps what it is sent and says what a test lets it `hear`."""
    page = chromium.new_page()
    page.clock.install(time=0)

    def show(explorer):
        module = JAVASCRIPT.replace("export default", "const widget =")
        model = f"{{ get: () => ({json.dumps(explorer.spec())}), on: (_, call) => {{ window.hear = call }}, "
        model += "off() {}, send: message => sent.push(message) }"
        call = f"window.sent = []\nwidget.render({{ model: {model}, el: document.body }})"
        page.set_content(f"<script type=module>{module}\n{call}</script>")
        page.locator(".controls").wait_for()
        page.clock.pause_at(60_000)
        return page

    yield show
    page.close()


def test_a_kernel_that_does_not_answer_is_told_after_ten_seconds(asking):
    page = asking(Explorer(bars, lambda a=1: [a, 1], {"a": (0, 1)}))
    page.locator("[type=range]").press("Home")
    notes = []
    for milliseconds in [9_900, 200]:
        page.clock.run_for(milliseconds)
        notes.append(page.locator(".explore b").count())
    assert notes == [0, 1]


ANSWER = (
    "() => { for (const { view } of sent.splice(0)) hear({ view, took: 0.001, said: 'new', notes: [] }) }"
)


def test_a_screen_reader_is_told_when_a_control_rests(asking):
    page = asking(Explorer(bars, lambda a=1: [a, 1], {"a": (0, 1)}))
    told = []
    for key in ["Home", "End"]:
        page.locator("[type=range]").press(key)
        page.evaluate(ANSWER)
        page.clock.run_for(600)
        told.append(page.locator("[role=status]").text_content())
    page.clock.run_for(150)
    assert [*told, page.locator("[role=status]").text_content()] == ["", "", "new"]


def test_what_was_drawn_is_stored_once_when_the_hand_rests(asking):
    page = asking(Explorer(bars, lambda digit: digit.mean(axis=0), {"digit": drawing(8, 8)}))
    for text in ["_", "ArrowUp ArrowUp ArrowUp"]:  # after a quick answer two questions are on their way
        page.locator(".pad").focus()
        keys(page, text)
        page.evaluate(ANSWER)
    page.evaluate(ANSWER)
    page.clock.run_for(3_000)
    assert page.evaluate("sent") == [{}]


# Without a notebook: the module on a page of its own


def everything(value, ax=None):
    """Draw one artist of each kind."""
    if not ax.patches:
        ax.bar([0, 1], [1, 1], color=[BLUE, ORANGE], edgecolor=GRAY)
        ax.plot([], [], "--", color=RED, linewidth=2.5)
        ax.plot([0, 1, 2], [2, 2.5, 2], "o", color=GREEN, markersize=11)
        ax.plot([0, 1, 2], [1.6, 1.6, 1.6], "^", color=PINK, markersize=9, markeredgecolor=GRAY)
        ax.plot([1.3, 1.5], [1.2, 0.5], "o", color=BLUE, markersize=11, markeredgecolor=GRAY)
        ax.imshow(np.arange(6).reshape(2, 3), extent=(1.6, 2.6, 0, 1), cmap="viridis", aspect="auto")
        for i, va in enumerate(["top", "center", "bottom", "baseline"]):
            ax.text(0.5 + i / 2, 3, va, va=va, ha="center", fontsize=12)
        ax.fill([2, 2.3, 2.6], [1.2, 1.9, 1.2], color=GRAY)
        ax.set(xlim=(-0.6, 2.8), ylim=(0, 3.4), xlabel="x", ylabel="y")
    ax.patches[0].set_height(value)
    ax.lines[0].set_data([0, 1, np.nan, 1.5, 2], [value, 0.3, 1, 2.4, 0.2])
    return f"{value:g}"


@pytest.fixture(scope="module")
def alone(chromium):
    """Mount an explorer on a page without a kernel, whose answers were recorded, and return the page."""
    page = chromium.new_page(viewport={"width": 900, "height": 700}, device_scale_factor=2)

    def mount(explorer, values):
        spec, news = json.dumps(explorer.spec()), json.dumps([explorer.move(v) for v in values])
        call = f"const news = {news}, unanswered = window.unanswered = []\n"
        call += "const later = question => new Promise(answer => unanswered.push({ ...question, answer }))\n"
        call += (
            "const ask = async values => { window.asked = values; return news.shift() ?? later(values) }\n"
        )
        call += f"window.put = mount(document.body, {spec}, ask)"
        page.goto("about:blank")  # or Chromium would not let a second document capture the mouse
        page.set_content(f"<body></body><script type=module>{JAVASCRIPT}\n{call}</script>")
        page.locator(".explore").wait_for()
        return page

    yield mount
    page.close()


def test_markers_that_lie_close_keep_their_color(alone):
    cloud = {"one": (np.random.default_rng(0).normal(scale=0.1, size=(50, 2)), np.zeros(50, int), None)}
    page = alone(Explorer(regions, lambda a=1: cloud, {"a": (0, 1)}), [])
    seen = imread(io.BytesIO(page.locator(".explore svg").first.screenshot()))[..., :3]
    blue = (seen[..., 2] - seen[..., 0] > 0.4).nonzero()
    top, left, bottom, right = *np.min(blue, axis=1), *np.max(blue, axis=1)
    assert len(blue[0]) > 0.5 * (bottom - top) * (right - left)


def test_the_svg_shows_what_matplotlib_draws(alone):
    explorer = Explorer(everything, lambda a=0.5: a, {"a": (0, 2)})
    page = alone(explorer, [{"a": 2.0}])
    press(page.locator(".explore"), page.locator("[type=range]"), "End")
    ours = imread(io.BytesIO(page.locator(".explore svg").first.screenshot()))[..., :3]
    theirs = explorer.drawings[0].pixels()[..., :3] / 255
    assert ours.shape == theirs.shape
    differ = abs(ours - theirs).max(axis=-1) > 0.25
    assert differ.mean() < 0.03
    for i in range(4):  # a text has its place up to a pixel
        corners = explorer.drawings[0].axes.transData.transform([(0.3 + i / 2, 3.35), (0.7 + i / 2, 2.72)])
        (left, top), (right, bottom) = (abs(corners - [0, 259.2]) * 200 / 72).astype(int)
        ends = [
            (seen[top:bottom, left:right].min(axis=-1) < 0.6).any(axis=1).nonzero()[0][[0, -1]]
            for seen in (ours, theirs)
        ]
        assert abs(ends[0] - ends[1]).max() <= 3
    for spot in [(1.3, 1.2), (1.5, 0.5), (0, 1.6), (1, 1.6), (2, 1.6)]:  # and so has a marker
        x, y = (explorer.drawings[0].axes.transData.transform(spot) * [1, -1] + [0, 259.2]) * 200 / 72
        assert differ[int(y) - 20 : int(y) + 20, int(x) - 20 : int(x) + 20].mean() < 0.2
    inked = (theirs.min(axis=-1) < 0.9).mean()
    assert inked > 0.2


NO_NUMBER = "a: type a number from 0 to 2\u202f000\u202f000\u202f000, in digits"
REFUSED = {"1,000": "a: 1,000 can be read in two ways; type 1 or 1000.", "-1,000": "type -1 or -1000"}
REFUSED |= {"12,345e3": "type 12345 or 12345000", "3000000000": "to 2\u202f000\u202f000\u202f000."}
REFUSED |= dict.fromkeys(["1.000,5", "1,000,000", "0x10", "1 00", "", ".", "1e", "Infinity"], NO_NUMBER)
READ = {"1e3": 1000, "1,5": 1.5, "1\u202f000": 1000, "1 000,5": 1000.5, "0,125": 0.125, "+.5": 0.5}
READ |= {"1.000": 1, "1.234": 1.234}
WHOLE = {"3.0": 3, "1e1": 10, "1.5": "a whole number", "1.000": "type 1 or 1000", "1.250": "a whole number"}


@pytest.mark.parametrize("typed, whole", [(READ, False), (WHOLE, True)])
def test_a_typed_number_is_read_in_one_way_or_asked_back(typed, whole, alone):
    values = [{"a": value} for value in typed.values() if not isinstance(value, str)]
    page = alone(Explorer(bars, lambda a: [a / 10], {"a": (0, 5000 if whole else 5000.0)}), values)
    for text, read in typed.items():
        page.locator("[inputmode]").fill(text)
        page.locator("[inputmode]").press("Enter")
        said = read if isinstance(read, str) else f"a = {word({'kind': 'slider'}, read)}: "
        until(page.locator("p"), said)
        assert isinstance(read, str) or page.evaluate("asked.a") == read


def test_every_part_of_the_module_does_its_part(alone):
    """What a notebook needs of it, faster than in a notebook: texts, clipping, names, typed values, Reset."""
    typed, beyond = 1e9, 2e9
    explorer = Explorer(curve, lambda a=1.0: [0, a], {"a": (0.0, beyond), "ylim": (0, 1)})
    page = alone(explorer, [{"a": typed}, {"a": 1.0}])
    view, box = page.locator(".explore"), page.locator("[inputmode]")
    pane = view.locator("svg svg")
    assert box.evaluate("node => node.scrollWidth <= node.clientWidth")
    box.fill("1000000000")
    box.press("Enter")
    until(view.locator("p"), "a = 1\u202f000\u202f000\u202f000: ")
    assert box.input_value() == "1\u202f000\u202f000\u202f000"
    assert box.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert "000" in view.locator("[role=img]").get_attribute("aria-label")
    assert pane.evaluate("node => getComputedStyle(node).overflow") == "hidden"  # where lines leave the axes
    until(view.locator("[role=status]"), "a = 1\u202f000\u202f000\u202f000: ")
    for text, asked in REFUSED.items():
        box.fill(text)
        box.press("Enter")
        until(view.locator("b"), asked)
        assert box.get_attribute("aria-invalid") == "true"
        assert "a = 1\u202f000\u202f000\u202f000: " in view.locator("p").text_content()
    view.locator("button").click()
    until(view.locator("p"), "a = 1: ")
    assert box.get_attribute("aria-invalid") == "false"
    expect(view.locator("b")).to_have_count(0)


def test_news_of_another_view_leave_a_control_that_moves_where_it_is(alone):
    explorer = Explorer(bars, lambda a=0.25: [a, 1 - a], {"a": (0, 1)})
    page = alone(explorer, [])
    page.locator("[type=range]").press("End")  # which nobody answers
    page.evaluate("news => put(news, false)", explorer.move({"a": 0.5}))
    assert page.locator("[inputmode]").input_value() == "1"
    until(page.locator(".explore p"), "a = 0.5: ")


ASKED = """async news => {
    const range = document.querySelector('[type=range]'), asked = () => unanswered.length
    const drag = () => { for (let i = 0; i < 9; i++) {
        range.value = Number(range.value) + 1
        range.dispatchEvent(new Event('input'))
    } }
    const answer = async () => {
        unanswered.shift().answer(news)
        await new Promise(resolve => setTimeout(resolve))
    }
    const counts = []
    drag()
    counts.push(asked())
    await answer()
    drag()
    counts.push(asked())
    let last
    while (asked()) {
        last = unanswered.at(-1).a
        await answer()
    }
    return [counts, last, document.querySelector('[inputmode]').value]
}"""


@pytest.mark.parametrize("took, most", [(0.001, 2), (0.1, 1)])
def test_a_second_question_is_on_its_way_where_answers_are_quick_and_the_last_is_always_asked(
    took, most, alone
):
    explorer = Explorer(bars, lambda a=0: [a / 100, 0.5], {"a": (0, 100)})
    page = alone(explorer, [])
    news = explorer.move({"a": 5}) | {"took": took}
    counts, last, shown = page.evaluate(ASKED, news)
    assert counts == [1, most]
    assert last == 18 and shown == "18"


# Pads


def at(pad, x, y):
    """Return where on the page a place on a pad is, given in shares of its sides."""
    box = pad.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(pad, *places):
    """Draw a stroke through places on a pad, given as in `at`."""
    page = pad.page
    page.mouse.move(*at(pad, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(pad, *place))
    page.mouse.up()
    page.evaluate("() => new Promise(requestAnimationFrame)")  # with which moves of the mouse arrive


def ink(pad):
    """Return what a pad of 32 × 32 dots shows."""
    shown = np.zeros((32, 32), bool)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", pad.locator("path").get_attribute("d") or ""):
        shown[int(y), int(x) : int(x) + int(width)] = True
    return shown


def keys(page, text):
    for key in text.split():
        page.keyboard.press(key.replace("_", "Space"))


@pytest.fixture
def pad(alone):
    """Show a pad whose questions nobody answers; return the page, and a function that reads what it shows."""
    page = alone(Explorer(bars, lambda digit: digit.mean(axis=0), {"digit": drawing(32, 32)}), [])

    return page, lambda: ink(page.locator(".pad"))


def test_a_stroke_is_drawn_at_once_and_goes_on_where_the_pointer_leaves(pad):
    page, read = pad
    draw(page.locator(".pad"), (0.25, 0.5), (1.4, 0.5), (1.4, 0.9), (0.5, 0.9))
    ink = read()
    assert 4 <= ink[:, 12].sum() <= 5  # as thick as the data's
    assert ink[16, 8:].all() and not ink[16, :5].any()
    assert ink[28, 17:].all() and not ink[:10].any()
    draw(page.locator(".pad"), (0.1, 0.1), (0.1, 0.3))
    assert read()[6, 3]
    page.get_by_role("button", name="Undo").click()
    np.testing.assert_array_equal(read(), ink)
    page.get_by_role("button", name="Clear").click()
    assert not read().any()
    page.get_by_role("button", name="Undo").click()
    np.testing.assert_array_equal(read(), ink)


FINGERS = """() => {
    const pad = document.querySelector('.pad'), { left, top } = pad.getBoundingClientRect()
    pad.setPointerCapture = () => {} // which knows no finger that is not there
    const fire = (kind, pointerId, x, y, button = 0) => pad.dispatchEvent(new PointerEvent(kind,
        { pointerId, button, pointerType: 'touch', clientX: left + x, clientY: top + y }))
    fire('pointerdown', 6, 180, 180, 2) // the right button of a mouse, the second one of a pen
    fire('pointerdown', 7, 52, 52)
    fire('pointerdown', 8, 180, 180)
    fire('pointermove', 8, 100, 180)
    fire('pointermove', 7, 156, 52)
    fire('pointercancel', 7, 156, 52)
    fire('pointermove', 7, 156, 156)
}"""


def test_one_finger_draws_and_a_second_one_or_another_button_does_not(pad):
    page, read = pad
    page.evaluate(FINGERS)
    assert read()[8, 8:24].all() and not read()[12:].any()
    assert page.locator(".pad").evaluate("node => getComputedStyle(node).touchAction") == "none"


def test_the_keyboard_alone_draws_and_is_told_where(pad, axe):
    page, read = pad
    keys(page, "Tab ArrowUp ArrowUp")
    told = page.locator("output")
    assert told.text_content() == "Row 14, column 16: paper, pen up." and not read().any()
    keys(page, "_ ArrowRight ArrowRight ArrowRight ArrowDown")
    assert told.text_content() == "Row 15, column 19: ink, pen down."
    keys(page, "_ ArrowDown ArrowDown ArrowDown ArrowDown")
    assert told.text_content() == "Row 19, column 19: paper, pen up."
    ink = read()
    assert ink[13, 15:20].all() and not ink[18:].any()
    keys(page, "_ Control+z")
    np.testing.assert_array_equal(read(), ink)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "digit, a pad to draw on"
    assert violations(page, axe, OURS) == []


def test_points_are_dragged_added_and_deleted_by_pointer_and_by_keyboard(alone, axe):
    start = placed([[-2, 2], [3, -1], [4, 4]], [0, 1, 1])
    answers = [{"points": "[]"}] * 40
    page = alone(Explorer(bars, lambda points: [len(points[1]) / 9], {"points": start}), answers)
    asked = lambda: json.loads(page.evaluate("asked.points"))  # noqa: E731
    draw(page.locator(".pad"), (0.3, 0.3), (1.5, 0.5))
    assert asked() == [[5, 0, 0], [3, -1, 1], [4, 4, 1]]
    page.locator("select").select_option("class 1")
    draw(page.locator(".pad"), (0.1, 0.9), (0.2, 0.9))
    assert asked()[3] == pytest.approx([-3, -4, 1], abs=0.03)
    page.get_by_role("button", name="Delete").click()
    assert len(asked()) == 3
    page.locator(".pad [role=button]").first.focus()
    keys(page, "Tab ArrowLeft Shift+ArrowUp")
    assert asked()[1] == [2.9, 0, 1]
    assert page.locator("output").text_content() == "point 2 of 3, class 1, at 2.9, 0"
    keys(page, "Delete")
    assert asked() == [[5, 0, 0], [4, 4, 1]]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("point 2 of 2")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    assert asked()[2] == [0, 0, 1]
    keys(page, "Delete Delete Delete Delete")
    assert asked() == []
    assert page.locator("output").text_content() == "deleted; 0 points are left"
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".pad [role=button]").count() == 3
    assert violations(page, axe, OURS) == []
