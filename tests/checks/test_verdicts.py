"""From a function to a verdict: what it did is told in plain words, and nobody fools themselves."""

import _thread
import dataclasses
import functools
import itertools
import linecache
import math
import pickle
import signal
import sys
import threading
import warnings

import numpy as np
import pytest

from backstage.calling.log import run
from backstage.checks.diagnosis import judge
from backstage.checks.exercise import SEED
from exercises import inputs
from exercises.pieces import softmax
from helpers import check, numerics
from right_answers import EXERCISES


def forever(z):
    while True:
        pass


def forgets(z):
    softmax(z)


def prints(z):
    print(softmax(z))


def broken(z):
    z = z + 1
    return z.softmax()


def joins(z):
    return np.concatenate([z, "a", None])


def raises(text, p):
    if (p == 0).any():
        raise ValueError(text)
    return -(p * np.log(p)).sum(axis=-1)


# An exercise, a function, the mistake that is named, and what its text says.
TOLD = [
    # Python's own errors.
    ("softmax", lambda z: z if z > 0 else -z, "raises", "`if`"),
    ("softmax", lambda z: math.exp(z), "raises", "`math`"),
    ("ratio", lambda z, i, j: math.e ^ (z[i] - z[j]), "raises", "`**`"),
    ("softmax", lambda z: math.e ^ z, "raises", "`**`"),
    ("softmax", lambda z: np.exp(z) / math.exp(1000), "raises", "`math.exp`"),
    ("softmax", lambda z: nowhere(z), "raises", "run the cells above"),  # noqa: F821
    ("softmax", lambda z: retrun(z), "raises", "looks like `return`"),  # noqa: F821
    ("softmax", lambda z: e**z, "raises", "`np.e`"),  # noqa: F821
    ("softmax", lambda z: z.max(keepdim=True), "raises", "`keepdims`"),
    ("temperature", lambda z: z, "raises", "The check calls `my_temperature(z, T)`"),
    ("softmax", lambda z: sys.exit(3), "exits", "ends the whole program"),
    ("softmax", softmax(np.zeros(3)), "not_a_function", "without parentheses"),
    # Shapes, and what the lesson's functions refuse.
    ("temperature", lambda z, T: numerics.softmax(z, T), "raises", "the course's softmax is the axis"),
    ("gradient", lambda z, y: softmax(z) - y, "raises",
     "z is (3, 4), y is (3,). y has no number for each class"),
    ("top_share", lambda z, y, m: (z.argsort()[:, -m - 1 :] == y).mean(), "raises",
     "(4,) meets the 2 columns of the other"),
    ("temperature", lambda z, T: numerics.softmax(np.log(z) / T), "raises",
     "gave to `softmax` as z holds NaN"),
    ("one_hot", lambda y, k: numerics.one_hot(y, k - 2), "raises",
     "`one_hot` refuses what you gave to it: label 2"),
    # Functions of Python that take rows.
    ("softmax", lambda z: np.exp(z - max(z)) / np.exp(z - max(z)).sum(), "raises", "Python's `max`"),
    ("softmax", lambda z: np.exp(z - min(z)) / np.exp(z - min(z)).sum(), "raises", "Python's `min`"),
    ("softmax", lambda z: np.exp(z - sorted(z)[-1]) / np.exp(z).sum(), "raises", "Python's `sorted`"),
    ("softmax", lambda z: softmax(z) if any(z) else z, "a_batch_fails", "Python's `any`"),
    ("softmax", lambda z: softmax(z) if all(z) else z, "a_batch_fails", "Python's `all`"),
    ("softmax", lambda z: np.exp(z) / sum(np.exp(z)), "down_the_columns", "Python's `sum`"),
    ("softmax", lambda z: list(z).index(z.max()), "raises", "`in` and `index`"),
    # What `math` says in an older Python, and in a newer one.
    *(("entropy", functools.partial(raises, text), "zero_times_log_of_zero", "")
      for text in ("expected a positive input", "math domain error")),
    *(("entropy", lambda p, text=text: raises(text, p * 0), "raises", "`math.log`")
      for text in ("expected a positive input", "math domain error")),
    # What comes back.
    ("softmax", forgets, "returns_none", ""),
    ("softmax", prints, "prints", ""),
    ("softmax", lambda z: softmax(z).tolist(), "returns_a_list", "a list does not add"),
    ("softmax", lambda z: tuple(softmax(z)), "returns_a_list", "a tuple does not add"),
    ("softmax", lambda z: {"p": softmax(z)}, "type", ""),
    ("softmax", lambda z: softmax(z).astype(object), "type", ""),
    ("softmax", lambda z: softmax(z)[..., :1], "shape", ""),
    ("cross_entropy", lambda z, y: [z[0, y[0]]], "type", ""),
    ("predict", lambda z: z.argmax(-1).astype(str), "type", ""),
    ("softmax", lambda z: softmax(z).astype(np.float32), "returns_float32", ""),
    ("softmax", lambda z: softmax(z).astype(np.float32).astype(float), "rounds", ""),
    *(("softmax", lambda z, n=n: np.round(softmax(z), n), "rounds", f"rounded your answer to {n} digit")
      for n in (1, 2, 3)),
    ("softmax", lambda z: np.round(softmax(z), 4), "rounds", "up to 5e-05 off"),
]  # fmt: skip


