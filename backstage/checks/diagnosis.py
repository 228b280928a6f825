"""From the log of what a function did to one verdict: ran, type and shape, axis, formula, stability."""

import dataclasses
import functools
import itertools
import json
import re
from dataclasses import dataclass, field

import numpy as np

from backstage.calling.log import SECONDS, quiet

from . import errors
from .compare import apart, close, compute, is_array
from .relations import relation
from .result import Result

DIGITS = 4  # that are shown behind the point
CLOSE = 1e-3  # so near to the right answer, or to a known mistake, that digits were lost on the way


@dataclass(frozen=True)
class Search:
    """How to look for a known mistake."""

    mistakes: int = 1  # how many are made at once
    within: float = 0  # how far from what a mistake gives an answer may be
    exact: bool = False  # inf and nan are told apart, and a mistake's own tolerance does not count


# What fits exactly says more than what fits nearly, so two mistakes at once that explain every digit come
# before one that leaves nan and inf unexplained. Lost digits fit many mistakes and come last.
SEARCHES = [
    Search(exact=True),
    Search(mistakes=2, exact=True),
    Search(),
    Search(mistakes=2),
    Search(within=CLOSE),
]


@dataclass
class Trial:
    """What an exercise asks, and what the function did with it."""

    exercise: object
    inputs: list
    ordinary: int  # so many of the inputs, the first ones, are ordinary; the others are extreme
    wanted: list
    log: object
    computed: dict = field(default_factory=dict)  # what known mistakes give

    @functools.cached_property
    def failed(self):
        """Which inputs did not get the right answer."""
        return [i for i, outcome in enumerate(self.log.outcomes) if not self.is_right(i, outcome)]

    @functools.cached_property
    def looked_at(self):
        """Which inputs decide. As long as ordinary ones go wrong, the extreme ones are not looked at: a wrong
        axis in code that would also overflow is a wrong axis."""
        ordinary_fails = self.failed and self.failed[0] < self.ordinary
        return range(self.ordinary if ordinary_fails else len(self.log.outcomes))

    @functools.cached_property
    def batches(self):
        """Those of them that are batches."""
        return [i for i in self.looked_at if np.ndim(self.inputs[i][0]) > 1]

    def clearest(self, places, text=""):
        """The first failed input whose difference shows in print: one with an example of the text, or one in
        these places, if it can be."""
        examples = [json.loads(example) for example in re.findall(r"\[-?\d[-\d., ]*\]", text)]
        rows = {i: np.atleast_2d(self.inputs[i][0]).tolist() for i in self.failed} if examples else {}
        order = [i for i, row in rows.items() if any(e == part[: len(e)] for e in examples for part in row)]
        order += [i for i in self.failed if i in places] + self.failed
        return next((i for i in order if not self.is_near(i)), order[0])

    def finds(self, search, places):
        """The first mistake of the catalogue that does the same in these places; of two, the first."""
        failed = [i for i in self.failed if i in places]
        if not failed or self.is_silent(places) or search.within and all(map(self.is_near, places)):
            return None
        places = [*failed, *(i for i in places if i not in failed)]  # most mistakes differ in the first place
        known = self.pairs(failed) if search.mistakes > 1 else ((m, m) for m in self.exercise.mistakes)
        return next((told for told, made in known if self.does_the_same(made, search, places)), None)

    def is_silent(self, places):
        """Whether errors came in all of these places, and none that tells what would have come."""
        every = [self.log.outcomes[i].error for i in places]
        return all(every) and not all(map(errors.is_refusal, every))

    def pairs(self, failed):
        """Yield the one that is told, and two mistakes at once. What does not show by itself is not told."""
        shown = []
        for mistake in self.exercise.mistakes:
            variants = [v for v in mistake.variants if any(self.shows(v, i) for i in failed)]
            shown += [dataclasses.replace(mistake, variants=variants)] * bool(variants)
        for first, second in itertools.combinations(shown, 2):
            both = dataclasses.replace(first, variants=first.plus(second) or second.plus(first))
            yield second if first.within else first, both  # what is not exact says least

    def does_the_same(self, mistake, search, places):
        """Whether one of its variants gives what came."""
        within = 0 if search.exact else search.within or mistake.within
        extreme = range(self.ordinary, len(self.inputs)) if mistake.within and not search.exact else ()
        return any(
            all(self.matches(v, i, within, search.exact) for i in places)
            and all(self.matches(v, i, CLOSE, False) for i in extreme)
            for v in mistake.variants
        )

    def matches(self, wrong, i, within, exact):
        """Whether a wrong function does in one place what the student's does: the same value, or an error
        each. Whether inf or nan came out may depend on details, unless nothing else came out."""
        a, yours = self.value(wrong, i), self.log.outcomes[i]
        if yours.error and a is not None:  # Python's math raises where NumPy gives inf or nan
            math = errors.is_of_math(yours.error) and a.dtype.kind == "f" and not np.isfinite(a).all()
            return math or errors.is_refusal(yours.error) and errors.explains(a, yours.error)
        if a is None:
            return bool(yours.error) and not errors.is_refusal(yours.error)
        if not is_array(yours.value):
            return False
        b = np.asarray(yours.value)
        if a.dtype.kind == b.dtype.kind == "f" and not exact:
            a, b = (np.where(np.isfinite(x), x, np.where(self.never_finite, abs(x), np.nan)) for x in (a, b))
        counts = not self.exercise.accepts and (a.dtype.kind in "iu") != (b.dtype.kind in "iu")
        return not counts and close(b, a, self.inputs[i], within)

    def value(self, wrong, i):
        """What a known mistake gives in one place, computed once."""
        if (id(wrong), i) not in self.computed:
            self.computed[id(wrong), i] = wrong, compute(wrong, self.inputs[i])
        return self.computed[id(wrong), i][1]

    def shows(self, wrong, i):
        value = self.value(wrong, i)
        return value is None or not close(value, self.wanted[i], self.inputs[i])

    def is_near(self, i):
        got, want = self.log.outcomes[i].value, self.wanted[i]
        return is_array(got) and np.shape(got) == want.shape and apart(got, want) < CLOSE

    @functools.cached_property
    def never_finite(self):
        """Whether no ordinary input gave a number, nothing but nan and inf."""
        values = [outcome.value for outcome in self.log.outcomes[: self.ordinary]]
        floats = all(is_array(x) and np.asarray(x).dtype.kind == "f" for x in values)
        return floats and not any(np.isfinite(x).any() for x in values)

    def is_right(self, i, outcome):
        if outcome.error or not is_array(outcome.value):
            return False
        got = np.asarray(outcome.value)
        return (
            got.dtype.kind in self.exercise.kinds
            and (self.exercise.accepts or got.dtype.kind != "f" or got.dtype.itemsize >= 8)
            and close(got, self.wanted[i], self.inputs[i])
        )


