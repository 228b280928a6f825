"""An exercise is a class: what it asks, what is right, and what goes wrong in a known way.

    @exercise
    class my_odds:
        points, probes, verified, think, hints = 1, scores, "…", "…?", ["…", "…"]

        def right(z):
            return softmax(z) / (1 - softmax(z))

        def upside_down(z):
            '''Your number is 1 divided by the right one. …'''
            return (1 - softmax(z)) / softmax(z)

Every other function of the class is a mistake: the wrong code itself. Its name is the identifier, its
docstring is what the student reads, and it is recognized by what it returns. The first that matches is named:
list them in the order type and shape, axis, formula, stability.

Formulas that code takes by name, such as softmax here, are its pieces. What goes wrong in a piece is known at
once (see slips.py), and a mistake is recognized beside a slip in one of its pieces, too.
"""

import ast
import dis
import functools
import inspect
import itertools
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np

from .diagnosis import close, compute, judge
from .inputs import Inputs, as_places
from .result import Text
from .running import quiet, run
from .slips import SLIPS, STAGES

ANSWERS = Path(__file__).parent / "answers"  # a hand-out for a class leaves them out
ELSEWHERE = "Your instructor has the model solutions, and the answers to what there is to think on."
TRIES = 3
SEED = "SOFTMAX_CHECK_SEED"  # set by a grader who wants the fresh inputs to be the same for everyone


def any_of(**variants):
    """A mistake that is a family: it is made with any of these values of its last arguments."""
    return lambda wrong: vars(wrong).update(variants=variants) or wrong


def within(distance):
    """A mistake that is recognized so far from its values, as what is measured cannot be exact."""
    return lambda wrong: vars(wrong).update(within=distance) or wrong


@functools.cache
def taken(code):
    """The names of globals that a function takes, in functions inside it too."""
    code = getattr(code, "__code__", code)
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(taken(constant) for constant in code.co_consts if isinstance(constant, CodeType)))


@dataclass(frozen=True)
class Variant:
    """A wrong function: the right one or a mistake of its own, with some of its pieces replaced."""

    base: FunctionType
    keywords: dict = field(default_factory=dict)  # of one of a family
    pieces: dict = field(default_factory=dict)  # from the name of a formula to what stands in its place

    def __call__(self, *args):
        return self.code(*args, **self.keywords)

    @functools.cached_property
    def code(self):
        return FunctionType(self.base.__code__, self.base.__globals__ | self.pieces)

    def with_slip(self, other):
        """This and a slip together; None if both are in the same piece, or this does not take it."""
        new = other.pieces.keys() - self.pieces.keys()
        fits = new and new <= taken(self.base)
        return replace(self, pieces=self.pieces | other.pieces) if fits else None


@dataclass(frozen=True)
class Mistake:
    """What wrong functions have in common, and what their author is told."""

    name: str
    text: str
    variants: list
    within: float = 0  # how far from its values an answer may be and still be recognized

    def plus(self, slip):
        """All ways to make both mistakes."""
        pairs = [(v, s) for v in self.variants for s in slip.variants if len(s.pieces) == 1]
        return [both for v, s in pairs if (both := v.with_slip(s))]


def exercise(about):
    """Make an Exercise of a class that tells what it is about."""
    told = {name: value for name, value in vars(about).items() if not name.startswith("__")}
    return Exercise(about.__name__.removeprefix("my_"), **told)


