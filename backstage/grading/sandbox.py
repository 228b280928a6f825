"""A process of its own for code that others wrote: bubblewrap around inside/run.py. They talk in JSON.

What runs inside sees this Python, the lessons' helpers and data, the time limit and what runs a check, all
read-only, and an empty home that is gone afterwards. It has no network, no other process, no file of
anybody's, no right answer and no judge. When the sandbox ends, everything that was started in it ends.
"""

import contextlib
import json
import os
import platform
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from backstage import ROOT

from . import seccomp

INSIDE = ROOT / "backstage/grading/inside"
COURSE = {  # what is in the sandbox of the course, and where; what comes later lies over what is there
    ROOT / "helpers": "helpers",
    INSIDE / "helpers/plots.py": "helpers/plots.py",  # under grading nothing is drawn
    INSIDE / "helpers/sliders.py": "helpers/sliders.py",
    ROOT / "backstage/calling/limits.py": "backstage/calling/limits.py",
    INSIDE / "exercises": "exercises",
    ROOT / "backstage/calling/log.py": "backstage/calling/log.py",
    INSIDE / "run.py": "run.py",
    INSIDE / "wire.py": "wire.py",
}
DATA = ROOT / "notebooks/data"
MEMORY = 3 * 1024**3  # bytes of all processes together: several times what a lesson needs
PROCESSES = 40  # and threads
FILES = 200 * 1024**2  # bytes in the home, in /tmp and in /dev/shm, each
REPLY = 10 * 1024**2  # bytes of one line; an honest one has under 100,000
START = 60  # seconds for an empty lesson, when nothing is in the system's cache yet
TICK = 0.1  # seconds between two looks at memory and processes
RISK = "With --trust-students notebooks run as you do, and can do whatever you can."
TRUST = "SOFTMAX_TRUST_STUDENTS"  # in the environment, for the processes that grade in parallel


class Ended(Exception):
    """The sandbox ended, or was ended, before it answered. The message says why."""


def prepare(trusting=False):
    """None if notebooks can be run, or why not and what would help. trusting: run them without a sandbox."""
    os.environ.pop(TRUST, None)
    if trusting and os.name == "nt":  # its select knows no pipes
        return "Windows has no --trust-students: grade in the container that TEACHING.md describes."
    if trusting:
        os.environ[TRUST] = "1"
        return None
    if not shutil.which("bwrap"):
        return (
            "Notebooks run in a sandbox made by bubblewrap, which is missing. Debian, Ubuntu: apt install "
            "bubblewrap. It exists for Linux alone: on macOS and Windows, grade in the container that "
            f"TEACHING.md describes. {RISK}"
        )
    if platform.machine() not in seccomp.MACHINES:
        return f"The sandbox knows the system calls of {' and '.join(seccomp.MACHINES)} alone. {RISK}"
    if not (problem := _problem()):
        return None
    if "Unknown option" in problem:
        return f"This takes a newer bubblewrap, 0.8 at least: {problem}. {RISK}"
    if not problem.startswith("bwrap: ") or "execvp" in problem:
        return f"bubblewrap makes a sandbox, but Python does not start in it: {problem}. {RISK}"
    return (
        f"bubblewrap makes no sandbox here: {problem}. Where ordinary users may make no "
        "namespaces (Ubuntu from 24.04 on), an administrator must allow it: by an AppArmor profile for "
        "/usr/bin/bwrap with the rule `userns,`, or by "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0. A container needs the options that "
        f"TEACHING.md gives it. {RISK}"
    )


