"""An exercise: what is right, what goes wrong in a known way, and how to tell.

To add one, write the right function under `@exercise(...)` and each known mistake under `@NAME.mistake`. A
mistake is the wrong code itself. Its name is the identifier, its docstring is what the student reads, and it
is recognized by what it returns, so it needs no other description. The first that matches is named: list them
in the order type and shape, axis, formula, stability. A mistake with `.within` may differ by so much.
"""

import inspect
import itertools
import os

import numpy as np

from .diagnosis import Trial, judge
from .result import Hint, Result
from .running import put_back, quiet, run

SEED = "SOFTMAX_CHECK_SEED"  # set by a grader who wants the fresh inputs to be the same for everyone


def exercise(probes, **about):
    """Make the right function an Exercise. `probes(rng)` gives ordinary and extreme inputs, as lists of
    tuples."""
    return lambda right: Exercise(right, probes, **about)


class Exercise:
    """Call it with your function, and it says whether that is right."""

    def __init__(self, right, probes, points, verified, think, hints, kinds=None, extremes=None):
        self.name, self.right, self.probes = right.__name__, right, probes
        self.points, self.verified, self.think, self.hints = points, verified, think, hints
        self.kinds = kinds  # of number that are right, if more than the one that the right function returns
        self.extremes = extremes  # what to say if nothing else goes wrong
        self.arguments = list(inspect.signature(right).parameters)
        self.mistakes = []
        self._given = 0

    def mistake(self, wrong=None, **variants):
        """Add a known mistake. Lists of values for its keywords make it a family."""
        if wrong is None:
            return lambda wrong: self.mistake(wrong, **variants)
        values = itertools.product(*variants.values())
        self.mistakes.append((wrong, [dict(zip(variants, v, strict=True)) for v in values]))
        return wrong

    def __call__(self, function):
        trial = self._trial(function)
        with quiet():
            state, mistake, message = judge(trial)
        return Result(self.name, state, message, mistake, self.points)

    def hint(self):
        """The next hint; after the last one, the last again."""
        self._given = min(self._given + 1, len(self.hints))
        return Hint(f"Hint {self._given} of {len(self.hints)}: {self.hints[self._given - 1]}")

    def __repr__(self):
        return f"check.{self.name}: call it with your function, check.{self.name}(my_{self.name})"

    def _trial(self, function):
        redefined = put_back()
        seed = os.environ.get(SEED)
        ordinary, extreme = self.probes(np.random.default_rng(int(seed) if seed else None))
        inputs = ordinary + extreme
        log = run(function, inputs)
        redefined += put_back()
        with quiet():
            wanted = [np.asarray(self.right(*args)) for args in inputs]
        return Trial(self, function, inputs, len(ordinary), wanted, log, redefined)
