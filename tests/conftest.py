"""What all tests share: the notebooks that the glob finds."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def pytest_generate_tests(metafunc):
    """Every test that asks for `notebook` runs once for each notebook: no list to keep."""
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