class Exercise:
    """Call it with your function, and it says whether that is right."""

    def __init__(
        self, name, right, probes, points, verified, think, hints,
        accepts=None, extremes=None, pieces=None, without=(), done_by=(), **mistakes,
    ):  # fmt: skip
        self.name, self.reference, self.probes = name, right, probes
        self.points, self.verified, self.think, self.hints = points, verified, think, hints
        self.accepts = accepts  # dtype kinds, such as "fiub"; None: that of the right answer
        self.extremes = extremes  # what to say if nothing but extreme inputs goes wrong, in an unknown way
        self.pieces = taken(right) if pieces is None else pieces  # formulas in which its slips lie
        self.without = without  # names of slips for which this exercise has a better word
        self.done_by = done_by  # functions of the lesson, beside the one of this name, that do it all
        self.arguments = [*inspect.signature(right).parameters]
        self.own = [_own(wrong) for wrong in mistakes.values()]
        self.best = None  # of the results so far
        self._tries, self._given = set(), 0

    @property
    def lesson(self):
        """The number of the lesson that asks it, such as "01"."""
        return self.reference.__module__.rpartition("_")[2]

    @functools.cached_property
    def mistakes(self):
        """Slips about axes, mistakes of this exercise, slips about formula and stability."""
        axis, formula, stability = map(self._slips, STAGES)
        found, told = {}, {}  # a slip that two pieces can make is one mistake
        for one in [*axis, *self.own, *formula, *stability]:
            same = found.setdefault((one.name, one.text), replace(one, variants=[]))
            for variant in one.variants:  # one that does what an earlier mistake does is never told
                if (answers := self.answers(variant)) and told.setdefault(answers, one.name) == one.name:
                    same.variants.append(variant)
        return [mistake for mistake in found.values() if mistake.variants]

    def _slips(self, stage):
        """The right function with a slip in one of its pieces."""
        space = self.reference.__globals__
        known = [(name, slip) for name in SLIPS if name in self.pieces for slip in SLIPS[name]]
        for name, slip in known:
            if slip.stage == stage and slip.wrong.__name__ not in self.without:
                wrong = [functools.partial(slip.wrong, space[name], **v) for v in _values(slip.variants)]
                every = [Variant(self.reference, pieces={name: piece}) for piece in wrong]
                yield Mistake(slip.wrong.__name__, _text(slip.wrong), every)

    def answers(self, variant):
        """What it gives on inputs that are always the same; None if all is right there, or nothing comes."""
        with quiet():
            values = [(compute(variant, args), want, args) for args, want in self._samples]
            wrong = any(value is None or not close(value, want, args) for value, want, args in values)
            if wrong and any(value is not None for value, *_ in values):
                return tuple(_written(value) for value, *_ in values)

    @functools.cached_property
    def _samples(self):
        """Inputs that are always the same, and their answers."""
        with quiet():
            return [(args, np.asarray(self.reference(*args))) for args in self.inputs(0).all]

    def inputs(self, seed=None):
        probes = self.probes(np.random.default_rng(seed))
        return Inputs(*([(*map(as_places, args),) for args in some] for some in probes))

    def __call__(self, function):
        seed = os.environ.get(SEED)
        inputs = self.inputs(int(seed) if seed else None)
        log = run(function, inputs)
        result = judge(self, inputs, log)
        self._remember(result, log)
        return replace(result, folded=self._after_right() if result.passed else self._hints())

    def _remember(self, result, log):
        if result.state not in ("right", "not attempted"):
            self._tries.add((log.source, result.message))
        if self.best is None or result.passed or not self.best.passed:
            self.best = result

    def _hints(self):
        every = enumerate(self.hints, start=1)
        return tuple((f"Hint {i} of {len(self.hints)}", hint, False) for i, hint in every)

    def _after_right(self):
        if not self._answer:
            return (("A model solution", ELSEWHERE, False),)
        thought, code = self._answer
        return (("An answer to Think on", thought, False), ("A model solution", code, True))

    @functools.cached_property
    def _answer(self):
        """What to think, and a model solution; None where the folder of answers was left out."""
        path = ANSWERS / f"lesson_{self.lesson}.py"
        if not path.exists():
            return None
        source = path.read_text(encoding="utf-8")
        (about,) = [x for x in ast.parse(source).body if getattr(x, "name", "") == f"my_{self.name}"]
        lines, first = source.splitlines(), about.body[0]
        code = lines[about.lineno - 1 : first.lineno - 1] + lines[first.end_lineno : about.end_lineno]
        return " ".join(ast.get_docstring(about).split()), "\n".join(code)

    def hint(self):
        """The next hint; after the last one, the last again."""
        self._given = min(self._given + 1, len(self.hints))
        return Text(f"Hint {self._given} of {len(self.hints)}: {self.hints[self._given - 1]}")

    def answer(self):
        """A model solution and an answer to Think on, after a right answer or three tries."""
        if not (self.best and self.best.passed) and len(self._tries) < TRIES:
            return Text(
                f"This shows a model solution after {TRIES} different tries that went wrong, or a right one. "
                f"So far: {len(self._tries)}. `check.{self.name}.hint()` may help."
            )
        if not self._answer:
            return Text(ELSEWHERE)
        thought, code = self._answer
        return Text(f"Think on: {self.think}\n\n{thought}\n\n{code}")

    def __repr__(self):
        return f"check.{self.name}: call it with your function, check.{self.name}(my_{self.name})"


def _values(variants):
    """All combinations of the values of some keywords."""
    return [dict(zip(variants, v, strict=True)) for v in itertools.product(*variants.values())]


def _written(value):
    """A value as text, up to rounding."""
    return repr(value if value is None or value.dtype.kind != "f" else np.round(value, 9).tolist())


def _own(wrong):
    """The mistake that a function of the class is."""
    every = [Variant(wrong, keywords) for keywords in _values(getattr(wrong, "variants", {}))]
    return Mistake(wrong.__name__, _text(wrong), every, getattr(wrong, "within", 0))


def _text(wrong):
    return " ".join(wrong.__doc__.split())
