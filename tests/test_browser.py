"""What a student does, done in JupyterLab in a real browser: open, run, drag, break, go on."""

import os
import shutil

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from browser import (
    WATCH,
    blank_frames,
    jupyterlab,
    launch,
    open_notebook,
    restart_and_run_all,
    run_all,
    screencast,
    wait_for_idle,
    write_notebook,
)
from conftest import ROOT

IMPORTS = "import numpy as np\nfrom helpers.plots import bars\nfrom helpers.sliders import explore"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the notebooks, so that nothing in the tree is saved over."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with jupyterlab(folder) as address:
        yield folder, address


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error:
            if os.environ.get("REQUIRE_BROWSER"):
                raise
            pytest.skip(
                "no Chromium or Chrome here: install one (Debian: apt install chromium) and run again"
            )
        yield browser
        browser.close()


# JupyterLab's own words when a kernel restarts; they appear in a notebook without widgets too.
KNOWN = (
    "Could not restore the debugger state: Canceled future for debug_request message before replies were done"
)


@pytest.fixture
def page(chromium):
    """A page that keeps what the console logs as an error, and what it asks of any other machine."""
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    complaints = []
    page.on("console", lambda m: m.type == "error" and KNOWN not in m.text and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda r: r.url.startswith("http") and "//127.0.0.1:" not in r.url and complaints.append(r.url),
    )
    yield page
    page.close()
    assert complaints == []


def drive(page, cell, handle):
    """Move one slider with the keyboard and with the mouse; each move must change the sentence below.

    Return how many frames showed no picture while the mouse moved it.
    """
    words, picture = cell.locator(".widget-html-content > div"), cell.locator("img.widget-image")
    picture.scroll_into_view_if_needed()
    handle.press("Home")
    page.wait_for_timeout(300)
    for key in ["End", "PageDown", "ArrowLeft", "Home", "PageUp", "ArrowRight"]:
        said = words.inner_html()
        handle.press(key)
        expect(words).not_to_have_js_property("innerHTML", said)
    track, said = handle.locator("xpath=../..").bounding_box(), words.inner_html()
    handle.hover()
    page.mouse.down()
    with screencast(page) as frames:
        page.mouse.move(track["x"] + 0.8 * track["width"], track["y"] + track["height"] / 2, steps=10)
        expect(words).not_to_have_js_property("innerHTML", said)
    page.mouse.up()
    assert frames
    return blank_frames(frames, picture.bounding_box())


def test_a_lesson_runs_and_every_slider_moves_its_picture(notebook, lab, page):
    open_notebook(page, lab[1], f"notebooks/{notebook.name}")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    run_all(page)
    assert page.locator("[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']").count() == 0
    cells = page.locator(".jp-CodeCell:has(img.widget-image)").all()
    assert cells
    for cell in cells:
        cell.evaluate(WATCH)
        for handle in cell.locator(".noUi-handle").all():
            assert drive(page, cell, handle) == 0, "the picture was blank"
        picture = cell.locator("img.widget-image").element_handle()
        page.wait_for_function("image => image.naturalWidth == 2 * image.getAttribute('width')", arg=picture)
        seen = page.evaluate("seen.running = false, seen")
        assert len(seen["pictures"]) > 4, "the picture stands still"
        assert len(seen["heights"]) == 1, "the output changed its height"
        assert cell.locator(".problem").count() == 0


@pytest.fixture
def scratch(lab, page, request):
    """Open a notebook whose cells are the sources given, and return the page."""

    def write(*sources):
        path = lab[0] / "notebooks" / f"{request.node.name}.ipynb"
        write_notebook(path, IMPORTS, *sources)
        open_notebook(page, lab[1], f"notebooks/{path.name}")
        return page

    return write


def share(body="", call="explore(bars, share, a=(0, 1, 10))"):
    return f"def share(a):\n    {body or 'pass'}\n    return np.array([a, 10 - a]) / 10\n{call}"


