"""Grade what a class handed in: python run.py grade FOLDER_OR_ZIP ...; marks and pages go to grades/."""

import argparse
import json
import sys
from pathlib import Path

from backstage import ROOT
from backstage.grading import classes, report, sandbox
from backstage.grading.engine import grade

OUT = ROOT / "grades"


def parser():
    options = argparse.ArgumentParser("run.py grade", description=__doc__, allow_abbrev=False)
    options.add_argument("paths", nargs="*", type=Path, help="folders and zips, each a section")
    options.add_argument("--lesson", help="count this one alone, such as 01")
    students = "a CSV of all students: id, name, email"
    options.add_argument("--class", dest="class_list", type=Path, help=students)
    options.add_argument("--again", metavar="STUDENT", help="grade this one's work afresh: a name or an id")
    options.add_argument("--worksheet", type=Path, help="a CSV of Moodle's or Canvas's to put the marks into")
    options.add_argument("--column", help="a part of the name of the worksheet's column that takes them")
    answers = "a CSV of answers to the inventory, from paper or a quiz"
    options.add_argument("--inventory", type=Path, help=answers)
    drawn = "collect the digits drawn in lesson 07, without names"
    options.add_argument("--digits", action="store_true", help=drawn)
    options.add_argument("--json", action="store_true", help="print the results of one notebook")
    options.add_argument("--gradescope", action="store_true", help="the same, as results.json has it")
    options.add_argument("--seed", type=int, help="with --json: draw the inputs that a result was made with")
    options.add_argument("--trust-students", action="store_true", help="run notebooks without a sandbox")
    return options


def main(arguments):
    asked = parser().parse_args(arguments)
    if not (asked.paths or asked.inventory):
        parser().error("name what was handed in, or a table by --inventory")
    if why := sandbox.prepare(trusting=asked.trust_students):
        print(why, file=sys.stderr)
        return 1
    if asked.json or asked.gradescope:
        return print_results(asked)
    files = [*asked.paths, *filter(None, [asked.class_list, asked.worksheet, asked.inventory])]
    if missing := [str(path) for path in files if not path.exists()]:
        print(f"There is no {missing[0]}.", file=sys.stderr)
        return 2
    return grade_class(asked)


def print_results(asked):
    """Print the results of one notebook. Whatever the file is, there is one."""
    if len(asked.paths) != 1:
        print("--json and --gradescope grade one notebook.", file=sys.stderr)
        return 2
    try:
        results = grade(asked.paths[0].read_bytes(), asked.seed, asked.lesson)
    except OSError as error:
        results = [{"problem": f"{asked.paths[0]} cannot be read: {error.strerror}", "flags": []}]
    print(json.dumps(results if asked.json else report.gradescope(results), indent=1))
    return 0


def grade_class(asked):
    names = "lesson", "class_list", "worksheet", "column", "inventory", "digits"
    options = {name: getattr(asked, name) for name in names}
    try:
        again = asked.again and Path(asked.again).name  # run.py may have taken it for a file's
        works, said = classes.grade_class(asked.paths, OUT, again=again, **options)
    except classes.Unclear as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. What is graded so far is kept: the same command goes on from here.")
        return 130
    for work in (work for of_student in works.values() for work in of_student.values()):
        if "problem" in work.result:
            one = work.submission
            print(f"{f'{one.section}/{one.file}' if one.file else one.name}: {work.result['problem']}")
    print(*said, sep="\n")
    print(f"{len(works)} students: marks in {OUT / 'grades.csv'}, the class in {OUT / 'class.html'}")
    return 0
