"""Grade one notebook: python -m grading NOTEBOOK [--json | --gradescope | --trust-students]"""

import json
import sys
from pathlib import Path

from . import report, sandbox
from .engine import grade


def main(arguments):
    names = [one for one in arguments if not one.startswith("--")]
    options = {*arguments} - {*names}
    if len(names) != 1 or options - {"--json", "--gradescope", "--trust-students"}:
        print(__doc__, file=sys.stderr)
        return 2
    if why := sandbox.prepare(trusting="--trust-students" in options):
        print(why, file=sys.stderr)
        return 1
    result = grade(Path(names[0]).read_bytes())
    if "--json" in options:
        print(json.dumps(result, indent=1))
    elif "--gradescope" in options:
        print(json.dumps(report.gradescope(result), indent=1))
    else:
        print(report.as_text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
