"""Run all the tests; arguments go to pytest (-k axis, tests/test_setup.py)."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def main(arguments):
    if os.access(ROOT, os.W_OK):
        return pytest.main(arguments)
    with (
        tempfile.TemporaryDirectory() as notes
    ):  # in a folder of someone else, what a run remembers goes here
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = notes
        return pytest.main(["-o", "cache_dir=" + notes, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
