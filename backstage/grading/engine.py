"""One notebook in, one result out: its code runs in the sandbox, and what it answered is judged here.

The result is data: {"lesson", "out_of", "exercises": {name: {"points", "out_of", "state", "mistake", "text",
"evidence", "source", "flags"}}, "flags"}, or {"problem": why there are no points, "flags"}.
"""

import json
import re
import secrets
import time
from collections import Counter

from backstage.calling import wire
from backstage.calling.limits import TooSlow, limited
from backstage.calling.log import Error, Log, Outcome
from backstage.checks.catalogue import check
from backstage.checks.diagnosis import judge

from . import printable
from .sandbox import Ended, Sandbox

SECONDS = 120  # for one notebook, however often it is begun again
ANSWER = 20  # seconds between two messages in which no cell runs
CELL = 30  # seconds
JUDGE = 20  # for the verdicts on one exercise: seconds, and logs
MESSAGES = 10_000  # from one sandbox, and one for each cell
DEAF = 10  # seconds more, after which a cell that run.py could not stop ends the sandbox
TRIES = 4  # a cell that ends the sandbox is left out of the next one
SHOWN = 5000  # characters of a student's that a page shows

SUSPICIOUS = re.compile(
    r"get_ipython|\b_getframe|\bgc\b|__code__|__globals__|__closure__|ctypes|memfd|settrace|setprofile|monitoring"
    r"|displayhook|\bsys\.modules|exercises\.(?!check\b)|from exercises import(?! check\b(?!,))|\.reference\b"
    r"|(?:from|import) explorer\b|helpers(?:\.| import )server\b"
    r"|\bjudge\b|\bdiagnosis\b|\bwire\b|/proc\b|\bos\.(dup|fdopen|kill|write)|\bpip\b"
)


def grade(notebook, seed=None):
    """Grade a notebook, given as the bytes of its file. Whatever is in it, this returns a result.

    seed: of the inputs that are drawn; None: nobody knows them.
    """
    try:
        cells = sources(notebook)
    except Exception as error:  # whatever else can stand in a file
        return {"problem": f"it is no notebook ({type(error).__name__})", "flags": []}
    try:
        return _graded(cells, seed)
    except Exception as error:  # a mistake of ours costs nobody else
        return {
            "problem": f"grading it went wrong: {printable(repr(error))[:SHOWN]}",
            "flags": [],
            "again": True,
        }


def _graded(cells, seed):
    lesson, asked = find_lesson(cells)
    if not asked:
        return {"problem": "it holds no exercise of the course", "flags": []}
    inputs = {
        name: exercise.inputs(secrets.randbits(32) if seed is None else seed)
        for name, exercise in asked.items()
    }
    logs, flags = run([cell for _, cell in cells], inputs)
    if unusual := {found[0] for _, cell in cells for found in SUSPICIOUS.finditer(cell)}:
        flags.append(f"unusual code: {' '.join(sorted(unusual))}")
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
    lessons = {name: getattr(check, name).lesson for name in check}
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
    cells, flags, until = list(cells), [], time.monotonic() + SECONDS
    for _ in range(TRIES):
        talk = Talk(cells, inputs, until)
        try:
            with Sandbox() as sandbox:
                talk.hold(sandbox)
            break
        except Ended as why:
            if time.monotonic() > until:
                talk.flags.append(f"not all of it was run: it took more than {SECONDS} seconds")
                break
            flags.append(f"a cell was left out: {why}")
            if talk.cell is None:  # its functions ended it, after the last cell
                break
            cells[talk.cell] = ""
    return talk.logs, flags + talk.flags


class Talk:
    """What is said to one sandbox, and what it says: the logs of each exercise, flags, the cell that runs."""

    def __init__(self, cells, inputs, until):
        self.cells, self.inputs, self.until = cells, inputs, until
        self.logs, self.flags, self.cell = {name: [] for name in inputs}, [], 0

    def hold(self, sandbox):
        self.sandbox = sandbox
        sandbox.say({"cells": self.cells, "seconds": CELL}, ANSWER)
        for _ in range(MESSAGES + len(self.cells)):
            if "end" in (message := self.hear(CELL + DEAF)):
                break
            self.reply(message)
        else:
            raise Ended("it sent too many messages")
        self.cell = None
        for name in self.inputs:
            self.ask(name, {"run": name})

    def hear(self, seconds):
        return self.sandbox.hear(max(0, min(seconds, self.until - time.monotonic())))

    def reply(self, message):
        asked = message.get("check")
        if isinstance(asked, str) and len(self.logs.get(asked, [0] * JUDGE)) < JUDGE:
            self.ask(asked, {})
        elif "check" in message:
            self.sandbox.say({}, ANSWER)
        elif "stopped" in message:
            self.flags = [f"a cell was stopped after {CELL} seconds"]
        else:
            self.cell = number(message, len(self.cells))

    def ask(self, name, message):
        self.sandbox.say({**message, "inputs": wire.pack(self.inputs[name].all)}, ANSWER)
        self.logs[name].append(_log(self.hear(ANSWER)))


def number(message, n):
    cell = message.get("cell")
    if type(cell) is not int or not 0 <= cell < n:
        raise Ended("it sent what is no message")
    return cell


def _log(message):
    try:
        return wire.unpack(message["log"], Log, Outcome, Error)
    except Exception:  # a liar may send anything
        return None


def best(exercise, inputs, logs):
    """The best verdict on what was logged for an exercise: at its checks, and at the end."""
    verdicts = [_verdict(exercise, inputs, None)]
    try:
        limited(lambda: verdicts.extend(_verdict(exercise, inputs, log) for log in logs), JUDGE)
    except TooSlow:
        pass
    verdicts = verdicts[1:] or verdicts
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
        if not _is_whole(log, inputs):
            raise ValueError("a log that run does not write")
        result = judge(exercise, inputs, log)
        verdict = {
            "state": str(result.state),
            "mistake": result.mistake,
            "text": printable(result.text)[:SHOWN],
            "points": result.points,
            "evidence": printable(result.table())[:SHOWN],
            "source": printable(log.source)[:SHOWN],
            "flags": [f"{printable(result.borrowed)[:80]} of the lesson did it"] if result.borrowed else [],
        }
        return blank | verdict
    except Exception:
        return blank | {
            "text": "This function gave no answer that can be read.",
            "flags": ["no readable answer"],
        }


def _is_whole(log, inputs):
    """Whether it has an outcome for each input: where nothing was logged, nothing is wrong."""
    calls = 0 if not log.is_callable else len(inputs.all)
    logged = [[one for one in ones if isinstance(one, Outcome)] for ones in (log.outcomes, log.repeats)]
    return log.stopped is True or [*map(len, logged)] == [calls, calls] == [
        len(log.outcomes),
        len(log.repeats),
    ]
