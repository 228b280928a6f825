"""From what a function did to one message: ran, type and shape, axis, formula, stability."""

import dis
import functools
import linecache
import traceback
from dataclasses import dataclass

import numpy as np

from .running import SECONDS, Outcome, attempt, quiet


@dataclass
class Trial:
    """Everything that is known about one run of one function."""

    exercise: object
    function: object
    inputs: list
    ordinary: int  # so many of the inputs, the first ones, are ordinary; the others are extreme
    wanted: list
    log: object
    redefined: list

    @functools.cached_property
    def wrong(self):
        """Which inputs did not get the right answer."""
        return [i for i, outcome in enumerate(self.log.outcomes) if not self.right(i, outcome)]

    @property
    def telling(self):
        """The first input whose wrong answer can be seen without a magnifying glass, or the first of
        all."""
        return next((i for i in self.wrong if not self.nearly(i)), self.wrong[0])

    def nearly(self, i):
        got, want = _array(self.log.outcomes[i].value), self.wanted[i]
        return got is not None and got.shape == want.shape and _apart(self, i) < 1e-3

    @property
    def kinds(self):
        kind = self.wanted[0].dtype.kind
        return self.exercise.kinds or {"i": "iu", "f": "fiu"}.get(kind, kind)

    @functools.cached_property
    def numb(self):
        """Whether no ordinary input gave a number, nothing but nan and inf."""
        values = [_array(outcome.value) for outcome in self.log.outcomes[: self.ordinary]]
        return all(x is not None and x.dtype.kind == "f" and not np.isfinite(x).any() for x in values)

    def right(self, i, outcome):
        got = _array(outcome.value)
        return (
            outcome.error is None
            and got is not None
            and got.dtype.kind in self.kinds
            and (self.exercise.kinds or got.dtype.kind != "f" or got.dtype.itemsize >= 8)
            and close(got, self.wanted[i], self.inputs[i])
        )


def judge(trial):
    """The state, the identifier of the mistake, and the message."""
    for stage in STAGES:
        found = stage(trial)
        if found:
            return found
    about = trial.exercise
    return "right", None, f"Verified: {about.verified}\n\nThink on: {about.think}"


# The stages. Each looks at one thing, and returns None if that is fine.


def redefined_numpy(trial):
    if trial.redefined:
        text = (
            f"NumPy's own {', '.join(trial.redefined)} had been replaced by something else. It is put back "
            "now. Take the assignment out, run your cell again, then this one: whoever shares NumPy with "
            "you relies on its names."
        )
        return "wrong", "redefined_numpy", text


def not_attempted(trial):
    values = [outcome.value for outcome in trial.log.outcomes]
    errors = [outcome.error for outcome in trial.log.outcomes]
    untouched = _is_stub(trial.function) and not any(errors) and all(value is None for value in values)
    reminder = bool(errors) and all(isinstance(error, NotImplementedError) for error in errors)
    dots = bool(values) and all(value is ... for value in values)
    if trial.function is ... or trial.function is None or untouched or reminder or dots:
        name = trial.exercise.name
        text = (
            f"Replace the dots in `my_{name}` with code of yours that returns the answer, run that cell, "
            f"then this one. `check.{name}.hint()` helps you to begin."
        )
        return "not attempted", None, text


def not_a_function(trial):
    if not callable(trial.function):
        text = (
            f"The check got a {type(trial.function).__name__}. It wants the function itself, whose name "
            f"stands without parentheses: `check.{trial.exercise.name}(my_{trial.exercise.name})`."
        )
        return "wrong", "not_a_function", text


def too_slow(trial):
    if trial.log.stopped:
        i = min(len(trial.log.outcomes), len(trial.inputs) - 1)
        text = (
            f"Your function was still running after {SECONDS:g} seconds and was stopped. The inputs are "
            "tiny, so look for a loop that never ends: what changes from one round to the next, and which "
            "condition ends it?"
        )
        return "too slow", "too_slow", f"{text}\n\n{_table(trial, i)}"


def exits(trial):
    for i, outcome in enumerate(trial.log.outcomes):
        if isinstance(outcome.error, SystemExit):
            text = "Your function ends the whole program. Only `return` is needed to end a function."
            return "raised", "exits", f"{text}\n\n{evidence(trial, i)}"


