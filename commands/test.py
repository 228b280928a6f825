"""Run all the tests; arguments go to pytest (-k axis, tests/test_setup.py)."""

import sys

import pytest


def main(arguments):
    return pytest.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
