"""One notebook in, a result for each of its lessons out: its code runs in the sandbox, and is judged here.

A result is data: {"lesson", "out_of", "exercises": {name: {"points", "out_of", "state", "mistake", "text",
"evidence", "source", "flags"}}, "flags", "errors": [{"cell", "type", "message"}], "seed", "again"}.
seed: with it the inputs are the same. again: it may not be kept, as something was stopped or went wrong.
Instead of results there may be {"problem": why there are no points, "flags"}.
"""

import re
import secrets
from collections import defaultdict
from importlib.util import find_spec
from itertools import chain

from backstage.calling import wire
from backstage.calling.limits import TooSlow, limited
from backstage.calling.log import Error, Log, Outcome
from backstage.checks.catalogue import check
from backstage.checks.diagnosis import judge
from backstage.lessons import cells_of
from backstage.lessons import definitions as defined_in

from . import printable
from .sandbox import START, Ended, Sandbox

SECONDS = 120  # of its own for one lesson, however often it is begun again
ANSWER = 20  # seconds between two messages in which no cell runs
CELL = 30  # seconds
JUDGE = 20  # for the verdicts on one exercise: seconds, and logs
MESSAGES = 10_000  # from one sandbox, and one for each cell
DEAF = 10  # seconds more, after which a cell that start.py could not stop ends the sandbox
LATE = f"its verdict is not certain: judging it took more than {JUDGE} seconds"
TRIES = 4  # a cell that ends the sandbox is left out of the next one
SHOWN = 5000  # characters of a student's that a page shows
LONGEST = 10**6  # characters of a cell in which definitions are looked for
TOLD = 3  # errors of cells that are flagged
PACKAGES = {"numpy": "NumPy", "scipy": "SciPy", "sklearn": "scikit-learn", "matplotlib": "Matplotlib"}

SUSPICIOUS = re.compile(
    r"get_ipython|\b_getframe|\bgc\b|__code__|__globals__|__closure__|ctypes|memfd|settrace|setprofile|monitoring"
    r"|displayhook|\bsys\.modules|exercises\.(?!check\b)|from exercises import(?! check\b(?!,))|\.reference\b"
    r"|\bbackstage\b|\bsilent\b"
    r"|\b(?:threading|concurrent|multiprocessing|subprocess)\b"  # where no function is watched
    r"|\bjudge\b|\bdiagnosis\b|\bwire\b|/proc\b|\bos\.(dup|fdopen|kill|write)"
)


def grade(notebook, seed=None, lesson=None):
    """Grade a notebook, given as the bytes of its file. Return a list of results, or a problem.

    seed: of the inputs that are drawn; None: nobody knows them. lesson: the only one that is graded, as "01".
    """
    try:
        cells = cells_of(notebook)
        lessons = find_lessons(cells)
    except Exception as error:  # whatever else can stand in a file
        return [{"problem": f"it is no notebook ({type(error).__name__})", "flags": []}]
    asked = {lesson} & _traces(cells) if lesson else lessons
    if not asked:
        where = f"lesson {lesson}" if lesson else "the course"
        return [{"problem": f"it holds no exercise of {where}", "flags": []}]
    seed = secrets.randbits(32) if seed is None else seed
    try:
        return _graded(sources(cells), sorted(asked), seed, lessons)
    except Exception as error:  # a mistake of ours costs nobody else
        why = f"grading it went wrong: {printable(repr(error))[:SHOWN]}"
        return [{"problem": why, "flags": [], "again": True}]


def _graded(cells, lessons, seed, there):
    asked = {name: getattr(check, name) for name in check if getattr(check, name).lesson in lessons}
    inputs = {name: exercise.inputs(seed) for name, exercise in asked.items()}
    talk = run(cells, inputs, SECONDS * len(lessons))
    defined = definitions(cells)
    flags = talk.flags + [f"code cell {e['cell'] + 1} stopped: {told(e)}" for e in talk.raised[:TOLD]]
    if unusual := {match[0] for cell in cells for match in SUSPICIOUS.finditer(cell)}:
        flags.append(f"unusual code: {' '.join(sorted(unusual))}")
    elsewhere = [name for name in check if getattr(check, name).lesson not in {*lessons, *there}]
    if pasted := [f"my_{name}" for name in elsewhere if defined[name]]:
        flags.append(f"not graded, as their lessons are not handed in here: {' '.join(pasted)}")
    marks = {name: mark(asked[name], inputs[name], cells, talk, defined[name]) for name in asked}
    results = []
    for lesson in lessons:
        own = {name: marks[name] for name in marks if asked[name].lesson == lesson}
        result = {"lesson": lesson, "out_of": sum(one["out_of"] for one in own.values()), "exercises": own}
        result["flags"] = flags + [f"{name}: {flag}" for name, one in own.items() for flag in one["flags"]]
        results.append(result | {"errors": talk.errors, "seed": seed, "again": talk.again})
    return results


