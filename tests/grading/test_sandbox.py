"""What the sandbox bounds, counts and shows, tried by cells that want more."""

import ast
import contextlib
import errno
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import psutil
import pytest

from backstage.grading import engine, sandbox, seccomp
from backstage.lessons import cells_of
from conftest import NOTEBOOKS, ROOT

pytestmark = [pytest.mark.infrastructure, pytest.mark.usefixtures("sandboxed")]


def said(*cells):
    """The flags and the errors of these cells, and for how many seconds they ran."""
    started = time.monotonic()
    talk = engine.run(list(cells), {}, 60)
    errors = [f"{error['type']}: {error['message']}" for error in talk.errors]
    return " ".join([*talk.flags, *errors]), time.monotonic() - started


def inside(program):
    """What a program prints in the sandbox."""
    return sandbox.start(sys.executable, "-c", program, stdout=subprocess.PIPE, text=True).communicate()[0]


@contextlib.contextmanager
def kernel_memory():
    """A list that ends with the most bytes that the kernel's own objects took more than before."""
    done, most = threading.Event(), [0]

    def slab():
        return 1024 * int(Path("/proc/meminfo").read_text().split("Slab:")[1].split()[0])

    def watch():
        while not done.wait(0.05):
            most.append(max(most[-1], slab() - before))

    before, thread = slab(), threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


NAMED = [(folder, "mknod({})") for folder in ("/tmp", "/student", "/dev/shm")]
NAMED += [("/tmp", make) for make in ("mkdir({})", "mkfifo({})", "symlink('x' * 200, {})", "link(one, {})")]


@pytest.mark.parametrize("folder, make", NAMED)
def test_names_without_content_are_counted(folder, make):
    cell = f"import os\none = '{folder}/one'\nopen(one, 'w').close()\nfor i in range(10**6):\n"
    with kernel_memory() as most:
        text, seconds = said(f"{cell}    name = f'{folder}/{{i:0230}}'\n    os.{make.format('name')}")
    assert "more than 10,000 files" in text and seconds < 20
    assert most[-1] < 400 * 2**20, f"{most[-1] >> 20} MB"


START = "import subprocess, sys, time\nfor _ in range({}):\n    subprocess.Popen({})\n"
BUSY_SHELL, SLEEP = "['sh', '-c', 'while :; do :; done']", "time.sleep(60)"
FULL = "import os, socket, time\nkeep = []\nfor _ in range(40):\n    keep += {}\n    end = keep[-1]\n"
FULL += "    os.set_blocking(end, False)\n    try:\n        while True: os.write(end, bytes(4096))\n"
FULL += "    except BlockingIOError: pass\nprint(flush=True)\ntime.sleep(60)"
SOCKETS = "[s.detach() for s in socket.socketpair()]"


def children(n, program):
    """Each starts when the one before is full: all at once, they would fight for cores on a busy machine."""
    command = f"[sys.executable, '-S', '-c', {program!r}], stdout=subprocess.PIPE"
    return START.format(n, command).rstrip() + ".stdout.readline()\n" + SLEEP


@pytest.mark.parametrize(
    "cell, told",
    [
        (START.format(60, "['sleep', '60']") + SLEEP, "more than 40 processes and threads"),
        (START.format(38, BUSY_SHELL) + SLEEP, "its processes and threads fight for cores"),
        (children(30, FULL.format("os.pipe()")), "more than 800 MB of memory"),
        (children(30, FULL.format(SOCKETS)), "more than 800 MB of memory"),
        (f"import time\nhog = [bytearray(2**20) for _ in range(1200)]\n{SLEEP}",
         "more than 800 MB of memory"),
    ],
)  # fmt: skip
def test_what_takes_too_much_is_ended_with_a_sentence(cell, told, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 800 * 2**20)
    text, seconds = said(cell)
    assert "a cell was left out: it" in text and told in text and seconds < 30, text


FIRST = "import os\nfirst = max(map(int, os.listdir('/proc/self/fd')))"  # where later files begin
COUNT = "import ctypes, os, socket\nlibc, n, keep = ctypes.CDLL(None), 0, []\ntry:\n    while n < 10**4:\n"
COUNT += "        {}\n        n += 1\nexcept (OSError, AssertionError): pass\n"
COUNT += "os.closerange(first, 200)\nraise ValueError(n)"
MOST = {  # what a call takes from the kernel, and how often it may
    "assert not libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p()))": 200,
    "keep.append(os.pipe())": 50,
    "keep.append(socket.socketpair())": 50,
    "assert libc.timerfd_create(1, 0) >= 0": 100,
    "assert libc.epoll_create1(0) >= 0": 100,
    "assert libc.eventfd(0, 0) >= 0": 100,
    "assert libc.setsid() >= 0": 0,
    "socket.socket()": 0,
    "os.memfd_create('x')": 0,
    "assert libc.inotify_init() >= 0": 0,
    "assert libc.unshare(0x10000000) == 0": 0,
}


