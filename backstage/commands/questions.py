"""Write questions for Moodle, as QTI, on paper: all, some (03 axis), or inventory_a; into exports/."""

import sys

from backstage import ROOT
from backstage.asking import exports, questions


def main(arguments):
    every = questions.every().values()
    chosen = [q for q in every if not arguments or {q.lesson[-2:], q.tags["idea"]} & {*arguments}]
    chosen += [q for q in questions.every("[!l]*.md").values() if q.lesson in arguments]
    if not chosen:
        ideas = ", ".join(sorted({question.tags["idea"] for question in every}))
        print(f"No question fits. Name lessons, such as 03, inventory_a, or ideas: {ideas}", file=sys.stderr)
        return 2
    folder, title = ROOT / "exports", " ".join(["Softmax, hands on", *arguments])
    folder.mkdir(exist_ok=True)
    folder.joinpath("questions.xml").write_text(exports.moodle(chosen), "utf-8")
    folder.joinpath("questions.html").write_text(exports.sheet(title, chosen), "utf-8")
    exports.qti(title, chosen, folder / "questions.zip")
    print(f"{len(chosen)} questions in {folder}: Moodle (.xml), QTI, made for Canvas (.zip), paper (.html)")
    return 0
