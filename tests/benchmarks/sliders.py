"""Measure how a live picture feels, in JupyterLab in a real browser: the ways courses use, and `explore`.

The same bars follow the same slider in every way, each in a notebook and a kernel of its own, and they take
turns.
python run.py bench sliders [lessons]    with lessons: what one student costs, a row for each lesson
"""

import platform
import shutil
import statistics
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
from browser import (
    blank_frames,
    jupyterlab,
    launch,
    open_lab,
    open_tab,
    run_cells,
    screencast,
    write_notebook,
)
from conftest import NOTEBOOKS

WARM, PRESSES, DRAGS = 4, 30, 4  # the first presses do not count
RESTED = 1500  # ms until a kernel has stored what was drawn
NODELAY = "--ServerApp.jpserver_extensions=backstage.explorer.server=True"

CHART = """
import ipywidgets as widgets, matplotlib.pyplot as plt, numpy as np
from helpers.plots import bars
from helpers.sliders import explore
plt.rcParams["figure.max_open_warning"] = 0
names, z = list("abcde"), np.array([0.1, -2.0, 3.4, 3.3, 1.0])
def softmax(T=1):
    e = np.exp((z - z.max()) / T)
    return e / e.sum()
def slider():
    return widgets.FloatLogSlider(value=1, min=-1, max=1, step=0.02, description="T")
def draw(ax, T):
    ax.bar_label(ax.bar(names, softmax(T)), fmt="%.3f")
    ax.set(ylim=(0, 1.1), ylabel="probability")
"""
INTERACT = """
def show(T):
    draw(plt.subplots(figsize=(6.4, 3.6))[1], T)
    plt.show()
widgets.interact(show, T=slider());
"""
CLEAR = """
T = slider()
def show(T):
    from IPython.display import clear_output
    clear_output(wait=True)
    draw(plt.subplots(figsize=(6.4, 3.6))[1], T)
    plt.show()
display(T, widgets.interactive_output(show, {"T": T}))
"""
EXPLORE = "explore(bars, softmax, T=(0.1, 10), names=names)"
PAD = """
from helpers.sliders import drawing
def ink(digit):
    return digit.reshape(30, 5, 6).mean(axis=(0, 2))
explore(bars, ink, digit=drawing(30, 30), names=names)
"""
POINTS = """
from helpers.sliders import placed
def near(points):
    e = np.exp(-abs(points[0][0, 0] - np.linspace(-5, 5, 5)))  # the width of the plane
    return e / e.sum()
explore(bars, near, points=placed([[0, 0]], [0]), names=names)
"""

# Notes at each animation frame when the picture or the height of the output changed: a new image has a new
# address, an SVG has other heights of bars. And how long after the last input a pad shows it.
NOTE = """cell => {
    const note = window.note = {input: 0, changes: [], heights: [], strokes: [], seen: null, on: true}
    const input = event => { note.input = event.timeStamp }
    for (const kind of ['keydown', 'pointermove', 'mousemove']) document.addEventListener(kind, input, true)
    const shown = picture => picture.src
        ?? Array.from(picture.querySelectorAll('rect'), bar => bar.getAttribute('height')).join()
    const look = () => {
        if (!note.on) return
        const picture = cell.querySelector('PICTURE')
        if (picture && (picture.complete ?? true) && (picture.naturalWidth ?? 1)) {
            const seen = shown(picture)
            if (seen !== note.seen) note.changes.push(performance.now())
            note.seen = seen
        }
        const pad = cell.querySelector('.pad svg')?.innerHTML
        if (note.input && pad !== note.pad) note.strokes.push(performance.now() - note.input)
        note.pad = pad
        const height = cell.querySelector('.jp-Cell-outputArea').offsetHeight
        if (height != note.heights.at(-1)) note.heights.push(height)
        requestAnimationFrame(look)
    }
    look()
}"""
PICTURE = ".explore svg, img"
NOTE = NOTE.replace("PICTURE", PICTURE)
HANDLE = ".noUi-handle, [type=range], .pad[tabindex], .pad [role=button]"
COLUMNS = "way | latency ms, median / p95 | frames/s | lag ms | kB | CPU ms | blank | jump px"
COLUMNS += " | stroke ms, median / p95"
GOALS = {  # of what was measured of `explore`, beside `interact`
    "latency": "0.28 of it at most",
    "rates": "4 times as many frames a second",
    "sizes": "0.05 of it at most",
    "cpu": "4 ms at most",
}
TRACK = "node => (node.closest('.noUi-target, .pad') ?? node).getBoundingClientRect().toJSON()"


