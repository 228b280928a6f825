"""The environment in `.venv`, made anew when requirements.lock or its Python has changed.

Meanwhile the old one waits in `.vold`, and comes back unless the new one was finished, whatever the reason.
The standard library alone, for this runs before anything is installed.
"""

import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from backstage import ROOT

from . import copies, handout

if os.name == "nt":
    import msvcrt
else:
    import fcntl

COMMANDS = "backstage.commands"  # each module of that package is a command of run.py
VENV, OLD, SETUP_LOCK, LOCK = (ROOT / name for name in [".venv", ".vold", ".venv.lock", "requirements.lock"])
STAMP = VENV / "stamp"  # written last: an environment that has it is finished
IN_USE = VENV / "pyvenv.cfg"  # locked while a command runs from .venv
PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
QUIET = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'
TRIAL = (  # what lessons import is imported; what starts them has to be there
    "from helpers import check, sliders; import sklearn, threadpoolctl, importlib.util as i;"
    "assert all(map(i.find_spec, ['ipykernel', 'jupyterlab', 'nbclient', 'pytest'])), 'a package is missing'"
)
CLOSE_IT = "A lesson or a command still runs from .venv. Close it (in JupyterLab: File, Shut Down)."
KNOWN_ERRORS = {  # from what a step prints to what it means, where its own words do not say that
    r"dns error|error sending request|onnection ?(refused|error|reset)|new connection|timed out|ProxyError"
    r"|[Nn]etwork (is unreachable|connectivity|was disabled)|SSLError": "Check the network, or the proxy.",
    r"No module named '?ensurepip": "On Debian and Ubuntu: apt install python3-venv",
    r"Errno 17\b": "Delete it, or give it another name: it is not a folder.",
    r"Errno (1|13|30)\b": "If it belongs to another user, make a copy of the course that is yours.",
    r"WinError (5|32)\b": CLOSE_IT,  # Windows renames no folder from which a program runs
}
say = functools.partial(print, file=sys.stderr, flush=True)
REDIRECTS = re.compile(  # what decides which code runs and where packages go, but not where they come from
    r"(PIP|UV)_(?!.*(INDEX|LINKS|HOST|CERT|TLS|PROXY|TIMEOUT|RETRIES|CACHE|CONCURRENT|OFFLINE|KEYRING|CONFIG_F))"
    r"|PYTHON(?!FAULTHANDLER|HASHSEED|IOENCODING|PYCACHEPREFIX|UNBUFFERED|UTF8)|PYTEST_|JUPYTER_GATEWAY_"
    r"|(__PYVENV_LAUNCHER__|JUPYTER_PATH|JUPYTERLAB_DIR|MATPLOTLIBRC|MPLBACKEND)$"
)


