"""An exercise: what is right, what goes wrong in a known way, and how to tell.

To add one, write the right function under `@exercise(...)`, with its parts as keywords (see slips.py): what
goes wrong in a part is known at once. Write what goes wrong in this exercise alone under `@my_NAME.mistake`.
A mistake is the wrong code itself: its name is the identifier, its docstring is what the student reads, and
it is recognized by what it returns. One that takes parts as keywords is recognized beside a slip in them too.
The first that matches is named: list them in the order type and shape, axis, formula, stability.
"""

import functools
import inspect
import itertools
import os
from dataclasses import dataclass

import numpy as np

from .diagnosis import close, compute, judge
from .inputs import Inputs
from .result import Hint
from .running import quiet, run
from .slips import SLIPS, STAGES

SEED = "SOFTMAX_CHECK_SEED"  # set by a grader who wants the fresh inputs to be the same for everyone


def exercise(probes, **about):
    """Make the right function an Exercise. `probes(rng)` gives ordinary and extreme inputs, as lists of
    tuples."""
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
    name: str
    text: str
    variants: list
    within: float = 0  # so far from an answer it is recognized in it

    def plus(self, slip):
        """All ways to make both mistakes."""
        pairs = itertools.product(self.variants, slip.variants)
        return [both for both in itertools.starmap(Variant.with_slip, pairs) if both]


class Exercise:
    """Call it with your function, and it says whether that is right."""

    def __init__(
        self, reference, probes, points, verified, think, hints, accepts=None, extremes=None, without=()
    ):
        self.name, self.reference, self.probes = reference.__name__.removeprefix("my_"), reference, probes
        self.points, self.verified, self.think, self.hints = points, verified, think, hints
        self.accepts = accepts  # dtype kinds, such as "fiub"; None: that of the right answer
        self.extremes = extremes  # what to say if nothing but extreme inputs goes wrong, in an unknown way
        self.without = without  # names of slips for which this exercise has a better word
        parameters = inspect.signature(reference).parameters.values()
        self.arguments = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        self.parts = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.own = []
        self._given = 0

    def mistake(self, wrong=None, *, within=0, **variants):
        """Add a mistake of this exercise. Lists of values for its keywords make it a family."""
        if wrong is None:
            return functools.partial(self.mistake, within=within, **variants)
        parts = {p: self.parts[p] for p in inspect.signature(wrong).parameters if p in self.parts}
        every = [Variant(functools.partial(wrong, **v), parts, frozenset()) for v in _values(variants)]
        self.own.append(Mistake(wrong.__name__, _text(wrong), every, within))
        return wrong

    @functools.cached_property
    def mistakes(self):
        """Slips about axes, mistakes of this exercise, slips about formula and stability."""
        axis, *later = ([self._slipped(*one) for one in self._slips(stage)] for stage in STAGES)
        return [mistake for mistake in [*axis, *self.own, *itertools.chain(*later)] if mistake.variants]

    @functools.cached_property
    def slips(self):
        """Those of the mistakes that a second one may come with."""
        return [mistake for mistake in self.mistakes if mistake.variants[0].replaced]

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
        return Inputs(*self.probes(np.random.default_rng(seed)))

    def __call__(self, function):
        seed = os.environ.get(SEED)
        inputs = self.inputs(int(seed) if seed else None)
        return judge(self, inputs, run(function, inputs))

    def hint(self):
        """The next hint; after the last one, the last again."""
        self._given = min(self._given + 1, len(self.hints))
        return Hint(f"Hint {self._given} of {len(self.hints)}: {self.hints[self._given - 1]}")

    def __repr__(self):
        return f"check.{self.name}: call it with your function, check.{self.name}(my_{self.name})"


def _values(variants):
    """All combinations of the values of some keywords."""
    return [dict(zip(variants, v, strict=True)) for v in itertools.product(*variants.values())]


def _text(wrong):
    return " ".join(wrong.__doc__.split())