def _problem():
    """What is said where an empty lesson is run in the sandbox; "" if that works."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(sys.executable, "/course/run.py", text=True, **pipes) as test:
        try:
            answer, problem = test.communicate(json.dumps({"cells": [], "seconds": 1}), timeout=START)
        except subprocess.TimeoutExpired:
            test.kill()
            return f"it took more than {START} seconds"
    return "" if "end" in answer else problem.strip() or "it gave no answer"


class Sandbox:
    """Use as a context: `say` sends a message, `hear` waits for one."""

    def __enter__(self):
        self.after = contextlib.ExitStack()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        if TRUST in os.environ:
            folder = Path(self.after.enter_context(tempfile.TemporaryDirectory()))
            where = {"env": _without_sandbox(folder), "cwd": folder}
            self.process = subprocess.Popen([sys.executable, folder / "run.py"], bufsize=0, **where, **pipes)
        else:
            self.process = start(sys.executable, "/course/run.py", bufsize=0, **pipes)
        for pipe in (self.process.stdin, self.process.stdout):
            os.set_blocking(pipe.fileno(), False)
        self.unread, self.looked = bytearray(), 0
        return self

    def __exit__(self, *_):
        self.process.kill()  # bubblewrap's first process dies with it, and with that one all others
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.after.close()

    def say(self, message, seconds):
        """Send a message. Raises Ended if it is not read in so many seconds, or where a limit is passed."""
        left, until = memoryview(json.dumps(message).encode() + b"\n"), time.monotonic() + seconds
        while left:
            self._keep_limits()
            if time.monotonic() > until:
                raise Ended("it did not listen")
            try:
                if select.select([], [self.process.stdin], [], TICK)[1]:
                    left = left[os.write(self.process.stdin.fileno(), left) :]
            except OSError:
                raise Ended("it ended by itself") from None

    def hear(self, seconds):
        """The next message. Raises Ended after so many seconds, or where a limit is passed."""
        until = time.monotonic() + seconds
        while b"\n" not in self.unread:
            self._keep_limits()
            if select.select([self.process.stdout], [], [], TICK)[0]:
                more = os.read(self.process.stdout.fileno(), 1 << 20)
                if not more:
                    raise Ended("it ended by itself")
                self.unread += more
            if time.monotonic() > until:
                raise Ended(f"it took more than {seconds:g} seconds")
        line, _, self.unread = self.unread.partition(b"\n")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Ended("it sent what is no message")
        return message

    def _keep_limits(self):
        if len(self.unread) > REPLY:
            raise Ended(f"it answered with more than {REPLY >> 20} MB")
        if time.monotonic() - self.looked < TICK:
            return
        memory = threads = 0
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may have ended by now
                threads += process.num_threads()
                memory += process.memory_info().rss
        if threads > PROCESSES:
            raise Ended(f"it started more than {PROCESSES} processes and threads")
        if memory > MEMORY:
            raise Ended(f"it took more than {MEMORY >> 20} MB of memory")
        self.looked = time.monotonic()


def start(*command, **pipes):
    """The process of a command in bubblewrap."""
    filter_, write = os.pipe()
    os.write(write, seccomp.program())
    os.close(write)
    env = {"PATH": os.defpath}
    try:
        return subprocess.Popen(
            [*_bubblewrap(filter_), *command], env=env, cwd="/", pass_fds=[filter_], **pipes
        )
    finally:
        os.close(filter_)


def _variables(home, course):
    return {
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(course),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",  # as many processes as cores run already
        "OMP_NUM_THREADS": "1",
    }


def _bubblewrap(filter_):
    """bubblewrap, with what it shows of this machine and the filter that it reads; the command follows."""
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"]
    system += [sys.base_prefix, sys.prefix]
    shown = [(path, f"/course/{name}") for path, name in COURSE.items()] + [(DATA, "/student/data")]

    def binds(pairs):
        return [part for path, name in pairs for part in ("--ro-bind-try", str(path), name)]

    variables = _variables("/student", "/course").items()
    own = [part for name, value in variables for part in ("--setenv", name, value)]
    folders = ("/tmp", "/student")
    empty = [part for path in folders for part in ("--size", str(FILES), "--tmpfs", path)]
    hidden = ["--tmpfs", str(ROOT)]  # wherever it lies: it has the answers and the judge
    if Path(sys.prefix).is_relative_to(ROOT):
        hidden += binds([(sys.prefix, sys.prefix)])
    return [
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", str(filter_)),
        *("--clearenv", *own),
        *("--proc", "/proc", "--remount-ro", "/proc"),  # root could write to /proc/sys
        *("--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero"),  # which gives memory that nobody counts
        *("--size", str(FILES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *(*binds((path, path) for path in system), *empty, *hidden, *binds(shown)),
        *("--remount-ro", str(ROOT), "--remount-ro", "/", "--chdir", "/student"),
    ]


def _without_sandbox(folder):
    """The same files in a folder, and the same environment, for those who trust."""
    for path, name in COURSE.items():
        copy = shutil.copytree if path.is_dir() else shutil.copy
        (folder / name).parent.mkdir(exist_ok=True)
        copy(path, folder / name)
    if DATA.is_dir():
        shutil.copytree(DATA, folder / "data")
    return os.environ | _variables(folder, folder)
