"""Each job in a process of its own: what it takes, and what ends it, is its own loss."""

import contextlib
import multiprocessing
import signal
import sys
from collections import deque
from multiprocessing.connection import wait

import psutil

MEMORY = 2 * 1024**3  # bytes that a job may take beside what this process has


def each(function, jobs, workers):
    """Yield (job, function(*job)) as they end; None in place of a result where it raised or was killed."""
    start = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    jobs, running = deque(jobs), {}
    try:
        while jobs or running:
            while jobs and len(running) < workers:
                receiver, sender = start.Pipe(duplex=False)
                process = start.Process(target=_send, args=(sender, function, jobs[0]))
                process.start()
                sender.close()  # or the end of that process would not be seen
                running[receiver] = process, jobs.popleft()
            for receiver in wait([*running]):
                try:
                    result = receiver.recv()
                except EOFError:
                    result = None
                receiver.close()
                process, job = running.pop(receiver)
                process.join()
                yield job, result
    finally:
        for process, _ in running.values():
            process.kill()
            process.join()


def _send(sender, function, job):
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # then Ctrl-C ends it at once
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has this limit
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + MEMORY, hard))
    result = None
    with contextlib.suppress(Exception):
        result = function(*job)
    sender.send(result)