def returns_nothing(trial):
    empty = [i for i, o in enumerate(trial.log.outcomes) if o.value is None and o.error is None]
    if empty and trial.log.printed:
        text = (
            "Your function prints an answer and returns None. Returning is not printing: what is printed "
            "can be read, what is returned can be computed with."
        )
        return "wrong", "prints", f"{text}\n\n{evidence(trial, empty[0])}"
    if empty:
        text = (
            "Your function returns None: it came to its end, or to the end of one of its branches, without "
            "`return`, or what you returned is None. sort(), append() and print() hand nothing back."
        )
        return "wrong", "returns_none", f"{text}\n\n{evidence(trial, empty[0])}"


def returns_a_list(trial):
    for i, outcome in enumerate(trial.log.outcomes):
        if isinstance(outcome.value, (list, tuple)) and trial.wanted[i].ndim:
            text = (
                f"You returned a {type(outcome.value).__name__}. Arrays in, arrays out: whoever calls you "
                "goes on to compute with the answer, and a list does not add, divide or have a shape."
            )
            return "wrong", "returns_a_list", f"{text}\n\n{evidence(trial, i)}"


def changes_its_input(trial):
    for i, outcome in enumerate(trial.log.outcomes):
        if outcome.changed:
            names = [trial.exercise.arguments[at] for at in outcome.changed]
            text = (
                f"Your call changed the caller's own {' and '.join(names)}. An array is handed over, not "
                "copied, so work in place (`-=`, `/=`, assigning to entries) alters someone else's data."
            )
            after = zip(
                [f"{name} after" for name in names], map(_show, outcome.changed.values()), strict=True
            )
            return "wrong", "changes_its_input", f"{text}\n\n{_table(trial, i, *after)}"


def returns_float32(trial):
    if trial.exercise.kinds or not all(map(trial.nearly, range(trial.ordinary))):
        return None
    for i, outcome in enumerate(trial.log.outcomes):
        got = _array(outcome.value)
        if got is not None and got.dtype.kind == "f" and got.dtype.itemsize < 8:
            text = (
                f"Your answer is {got.dtype}, the input was float64. A smaller type keeps fewer digits, "
                "and the lost ones do not come back: compute in the type that you were given."
            )
            return "wrong", "returns_float32", f"{text}\n\n{evidence(trial, i)}"


def misspells(trial):
    words = sorted({str(want) for want in trial.wanted})
    for i in trial.wrong:
        value = trial.log.outcomes[i].value
        if trial.kinds == "U" and isinstance(value, str) and value not in words:
            text = (
                f"You answered {_show(value)}. The answers are {', '.join(map(_show, words))}, to the letter."
            )
            return "wrong", "misspells", f"{text}\n\n{evidence(trial, i)}"


def known(trial):
    """The first mistake of the catalogue that does what the student's function does, where that goes wrong.

    As long as ordinary inputs go wrong, the extreme ones are not looked at: a wrong axis in code that would
    also overflow is a wrong axis.
    """
    if not trial.wrong:
        return None
    several = trial.ordinary if trial.wrong[0] < trial.ordinary else len(trial.inputs)
    for wrong, variants in trial.exercise.mistakes:
        if any(_matches(trial, functools.partial(wrong, **v), several) for v in variants):
            text = " ".join(wrong.__doc__.split())
            return "wrong", wrong.__name__, f"{text}\n\n{evidence(trial, trial.telling)}"


def leaves_out(trial):
    """Nothing that a function is given here is without effect on the answer."""
    unused = _unused(trial.function)
    if trial.wrong and unused:
        text = (
            f"Your function never uses {' and '.join(unused)}, so the answer cannot depend on it. Compute "
            "with what is handed in."
        )
        return "wrong", "leaves_out", f"{text}\n\n{evidence(trial, trial.telling)}"


