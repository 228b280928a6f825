"""Do the lessons of a site that `python run.py site --lite` built: lite_lesson.py FOLDER [LESSON ...]

Chromium opens each, runs it and moves each of its sliders ten times. The first exercise of lesson 04 gets a
right, a wrong and an endless answer. An error ends it, and so does a request to another host.
"""

import functools
import http.server
import sys
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from browser import launch, open_lab, open_tab, press, run_cells

KNOWN = "Matplotlib is building the font cache"  # where it has none, as in a new browser
ANSWERS = {  # what the first line of the verdict says, and the answer
    "✓ Right": "def my_temperature(z, T):\n    return softmax(z / T)",
    "✗ Not yet": "def my_temperature(z, T):\n    return softmax(z) / T",
    "∞ Too slow": "def my_temperature(z, T):\n    while True:\n        pass",
}
SUBMIT = """async ([name, source]) => {
    const notebook = jupyterapp.shell.currentWidget.content
    const place = id => notebook.widgets.findIndex(c => c.model.getMetadata("nbgrader")?.grade_id === id)
    notebook.widgets[place("my_" + name)].model.sharedModel.setSource(source)
    for (const id of ["my_" + name, "check_" + name]) {
        notebook.activeCellIndex = place(id)
        await jupyterapp.commands.execute("notebook:run-cell")
    }
    return notebook.widgets[place("check_" + name)].outputArea.node.querySelector("[role=status]").innerText
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    """Serve a folder on loopback until this process ends; return the address."""
    handler = functools.partial(Handler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def open_site(browser, address):
    """Open JupyterLite on a page that reaches no other host; also return what it asked of others."""
    page, foreign = browser.new_page(viewport={"width": 1366, "height": 768}), []
    page.set_default_timeout(180_000)
    page.context.route(
        lambda url: url.startswith("http") and not url.startswith(address),
        lambda route: (foreign.append(route.request.url), route.abort()),
    )
    open_lab(page, address + "lab/index.html")
    return page, foreign


def run_lesson(page, lesson):
    """Run all cells of a lesson; return the errors and warnings that they show."""
    open_tab(page, lesson)
    run_cells(page)
    bad = page.locator("[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']")
    return [text for text in bad.all_inner_texts() if KNOWN not in text]


def move_sliders(page):
    """Press a key on each slider ten times, and wait each time for the new sentence; count the sliders."""
    sliders = [
        (view, s) for view in page.locator(".explore").all() for s in view.locator("[type=range]").all()
    ]
    for view, slider in sliders:
        for key in ["ArrowRight", "ArrowLeft"] * 5:
            press(view, slider, key)
    return len(sliders)


def answer(page):
    """Give the answers to the first exercise of lesson 04; print what the check says."""
    for verdict, source in ANSWERS.items():
        shown = page.evaluate(SUBMIT, ["temperature", source]).strip()
        assert shown.startswith(verdict), f"{verdict} was expected, not:\n{shown}"
        print(shown.splitlines()[0])


def main(folder, *lessons):
    with sync_playwright() as playwright:
        page, foreign = open_site(launch(playwright), serve(folder))
        for lesson in lessons or sorted(path.name for path in Path(folder, "files").glob("*.ipynb")):
            begin = time.monotonic()
            problems = run_lesson(page, lesson)
            assert not problems, "\n".join([lesson, *problems])
            took, sliders = time.monotonic() - begin, move_sliders(page)
            assert sliders, f"{lesson} shows no slider"
            print(f"{lesson}: ran in {took:.0f} s, and {sliders} sliders moved ten times each", flush=True)
            if lesson == "04_temperature.ipynb":
                answer(page)
        assert not foreign, f"other hosts were asked: {foreign}"


if __name__ == "__main__":
    main(*sys.argv[1:])
