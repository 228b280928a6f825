"""What all tests share: the notebooks that the glob finds, and one browser."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, sync_playwright

from backstage.lessons import lessons
from browser import axe_source, launch
from helpers.language_model import FILE

ROOT = Path(__file__).parent.parent
NOTEBOOKS = lessons(ROOT)
ON_THE_MODEL = "notebooks/11_language_model.ipynb"
PICTURED = """imports load softmax scores next-word writing written tell write surprises surprise-words sinks
four-heads head""".split()  # its cells with moving pictures, and what these need: the others take a minute


def pytest_generate_tests(metafunc):
    """Every test that asks for `notebook` runs once for each notebook: no list to keep."""
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def pytest_collection_modifyitems(items):
    """Lesson 11 stores what the model says, so its cells are of the group `model`."""
    for item in items:
        if item.nodeid.startswith(ON_THE_MODEL):
            item.add_marker("model")
        if item.get_closest_marker("model") and not FILE.exists() and not os.environ.get("REQUIRE_MODEL"):
            item.add_marker(pytest.mark.skip(reason="model: `python run.py model` installs what this needs"))


@pytest.fixture(scope="module", autouse=True)
def print_options():
    """Lessons set how arrays are printed. A test that runs their cells leaves that as it was."""
    with np.printoptions():
        yield


@pytest.fixture(scope="module")
def lesson(request):
    """What the cells define of the lesson whose number a module of tests has in its name."""
    from lesson_names import lesson_names

    (path,) = [path for path in NOTEBOOKS if path.stem[:2] == request.module.__name__[-2:]]
    return lesson_names(path)


@pytest.fixture
def hurry(monkeypatch):
    """A time limit of checks that tests can wait for."""
    monkeypatch.setattr("backstage.calling.log.SECONDS", 0.5)


@pytest.fixture(scope="module")
def sandboxed():
    """For tests that need a sandbox; where there can be none, they are skipped."""
    from backstage.grading import sandbox

    why = sandbox.prepare()
    if why and not os.environ.get("REQUIRE_SANDBOX"):
        pytest.skip(why)
    assert why is None


@contextlib.contextmanager
def needed(what, *errors):
    """Skip tests for want of what raised one of these errors; where nothing may be missing, fail."""
    try:
        yield
    except errors:
        if os.environ.get("REQUIRE_BROWSER"):
            raise
        pytest.skip(f"there is no {what}: install it and run again")


def npm_needed():
    return needed("npm here, or no network", OSError, subprocess.CalledProcessError)


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium."""
    with sync_playwright() as playwright:
        with needed("Chromium or Chrome here (Debian: apt install chromium)", Error):
            browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """The rules for accessible pages, from npm."""
    with npm_needed():
        return axe_source(Path(sys.prefix) / "axe")
