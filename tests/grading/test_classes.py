"""What comes out of a class, with results that are made up: rows, totals, flags, feedback, marks by hand."""

import ast
import csv
import io
import json
import os
import shutil
import signal
import zipfile

import pytest

from backstage.grading import classes, keeping, likeness, look, processes, report, tables
from conftest import ROOT
from helpers import check

pytestmark = pytest.mark.infrastructure

POINTS = {name: marks for name, marks in classes.exercises().items() if name in ("01", "02", "03")}
ONE, TWO = ("lovelaceada_1001_5001_01.ipynb", "lovelaceada_1001_5002_01-1.ipynb")  # as Canvas calls them
OWN = (
    "    parts = [float(part) for part in np.asarray(z).ravel().tolist()]\n    highest = sorted(parts)[-1]\n"
)
OWN += "    return sum(part / highest for part in parts if part is not None) - len(parts) * i + j"


def mark(points=1, source="", mistake=None, state=None, text=""):
    state = state or ("right" if points else "wrong")
    made = {"points": points, "out_of": points or 1, "state": state, "mistake": mistake, "flags": []}
    return made | {"text": text or f"All about {mistake}.", "evidence": "yours <b>0</b>", "source": source}


def result(lesson="01", share=1, first=None, **other):
    """A result in which every exercise is right, or none (share 0); first: the mark of the first exercise."""
    marks = {name: mark(share * points) for name, points in POINTS[lesson].items()}
    marks |= {next(iter(marks)): first} if first else {}
    out_of = sum(POINTS[lesson].values())
    return {"lesson": lesson, "out_of": out_of, "exercises": marks, "flags": [], **other}


def notebook(*results, **other):
    """A notebook that is graded with these results."""
    return json.dumps({"cells": [], "results": {one["lesson"]: one for one in results}, **other})