def judge(exercise, inputs, log):
    """The Result of what a function did on these inputs, from its log alone."""
    with quiet():
        trial = Trial(exercise, inputs.all, len(inputs.ordinary), _wanted(exercise, inputs), log)
        verdicts = (question(trial) for question in QUESTIONS)
        verdict = next(verdict for verdict in verdicts if verdict)
        if not log.is_stale:
            return verdict
        text = (
            f"This is about the `my_{exercise.name}` of an earlier run. A cell that you ran later holds a "
            "newer one, but stopped before it was defined, or gives it another name."
        )
        return dataclasses.replace(verdict, text=_paragraphs(text, verdict.text))


def _wanted(exercise, inputs):
    return [np.asarray(exercise.reference(*args)) for args in inputs.all]


def smallest(exercise, inputs, log):
    """The evidence of the first of these inputs on which the difference can be seen; () if there is none."""
    with quiet():
        trial = Trial(exercise, inputs.all, len(log.outcomes), _wanted(exercise, inputs), log)
        seen = [i for i in trial.failed if is_array(log.outcomes[i].value) and not trial.is_near(i)]
        return tuple(evidence(trial, seen[0], _digits(trial, seen[0]))) if seen else ()


def _digits(trial, i):
    """How many digits behind the point tell what differs."""
    got, want = np.asarray(trial.log.outcomes[i].value), trial.wanted[i]
    if got.shape != want.shape or {got.dtype.kind, want.dtype.kind} - set("fiu"):
        return DIGITS
    differs = [np.round(got, n) != np.round(want, n) for n in range(2, DIGITS + 1)]
    return next(n for n, places in enumerate(differs, start=2) if (places == differs[-1]).all())


