"""Put a lesson back as it was handed out (fresh 03); the old one is kept beside it."""

import sys
from pathlib import Path

from backstage import ROOT
from backstage.setup import copies


def put_back(number, root):
    """Return what was done as a sentence, and whether the lesson is as it was handed out."""
    number = Path(number).name.partition("_")[0].zfill(2)
    originals = copies.originals(root)
    names = [name for name in originals if name.startswith(f"notebooks/{number}_")]
    if not names:
        return f"There is no copy of a lesson {number} as it was handed out.", False
    path = root / names[0]
    kept = copies.keep(path, root).relative_to(root).as_posix() if path.exists() else None
    copies.write(path, originals[names[0]])
    return f"{names[0]} is fresh." + (f" Yours is {kept}." if kept else ""), True


def main(arguments, root=ROOT):
    if not arguments:
        print("usage: python run.py fresh 03 [...]", file=sys.stderr)
        return 2
    results = [put_back(number, root) for number in arguments]
    for sentence, _ in results:
        print(sentence)
    return 0 if all(done for _, done in results) else 1