def graded_as_it_says(content, seed=None, lesson=None):
    results = json.loads(content)["results"]
    return [results[lesson]] if lesson else [{"problem": "it is no notebook", "flags": []}]


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Grade a class whose notebooks say their results: to rows of the table, what was said, the folder."""
    monkeypatch.setattr(classes, "grade", graded_as_it_says)
    read = look.read
    told = lambda content: read(content)._replace(lessons=[*json.loads(content)["results"]])  # noqa: E731
    monkeypatch.setattr(look, "read", told)

    def grade(sections, **options):
        for section, files in sections.items():
            for name, content in files.items():
                path = tmp_path / section / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content if isinstance(content, str) else notebook(content))
        out = tmp_path / "grades"
        _, said = classes.grade_class([tmp_path / section for section in sections], out, **options)
        text = (out / "grades.csv").read_text(encoding="utf-8-sig")
        return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}, "\n".join(said), out

    return grade


def pages(out, section="monday"):
    with zipfile.ZipFile(out / f"feedback {section}.zip") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# Whose work counts


def test_namesakes_are_two_rows_and_keep_the_platforms_ids(graded, tmp_path):
    files = {f"Wei Wang_{n}_assignsubmission_file_/a.ipynb": result(share=n % 2) for n in (111, 222)}
    graded({"monday": files})
    rows = (tmp_path / "grades/grades.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[:3] for row in rows] == [["monday", "Wei Wang", n] for n in ("111", "222")]


def test_only_the_newest_is_run_and_counts_and_late_is_told(graded):
    old = notebook(result(share=0), name="old")
    rows, _, out = graded({"monday": {ONE: old, TWO.replace("_1001", "_LATE_1001"): result()}})
    (row,) = rows.values()
    assert row["total"] == "4" and "late" in row["flags"] and "handed in 2 times" in row["flags"]
    assert [*pages(out)] == ["lovelaceada_LATE_1001_5002_01-1.html"]
    assert len([*out.glob("results/*01.json")]) == 1


def test_where_nothing_says_which_is_newest_all_are_graded_and_the_best_counts(graded, monkeypatch):
    collect = classes.collect

    def uncertain(*paths):
        submissions, said = collect(*paths)
        for submission in submissions:
            submission.order = ()
        return submissions, said

    monkeypatch.setattr(classes, "collect", uncertain)
    rows, _, out = graded({"monday": {ONE: result(), TWO: result(share=0)}})
    (row,) = rows.values()
    assert row["total"] == "4" and f"nothing says which is newest: all were graded, and {ONE}" in row["flags"]
    assert [*pages(out)] == [ONE.replace("ipynb", "html")]


def test_all_students_are_graded_once_before_anybody_is_twice():
    chosen = [{"01": [work(b"a1"), work(b"a0")], "02": [work(b"a2")]}, {"01": [work(b"b1")]}]
    assert [job[0] for job in classes.in_turns(chosen)] == [b"a1", b"b1", b"a0", b"a2"]


def work(content):
    return classes.Submission(("ada",), "ada", "", "", "monday", "a.ipynb", notebook=content)


def test_a_hand_in_that_cannot_be_read_counts_only_if_nothing_else_is_there(graded):
    files = {ONE: result(), TWO: notebook(), "bo_1002_5003_01.ipynb": notebook(), "cy_1003_5004_01.ipynb": ""}
    rows, _, _ = graded({"monday": files})
    ada, bo, cy = rows["lovelaceada"], rows["bo"], rows["cy"]
    assert ada["total"] == "4" and ada["01 status"] == "graded" and "no notebook" in ada["flags"]
    assert bo["total"] == "0" and bo["01 status"] == "failed: it is no notebook"
    assert cy["01 status"] == "failed: it is empty" and "it is empty" in cy["flags"]


def test_two_lessons_in_one_notebook_are_both_graded(graded):
    rows, _, out = graded({"monday": {"ada_01.ipynb": notebook(result(), result("02"))}})
    assert [rows["ada_01"][name] for name in ("01 points", "02 points", "total")] == ["4", "7", "11"]
    (page,) = pages(out).values()
    assert "Lesson 01: 4 of 4" in page and "Lesson 02: 7 of 7" in page


SEVERAL = {"ada.ipynb": notebook(result(), result("02")), "bo.ipynb": result(), "cy.ipynb": result()}


def test_one_who_hands_in_more_changes_nobodys_total(graded):
    rows, said, _ = graded({"monday": SEVERAL})
    assert {(row["total"], row["out of"]) for row in rows.values()} == {("4", "4")}
    assert rows["ada"]["02 points"] == "7" and rows["ada"]["flags"] == "02: not in the total"
    assert "The total is of 01. Not in it: 02 (students: 1)" in said


def test_a_lesson_that_is_named_is_the_only_one(graded):
    rows, _, _ = graded({"monday": SEVERAL}, lesson="02")
    assert {name: row["total"] for name, row in rows.items()} == {"ada": "7", "bo": "0", "cy": "0"}
    assert {row["out of"] for row in rows.values()} == {"7"}
    assert "01 points" not in rows["ada"] and rows["bo"]["flags"] == "01: handed in, not graded"
    with pytest.raises(classes.Unclear, match="no lesson '99'"):
        graded({"monday": SEVERAL}, lesson="99")


def test_every_exercise_has_its_column_and_every_section_its_feedback(graded):
    rows, _, out = graded({"monday": {"ada.ipynb": result()}, "tuesday": {"bo.ipynb": result()}})
    assert all(f"01 {name}" in rows["ada"] for name in check if getattr(check, name).lesson == "01")
    assert rows["bo"]["section"] == "tuesday" and len(pages(out, "tuesday")) == 1


# What is kept, and what is graded again


def times(monkeypatch, tmp_path, *answers):
    """Grade with one answer after the other. What was graded is counted in a file, for processes end."""
    log = tmp_path / "calls"
    log.touch()

    def grade(content, seed=None, lesson=None):
        n = len(log.read_text())
        log.write_text("x" * (n + 1))
        answer = answers[min(n, len(answers) - 1)]
        return [answer(content) if callable(answer) else answer]

    monkeypatch.setattr(classes, "grade", grade)
    return lambda: len(log.read_text())


JOB = (b"{}", "01")
SHAKY = result(share=0, again=True)


@pytest.mark.parametrize(
    "answers, calls, points, then",
    [
        ([result()], 1, 4, 1),
        ([SHAKY, result()], 2, 4, 2),  # graded once more, and that is kept
        ([SHAKY, SHAKY], 2, 0, 4),  # never kept: twice in the next run, too
        ([result(again=True), SHAKY], 2, 4, 4),
        ([lambda _: os.kill(os.getpid(), signal.SIGKILL), result()], 2, 4, 2),
        ([lambda _: 1 / 0, result()], 2, 4, 2),
    ],
)
def test_what_may_come_from_a_busy_machine_is_graded_once_more_and_not_kept(
    tmp_path, monkeypatch, answers, calls, points, then
):
    count = times(monkeypatch, tmp_path, *answers)
    assert report.points(classes.grade_all([JOB], tmp_path / "results")[JOB]) == points and count() == calls
    classes.grade_all([JOB], tmp_path / "results")
    assert count() == then


def test_a_worker_that_is_killed_costs_its_notebook_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(classes, "grade", dies_of_evil)
    jobs = [(f"{n}".encode(), "01") for n in range(4)] + [(b"evil", "01")]
    results = classes.grade_all(jobs, tmp_path)
    assert [report.points(results[job]) for job in jobs] == [4, 4, 4, 4, 0]
    assert "the system ended its process" in results[jobs[-1]]["problem"]


def dies_of_evil(content, *_):
    if content == b"evil":
        os.kill(os.getpid(), signal.SIGKILL)
    return [result()]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such limit")
def test_memory_of_a_worker_is_bounded(monkeypatch):
    monkeypatch.setattr(processes, "MEMORY", 2**28)
    ends = dict(processes.each(bytearray, [(2**20,), (2**30,)], 2))
    assert len(ends[(2**20,)]) == 2**20 and ends[(2**30,)] is None


@pytest.mark.parametrize("package", ["exercises", "helpers", "backstage/calling", "backstage/grading"])
def test_a_change_in_any_package_that_decides_is_another_version(package, tmp_path, monkeypatch):
    monkeypatch.setattr(classes, "ROOT", tmp_path)
    (tmp_path / package / "deep").mkdir(parents=True)
    path = tmp_path / package / "deep/code.py"
    path.write_text("1")
    before = classes.version()
    path.write_text("2")
    assert classes.version() != before


def test_one_student_is_graded_again_and_an_unclear_name_is_asked_back(graded, monkeypatch, tmp_path):
    files = {f"{name}_{n}_assignsubmission_file_/a.ipynb": notebook(result(), n=n)
             for name, n in [("Ada", 11), ("Wei", 12), ("Wei", 13)]}  # fmt: skip
    graded({"monday": files})
    count = times(monkeypatch, tmp_path, result(share=0))
    rows, _, _ = graded({"monday": files}, again="ada")
    assert count() == 1 and rows["Ada"]["total"] == "0"
    assert "ratio: 1 points before, 0 now" in rows["Ada"]["flags"] and not rows["Wei"]["flags"]
    unclear = {"Wei": "monday/12 (Wei), monday/13", "we": "monday/12 (Wei)", "nobody": "no student"}
    for word, listed in unclear.items():
        with pytest.raises(classes.Unclear) as why:
            graded({"monday": files}, again=word)
        assert listed in str(why.value)
    graded({"monday": files}, again="13")
    assert count() == 2


@pytest.mark.parametrize("change", ["hand", "section", "lesson", "nothing"])
def test_what_was_typed_in_or_is_about_something_else_is_kept(graded, change):
    _, _, out = graded({"monday": {"ada.ipynb": result()}})
    table, before = out / "grades.csv", (out / "grades.csv").read_bytes()
    if change == "hand":
        table.write_bytes(before := before + b"my remark\n")
    section = {"section": "tuesday"}.get(change, "monday")
    for _ in range(2):  # the second run finds nothing to keep
        _, said, _ = graded({section: {"ada.ipynb": result("02" if change == "lesson" else "01")}})
    kept = [path.read_bytes() for path in out.glob("grades (kept*.csv")]
    assert kept == ([] if change == "nothing" else [before]) and "kept" not in said
    assert change != "section" or "From an earlier run: feedback monday.zip." in said


def test_each_old_file_is_kept_under_a_name_of_its_own(tmp_path):
    for n in range(3):
        folder = keeping.Folder(tmp_path)
        (tmp_path / "a.csv").write_text(f"by hand {n}")
        folder.write("a.csv", b"new")
        assert folder.finish() == [f"a.csv was changed by hand: that file is kept as a (kept {n + 1}).csv."]
    there = sorted(path.read_text() for path in tmp_path.glob("a*.csv"))
    assert there == [*(f"by hand {n}" for n in range(3)), "new"]


# By hand


def overrides(tmp_path, text):
    (tmp_path / "grades").mkdir(exist_ok=True)
    (tmp_path / "grades/overrides.csv").write_bytes(text if isinstance(text, bytes) else text.encode())


HEAD = "section,student,id,lesson,exercise,points,remark\n"
FILE = "Ada_11_assignsubmission_file_/a.ipynb"
ADA = {FILE: result(share=0)}


@pytest.mark.parametrize(
    "line, total, remark",
    [
        ("monday,Ada,,01,ratio,1,well thought", "1", "ratio: well thought"),
        (",,11,1,my_ratio,0.5,", "0.5", ""),
        (",ada,,01,,3,oral", "3", "oral"),
        (",ada,,01,,,see me", "0", "see me"),
        (",ada,,02,,6,on paper", "0", "on paper"),
    ],
)
def test_marks_and_remarks_by_hand_are_in_the_table_and_the_feedback(graded, tmp_path, line, total, remark):
    overrides(tmp_path, text := HEAD + line)
    rows, said, out = graded({"monday": ADA})
    assert rows["Ada"]["total"] == total and rows["Ada"]["remarks"] == remark and "not used" not in said
    assert ("by hand" in rows["Ada"]["flags"]) == bool(line.split(",")[5])
    (page,) = pages(out).values()
    assert ",02," in line or remark.split(": ")[-1] in page
    assert (out / "overrides.csv").read_text() == text


def test_a_mark_by_hand_stands_for_what_cannot_be_read(graded, tmp_path):
    overrides(tmp_path, HEAD + ",Ada,,01,,4,was mailed to me")
    rows, _, out = graded({"monday": {FILE: "", "Bo_12_assignsubmission_file_/a.ipynb": result()}})
    assert rows["Ada"]["total"] == "4" and rows["Ada"]["01 status"] == "by hand"
    assert "was mailed to me" in pages(out)[FILE.replace("ipynb", "html")]


@pytest.mark.parametrize("delimiter", ",;\t")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_tables_are_read_as_spreadsheets_save_them(delimiter, encoding):
    rows = [["id", "name", "remark"], ["1", "Ren\xe9", "sch\xf6n"]]
    assert tables.read(tables.written(rows, delimiter).encode(encoding)) == (rows, delimiter)


def test_so_are_overrides(graded, tmp_path):
    overrides(tmp_path, (HEAD + ",Ada,,01,ratio,1,sch\xf6n").replace(",", ";").encode("cp1252"))
    rows, _, _ = graded({"monday": ADA})
    assert rows["Ada"]["total"] == "1" and rows["Ada"]["remarks"] == "ratio: sch\xf6n"


@pytest.mark.parametrize(
    "text, said",
    [
        (HEAD + ",Bo,,01,,1,", "line 2 is not used: 'Bo' is no student here"),
        (HEAD + ",Ada,,09x,,1,", "there is no lesson '09x'"),
        (HEAD + ",Ada,,01,softmax,1,", "lesson 01 has no exercise 'softmax': ratio"),
        (HEAD + ",Ada,,01,my_,1,", "lesson 01 has no exercise 'my_': ratio"),
        (HEAD + ',Ada,,01,ratio,"1,5",', "'1,5' is no number of points"),
        (HEAD + ",Ada,,01,ratio,-1,", "'-1' is no number of points"),
        (HEAD + ",Ada,,01,ratio,nan,", "'nan' is no number of points"),
        (HEAD + ",Ada,,01,ratio,1,\n,Ada,,01,ratio,0,", "more than once: the last line counts"),
        ("student,points\nAda,4", "its first line lacks exercise, id, lesson, remark"),
        ("", "its first line lacks"),
    ],
)  # fmt: skip
def test_what_overrides_say_of_nobody_is_told(graded, tmp_path, text, said):
    overrides(tmp_path, text)
    rows, told, _ = graded({"monday": ADA})
    assert said in told and rows["Ada"]["total"] == "0"


# Back to the platform

MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments
Participant 11,"Lovelace, Ada",ada@x.org,Submitted,,100.00,
Participant 12,Bo,bo@x.org,No submission,,100.00,
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (345),Quiz (346),Final Score
    Points Possible,,,,,4,10,(read only)
"Lovelace, Ada",11,s1,ada,Monday,,9,90
Bo,12,s2,bo,Monday,2,,80
"""