class Way:
    """One way to make a picture live, on a page with a kernel of its own, and what was measured of it."""

    def __init__(self, browser, address, folder, name, source):
        self.latency, self.rates, self.lags, self.sizes, self.cpu, self.strokes = [], [], [], [], [], []
        self.name, self.blank, self.jump = name, 0, 0
        self.keys = ["Space", "Control+z"] * 10 if source == PAD else ["ArrowRight"] * 10 + ["ArrowLeft"] * 10
        path = folder / f"way{len(kernels())}.ipynb"
        write_notebook(path, CHART, source)
        self.page, self.kernel, self.received = run_notebook(browser, address, path.name)
        self.cell = self.page.locator(".jp-CodeCell").last
        self.handle = self.cell.locator(HANDLE)

    def note(self):
        self.page.bring_to_front()
        self.handle.scroll_into_view_if_needed()
        self.cell.evaluate(NOTE)
        self.page.wait_for_function("note.changes.length > 0")

    def press(self, i):
        self.note()
        self.handle.press(self.keys[i % 20])
        self.page.wait_for_function("note.changes.length > 1")
        noted = self.page.evaluate("note.on = false, note")
        self.latency.append(noted["changes"][1] - noted["input"])

    def reset(self):
        """Go back to where a drag begins."""
        if self.cell.locator(".pad").count():
            self.cell.get_by_role("button", name="Reset").click()
        else:
            self.handle.press("Home")
        self.page.wait_for_timeout(RESTED)

    def drag(self):
        """Move the mouse 100 steps along the track in two seconds, and wait until all is still.

        What was drawn is stored a second later, which is no part of a move.
        """
        self.reset()
        self.note()
        self.received.clear()
        busy = sum(self.kernel.cpu_times()[:2])
        self.sweep()
        self.page.wait_for_timeout(800)
        noted = self.page.evaluate("note.on = false, note")
        changes = noted["changes"][1:]
        self.rates.append(1000 * len(changes) / (changes[-1] - changes[0]))
        self.lags.append(changes[-1] - noted["input"])
        self.sizes.append(sum(self.received) / len(changes) / 1000)
        self.cpu.append(1000 * (sum(self.kernel.cpu_times()[:2]) - busy) / len(changes))
        self.strokes += noted["strokes"]
        self.jump = max(self.jump, max(noted["heights"]) - min(noted["heights"]))

    def sweep(self):
        """On a slider from one end to the other, on a pad to and fro and from top to bottom."""
        is_pad, steps = self.cell.locator(".pad").count(), range(1, 101)
        drag(self.handle, [(abs(i / 10 % 2 - 1), i / 100) if is_pad else (i / 100, 0.5) for i in steps], 50)

    def film(self):
        """Count the frames on the screen without a picture, in a drag of its own: filming slows it."""
        self.reset()
        picture = self.cell.locator(PICTURE).first
        box = picture.bounding_box()
        with screencast(self.page) as frames:
            self.sweep()
        self.blank += blank_frames(frames, box)


def drag(handle, places, rate):
    """Move the mouse on a track through places, given as shares of its sides, so many a second."""
    track, mouse = handle.evaluate(TRACK), handle.page.mouse
    handle.hover()
    mouse.down()
    start = time.perf_counter()
    for i, (x, y) in enumerate(places, 1):
        mouse.move(track["x"] + x * track["width"], track["y"] + y * track["height"])
        time.sleep(max(0, start + i / rate - time.perf_counter()))
    mouse.up()


def run_notebook(browser, address, path):
    """Run a notebook on a page of its own; return page, kernel, and a list of how many bytes come."""
    page, before, received = browser.new_page(viewport={"width": 1366, "height": 900}), kernels(), []
    page.on("websocket", lambda s: s.on("framereceived", lambda data: received.append(len(data))))
    page.set_default_timeout(120_000)  # a machine may be busy
    open_lab(page, address.format(f"lab/workspaces/{Path(path).stem}"))  # or pages would share their tabs
    open_tab(page, path)
    run_cells(page)
    return page, next(iter(kernels() - before)), received


