"""A process of its own for code that others wrote: bubblewrap around inside/start.py. They talk in JSON.

What runs inside sees what it needs of this Python, the lessons' helpers and data, and how a function is
called, all read-only, and an empty home that is gone afterwards. It has no network, no other process, no
file of anybody's, no right answer and no judge. When it ends, everything that was started in it ends.
"""

import contextlib
import functools
import json
import os
import platform
import re
import select
import shutil
import site
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from backstage import ROOT

from . import seccomp

COURSE = {  # what the sandbox shows of the course, and where
    ROOT / "helpers": "helpers",
    ROOT / "backstage/calling": "backstage/calling",
    ROOT / "backstage/grading/inside": "inside",
}
DATA = ROOT / "notebooks/data"
MEMORY = 3 * 1024**3  # bytes of all processes together: several times what a lesson needs
PROCESSES = 40  # and threads
FILES = 200 * 1024**2  # bytes in the home, in /tmp and in /dev/shm, each
NAMES = 10_000  # of files in each of these: what a name takes no size counts
HELD = 2**18  # bytes that the kernel may hold for one open file, pipe or socket: they count as memory
OPEN = 100  # such files of a process that does not let them be counted: start.py allows no more
REPLY = 2 * 1024**2  # bytes of one line; an honest one has under 100,000
START = 60  # seconds for an empty lesson, when nothing is in the system's cache yet
SLOW = 5  # times as long as a limit says it may take by the clock, where others have the cores
RUNNING = 2  # processes and threads that may want a core at the same time, and
BURST = 20  # seconds of cores that more of them may want in all
TICK = 0.1  # seconds between two looks at what the sandbox takes
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
    with start(*_runner(), text=True, **pipes) as test:
        try:
            answer, problem = test.communicate(json.dumps({"cells": [], "seconds": 1}), timeout=START)
        except subprocess.TimeoutExpired:
            test.kill()
            return f"it took more than {START} seconds"
    return "" if "end" in answer else problem.strip() or "it gave no answer"


