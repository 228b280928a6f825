"""The environment in `.venv`: made beside the old one, tried, and only then put in its place.

The standard library alone, for this runs before anything is installed. A set-up that fails or is killed
leaves what was there; a command that finds an environment that works uses it.
"""

import ast
import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from backstage import ROOT

from . import copies, handout, surroundings

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

VENV, NEW, OLD = (ROOT / name for name in [".venv", ".vnew", ".vold"])  # as long as each other: see settle
TURN = ROOT / ".venv.lock"
LOCK = ROOT / "requirements.lock"
QUIET = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'
TRIAL = (  # what lessons import is imported; what starts them has to be there
    "import exercises, helpers.sliders, sklearn, threadpoolctl, importlib.util as i;"
    "assert all(map(i.find_spec, ['ipykernel', 'jupyterlab', 'nbclient', 'pytest'])), 'a package is missing'"
)
IN_USE = (
    "A lesson or a command still runs from .venv. Close it (in JupyterLab: File, Shut Down); then this works."
)
NO_ENSUREPIP = (
    "This Python lacks what makes environments: apt install python3-venv (Debian, Ubuntu) or dnf install "
    "python3-pip (Fedora)."
)
SEEN = {  # from what a step prints to what it means
    r"No space left|os error 28\b|quota exceeded|not enough space|os error 112\b": "The disk is full.",
    r"do not match the hashes|[Hh]ash mismatch": "What was fetched is not what requirements.lock lists.",
    r"dns error|error sending request|onnection ?(refused|error|reset)|new connection|timed out|ProxyError"
    r"|[Nn]etwork is unreachable|SSLError|[Nn]etwork connectivity|network was disabled": (
        "The packages could not be fetched: check the network, or the proxy."
    ),
}


class Problem(Exception):
    """Why there is no new environment, in sentences for the reader."""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def stop(message, code=1):
    say(message)
    sys.exit(code)


# Is it good?


def python(folder):
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def version(folder):
    """What the environment's own Python calls itself, or nothing if it does not start."""
    try:
        ask = [python(folder), "-I", "-S", "-c", "import sys; print(sys.version)"]
        return subprocess.run(ask, capture_output=True).stdout
    except OSError:
        return b""


def fingerprint(folder):
    """Everything an environment is made from, in one number: when it changes, a new one is made."""
    return hashlib.sha256(b"\n".join([LOCK.read_bytes(), os.fsencode(VENV), version(folder)])).hexdigest()


def is_ready():
    try:
        return (VENV / "stamp").read_text() == fingerprint(VENV)
    except OSError:
        return False


def works(folder):
    """Whether it imports what the lessons import, from a place where nothing else leads to the course."""
    try:
        return run([python(folder), "-P", "-c", TRIAL], cwd=folder)[0] == 0
    except OSError:
        return False


# One at a time, and none under a running lesson


def is_locked_by_us(file):
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as problem:  # a file system without locks is no reason to wait for ever
        return problem.errno not in [errno.EACCES, errno.EAGAIN, errno.EDEADLK]
    return True


@contextlib.contextmanager
def one_at_a_time():
    """Wait for another set-up in this folder; the system frees the lock when the last process of one ends."""
    try:
        file = open(TURN, "a")
    except OSError as problem:
        raise Problem(f"{problem.filename} cannot be written: {problem.strerror}.") from None
    with file:
        os.set_inheritable(file.fileno(), True)  # what a killed set-up started may still be writing
        if not is_locked_by_us(file):
            say("Another set-up is at work in this folder: waiting for it")
            while not is_locked_by_us(file):
                time.sleep(0.2)
        yield


def hold():
    """Mark .venv as in use, until this process and the command that inherits the mark have ended."""
    try:
        stamp = open(VENV / "stamp", "rb")  # on Windows an open file is enough
    except OSError:  # made by hand
        return contextlib.nullcontext()
    if fcntl:
        with contextlib.suppress(OSError):
            fcntl.flock(stamp, fcntl.LOCK_SH)
    os.set_inheritable(stamp.fileno(), True)
    return stamp


