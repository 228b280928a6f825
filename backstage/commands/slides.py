"""Write a lesson's questions as slides, with reasons, pictures and notes: python run.py slides 06"""

import subprocess
import sys

from backstage import ROOT
from backstage.lessons import lessons
from backstage.pages import site, slides


def main(arguments):
    paths = [path for path in lessons(ROOT) if [path.stem[:2]] == arguments]
    if not paths:
        print("usage: python run.py slides LESSON, such as 06", file=sys.stderr)
        return 2
    try:
        html = slides.deck(ROOT, paths[0])
    except (site.Refused, OSError, subprocess.CalledProcessError) as problem:
        print(f"No slides were written: {problem}. Slides need npm.", file=sys.stderr)
        return 1
    target = ROOT / "exports" / f"slides_{arguments[0]}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(html, "utf-8")
    print(f"{target}: open it in a browser; S opens the notes")
    return 0