ADVICE = {
    "truth value of an array": "`if`, `and`, `or` and `not` want one True or False; an array holds many.",
    "be converted to Python scalars": "Where one number is wanted, as in `math`, an array cannot stand.",
    "bitwise_xor": "In Python `^` is no power: powers are written `**`.",
    "for ^": "In Python `^` is no power: powers are written `**`.",
    "has no axis": "The second argument of the course's softmax is the axis.",
}


def raises(trial):
    for i, outcome in enumerate(trial.log.outcomes):
        if outcome.error:
            advice = next((ADVICE[part] + " " for part in ADVICE if part in str(outcome.error)), "")
            text = (
                f"Your function raised an error instead of answering. {advice}The check calls "
                f"`{_call(trial)}`; below are the input and the line where it stopped. Try that input in a "
                "cell of your own."
            )
            return "raised", "raises", f"{text}\n\n{evidence(trial, i)}"


def type_or_shape(trial):
    for i in trial.wrong:
        want, value = trial.wanted[i], trial.log.outcomes[i].value
        got = _array(value)
        if got is None or got.dtype.kind not in trial.kinds:
            text = f"You returned {_describe(value)}. Expected is {_describe(want)}."
            return "wrong", "type", f"{text}\n\n{evidence(trial, i)}"
        if got.shape != want.shape:
            text = (
                f"Your answer is {_describe(value)}. Expected is {_describe(want)}. Write down which axis "
                "each step removes and which it keeps."
            )
            return "wrong", "shape", f"{text}\n\n{evidence(trial, i)}"


def rounds(trial):
    if trial.wrong and trial.wrong[0] < trial.ordinary and trial.wanted[0].dtype.kind == "f":
        apart = [_apart(trial, i) for i in range(trial.ordinary)]
        if 0 < max(apart) < 6e-4:
            text = (
                f"Your numbers are close, and up to {max(apart):.0e} off. Digits were lost on the way: by "
                "rounding, by a smaller float type, or by a small constant or step somewhere. Compute with "
                "all digits and round when you print."
            )
            return "wrong", "rounds", f"{text}\n\n{evidence(trial, trial.wrong[0])}"


def unstable(trial):
    if trial.wrong and trial.wrong[0] >= trial.ordinary:
        text = trial.exercise.extremes or (
            "Your function is right on ordinary inputs and wrong on extreme ones, like the one below. Take "
            "it through your function, and look for the first step that gives something else than on paper."
        )
        return "wrong", "unstable", f"{text}\n\n{evidence(trial, trial.wrong[0])}"


def unforeseen(trial):
    if trial.wrong:
        text = (
            "The shape of your answer is right, the content is not. Work the input below out by hand, then "
            "look for the first step of your function that disagrees."
        )
        return "wrong", None, f"{text}\n\n{evidence(trial, trial.wrong[0])}"


def keeps_state(trial):
    log = trial.log
    for i, again in enumerate(reversed(log.again)):
        if not trial.right(i, again) or not trial.right(i, Outcome(log.outcomes[i].live)):
            text = (
                "The first answer was right. Then your function was called with other inputs and with "
                "this one again, and an answer changed. Something is kept between calls: a global, a "
                "cache, a random draw, or an array that every call writes into. The answer may depend on "
                "the arguments alone."
            )
            return "wrong", "keeps_state", f"{text}\n\n{_table(trial, i)}"


STAGES = (
    redefined_numpy, not_attempted, not_a_function, too_slow, exits, returns_nothing, returns_a_list,
    changes_its_input, returns_float32, misspells, known, leaves_out, raises, type_or_shape, rounds, unstable,
    unforeseen, keeps_state,
)  # fmt: skip


# Comparing.


def close(got, want, args, within=0):
    """Equal up to rounding, which grows with the inputs; nan and inf must stand in the same places."""
    if got.shape != want.shape:
        return False
    if want.dtype.kind not in "fiu" or got.dtype.kind not in "fiu":
        return np.array_equal(got, want)
    size = max(float(np.abs(np.where(np.isfinite(x), x, 0)).max()) for x in args)
    within = max(within, 2e-14 * (1 + size))
    return np.allclose(got, want, rtol=within, atol=within, equal_nan=True)


