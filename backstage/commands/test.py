"""Run all the tests; arguments go to pytest (-k axis, tests/test_setup.py)."""

import os
import tempfile

import pytest

from backstage import ROOT


def main(arguments):
    if os.access(ROOT, os.W_OK):
        return pytest.main(arguments)
    with tempfile.TemporaryDirectory() as notes:  # where the folder is someone else's: what a run remembers
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = notes
        return pytest.main(["-o", "cache_dir=" + notes, *arguments])
