"""What a reader chose and drew, in files beside the lessons, with a line of JSON for each."""

import contextlib
import json
import os
from pathlib import Path

from backstage import ROOT


def kept_in(name):
    """Return the file of `guesses` or `digits`: in the course, or, where that has no notebooks, here."""
    lessons = ROOT / "notebooks"
    folder = lessons if lessons.is_dir() else Path()
    return Path(os.environ.get(f"SOFTMAX_{name.upper()}") or folder / f"{name}.jsonl")


def rows(name):
    """Yield what the lines of a file hold, without those that cannot be read."""
    with contextlib.suppress(OSError), open(kept_in(name), encoding="utf-8", errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):  # the disk was full, or somebody wrote into the file
                yield json.loads(line)


def add(name, row):
    """Write a line; return why it could not be kept, or nothing."""
    try:
        with open(kept_in(name), "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as problem:
        return str(problem)


def saved(cells, kind, key):
    """Return the rows that the outputs of cells have under a media type; none where it has another form."""
    try:
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        return [row for output in outputs for row in output.get("data", {}).get(kind, {}).get(key, [])]
    except (TypeError, AttributeError):
        return []
