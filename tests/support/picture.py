"""Make README.png anew: a cell of lesson 01 in JupyterLab, with its picture and sliders.

.venv/bin/python tests/support/picture.py
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/support")]
from browser import jupyterlab, launch, open_lab, open_tab, run_cells  # noqa: E402

LESSON = "notebooks/01_softmax.ipynb"


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shutil.copytree(ROOT / "notebooks", Path(folder, "notebooks"))
        with jupyterlab(Path(folder), "--LabApp.news_url=None") as address:
            page = launch(playwright).new_page(viewport={"width": 1000, "height": 1000})
            page.set_default_timeout(120_000)
            open_lab(page, address.format("lab"))
            page.evaluate("() => jupyterapp.shell.collapseLeft()")
            open_tab(page, LESSON)
            run_cells(page)
            cell = page.locator(".jp-CodeCell").filter(has=page.locator(".explore")).first
            cell.scroll_into_view_if_needed()
            cell.locator("[type=range]").first.press("ArrowRight")
            page.wait_for_timeout(1000)
            cell.screenshot(path=ROOT / "README.png")


if __name__ == "__main__":
    main()
