"""Bring corrections, by git or from a zip (update softmax.zip); answers move along, old copies are kept."""

import json
import lzma
import sys
import uuid
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from backstage import ROOT
from backstage.lessons import answers, arguments, cells_of, definitions, exercise_of, is_lesson
from backstage.setup import copies, handout
from backstage.setup.copies import Problem

COURSE = ["exercises/", "helpers/", "notebooks/"]  # what lies beside run.py
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def from_zip(path):
    """Return {name: content} of each file, without the folders around the course."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = {name_of(info): info for info in packed.infolist() if not info.is_dir()}
            top = top_of(path, members)
            within = {name: info for name, info in members.items() if name.startswith(top)}
            files = {name.removeprefix(top): packed.read(info) for name, info in within.items()}
    except UNREADABLE as problem:
        raise Problem(f"{path} cannot be read: {problem}.") from None
    ignored = handout.patterns(files.get(".gitignore", b""))
    return {name: content for name, content in files.items() if not handout.is_ignored(name, ignored)}


def name_of(info):
    return PurePosixPath(info.filename.replace("\\", "/")).as_posix()


def top_of(path, names):
    """Return how names in the course's folder begin. Raises Problem if no folder, or several, can be it."""
    tops = [name.removesuffix("run.py") for name in names if f"/{name}".endswith("/run.py")]
    tops = [top for top in tops if all(any(n.startswith(top + part) for n in names) for part in COURSE)]
    if not tops or any(".." in name.split("/") or name[0] == "/" or ":" in name for name in names):
        raise Problem(f"{path} is not this course.")
    if len(tops) > 1:
        raise Problem(f"{path} holds the course more than once: {', '.join(top or '.' for top in tops)}.")
    return tops[0]


def from_git(root):
    """Return the same from the branch that this one follows, after fetching it."""
    if copies.place(root) != "":
        advice = "name the zip of the new version (update softmax.zip)."
        raise Problem(f"This folder is no repository of its own: {advice}")
    copies.git("fetch", root=root)
    return copies.tree("@{upstream}", root)


def same_text(first, second):
    return first.replace(b"\r\n", b"\n") == second.replace(b"\r\n", b"\n")


class Change:
    """What an update writes, deletes and tells. Nothing on the disk changes before `make`.

    first, new: from name to content, the course as it was handed out and as it is now.
    """

    def __init__(self, first, new, root):
        self.root, self.files, self.gone, self.said = root, {}, [], []
        for name in filter(is_lesson, new):
            check_notebook(name, new[name])
        for name in new:
            self.renew(name, first.get(name), new[name])
        for name in sorted(first.keys() - new.keys()):
            if not name.startswith(handout.ANSWERS):  # which a clone has, and a hand-out has not
                self.leave_out(name, first[name])
        self.refuse_to_lose_the_course(len(first))

    def renew(self, name, first, new):
        """Plan a new version of a file. first is None where nobody knows what was handed out."""
        path = self.root / name
        if not path.exists():
            self.put(path, new, f"{name} is new." if first is None else f"{name} is back.")
            return
        ours = path.read_bytes()
        if same_text(ours, new) or first is not None and same_text(first, new):  # nothing was corrected here
            return
        if first is not None and same_text(ours, first):
            self.put(path, new, f"{name} is updated.")
            return
        copy = copies.name_to_keep(path, self.root, self.files)
        self.files[copy] = ours
        new, left = carry_over(ours, first, new) if is_lesson(name) else (new, [])
        kept = f"{name} is updated. Yours is {copy.relative_to(self.root).as_posix()}."
        self.put(path, new, " ".join([kept, *left]))

    def put(self, path, content, sentence):
        self.files[path] = content
        self.said.append(sentence)

    def leave_out(self, name, first):
        """Plan to delete what is no longer part of the course, unless a student changed it."""
        path = self.root / name
        if path.is_file() and same_text(path.read_bytes(), first):
            self.gone.append(path)
            self.said.append(f"{name} is no longer part of the course, and is deleted.")
        elif path.is_file():
            self.said.append(f"{name} is no longer part of the course, and stays because you changed it.")

    def refuse_to_lose_the_course(self, known):
        names = [path.relative_to(self.root).as_posix() for path in self.gone]
        if "run.py" in names or 3 * len(names) > known:
            raise Problem(
                f"The new version lacks {len(names)} of the {known} files of the course. "
                "If that is right, unpack it in a folder of its own."
            )
        if lessons := [name for name in names if is_lesson(name)]:
            advice = "If that is right, delete that here, and update again."
            raise Problem(f"The new version lacks {', '.join(lessons)}. {advice}")

    def remember(self, new):
        """Plan what `.original` holds then: what was handed out now, or nothing where git has it."""
        stored, stale = copies.stored(new, self.root)
        self.files |= stored
        self.gone += stale