def _paragraphs(*texts):
    return "\n\n".join(filter(None, texts))


def _result(trial, state, mistake, text, evidence=()):
    return Result(trial.exercise.name, trial.exercise.points, state, text, tuple(evidence), mistake)


def _verdict(trial, stage, rows=(), state="wrong", **values):
    """The Result of a stage, whose name is the mistake, and whose docstring, with these values, the text."""
    text = " ".join(stage.__doc__.split()).format(name=trial.exercise.name, **values)
    return _result(trial, state, stage.__name__, text, rows)


# The stages. Each looks at one thing, and returns None if that is fine. Docstrings are what the reader sees.


def redefined_numpy(trial):
    """NumPy's own {names} had been replaced by something else. It is put back now. Take the assignment out,
    run your cell again, then this one: whoever shares NumPy with you relies on its names."""
    if trial.log.redefined:
        return _verdict(trial, redefined_numpy, names=", ".join(trial.log.redefined))


def not_attempted(trial):
    """Replace the dots in `my_{name}` with code of yours that returns the answer, run that cell, then this
    one. `check.{name}.hint()` helps you to begin."""
    log, outcomes = trial.log, trial.log.outcomes
    untouched = log.is_stub and all(outcome.type == "NoneType" and not outcome.error for outcome in outcomes)
    reminder = bool(outcomes) and all(o.error and o.error.type == "NotImplementedError" for o in outcomes)
    dots = bool(outcomes) and all(outcome.type == "ellipsis" for outcome in outcomes)
    if log.type in ("ellipsis", "NoneType") or untouched or reminder or dots:
        verdict = _verdict(trial, not_attempted, state="not attempted")
        return dataclasses.replace(verdict, mistake=None)


def not_a_function(trial):
    """The check got {got}. It wants the function itself, whose name stands without parentheses:
    `check.{name}(my_{name})`."""
    if not trial.log.is_callable:
        return _verdict(trial, not_a_function, got=_a(trial.log.type))


def too_slow(trial):
    """Your function was still running after {seconds:g} seconds and was stopped. The inputs are tiny, so look
    for what waits, such as `input()`, or for a loop that never ends: what changes from one round to the next,
    and which condition ends it?"""
    if trial.log.stopped:
        i = min(len(trial.log.outcomes), len(trial.inputs) - 1)
        return _verdict(trial, too_slow, _given(trial, i), "too slow", seconds=SECONDS)


def exits(trial):
    """Your function ends the whole program. Only `return` is needed to end a function."""
    for i, outcome in enumerate(trial.log.outcomes):
        if outcome.error and outcome.error.type == "SystemExit":
            return _verdict(trial, exits, evidence(trial, i), "raised")


def prints(trial):
    """Your function prints an answer and returns None. Returning is not printing: what is printed can be
    read, what is returned can be computed with."""
    if trial.log.printed and (empty := _empty(trial)):
        return _verdict(trial, prints, evidence(trial, empty[0]))


def returns_none(trial):
    """Your function returns None: it came to its end, or to the end of one of its branches, without
    `return`, or what you returned is None. sort(), append() and print() hand nothing back."""
    if empty := _empty(trial):
        return _verdict(trial, returns_none, evidence(trial, empty[0]))


def _empty(trial):
    return [i for i, o in enumerate(trial.log.outcomes) if o.type == "NoneType" and not o.error]


def returns_a_list(trial):
    """You returned {a_list}. Arrays in, arrays out: whoever calls you goes on to compute with the answer, and
    a {kind} does not add, divide or have a shape."""
    for i, outcome in enumerate(trial.log.outcomes):
        if isinstance(outcome.value, (list, tuple)) and trial.wanted[i].ndim:
            kind = outcome.type
            return _verdict(trial, returns_a_list, evidence(trial, i), a_list=_a(kind), kind=kind)