@pytest.mark.parametrize(
    "worksheet, column, rows",
    [
        (MOODLE, None, ["Submitted,4,100.00,ratio: good", "No submission,,100.00"]),
        (MOODLE.replace("Participant 11", "Participant 99"), None, None),
        (MOODLE.replace("Submitted,,100.00,", "Submitted"), None, ["Submitted,4,,ratio: good"]),
        (CANVAS, "homework", ["Monday,4,9,90", "Monday,2,,80", "Points Possible,,,,,4,10"]),
        (CANVAS.replace(",", ";").replace("Lovelace; Ada", "Lovelace, Ada"), "Homework", ["Monday;4;9;90"]),
        (CANVAS, None, None),
        ("\ufeff" + CANVAS.replace(",Quiz (346)", ""), None, ["Monday,4,9,90"]),
    ],
)
def test_marks_go_into_the_platforms_own_worksheet(graded, tmp_path, worksheet, column, rows):
    (path := tmp_path / "sheet.csv").write_text(worksheet, encoding="utf-8")
    overrides(tmp_path, HEAD + ",Ada,,01,ratio,1,good")
    _, said, out = graded({"monday": {FILE: result()}}, worksheet=path, column=column)
    assert path.read_text(encoding="utf-8") == worksheet
    if rows is None:
        assert "sheet.csv is not filled in" in said and not (out / "sheet with marks.csv").exists()
    else:
        filled = (out / "sheet with marks.csv").read_text(encoding="utf-8-sig")
        assert all(row in filled for row in rows) and len(filled.splitlines()) == len(worksheet.splitlines())
        assert "1 marks, out of 4, are in the column" in said