def _matches(trial, wrong, several):
    """Whether a known mistake does the same on the first inputs."""
    for i in range(several):
        with quiet():
            mine = attempt(wrong, trial.inputs[i])
        if not _alike(trial, i, mine, getattr(wrong.func, "within", 0)):
            return False
    return True


def _alike(trial, i, mine, within):
    """The same value, or an error each. Whether inf or nan came out depends on details that do not matter
    here, unless nothing else came out."""
    yours = trial.log.outcomes[i]
    if mine.error or yours.error:
        return bool(mine.error and yours.error)
    a, b = _array(mine.value), _array(yours.value)
    if a is None or b is None:
        return False
    if a.dtype.kind == b.dtype.kind == "f":
        a, b = (np.where(np.isfinite(x), x, np.where(trial.numb, abs(x), np.nan)) for x in (a, b))
    counts = not trial.exercise.kinds and (a.dtype.kind in "iu") != (b.dtype.kind in "iu")
    return not counts and close(a, b, trial.inputs[i], within)


def _array(value):
    """A number, a string or an array as an array; None for everything else, lists included."""
    plain = (np.ndarray, np.generic, int, float, str)
    return np.asarray(value) if isinstance(value, plain) else None


def _apart(trial, i):
    """The largest difference from the right answer; inf if there is no telling."""
    got, want = _array(trial.log.outcomes[i].value), trial.wanted[i]
    if {got.dtype.kind, want.dtype.kind} <= set("fiu"):
        return float(np.nan_to_num(np.max(np.abs(got - want)), nan=np.inf))
    return np.inf


def _is_stub(function):
    """Whether nothing happens inside: a docstring, dots, pass."""
    code = getattr(function, "__code__", None)
    idle = {"RESUME", "CACHE", "NOP", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= idle


def _unused(function):
    """The arguments that the function never looks at, as far as can be seen."""
    code = getattr(function, "__code__", None)
    if code is None:
        return []
    used = {name for step in dis.get_instructions(code) for name in step.argrepr.split(", ")}
    return [name for name in code.co_varnames[: code.co_argcount] if name not in used]


# Showing.


def evidence(trial, i):
    """The input, what was expected, and what came."""
    outcome, want = trial.log.outcomes[i], trial.wanted[i]
    expected, yours = _show(want), _error(trial, outcome.error) if outcome.error else _show(outcome.value)
    if expected == yours and want.dtype.kind == "f":
        yours += f"\nlargest difference {_apart(trial, i):.0e}"
    return _table(trial, i, ("expected", expected), ("yours", yours))


def _table(trial, i, *rows):
    pairs = [*zip(trial.exercise.arguments, map(_show, trial.inputs[i]), strict=True), *rows]
    return "\n".join(f"    {name:10}" + text.replace("\n", "\n" + " " * 14) for name, text in pairs)


def _show(value):
    if isinstance(value, np.ndarray) and value.ndim:
        tiny = value.dtype.kind == "f" and np.any((value != 0) & (abs(value) < 1e-4))
        value = value + 0.0 if value.dtype.kind == "f" else value  # -0. would puzzle
        with np.printoptions(precision=4, suppress=not tiny, floatmode="maxprec", linewidth=88, threshold=60):
            return str(value)
    value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    return f"{value + 0.0:.6g}" if isinstance(value, float) else _line(repr(value))


def _error(trial, error):
    """One line for the error, and the line of the student's own code that led to it."""
    text = _line(f"{type(error).__name__}: {error}")
    file = getattr(getattr(trial.function, "__code__", None), "co_filename", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if not frames:
        return text
    code = linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
    return f"{text}\nin line {frames[-1].lineno} of your cell: {code}"


def _line(text):
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:197] + "..."


def _call(trial):
    return f"my_{trial.exercise.name}({', '.join(trial.exercise.arguments)})"


def _describe(value):
    array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic, int, float)) else None
    if array is None:
        return f"a {type(value).__name__}"
    kind = {"f": "floats", "i": "integers", "u": "integers", "b": "booleans", "U": "strings"}.get(
        array.dtype.kind
    )
    if array.ndim == 0:
        return f"one {(kind or str(array.dtype)).removesuffix('s')}"
    return f"an array of {kind or array.dtype} of shape {array.shape}"