def changes_its_input(trial):
    """Your call changed the caller's own {names}. An array is handed over, not copied, so work in place
    (`-=`, `/=`, assigning to entries) alters someone else's data."""
    for i, outcome in enumerate(trial.log.outcomes):
        if outcome.changed:
            after = [(trial.exercise.arguments[at], now) for at, now in outcome.changed]
            rows = _given(trial, i) + [(f"{name} after", _show(now)) for name, now in after]
            return _verdict(trial, changes_its_input, rows, names=" and ".join(name for name, _ in after))


def returns_float32(trial):
    """Your answer is {kind}, the input was float64. A smaller type keeps fewer digits, and the lost ones do
    not come back: compute in the type that you were given."""
    if trial.exercise.accepts or not all(map(trial.is_near, range(trial.ordinary))):
        return None
    for i, outcome in enumerate(trial.log.outcomes):
        got = np.asarray(outcome.value)
        if is_array(outcome.value) and got.dtype.kind == "f" and got.dtype.itemsize < 8:
            return _verdict(trial, returns_float32, evidence(trial, i), kind=got.dtype)


def misspells(trial):
    """You answered {got}. The answers are {answers}, to the letter."""
    if trial.exercise.kinds != "U":
        return None
    words = sorted({str(want) for want in trial.wanted})
    for i in trial.failed:
        value = trial.log.outcomes[i].value
        if is_array(value) and np.asarray(value).dtype.kind == "U" and value not in words:
            answers = ", ".join(map(_show, words))
            return _verdict(trial, misspells, evidence(trial, i), got=_show(value), answers=answers)


def known(trial):
    """The first known mistake that does what the student's function does: alone, or on batches alone, or with
    a slip beside it, or with digits lost beside it."""
    if not trial.failed:
        return None
    every = range(len(trial.inputs))  # beside lost digits it may be the extreme inputs that tell
    searches = [*itertools.product(SEARCHES, [trial.looked_at, trial.batches]), (SEARCHES[-1], every)]
    for search, places in searches:
        mistake = trial.finds(search, places)
        if mistake:
            i = trial.failed[0] if mistake.within else trial.clearest(places, mistake.text)
            advice = _of_python(trial, i) if mistake.name in OF_ROWS or trial.log.outcomes[i].error else ""
            text = _paragraphs(mistake.text, advice)
            return _result(trial, "wrong", mistake.name, text, evidence(trial, i))


def leaves_out(trial):
    """Your function never uses {names}, so the answer cannot depend on {them}. Compute with what is handed
    in."""
    names = trial.log.unused  # nothing that a function is given here is without effect on the answer
    if trial.failed and names:
        them = "them" if len(names) > 1 else "it"
        return _verdict(trial, leaves_out, _clearest_evidence(trial), names=" and ".join(names), them=them)


OF_ROWS = ("a_batch_fails", "down_the_columns")  # what Python's own functions do to a batch


def _of_python(trial, i):
    return errors.of_python(trial.log.outcomes[i].error, trial.log.source)


def raises(trial):
    for i in trial.looked_at:
        error = trial.log.outcomes[i].error
        if error:
            call = f"my_{trial.exercise.name}({', '.join(trial.exercise.arguments)})"
            text = (
                f"The check calls `{call}`; below are the input and the line where it stopped. Try that "
                "input in a cell of your own."
            )
            advice = errors.advice(error, trial.log.source)
            first = f"Your function raised an error instead of answering. {advice}"
            return _result(trial, "raised", "raises", f"{first.strip()} {text}", evidence(trial, i))