def workers():
    """How many notebooks can be graded at once: as many as there are cores, and memory for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    available = psutil.virtual_memory().available
    with contextlib.suppress(OSError, ValueError):  # what a container may take is less than the machine has
        available = min(available, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return max(1, min(cores, available // MEMORY))


class Sandbox:
    """Use as a context: `say` sends a message, `hear` waits for one.

    Limits are in seconds of its own: what its processes computed, and what passed while none of them had to
    wait for a core. Other work on the machine costs a notebook nothing, unless it takes SLOW times as long.
    """

    def __init__(self):
        self.after, self.unread, self.looked = contextlib.ExitStack(), bytearray(), time.monotonic()
        self.seconds = self.burst = 0  # of its own, and of cores that too many wanted
        self.counts, self.places, self.is_overdue = {}, [], lambda: False

    def __enter__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        if TRUST in os.environ:
            folder = Path(self.after.enter_context(tempfile.TemporaryDirectory()))
            where = {"env": _without_sandbox(folder), "cwd": folder, "bufsize": 0}
            self.process = subprocess.Popen([sys.executable, folder / "inside/start.py"], **where, **pipes)
        else:
            self.process = start(*_runner(), bufsize=0, **pipes)
        for pipe in (self.process.stdin, self.process.stdout):
            os.set_blocking(pipe.fileno(), False)
        return self

    def __exit__(self, *_):
        self.process.kill()  # bubblewrap's first process dies with it, and with that one all others
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.after.close()

    def watch_files(self):
        """Count the names in its folders from now on: when Python runs there, and no student's code yet."""
        if TRUST in os.environ:
            return
        inside = psutil.Process(self.process.pid).children(recursive=True)[-1].pid
        for folder in ("tmp", "student", "dev/shm"):
            self.places.append(os.open(Path(f"/proc/{inside}/root", folder), os.O_RDONLY | os.O_DIRECTORY))
            self.after.callback(os.close, self.places[-1])

    def begin(self, seconds):
        """From now on, the student's: so many seconds for everything."""
        self.seconds, self.is_overdue = 0, self._out_of_time(seconds)

    def say(self, message, seconds):
        """Send a message. Raises Ended if it is not read in so many seconds, or where a limit is passed."""
        left = memoryview(json.dumps(message).encode() + b"\n")
        late = self._out_of_time(seconds)
        while left:
            self._keep_limits()
            if late():
                raise Ended("it did not listen")
            try:
                if select.select([], [self.process.stdin], [], TICK)[1]:
                    left = left[os.write(self.process.stdin.fileno(), left) :]
            except OSError:
                raise Ended("it ended by itself") from None

    def hear(self, seconds):
        """The next message. Raises Ended after so many seconds, or where a limit is passed."""
        late = self._out_of_time(seconds)
        while b"\n" not in self.unread:
            self._keep_limits()
            if late():
                raise Ended(f"it took more than {seconds:g} seconds")
            if select.select([self.process.stdout], [], [], TICK)[0]:
                more = os.read(self.process.stdout.fileno(), 1 << 20)
                if not more:
                    raise Ended("it ended by itself")
                self.unread += more
        line, _, self.unread = self.unread.partition(b"\n")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Ended("it sent what is no message")
        return message

    def _out_of_time(self, seconds):
        """A function that says whether more than so many seconds have passed since now."""
        until, by_the_clock = self.seconds + seconds, time.monotonic() + SLOW * seconds
        return lambda: self.seconds > until or time.monotonic() > by_the_clock

    def _keep_limits(self):
        if len(self.unread) > REPLY:
            raise Ended(f"it answered with more than {REPLY >> 20} MB")
        passed = time.monotonic() - self.looked
        if passed < TICK:
            return
        self.looked += passed
        memory, threads, counts = 0, 0, {}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may have ended by now
                threads += process.num_threads()
                memory += process.memory_info().rss + _held(process.pid)
                counts |= _counts(process.pid)
        self._keep_time(passed, counts)
        if self.is_overdue():
            raise Ended("its time is over")
        for place in map(os.fstatvfs, self.places):
            memory += (place.f_blocks - place.f_bfree) * place.f_frsize
            if place.f_files - place.f_ffree > NAMES:
                raise Ended(f"it made more than {NAMES:,} files")
        if threads > PROCESSES:
            raise Ended(f"it started more than {PROCESSES} processes and threads")
        if memory > MEMORY:
            raise Ended(f"it took more than {MEMORY >> 20} MB of memory")

    def _keep_time(self, passed, counts):
        computed, waited = (
            sum(max(0, now[i] - self.counts.get(task, (0, 0))[i]) for task, now in counts.items())
            for i in (0, 1)
        )
        self.counts = counts
        self.seconds += max(computed, passed - waited)
        self.burst = max(0, self.burst + computed + waited - RUNNING * passed)
        if self.burst > BURST:
            raise Ended("its processes and threads fight for cores")


