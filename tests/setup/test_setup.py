"""The set-up: dependencies that agree, a lock without addresses, run.py and refresh.py keeping their word."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient.exceptions import DeadKernelError
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from backstage import lessons
from backstage.commands import refresh
from backstage.setup import environment
from conftest import ROOT

pytestmark = pytest.mark.infrastructure

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LISTED = PROJECT["dependencies"] + EXTRAS["lab"] + EXTRAS["test"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
CONDA_NAMES = {"playwright": "playwright-python"}  # where conda-forge calls a package by another name
CONDA_SPEC = re.compile(r"[a-z0-9][a-z0-9._-]*((=|[<>]=?)[0-9]+(\.[0-9]+)*(,[<>]=?[0-9]+(\.[0-9]+)*)*)?")


# Lists of dependencies


def conda_specs():
    return [spec for spec in CONDA["dependencies"] if isinstance(spec, str)]


def test_conda_asks_for_what_pyproject_asks_for():
    wanted = {re.sub(r"^[\w-]+", lambda name: CONDA_NAMES.get(name[0], name[0]), spec) for spec in LISTED}
    assert wanted - set(conda_specs()) == set()
    pip, python = sorted(set(conda_specs()) - wanted)
    assert pip == "pip" and re.fullmatch(r"python=3\.\d+", python)
    assert python.removeprefix("python=") in SpecifierSet(PROJECT["requires-python"])
    assert CONDA["dependencies"][-1] == {"pip": ["-e ."]}
    assert [spec for spec in conda_specs() if not CONDA_SPEC.fullmatch(spec)] == []


def locked():
    """Every (name, version, number of hashes) in the lock."""
    blocks = re.split(r"\n(?=\w)", LOCK)[1:]
    return [(*re.match(r"(\S+)==(\S+)", block).groups(), block.count("--hash=sha256:")) for block in blocks]


def test_lock_has_a_hash_for_every_package():
    assert len(locked()) > len(LISTED)
    assert [name for name, _, hashes in locked() if hashes == 0] == []


def test_lock_names_no_address():
    assert re.findall(r"\S*(?:/|@|--index|--extra-index|--find|--trusted)\S*", LOCK) == []


@pytest.mark.parametrize("wanted", [*map(Requirement, LISTED)], ids=str)
def test_lock_is_in_step_with_pyproject(wanted):
    versions = [version for name, version, _ in locked() if name == canonicalize_name(wanted.name)]
    assert versions and all(version in wanted.specifier for version in versions)


def test_contributing_tells_how_the_lock_was_made():
    command = re.search(r"uv pip compile.*", LOCK)[0]
    assert command in (ROOT / "CONTRIBUTING.md").read_text()


# run.py


def run_py(*arguments):
    return subprocess.run([sys.executable, ROOT / "run.py", *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [[], ["tests"], ["--help"]])
def test_wrong_command_shows_usage_and_exits_2(arguments):
    done = run_py(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(f"  {name} " in done.stderr for name in environment.commands())


@pytest.mark.parametrize("arguments", [[], ["../../run"]])
def test_unknown_benchmark_lists_those_that_exist_and_exits_2(arguments):
    done = run_py("bench", *arguments)
    assert done.returncode == 2 and "numerics" in done.stderr


def test_python_too_old_is_told_in_one_line():
    old = (
        "import runpy, sys; sys.version_info = (3, 10, 13); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", old, ROOT / "run.py"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "This course needs Python 3.11 or newer, and this is Python 3.10.\n"


def test_run_py_is_plain_and_alone():
    source = (ROOT / "run.py").read_text()
    nodes = list(ast.walk(ast.parse(source, feature_version=(3, 7))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported - {"backstage.setup"} <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.JoinedStr) for node in nodes)


def test_lab_opens_the_first_lesson_at_the_root(tmp_path):
    from backstage.commands import lab  # with all of JupyterLab

    (tmp_path / "notebooks").mkdir()
    for name in ["02_b.ipynb", "01_a.ipynb"]:
        (tmp_path / "notebooks" / name).touch()
    command = lab.options(tmp_path)
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/notebooks/01_a.ipynb" in command


def test_jupyterlab_still_knows_the_settings_that_keep_it_quiet():
    ((plugin, settings),) = json.loads(environment.QUIET).items()
    schema = (
        Path(importlib.util.find_spec("jupyterlab").origin).parent
        / "schemas"
        / (plugin.replace(":", "/") + ".json")
    )
    assert settings.keys() <= json.loads(schema.read_text())["properties"].keys()


# refresh

UNKNOWN = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade": True, "grade_id": "check_nothing"}})


@pytest.mark.parametrize(
    "content, problem",
    [
        ('"ä"'.encode("latin-1"), "'utf-8' codec"),
        (b"", "Notebook does not appear to be JSON"),
        (nbformat.writes(nbformat.v4.new_notebook(cells=[UNKNOWN])).encode(), "'Checks' object has no"),
    ],
)
def test_refresh_names_a_file_that_it_cannot_refresh(content, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(refresh, "execute", lambda notebook: None)
    (path := tmp_path / "01_a.ipynb").write_bytes(content)
    assert refresh.main([path]) == 1 and path.read_bytes() == content
    assert capsys.readouterr().out.startswith(f"{path}: {problem}")


def test_refresh_keeps_what_matters_and_drops_what_differs():
    view = {"image/png": "…", "text/plain": "a picture", lessons.WIDGET: {"model_id": "1"}}
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", view)])
    cell.metadata.update(nbgrader={"grade_id": "a"}, execution={"iopub.execute_input": "2026-11-21"})
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3"}}
    )
    name = cell.id
    refresh.tidy(notebook)
    assert cell.id == name and cell.metadata == {"nbgrader": {"grade_id": "a"}}
    assert set(cell.outputs[0].data) == {"image/png", "text/plain"}
    assert notebook.metadata == {"kernelspec": refresh.KERNEL, "language_info": refresh.LANGUAGE}


def test_refresh_knows_nothing_of_what_the_user_has_set(tmp_path, monkeypatch):
    (tmp_path / "matplotlibrc").write_text("figure.facecolor: black")
    (tmp_path / "profile_default/startup").mkdir(parents=True)
    (tmp_path / "profile_default/startup/theirs.py").write_text("import os; os.environ['THEIRS'] = 'here'")
    for name, value in {"MATPLOTLIBRC": tmp_path / "matplotlibrc", "PYTHONOPTIMIZE": "2"}.items():
        monkeypatch.setenv(name, str(value))
    for name in ["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_PATH"]:
        monkeypatch.setenv(name, str(tmp_path))
    theirs = tmp_path / "kernels/python3/kernel.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(json.dumps({"argv": ["false"], "display_name": "theirs", "language": "python"}))
    code = (
        "import os, matplotlib\n"
        "print(matplotlib.rcParams['figure.facecolor'], os.environ.get('THEIRS'), __debug__)"
    )
    path, before = tmp_path / "a.ipynb", dict(os.environ)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    assert refresh.main([path]) == 0
    assert nbformat.read(path, 4).cells[0].outputs[0].text == "white None True\n"
    assert dict(os.environ) == before


def test_refresh_leaves_a_notebook_that_fails_as_it_was(tmp_path, monkeypatch, capsys):
    def fails(notebook):
        notebook.cells.clear()
        raise DeadKernelError("Kernel died")

    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    before = path.read_bytes()
    monkeypatch.setattr(refresh, "execute", fails)
    assert refresh.main([path]) == 1
    assert path.read_bytes() == before and "Kernel died" in capsys.readouterr().out


# The tree


PERSONAL = re.compile(
    r"(?<![\w+/])/(home|root|tmp|Users)/|[A-Z]:\\+Users|ipykernel_\d|pythonhosted\.|/simple[/\s]"
)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git lists the files")
def test_no_file_names_a_machine_or_a_registry():
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(listing, cwd=ROOT, text=True).strip("\0").split("\0")
    assert [name for name in names if PERSONAL.search((ROOT / name).read_text(errors="ignore"))] == []


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say_about(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", ROOT], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