def check_notebook(name, content):
    try:
        cells_of(content)
    except ValueError as error:
        raise Problem(f"{name} of the new version cannot be read: {error}.") from None


def carry_over(ours, first, new):
    """Return the new version of a lesson with a student's answers, and sentences about what stays behind.

    ours, first, new: notebooks as bytes; first is None where nobody knows it. An answer goes to the cell that
    asks for its function. That has to take the same arguments as before, or as the answer does.
    """
    try:
        cells = cells_of(ours)
    except ValueError:
        return new, ["No answer could be read from it."]
    before = cells_of(new if first is None else first)
    asked, asked_before = stubs(cells_of(new)), stubs(before)
    known = {cell["source"].strip() for cell in [*before, *cells_of(new)]}
    mine = [cell for cell in cells if cell["source"].strip() not in {*known, ""}]
    given = answers(mine, [*asked, *(name for name in asked_before if name not in asked)])
    given = {name: answered for name, answered in given.items() if answered}
    reasons = {name: reason(name, asked, first and asked_before, given[name]) for name in given}
    placed = {name: [cell for cell, _ in given[name]] for name in reasons if not reasons[name]}
    left = [f"{name} ({why})" for name, why in reasons.items() if why]
    sentences = [f"Not copied from it: {', '.join(left)}."] if left else []
    carried = [id(cell) for cells in placed.values() for cell in cells]
    if any(id(cell) not in carried for cell in mine):
        sentences.append("What you changed or added in other cells is there alone.")
    return with_answers(new, placed), sentences


def stubs(cells):
    """Return {name of a function that a lesson asks for: its node}."""
    asked = [(exercise_of(cell), cell) for cell in cells]
    return {name: definitions(cell["source"]).get(name) for name, cell in asked if name}


def reason(name, asked, asked_before, answered):
    """Return why an answer has no place in the new version, or nothing."""
    if name not in asked:
        return "no longer asked for"
    wanted = arguments(asked[name])
    was = [asked_before.get(name)] if asked_before else []
    if wanted in [arguments(node) for node in [*was, answered[-1][1]]]:
        return ""
    takes = f"takes {', '.join(wanted)}"
    return f"the exercise {takes} now" if was else f"whether it {takes} is not certain"


def with_answers(new, placed):
    """Return the notebook with these answers for stubs: the last in a stub's place, others above it."""
    notebook = json.loads(new)
    cells = []
    for cell in notebook["cells"]:
        *earlier, last = placed.get(exercise_of(cell), [cell])
        bare = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        cells += [bare | {"id": uuid.uuid4().hex[:8], "source": answer["source"]} for answer in earlier]
        cells.append(cell | {"source": last["source"]})
    return (json.dumps(notebook | {"cells": cells}, indent=1, ensure_ascii=False) + "\n").encode()


def save_commits(root):
    """Give what the student committed a branch of its own; return a sentence about it, if there is any."""
    kept = copies.git("rev-list", "@{upstream}..HEAD", root=root)
    if not kept:
        return []
    branches = ["branch", "--list", "--format=%(refname:short)", "before-update*"]
    taken = copies.git(*branches, root=root).decode().split()
    names = ["before-update", *(f"before-update-{number}" for number in range(2, len(taken) + 2))]
    name = next(name for name in names if name not in taken)
    copies.git("branch", name, "HEAD", root=root)
    return [f"Your own commits are on the branch {name}."]


def main(arguments, root=ROOT):
    if len(arguments) > 1:
        print("usage: python run.py update [softmax.zip]", file=sys.stderr)
        return 2
    try:
        new = from_zip(Path(arguments[0])) if arguments else from_git(root)
        change = Change(copies.originals(root), new, root)
        change.remember(new if arguments else {})
        saved = [] if arguments else save_commits(root)
        copies.replace(change.files, change.gone)
    except (Problem, OSError) as problem:
        print(problem, "Nothing was changed.", file=sys.stderr)
        return 1
    print(*[*change.said, *saved] or ["Nothing has changed."], sep="\n")
    try:
        if not arguments:
            copies.git("reset", "--quiet", "@{upstream}", root=root)
    except Problem as problem:
        print(problem, "The new files are in place. Mend that, and update again.", file=sys.stderr)
        return 1
    return 0
