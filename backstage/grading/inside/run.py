"""Runs in the sandbox: the cells of a notebook one after the other, and its functions when the grader asks.

Messages are lines of JSON. First the grader says {"cells": [source, ...], "seconds": of each}. Each is
announced by {"cell": number}; {"stopped": number} follows if it took too long. A check says {"check": name},
is told {"inputs": ...}, answers {"log": ...}. After the last cell comes {"end": true}. The grader may say
{"run": name, "inputs": ...}, and gets a log.
"""

import contextlib
import json
import os
from functools import partial
from types import SimpleNamespace

LIMIT = 3 * 1024**3  # bytes of address space: beyond it a cell gets a MemoryError
OPEN = 100  # files, pipes and sockets: each may hold memory of the kernel's

with contextlib.suppress(ImportError):  # Windows has none, and no sandbox either
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN, OPEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

# The grader's lines come and go through copies; what a student prints goes nowhere.
hear = os.fdopen(os.dup(0), "r", encoding="utf-8")
tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
nowhere = os.open(os.devnull, os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(nowhere, stream)

import wire  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

import exercises  # noqa: E402 - what is printed while it is imported goes nowhere too
from backstage.calling.limits import TooSlow, limited  # noqa: E402
from backstage.calling.log import run  # noqa: E402


def say(message):
    tell.write(json.dumps(message) + "\n")
    tell.flush()


def log(function, message):
    inputs = SimpleNamespace(all=wire.unpack(message["inputs"]))
    say({"log": wire.pack(run(function, inputs))})


def answer(name, function):
    say({"check": name})
    message = json.loads(hear.readline())
    if "inputs" in message:
        log(function, message)


def main():
    lesson = json.loads(hear.readline())
    exercises.check = exercises.Checks(answer)
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.ask_exit = lambda: None
    for number, source in enumerate(lesson["cells"]):
        say({"cell": number})
        try:
            limited(partial(shell.run_cell, source), lesson["seconds"])
        except TooSlow:
            say({"stopped": number})
        except KeyboardInterrupt:
            pass
    say({"end": True})
    for line in hear:
        message = json.loads(line)
        log(shell.user_ns.get(f"my_{message['run']}"), message)


if __name__ == "__main__":
    main()
