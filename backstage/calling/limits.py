"""A limit for a call that may never end: checks, sliders and grading share it. The standard library alone."""

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from functools import partial

REPEAT_EVERY = 0.05  # seconds; a signal is lost where Python's stack has no room to handle it, so they go on
TOOL = 4  # a free number among those of sys.monitoring: 0 to 2 and 5 have owners


class TooSlow(BaseException):
    """Not an Exception: `except Exception` in the function that runs must not catch it."""


def limited(call, seconds):
    """What `call()` returns. If that takes longer, TooSlow is raised inside it, past every `except:` there.

    What is stopped is Python code: a single long call of NumPy ends first. Before Python 3.12, only the main
    thread can be interrupted; elsewhere the call runs without a limit.
    """
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer"):
        return _by_alarm(call, seconds)
    if hasattr(sys, "monitoring"):
        return _by_watching(call, seconds)
    return _by_interrupt(call, seconds) if main else call()


def _by_alarm(call, seconds):
    set_timer = partial(signal.setitimer, signal.ITIMER_REAL)
    timer = signal.getitimer(signal.ITIMER_REAL)
    start, stop = partial(set_timer, seconds, REPEAT_EVERY), partial(set_timer, 0)
    try:
        counts = os.open("/proc/self/schedstat", os.O_RDONLY)
    except OSError:  # not every system has it
        counts = None
    try:
        end = time.monotonic() + seconds - (_waited(counts) if counts else 0)
        return _until(signal.SIGALRM, call, start, stop, counts=counts, end=end)
    finally:
        set_timer(*timer)
        with contextlib.suppress(OSError, TypeError):
            os.close(counts)


def _waited(counts):
    """For how many seconds so far the main thread could have run and had no core."""
    return int(os.pread(counts, 99, 0).split()[1]) / 1e9


def _by_interrupt(call, seconds):
    """For Windows, which has no timer: a thread presses the stop button, and says that it did."""
    pressed, done = threading.Event(), threading.Event()

    def press():
        wait = seconds
        while not done.wait(wait):
            pressed.set()
            _thread.interrupt_main()
            wait = REPEAT_EVERY

    def stop():
        done.set()
        thread.join()

    thread = threading.Thread(target=press, daemon=True)
    return _until(signal.SIGINT, call, thread.start, stop, is_ours=pressed.is_set)


def _until(number, call, start, stop, is_ours=lambda: True, counts=None, end=0):
    """Call it until the signal comes, unless that comes too early or is somebody else's."""
    fired = has_ended = False

    def on_signal(_, frame):
        nonlocal fired
        if has_ended:
            return
        if not is_ours():
            return (before if callable(before) else signal.default_int_handler)(number, frame)
        if counts:
            try:  # what _waited says: here there may be no room on the stack for a call of it
                late = time.monotonic() - end - int(os.pread(counts, 99, 0).split()[1]) / 1e9
            except (OSError, ValueError, IndexError):  # the call closed it
                late = 0
            if late < -REPEAT_EVERY:
                return
        fired = True
        # The error may land in a bare `except:`, so the same signal is left for Python's next step. `map`
        # leaves it, for it is unpacked in C; after a call of our own, Python would look for signals here.
        [*map(_thread.interrupt_main, [number])]
        raise TooSlow

    before = signal.signal(number, on_signal)
    try:
        start()
        result = call()
    finally:
        has_ended = True
        stop()
        signal.signal(number, before)
    if fired:
        raise TooSlow
    return result


def _by_watching(call, seconds):
    """For a browser, which has neither signals nor threads: look at the clock at each jump and call."""
    watch, me, end = sys.monitoring, threading.get_ident(), time.perf_counter() + seconds
    if watch.get_tool(TOOL):
        return call()  # inside a call that is watched already

    def look(*_):
        if time.perf_counter() > end and threading.get_ident() == me:
            raise TooSlow

    watch.use_tool_id(TOOL, "limited")
    try:
        for event in (watch.events.JUMP, watch.events.PY_START):
            watch.register_callback(TOOL, event, look)
        watch.set_events(TOOL, watch.events.JUMP | watch.events.PY_START)
        result = call()
    finally:
        watch.set_events(TOOL, 0)
        watch.free_tool_id(TOOL)
    if time.perf_counter() > end:
        raise TooSlow
    return result