def test_of_what_the_kernel_keeps_there_is_little():
    text, _ = said(FIRST, *map(COUNT.format, MOST))
    for number, (take, most) in zip(re.findall(r"ValueError: (\d+)", text), MOST.items(), strict=True):
        assert most * 0.4 <= int(number) <= most, (take, text)


BUSY = "import time\nend = time.process_time() + 1\nwhile time.process_time() < end: pass\n"
BUSY += "raise ValueError('done')"


def test_who_waits_for_a_core_is_not_stopped(monkeypatch):
    """On one core, beside three processes that never pause, a second of computing takes 4 of the clock."""
    monkeypatch.setattr(engine, "CELL", 3)
    monkeypatch.setattr(engine, "DEAF", 0.5)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    endless = ["sh", "-c", "while :; do :; done"]
    others = [subprocess.Popen(endless, start_new_session=True) for _ in range(3)]
    try:
        text, seconds = said(BUSY)
    finally:
        os.sched_setaffinity(0, cores)
        for other in others:
            other.kill()
            other.wait()
    assert text == "ValueError: done" and seconds > 3 + 0.5, (text, seconds)


def test_a_process_that_ends_while_it_is_looked_at_is_nobodys_fault():
    """Otherwise the watcher fails, and with it the grading of whoever starts processes."""
    shell = subprocess.Popen(["sh", "-c", "while :; do /bin/true & /bin/true & /bin/true; done"])
    looks, until = 0, time.monotonic() + 3
    try:
        while time.monotonic() < until:
            for process in psutil.Process(shell.pid).children():
                sandbox._held(process.pid)
                sandbox._counts(process.pid)
                looks += 1
    finally:
        shell.kill()
        shell.wait()
    assert looks > 20


def test_who_only_sleeps_is_stopped_by_the_clock(monkeypatch):
    monkeypatch.setattr(engine, "CELL", 2)
    text, seconds = said("import time\ntime.sleep(60)")
    assert "a cell was stopped after 2 seconds" in text and seconds < 10


@pytest.mark.parametrize("slow", [1, engine.TRIES])
def test_a_slow_start_is_nobodys_fault(slow, monkeypatch):
    """No cell is blamed, and the result is not kept."""
    runner, starts = sandbox._runner, []

    def sometimes():
        starts.append(1)
        is_slow = len(starts) <= slow
        monkeypatch.setattr(engine, "START", 0.5 if is_slow else sandbox.START)
        return ("/bin/sleep", "60") if is_slow else runner()

    monkeypatch.setattr(sandbox, "_runner", sometimes)
    source = "my_ratio = lambda z, i, j: __import__('numpy').exp(z[i] - z[j])"
    book = f'{{"cells": [{{"cell_type": "code", "source": ["{source}"]}}]}}'
    (result,) = engine.grade(book.encode())
    assert result["again"] and not result.get("errors")
    if slow == 1:
        assert result["exercises"]["ratio"]["points"] and not any("left out" in f for f in result["flags"])
    else:
        assert "did not start" in result["problem"]


def test_no_cell_runs_before_its_files_are_counted(monkeypatch):
    """Else a cell that ends at once on a busy machine would be a mistake of the grader's."""
    watch = sandbox.Sandbox.watch_files
    monkeypatch.setattr(sandbox.Sandbox, "watch_files", lambda self: time.sleep(1) or watch(self))
    assert said("import os\nos._exit(0)")[0].startswith("a cell was left out: it ended by itself")


@pytest.fixture
def packages():
    """A folder among what the sandbox shows of Python, which is deleted afterwards."""
    folder = Path(sysconfig.get_paths()["purelib"]) / "for-a-test-packages"
    yield folder
    shutil.rmtree(folder)


def test_a_copy_of_the_course_that_was_installed_is_hidden(packages, monkeypatch):
    for name in ("backstage", "exercises", "other"):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text("")
    names = [str(packages / name) for name in ("backstage", "exercises", "other")]
    monkeypatch.setattr(sandbox.site, "getsitepackages", lambda: [str(packages)])
    assert inside(f"import os; print([*map(os.listdir, {names})])") == "[[], [], ['__init__.py']]\n"