def sources(cells, kind="code"):
    return [cell["source"] for cell in cells if cell["cell_type"] == kind]


def find_lessons(cells):
    """The set of lessons that a notebook is: by their titles, by all checks of a lesson; without these by any
    check, and without checks by any function. Where functions of others were pasted, it is not theirs."""
    titled, checked, written = _titled(cells), *_names(cells)
    whole = {lesson for lesson, names in exercises().items() if names.keys() <= checked}
    return titled | whole or _of(checked) or _of(written)


def _traces(cells):
    checked, written = _names(cells)
    return _titled(cells) | _of(checked | written)


def _titled(cells):
    text = "\n".join(sources(cells, "markdown"))
    return {*re.findall(r"^\*Lesson (\d\d)\b", text, re.MULTILINE)} & {*exercises()}


def _names(cells):
    """The exercises whose checks are there, and those whose functions are."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    ids = [str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")) for cell in code]
    text = "\n".join(ids + sources(cells))  # an id is such as "check_softmax"
    patterns = r"\bcheck\.(\w+)\(|^check_(\w+)$", r"\bmy_(\w+)()"
    found = [{*chain(*re.findall(pattern, text, re.MULTILINE))} for pattern in patterns]
    return [names & {*check} for names in found]


def exercises():
    """Return {lesson: {exercise: points}} of the whole course."""
    lessons = defaultdict(dict)
    for exercise in (getattr(check, name) for name in check):
        lessons[exercise.lesson][exercise.name] = exercise.points
    return dict(sorted(lessons.items()))


def _of(names):
    return {getattr(check, name).lesson for name in names}


def definitions(cells):
    """Return {exercise: the numbers of the cells that define its function or import it}."""
    defined = [defined_in(cell[:LONGEST]) for cell in cells]
    return {name: [i for i, names in enumerate(defined) if f"my_{name}" in names] for name in check}


def run(cells, inputs, seconds):
    """Run cells in sandboxes, for so many of their seconds. Return the Talk with the last of them."""
    running, left_out, again = list(cells), [], False
    for _ in range(TRIES):
        talk = Talk(running, inputs, seconds)
        try:
            with Sandbox() as sandbox:
                talk.hold(sandbox)
            break
        except Ended as why:
            again = True
            seconds -= sandbox.seconds
            if talk.cell is None:  # it was slow to start: nobody's fault
                continue
            if seconds <= 0 or sandbox.is_overdue():
                talk.flags.append(f"not all of it was run: it took more than {talk.seconds:g} seconds")
                break
            if talk.cell == len(cells):  # its functions ended it, after the last cell
                talk.flags.append(f"a function ended all: {why}")
                break
            left_out.append({"cell": talk.cell, "type": "left out", "message": str(why)})
            running[talk.cell] = ""
    if talk.cell is None:
        raise Ended("the sandbox did not start")
    talk.flags = [f"a cell was left out: {error['message']}" for error in left_out] + talk.flags
    talk.errors = sorted(left_out + talk.errors, key=lambda error: error["cell"])
    talk.again |= again
    return talk


class Talk:
    """What is said to one sandbox, and what it says: the logs of each exercise, flags, the cell that runs."""

    def __init__(self, cells, inputs, seconds):
        self.cells, self.inputs, self.seconds = cells, inputs, seconds
        self.logs, self.missing = {name: [] for name in inputs}, set()
        self.cell = None  # until the first one begins; then its number
        self.flags, self.errors, self.again = [], [], False

    @property
    def raised(self):
        return [error for error in self.errors if error["type"] not in ("left out", "stopped")]

    def hold(self, sandbox):
        self.sandbox = sandbox
        sandbox.hear(START)  # that start.py is there
        sandbox.watch_files()
        sandbox.say({"cells": self.cells, "seconds": CELL}, START)
        sandbox.begin(self.seconds)
        self.cell = 0
        message = sandbox.hear(START)
        for _ in range(MESSAGES + len(self.cells)):
            if "end" in message:
                break
            self.reply(message)
            message = self.sandbox.hear(CELL + DEAF)
        else:
            raise Ended("it sent too many messages")
        self.cell = len(self.cells)
        for name in self.inputs:
            self.ask(name, {"run": name})

    def reply(self, message):
        asked = message.get("check")
        if isinstance(asked, str) and len(self.logs.get(asked, [0] * JUDGE)) < JUDGE:
            self.ask(asked, {})
        elif "check" in message:
            self.sandbox.say({}, ANSWER)
        elif "stopped" in message:
            self.flags, self.again = [f"a cell was stopped after {CELL} seconds"], True
            self.note("stopped", f"it ran for more than {CELL} seconds")
        elif isinstance(raised := message.get("raised"), list) and len(raised) == 2:
            self.note(*map(printable, raised))
        else:
            self.cell = number(message, len(self.cells))

    def note(self, type_, message):
        if len(self.errors) < len(self.cells):
            self.errors.append({"cell": self.cell, "type": type_[:80], "message": message[:300]})

    def ask(self, name, message):
        self.sandbox.say({**message, "inputs": wire.pack(self.inputs[name].all)}, ANSWER)
        answer = self.sandbox.hear(ANSWER)
        if message and answer.get("log", 0) is None:
            self.missing.add(name)
        else:
            self.logs[name].append(_log(answer))


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


def mark(exercise, inputs, cells, talk, defining):
    """The verdict on an exercise: the best on its logs, or why there is none.

    defining: the numbers of the cells that define its function.
    """
    name, logs = exercise.name, talk.logs[exercise.name]
    errors = [error for error in talk.errors if error["cell"] in defining]
    if not logs and name in talk.missing:
        return blank(exercise.points) | _missing(name, defining, errors)
    verdict = best(exercise, inputs, logs)
    talk.again |= LATE in verdict["flags"]
    if verdict["state"] == "not attempted" and errors:
        return blank(exercise.points) | _missing(name, defining, errors)
    if verdict["state"] == "raised" and talk.raised and "NameError" in verdict["evidence"]:
        error = talk.raised[0]
        verdict["text"] += f"\n\nCode cell {error['cell'] + 1} had stopped before: {told(error)}"
    if lacking := re.search(r"No module named '[^']*'", verdict["evidence"]):
        verdict["flags"].append(f"it stopped: {lacking[0]}. {here()}")
    source = _bare(verdict["source"])
    if (source or verdict["points"]) and not any(source and source in _bare(printable(c)) for c in cells):
        verdict["flags"].append("what ran is no function of a cell: its source is not shown")
        verdict["source"] = ""
    return verdict


def _bare(source):
    return "\n".join(line.strip() for line in source.strip().splitlines())


def _missing(name, defining, errors):
    """Why there is no function when all cells have run. errors: of the cells that define it."""
    if errors and errors[-1]["type"] in ("left out", "stopped"):
        text = f"The cell that defines `my_{name}` was {errors[-1]['type']}: {errors[-1]['message']}."
    elif errors:
        text = f"The cell that defines `my_{name}` stopped: {' '.join(map(told, errors[-TOLD:]))}"
    elif defining:
        text = f"A cell defines `my_{name}`, but when all cells had run it was not there."
    else:
        text = f"No cell of this notebook defines `my_{name}`."
        return {"state": "wrong", "mistake": "missing", "text": text, "flags": []}
    return {"state": "raised", "mistake": "cell_stopped", "text": text, "flags": [text.replace("`", "")]}


def told(error):
    """The error of a cell in words. Where something could not be imported: and what can be."""
    text = f"{error['type']}: {error['message']}."
    if error["type"] in ("ModuleNotFoundError", "ImportError"):
        text += f" {here()}"
    return text


def here():
    there = [shown for name, shown in PACKAGES.items() if find_spec(name)]
    return f"Of what Colab has, the grader has {', '.join(there)}."


def best(exercise, inputs, logs):
    """The best verdict on what an exercise's checks, and the end, have logged: of equals the last."""
    verdicts, late = [_verdict(exercise, inputs, None)], []
    try:
        limited(lambda: verdicts.extend(_verdict(exercise, inputs, log) for log in logs), JUDGE)
    except TooSlow:
        late = [LATE]
    verdicts = verdicts[1:] or verdicts
    found = max(reversed(verdicts), key=lambda one: (one["points"], one["state"] != "not attempted"))
    return found | {"flags": found["flags"] + late}