# Nothing that was handed in runs


@pytest.mark.parametrize("file, ids", [
    ("ada_01_softmax.ipynb", {"Ada": "7", "Bo": "8"}),
    ("Ada_1_assignsubmission_file_/a.ipynb", {"Ada": "1", "Bo": ""}),  # 7 may be another's in Moodle
])  # fmt: skip
def test_a_list_gives_ids_where_moodle_gave_none_and_nobody_absent_a_page(graded, tmp_path, file, ids):
    (tmp_path / "list.csv").write_text("name,id\nAda,7\nBo,8\n")
    (tmp_path / "marks.csv").write_text("ID number,Grade\n7,\n8,\n")
    overrides(tmp_path, HEAD + ",Bo,,01,,2,oral")
    lists = {"class_list": tmp_path / "list.csv", "worksheet": tmp_path / "marks.csv"}
    rows, said, out = graded({"monday": {file: notebook(result())}}, **lists)
    assert {name: row["id"] for name, row in rows.items()} == ids and rows["Bo"]["total"] == "2"
    assert [path.name for path in out.glob("feedback*")] == ["feedback monday.zip"]
    assert ("2 marks" in said) == (ids["Bo"] == "8")


FORMULAS = [start + "1+2" for start in "=+-@＝＋－＠"] + ["\t=1", " =1", "\r\n=1"]
SEPARATED = ["A;=1+1;", "A\t=1+1", "A\n=1+1", "A\r=1", "A\u2028=1", "A\x0b=1", '"\n=1']


