"""Run a student's function: on copies, quietly, with NumPy's own functions, and for two seconds at most."""

import _thread
import contextlib
import io
import signal
import sys
import threading
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy import array_equal  # by name: np.array_equal may have been assigned to

SECONDS = 2.0
AGAIN = 0.05  # a bare `except:` may swallow an alarm, so they go on

# What NumPy's names mean, taken before anyone can assign to them.
OWN = {module: dict(vars(module)) for module in (np, np.linalg, np.random)}


class TooSlow(BaseException):
    """Not an Exception: `except Exception` in the student's loop must not catch it."""


@dataclass
class Outcome:
    """What one call did: returned a value, or raised an error."""

    value: object = None
    error: BaseException | None = None
    changed: dict = field(default_factory=dict)  # what became of inputs, from their places
    live: object = None  # the object that came back; `value` is a copy of it


@dataclass
class Log:
    """What all calls did together."""

    outcomes: list = field(default_factory=list)
    again: list = field(default_factory=list)  # the same calls a second time, last one first
    printed: bool = False
    stopped: bool = False


def run(function, inputs):
    """Call the function with every tuple of inputs, twice."""
    log = Log()

    def calls():
        log.outcomes.extend(attempt(function, args) for args in inputs)
        log.again.extend(attempt(function, args) for args in reversed(inputs))

    with quiet() as output:
        try:
            limited(calls, SECONDS)
        except TooSlow:
            log.stopped = True
    log.printed = bool(output.getvalue().strip())
    return log


def attempt(function, args):
    """One call, on copies of the arguments. Only an alarm and the stop button get through."""
    fresh = [_copy(x) for x in args]
    try:
        live = function(*fresh)
    except (TooSlow, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too: the kernel stays alive
        return Outcome(error=error)
    changed = {i: b for i, (a, b) in enumerate(zip(args, fresh, strict=True)) if not array_equal(a, b)}
    return Outcome(value=_copy(live), changed=changed, live=live)


def _copy(x):
    return x.copy() if isinstance(x, np.ndarray) else x


@contextlib.contextmanager
def quiet():
    """No warnings and nothing on the screen: nbgrader takes any word on stderr for a failure."""
    output = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(contextlib.redirect_stdout(output))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        warnings.simplefilter("ignore")
        yield output


def put_back():
    """Undo assignments to NumPy's public names, and return those names."""
    changed = [
        (module, name)
        for module, own in OWN.items()
        for name, value in own.items()
        if not name.startswith("_") and vars(module).get(name) is not value
    ]
    for module, name in changed:
        setattr(module, name, OWN[module][name])
    return [f"{module.__name__}.{name}".replace("numpy", "np", 1) for module, name in changed]


def limited(call, seconds):
    """Call it, and raise TooSlow inside it after so many seconds. Only the main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        return call()
    return _by_alarm(call, seconds) if hasattr(signal, "setitimer") else _by_interrupt(call, seconds)


def _by_alarm(call, seconds):
    timer = signal.getitimer(signal.ITIMER_REAL)
    try:
        return _stopped_by(
            signal.SIGALRM,
            call,
            start=lambda: signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN),
            stop=lambda: signal.setitimer(signal.ITIMER_REAL, 0),
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _by_interrupt(call, seconds):
    """For Windows, which has no timer: a thread presses the stop button, and says that it did."""
    done, pressed = threading.Event(), threading.Event()

    def press():
        wait = seconds
        while not done.wait(wait):
            pressed.set()
            _thread.interrupt_main()
            wait = AGAIN

    def stop():
        done.set()
        thread.join()

    thread = threading.Thread(target=press, daemon=True)
    return _stopped_by(signal.SIGINT, call, thread.start, stop, ours=pressed.is_set)


def _stopped_by(number, call, start, stop, ours=lambda: True):
    """Call it until the signal comes, unless that is somebody else's."""

    def ring(number, frame):
        if not ours():
            return (before if callable(before) else signal.default_int_handler)(number, frame)
        _insist(frame)
        raise TooSlow

    trace, profile, before = sys.gettrace(), sys.getprofile(), signal.signal(number, ring)
    try:
        try:
            start()
            return call()
        finally:
            stop()
    finally:  # once more: it may have rung inside the line above
        sys.setprofile(profile)
        sys.settrace(trace)
        stop()
        signal.signal(number, before)


def _insist(frame):
    """Let the student's next lines raise too: they may belong to a bare `except:`, or to one around that."""

    def raise_again(_, event, __):
        if event == "line":
            raise TooSlow  # and Python turns tracing off
        return raise_again

    def trace(frame):
        while frame and frame.f_code is not _stopped_by.__code__:
            frame.f_trace = raise_again
            frame = frame.f_back
        sys.settrace(lambda *_: None)

    trace(frame)
    sys.setprofile(lambda frame, event, _: trace(frame.f_back) if event == "return" else None)