def type_or_shape(trial):
    for i in [i for i in trial.failed if i in trial.looked_at]:
        want, outcome = trial.wanted[i], trial.log.outcomes[i]
        if not is_array(outcome.value) or np.asarray(outcome.value).dtype.kind not in trial.exercise.kinds:
            text = f"You returned {_kind_of(outcome)}. Expected is {_kind(want)}."
            return _result(trial, "wrong", "type", text, evidence(trial, i))
        if np.shape(outcome.value) != want.shape:
            told = _relation(trial, trial.looked_at)
            text = (
                f"Your answer is {_kind_of(outcome)}. Expected is {_kind(want)}. "
                f"{f'On all inputs, {told}. ' * bool(told)}"
                "Write down which axis each step removes and which it keeps."
            )
            text = _paragraphs(text, _of_python(trial, i))
            return _result(trial, "wrong", "shape", text, evidence(trial, i))


def rounds(trial):
    if not trial.failed or trial.failed[0] >= trial.ordinary or trial.wanted[0].dtype.kind != "f":
        return None
    pairs = [(trial.log.outcomes[i].value, trial.wanted[i]) for i in range(trial.ordinary)]
    off = max(apart(got, want) for got, want in pairs)
    digits = next((d for d in range(1, 4) if all(_is_rounded(got, want, d) for got, want in pairs)), None)
    if digits or 0 < off < CLOSE:
        on_all = all(map(trial.is_near, range(len(trial.inputs))))
        text = _rounded_to(digits) if digits else _off_by(off, on_all)
        i = min((i for i in trial.failed if i < trial.ordinary), key=trial.is_near)
        return _result(trial, "wrong", "rounds", text, evidence(trial, i))


def _rounded_to(digits):
    return (
        f"You rounded your answer to {digits} digit{'s' * (digits > 1)} behind the point, and the lost ones "
        "do not come back. Whoever calls you goes on to compute: return all digits, and round when you print."
    )


def _off_by(off, on_all):
    where = ", and" if on_all else " on ordinary inputs, and far off on extreme ones. They are"
    return (
        f"Your numbers are close{where} up to {off:.0e} off. Digits were lost on the way: by rounding, by a "
        "smaller float type, or by a small constant or step somewhere. Compute with all digits and round "
        "when you print."
    )


def _is_rounded(got, want, digits):
    return apart(got, want) < np.inf and np.allclose(got, np.round(want, digits), rtol=0, atol=1e-12)


def unstable(trial):
    if trial.failed and trial.failed[0] >= trial.ordinary:
        text = trial.exercise.extremes or (
            "Your function is right on ordinary inputs and wrong on extreme ones, like the one below. Take "
            "it through your function, and look for the first step that gives something else than on paper."
        )
        told = _relation(trial, trial.failed)
        text += f" Where it is wrong, {told}." * bool(told)
        return _result(trial, "wrong", "unstable", text, _clearest_evidence(trial))


def unforeseen(trial):
    if trial.failed:
        text = (
            f"{_counted(trial)} Work the input below out by hand, then look for the first "
            "step of your function that disagrees."
        )
        return _result(trial, "wrong", None, text.strip(), _clearest_evidence(trial))


def _relation(trial, places):
    """What the answers in these places are of the expected ones; "" if there is no telling."""
    values = [np.asarray(trial.log.outcomes[i].value) for i in places]
    if not all(value.dtype.kind in "bfiu" for value in values):
        return ""
    inputs = [dict(zip(trial.exercise.arguments, trial.inputs[i], strict=True)) for i in places]
    want, got = [trial.wanted[i].astype(float) for i in places], [value.astype(float) for value in values]
    return relation(inputs, want, got, verdicts=trial.exercise.kinds == "b")


def _counted(trial):
    """On how many inputs the answers are wrong, and what is true of them all."""
    places, told = trial.looked_at, _relation(trial, trial.looked_at)
    wrong, n = sum(i in trial.failed for i in places), len(places)
    tried = f"{n} {'ordinary ' * (n < len(trial.inputs))}inputs that were tried"
    if wrong == n:
        return f"On all {tried}, {told or 'your answer is wrong'}."
    fact = f" On all {n}, {told}." if told else ""
    return f"Of {tried}, {wrong} {'goes' if wrong == 1 else 'go'} wrong.{fact}"


