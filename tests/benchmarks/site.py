"""Open each page of site/ from its file, offline: its weight, its moves, its frames, what axe finds.

A frame time is from an arrow key's input event to the end of the frame in which its picture is painted. Run
`python run.py site` first. Exits with 1 if a control moves nothing, or a page asks for anything but its file.
"""

import gzip
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
from browser import axe_source, launch, violations  # noqa: E402

MOVE = """async control => {
    const words = control.closest(".explore").querySelector("p")
    const times = [], before = words.textContent
    const stops = control.options?.length ?? Number(control.max) + 1
    for (const stop of [0, stops >> 1, stops - 1, 1]) {
        await new Promise(requestAnimationFrame)
        const start = performance.now()
        control[control.options ? "selectedIndex" : "value"] = stop
        control.dispatchEvent(new Event("input"))
        await new Promise(done => requestAnimationFrame(() => {
            const channel = new MessageChannel() // its message comes after the frame's layout and paint
            channel.port1.onmessage = done
            channel.port2.postMessage(0)
        }))
        times.push([performance.now() - start, words.textContent !== before])
    }
    return times
}"""


def measure(page, path, axe):
    """Return a line about a page, and whether all its controls moved."""
    page.goto(path.as_uri())
    controls = page.locator(".explore [type=range], .explore select").all()
    moves = [control.evaluate(MOVE) for control in controls]
    broken = violations(page, axe)
    times = sorted(time for some in moves for time, _ in some) or [0]
    frames = f"frames {times[len(times) // 2]:5.1f} ms median, {times[-1]:5.1f} worst"
    weight = len(gzip.compress(path.read_bytes(), 9)) / 1000
    told = [any(moved for _, moved in some) for some in moves]
    line = f"{path.name:32} {weight:6.1f} kB gzipped  {sum(told)} of {len(told)} controls move  {frames}"
    return f"{line}  axe {len(broken)}", all(told)


def main():
    with sync_playwright() as playwright:
        browser, asked = launch(playwright), []
        page = browser.new_context(offline=True).new_page()
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or asked.append(r.url))
        axe, fine = axe_source(Path(sys.prefix) / "axe"), True
        for path in sorted(ROOT.glob("site/*.html")):
            line, moved = measure(page, path, axe)
            print(line, flush=True)
            fine = fine and moved
    print("asked for:", *asked or ["nothing"])
    return 0 if fine and not asked else 1


if __name__ == "__main__":
    sys.exit(main())
