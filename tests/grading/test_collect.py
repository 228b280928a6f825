"""Who handed in what: the names that platforms and people give, and archives that cannot be read."""

import io
import stat
import zipfile

import pytest

from backstage.grading import collect

pytestmark = pytest.mark.infrastructure

NOTEBOOK = b'{"cells": []}'


def zipped(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def handed_in(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return collect.collect([folder])


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


def test_a_platforms_zip_is_read_as_the_folder_would_be(tmp_path):
    files = {
        f"{who}_{n}_assignsubmission_file_/a.ipynb": NOTEBOOK
        for n, who in enumerate(["Bo", "Wei Wang", "Wei Wang"])
    }
    path = tmp_path / "monday.zip"
    path.write_bytes(zipped(files))
    found = collect.collect([path])
    assert [(one.name, one.id, one.section) for one in found] == [
        ("Bo", "0", "monday"), ("Wei Wang", "1", "monday"), ("Wei Wang", "2", "monday")
    ]  # fmt: skip
    assert len(collect.by_student(found)) == 3


def test_the_newest_comes_last(tmp_path):
    names = [
        f"lovelaceada_1001_{attempt}_01_softmax{again}.ipynb"
        for attempt, again in [(5002, ""), (5001, ""), (5002, "-1")]
    ]
    ((_, ones),) = collect.by_student(handed_in(tmp_path / "class", dict.fromkeys(names, NOTEBOOK))).items()
    assert [one.file for one in ones] == [names[1], names[0], names[2]]


def test_one_name_in_two_sections_is_two_students(tmp_path):
    for section in ("monday", "tuesday"):
        handed_in(tmp_path / section, {"ada_01_softmax.ipynb": NOTEBOOK})
    assert len(collect.by_student(collect.collect([tmp_path / "monday", tmp_path / "tuesday"]))) == 2


@pytest.mark.parametrize(
    "one, other",
    [
        ("ada_2024_01_softmax.ipynb", "bo_2024_01_softmax.ipynb"),  # a year is no platform's number
        ("ada_1234_5678_01_softmax.ipynb", "bo_1234_5678_01_softmax.ipynb"),
        ("hw1-ada/a.ipynb", "hw1-bo/a.ipynb"),
        ("x12abc/a.ipynb", "x12def/a.ipynb"),
        ("group-1/a.ipynb", "group-2/a.ipynb"),
    ],
)
def test_two_students_stay_two(tmp_path, one, other):
    found = handed_in(tmp_path / "class", dict.fromkeys([one, other], NOTEBOOK))
    assert len(collect.by_student(found)) == 2, found


def test_every_lesson_is_cut_off_its_students_name(tmp_path, notebook):
    names = [f"ada_{notebook.name}", f"ada-{notebook.stem.replace('_', ' ')}.ipynb"]
    found = handed_in(tmp_path / "class", dict.fromkeys(names, NOTEBOOK))
    assert [one.name for one in found] == ["ada", "ada"]


def encrypted():
    data = bytearray(zipped({"01.ipynb": NOTEBOOK}))
    for signature, offset in [(b"PK\3\4", 6), (b"PK\1\2", 8)]:
        data[data.find(signature) + offset] |= 1
    return bytes(data)


def bad_crc():
    data = zipped({"01.ipynb": NOTEBOOK})
    return data.replace(NOTEBOOK[:4], b"oops") if NOTEBOOK[:4] in data else data[:40] + b"!" + data[41:]


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
    "bomb": lambda: zipped({"01.ipynb": b"0" * (collect.NOTEBOOK + 1)}),
    "many bombs": lambda: zipped({f"{i}.ipynb": b"0" * (collect.NOTEBOOK - 9) for i in range(5)}),
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
    bad, good = collect.collect([tmp_path / name, tmp_path / "good.zip"])
    assert bad.file == name and "no zip" in bad.problem and good.notebook == NOTEBOOK


def test_names_in_a_zip_lead_nowhere(tmp_path):
    files = {
        "../../etc/ada_01_softmax.ipynb": NOTEBOOK,
        "/abs_01_softmax.ipynb": NOTEBOOK,
        "__MACOSX/._x.ipynb": b"",
    }
    found = handed_in(tmp_path / "class", {"m.zip": zipped(files)})
    assert [one.file for one in found] == ["m.zip/etc/ada_01_softmax.ipynb", "m.zip/abs_01_softmax.ipynb"]


def test_files_beside_a_notebook_are_left_alone(tmp_path):
    found = handed_in(
        tmp_path / "class", {"m.zip": zipped({"01.ipynb": NOTEBOOK, "data/mnist.gz": b"x", "a.txt": b""})}
    )
    assert [(one.name, one.notebook) for one in found] == [("m", NOTEBOOK)]


@pytest.mark.parametrize("name", ["a\nb", "Ren\udce9", "\x1b[2J", "=1+2", "n" * 240])
def test_names_are_text_that_every_file_takes(tmp_path, name):
    files = {"m.zip": zipped({f"{name}/01.ipynb": NOTEBOOK})} if name.isprintable() else {}
    try:
        (tmp_path / name[:40]).touch()
    except OSError:
        pytest.skip("this system refuses the name")
    (one, *_) = handed_in(tmp_path / "class", files or {f"{name}_01_softmax.ipynb": NOTEBOOK})
    assert one.file.encode() and one.file.isprintable() and max(map(len, one.file.split("/"))) <= collect.NAME
