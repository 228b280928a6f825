"""The time limit: it stops what would never end, and leaves everything else as it was."""

import signal
import threading
import time

import pytest

from backstage.calling import limits

WAYS = [limits._by_interrupt]
WAYS += [limits._by_alarm] if hasattr(signal, "setitimer") else []
WAYS += [limits._by_watching] if hasattr(limits.sys, "monitoring") else []  # from Python 3.12 on


def deaf():
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722
            pass


def deafer():
    while True:
        try:
            deaf()
        except:  # noqa: E722
            continue
        finally:
            pass


def endless_recursion():
    try:
        return endless_recursion()
    except RecursionError:
        return endless_recursion()


def generator():
    def ones():
        while True:
            yield 1

    return sum(ones())


def swallows():
    try:
        deaf()
    except:  # noqa: E722
        return "done"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("function", [deaf, deafer, endless_recursion, generator, swallows])
def test_a_call_that_never_ends_is_stopped_past_every_except(way, function):
    handlers, begin = [signal.getsignal(n) for n in signal.valid_signals()], time.perf_counter()
    with pytest.raises(limits.TooSlow):
        way(function, 0.1)
    assert time.perf_counter() - begin < 5  # a machine may be busy
    assert [signal.getsignal(n) for n in signal.valid_signals()] == handlers
    assert not hasattr(signal, "getitimer") or signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_in_time_returns_and_raises_as_ever(way):
    assert way(lambda: "value", 5) == "value"
    with pytest.raises(ZeroDivisionError):
        way(lambda: 1 / 0, 5)
    with pytest.raises(limits.TooSlow):
        way(deaf, 0.05)
    assert way(lambda: limits.limited(lambda: 3, 5), 5) == 3  # one inside the other


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer")
def test_a_sleep_is_stopped_where_signals_are():
    begin = time.perf_counter()
    with pytest.raises(limits.TooSlow):
        limits._by_alarm(lambda: time.sleep(60), 0.1)
    assert time.perf_counter() - begin < 30


def test_elsewhere_than_in_the_main_thread_a_call_runs():
    results = []
    thread = threading.Thread(target=lambda: results.append(limits.limited(lambda: 3, 5)))
    thread.start()
    thread.join()
    assert results == [3]
