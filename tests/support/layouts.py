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
LAST = "Lovelace,Ångström,O'Neill,van der Berg,Wang,de la Cruz,Müller,Nguyễn,Smith,田中".split(",")
STUDENTS = [f"{first} {last}" for first in FIRST for last in LAST]
DAY, LATER = (2026, 11, 20, 10, 4, 0), (2026, 11, 21, 23, 58, 0)

PATHS = {  # with the words of `words`
    "Moodle": "{name}_{id}_assignsubmission_file_/{old}{file}",
    "Moodle, flat": "{name}_{id}_assignsubmission_file_{b}{file}",
    "Moodle, in a folder": "ML-Homework 1-77/{name}_{id}_assignsubmission_file_/{again}{file}",
    "Moodle, groups": "Group {n}_{id}_assignsubmission_file_/{again}{file}",
    "Moodle, anonymous": "Participant_{id}_assignsubmission_file_/{again}{file}",
    "Canvas": "{sortable}_{late}{id}_{number}_{stem}{one}.ipynb",
    "Canvas, anonymous": "{late}anon_{n:03}Ab_{number}_{file}",
    "Canvas, groups": "group{n}_{id}_{number}_{file}",
    "Blackboard": "Homework 1_{login}_attempt_2026-11-2{again}-10-04-05_{file}",
    "Brightspace": "{id}-5900 - {name} - Nov 20, 2026 {hour}/{file}",
    "Brightspace, id behind": "5900-{id} - {name} - Nov {day}, 2026 10:05 AM - {file}",
    "Teams": "Submitted files/{name}/Homework 1/Version {day}/{file}",
    "ILIAS": "Homework 1/Abgaben/{last}_{first}_{login}_{id}/{again}{file}",
    "ILIAS, teams": "Team {n}/{last}_{first}_{login}_{id}/{again}{file}",
    "Gradescope": "assignment_1_export/submission_{id}/{again}{file}",
    "Google Classroom": "{name} - {stem}{copy}.ipynb",
    "Google Drive": "Homework 1-20261121T101010Z-001/Homework 1/{name}/{again}{file}",
    "files": "hw_{stem}_{login}{copy}.ipynb",
    "files in a folder": "monday/student_{n}_{lesson}{twin}.ipynb",
    "folders": "submissions/team-{n}/{again}{file}",
    "zips": "{login}_01_softmax.zip/softmax/notebooks/{again}{file}",
}
MORE = {  # files that platforms add: of each student, and around all
    "Moodle": ("{name}_{id}_assignsubmission_onlinetext_/onlinetext.html", ""),
    "Blackboard": ("Homework 1_{login}_attempt_2026-11-20-10-04-05.txt", ""),
    "Canvas": ("{sortable}_{id}_text.html", ""),
    "Brightspace": ("", "index.html"),
    "Brightspace, id behind": ("", "index.html"),
    "Gradescope": ("", "assignment_1_export/submission_metadata.yml"),
}


def words(n, stem, again):
    """What a path may hold: of a student, a file, and 0 or 1 for what was handed in again."""
    first, last = STUDENTS[n].split(" ", 1)
    plain = unicodedata.normalize("NFKD", STUDENTS[n]).encode("ascii", "ignore").decode().lower()
    login, sortable = ("".join(filter(str.isalnum, text)) for text in (plain, (last + first).lower()))
    who = {"n": n, "id": 10_000 + n, "name": STUDENTS[n], "first": first, "last": last}
    who |= {"login": f"{login}{n}", "sortable": sortable, "number": 50_000 + 900 * again + n}
    what = {"file": f"{stem}.ipynb", "stem": stem, "lesson": stem[3:], "again": again, "day": 9 + again}
    marks = {"late": "LATE_", "one": "-1", "twin": "-Copy1", "copy": " (1)", "b": "b"}
    marks = {name: mark * again for name, mark in marks.items()}
    return who | what | marks | {"old": "" if again else "old/", "hour": ("1205 AM", "905 PM")[again]}


def notebook(n, again=0):
    return b'{"cells": [], "student": %d, "again": %d}' % (n, again)


def class_of(layout, students=range(120), lesson="01_softmax"):
    """The files of a class, in no order of time: every fifth handed in again, and what platforms add."""
    each, around = MORE.get(layout, ("", ""))
    files = {}
    for n in students:
        for again in range(n % 5 == 0, -1, -1):  # the newest first: its place in a zip says nothing
            path = PATHS[layout].format(**words(n, lesson, again))
            files[path] = notebook(n, again), (DAY, LATER)[again]
        if each:
            files[each.format(**words(n, lesson, 0))] = b"<p>", DAY
    listed = "submission_{}:\n  :submitters:\n  - :name: {}\n    :sid: '{}'\n  :id: 1\n"
    text = "".join(listed.format(10_000 + n, STUDENTS[n], n) for n in students)
    return files | ({around: (text.encode(), DAY)} if around else {})


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