def test_so_is_one_of_the_python_below_this_one(tmp_path, monkeypatch):
    folder = tmp_path / "lib/python3.11/site-packages/exercises"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert folder in sandbox._copies()


def test_a_home_around_python_is_not_read(tmp_path, monkeypatch):
    secrets = [".ssh/id", "share/keyrings/login", "lib/secret/token", "bin/own", "token", "include/x"]
    version = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/os.py"
    for name in (*secrets, version):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("secret")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    names = [str(tmp_path / name) for name in (*secrets, version)]
    assert inside(f"import os; print([os.path.exists(n) for n in {names}])") == f"{[False] * 6 + [True]}\n"


def test_bubblewrap_is_started_where_it_was_found(tmp_path, monkeypatch):
    (tmp_path / "bwrap").symlink_to(shutil.which("bwrap"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "defpath", str(tmp_path / "nothing"))
    sandbox._cgroup()
    assert inside("print('started')") == "started\n"


def test_calls_that_nobody_needs_are_refused():
    """By the kernel, for each of them: a number and a call with nothing asked for."""
    which = [*seccomp.MACHINES].index(platform.machine())
    numbers = [numbers[which] for numbers in seccomp.REFUSED.values()]
    program = f"""if True:
        import ctypes, mmap
        libc = ctypes.CDLL(None, use_errno=True)
        answers = [(libc.syscall(number, 0, 0, 0, 0), ctypes.get_errno()) for number in {numbers}]
        print(set(answers), len(mmap.mmap(-1, 4096, mmap.MAP_PRIVATE)))
        mmap.mmap(-1, 4096, mmap.MAP_SHARED)
        print("shared")"""
    assert inside(program) == f"{{(-1, {errno.EPERM})}} 4096\n"


def test_the_sandbox_shows_nothing_of_the_machine():
    hidden = [
        "/etc/passwd",
        "/sys",
        "/var",
        str(Path.home() / ".ssh"),
        *map(str, [ROOT / "exercises", ROOT / "tests"]),
    ]
    fixed = ["/proc/sys/vm/swappiness", "/proc/self/comm", "/usr/lib", "/course", "/dev", "/", sys.prefix]
    program = (
        f"import os; print([p for p in {hidden} if os.path.exists(p)], "
        f"[p for p in {fixed} if os.access(p, os.W_OK)], len(os.listdir('/proc/self/fd')) > 4)"
    )
    assert inside(program) == "[] [] False\n"


def test_limits_hold_while_a_message_waits(monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 2**29)
    cells = ["hog = [bytearray(2**20) for _ in range(1200)]"]
    with sandbox.Sandbox() as hog:
        hog.say({"cells": cells, "seconds": 60}, 10)
        with pytest.raises(sandbox.Ended, match="of memory"):
            hog.say({"more than a pipe holds": "x" * 10**6}, 20)


def test_a_python_that_does_not_start_in_the_sandbox_is_told(monkeypatch):
    """And no class gets 0 points for it."""
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.sys, "executable", "/nowhere/python")
        assert "/nowhere/python" in (why := sandbox.prepare()) and "Python does not start in it" in why
    monkeypatch.delitem(sandbox.COURSE, ROOT / "backstage/calling")
    assert "Python does not start in it" in sandbox.prepare()


@pytest.mark.parametrize(
    "printed, sentence",
    [
        ("bwrap: Unknown option --disable-userns", "a newer bubblewrap"),
        ("bwrap: No permissions to create new namespace", "an administrator must allow it"),
    ],
)
def test_a_bubblewrap_that_refuses_is_quoted(monkeypatch, printed, sentence):
    refuses = ["sh", "-c", f"echo '{printed}' >&2; exit 1"]
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda _: refuses)
    assert printed in (why := sandbox.prepare()) and sentence in why


def is_ours(node):
    return isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("helpers", "exercises")


def test_what_lessons_import_is_there_under_grading():
    """Or its first cell would raise, and whatever needs the rest of that cell after it."""
    code = [source for path in NOTEBOOKS for source in engine.sources(cells_of(path.read_bytes()))]
    lines = {ast.unparse(node) for source in code for node in ast.walk(ast.parse(source)) if is_ours(node)}
    assert len(lines) > 5
    lines = [*sorted(lines), "from exercises import check"]  # which earlier versions have
    lines += ["from helpers.sliders import drawing, explore", "explore(None, None, digit=drawing(32, 32))"]
    start = "import sys; sys.path[0:0] = ['/course/inside']; import silent; silent.install(lambda *_: None)"
    assert inside("\n".join([start, *lines, "print('all there')"])) == "all there\n"
