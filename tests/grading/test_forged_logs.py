"""Logs that a liar sends from the sandbox: whatever is in them, they gain no points and raise nothing."""

import copy
import json
import random
import time
import tracemalloc

import pytest

from backstage.calling import wire
from backstage.calling.log import Error, Log, Outcome, run
from backstage.grading import engine
from helpers import check

pytestmark = pytest.mark.infrastructure

FORGERIES = 3  # of each log
ODD = [
    *(None, True, -1, 10**30, 1e308, float("nan"), float("inf"), "", "right", "\ud800\x00", [], [[]], {}),
    *({"list": []}, {"tuple": [None]}, {"dict": [[1, 2]]}, {"number": 3}, {"list": 3}, {"Log": {}}),
    *({"Outcome": {"value": {"list": []}}}, {"Error": {"type": 1}}, {"Error": {"type": "E", "message": "m"}}),
    *({"dtype": "<f8", "shape": [10**12], "data": ""}, {"dtype": "|O", "shape": [1], "data": "AAAAAAAAAAA="}),
    *({"dtype": "<f8", "shape": [0, -1], "data": ""}, {"dtype": "<U1", "shape": [1], "data": "////fw=="}),
    {"dtype": "<c16", "shape": [1], "data": "AAAAAAAA+H8AAAAAAAD4fw=="},
]  # fmt: skip


def array(dtype="<f8", shape=(1,), data="AAAAAAAAAAA="):
    return {"dtype": dtype, "shape": [*shape], "data": data}


def nested(depth):
    return {"list": [nested(depth - 1)]} if depth else 1


BOMBS = [
    *(array(dtype) for dtype in ("(1,1)f8", "f8,f8", "[('a', 'f8')]", "|O", "<f8 ", "<U99999", 3, None)),
    *(array(shape=shape) for shape in ((2,), (10**12,), (1, -1, -1), (True,), (1.0,), [1] * 33)),
    array(data="A" * 10**6),
    nested(wire.DEPTH + 1),
    array(f"({'1,' * 900_000})f8"),
    array(",".join(["f8"] * 400_000)),
    array("<U0", [10**12], ""),
    array(shape=[1] * 600_000),
    array(shape=[10**4000] * 400, data=""),
]
LARGE = [array(shape=[0, 10**15], data=""), {"list": [{"list": []}] * 80_000}, "(" * 2**21]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_what_would_take_time_or_memory_is_not_even_tried(bomb):
    assert wire.unpack(array()) == 0 and wire.unpack(nested(wire.DEPTH))
    with pytest.raises((ValueError, TypeError)):
        wire.unpack(bomb)
    assert engine._log({"log": {"Log": {"type": "function", "is_callable": True, "outcomes": bomb}}}) is None


@pytest.mark.parametrize("bomb", LARGE + BOMBS[16:], ids=range(len(LARGE + BOMBS[16:])))
@pytest.mark.parametrize("place", ["value", "type", "shown"])
def test_a_forged_log_costs_no_time_and_no_memory(bomb, place):
    inputs = check.ratio.inputs(1)
    outcomes = [{"Outcome": {place: bomb}}] + [wire.pack(Outcome())] * (len(inputs.all) - 1)
    log = wire.pack(Log("function", True))
    log["Log"] |= {"outcomes": {"list": outcomes}, "repeats": {"list": outcomes}}
    tracemalloc.start()
    started = time.monotonic()
    assert points(check.ratio, inputs, {"log": log}) == 0
    seconds, (_, bytes_) = time.monotonic() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 10 and bytes_ < 300 * 2**20, (seconds, bytes_)


def logged(function, inputs):
    """A log as it comes out of the sandbox."""
    return json.loads(json.dumps({"log": wire.pack(run(function, inputs))}))


def places(tree):
    """Every place in what JSON holds: a container and a key of it."""
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from places(tree[key])


def forged(message, chance):
    """One with some of its places changed: to odd things, to nothing, or to what stands in another place."""
    message = copy.deepcopy(message)
    for _ in range(chance.randint(1, 4)):
        if not (found := [*places(message)]):
            break
        (here, key), (there, other) = chance.choices(found, k=2)
        kind = chance.randrange(4)
        if kind == 0:
            del here[key]
        elif kind == 1:
            here[key] = copy.deepcopy(there[other])
        else:
            here[key] = copy.deepcopy(chance.choice(ODD))
    return message


def points(exercise, inputs, message):
    """What the grader gives for a message; the verdict is data that can be written down."""
    verdict = engine.best(exercise, inputs, [engine._log(message)])
    json.dumps(verdict).encode()
    return verdict["points"]


@pytest.mark.parametrize("name", [*check])
def test_a_forged_log_gains_nothing(name):
    exercise, chance = getattr(check, name), random.Random(name)
    yesterday, today = exercise.inputs(1), exercise.inputs(2)
    assert points(exercise, today, logged(exercise.reference, today)) == exercise.points
    replayed = logged(exercise.reference, yesterday)  # right values, for other inputs
    wrong = logged(lambda *args: args[0], today)
    silent = copy.deepcopy(wrong)
    for part in ("outcomes", "repeats"):
        silent["log"]["Log"][part] = {"list": []}
    for message in (replayed, wrong, silent):
        assert points(exercise, today, message) == 0
        for _ in range(FORGERIES):
            lie = forged(message, chance)
            assert points(exercise, today, lie) == 0, lie
    for log in (Log("function", True), Log("function", True, outcomes=(), repeats=()), None):
        assert engine.best(exercise, today, [log])["points"] == 0


def test_half_characters_and_escape_sequences_go_no_further():
    inputs = check.ratio.inputs(1)
    bad = Outcome(error=Error("ValueError", "\ud800\x1b[2J", 1, "\ud800"))
    log = Log("function", True, source="\ud800", outcomes=[bad] * len(inputs.all))
    log.repeats = log.outcomes
    text = json.dumps(engine.best(check.ratio, inputs, [log]), ensure_ascii=False)
    assert text.encode() and "\\u001b" not in text and "ValueError" in text