def variables(user=os.environ):
    """Return the user's variables without those that redirect an installation or an import."""
    ours = {"JUPYTER_PREFER_ENV_PATH": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    ours["PIP_USER"] = "0"  # pip.conf may say otherwise
    return {name: value for name, value in user.items() if not REDIRECTS.match(name)} | ours


def run(*command, cwd=ROOT):
    """Run a program, with our locks; return what it prints, or raise that as an OSError if it fails."""
    done = subprocess.run(command, cwd=cwd, env=variables(), close_fds=False, capture_output=True, input=b"")
    printed = (done.stdout + done.stderr).decode(errors="replace").strip()
    if done.returncode != 0:
        raise OSError(printed)
    return printed


def lock(file, shared=False):
    """Return whether no other process has locked the file; a file system without locks makes nobody wait."""
    os.set_inheritable(file.fileno(), True)  # what runs on when run.py is killed still has the lock
    try:
        if os.name != "nt":
            fcntl.flock(file, fcntl.LOCK_NB | (fcntl.LOCK_SH if shared else fcntl.LOCK_EX))
        elif not shared:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True


def fingerprint():
    """Return one number for all that an environment is made from: the lock, the place, its own Python."""
    version = run(PYTHON, "-I", "-S", "-c", "import sys; print(sys.version)")
    return hashlib.sha256(LOCK.read_bytes() + os.fsencode(VENV) + version.encode()).hexdigest()


def is_ready():
    try:
        return STAMP.read_text() == fingerprint()
    except OSError:
        return False


def restore():
    """Put back what an unfinished set-up has moved aside; delete what a finished one has replaced."""
    if OLD.exists() and not STAMP.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        OLD.rename(VENV)
    OLD.unlink() if OLD.is_symlink() else shutil.rmtree(OLD, ignore_errors=True)


def move_aside():
    """Move .venv to .vold, unless a command runs from it or it belongs to another user."""
    VENV.mkdir(exist_ok=True)  # the folder aside says that a set-up is unfinished, so there has to be one
    VENV.chmod(VENV.stat().st_mode)  # its owner alone may
    if IN_USE.exists():
        with open(IN_USE) as mark:
            if not lock(mark):
                raise OSError(CLOSE_IT)
    VENV.rename(OLD)


def install():
    """Install the lock with uv, which is faster, or else with pip; both check every hash."""
    uv_lock = VENV / "uv.txt"  # the lines about uv alone, so that pip checks the hash of uv as well
    uv_lock.write_text(re.search(r"^uv==(.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE).group())
    options = ["install", "-q", "--no-deps", "--require-hashes", "-r"]  # pip refuses what asks for an extra
    run(PYTHON, "-m", "pip", *options, uv_lock)
    try:  # copies: an edit here must not show in whatever else uv has installed from its cache
        run(PYTHON, "-m", "uv", "pip", *options, LOCK, "--python", PYTHON, "--link-mode", "copy")
    except OSError as error:
        say(f"{error}\nuv did not install the packages; pip tries")
        run(PYTHON, "-m", "pip", *options, LOCK)


def make():
    """Make the environment where it stays, since its scripts hold their path."""
    say("[1/3] Making .venv with Python", sys.version.split()[0])
    run(sys.executable, "-m", "venv", "--without-pip", "--prompt", ROOT.name, VENV)
    run(PYTHON, "-m", "ensurepip", "--default-pip")
    say("[2/3] Installing what requirements.lock lists: about 200 MB, one to five minutes")
    install()
    packages = next(VENV.glob("[Ll]ib/**/site-packages"))
    # from there to the course by a relative line: ASCII, however the folder is called
    (packages / "softmax-notebooks.pth").write_text(os.path.relpath(ROOT, packages), encoding="ascii")
    settings = VENV / "share/jupyter/lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(QUIET)  # no question about news, no look-up of updates
    say("[3/3] Trying what the lessons import")
    run(PYTHON, "-P", "-c", TRIAL, cwd=VENV)  # where nothing else leads to the course
    copies.replace({STAMP: fingerprint().encode()})  # whole or not at all: on a full disk it would stay empty
    say("Ready; the next time these steps are skipped")


def set_up(anew):
    """Make the environment if it is not ready, or in any case; whatever stops that, the old one stays."""
    with open(SETUP_LOCK, "a") as file:
        if not lock(file):
            say("Another set-up is at work in this folder: waiting for it")
            while not lock(file):
                time.sleep(0.2)
        restore()
        if anew or not is_ready():
            if not (ROOT / copies.ORIGINALS).exists() and not VENV.exists():
                copies.remember(handout.files(ROOT))  # for `fresh` and `update`, before a lesson is opened
            move_aside()
            try:
                make()
            finally:
                restore()


def prepare(anew):
    """Set up if need be; where that fails and the old environment works, use that."""
    try:
        if anew or not is_ready():
            set_up(anew)
    except OSError as error:
        meanings = [known for pattern, known in KNOWN_ERRORS.items() if re.search(pattern, str(error))]
        say("\n".join([str(error), *meanings[:1]]))
        if anew:
            sys.exit("What was in .venv is as it was.")
        try:
            run(PYTHON, "-P", "-c", TRIAL, cwd=VENV)
        except OSError:
            sys.exit("Mend that and run the same command again.")
        say("The environment that was there works: it is kept and used.")


def commands():
    """Return the help of each command by its name, in the order of the alphabet."""
    modules = (ROOT / COMMANDS.replace(".", "/")).glob("[a-z]*.py")
    known = {path.stem: path.read_text("utf-8").split('"""')[1] for path in modules}
    known["repair"] = "Make .venv anew, with the Python that runs this."
    return {name: known[name].splitlines()[0] for name in sorted(known)}


def start(usage, name="", *arguments):
    """Run a command in the environment, which is made first if need be; return its exit code."""
    if name not in (known := commands()):
        say("\n".join([usage, ""] + [f"  {name:10}{line}" for name, line in known.items()]))
        return 2
    home = tempfile.TemporaryDirectory(prefix="softmax-", ignore_cleanup_errors=True)
    if not os.access(Path.home(), os.W_OK | os.X_OK):
        say(f"{Path.home()} cannot be written: what Jupyter stores there is not kept.")
        os.environ.update(dict.fromkeys(["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"], home.name))
    prepare(name == "repair")
    if name == "repair":
        return 0
    signal.signal(signal.SIGINT, lambda *_: None)  # from here Ctrl-C is for the command: wait for its end
    if not ROOT.samefile("."):  # a file is named from where the user stands, and the command runs in ROOT
        arguments = [os.path.abspath(a) if os.path.exists(a.partition("::")[0]) else a for a in arguments]
    with home, open(IN_USE) as mark:
        lock(mark, shared=True)
        command = [PYTHON, "-m", COMMANDS, name, *arguments]
        return subprocess.call(command, cwd=ROOT, env=variables(), close_fds=False)
