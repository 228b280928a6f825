"""A class of 120 as each platform delivers it: from paths to (notebook, date), and whose notebook counts.

Where the formats were seen: Moodle: mod/assign/classes/downloader.php. Canvas: lib/content_zipper.rb, whose
names are the sortable name in lower case without what is no letter or digit, `LATE`, the user's id, the
file's id. Blackboard: nbgrader's documentation of `zip_collect`, and the README of kwurst/bb-file-cleanup
for the receipts. Brightspace: cgmb/d2lmf, which splits at " - "; that the first number is the student's was
read in one more program. Teams: the README of lwchkg/teams_assignment_explorer. ILIAS:
class.ilExSubmission.php (`Lastname_Firstname_login_id` in `Team N`), and for the folders around it a
program of the University of Bonn. Gradescope: exports quoted in tests of two programs that read
`submission_metadata.yml`. From memory alone: Google Classroom's "Ada Lovelace - 01_softmax.ipynb", Google
Drive's "Homework 1-2026…-001", Brightspace's index.html, and Canvas's older anonymous names with two
numbers.
"""

import io
import unicodedata
import zipfile

FIRST = "Ada Zoë René José Siân Łukasz Wei Søren Noor D'Arcy Jean-Luc 美咲".split()
LAST = [
    "Lovelace",
    "Ångström",
    "O'Neill",
    "van der Berg",
    "Wang",
    "de la Cruz",
    "Müller",
    "Nguyễn",
    "Smith",
    "田中",
]
STUDENTS = [f"{first} {last}" for first in FIRST for last in LAST]
DAY, LATER = (2026, 11, 20, 10, 4, 0), (2026, 11, 21, 23, 58, 0)


def _login(n):
    ascii_name = unicodedata.normalize("NFKD", STUDENTS[n]).encode("ascii", "ignore").decode()
    return "".join(c for c in ascii_name.lower() if c.isalpha()) + str(n)


def _sortable(n):
    first, last = STUDENTS[n].split(" ", 1)
    return "".join(c for c in (last + first).lower() if c.isalnum())


def _reversed(n):
    first, last = STUDENTS[n].split(" ", 1)
    return f"{last}_{first}"


# From a student, a file, and 0 or 1 for what was handed in again, to a path.
PATHS = {
    "Moodle": lambda n, file, again: (
        f"{STUDENTS[n]}_{10_000 + n}_assignsubmission_file_/{'old/' * (not again)}{file}"
    ),
    "Moodle, flat": lambda n, file, again: (
        f"{STUDENTS[n]}_{10_000 + n}_assignsubmission_file_{'b' * again}{file}"
    ),
    "Moodle, in a folder": lambda n, file, again: (
        f"ML-Homework 1-77/{STUDENTS[n]}_{10_000 + n}_assignsubmission_file_/{again}{file}"
    ),
    "Moodle, groups": lambda n, file, again: f"Group {n}_{300 + n}_assignsubmission_file_/{again}{file}",
    "Moodle, anonymous": lambda n, file, again: (
        f"Participant_{10_000 + n}_assignsubmission_file_/{again}{file}"
    ),
    "Canvas": lambda n, file, again: (
        f"{_sortable(n)}_{'LATE_' * again}{1_000 + n}_{50_000 + 900 * again + n}_"
        + file.replace(".", "-1." if again else ".")
    ),
    "Canvas, anonymous": lambda n, file, again: (
        f"{'LATE_' * again}anon_{n:03}Ab_{50_000 + 900 * again + n}_{file}"
    ),
    "Canvas, groups": lambda n, file, again: f"group{n}_{1_000 + n}_{50_000 + 900 * again + n}_{file}",
    "Blackboard": lambda n, file, again: f"Homework 1_{_login(n)}_attempt_2026-11-2{again}-10-04-05_{file}",
    "Brightspace": lambda n, file, again: (
        f"{5_000 + n}-5900 - {STUDENTS[n]} - "
        + ("Nov 20, 2026 1205 AM", "Nov 20, 2026 905 PM")[again]
        + f"/{file}"
    ),
    "Brightspace, id behind": lambda n, file, again: (
        f"5900-{5_000 + n} - {STUDENTS[n]} - Nov {9 + again}, 2026 10:05 AM - {file}"
    ),
    "Teams": lambda n, file, again: f"Submitted files/{STUDENTS[n]}/Homework 1/Version {9 + again}/{file}",
    "ILIAS": lambda n, file, again: (
        f"Homework 1/Abgaben/{_reversed(n)}_{_login(n)}_{2_000 + n}/{again}{file}"
    ),
    "ILIAS, teams": lambda n, file, again: f"Team {n}/{_reversed(n)}_{_login(n)}_{2_000 + n}/{again}{file}",
    "Gradescope": lambda n, file, again: f"assignment_1_export/submission_{8_000 + n}/{again}{file}",
    "Google Classroom": lambda n, file, again: (
        f"{STUDENTS[n]} - {file.replace('.', ' (1).' if again else '.')}"
    ),
    "Google Drive": lambda n, file, again: (
        f"Homework 1-20261121T101010Z-001/Homework 1/{STUDENTS[n]}/{again}{file}"
    ),
    "files": lambda n, file, again: f"hw_{file.split('.')[0]}_{_login(n)}{' (1)' * again}.ipynb",
    "files in a folder": lambda n, file, again: (
        f"monday/student_{n}_{file.split('.')[0][3:]}{'-Copy1' * again}.ipynb"
    ),
    "folders": lambda n, file, again: f"submissions/team-{n}/{again}{file}",
    "zips": lambda n, file, again: f"{_login(n)}_01_softmax.zip/softmax/notebooks/{again}{file}",
}


def notebook(n, again=0):
    return b'{"cells": [], "student": %d, "again": %d}' % (n, again)


def class_of(layout, students=range(120), lesson="01_softmax"):
    """The files of a class, in no order of time: every fifth handed in again, and what platforms add."""
    files = {}
    for n in students:
        for again in range(n % 5 == 0, -1, -1):  # the newest first: its place in a zip says nothing
            files[PATHS[layout](n, f"{lesson}.ipynb", again)] = notebook(n, again), (DAY, LATER)[again]
        if layout == "Moodle":
            files[f"{STUDENTS[n]}_{10_000 + n}_assignsubmission_onlinetext_/onlinetext.html"] = b"<p>", DAY
        if layout == "Blackboard":
            files[f"Homework 1_{_login(n)}_attempt_2026-11-20-10-04-05.txt"] = b"Name: ...", DAY
        if layout == "Canvas":
            files[f"{_sortable(n)}_{1_000 + n}_text.html"] = b"<p>", DAY
    if layout.startswith("Brightspace"):
        files["index.html"] = b"<p>", DAY
    if layout == "Gradescope":
        listed = "".join(
            f"submission_{8_000 + n}:\n  :submitters:\n  - :name: {STUDENTS[n]}\n    :sid: '{n}'\n  :id: 1\n"
            for n in students
        )
        files["assignment_1_export/submission_metadata.yml"] = listed.encode(), DAY
    return files


def zipped(files):
    """A zip of these files. A path through a zip, as in ada.zip/a.ipynb, makes that zip, too."""
    inner = {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (content, date) in files.items():
            outer, zip_, rest = path.partition(".zip/")
            if zip_:
                inner.setdefault(f"{outer}.zip", {})[rest] = content, date
            else:
                archive.writestr(zipfile.ZipInfo(path, date), content)
        for path, members in inner.items():
            archive.writestr(zipfile.ZipInfo(path, DAY), zipped(members))
    return buffer.getvalue()
