"""What all tests share: the notebooks that the glob finds, and grading that begins before the first test."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def pytest_generate_tests(metafunc):
    """Every test that asks for `notebook` runs once for each notebook: no list to keep."""
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="session", autouse=True)
def graded(request, tmp_path_factory):
    """What test_grading.py will ask for is a minute of other processes' work, so they begin at once."""
    asking = [item for item in request.session.items if "courses" in getattr(item, "fixturenames", ())]
    with ThreadPoolExecutor() as pool:
        yield pool.submit(asking[0].module.grade_all, tmp_path_factory) if asking else None
