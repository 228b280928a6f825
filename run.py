"""Set the course up and run it with nothing but Python: python run.py COMMAND [ARGUMENT ...]

  lab                     open the first lesson in JupyterLab; arguments go to JupyterLab (--no-browser)
  test                    run all the tests; arguments go to pytest (-k axis, tests/test_setup.py)
  refresh [NOTEBOOK ...]  run all notebooks, or those named, and store their outputs
  bench NAME              run tests/benchmarks/NAME.py

The first time, each of them makes .venv beside this file and installs into it what the course needs."""

from __future__ import print_function

import sys

if sys.version_info < (3, 11):  # such a Python has to understand this whole file to get here: no f-strings
    sys.exit("This course needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])

import hashlib
import os
import re
import signal
import subprocess
from pathlib import Path

ROOT = Path(os.path.abspath(__file__)).parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "stamp"
QUIET = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'


def stop(message, code=1):
    print(message, file=sys.stderr)
    sys.exit(code)


def call(command):
    return subprocess.call(command, cwd=ROOT)


def fingerprint():
    """Everything .venv is made from, in one number: when it changes, .venv is made anew."""
    made_by = "\n".join([sys.version, sys.base_prefix, str(VENV)])
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), os.fsencode(made_by)]
    return hashlib.sha256(b"\n".join(parts)).hexdigest().encode()


def is_ready():
    return STAMP.exists() and STAMP.read_bytes() == fingerprint()


def make_venv():
    STAMP.unlink(missing_ok=True)  # before anything else: a half-removed .venv must not count as good
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        stop(
            "Could not make .venv. Close what still uses it, or install what this Python lacks: "
            "apt install python3-venv (Debian, Ubuntu) or dnf install python3-pip (Fedora)."
        )


def install():
    """Install the lock, then the course itself: with uv, which is faster, or else with pip."""
    uv_lock = VENV / "uv.txt"  # the lines about uv alone, so that pip checks the hash of uv as well
    uv_lock.write_text(re.search(r"^uv==(.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE).group())
    uv = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    packages, course = ["--require-hashes", "-r", str(LOCK)], ["--no-deps", "-e", "."]
    with_uv = [pip + ["--require-hashes", "-r", str(uv_lock)], uv + packages, uv + course]
    with_pip = [pip + packages, pip + course]
    if not any(all(call(command) == 0 for command in road) for road in [with_uv, with_pip]):
        stop("Could not install the packages. Check the network and run the same command again.")


def set_up():
    print("[1/3] Making .venv with Python", sys.version.split()[0], file=sys.stderr)
    make_venv()
    print("[2/3] Installing what requirements.lock lists: about 200 MB, one to five minutes", file=sys.stderr)
    install()
    settings = VENV / "share/jupyter/lab/settings/overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(QUIET)  # no question about news and no look-up of updates when a lesson opens
    STAMP.write_bytes(fingerprint())
    print("[3/3] Ready; the next time these steps are skipped", file=sys.stderr)


def lab(arguments):
    page = "--LabApp.default_url=/lab/tree/notebooks/" + min((ROOT / "notebooks").glob("*.ipynb")).name
    faster = "--ServerApp.jpserver_extensions=helpers.server=True"  # sliders are answered sooner
    return ["-m", "jupyterlab", "--ServerApp.root_dir=" + str(ROOT), page, faster] + arguments


def bench(arguments):
    names = sorted(path.stem for path in (ROOT / "tests/benchmarks").glob("*.py"))
    if not arguments or arguments[0] not in names:
        stop("usage: python run.py bench NAME, where NAME is one of: " + ", ".join(names), 2)
    return ["tests/benchmarks/" + arguments[0] + ".py"] + arguments[1:]


COMMANDS = {
    "lab": lab,
    "test": lambda arguments: ["-m", "pytest"] + arguments,
    "refresh": lambda arguments: ["-m", "commands.refresh"] + arguments,
    "bench": bench,
}


def main(name="", *arguments):
    if name not in COMMANDS:
        stop(__doc__, 2)
    command = COMMANDS[name](list(arguments))
    if not is_ready():
        set_up()
    signal.signal(signal.SIGINT, lambda *_: None)  # from here Ctrl-C is for the command: wait for its end
    return call([PYTHON] + command)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the set-up without a traceback
    sys.exit(main(*sys.argv[1:]))