def blank(out_of, state="raised"):
    """Return a mark without points."""
    nothing = {"mistake": None, "text": "", "evidence": "", "source": "", "flags": []}
    return {"points": 0, "out_of": out_of, "state": state, **nothing}


def _verdict(exercise, inputs, log):
    verdict = blank(exercise.points)
    try:
        if not _is_whole(log, inputs):
            raise ValueError("a log that run does not write")
        result = judge(exercise, inputs, log)
        texts = {"text": result.text, "evidence": result.table(), "source": log.source}
        texts = {name: printable(text)[:SHOWN] for name, text in texts.items()}
        lessons = "" if not result.borrowed or "." in result.borrowed else " of the lesson"
        flags = [f"{printable(result.borrowed)[:80]}{lessons} did it"] * bool(result.borrowed)
        found = {"state": str(result.state), "mistake": result.mistake, "points": result.points}
        return verdict | texts | found | {"flags": flags}
    except Exception:
        said = "This function gave no answer that can be read."
        return verdict | {"text": said, "flags": ["no readable answer"]}


def _is_whole(log, inputs):
    """Whether it has an outcome for each input: where nothing was logged, nothing is wrong."""
    calls = len(inputs.all) if log.is_callable else 0
    outcomes = log.outcomes, log.repeats
    every = all(len(ones) == calls and all(isinstance(one, Outcome) for one in ones) for ones in outcomes)
    return log.stopped is True or every
