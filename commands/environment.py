"""The environment in .venv: what makes it, and what starts a command in it.

The standard library alone, for this runs before anything is installed.
"""

import ast
import hashlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.path.realpath(__file__)).parent.parent
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


def commands():
    """From the name of each command to its help, in the order of the alphabet."""
    found = {}
    for path in sorted((ROOT / "commands").glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == "main" for part in module.body):
            found[path.stem] = ast.get_docstring(module).splitlines()[0]
    return found


def start(usage, name="", *arguments):
    """Run a command in the environment, which is made first if need be."""
    if name not in (known := commands()):
        stop("\n".join([usage, ""] + [f"  {name:10}{line}" for name, line in known.items()]), 2)
    if not is_ready():
        set_up()
    signal.signal(signal.SIGINT, lambda *_: None)  # from here Ctrl-C is for the command: wait for its end
    return call([PYTHON, "-m", "commands." + name, *arguments])
