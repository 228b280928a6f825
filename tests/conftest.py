"""What all tests share: the notebooks that the glob finds, and one browser."""

import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, sync_playwright

from browser import launch

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def pytest_generate_tests(metafunc):
    """Every test that asks for `notebook` runs once for each notebook: no list to keep."""
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module", autouse=True)
def print_options():
    """Lessons set how arrays are printed. A test that runs their cells leaves that as it was."""
    with np.printoptions():
        yield


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium; where there is none, tests that ask for it are skipped."""
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
