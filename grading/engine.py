"""One notebook in, one result out: its code runs in the sandbox, and what it answered is judged here.

The result is data: {"lesson", "out_of", "exercises": {name: {"points", "out_of", "state", "mistake", "text",
"evidence", "source", "flags"}}, "flags"}, or {"problem": why there are no points, "flags"}.
"""

import json
import re
import secrets
import time
from collections import Counter

from exercises import check
from exercises.diagnosis import judge
from exercises.running import Error, Log, Outcome

from .inside import wire
from .sandbox import Ended, Sandbox

SECONDS = 120  # for one notebook
ANSWER = 20  # seconds between two messages in which no cell runs
CELL = 30  # seconds
DEAF = 10  # seconds more, after which a cell that run.py could not stop ends the sandbox
TRIES = 4  # a cell that ends the sandbox is left out of the next one
SHOWN = 5000  # characters of a student's that a page shows

SUSPICIOUS = re.compile(
    r"get_ipython|\b_getframe|\bgc\b|__code__|__globals__|__closure__|ctypes|settrace|setprofile|monitoring"
    r"|displayhook|\bsys\.modules|exercises\.(?!check\b)|\bwire\b|/proc\b|\bos\.(dup|fdopen|kill|write)|\bpip\b"
)


def grade(notebook, seed=None):
    """Grade a notebook, given as the bytes of its file. Whatever is in it, this returns a result.

    seed: of the inputs that are drawn; None: nobody knows them.
    """
    try:
        cells = sources(notebook)
    except Exception as error:  # whatever else can stand in a file
        return {"problem": f"it is no notebook ({type(error).__name__})", "flags": []}
    lesson, asked = find_lesson(cells)
    if not asked:
        return {"problem": "it holds no exercise of the course", "flags": []}
    inputs = {
        name: exercise.inputs(secrets.randbits(32) if seed is None else seed)
        for name, exercise in asked.items()
    }
    logs, flags = run([cell for _, cell in cells], inputs)
    if any(SUSPICIOUS.search(cell) for _, cell in cells):
        flags.append("unusual code: look at it")
    marks = {name: best(exercise, inputs[name], logs[name]) for name, exercise in asked.items()}
    flags += [f"{name}: {flag}" for name, mark in marks.items() for flag in mark["flags"]]
    return {
        "lesson": lesson,
        "out_of": sum(e.points for e in asked.values()),
        "exercises": marks,
        "flags": flags,
    }


def sources(notebook):
    """The code cells as (exercise id or "", source), of any version of the format."""
    text = notebook.decode("utf-16" if notebook[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    content = json.loads(text)
    sheets = [content] if "cells" in content else content["worksheets"]
    code = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
    ids = [cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") for cell in code]
    return [
        (str(name), "".join(c.get("source", c.get("input", "")))) for name, c in zip(ids, code, strict=True)
    ]


def find_lesson(cells):
    """The lesson whose exercises are there, by their ids or else by the names of the functions."""
    lessons = {name: getattr(check, name).reference.__module__[-2:] for name in check}
    ids = [re.sub("^(my|check)_", "", name) for name, _ in cells]
    functions = [name for _, source in cells for name in re.findall(r"\bmy_(\w+)", source)]
    for names in (ids, functions):
        found = Counter(lessons[name] for name in set(names) if name in lessons)
        if found:
            lesson = found.most_common(1)[0][0]
            return lesson, {name: getattr(check, name) for name in check if lessons[name] == lesson}
    return "", {}


def run(cells, inputs):
    """Run cells in a sandbox. Return the logs of each exercise, and flags."""
    cells, flags = list(cells), []
    for _ in range(TRIES):
        logs, state = {name: [] for name in inputs}, {"cell": 0}
        try:
            with Sandbox() as sandbox:
                _talk(sandbox, cells, inputs, logs, state)
            break
        except Ended as why:
            flags.append(f"a cell was left out: {why}")
            if state["cell"] is None:  # its functions ended it, after the last cell
                break
            cells[state["cell"]] = ""
    return logs, flags


def _talk(sandbox, cells, inputs, logs, state):
    until = time.monotonic() + SECONDS
    sandbox.say({"cells": cells, "seconds": CELL})

    def hear(seconds):
        return sandbox.hear(max(0, min(seconds, until - time.monotonic())))

    def ask(name, message):
        sandbox.say({**message, "inputs": wire.pack(inputs[name].all)})
        logs[name].append(_log(hear(ANSWER)))

    while "end" not in (message := hear(CELL + DEAF)):
        if "check" in message and message["check"] in inputs:
            ask(message["check"], {})
        elif "check" in message:
            sandbox.say({})
        else:
            state["cell"] = number(message, len(cells))
    state["cell"] = None
    for name in inputs:
        ask(name, {"run": name})


def number(message, n):
    cell = message.get("cell")
    if not isinstance(cell, int) or not 0 <= cell < n:
        raise Ended("it sent what is no message")
    return cell


def _log(message):
    try:
        return wire.unpack(message["log"], Log, Outcome, Error)
    except Exception:  # a liar may send anything
        return None


def best(exercise, inputs, logs):
    """The best verdict on what was logged for an exercise: at its checks, and at the end."""
    verdicts = [_verdict(exercise, inputs, log) for log in logs] or [_verdict(exercise, inputs, None)]
    return max(reversed(verdicts), key=lambda one: (one["points"], one["state"] != "not attempted"))


def _verdict(exercise, inputs, log):
    blank = {
        "points": 0,
        "out_of": exercise.points,
        "state": "raised",
        "mistake": None,
        "evidence": "",
        "source": "",
    }
    try:
        result = judge(exercise, inputs, log)
        verdict = {
            "state": str(result.state),
            "mistake": result.mistake,
            "text": result.text,
            "points": result.points,
            "evidence": "\n".join(f"{name:10}{shown}" for name, shown in result.evidence)[:SHOWN],
            "source": str(log.source)[:SHOWN],
            "flags": [result.used] if getattr(result, "used", "") else [],
        }
        json.dumps(verdict)
        return blank | verdict
    except Exception:
        return blank | {
            "text": "This function gave no answer that can be read.",
            "flags": ["no readable answer"],
        }
