"""How nbgrader grades this course. Each lesson is an assignment, and its notebook is the source as it stands.

In this folder, in an environment of its own that has `pip install -e ".[grade]"`:

    nbgrader generate_assignment "*"     nbgrader learns what the lessons ask
    nbgrader zip_collect 01_softmax      sorts by student what lies in grading/downloaded/01_softmax/archive
    nbgrader autograde "*"               runs what was handed in, and gives points
    nbgrader generate_feedback "*"       a page for each student and lesson
    nbgrader export                      grading/grades.csv

What is run was written by others. Do it where that can do no harm: in a container, without network.
"""

import os
import re
import secrets
import shutil
import sys
import warnings
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_output, upgrade
from nbgrader import preprocessors as step

HERE = Path(__file__).resolve().parent
LESSONS = sorted(HERE.glob("notebooks/*.ipynb"))
COURSE = HERE / "grading"

for lesson in LESSONS:  # they lie side by side, and nbgrader wants each in a folder of its own
    folder = COURSE / "source" / lesson.stem
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(lesson, folder)


def repair(notebook, resources):
    """Every check is there once, as the lesson has it, and every cell of the student's is still there.

    JupyterLab copies metadata when a cell is pasted, and then nbgrader would grade nothing. A check that was
    edited becomes an ordinary cell, and the lesson's own one follows at the end.
    """
    names = resources["nbgrader"]
    lesson = nbformat.read(Path("release", names["assignment"], names["notebook"] + ".ipynb"), as_version=4)
    notebook = upgrade(notebook)  # an older Jupyter gave no ids to cells
    handed_in = [(cell.metadata.pop("nbgrader", {}).get("grade_id"), cell) for cell in notebook.cells]
    for own in lesson.cells:
        about = own.metadata.get("nbgrader", {})
        same = [cell for name, cell in handed_in if about and name == about.grade_id]
        same = [cell for cell in same if cell.source == own.source or about.solution]
        same = [cell for cell in same if cell.cell_type == own.cell_type]
        if same:
            same[-1].metadata = own.metadata
        elif about.get("grade"):
            notebook.cells.append(new_code_cell(own.source, metadata=own.metadata))
    return notebook, resources


class Run(step.Execute):
    """A cell that ends the kernel, or cannot be stopped, is left out of a second run: the others count."""

    skip_cells_with_tag = "left out"

    def preprocess(self, notebook, resources):
        while True:
            self.cell = None
            try:
                return super().preprocess(notebook, resources)
            except (CellTimeoutError, DeadKernelError) as problem:
                if self.cell is None:
                    raise
                text = f"This cell was left out ({type(problem).__name__})."
                self.log.error("%s: %s\n%s", resources["nbgrader"]["student"], text, self.cell.source)
                self.cell.metadata["tags"] = [self.skip_cells_with_tag]
                self.cell.outputs = [failure(text)]

    def preprocess_cell(self, cell, resources, index):
        self.cell = cell
        return super().preprocess_cell(cell, resources, index)


def mark(notebook, resources):
    """A check gives the points that it states. nbgrader gives all for silence, and none for a warning."""
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and about.get("grade"):
            stated = [
                out.data.get("text/plain") for out in cell.outputs if out.output_type == "execute_result"
            ]
            if stated not in [[str(points)] for points in range(int(about.points) + 1)]:
                cell.outputs.insert(0, failure("This check did not come to its end, and gives no points."))
            for output in cell.outputs:
                if output.get("name") == "stderr":
                    output.name = "stdout"
    return notebook, resources


def failure(text):
    return new_output("error", ename="NotGraded", evalue=text, traceback=[text])


c = get_config()  # noqa: F821 - traitlets runs this file, and puts it here
c.CourseDirectory.root = str(COURSE)
c.ExportPlugin.to = str(COURSE / "grades.csv")
c.BaseConverter.force = True  # or what is handed in, or mended, a second time would be passed over in silence
c.ClearSolutions.enabled = False  # it takes the stubs for solutions, and there are none
c.Autograde.sanitize_preprocessors = [step.ClearOutput, repair, step.OverwriteKernelspec]
c.Autograde.autograde_preprocessors = [Run, mark, step.LimitOutput, step.SaveAutoGrades]
c.Execute.extra_arguments = ["--IPKernelApp.extensions=helpers.check.guard", "--log-level=ERROR"]
c.Execute.shutdown_kernel = "immediate"  # one that is asked politely may refuse

os.environ["PYTHONSAFEPATH"] = "1"  # kernels import nothing from the folder that was handed in
os.environ.setdefault("SOFTMAX_CHECK_SEED", str(secrets.randbits(32)))  # the same for all, known to nobody
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # for alembic
warnings.filterwarnings("ignore", module="nbgrader")  # SQLAlchemy's, which hide what matters

# ada_01_softmax.ipynb, what Moodle and Canvas make of that, or a folder or a zip with such a name around it
stem = "|".join(re.escape(lesson.stem) for lesson in LESSONS)
after = rf"((_LATE)?_\d+_\d+(?=_)|_\d+_assignsubmission_file|_({stem}))"  # the name of the student
c.FileNameCollectorPlugin.named_regexp = (
    rf"(?!.*ipynb_checkpoints).*?[/\\]extracted[/\\]((.*?[/\\])?(?=[^/\\]+{after}))?"
    rf"(?P<student_id>[^/\\]+?)({after}[^/\\]*)?[_/\\](.*[/\\])?(?P<file_id>{stem})[^/\\]*\.ipynb"
)
