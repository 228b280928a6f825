"""A lesson begins with a command, and passes the tests of all lessons when it is filled in."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from backstage.commands import lesson
from conftest import ROOT

pytestmark = pytest.mark.infrastructure

LESSONS = ["notebooks/98_with_exercises.ipynb", "notebooks/99_without.ipynb"]
FOLDERS = ["backstage", "exercises", "helpers", "notebooks", "questions", "tests"]


@pytest.fixture
def course(tmp_path):
    """A copy of the course, and how a module is run in it."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ["README.md", "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path)

    def run(*arguments):
        command = [sys.executable, "-m", *arguments]
        variables = os.environ | {"PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)

    return tmp_path, run


def fill_in(path):
    """Write the same right answer for every exercise, and let each give two points."""
    text = path.read_text(encoding="utf-8").replace("points = 1", "points = 2")
    path.write_text(re.sub("raise NotImplementedError.*", "return 2 * z", text), encoding="utf-8")


def checks(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]


def test_a_skeleton_passes_the_tests_of_lessons_once_it_is_filled_in(course):
    folder, run = course
    assert run("backstage.commands", "lesson", "98_with_exercises", "twice", "double").returncode == 0
    assert run("backstage.commands", "lesson", "99_without").returncode == 0
    path = folder / LESSONS[0]
    assert all(cell.metadata.get("editable", True) for cell in checks(path))
    for name in ["exercises", "exercises/answers", "tests/solutions"]:
        fill_in(folder / name / "lesson_98.py")
    done = run("backstage.commands", "refresh", *LESSONS)
    assert done.returncode == 0, done.stdout
    assert [cell.metadata.nbgrader.points for cell in checks(path)] == [2, 2]
    chosen = "(98_ or 99_ or one_lesson) and not whole"
    done = run("pytest", "-n0", "-k", chosen, "tests/lessons/test_lessons.py", *LESSONS)
    assert done.returncode == 0, done.stdout
    assert run("ruff", "check").returncode == 0 and run("ruff", "format", "--check").returncode == 0


@pytest.mark.parametrize(
    "arguments, code",
    [
        ([], 2),
        (["no_number"], 2),
        (["98_a", "not-a-name"], 2),
        (["98_a", *"abcdef"], 2),
        (["98_a", "class"], 2),
        (["98_a", "größe"], 2),
        (["98_a", "n" * 60], 2),
        (["98_a", "twice", "twice"], 2),
        (["98_a", "softmax"], 1),
        (["98_a", "progress"], 1),
        (["01_again"], 1),
    ],
)
def test_a_lesson_that_cannot_be_is_not_begun(arguments, code, capsys):
    assert lesson.main(arguments) == code
    assert capsys.readouterr().err.startswith("usage: " if code == 2 else "These exist already: ")


def test_nothing_is_written_over(course, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "ROOT", course[0])
    before = (course[0] / "exercises/lesson_02.py").read_bytes()
    assert lesson.main(["02_again", "twice"]) == 1
    assert "lesson_02.py" in capsys.readouterr().err
    assert (course[0] / "exercises/lesson_02.py").read_bytes() == before
