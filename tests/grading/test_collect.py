"""Who handed in what: the names that platforms and people give, and archives that cannot be read."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from collections import Counter

import pytest

import layouts
from backstage.grading import archives, collect, tables
from backstage.grading import layouts as platforms
from conftest import ROOT

pytestmark = pytest.mark.infrastructure

NOTEBOOK = b'{"cells": []}'


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def handed_in(folder, files):
    lay_out(folder, {name: (content, layouts.DAY) for name, content in files.items()})
    return collect.collect([folder])[0]


def lay_out(folder, files):
    for name, (content, date) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (time.mktime((*date, 0, 0, -1)),) * 2)


@pytest.mark.parametrize(
    "text, number",
    [
        ("Nov 20, 2026 1005 AM", 202611201005),
        ("20 November, 2026 12:05 AM", 202611200005),
        ("Nov. 20, 2026 905 PM", 202611202105),
        ("Nov 20, 2026 12:05 PM", 202611201205),
        ("2026-11-20-22-05-00", 20261120220500),
        ("3", 3),
        ("", 0),
        ("soon", 0),
    ],
)
def test_an_attempt_is_a_number_that_grows_with_time(text, number):
    assert platforms._number(text) == number


@pytest.mark.parametrize(
    "file, name, number, late",
    [
        ("ada_01_softmax.ipynb", "ada", "", False),
        ("Ada Lovelace_12345_assignsubmission_file_01_softmax.ipynb", "Ada Lovelace", "12345", False),
        ("Ada Lovelace_12345_assignsubmission_file/my solution.ipynb", "Ada Lovelace", "12345", False),
        ("Participant_991_assignsubmission_file_/01_softmax.ipynb", "Participant", "991", False),
        ("lovelaceada_1234_5678_01_softmax-1.ipynb", "lovelaceada", "1234", False),
        ("lovelaceada_LATE_1234_5678_01_softmax.ipynb", "lovelaceada", "1234", True),
        ("ada/01_softmax.ipynb", "ada", "", False),
        ("ada.zip/notebooks/01_softmax.ipynb", "ada", "", False),
        ("Kopie von kim_01_softmax.ipynb", "kim", "", False),
        ("Zoë Ångström_7_assignsubmission_file_x.ipynb", "Zoë Ångström", "7", False),
        ("lea_01softmax.IPYNB", "lea", "", False),
        ("Cy_123_assignsubmission_file_course.zip/course/notebooks/01_softmax.ipynb", "Cy", "123", False),
        ("Rene\u0301_01_softmax-Copy1.ipynb", "Ren\u00e9", "", False),
        ("jo 01_softmax.ipynb", "jo", "", False),
        ("ivan-01_softmax.ipynb", "ivan", "", False),
        ("Kim Lee_01_Softmax-1.ipynb", "Kim Lee", "", False),
        ("maria_2_01_softmax_final.ipynb", "maria_2", "", False),
        ("Nina [late]_01_softmax (1).ipynb", "Nina [late]", "", False),
        ("01_softmax.zip/pia_01_softmax.ipynb", "pia", "", False),
        ("sends 100 MB_01_softmax.ipynb", "sends 100 MB", "", False),
        ("01_softmax.ipynb", "01_softmax.ipynb", "", False),
    ],
)
def test_a_file_is_its_students(tmp_path, file, name, number, late):
    outer, _, inner = file.partition(".zip/")
    files = {f"{outer}.zip": zipped({inner: NOTEBOOK})} if inner else {file: NOTEBOOK}
    (one,) = handed_in(tmp_path / "class", files)
    assert (one.name, one.id, one.late, one.notebook) == (name, number, late, NOTEBOOK)


@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("layout", layouts.PATHS)
def test_120_students_in_each_layout_have_their_own_and_their_newest(tmp_path, layout, unpacked):
    files = layouts.class_of(layout)
    if unpacked and layout != "zips":
        lay_out(tmp_path / "monday", files)
    else:
        (tmp_path / "monday").write_bytes(layouts.zipped(files))
    found, (sentence, *more) = collect.collect([tmp_path / "monday"])
    students = collect.by_student(found).values()
    handed_in = [[json.loads(one.notebook) for one in those] for those in students]
    assert sorted(those[-1]["student"] for those in handed_in) == [*range(120)]
    for those, notebooks in zip(students, handed_in, strict=True):
        n = notebooks[0]["student"]
        assert [one["again"] for one in notebooks] == [0, 1][: 1 + (n % 5 == 0)]
        assert {one["student"] for one in notebooks} == {n}
        assert len({one.order for one in those}) == len(those)
        assert layout not in WRITTEN or those[0].name == layouts.STUDENTS[n]
    assert "120 students" in sentence and not more
    platform = layout.partition(",")[0]
    assert (f"the layout is that of {platform}" in sentence) == (platform in PLATFORMS)


WRITTEN = [layout for layout, path in layouts.PATHS.items() if "{name}" in path or "{last}_{first}" in path]
WRITTEN += ["Gradescope"]  # in its list
PLATFORMS = ["Moodle", "Canvas", "Blackboard", "Brightspace", "Teams", "ILIAS", "Gradescope"]
MOODLE = "{}_{}_assignsubmission_file_/{}.ipynb"
PEOPLE = {  # what lies in a section: whose it is, and how many notebooks each has
    "wrapped": (["monday/ada_01_softmax.ipynb", "monday/bo_01_softmax.ipynb"], ["ada", "bo"]),
    "twice wrapped": ([f"x-001/x/{who} - 01_softmax.ipynb" for who in ("Ada", "Bo")], ["Ada", "Bo"]),
    "prefix": (["hw_01_softmax_ada.ipynb", "hw_01_softmax_bo.ipynb"], ["ada", "bo"]),
    "course": (["ML2026_01_softmax_ada.ipynb", "ML2026_01_softmax_bo.ipynb"], ["ada", "bo"]),
    "numbers": ([f"student_{n}_softmax.ipynb" for n in (1, 2, 10)], ["student_1", "student_10", "student_2"]),
    "groups": ([f"group {n} - softmax.ipynb" for n in (1, 2, 3)], ["group 1", "group 2", "group 3"]),
    "teams": ([f"team-{n}/01_softmax.ipynb" for n in (1, 2, 3)], ["team-1", "team-2", "team-3"]),
    "matriculation": (["1234567_01_softmax.ipynb", "1234568_01_softmax.ipynb"], ["1234567", "1234568"]),
    "no Canvas: one number": ([f"ML_2026_123_{who}.ipynb" for who in ("ada", "bo", "cy")], 3),
    "no Canvas: one file number": ([f"hw{x[0]}_202{x[0]}_123_{x}.ipynb" for x in ("1a", "1b", "2c")], 3),
    "no Canvas: one student": (["hw_2026_1001_softmax.ipynb", "hw_2026_1002_softmax.ipynb"],
                               ["hw_2026_1001", "hw_2026_1002"]),
    "no Canvas: a year": ([f"hw{n}_2026_100{k}_x.ipynb" for n, k in [(1, 1), (1, 2), (2, 3)]]
                          + ["lab_2025_1004_x.ipynb"], 4),
    "Canvas, of zips": ([f"{who}_100{n}_500{n}_x.zip/{MOODLE.format('Cy', 7, 'a')}"
                         for n, who in enumerate(["ada", "bo"])], ["ada", "bo"]),
    "Moodle and a folder": ([MOODLE.format("Bob", 7, "a"), MOODLE.format("Cy", 8, "a"),
                             f"eve/{MOODLE.format('Bob', 7, 'a')}"], ["Bob", "Cy", "eve"]),
    "one file like Moodle's": (["ada.ipynb", "cy.ipynb", "Bob_7_assignsubmission_file_x.ipynb"],
                               ["ada", "cy", "Bob_7_assignsubmission_file_x"]),
    "years": (["ada_2024_01_softmax.ipynb", "bo_2024_01_softmax.ipynb"], ["ada", "bo"]),
    "numbers in folders": (["x12abc/a.ipynb", "x12def/a.ipynb"], ["x12abc", "x12def"]),
    "no names": (["01_softmax.ipynb", "Copy of 01_softmax.ipynb", "01_softmax (1).ipynb"], 3),
    "dates": (["01_softmax 2026-11-30.ipynb", "01_softmax 2026-12-01.ipynb"], 2),
    "two lessons": (["01_softmax_Ada.ipynb", "02_overflow_Ada.ipynb"], ["Ada", "Ada"]),
    "folders of lessons": (["01_softmax/ada.ipynb", "02_overflow/ada.ipynb"], ["ada", "ada"]),
    "a copy": ([f"{file}.ipynb" for file in ("ada_01_softmax", "ada_01_softmax (1)", "bo_01_softmax")],
               ["ada", "ada", "bo"]),
    "copies of none": (["group_01_softmax-1.ipynb", "group_01_softmax-2.ipynb"], 2),
    "one name, no mark": (["ada_01_softmax.ipynb", "Ada-01 softmax.ipynb"], 2),
    "folder and zip": (["ada/01_softmax.ipynb", "ada.zip/01_softmax.ipynb"], 2),
    "zips without names": (["01_softmax.zip/pia.ipynb", "02_overflow.zip/jo.ipynb"], ["jo", "pia"]),
    "namesakes": ([f"Wei Wang_{n}_assignsubmission_file_/a.ipynb" for n in (1, 2)], 2),
    "Moodle and by hand": ([MOODLE.format("Bob", 7, "a"), MOODLE.format("Cy", 8, "a"),
                            f"eve.zip/{MOODLE.format('Bob', 7, '01_softmax')}"], ["Bob", "Cy", "eve"]),
    "zips in a class": (["ada.zip/01_softmax.ipynb", f"eve.zip/{MOODLE.format('Bob', 7, 'a')}"],
                        ["ada", "eve"]),
    "what was kept": ([f"ada/notebooks/{x}01_softmax.ipynb" for x in ("", "kept/", "../.original/notebooks/")]
                      + ["ada/.ipynb_checkpoints/01_softmax-checkpoint.ipynb", "__MACOSX/ada/._a.ipynb",
                         "bo/01_softmax.ipynb"], ["ada", "bo"]),
    "browsers'": (["ada_01_softmax.ipynb.json", "bo_01_softmax.ipynb.txt"], ["ada", "bo"]),
    "strays": (["ada_01_softmax.ipynb", "index.html", "notes.txt"], ["ada"]),
    "files beside it": (["m.zip/01.ipynb", "m.zip/data/mnist.gz", "m.zip/a.txt"], ["m"]),
    "other files": (["ada_01_softmax.ipynb", "bo.pdf", "cy.7z"], ["ada", "bo", "cy"]),
}  # fmt: skip


@pytest.mark.parametrize("case", PEOPLE)
def test_two_are_one_on_positive_evidence_alone(tmp_path, case):
    paths, names = PEOPLE[case]
    files = {path: (layouts.notebook(n), layouts.DAY) for n, path in enumerate(paths)}
    (tmp_path / "class.zip").write_bytes(layouts.zipped(files))
    found, _ = collect.collect([tmp_path / "class.zip"])
    if isinstance(names, int):
        assert len(collect.by_student(found)) == names, found
    else:
        assert sorted(one.name for one in found) == sorted(names), found
        assert len(collect.by_student(found)) == len(set(names))


def test_every_lesson_is_cut_off_its_students_name(tmp_path, notebook):
    names = [f"ada_{notebook.name}", f"ada-{notebook.stem.replace('_', ' ')}.ipynb"]
    found = handed_in(tmp_path / "class", dict.fromkeys(names, NOTEBOOK))
    assert [one.name for one in found] == ["ada", "ada"]


TWO = [(1, "01_softmax"), (2, "02_overflow")]
SEVERAL = {  # what several downloads hold, and how many students that is
    "one zip's name, twice": ({f"{day}/x.zip": ["ada_01_softmax.ipynb"] for day in ("mon", "tue")}, 2),
    "two lessons, other ids": ({f"L{n}.zip": [MOODLE.format("Ada Lovelace", n, file)] for n, file in TWO}, 1),
    "one lesson, two classes": ({f"{day}.zip": [MOODLE.format("Wei Wang", n, "01_softmax"),
                                                MOODLE.format(day, n + 1, "01_softmax")]
                                 for n, day in enumerate(["mon", "tue"])}, 4),
    "once more, with late ones": ({f"{n}.zip": [MOODLE.format(f"A {i}", i, "01_x") for i in range(3 + n)]
                                   for n in (0, 1)}, 4),
    "namesakes": ({f"L{n}.zip": [MOODLE.format("Wei Wang", n * 10 + k, lesson) for k in (1, 2)] +
                   [MOODLE.format("Ada", n, lesson)] for n, lesson in TWO}, 5),
    "anonymous": ({f"L{n}.zip": [MOODLE.format("Participant", n, lesson)]
                   for n, lesson in TWO}, 2),
    "names by hand": ({"L1.zip": ["ada_01_softmax.ipynb"], "L2.zip": ["ada_02_overflow.ipynb"]}, 2),
}  # fmt: skip


def write_zips(folder, downloads):
    for name, paths in downloads.items():
        content = layouts.zipped({path: (b"{}", layouts.DAY) for path in paths})
        lay_out(folder, {name: (content, layouts.DAY)})
    return [folder / name for name in downloads]


@pytest.mark.parametrize("case", SEVERAL)
def test_downloads_are_joined_by_names_that_a_platform_wrote(tmp_path, case):
    downloads, students = SEVERAL[case]
    paths = write_zips(tmp_path, downloads)
    found, _ = collect.collect([*paths, *paths])  # what is named twice is read once
    assert len(found) == sum(map(len, downloads.values()))
    assert len(collect.by_student(found)) == students, found
    assert len({one.section.casefold() for one in found}) == len(downloads)


@pytest.mark.parametrize("broken", [[], ["K"], ["L3", "M"], ["link"]])  # before or behind what can be read
def test_a_folder_of_a_platforms_downloads_is_its_downloads(tmp_path, broken):
    write_zips(tmp_path / "all", SEVERAL["two lessons, other ids"][0])
    lay_out(tmp_path / "all", {f"{name}.zip": (BAD["truncated"](), layouts.DAY) for name in broken})
    if "link" in broken:
        (tmp_path / "all/link.zip").unlink()
        (tmp_path / "all/link.zip").symlink_to(
            *write_zips(tmp_path, SEVERAL["once more, with late ones"][0])[:1]
        )
    found, sentences = collect.collect([tmp_path / "all"])
    of = {one.section: one for one in found}
    assert all(of[f"L{n}"].file.startswith(f"Ada Lovelace_{n}_assign") for n in (1, 2))
    assert {*of} == {"L1", "L2", *broken} and of["L1"].student == of["L2"].student
    assert all("no zip that can be read" in of[name].problem for name in broken)
    assert all(f"{name}: it is no zip that can be read" in str(sentences) for name in broken)
    assert str(sentences).count(": 1 file, 1 student; the layout is that of Moodle.") == 2


def test_a_hand_in_beside_downloads_is_not_lost(tmp_path):
    write_zips(tmp_path / "all", SEVERAL["two lessons, other ids"][0])
    lay_out(tmp_path / "all", {"bo_01_softmax.ipynb.txt": (NOTEBOOK, layouts.DAY)})
    assert "bo" in [one.name for one in collect.collect([tmp_path / "all"])[0]]


def test_without_gradescopes_list_of_names_there_are_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(platforms, "LIST", 5)  # it is longer: as one that cannot be read
    (tmp_path / "m.zip").write_bytes(layouts.zipped(layouts.class_of("Gradescope", range(2))))
    found, _ = collect.collect([tmp_path / "m.zip"])
    assert {one.name for one in found} == {"submission_10000", "submission_10001"}


LISTS = {  # a platform's export of participants
    "Moodle's participants": "First name,Last name,ID number,Email address\nAda,Lovelace,7,ada@x\n"
                             "Bo,Li,8,bo@x\n",
    "Moodle's worksheet": "Identifier,Full name,Email address,Status\nParticipant 1,Ada Lovelace,ada@x,\n"
                          "Participant 9,Bo Li,bo@x,\n",
    "Canvas's grades": 'Student,ID,SIS User ID,SIS Login ID,Section\n"Lovelace, Ada",1001,a1,ada@x,s\n'
                       '"Li, Bo",1002,b1,bo@x,s\n',
    "by hand, Excel": "\ufeffE-Mail;Name;ID\r\nada@x;Ada Lovelace;1\r\nbo@x;Bo Li;2\r\n",
}  # fmt: skip


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("file, other", [
    ("Ada Lovelace_1_assignsubmission_file_/a.ipynb", "Zoe Lovelace_3_assignsubmission_file_/a.ipynb"),
    ("Participant_1_assignsubmission_file_/a.ipynb", "Participant_3_assignsubmission_file_/a.ipynb"),
    ("lovelaceada_1001_5001_a.ipynb", "lovelacezoe_3001_5003_a.ipynb"),
    ("Ada Lovelace/a.ipynb", "Zoe Lovelace/a.ipynb"),
    *[tuple(f"Homework 1_{who}_attempt_2026-11-20-10-04-05_a.ipynb" for who in ("ada", "zoe"))],
])  # fmt: skip
def test_a_class_list_joins_and_has_a_row_for_everybody(tmp_path, which, file, other):
    (tmp_path / "list.csv").write_text(LISTS[which], encoding="utf-8")
    paths = write_zips(tmp_path, {"L1.zip": [file, other], "L2.zip": ["Ada Lovelace - 02_overflow.ipynb"]})
    found, sentences = collect.collect(paths, tmp_path / "list.csv")
    of = {those[0].name: those for those in collect.by_student(found).values()}
    if file.startswith("Participant") and "worksheet" not in which:
        assert len(of["Ada Lovelace"]) == 1 and "not for certain: Participant" in sentences[-1]
        return
    assert [one.problem for one in of["Bo Li"]] == ["nothing was handed in"] and len(of) == 3
    assert len(of["Ada Lovelace"]) == 2 and "1 of them handed in nothing" in sentences[-1]
    assert which.startswith("Canvas") or {one.email for one in of["Ada Lovelace"]} == {"ada@x"}


def test_a_name_and_a_number_of_two_students_join_nothing(tmp_path):
    (tmp_path / "list.csv").write_text("name,id\nAda,1001\nBo,1002\nWei Wang,1006\nWei Wang,1004\n")
    who = ["ada_1002_5001", "weiwang_1003_5002", "bo_1005_5003", "weiwang_1004_5004"]
    paths = [f"{name}_a.ipynb" for name in who]
    found, sentences = collect.collect(write_zips(tmp_path, {"L1.zip": paths}), tmp_path / "list.csv")
    assert [one.name for one in found if one.notebook] == ["ada", "Bo", "weiwang", "Wei Wang"]
    assert "not for certain: ada, weiwang" in "".join(sentences)


def test_a_class_list_without_names_is_refused_in_words(tmp_path):
    (tmp_path / "list.csv").write_text("number,mail\n1,ada@x\n")
    with pytest.raises(tables.Unclear, match="list.csv has no column of names"):
        collect.collect(write_zips(tmp_path, {"L1.zip": ["ada/a.ipynb"]}), tmp_path / "list.csv")


@pytest.mark.parametrize(
    "files, order",
    [
        ({"ada/01_softmax.ipynb": layouts.LATER, "ada/old/01_softmax.ipynb": layouts.DAY}, "old new"),
        ({"ada/a.ipynb": layouts.DAY, "ada/b.ipynb": layouts.DAY}, "nobody knows"),
        *[({"ada/a.ipynb": (*day, 0, 0, 0), "ada/b.ipynb": layouts.DAY}, "nobody knows")
          for day in [(1980, 1, 1), (2026, 0, 5), (2026, 13, 5), (2026, 11, 0), (2026, 2, 31), (2026, 0, 0)]],
        ({"ada_7000_9001_x.ipynb": (2026, 13, *[0] * 4), "ada_7000_9000_x-1.ipynb": layouts.DAY}, "old new"),
        ({"ada/01 2026-11-30.ipynb": layouts.LATER, "ada/01 2026-12-01.ipynb": layouts.DAY}, "old new"),
        ({"ada_7000_9001_x.ipynb": layouts.DAY, "ada_7000_9000_x-1.ipynb": layouts.LATER}, "old new"),
    ],
)  # fmt: skip
def test_newer_is_what_the_platform_or_the_times_of_the_members_say(tmp_path, files, order):
    members = {path: (layouts.notebook(1, n == 0), date) for n, (path, date) in enumerate(files.items())}
    members |= {"bo_7001_9002_01_softmax.ipynb": (b"{}", layouts.DAY)}
    (tmp_path / "m.zip").write_bytes(layouts.zipped(members))
    found, _ = collect.collect([tmp_path / "m.zip"])
    ada = [one for one in found if one.name == "ada"]
    assert len({one.student for one in ada}) == 1
    if order == "nobody knows":
        assert ada[0].order == ada[1].order
    else:
        assert ada[0].order < ada[1].order and b'"again": 1' in ada[1].notebook


def test_what_has_no_date_is_read_first_so_that_nothing_counts_as_newest(tmp_path, monkeypatch):
    """Where it is left out, it may be the newest. Programs that write no date write one of 1980 or 1970."""
    monkeypatch.setattr(archives, "NOTEBOOKS", 2)
    undated = (2026, 13, 1, 0, 0, 0), (1980, 1, 1, 0, 0, 0)
    for unknown, section in zip(undated, ("m.zip", "m"), strict=True):
        dates = {"ada/3.ipynb": unknown} | {f"ada/{n}.ipynb": layouts.DAY for n in range(3)}
        files = {path: (NOTEBOOK, date) for path, date in {"bo/1.ipynb": layouts.DAY, **dates}.items()}
        if section == "m":
            lay_out(tmp_path / section, files)
        else:
            (tmp_path / section).write_bytes(layouts.zipped(files))
        *ada, bo = collect.collect([tmp_path / section])[0]
        assert {one.file for one in ada} > {"ada/3.ipynb"} and len(ada) == 2 and bo.name == "bo"
        assert ada[0].order == ada[1].order and "2 more notebooks were not read" in str(ada)


def test_what_is_taken_for_one_student_is_told(tmp_path):
    paths = ["submissions/ada_01_softmax.ipynb", "submissions/bo_01_softmax.ipynb", "cy_01_softmax.ipynb"]
    _, sentences = collect.collect(write_zips(tmp_path, {"m.zip": paths}))
    assert "one student's, with so many notebooks: submissions (2)" in sentences[-1]


def test_a_scratch_notebook_beside_the_lessons_changes_nothing(tmp_path):
    """In a copy of the course, as the names of lessons are read from it."""
    course = tmp_path / "course"
    for part in ("backstage", "exercises", "helpers"):
        shutil.copytree(ROOT / part, course / part)
    (course / "notebooks").mkdir()
    for name in ("01_softmax", "tmp", "Untitled", "1_x", "ada_x"):
        (course / "notebooks" / f"{name}.ipynb").write_text("{}")
    who = ("team-1", "team-2", "itled", "x")
    write_zips(tmp_path, {"m.zip": [f"{name}/01_softmax.ipynb" for name in who]})
    code = "import sys; from backstage.grading.collect import collect as c;"
    code += "print(*(s.name for s in c(sys.argv[1:])[0]))"
    line = [sys.executable, "-c", code, tmp_path / "m.zip"]
    done = subprocess.run(line, cwd=course, capture_output=True, text=True)
    assert done.stdout.split() == sorted(who), done.stderr


def test_links_and_what_is_empty_have_rows(tmp_path):
    handed_in(tmp_path / "class", {"ada_01_softmax.ipynb": b"", "bo_01_softmax.ipynb": NOTEBOOK})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "class/cy").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class/di").mkdir()
    found, _ = collect.collect([tmp_path / "class"])
    problems = {one.name: one.problem for one in found}
    assert problems == {"ada": "it is empty", "bo": "", "di": "there is no notebook in it",
                        "cy": "it is a link, and links are not followed"}  # fmt: skip


def a_long_list(count):
    """A zip whose list of files names one file again and again, and next to nothing else."""
    data = zipped({"a": b""})
    start, end = data.find(b"PK\1\2"), data.find(b"PK\5\6")
    size = ((end - start) * count).to_bytes(4, "little")
    return data[:start] + data[start:end] * count + data[end : end + 12] + size + data[end + 16 :]


@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: zipped({"a.zip": data})])
def test_a_list_of_300000_files_is_not_read(tmp_path, wrap):
    began = time.process_time()
    files = {"eve_01_softmax.zip": wrap(a_long_list(300_000)), "ada_01_softmax.ipynb": NOTEBOOK}
    found = handed_in(tmp_path / "class", files)
    assert [one.problem for one in found] == ["", "it cannot be read: its list of files is too long"]
    assert time.process_time() - began < 2


def test_what_one_student_sends_is_limited_and_each_has_limits_of_their_own(tmp_path, monkeypatch):
    many = zipped({f"{n}.ipynb": NOTEBOOK for n in range(500)})
    found = handed_in(tmp_path / "a", {"ada.zip": many, "bo.ipynb": NOTEBOOK})
    assert Counter(one.name for one in found) == {"ada": archives.NOTEBOOKS, "bo": 1}
    broken = zipped({f"{n}.zip": b"" for n in range(500)})
    found_broken = handed_in(tmp_path / "c", {"ada.zip": broken, "bo.ipynb": NOTEBOOK})
    assert Counter(one.name for one in found_broken) == {"ada": archives.NOTEBOOKS, "bo": 1}
    assert "480 more notebooks were not read" in "".join(note for one in found for note in one.notes)
    monkeypatch.setattr(archives, "UNPACKED", 4000)
    files = {f"student{n}/01_softmax.ipynb": b" " * 3000 for n in range(30)}
    found = handed_in(tmp_path / "b", {"class.zip": zipped(files)})
    assert len(found) == 30 and not any(one.problem for one in found)


def encrypted():
    data = bytearray(zipped({"01.ipynb": NOTEBOOK}))
    for signature, offset in [(b"PK\3\4", 6), (b"PK\1\2", 8)]:
        data[data.find(signature) + offset] |= 1
    return bytes(data)


def bad_crc():
    data = zipped({"01.ipynb": NOTEBOOK})
    return data[:40] + b"!" + data[41:]  # behind a head of 30 bytes and the name


def link(name):
    """How a zip names what leads to another file."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


