"""Run tests/benchmarks/NAME.py; without a name, list those that exist."""

import subprocess
import sys

from backstage import ROOT

BENCHMARKS = ROOT / "tests/benchmarks"


def main(arguments):
    names = sorted(path.stem for path in BENCHMARKS.glob("*.py"))
    if not arguments or arguments[0] not in names:
        print("usage: python run.py bench NAME, where NAME is one of: " + ", ".join(names), file=sys.stderr)
        return 2
    return subprocess.call([sys.executable, BENCHMARKS / (arguments[0] + ".py"), *arguments[1:]])
