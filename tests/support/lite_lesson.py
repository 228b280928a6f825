"""Do lesson 04 in a site that `python run.py lite` built: lite_lesson.py FOLDER.

Chromium opens it, all of the lesson runs, each slider moves ten times, and the first exercise gets a right, a
wrong and an endless answer. What goes wrong ends it with an error, and so does a request to another host.
"""

import functools
import http.server
import sys
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from browser import launch, open_tab, press, run_cells

LESSON = "04_temperature.ipynb"
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
    return notebook.widgets[place("check_" + name)].outputArea.node.innerText
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
    page.goto(address + "lab/index.html")
    page.wait_for_function("window.jupyterapp?.commands.hasCommand('docmanager:open')")
    page.evaluate("() => jupyterapp.restored")
    return page, foreign


def run_lesson(page):
    """Run all cells; return the errors and warnings that they show."""
    open_tab(page, LESSON)
    run_cells(page)
    return page.locator(
        "[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']"
    ).all_inner_texts()


def move_sliders(page):
    """Press a key on each slider ten times, and wait each time for the new sentence; count them."""
    views = page.locator(".explore").all()
    for view in views:
        for slider in view.locator("[type=range]").all():
            for key in ["ArrowRight", "ArrowLeft"] * 5:
                press(view, slider, key)
    return len(views), page.locator(".explore [type=range]").count()


def main(folder):
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page, foreign = open_site(browser, serve(folder))
        begin = time.monotonic()
        problems = run_lesson(page)
        assert not problems, "\n".join(problems)
        print(f"all cells of the lesson ran: {time.monotonic() - begin:.0f} s")
        views, sliders = move_sliders(page)
        assert sliders > 0, "no slider is on the page"
        print(f"{sliders} sliders in {views} live pictures moved ten times each")
        for verdict, answer in ANSWERS.items():
            shown = page.evaluate(SUBMIT, ["temperature", answer])
            assert shown.strip().startswith(verdict), f"{verdict} was expected, not:\n{shown}"
            print(shown.strip().splitlines()[0])
        assert not foreign, f"other hosts were asked: {foreign}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