@pytest.mark.parametrize("text", FORMULAS + SEPARATED)
def test_no_cell_is_a_formula(text):
    """Whatever a spreadsheet takes for the separator, and whether or not it knows quotes."""
    assert text in SEPARATED or tables.cell(text) == "'" + text.strip()
    student = tables.Student(text, text, text, "s", {"01": result(flags=[text])}, notes=[text])
    table = tables.grades([student], {"01": POINTS["01"]}, ["01"])
    for delimiter in ",;\t":
        cells = [cell for row in csv.reader(io.StringIO(table), delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tables.FORMULA)]
    assert ";" not in table and "\t" not in table and len(table.splitlines()) == 2


HOSTILE = {
    "cells": [
        {"cell_type": "markdown", "source": ["<img src=x onerror=alert(1)>"], "attachments": {"a.png": {}}},
        {"cell_type": "code", "source": "1\x1b[2J", "outputs": [{"data": {"text/html": "<script>"}}],
         "metadata": {"evil": 1}, "execution_count": 3},
    ],
    "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"_esm": "attack"}}}},
}  # fmt: skip


@pytest.mark.parametrize("content", [HOSTILE, {"worksheets": [{"cells": HOSTILE["cells"]}]}])
def test_the_copy_to_look_at_has_the_cells_text_alone(content):
    copy = json.loads(look.read(json.dumps(content).encode()).copy)
    assert [cell["cell_type"] for cell in copy["cells"]] == ["raw", "code"]
    assert copy["cells"][0]["source"] == "<img src=x onerror=alert(1)>"  # raw: shown as text
    assert copy["cells"][1] == {"id": "cell-1", "cell_type": "code", "execution_count": None, "metadata": {},
                                "outputs": [], "source": "1\ufffd[2J"}  # fmt: skip
    assert {*copy["metadata"]} == {"kernelspec"} and "widgets" not in str(copy) and "attach" not in str(copy)


