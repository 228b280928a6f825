"""Put a lesson back as it was handed out (fresh 03); the old one is kept beside it."""

import sys
from pathlib import Path

from backstage import ROOT
from backstage.lessons import is_lesson
from backstage.setup import copies


def put_back(number, root):
    """Return what was done as a sentence. Raises Problem or OSError where nothing was."""
    number = Path(number).name.partition("_")[0].zfill(2)
    originals = copies.originals(root)
    names = [name for name in originals if is_lesson(name) and name.startswith(f"notebooks/{number}_")]
    if len(names) != 1:
        raise copies.Problem(
            f"These are lessons {number}: {', '.join(names)}. `fresh` cannot tell which you mean."
            if names
            else f"There is no copy of a lesson {number} as it was handed out."
        )
    path, files, sentence = root / names[0], {}, f"{names[0]} is fresh."
    if path.exists():
        copy = copies.name_to_keep(path, root)
        files[copy] = path.read_bytes()
        sentence += f" Yours is {copy.relative_to(root).as_posix()}."
    copies.replace(files | {path: originals[names[0]]})
    return sentence


def main(arguments, root=ROOT):
    if not arguments:
        print("usage: python run.py fresh 03 [...]", file=sys.stderr)
        return 2
    problems = 0
    for number in arguments:
        try:
            print(put_back(number, root))
        except (copies.Problem, OSError) as problem:
            print(problem, "Nothing was changed.")
            problems += 1
    return 1 if problems else 0