def keeps_state(trial):
    """The first answer was right. Then your function was called with other inputs and with this one again,
    and an answer changed. Something is kept between calls: a global, a cache, a random draw, or an array that
    every call writes into. The answer may depend on the arguments alone."""
    for i, (first, again) in enumerate(zip(trial.log.outcomes, trial.log.repeats, strict=True)):
        kept = first.afterwards is not None and trial.is_right(i, first.__class__(value=first.afterwards))
        if not kept or not trial.is_right(i, again):
            return _verdict(trial, keeps_state, _given(trial, i))


def right(trial):
    exercise, borrowed = trial.exercise, _does_it(trial.exercise, trial.log)
    note = borrowed and (
        f"Your answer is right, and `{borrowed}` does the whole task in it. The points are for an answer "
        "that is written out without it."
    )
    text = _paragraphs(note, f"Verified: {exercise.verified}", f"Think on: {exercise.think}")
    return dataclasses.replace(_result(trial, "right", None, text), borrowed=borrowed)


def _does_it(exercise, log):
    """The function of the lesson, or (with a dot) of a library, that does what is asked, if it is used."""
    whole = {exercise.name, *exercise.done_by}
    ours = [name for name, module in log.uses.items() if module.partition(".")[0] in ("helpers", "__main__")]
    itself = re.findall(r"\A\s*def (\w+)", log.source)  # the lesson's function under another name
    by_keyword = [name for name in ours if exercise.name in log.keywords]
    others = [name for name in log.uses if name not in ours and (log.is_thin or name in whole)]
    alike = [re.sub(r"\._\w+", "", log.uses[name]) + f".{name}" for name in others]
    return next(iter([name for name in ours + itself if name in whole] + by_keyword + alike), None)


QUESTIONS = (
    redefined_numpy, not_attempted, not_a_function, too_slow, exits, prints, returns_none, returns_a_list,
    changes_its_input, returns_float32, misspells, known, leaves_out, raises, type_or_shape, rounds, unstable,
    unforeseen, keeps_state, right,
)  # fmt: skip


# Errors and arrays as text.


def evidence(trial, i, digits=DIGITS):
    """The input, what was expected, and what came."""
    outcome, want = trial.log.outcomes[i], trial.wanted[i]
    expected, yours = _show(want, digits), _shown(outcome, digits)
    if expected == yours and want.dtype.kind == "f":
        yours += f"\nlargest difference {apart(outcome.value, want):.0e}"
    return [*_given(trial, i), ("expected", expected), ("yours", yours)]


def _clearest_evidence(trial):
    return evidence(trial, trial.clearest(trial.looked_at))


def _given(trial, i):
    return [*zip(trial.exercise.arguments, map(_show, trial.inputs[i]), strict=True)]


def _shown(outcome, digits):
    """What came: a value, or one line for the error and the line of the student's own code that led to it."""
    error = outcome.error
    if not error:
        return _line(outcome.shown) if outcome.value is None else _show(outcome.value, digits)
    text = _line(f"{error.type}: {error.message}")
    return text if error.line is None else f"{text}\nin line {error.line} of your cell: {error.source}"


def _show(value, digits=DIGITS):
    if isinstance(value, np.ndarray) and value.ndim:
        tiny = value.dtype.kind == "f" and np.any((value != 0) & (abs(value) < 1e-4))
        value = value + 0.0 if value.dtype.kind == "f" else value  # -0. would puzzle
        shown = {"precision": digits, "suppress_small": not tiny, "floatmode": "maxprec"}
        return np.array2string(value, 88, threshold=60, **shown)
    value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    return f"{value + 0.0:.{digits + 2}g}" if isinstance(value, float) else _line(repr(value))


def _line(text):
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:197] + "..."


def _a(noun):
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _kind_of(outcome):
    return _kind(np.asarray(outcome.value)) if is_array(outcome.value) else _a(outcome.type)


def _kind(array):
    """Such as "an array of floats of shape (3, 4)"."""
    names = {"f": "floats", "i": "integers", "u": "integers", "b": "booleans", "U": "strings"}
    kind = names.get(array.dtype.kind, f"{array.dtype} values")
    return f"an array of {kind} of shape {array.shape}" if array.ndim else f"one {kind.removesuffix('s')}"