def test_every_notebook_has_a_copy_to_look_at(graded):
    files = {"ada/01.ipynb": result(), "ada/sub/01.ipynb": result("02"), "=.b<\u202e>/01.ipynb": result()}
    _, _, out = graded({"monday": {**files, "bo.ipynb": ""}})
    assert copies(out) == {f"monday/{name}.ipynb" for name in ("_b_/01", "ada/01 (2)", "ada/01")}


def copies(out):
    return {path.relative_to(out / "look").as_posix() for path in out.glob("look/**/*.ipynb")}


BEFORE = ["monday/ada/01.ipynb", "monday/bo/01.ipynb"]


@pytest.mark.parametrize(
    "section, edited, left, told",
    [
        ("monday", False, ["monday/ada/02.ipynb"], None),
        ("monday", True, [*BEFORE, "monday/ada/02.ipynb"], [f"look/{name}" for name in BEFORE]),
        ("tuesday", False, [*BEFORE, "tuesday/ada/02.ipynb"], ["look/monday"]),
    ],
)
def test_a_copy_of_an_earlier_hand_in_goes_or_is_told(graded, tmp_path, section, edited, left, told):
    """It goes if nobody changed it and its section is graded anew. Other sections stay, as their feedback."""
    _, _, out = graded({"monday": {"ada/01.ipynb": result(), "bo/01.ipynb": result()}})
    shutil.rmtree(tmp_path / "monday")
    for name in BEFORE * edited:
        (out / "look" / name).write_text("edited")
    for _ in range(2):  # the second run says and leaves the same
        _, said, _ = graded({section: {"ada/02.ipynb": result()}})
        assert copies(out) == {*left} and (out / "look/monday/bo").exists() == (told is not None)
        assert f"Copies of earlier hand-ins: {', '.join(told)}." in said if told else "earlier" not in said


def test_what_has_a_new_name_in_the_same_file_is_not_removed(tmp_path):
    """As ADA and ada are, where capitals make no difference."""
    for name in ("look/monday/ada/01.ipynb", "look/monday/ADA/01.ipynb"):
        folder = keeping.Folder(tmp_path)
        folder.write(name, b"{}")
        (tmp_path / "look/monday/ADA").is_dir() or (tmp_path / "look/monday/ADA").symlink_to("ada")
        assert folder.finish() == [] and (tmp_path / name).exists()


def test_feedback_escapes_everything_and_allows_no_script():
    evil = "<script>alert(1)</script>"
    more = {"errors": [{"cell": 3, "type": "E", "message": evil}], "remarks": [evil]}
    page = report.feedback("<b>ada</b>", [result(first=mark(source=evil) | {"remarks": [evil]}, **more)])
    assert "<script" not in page and page.count("&lt;script&gt;") == 4 and "<b>ada" not in page
    assert "code cell 4: E: " in page
    assert "Content-Security-Policy" in page and "default-src 'none'" in page


