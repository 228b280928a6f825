"""What comes out of a class, with results that are made up: rows, flags, feedback, what comes twice."""

import csv
import io
import json
import zipfile

import pytest

from backstage.grading import classes, report
from helpers import check

pytestmark = pytest.mark.infrastructure

LONG = "def my_ratio(z, i, j):\n    # why\n" + "    x = 1\n" * 40


def result(points=1, source="def my_ratio(z, i, j): ...", mistake=None, state="right"):
    """A result for lesson 01 in which one exercise was answered."""
    mark = {
        "points": points,
        "out_of": 1,
        "state": state,
        "mistake": mistake,
        "text": f"All about {mistake}.",
        "evidence": "yours <b>0</b>",
        "source": source,
        "flags": [],
    }
    return {"lesson": "01", "out_of": 4, "exercises": {"ratio": mark}, "flags": []}


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Grade a class whose notebooks are results: from the rows of the table to the folder that came out."""
    monkeypatch.setattr(classes, "graded", lambda notebooks, _: {one: json.loads(one) for one in notebooks})

    def grade(sections):
        for section, files in sections.items():
            for name, content in files.items():
                path = tmp_path / section / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(content))
        out = tmp_path / "grades"
        out.mkdir(exist_ok=True)
        classes.grade_class([tmp_path / section for section in sections], out)
        text = (out / "grades.csv").read_text(encoding="utf-8-sig")
        return [*csv.DictReader(io.StringIO(text))], out

    return grade


def test_namesakes_are_two_rows_and_keep_the_platforms_ids(graded):
    files = {f"Wei Wang_{n}_assignsubmission_file_/a.ipynb": result(points=n % 2) for n in (111, 222)}
    rows, _ = graded({"monday": files})
    assert [(row["student"], row["id"], row["total"]) for row in rows] == [
        ("Wei Wang", "111", "1"),
        ("Wei Wang", "222", "0"),
    ]


def test_the_newest_counts_and_late_is_told(graded):
    files = {
        "lovelaceada_1001_5001_01_softmax.ipynb": result(points=0, state="wrong"),
        "lovelaceada_LATE_1001_5002_01_softmax-1.ipynb": result(points=1),
    }
    ((row,), out) = graded({"monday": files})
    assert row["total"] == "1" and "late" in row["flags"] and "2 times" in row["flags"]
    with zipfile.ZipFile(out / "feedback monday.zip") as archive:
        assert archive.namelist() == ["lovelaceada_LATE_1001_5002_01_softmax-1.html"]


def test_feedback_is_named_as_the_platform_named_the_file():
    """A folder of Moodle's stays one; Canvas knows a file by the start of its name, and takes no folders."""
    names = {
        "Ada_12345_assignsubmission_file_/a.ipynb": "Ada_12345_assignsubmission_file_/a.html",
        "turingalan_1235_5680_hw.zip/hw/02.ipynb": "turingalan_1235_5680_hw_hw_02.html",
        "hoppergrace_1236_5681_broken.zip": "hoppergrace_1236_5681_broken.html",
    }
    with zipfile.ZipFile(io.BytesIO(report.bundle(names))) as archive:
        assert archive.namelist() == [*names.values()]


def test_a_hand_in_that_cannot_be_read_counts_only_if_nothing_else_is_there(graded):
    files = {
        "lovelaceada_1001_5001_01_softmax.ipynb": result(points=1),
        "lovelaceada_1001_5002_01_softmax-1.ipynb": {"problem": "it is no notebook", "flags": []},
        "turingalan_1002_5003_01_softmax.ipynb": {"problem": "it is no notebook", "flags": []},
    }
    (ada, alan), _ = graded({"monday": files})
    assert ada["total"] == "1" and ada["01 status"] == "graded" and "no notebook" in ada["flags"]
    assert alan["total"] == "0" and "it is no notebook" in alan["flags"]


def test_sections_have_a_column(graded):
    rows, out = graded(
        {"monday": {"ada_01_softmax.ipynb": result()}, "tuesday": {"ada_01_softmax.ipynb": result()}}
    )
    assert [row["section"] for row in rows] == ["monday", "tuesday"]
    assert (out / "feedback tuesday.zip").exists()


def test_one_text_handed_in_by_several_is_flagged(graded):
    files = {
        "ada_01_softmax.ipynb": result(source=LONG),
        "bo_01_softmax.ipynb": result(source=LONG),
        "cy_01_softmax.ipynb": result(source=LONG + "# mine"),
        "di_01_softmax.ipynb": result(),
        "ed_01_softmax.ipynb": result(),
    }
    flags = {row["student"]: row["flags"] for row in graded({"monday": files})[0]}
    assert "the same text as bo" in flags["ada"] and "the same text as ada" in flags["bo"]
    assert not flags["cy"] and not flags["di"]  # what is short is often the same


def test_points_that_changed_are_flagged():
    new = result(points=0)
    classes.changed(result(points=1), new)
    assert new["flags"] == ["ratio: 1 points before, 0 now"]
    same = result(points=1)
    classes.changed(result(points=1), same)
    assert same["flags"] == []


def test_the_page_of_the_class_tells_right_known_unforeseen_and_empty_apart():
    ones = [
        result(),
        result(0, mistake="upside_down", state="wrong"),
        result(0, mistake="upside_down", state="wrong"),
        result(0, state="wrong"),
        result(0, state="not attempted"),
    ]
    page = report.about_the_class(ones)
    for text in ("1 right", "2 known mistakes", "1 unforeseen", "1 not attempted", "upside_down"):
        assert text in page
    assert '<td class="n">2</td>' in page


def test_feedback_escapes_everything_and_allows_no_script():
    page = report.feedback("<b>ada</b>", result(source="<script>alert(1)</script>"))
    assert "<script" not in page and "&lt;script&gt;" in page and "<b>" not in page
    assert "Content-Security-Policy" in page and "default-src 'none'" in page


def test_every_exercise_has_its_column(graded):
    (row,), _ = graded({"monday": {"ada_01_softmax.ipynb": result()}})
    lesson = [name for name in check if getattr(check, name).lesson == "01"]
    assert all(f"01 {name}" in row for name in lesson)