def _held(process):
    """Bytes that a process has beside its resident ones, and what the kernel may hold for it, on Linux."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        kilobytes = re.findall(r"^(?:VmSwap|VmPTE|HugetlbPages):\s+(\d+)", status, re.MULTILINE)
        held = sum(map(int, kilobytes)) * 1024
    except OSError:
        return 0
    try:
        return held + len(os.listdir(f"/proc/{process}/fd")) * HELD
    except OSError:
        return held + OPEN * HELD


def _counts(process):
    """From each thread to its seconds on a core and its seconds of waiting for one, on Linux."""
    counts, tasks = {}, f"/proc/{process}/task"
    with contextlib.suppress(OSError):  # it may have ended by now, and each thread by itself
        for task in os.listdir(tasks):
            with contextlib.suppress(OSError, ValueError):
                computed, waited, _ = map(int, Path(tasks, task, "schedstat").read_text().split())
                counts[process, task] = computed / 1e9, waited / 1e9
    return counts


def start(*command, **pipes):
    """The process of a command in bubblewrap."""
    filter_, write = os.pipe()
    os.write(write, seccomp.program())
    os.close(write)
    whole = [*_cgroup(), *_bubblewrap(filter_), *command]
    try:
        return subprocess.Popen(whole, env=_for_systemd(), cwd="/", pass_fds=[filter_], **pipes)
    finally:
        os.close(filter_)


def _runner():
    most = str(2 * PROCESSES)  # that the kernel lets it start
    return sys.executable, "/course/inside/start.py", most


def _for_systemd():
    names = {"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"} & os.environ.keys()
    return {"PATH": os.defpath} | {name: os.environ[name] for name in names}


@functools.cache
def _cgroup():
    """What has systemd hold the command behind it in a cgroup, where the kernel counts all that it takes;
    nothing where systemd does not run for this user, as in most containers."""
    limits = {"MemoryMax": MEMORY, "MemorySwapMax": 0, "TasksMax": 2 * PROCESSES, "CPUQuota": f"{RUNNING}00%"}
    command = [shutil.which("systemd-run") or "", "--user", "--scope", "--quiet", "--collect"]
    command += [part for name, limit in limits.items() for part in ("-p", f"{name}={limit}")]
    try:
        subprocess.run([*command, "true"], env=_for_systemd(), capture_output=True, timeout=START, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return command


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
    shown = [(path, f"/course/{name}") for path, name in COURSE.items()] + [(DATA, "/student/data")]

    def binds(pairs):
        return [part for path, name in pairs for part in ("--ro-bind-try", str(path), name)]

    variables = _variables("/student", "/course").items()
    own = [part for name, value in variables for part in ("--setenv", name, value)]
    folders = ("/tmp", "/student")
    empty = [part for path in folders for part in ("--size", str(FILES), "--tmpfs", path)]
    hidden = ["--tmpfs", str(ROOT)]  # wherever it lies: it has the answers and the judge
    hidden += binds((path, str(path)) for path in _python())
    hidden += [part for path in _copies() for part in ("--tmpfs", str(path), "--remount-ro", str(path))]
    return [
        *(shutil.which("bwrap") or "bwrap", "--unshare-all", "--unshare-user", "--disable-userns"),
        *("--uid", "1000", "--gid", "1000"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", str(filter_)),
        *("--clearenv", *own),
        *("--proc", "/proc", "--remount-ro", "/proc"),  # root could write to /proc/sys
        *("--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero"),  # which gives memory that nobody counts
        *("--size", str(FILES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *(*binds((path, path) for path in system), *empty, *hidden, *binds(shown)),
        *("--remount-ro", str(ROOT), "--remount-ro", "/", "--chdir", "/student"),
    ]


def _python():
    """Of the folders that Python lies in, what it needs: a home may be one of them."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    binary = Path(sys.executable).resolve().parent.parent
    base, own = Path(sys.base_prefix), Path(sys.prefix)
    for prefix in sorted({binary, own, base, base.resolve()}):
        yield from prefix.glob("bin/python*")
        yield from [prefix / "lib" / version, prefix / "lib64" / version, prefix / "pyvenv.cfg"]
        yield from [prefix / "lib"] if (prefix / "conda-meta").is_dir() else prefix.glob("lib/libpython*")


def _copies():
    """Where the course is installed, its answers and its judge: for any Python that the sandbox shows."""
    folders = {*sys.path, *site.getsitepackages()} - {"", str(ROOT)}
    prefixes = "/usr", "/usr/local", sys.base_prefix, sys.prefix
    folders |= {str(path) for prefix in prefixes for path in Path(prefix).glob("lib*/python3*/*-packages")}
    packages = sorted(Path(folder, name) for folder in folders for name in ("backstage", "exercises"))
    return [package for package in packages if (package / "__init__.py").is_file()]


def _without_sandbox(folder):
    """The same files in a folder, and the same environment, for those who trust."""
    for path, name in COURSE.items():
        shutil.copytree(path, folder / name)
    if DATA.is_dir():
        shutil.copytree(DATA, folder / "data")
    return os.environ | _variables(folder, folder)
