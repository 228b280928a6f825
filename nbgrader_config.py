"""How nbgrader grades this course. Each lesson is an assignment, and its notebook is the source as it stands.

In this folder, in an environment of its own that has `pip install -e ".[grade]"`:

    nbgrader generate_assignment "*"     nbgrader learns what the lessons ask
    nbgrader zip_collect 01_softmax      sorts by student what lies in grades/downloaded/01_softmax/archive
    nbgrader autograde "*"               runs what was handed in, and gives points
    nbgrader generate_feedback "*"       a page for each student and lesson
    nbgrader export                      grades/grades.csv

What is run was written by others. Do it where that can do no harm: in a container, without network.
"""

import csv
import os
import re
import secrets
import shutil
import sys
import unicodedata
import warnings
from collections import defaultdict
from functools import cached_property
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_output, upgrade
from nbgrader import preprocessors as step
from nbgrader.plugins import ExportPlugin, FileNameCollectorPlugin

HERE = Path(__file__).resolve().parent
LESSONS = sorted(HERE.glob("notebooks/*.ipynb"))
COURSE = HERE / "grades"

for lesson in LESSONS:  # they lie side by side, and nbgrader wants each in a folder of its own
    folder = COURSE / "source" / lesson.stem
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(lesson, folder)


class Collector(FileNameCollectorPlugin):
    """A student's id is what is before the lesson's name, or before what Moodle or Canvas adds.

    Moodle and Canvas know best. Otherwise the outermost folder or zip that has a name is a student's.
    """

    platform = re.compile(r"(.+?)(_\d+_assignsubmission_|(_LATE)?_\d{3,}_\d{3,}_)", re.IGNORECASE)
    lesson = re.compile("|".join(lesson.stem.replace("_", "[_ -]") for lesson in LESSONS), re.IGNORECASE)
    junk = re.compile(r"(.*/)?(__MACOSX|\._|\.ipynb_checkpoints|\.DS_Store)")

    def collect(self, submitted_file):
        student = self.students.get(submitted_file)
        return {"student_id": student, "file_id": self.parent.coursedir.assignment_id} if student else None

    @cached_property
    def students(self):
        """From each file to its student or nothing. All at once, to say what was handed in for nothing."""
        self.log.addFilter(lambda record: not str(record.msg).startswith(("Parsing", "Skipped submission")))
        self.folder = COURSE / "downloaded" / self.parent.coursedir.assignment_id
        extracted = self.folder / "extracted"
        files = [path.relative_to(extracted) for path in sorted(extracted.rglob("*"))]
        files = {path: self.student(path) for path in files if not self.junk.match(path.as_posix())}
        by_origin, by_student = defaultdict(set), defaultdict(list)
        for path, student in files.items():
            by_origin[self.origin(path)].add(student)
            by_student[student.casefold()].append(str(path))  # as on Windows
        for origin, found in by_origin.items():
            if origin and not any(found):
                self.log.error("No notebook of %s, or no student's name: %s", self.folder.name, origin)
        for student, paths in by_student.items():
            if student and len(paths) > 1:
                self.parent.fail("Two files for %s, leave one: %s", student, ", ".join(paths))
        return {str(extracted / path): student for path, student in files.items()}

    def origin(self, path):
        """What the teacher put there: the file itself, or the zip that it was in."""
        above = [*reversed(path.parents), path]
        return next((part for part in above if not (self.folder / "archive" / part).is_dir()), None)

    def student(self, path):
        parts = [unicodedata.normalize("NFC", part) for part in path.parts]
        lesson = self.lesson.search(parts[-1])
        lesson = re.sub("[ -]", "_", lesson[0]).lower() if lesson else None
        if path.suffix != ".ipynb" or lesson != self.folder.name:
            return ""
        known = [match[1] for match in map(self.platform.match, parts) if match]
        names = [re.sub("copy of ", "", name, flags=re.IGNORECASE) for name in known or parts]
        names = [self.lesson.split(name)[0].strip(" _-") for name in names]
        return re.sub(r"[][*?]|^\.+", "_", next(filter(None, names), ""))  # glob would not find these


