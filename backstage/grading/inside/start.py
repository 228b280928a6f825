"""Runs in the sandbox: the cells of a notebook one after the other, and its functions when the grader asks.

Messages are lines of JSON. After {"ready": true} the grader says {"cells": [source, ...], "seconds": of
each}. Each is announced by {"cell": number}; {"stopped": number} follows if it took too long, {"raised":
[type, message]} for each error. A check says {"check": name}, is told {"inputs": ...}, answers {"log": ...}.
After the last cell comes {"end": true}. The grader may say {"run": name, "inputs": ...}, and gets a log, or
null where no such function is.
"""

import ast
import contextlib
import json
import os
import re
import sys
import traceback
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace

LIMIT = 3 * 1024**3  # bytes of address space: beyond it a cell gets a MemoryError
OPEN = 100  # files, pipes and sockets: each may hold memory of the kernel's
SIGNALS = 200  # that wait, and timers
AGAIN = 20  # times that a cell is run with fewer statements
MAGIC = re.compile(r"\A\s*%%(time|capture)\b.*")  # changes nothing of what a cell defines

with contextlib.suppress(ImportError):  # Windows has none, and no sandbox either
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN, OPEN))
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))  # at 0 Linux would hand a crash to the host's handler
    for name, limit in {"SIGPENDING": SIGNALS, "MSGQUEUE": 0, "NPROC": int((sys.argv + ["0"])[1])}.items():
        if limit or name != "NPROC":  # which counts this sandbox alone: its user is its own
            with contextlib.suppress(AttributeError):
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))

# The grader's lines come and go through copies; what a student prints goes nowhere.
hear = os.fdopen(os.dup(0), "r", encoding="utf-8")
tell = os.fdopen(os.dup(1), "w", encoding="utf-8")
nowhere = os.open(os.devnull, os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(nowhere, stream)

import silent  # noqa: E402 - what is printed while it is imported goes nowhere too
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402
from traitlets.config import Config  # noqa: E402

from backstage.calling import wire  # noqa: E402
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


def run_cell(shell, source, lacking):
    """Run a cell, and once more without each statement that needs what is not here. Tell what it raised."""
    raised, code = [], MAGIC.sub("", source)
    # Not by the result of run_cell: %%time swallows errors, after they were shown.
    shell._showtraceback = lambda type_, error, lines: raised.append(error)
    for _ in range(AGAIN):
        before = len(raised)
        shell.run_cell(code)
        if len(raised) == before or not (code := shorter(shell, code, raised[-1], lacking)):
            break
    for error in raised:
        text = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else str(error)
        say({"raised": [type(error).__name__, text[:300]]})


def shorter(shell, code, error, lacking):
    """The code of a cell without the statement that stopped it, where that is an import, or needs a name that
    a failed import would have given; else None. lacking: these names; what the statement gives is added."""
    code = shell.transform_cell(code)
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    stopped = [line for frame, line in frames if frame.f_globals is shell.user_ns]
    needs_them = isinstance(error, NameError) and lacking & {error.name, "*"}
    if not stopped or not (isinstance(error, ImportError) or needs_them):
        return None
    left = [node for node in ast.parse(code).body if node.end_lineno >= stopped[0]]
    of_line = [node for node in left if node.lineno <= stopped[0]]
    at = next((node for node in of_line if str(error.name) in re.findall(r"\w+", ast.unparse(node))), left[0])
    if getattr(at, "name", "").startswith("my_"):  # the answer itself needs them
        return None
    kept = []
    if isinstance(at, ast.Import):
        kept = [alias for alias in at.names if find_spec(alias.name.partition(".")[0])]
        kept = kept if len(kept) < len(at.names) else []
    for node in ast.walk(at):
        if isinstance(node, ast.alias) and node not in kept:
            lacking.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            lacking.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lacking.add(node.id)
    lines, first, last = code.split("\n"), at.lineno - 1, at.end_lineno - 1
    head = lines[first].encode()[: at.col_offset].decode()
    tail = lines[last].encode()[at.end_col_offset :].decode()
    instead = ast.unparse(ast.Import(kept)) if kept else "pass"
    lines[first : last + 1] = [head + instead + tail] + [""] * (last - first)  # lines keep their numbers
    return "\n".join(lines)


def main():
    say({"ready": True})  # no student's code runs before the grader has answered
    lesson = json.loads(hear.readline())
    silent.install(answer)
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.ask_exit = lambda: None
    sys.path.insert(0, "")  # as in a notebook: what a cell writes into a file can be imported
    lacking = set()
    for number, source in enumerate(lesson["cells"]):
        say({"cell": number})
        try:
            limited(partial(run_cell, shell, source, lacking), lesson["seconds"])
        except TooSlow:
            say({"stopped": number})
        except KeyboardInterrupt:
            pass
    say({"end": True})
    for line in hear:
        message = json.loads(line)
        name = f"my_{message['run']}"
        if name in shell.user_ns:
            log(shell.user_ns[name], message)
        else:
            say({"log": None})


if __name__ == "__main__":
    main()