def kernels():
    children = psutil.Process().children(recursive=True)
    alive = (child for child in children if child.status() != psutil.STATUS_ZOMBIE)
    return {child for child in alive if "ipykernel_launcher" in " ".join(child.cmdline())}


def compare(browser, folder):
    """Print a row for each way, in the order of the goals: ratios are to the first."""
    with jupyterlab(folder / "quick", NODELAY) as quick, jupyterlab(folder / "plain") as plain:
        table = {"interact": INTERACT, "interactive_output, clear_output": CLEAR, "explore": EXPLORE}
        table |= {"explore, a pad": PAD, "explore, points": POINTS}
        ways = [Way(browser, quick, folder / "quick", *way) for way in table.items()]
        for name, source in {"explore": EXPLORE, "a pad": PAD, "points": POINTS}.items():
            ways.append(Way(browser, plain, folder / "plain", f"{name}, server as it comes", source))
        for i in range(WARM + PRESSES):
            for way in ways:
                way.press(i)
        for _ in range(DRAGS):
            for way in ways:
                way.drag()
        for way in ways:
            way.film()
    print(f"| {COLUMNS} |\n{'|---' * (COLUMNS.count('|') + 1)}|")
    for way in ways:
        print(row(way))
    report_goals(ways[0], ways[[*table].index("explore")])


def row(way):
    rate, lag, size, cpu = (statistics.median(values) for values in (way.rates, way.lags, way.sizes, way.cpu))
    return (
        f"| {way.name} | {middle_and_p95(way.latency[WARM:])} | {rate:.1f} | {lag:.0f} | {size:.1f}"
        f" | {cpu:.0f} | {way.blank} | {way.jump} | {middle_and_p95(way.strokes) if way.strokes else '–'} |"
    )


def middle_and_p95(times):
    return f"{statistics.median(times):.0f} / {statistics.quantiles(times, n=20)[-1]:.0f}"


def report_goals(interact, explore):
    for measure, goal in GOALS.items():
        ours, theirs = (statistics.median(getattr(way, measure)) for way in (explore, interact))
        print(f"{measure}: {ours:.1f}, {ours / theirs:.2f} of interact's (goal: {goal})")


def cost_of_lessons(browser, folder):
    """Print what one student costs: memory after a whole lesson, and CPU of a minute of dragging."""
    print(
        "| lesson | kernel memory MB | CPU seconds in a minute of dragging: kernel, server |\n|---|---|---|"
    )
    shutil.copytree(NOTEBOOKS[0].parent, folder / "lessons/notebooks")
    with jupyterlab(folder / "lessons", NODELAY) as address:
        for notebook in NOTEBOOKS:
            page, kernel, _ = run_notebook(browser, address, f"notebooks/{notebook.name}")
            busy = cpu_of_a_drag(page, [kernel, kernel.parent()])
            memory = kernel.memory_info().rss / 1e6
            print(f"| {notebook.stem} | {memory:.0f} | {3 * busy[0]:.0f}, {3 * busy[1]:.0f} |")
            page.close()


def cpu_of_a_drag(page, processes):
    """Drag the first slider to and fro for 20 seconds and return the CPU seconds of each process."""
    handle = page.locator(HANDLE).first
    handle.scroll_into_view_if_needed()
    before = [sum(process.cpu_times()[:2]) for process in processes]
    drag(handle, [(abs(i / 120 % 2 - 1), 0.5) for i in range(20 * 60)], 60)
    return [sum(process.cpu_times()[:2]) - b for process, b in zip(processes, before, strict=True)]


def main(wanted):
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for name in ("quick", "plain", "lessons"):
            Path(folder, name).mkdir()
        browser = launch(playwright)
        names = ["jupyterlab", "ipywidgets", "matplotlib", "numpy"]
        versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
        system = f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores"
        print(f"{system}, Python {platform.python_version()}")
        print(f"{versions}, Chromium {browser.version}\n")
        (cost_of_lessons if wanted == ["lessons"] else compare)(browser, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