@pytest.mark.parametrize("name, function, mistake, words", TOLD)
def test_what_went_wrong_is_told_in_a_plain_sentence(name, function, mistake, words):
    result = EXERCISES[name](function)
    assert not result.passed and (result.mistake, words in result.text) == (mistake, True), result


@pytest.mark.parametrize(
    "name, function, words",
    [
        ("softmax", broken, ["object has no attribute 'softmax'", ": return z.softmax()", "0.1 -2."]),
        ("softmax", joins, [": return np.concatenate("]),
        ("softmax", lambda z: np.exp(z) / np.exp(z).sum(axis=1), ["could not be broadcast"]),
        ("softmax", lambda z: np.round(softmax(z), 9), ["largest difference"]),
    ],
)  # fmt: skip
def test_evidence_has_the_input_the_error_and_the_students_line(name, function, words):
    message = EXERCISES[name](function).message
    assert all(part in message for part in words), message


@pytest.mark.parametrize("name, function, words", [
    ("entropy", lambda p: -(p * np.log(p)).sum(axis=-1), "-0."),
    ("softmax", lambda z: [*softmax(z).ravel()], "np.float64"),
])  # fmt: skip
def test_numbers_are_shown_plainly(name, function, words):
    assert words not in EXERCISES[name](function).message


def test_untouched_stub_is_told_what_to_do():
    def stub(z):
        """Shape (n, k) -> (n, k)."""
        ...

    def reminder(z):
        raise NotImplementedError

    for nothing in (stub, reminder, lambda z: ..., lambda z: None, ..., None):
        result = check.softmax(nothing)
        assert (result.state, result.mistake, result.points) == ("not attempted", None, 0)
        assert "Replace the dots" in result.message


def test_endless_loop_is_stopped(hurry):
    result = check.softmax(forever)
    assert (result.state, result.mistake) == ("too slow", "too_slow") and "0.1 -2." in result.message
    assert check.softmax(softmax).passed


