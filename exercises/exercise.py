"""An exercise: what is right, what goes wrong in a known way, and how to tell.

To add one, write the right function under `@exercise(...)`, with its parts as keywords (see slips.py): what
goes wrong in a part is known at once. Write what goes wrong in this exercise alone under `@my_NAME.mistake`.
A mistake is the wrong code itself: its name is the identifier, its docstring is what the student reads, and
it is recognized by what it returns. One that takes parts as keywords is recognized beside a slip in them too.
The first that matches is named: list them in the order type and shape, axis, formula, stability.
"""

import ast
import dataclasses
import functools
import inspect
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

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


def exercise(probes, **about):
    """Make the right function an Exercise. `probes(rng)` gives ordinary and extreme inputs, as lists of
    tuples. about: points, verified (what was tried), think (a question), hints (two or three); the rest is
    explained in Exercise."""
    return lambda reference: Exercise(reference, probes, **about)


@dataclass(frozen=True)
class Variant:
    """A wrong function: the right one or a mistake of its own, with some of its parts replaced."""

    base: object
    parts: dict  # every part of base
    replaced: frozenset  # which of them are wrong

    def __call__(self, *args):
        return self.base(*args, **self.parts)

    def with_slip(self, other):
        """This and a slip together; None if both are in the same part, or have no part in common."""
        new = other.replaced - self.replaced
        if len(other.replaced) != 1 or not new or not new <= self.parts.keys():
            return None
        return Variant(self.base, self.parts | {part: other.parts[part] for part in new}, self.replaced | new)


@dataclass(frozen=True)
class Mistake:
    """What wrong functions have in common, and what their author is told."""

    name: str
    text: str
    variants: list
    within: float = 0  # how far from its values an answer may be and still be recognized

    def plus(self, slip):
        """All ways to make both mistakes."""
        pairs = itertools.product(self.variants, slip.variants)
        return [both for both in itertools.starmap(Variant.with_slip, pairs) if both]


class Exercise:
    """Call it with your function, and it says whether that is right."""

    def __init__(
        self, reference, probes, points, verified, think, hints,
        accepts=None, extremes=None, without=(), done_by=(),
    ):  # fmt: skip
        self.name, self.reference, self.probes = reference.__name__.removeprefix("my_"), reference, probes
        self.points, self.verified, self.think, self.hints = points, verified, think, hints
        self.accepts = accepts  # dtype kinds, such as "fiub"; None: that of the right answer
        self.extremes = extremes  # what to say if nothing but extreme inputs goes wrong, in an unknown way
        self.without = without  # names of slips for which this exercise has a better word
        self.done_by = done_by  # functions of the lesson, beside the one of this name, that do it all
        parameters = inspect.signature(reference).parameters.values()
        self.arguments = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        self.parts = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.own = []
        self.best = None  # of the results so far
        self._tries, self._given = set(), 0

    def mistake(self, wrong=None, *, within=0, called=None, **variants):
        """Add a mistake of this exercise. Lists of values for its keywords make it a family.

        called: its name, where another function of the lesson has that.
        """
        if wrong is None:
            return functools.partial(self.mistake, within=within, called=called, **variants)
        parts = {p: self.parts[p] for p in inspect.signature(wrong).parameters if p in self.parts}
        every = [Variant(functools.partial(wrong, **v), parts, frozenset()) for v in _values(variants)]
        self.own.append(Mistake(called or wrong.__name__, _text(wrong), every, within))
        return wrong

    @property
    def lesson(self):
        """The number of the lesson that asks it, such as "01"."""
        return self.reference.__module__.rpartition("_")[2]

    @functools.cached_property
    def mistakes(self):
        """Slips about axes, mistakes of this exercise, slips about formula and stability."""
        axis, *later = ([self._slipped(*one) for one in self._slips(stage)] for stage in STAGES)
        own = [dataclasses.replace(m, variants=[*filter(self.differs, m.variants)]) for m in self.own]
        found = {}  # a slip that two parts can make is one mistake
        for one in [*axis, *own, *itertools.chain(*later)]:
            same = found.setdefault((one.name, one.text), dataclasses.replace(one, variants=[]))
            same.variants.extend(one.variants)
        return [mistake for mistake in found.values() if mistake.variants]

    def _slips(self, stage):
        every = [(part, slip) for part in self.parts for slip in SLIPS[part] if slip.stage == stage]
        return [(part, slip) for part, slip in every if slip.wrong.__name__ not in self.without]

    def _slipped(self, part, slip):
        """The right function with a slip in one part, in all variants that make a difference."""
        every = (functools.partial(slip.wrong, self.parts[part], **v) for v in _values(slip.variants))
        every = (Variant(self.reference, self.parts | {part: piece}, frozenset([part])) for piece in every)
        return Mistake(slip.wrong.__name__, _text(slip.wrong), [v for v in every if self.differs(v)])

    def differs(self, variant):
        """Whether it is wrong anywhere, and gives anything at all."""
        with quiet():
            values = [(compute(variant, args), want, args) for args, want in self._samples]
            wrong = any(value is None or not close(value, want, args) for value, want, args in values)
        return wrong and any(value is not None for value, *_ in values)

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
        return dataclasses.replace(result, folded=self._after_right() if result.passed else self._hints())

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


def _text(wrong):
    return " ".join(wrong.__doc__.split())
