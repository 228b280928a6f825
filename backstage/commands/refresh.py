"""Run all notebooks, or those named, from top to bottom and store their outputs."""

import contextlib
import os
import tempfile
from pathlib import Path
from unittest import mock

import matplotlib
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from backstage import ROOT
from backstage.checks.catalogue import check
from backstage.lessons import drop_widgets, lessons
from backstage.setup import environment

LESSONS = ROOT / "notebooks"
LANGUAGE = {"name": "python", "file_extension": ".py"}  # without it nbconvert --to script writes .txt
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@contextlib.contextmanager
def empty_configuration():
    """Keep what the user has set for matplotlib, IPython and Jupyter out of what is stored."""
    theirs = ["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"]
    plain = {"MATPLOTLIBRC": str(Path(matplotlib.get_data_path(), "matplotlibrc"))}
    plain |= dict.fromkeys(["SOFTMAX_GUESSES", "SOFTMAX_DIGITS"], os.devnull)
    plain["PYTHONPATH"] = str(LESSONS.parent)  # the course that these lessons belong to
    plain["OPENBLAS_NUM_THREADS"] = "1"  # sums in the same order each time, also where cores are shared
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        variables = environment.variables() | dict.fromkeys(theirs, folder) | plain
        with mock.patch.dict(os.environ, variables, clear=True):
            yield


def execute(notebook):
    folder = {"metadata": {"path": str(LESSONS)}}
    client = NotebookClient(notebook, kernel_name="python3", resources=folder, timeout=60)
    client.coalesce_streams = True  # one output for all that a cell prints, however it was cut up on the way
    client.extra_arguments = ["--log-level=ERROR"]  # or each kernel warns about its ports
    client.execute()


def tidy(notebook):
    """Drop what differs between machines, and widget views, which mean nothing without their kernel."""
    drop_widgets(notebook)
    notebook.metadata.update(kernelspec=KERNEL, language_info=LANGUAGE)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        finish(cell)


def finish(cell):
    """Lock a check, and give it the points of its exercise: nbgrader reads them in the notebook."""
    metadata = cell.metadata.get("nbgrader", {})
    if metadata.get("grade"):
        metadata["points"] = getattr(check, metadata["grade_id"].removeprefix("check_")).points
        cell.metadata.update(deletable=False, editable=False)


def refresh(path):
    """Return None, or the problem, and then the file is as it was."""
    try:
        notebook = nbformat.read(path, as_version=4)
        with empty_configuration():
            execute(notebook)
        tidy(notebook)
    # ValueError: it is no notebook; AttributeError: no exercise has the name of its check.
    except (OSError, ValueError, AttributeError, CellControlSignal, DeadKernelError) as problem:
        return problem
    nbformat.write(notebook, path)


def main(arguments):
    problems = 0
    for path in arguments or lessons(LESSONS.parent):
        problem = refresh(path)
        print(path, problem or "refreshed", sep=": ", flush=True)
        problems += problem is not None
    return 1 if problems else 0