def test_a_result_that_cannot_be_shown_is_that_rows_problem(graded):
    broken = result(first=mark() | {"evidence": 5})
    rows, _, out = graded({"monday": {"ada.ipynb": broken, "bo.ipynb": result()}})
    assert "its result cannot be shown" in rows["ada"]["01 status"] and rows["bo"]["total"] == "4"
    assert len(pages(out)) == 2


def test_feedback_is_named_as_the_platform_named_the_file():
    """A folder of Moodle's stays one; Canvas knows a file by the start of its name, and takes no folders."""
    names = {
        "Ada_12345_assignsubmission_file_/a.ipynb": "Ada_12345_assignsubmission_file_/a.html",
        "turingalan_1235_5680_hw.zip/hw/02.ipynb": "turingalan_1235_5680_hw_hw_02.html",
        "turingalan_1235_5680_hw_hw_02.ipynb": "turingalan_1235_5680_hw_hw_02 (2).html",
        "hoppergrace_1236_5681_broken.zip": "hoppergrace_1236_5681_broken.html",
    }
    with zipfile.ZipFile(io.BytesIO(report.bundle(names))) as archive:
        assert archive.namelist() == [*names.values()]


# What the class wrote


def test_the_page_of_the_class_tells_right_known_unforeseen_and_empty_apart():
    known, empty = mark(0, mistake="upside_down"), mark(0, state="not attempted")
    firsts = [mark(), known, known, mark(0), empty]
    page = report.about_the_class([(f"s{n}", result(first=first)) for n, first in enumerate(firsts)])
    for text in ("1 right", "2 known mistakes", "1 unforeseen", "1 not attempted", "upside_down"):
        assert text in page
    assert '<td class="n">2</td>' in page


@pytest.mark.parametrize("name, source, shown", [
    ("Ada Lovelace", "def f(z):\n    # by Ada\n    return z.max()  # ada", "def f(z):\n    return z.max()\n"),
    ("Ada Lovelace", 'def f(z):\n    """Ada\'s."""\n    return "# no"', "return &quot;# no&quot;"),
    ("Ada Lovelace", "def f(z):\n    ada_z = z\n    return ada_z", None),
    ("lovelaceada", "def f(z):\n    ada = z\n    return ada", None),
    ("Max Bo 123456", "def f(z):\n    return z.max()", "z.max()"),
    ("Max Bo 123456", "def f(z):\n    return z - 123456", None),
    ("Ed", "def f(z):\n    return zoe * z", None),  # another one's name
    ("Ed", "def f(z:\n    # Ed", None),
])  # fmt: skip
def test_the_page_of_the_class_names_nobody(name, source, shown):
    wrong = result(first=mark(0, source=source))
    page = report.about_the_class([(name, wrong), ("Zoe", result())])
    assert (shown in page) if shown else ("def f" not in page)


def flags_of(*sources, lesson="01"):
    works = [classes.Work(work(b""), result(lesson, first=mark(source=source))) for source in sources]
    likeness.flag(works)
    return [any("the same code as" in flag for flag in work.result["flags"]) for work in works]


LONG = f"def my_ratio(z, i, j):\n    '''The stub's own words.'''\n{OWN}"


CHANGES = [("highest", "top"), (" - ", "  -  "), ("stub's", "other"), (OWN, OWN + "  # ok"), ("", "")]


@pytest.mark.parametrize("other", [LONG.replace(*change) for change in CHANGES])
def test_one_text_handed_in_by_several_is_flagged(other):
    assert flags_of(LONG, other, LONG.replace("highest * 1", "") + " + 1", "") == [True, True, False, False]


def test_what_many_wrote_or_the_lesson_says_is_no_hint():
    assert not any(flags_of(*[LONG] * 4))  # more than three
    assert any(flags_of(*[LONG] * 4, *[f"def f():\n    return {n}" for n in range(80)]))
    path = ROOT / "exercises/answers/lesson_02.py"
    for part in ast.parse(path.read_text(encoding="utf-8")).body:
        assert not any(flags_of(ast.unparse(part), ast.unparse(part), lesson="02"))