BAD = {
    "no zip": lambda: b"PK\3\4x",
    "empty": lambda: b"",
    "rar": lambda: b"Rar!\x1a\7\0",
    "truncated": lambda: zipped({"01.ipynb": NOTEBOOK * 100})[:-30],
    "encrypted": encrypted,
    "bad checksum": bad_crc,
    "bomb": lambda: zipped({"01.ipynb": b"0" * (archives.NOTEBOOK + 1)}),
    "many bombs": lambda: zipped({f"{i}.ipynb": b"0" * (archives.NOTEBOOK - 9) for i in range(5)}),
    "bad zip in a good one": lambda: zipped({"inner.zip": b"PK\3\4x"}),
    "nested too deep": lambda: zipped(
        {"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"01.ipynb": NOTEBOOK})})})}
    ),
    "no notebook": lambda: zipped({"readme.txt": b"hello"}),
    "name of 300 characters": lambda: zipped({"n" * 300 + ".zip": b"x"}),
    "symbolic link": lambda: zipped({link("01.ipynb"): b"/etc/passwd"}),
    "without a file": lambda: zipped({}),
}


@pytest.mark.parametrize("what", BAD)
def test_one_bad_archive_costs_itself_alone(tmp_path, what):
    good = {"a_01_softmax.ipynb": NOTEBOOK, "z_01_softmax.ipynb": NOTEBOOK}
    found = handed_in(tmp_path / "class", {**good, "m.zip": BAD[what]()})
    assert [one.name for one in found if one.notebook and one.name != "m"] == ["a", "z"]
    assert [one.problem for one in found if one.name == "m" and one.problem], found


@pytest.mark.parametrize("name", ["monday.zip", "ada_01_softmax.ipynb", "class.rar"])
def test_what_is_named_and_is_no_zip_costs_itself_alone(tmp_path, name):
    (tmp_path / name).write_bytes(BAD["truncated"]())
    (tmp_path / "good.zip").write_bytes(zipped({"bo_01_softmax.ipynb": NOTEBOOK}))
    bad, good = collect.collect([tmp_path / name, tmp_path / "good.zip"])[0]
    assert bad.file == name and "no zip" in bad.problem and good.notebook == NOTEBOOK


def test_names_in_a_zip_lead_nowhere(tmp_path):
    files = {
        "../../etc/ada_01_softmax.ipynb": NOTEBOOK,
        "/abs_01_softmax.ipynb": NOTEBOOK,
        "__MACOSX/._x.ipynb": b"",
    }
    found = handed_in(tmp_path / "class", {"m.zip": zipped(files)})
    assert {one.file for one in found} == {"m.zip/etc/ada_01_softmax.ipynb", "m.zip/abs_01_softmax.ipynb"}


@pytest.mark.parametrize("name", ["a\nb", "Ren\udce9", "\x1b[2J", "=1+2", "n" * 240])
def test_names_are_text_that_every_file_takes(tmp_path, name):
    files = {"m.zip": zipped({f"{name}/01.ipynb": NOTEBOOK})} if name.isprintable() else {}
    try:
        (tmp_path / name[:40]).touch()
    except OSError:
        pytest.skip("this system refuses the name")
    (one, *_) = handed_in(tmp_path / "class", files or {f"{name}_01_softmax.ipynb": NOTEBOOK})
    assert one.file.encode() and one.file.isprintable()
    assert max(map(len, one.file.split("/"))) <= archives.NAME