def test_an_output_that_vanishes_for_a_moment_is_noticed(scratch):
    """The test of the test above: `clear_output` without waiting leaves a frame without a picture."""
    flicker = "import time\nfrom IPython.display import clear_output\nfor _ in range(3):\n"
    flicker += (
        "    explore(bars, share, a=(0, 1, 10))\n    time.sleep(0.3)\n    clear_output()\n    time.sleep(0.5)"
    )
    page = scratch(share(), flicker + "\nexplore(bars, share, a=(0, 1, 10))")
    run_all(page)
    picture = page.locator("img.widget-image").last
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    with screencast(page) as frames:
        run_all(page)
    assert blank_frames(frames, box) > 0


def test_restart_and_run_all_twice(scratch):
    page = scratch(share())
    for _ in range(2):
        restart_and_run_all(page)
        expect(page.locator("img.widget-image")).to_have_count(1)
        page.locator(".noUi-handle").press("End")
        expect(page.locator(".widget-html-content")).to_contain_text("0 1, 1 0")


COUNT = """import psutil
from ipywidgets.widgets.widget import _instances
print(len(_instances), psutil.Process().memory_info().rss // 2**20)"""


def test_running_a_cell_ten_times_leaves_no_widgets_and_no_memory_behind(scratch):
    page = scratch(share(), COUNT)
    counts = []
    for _ in range(12):
        run_all(page)
        counts.append(page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output pre").inner_text())
    widgets, megabytes = zip(*(map(int, count.split()) for count in counts), strict=True)
    assert len(set(widgets)) == 1
    assert megabytes[-1] - megabytes[2] <= 5
    expect(page.locator("img.widget-image")).to_have_count(1)


def test_two_notebooks_at_once_do_not_mix(scratch, lab, chromium):
    page, other = scratch(share()), chromium.new_page()
    write_notebook(lab[0] / "notebooks/other.ipynb", IMPORTS, share())
    open_notebook(other, lab[1], "notebooks/other.ipynb")
    for each in (page, other):
        each.bring_to_front()
        run_all(each)
    page.bring_to_front()
    page.locator(".noUi-handle").press("End")
    expect(page.locator(".widget-html-content")).to_contain_text("0 1, 1 0")
    expect(other.locator(".widget-html-content")).to_contain_text("0 0.100, 1 0.900")
    other.close()


def test_a_kernel_restart_under_a_live_slider_does_no_harm(scratch):
    page = scratch(share())
    run_all(page)
    page.evaluate("() => void jupyterapp.commands.execute('kernelmenu:restart')")
    page.click(".jp-Dialog .jp-mod-accept")
    wait_for_idle(page)
    page.locator(".noUi-handle").press("End")
    assert page.locator(".jp-Dialog").count() == 0
    run_all(page)
    page.locator(".noUi-handle").press("End")
    expect(page.locator(".widget-html-content")).to_contain_text("0 1, 1 0")


MISBEHAVING = {
    "raises": ("if a > 9: raise ValueError('too much')", "ValueError: too much"),
    "returns nan": ("if a > 9: a = np.nan", "0 nan, 1 nan"),
    "returns the wrong shape": ("if a > 9: return np.ones((2, 2))", "expected a row of numbers"),
    "sleeps": ("if a > 9: __import__('time').sleep(1)", "0 1, 1 0"),
    "prints": ("print('a is', a)", "printed: a is 10"),
}


def test_a_function_that_misbehaves_is_told_and_the_next_move_goes_on(scratch):
    page = scratch(*(share(body) for body, _ in MISBEHAVING.values()))
    run_all(page)
    for i, (_, said) in enumerate(MISBEHAVING.values()):
        handle, words = page.locator(".noUi-handle").nth(i), page.locator(".widget-html-content").nth(i)
        handle.press("End")
        expect(words).to_contain_text(said)
        handle.press("Home")
        expect(words).to_contain_text("0 0, 1 1")
