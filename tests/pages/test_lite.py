"""The lessons in the browser: what Pyodide has of what they import, and what it lacks."""

import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import test_imports
from backstage.checks.exercise import exercise
from backstage.pages import lite
from conftest import NOTEBOOKS, ROOT, npm_needed
from lesson_names import lesson_names

pytestmark = pytest.mark.infrastructure

OURS = lite.ADDED["softmax-notebooks"][0]
FOR_LESSONS = ["helpers", "exercises", "backstage/calling", "backstage/checks", "backstage/explorer"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def pyodide():
    """The folder of Pyodide's core and lock, which npm fetches once."""
    folder = Path(sys.prefix) / f"pyodide-{lite.PYODIDE}"
    if not (folder / "pyodide-lock.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with npm_needed():
            lite.unpack(folder)
    return folder


@pytest.fixture(scope="module")
def packages(pyodide):
    """What of Pyodide's lock the site takes along."""
    return lite.needed(lite.lock_of(pyodide)["packages"], lite.ASKED)


def sources():
    """The code that runs in a reader's kernel; backstage/explorer/server.py is for Jupyter's server."""
    files = {path for folder in FOR_LESSONS for path in ROOT.glob(f"{folder}/**/*.py")}
    files -= {ROOT / "backstage/explorer/server.py"}
    yield from (file.read_text(encoding="utf-8") for file in files)
    for notebook in NOTEBOOKS:
        cells = nbformat.read(notebook, as_version=4).cells
        yield from (cell.source for cell in cells if cell.cell_type == "code")


def imported():
    """The packages and modules that this code imports, but for its own."""
    names = [name for source in sources() for name in test_imports.imported(source, "backstage.any")]
    model = "tokenizers"  # it comes with lesson 11's, which is not in JupyterLite
    return {name.partition(".")[0] for name in names} - {*OURS, model}


def in_pyodide(pyodide, tmp_path, code):
    """Run Python code in Pyodide, with a stack for as many calls as Python allows; return what it prints."""
    file = tmp_path / "code.py"
    file.write_text("import sys\nsys.path.append('/course')\n" + textwrap.dedent(code), encoding="utf-8")
    command = ["node", "--stack-size=4000", ROOT / "tests/support/in_pyodide.mjs", pyodide, ROOT, file]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout


def test_every_import_of_a_package_is_in_the_site(packages):
    there = {name for entry in packages.values() for name in entry["imports"]}
    there |= {name for names, _ in lite.ADDED.values() for name in names}
    assert imported() - there - sys.stdlib_module_names == set()


def test_every_package_of_the_site_is_known(packages):
    known = packages.keys() | lite.ADDED.keys()
    assert {name for _, depends in lite.ADDED.values() for name in depends} <= known
    assert {Requirement(line).name for line in PROJECT["dependencies"]} <= known


def test_versions_in_the_site_are_within_the_bounds(pyodide, packages):
    bounds = {need.name: need.specifier for need in map(Requirement, PROJECT["dependencies"])}
    versions = {name: entry["version"] for name, entry in packages.items()}
    versions |= {name: lite.pinned(name).partition("==")[2] for name in lite.WIDGETS + lite.WORDS}
    assert [f"{name} {versions[name]}" for name in bounds if versions[name] not in bounds[name]] == []
    assert lite.lock_of(pyodide)["info"]["python"] in SpecifierSet(PROJECT["requires-python"])


def test_a_wheel_is_fetched_if_it_is_the_one_of_the_lock(tmp_path, monkeypatch):
    release, folder = tmp_path / "release", tmp_path / "site"
    release.mkdir()
    folder.mkdir()
    (release / "one-1-py3-none-any.whl").write_bytes(b"one")
    monkeypatch.setattr(lite, "RELEASE", release.as_uri() + "/")
    entry = lite.as_found(release / "one-1-py3-none-any.whl")
    assert lite.fetched(entry, folder) and (folder / "one-1-py3-none-any.whl").read_bytes() == b"one"
    assert not lite.fetched(entry | {"file_name": "two-1-py3-none-any.whl"}, folder)
    with pytest.raises(ValueError, match="not the wheel"):
        lite.fetched(entry | {"sha256": "0" * 64}, folder)


def test_a_call_without_end_is_stopped_and_modules_are_there_in_pyodide(pyodide, tmp_path):
    printed = in_pyodide(
        pyodide,
        tmp_path,
        f"""
        import importlib, signal
        for name in {sorted(imported() & sys.stdlib_module_names)}:
            importlib.import_module(name)
        from backstage.calling.limits import TooSlow, limited

        def deaf():
            while True:
                try:
                    while True:
                        pass
                except:
                    pass

        def deeper():
            try:
                return deeper()
            except RecursionError:
                return deeper()

        for function in [deaf, deeper, lambda: sum(1 for _ in iter(lambda: 1, 2))]:
            try:
                print(limited(function, 0.1))
            except TooSlow:
                print("stopped")
        print(limited(lambda: 3, 5), hasattr(signal, "setitimer"))
        """,
    )
    assert printed.split() == ["stopped"] * 3 + ["3", "False"]


# In a browser a place in an array has 32 bits and what NumPy draws has 64, which bincount and take refuse.


def test_whole_numbers_that_a_check_hands_over_are_as_wide_as_places():
    other = np.int32 if np.intp == np.int64 else np.int64

    @exercise
    class my_sum:
        points, verified, think, hints = 1, "", "", ()

        def probes(rng):
            return [(np.arange(3, dtype=other), 4)], []

        def right(y, k):
            return y.sum() + k

    ((y, k),) = my_sum.inputs().all
    assert y.dtype == np.intp and k == 4


def test_lesson_04_runs_where_places_have_32_bits(monkeypatch):
    def narrow(x, *_, **__):
        raise TypeError(f"cannot cast {np.asarray(x).dtype}")

    monkeypatch.setattr(np, "bincount", narrow)
    assert len(lesson_names(NOTEBOOKS[3])["sample"]) == 1000