@pytest.mark.parametrize("timer", [True, False])
def test_stop_button_still_works(timer, monkeypatch):
    monkeypatch.setattr("backstage.calling.log.SECONDS", 60)  # so that nothing else ends it
    if not timer:
        monkeypatch.delattr(signal, "setitimer", raising=False)
    threading.Timer(0.1, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        check.softmax(forever)


# Fooling oneself


@pytest.mark.parametrize(
    "name, wrong",
    [("exp", np.exp2), ("allclose", lambda *a, **k: True), ("asarray", lambda x: x), ("isfinite", np.isnan)],
)
def test_numpy_is_put_back(name, wrong, monkeypatch):
    own = getattr(np, name)
    monkeypatch.setattr(np, name, wrong)
    result = check.softmax(lambda z: z)
    assert result.mistake == "redefined_numpy" and f"np.{name}" in result.message
    assert getattr(np, name) is own and check.softmax(softmax).passed


def test_numpy_is_put_back_when_the_function_itself_assigns():
    def assigns(z):
        np.allclose = lambda *a, **k: True
        np.random.default_rng = None
        return z

    result = check.softmax(assigns)
    assert result.mistake == "redefined_numpy" and "np.random.default_rng" in result.message
    assert check.softmax(softmax).passed and not check.softmax(lambda z: z).passed


def test_changed_input_is_noticed_and_harms_nobody():
    def in_place(z):
        z -= z.max(axis=-1, keepdims=True)
        return softmax(z)

    before = inputs.BATCH.copy()
    result = check.softmax(in_place)
    assert result.mistake == "changes_its_input" and "own z." in result.message
    assert "z         [[ 0.1 -2.   3.4  3.3]" in result.message
    assert "z after   [[-3.3 -5.4  0.  -0.1]" in result.message
    assert np.array_equal(inputs.BATCH, before)

    def labels_in_place(z, y):
        y[:] = 0
        return 0.0

    assert check.cross_entropy(labels_in_place).mistake == "changes_its_input"


def remembers(key):
    """Softmax that answers as it did to the first input of the same key."""
    known = {}
    return lambda z: known.setdefault(key(z), softmax(z))


def gets_worse():
    calls = itertools.count()
    return lambda z: softmax(z) * (1 if next(calls) < len(check.softmax.inputs(0).all) else 2)


def one_buffer_a_shape(z, buffers):
    out = buffers.setdefault(z.shape, np.empty(z.shape))
    out[...] = softmax(z)
    return out


@pytest.mark.parametrize(
    "function, mistake",
    [
        (remembers(lambda z: z.shape), None),
        (remembers(lambda z: 0), "shape"),
        (gets_worse(), "keeps_state"),
        (functools.partial(one_buffer_a_shape, buffers={}), "keeps_state"),
    ],
)
def test_a_function_that_remembers_does_not_pass(function, mistake):
    result = check.softmax(function)
    assert (result.passed, result.mistake) == (False, mistake), result


def test_calls_are_repeated_in_reverse_order():
    calls = []
    check.softmax(lambda z: calls.append(z) or softmax(z))
    for first, again in zip(calls, reversed(calls), strict=True):
        assert np.array_equal(first, again)


def test_the_hidden_seed_alone_decides_the_fresh_inputs(monkeypatch):
    def seen():
        inputs = []
        np.random.seed(0)  # the student's
        check.softmax(lambda z: inputs.append(z.copy()) or softmax(z))
        return np.concatenate([z.ravel() for z in inputs])

    assert not np.array_equal(seen(), seen())
    monkeypatch.setenv(SEED, "7")
    seven = seen()
    assert np.array_equal(seven, seen())
    monkeypatch.setenv(SEED, "8")
    assert not np.array_equal(seven, seen())


# One road: a function, a log of plain data, a verdict


def parts_of(data):
    if isinstance(data, dict):
        return [part for pair in data.items() for one in pair for part in parts_of(one)]
    return [part for one in data for part in parts_of(one)] if isinstance(data, (list, tuple)) else [data]


def fails_somewhere(z):
    if z.ndim == 1:
        raise ValueError("no batch")
    return {"a dict": z}


@pytest.mark.parametrize(
    "function", [softmax, fails_somewhere, forever, np.exp, 7, lambda z: [[z], (z,), np.exp]]
)
def test_a_log_holds_plain_data_and_is_all_that_the_verdict_needs(function, hurry):
    asked = check.softmax.inputs(0)
    log = run(function, asked)
    plain = (np.ndarray, int, float, str, bool, type(None))
    assert all(type(part) in plain for part in parts_of(dataclasses.asdict(log)))
    elsewhere = pickle.loads(pickle.dumps(log))
    assert repr(judge(check.softmax, asked, elsewhere)) == repr(judge(check.softmax, asked, log))


def test_a_newer_version_that_did_not_define_the_function_is_told():
    first = 'def my_softmax(z):\n    """Probabilities from scores."""\n    return z\n'
    space = {"In": ["", first]}
    linecache.cache["<cell>"] = (len(first), None, first.splitlines(True), "<cell>")
    exec(compile(first, "<cell>", "exec"), space)
    now = "check.softmax(my_softmax)"
    for later, stale in [
        ([], False),
        (["my_softmax(BATCH)"], False),
        ([first.replace("return z", "return z +")], True),
        ([first.replace("my_softmax", "my_softmx")], True),
        ([first.replace("return z", "return z +"), first], False),
    ]:
        space["In"] = ["", first, *later, now]
        assert ("of an earlier run" in check.softmax(space["my_softmax"]).text) is stale


def test_nothing_reaches_the_screen(capfd):
    def noisy(z):
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        np.log(-1.0)
        return softmax(z)

    check.softmax(noisy)
    assert capfd.readouterr() == ("", "")