def is_in_use():
    try:
        if not fcntl:  # Windows renames no folder in which a file is open
            move(VENV, OLD)
            move(OLD, VENV)
            return False
        with open(VENV / "stamp", "rb") as stamp:
            return not is_locked_by_us(stamp)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


# Making one


def run(command, **more):
    """Run one step; return its exit code and what it printed."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # the lock goes along
        **{"cwd": ROOT, "env": surroundings.variables(), **more},
    )
    return done.returncode, done.stdout.decode(errors="replace")


def meaning(printed):
    return next((known for pattern, known in SEEN.items() if re.search(pattern, printed)), None)


def step(command, **more):
    code, printed = run(command, **more)
    if code != 0:
        say(printed.strip())
        raise Problem(meaning(printed) or "The lines above say what went wrong.")


def remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)  # what is still held is deleted the next time


def move(path, target, patience=20 if os.name == "nt" else 0):
    """Rename; on Windows a virus scanner may hold a new file for some seconds."""
    for _ in range(patience):
        with contextlib.suppress(PermissionError):
            return path.rename(target)
        time.sleep(0.25)
    return path.rename(target)


def check_place():
    """Tell first what would stop a set-up later."""
    if os.path.lexists(VENV) and not VENV.is_dir():
        raise Problem(f"{VENV} is not a folder. Delete it, or give it another name.")
    if VENV.exists() and fcntl and os.getuid() not in [0, VENV.stat().st_uid]:
        raise Problem(f"{VENV} belongs to another user. Make a copy of the course that is yours.")
    if not all(map(importlib.util.find_spec, ["venv", "ensurepip"])):
        raise Problem(NO_ENSUREPIP)
    if is_in_use():
        raise Problem(IN_USE)


def clear_up():
    """Put back what a killed set-up had moved aside, and delete what it had begun."""
    if OLD.exists() and not VENV.exists():
        move(OLD, VENV)
    for leftover in [NEW, OLD]:
        remove(leftover)


def keep_originals():
    """Before a lesson is first opened, store it as handed out, for `fresh` and `update`; git has that."""
    if not (ROOT / copies.ORIGINALS).exists() and not VENV.exists():
        copies.remember(handout.files(ROOT))


def bundled_pip():
    """The wheel of pip that this Python brings for its environments, or None if it lies somewhere else."""
    folders = [Path(importlib.util.find_spec("ensurepip").origin).parent / "_bundled"]
    folders += map(Path, filter(None, [sysconfig.get_config_var("WHEEL_PKG_DIR")]))  # Debian, Fedora
    return next((wheel for folder in folders for wheel in folder.glob("pip-*.whl")), None)


def make_venv():
    step([sys.executable, "-m", "venv", "--clear", "--without-pip", "--prompt", ROOT.name, str(NEW)])
    if wheel := bundled_pip():  # half the time of ensurepip, which compiles what is hardly used
        alone = surroundings.variables() | {"PIP_CONFIG_FILE": os.devnull}
        pip = [python(NEW), str(wheel / "pip"), "install", "-q", "--no-index", "--no-compile", str(wheel)]
        step(pip, env=alone)
    else:
        step([python(NEW), "-m", "ensurepip", "--default-pip"])


def install():
    """Install the lock with uv, which is faster, or else with pip; both check every hash."""
    uv_lock = NEW / "uv.txt"  # the lines about uv alone, so that pip checks the hash of uv as well
    uv_lock.write_text(re.search(r"^uv==(.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE).group())
    own = surroundings.variables() | surroundings.of_pip(run([python(NEW), "-m", "pip", "config", "list"])[1])
    pip = [python(NEW), "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    uv = [python(NEW), "-m", "uv", "pip", "install", "-q", "--python", python(NEW)]
    step(pip + [str(uv_lock)], env=own)
    try:  # copies: an edit here must not show in whatever else uv has installed from its cache
        step(uv + ["--link-mode", "copy", "--require-hashes", "-r", str(LOCK)], env=own)
    except Problem:
        say("uv did not install the packages; pip tries")
        step(pip + [str(LOCK)], env=own)


def point_to_the_course():
    """Lead Python to helpers and exercises by a relative line: ASCII, however the folder is called."""
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(NEW), "platbase": str(NEW)}))
    (packages / "softmax-notebooks.pth").write_text(os.path.relpath(ROOT, packages), encoding="ascii")


def quiet_jupyterlab():
    """No question about news and no look-up of updates when a lesson opens."""
    settings = NEW / "share/jupyter/lab/settings/overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(QUIET)


def settle():
    """Name the final place in the scripts; both names have one length, so that no offset in a file moves."""
    for path in [NEW / "pyvenv.cfg", *Path(python(NEW)).parent.iterdir()]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
            content = path.read_bytes()
            if os.fsencode(NEW.name) in content:
                path.write_bytes(content.replace(os.fsencode(NEW.name), os.fsencode(VENV.name)))


def swap():
    if VENV.exists():
        if is_in_use():
            raise Problem(IN_USE)
        move(VENV, OLD)
    move(NEW, VENV)


def make():
    """Make a new environment and put it in the place of the old one."""
    check_place()
    keep_originals()
    say("[1/3] Making .venv with Python", sys.version.split()[0])
    make_venv()
    say("[2/3] Installing what requirements.lock lists: about 200 MB, one to five minutes")
    install()
    point_to_the_course()
    quiet_jupyterlab()
    say("[3/3] Trying what the lessons import")
    step([python(NEW), "-P", "-c", TRIAL], cwd=NEW)
    settle()
    (NEW / "stamp").write_text(fingerprint(NEW))
    swap()
    say("Ready; the next time these steps are skipped")


def set_up(anew=False):
    """Make the environment if it is not ready, or in any case; whatever stops that, the old one stays."""
    with one_at_a_time():
        clear_up()
        if is_ready() and not anew:
            return
        try:
            make()
        except OSError as problem:
            raise Problem(f"{problem}. {meaning(str(problem)) or ''}".strip()) from None
        finally:
            clear_up()


# The commands


def commands():
    """From the name of each command to its help, in the order of the alphabet."""
    found = {"repair": "Make .venv anew, with the Python that runs this."}
    for path in sorted((ROOT / "backstage/commands").glob("[a-z]*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == "main" for part in module.body):
            found[path.stem] = ast.get_docstring(module).splitlines()[0]
    return dict(sorted(found.items()))


def repair():
    try:
        set_up(anew=True)
    except Problem as problem:
        stop(f"{problem}\nWhat was in .venv is as it was.")


def make_ready():
    """Set up if need be; where that fails and the old environment works, use it."""
    if is_ready():
        return
    try:
        set_up()
    except Problem as problem:
        say(problem)
        if not works(VENV):
            stop("Mend that and run the same command again.")
        say("The environment that was there works: it is kept and used.")


def seen_from(folder, argument):
    """A file or folder that is named from where the user stands, as it is named from the course's folder."""
    path = os.path.join(folder, argument.partition("::")[0])
    return argument if ROOT.samefile(folder) or not os.path.exists(path) else os.path.join(folder, argument)


def start(usage, name="", *arguments):
    """Run a command in the environment, which is made first if need be; return its exit code."""
    if name not in (known := commands()):
        stop("\n".join([usage, ""] + [f"  {name:10}{line}" for name, line in known.items()]), 2)
    surroundings.find_home()
    if name == "repair":
        return repair()
    make_ready()
    signal.signal(signal.SIGINT, lambda *_: None)  # from here Ctrl-C is for the command: wait for its end
    arguments = [seen_from(os.getcwd(), argument) for argument in arguments]
    with hold():
        command = [python(VENV), "-m", "backstage.commands", name, *arguments]
        return subprocess.call(command, cwd=ROOT, env=surroundings.variables(), close_fds=False)
