"""Grade what a class handed in: python run.py grade FOLDER_OR_ZIP ...; marks and pages go to grades/."""

import sys
from pathlib import Path

from backstage import ROOT
from backstage.grading import classes, sandbox

OUT = ROOT / "grades"


def main(arguments):
    paths = [Path(one) for one in arguments if one != "--trust-students"]
    missing = [str(path) for path in paths if not path.exists()]
    if missing or not paths:
        print(f"There is no {missing[0]}." if missing else __doc__, file=sys.stderr)
        return 2
    if why := sandbox.prepare(trusting="--trust-students" in arguments):
        print(why, file=sys.stderr)
        return 1
    try:
        submissions = classes.grade_class(paths, OUT)
    except KeyboardInterrupt:
        print("\nStopped. What is graded so far is kept: the same command goes on from here.")
        return 130
    for one in submissions:
        if "problem" in one.result:
            print(f"{one.section}/{one.file}: {one.result['problem']}")
    print(f"{len(submissions)} hand-ins: marks in {OUT / 'grades.csv'}, the class in {OUT / 'class.html'}")
    return 0
