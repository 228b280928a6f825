"""A headless browser and JupyterLab in it, for tests and benchmarks."""

import base64
import contextlib
import io
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
from matplotlib.image import imread
from playwright.sync_api import Error, expect

from backstage.pages.lite import from_npm

expect.set_options(timeout=60_000)  # on a machine that is busy, a view comes a while after its cell
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
).split()


def launch(playwright):
    """Start the Chromium or Chrome of this machine; raise what Playwright raises if there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    chosen = {"executable_path": path} if path else {"channel": "chrome"}
    return playwright.chromium.launch(args=FLAGS, ignore_default_args=["--hide-scrollbars"], **chosen)


@contextlib.contextmanager
def jupyterlab(folder, *arguments):
    """Serve `folder` on loopback with settings of its own, and yield the address with its token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    address = f"http://127.0.0.1:{port}/{{}}?token={token}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True", *arguments]
    scratch = folder / ".scratch"
    names = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    own = {f"JUPYTER_{name}": str(scratch / name) for name in names} | {
        "IPYTHONDIR": str(scratch / "ipython")
    }
    own |= {f"JUPYTERLAB_{name}": str(scratch / name) for name in ["SETTINGS_DIR", "WORKSPACES_DIR"]}
    scratch.mkdir(exist_ok=True)
    with open(scratch / "log", "w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    try:
        wait_until_up(address.format("api"), server)
        yield address
    finally:
        server.terminate()
        server.wait()


def wait_until_up(url, server):
    for _ in range(600):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url).close()
        assert server.poll() is None, "JupyterLab ended by itself"
        time.sleep(0.1)
    raise TimeoutError("JupyterLab did not answer within 60 seconds")


def open_lab(page, address):
    """Open JupyterLab, and wait until it can open notebooks."""
    page.goto(address)
    page.wait_for_function("window.jupyterapp?.commands.hasCommand('docmanager:open')")
    page.evaluate("() => jupyterapp.restored")


def open_tab(page, path):
    """Open a notebook in the JupyterLab on the page, alone there, and wait for its kernel.

    One that is open is opened anew and keeps its kernel; those of others are shut down.
    """
    page.evaluate(
        """async path => {
            for (const tab of [...jupyterapp.shell.widgets('main')]) {
                if (tab.context && tab.context.path !== path) await tab.context.sessionContext.shutdown()
                tab.dispose()
            }
            const { context } = await jupyterapp.commands.execute('docmanager:open', { path })
            await context.sessionContext.ready
            await context.sessionContext.session.kernel.info
        }""",
        path,
    )


def complaints_of(page, addresses="file:|data:"):
    """Return the list of what a page will complain of, and of what it asks of other addresses."""
    heard = []
    page.on("console", lambda message: message.type == "error" and heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: re.match(addresses, request.url) or heard.append(request.url))
    return heard


def execute(page, code):
    """Let the kernel of the tab in front run code, and wait for it."""
    page.evaluate(
        """async code => {
            const { session } = jupyterapp.shell.currentWidget.context.sessionContext
            await session.kernel.requestExecute({ code }).done
        }""",
        code,
    )


def run_cells(page):
    """Run all cells of the tab in front, and wait for the last."""
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")


def until(node, text):
    """Wait until a node contains a text; it is looked up anew each time, for JupyterLab may replace it.

    Without `expect`, which looks once a second in the end, and without Chromium drawing every frame.
    """
    deadline = time.monotonic() + 30
    while text not in node.text_content():
        assert time.monotonic() < deadline, f"no {text!r} in {node.text_content()!r}"
        node.page.wait_for_timeout(20)


def press(view, control, key):
    """Press a key on a slider, and wait until the sentence below the picture has its new value."""
    control.press(key)
    name = control.evaluate("node => node.labels[0].textContent")
    until(view.locator("p"), f"{name} = {control.get_attribute('aria-valuetext')}")


def answer(view, choice, sure):
    """Answer a question with keys alone: arrows choose, Tab goes to how sure one is, Enter says it."""
    keyboard = view.page.keyboard
    view.locator("input").first.focus()
    keyboard.press("Space")
    for _ in range(choice):
        keyboard.press("ArrowDown")
    for _ in range(1 + sure):
        keyboard.press("Tab")
    keyboard.press("Enter")


def axe_source(folder):
    """Return axe-core, which finds what breaks the rules for accessible pages; npm fetches it once."""
    script = folder / "axe.min.js"
    if not script.exists():
        folder.mkdir(exist_ok=True)
        script.write_bytes(*from_npm("axe-core@4.11", [script.name]))
    return script.read_text("utf-8")


def violations(page, axe, context="document"):
    """What breaks a rule for accessible pages, as (rule, the HTML of its elements).

    axe: the source of axe-core. context: JavaScript that tells it where to look.
    """
    page.evaluate(axe)  # to tell what is right takes it longer than to find what is wrong
    violations = page.evaluate(f"() => axe.run({context}, {{ resultTypes: ['violations'] }})")["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations]


@contextlib.contextmanager
def screencast(page):
    """Collect the frames that the page puts on the screen meanwhile, as PNG bytes."""
    frames, session = [], page.context.new_cdp_session(page)

    def keep(frame):
        frames.append(base64.b64decode(frame["data"]))
        with contextlib.suppress(Error):  # the page may close while a last frame is on its way
            session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png"})
    yield frames
    session.remove_listener("Page.screencastFrame", keep)
    session.send("Page.stopScreencast")
    session.detach()


def blank_frames(frames, box):
    """Count the frames in which the box (x, y, width, height in CSS pixels) shows no ink."""
    return sum(ink(frame, box) < 0.01 for frame in frames)


def ink(frame, box):
    """Return the share of pixels in the box that differ from white."""
    left, top, width, height = (round(box[side]) for side in ("x", "y", "width", "height"))
    pixels = imread(io.BytesIO(frame))[top : top + height, left : left + width, :3]
    return (pixels.min(axis=-1) < 0.9).mean()


def write_notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
