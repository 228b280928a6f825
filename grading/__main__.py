"""Grade one notebook: python -m grading NOTEBOOK [--json | --gradescope | --trust-students]"""

import json
import sys
from pathlib import Path

from . import report, sandbox
from .engine import grade


def graded(path):
    """The result of the first lesson in whatever is there, or not."""
    try:
        results = grade(path.read_bytes())
        return results[0] if isinstance(results, list) else results
    except OSError as error:
        return {"problem": f"{path} cannot be read: {error.strerror}", "flags": []}


def main(arguments):
    names = [one for one in arguments if not one.startswith("--")]
    options = {*arguments} - {*names}
    if len(names) != 1 or options - {"--json", "--gradescope", "--trust-students"}:
        print(__doc__, file=sys.stderr)
        return 2
    if why := sandbox.prepare(trusting="--trust-students" in options):
        print(why, file=sys.stderr)
        return 1
    result = graded(Path(names[0]))
    if "--json" in options:
        print(json.dumps(result, indent=1))
    elif "--gradescope" in options:
        print(json.dumps(report.gradescope(result), indent=1))
    else:
        print(report.as_text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