def repair(notebook, resources):
    """Every check is there once, as the lesson has it, and every cell of the student's is still there.

    JupyterLab copies metadata when a cell is pasted, and then nbgrader would grade nothing. A check that was
    edited becomes an ordinary cell, and the lesson's own one follows at the end.
    """
    names = resources["nbgrader"]
    lesson = nbformat.read(Path("release", names["assignment"], names["notebook"] + ".ipynb"), as_version=4)
    notebook = upgrade(notebook)  # an older Jupyter gave no ids to cells
    handed_in = [(cell.metadata.pop("nbgrader", {}).get("grade_id"), cell) for cell in notebook.cells]
    asked = {cell.metadata.nbgrader.grade_id for cell in lesson.cells if "nbgrader" in cell.metadata}
    ids = {name for name, _ in handed_in if name}
    if ids and not ids & asked:
        raise ValueError(f"{names['student']} handed in a notebook that is not {names['assignment']}")
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
    for cell in checks(notebook):
        stated = [out.data.get("text/plain") for out in cell.outputs if out.output_type == "execute_result"]
        if stated not in [[str(points)] for points in range(int(cell.metadata.nbgrader.points) + 1)]:
            cell.outputs.insert(0, failure("This check did not come to its end, and gives no points."))
        for output in cell.outputs:
            if output.get("name") == "stderr":
                output.name = "stdout"
    return notebook, resources


def checks(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in code if cell.metadata.get("nbgrader", {}).get("grade")]


def failure(text):
    return new_output("error", ename="NotGraded", evalue=text, traceback=[text])


class Grades(ExportPlugin):
    """A line for each lesson and student, which says why there are no points."""

    def export(self, gradebook):
        students = {student.id for student in gradebook.students}
        students |= {folder.parent.name for folder in COURSE.glob("submitted/*/*/")}
        with open(self.to, "w", encoding="utf-8-sig", newline="") as file:  # sig: or Excel spoils accents
            table = csv.writer(file)
            table.writerow(["lesson", "student", "points", "out_of", "status", "mistakes"])
            for lesson in gradebook.assignments:
                points = {one.student_id: one.score for one in lesson.submissions}
                for student in sorted(students):
                    row = outcome(lesson.name, student, points.get(student))
                    table.writerow([lesson.name, student, row[0], f"{lesson.max_score:g}", *row[1:]])


def outcome(lesson, student, score):
    """Points, status and mistakes. An older mark does not count for what was handed in after it."""
    handed_in, graded = (COURSE / step / student / lesson for step in ("submitted", "autograded"))
    if not handed_in.is_dir():
        return "", "not handed in", ""
    files = [folder / f"{lesson}.ipynb" for folder in (handed_in, graded)]
    if not all(file.is_file() for file in files) or files[0].stat().st_mtime > files[1].stat().st_mtime:
        return "", "failed", ""
    cells = checks(nbformat.read(files[1], as_version=4))
    if score is None or not all(cell.outputs for cell in cells):  # autograde was stopped halfway
        return "", "failed", ""
    pages = [output.get("data", {}).get("text/html", "") for cell in cells for output in cell.outputs]
    return f"{score:g}", "graded", " ".join(re.findall(r'data-mistake="(\w+)"', "".join(pages)))


c = get_config()  # noqa: F821 - traitlets runs this file, and puts it here
c.CourseDirectory.root = str(COURSE)
c.ZipCollectApp.force = True  # or a second round would stop, and the first be graded again
c.ZipCollectApp.collector_plugin = Collector
c.ExportApp.plugin_class = Grades
c.ExportPlugin.to = str(COURSE / "grades.csv")
c.BaseConverter.force = True  # or what is handed in, or mended, a second time would be passed over in silence
c.ClearSolutions.enabled = False  # it takes the stubs for solutions, and there are none
c.Autograde.sanitize_preprocessors = [step.ClearOutput, repair, step.OverwriteKernelspec]
c.Autograde.autograde_preprocessors = [Run, mark, step.LimitOutput, step.SaveAutoGrades]
c.Execute.extra_arguments = ["--IPKernelApp.extensions=grading.guard", "--log-level=ERROR"]
c.Execute.shutdown_kernel = "immediate"  # one that is asked politely may refuse

os.environ["PYTHONSAFEPATH"] = "1"  # kernels import nothing from the folder that was handed in
seed = os.environ.get("SOFTMAX_CHECK_SEED") or str(secrets.randbits(32))  # the same for all, known to nobody
if not seed.isdecimal():
    sys.exit(f"SOFTMAX_CHECK_SEED is {seed!r}, and must be a whole number, 0 or more.")
os.environ["SOFTMAX_CHECK_SEED"] = seed
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # for alembic
warnings.filterwarnings("ignore", module="nbgrader")  # SQLAlchemy's, which hide what matters
