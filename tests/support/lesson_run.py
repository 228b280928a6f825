"""A lesson is run once: nbval compares what its cells show, and then the same kernel is asked for the rest.

This is a plugin of pytest. It adds two tests after the last cell of every lesson.
"""

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile

import answers
from conftest import ON_THE_MODEL, PICTURED

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # where kernels share cores, threads that wait spin
SWEEP = f"import runpy; print(runpy.run_path({str(Path(__file__).with_name('sweep.py'))!r})['sweep']({{}}))"
FORGET = """__import__("ipywidgets").Widget.close_all()
globals().pop("__warningregistry__", None)  # or what warned in the first run would be silent in the second"""


def pytest_configure():
    # What this machine's reader guessed and drew is not in stored outputs.
    os.environ |= dict.fromkeys(["SOFTMAX_GUESSES", "SOFTMAX_DIGITS"], os.devnull)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put a Lesson in the place of nbval's own collector."""
    collected = yield
    return [
        Lesson.from_parent(parent, path=file_path) if isinstance(file, IPyNbFile) else file
        for file in collected
    ]


class Lesson(IPyNbFile):
    """The cells of a notebook, and what else its kernel is asked when they have run."""

    def collect(self):
        self.cells = [*super().collect()]
        yield from self.cells
        for question in [every_slider_moves, right_answers_get_all_points]:
            yield Question.from_parent(self, name=question.__name__, question=question)

    def run(self, source):
        """Run a cell, and return its outputs."""
        messages = []
        self.kernel.kc.execute_interactive(
            source, store_history=False, allow_stdin=False, timeout=120, output_hook=messages.append
        )
        shown = [message for message in messages if message["msg_type"] in OUTPUTS]
        return [nbformat.v4.output_from_msg(message) for message in shown]

    def finish(self):
        """Run the cells that -k left out. After a cell that failed, nothing that follows means anything."""
        for cell in self.cells:
            if not self.kernel.is_alive():
                pytest.fail("The kernel ended before the last cell.", pytrace=False)
            if cell.test_outputs is None:
                cell.test_outputs = self.run(cell.cell.source)
            for output in cell.test_outputs:
                if output.output_type == "error":
                    pytest.fail(f"{cell.name} raised {output.ename}: {output.evalue}", pytrace=False)


OUTPUTS = {"stream", "display_data", "execute_result", "error"}


class Question(pytest.Item):
    """A function of a Lesson that asserts something of its kernel."""

    def __init__(self, question, **keywords):
        super().__init__(**keywords)
        self.question = question

    def runtest(self):
        self.parent.finish()
        self.question(self.parent)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: {self.name}"


def every_slider_moves(lesson):
    """While the stubs are as they are handed out: one that shadows a lesson's function shows only here."""
    sweep(lesson, stops=1 if lesson.path.name in ON_THE_MODEL else 12)  # the model takes its time


def right_answers_get_all_points(lesson):
    """In a second run of the lesson, in which no cell complains and every slider moves again.

    It is the whole lesson but where the model runs, which takes its time.
    """
    lesson.run(FORGET)
    solved = answers.answered(lesson.path, answers.right(lesson.path)).cells
    if lesson.path.name in ON_THE_MODEL:
        solved = [cell for cell in solved if cell.id in PICTURED or "nbgrader" in cell.metadata]
    said = {cell.source: lesson.run(cell.source) for cell in solved if cell.cell_type == "code"}
    assert [(source, bad) for source, outputs in said.items() if (bad := complaints(outputs))] == []
    for name, points in answers.exercises(lesson.path).items():
        (output,) = said[f"check.{name}(my_{name})"]
        assert output.data["text/plain"].startswith(f"✓ Right: {name}, {points} of {points} point")
    sweep(lesson, stops=1)


def sweep(lesson, stops):
    """Move every slider and menu that is alive, as sweep.py does."""
    outputs = lesson.run(SWEEP.format(stops))
    assert complaints(outputs) == []
    moved, problems = ast.literal_eval("".join(output.text for output in outputs))
    assert problems == []
    assert moved > 0


def complaints(outputs):
    """What stands on stderr, and what was raised."""
    errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    return errors + [output.text for output in outputs if output.get("name") == "stderr"]
