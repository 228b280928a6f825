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
once (see slips.py), and a mistake is recognized beside a slip in one of its pieces, too. A mistake that is
called like a slip, and has no docstring, has the text of the slip.

Every mistake must differ somewhere on the inputs, from the right answer and from the mistakes before it: else
wrong code would pass. `same` names those for which that cannot be, and says why.
"""

import ast
import difflib
import functools
import inspect
import itertools
import os
import sys
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import NamedTuple

import numpy as np

from backstage import ROOT
from backstage.calling.codes import taken
from backstage.calling.log import quiet, run

from .compare import close, compute
from .diagnosis import judge, smallest
from .result import Text
from .slip import SLIPS, STAGES, TEXTS
from .smaller import parts

ANSWERS = ROOT / "exercises/answers"  # a hand-out for a class leaves them out
ELSEWHERE = "Your instructor has the model solutions, and the answers to what there is to think on."
TRIES = 3
SEED = "SOFTMAX_CHECK_SEED"  # set by a grader who wants the fresh inputs to be the same for everyone


class Inputs(NamedTuple):
    """Lists of tuples of arguments. What goes wrong on ordinary inputs is told first."""

    ordinary: list
    extreme: list

    @property
    def all(self):
        return [*self.ordinary, *self.extreme]


def as_places(x):
    """An array of whole numbers as this machine counts places: in a browser with 32 bits, but drawn with 64,
    and there NumPy's bincount and take refuse those."""
    return x.astype(np.intp) if isinstance(x, np.ndarray) and x.dtype.kind == "i" else x


def any_of(**variants):
    """A mistake that is a family: it is made with any of these values of its last arguments."""
    return lambda wrong: vars(wrong).update(variants=variants) or wrong


@dataclass(frozen=True)
class Variant:
    """A wrong function: the right one or a mistake of its own, with some of its pieces replaced."""

    base: FunctionType
    keywords: dict = field(default_factory=dict)  # of one of a family
    pieces: dict = field(default_factory=dict)  # from the name of a formula to what stands in its place
    around: object = None  # a slip with the whole answer, which gets the function and its arguments

    def __call__(self, *args):
        code = functools.partial(self.code, **self.keywords)
        return self.around(code, *args) if self.around else code(*args)

    @functools.cached_property
    def code(self):
        return FunctionType(self.base.__code__, self.base.__globals__ | self.pieces)

    def with_slip(self, other):
        """This and a slip together; None if both are in the same piece, or this does not take it."""
        new = other.pieces.keys() - self.pieces.keys()
        fits = new and new <= taken(self.base.__code__)
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


def exercise(cls):
    """Return the Exercise that a class describes."""
    attributes = {name: value for name, value in vars(cls).items() if not name.startswith("__")}
    return Exercise(cls.__name__.removeprefix("my_"), **attributes)


class Exercise:
    """Call it with your function, and it says whether that is right."""

    def __init__(
        self, name, right, probes, points, verified, think, hints,
        accepts=None, extremes=None, pieces=None, without=(), same=None, done_by=(), **mistakes,
    ):  # fmt: skip
        self.name, self.reference, self.probes = name, right, probes
        self.points, self.verified, self.think, self.hints = points, verified, think, hints
        self.accepts = accepts  # dtype kinds, such as "fiub"; None: that of the right answer
        self.extremes = extremes  # what to say if nothing but extreme inputs goes wrong, in an unknown way
        self.pieces = taken(right.__code__) if pieces is None else pieces  # formulas in which its slips lie
        self.without = without  # names of slips for which this exercise has a better word
        self.same = same or {}  # from mistakes that no input can show to the reason why
        self.done_by = done_by  # functions, beside the lesson's one of this name, that do it all
        self.arguments = [*inspect.signature(right).parameters]
        self.own = [*map(_own, mistakes.values())]
        self.best = None  # of the results so far
        self._tries, self._given = set(), 0

    @property
    def lesson(self):
        """The number of the lesson that asks it, such as "01"."""
        return self.reference.__module__.rpartition("_")[2]

    @functools.cached_property
    def mistakes(self):
        """Slips about axes, mistakes of this exercise, slips about formula and stability."""
        return [mistake for mistake, _ in self._compared.values() if mistake.variants]

    def faults(self):
        """Sentences on mistakes that its inputs do not show, and on reasons in `same` that do not hold."""
        unseen = {mistake.name: like for mistake, like in self._compared.values() if not mistake.variants}
        return [
            f"{self.name}: on all inputs {name} gives {' or '.join(sorted(like))}. Add an input on which it "
            "differs, or say in `same` why there is none. Where another mistake says it better, take it out: "
            "`without`."
            for name, like in unseen.items()
            if name not in self.same
        ] + [
            f"{self.name}: an input shows {name}; take it out of `same`."
            for name in self.same
            if name not in unseen
        ]

    @functools.cached_property
    def _compared(self):
        """All mistakes with the variants that its inputs show, and what its other variants look like."""
        axis, formula, stability = map(self._slips, STAGES)
        compared, first = {}, {}  # a slip that two pieces can make is one mistake
        for mistake in [*axis, *self.own, *formula, *stability]:
            unseen = replace(mistake, variants=[]), set()
            shown, like = compared.setdefault((mistake.name, mistake.text), unseen)
            for variant in mistake.variants:
                answers = self.answers(variant)
                name = first.setdefault(answers, mistake.name) if answers else "the right answer or none"
                if name == mistake.name:
                    shown.variants.append(variant)
                else:
                    like.add(name)
        return compared

    def _slips(self, stage):
        """The right function with a slip in one of its pieces; in all of it, if it gives arrays of floats."""
        floats = self.accepts == "f" or self.kinds == "fiu" and not self.accepts
        pieces = {*self.pieces, *["answer"] * bool(floats and self._samples[0][1].ndim)}
        for name, slip in [(piece, slip) for piece in SLIPS if piece in pieces for slip in SLIPS[piece]]:
            if slip.stage == stage and slip.wrong.__name__ not in self.without:
                values = _values(slip.variants)
                every = [self._with(name, functools.partial(slip.wrong, **keywords)) for keywords in values]
                yield Mistake(slip.wrong.__name__, _text(slip.wrong), every, slip.within)

    def _with(self, name, wrong):
        """The right function with a slip in the piece of that name."""
        if name == "answer":
            return Variant(self.reference, around=wrong)
        piece = functools.partial(wrong, self.reference.__globals__[name])
        return Variant(self.reference, pieces={name: piece})

    def answers(self, variant):
        """What it gives on inputs that are always the same; None if all is right there, or nothing comes."""
        with quiet():
            values = [(compute(variant, args), want, args) for args, want in self._samples]
            wrong = any(
                value is None or value.dtype.kind not in self.kinds or not close(value, want, args)
                for value, want, args in values
            )
            if wrong and any(value is not None for value, *_ in values):
                return tuple(_written(value) for value, *_ in values)

    @functools.cached_property
    def kinds(self):
        """The dtype kinds that an answer may have."""
        kind = self._samples[0][1].dtype.kind
        return self.accepts or {"i": "iu", "f": "fiu"}.get(kind, kind)

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
        if result.state == "wrong" and result.mistake is None:
            smaller = Inputs(parts(self, inputs.ordinary), [])
            evidence = smallest(self, smaller, run(function, smaller))
            result = replace(result, evidence=evidence or result.evidence)
        self._remember(result, log)
        details = self._after_right() if result.points else self._hints()
        if result.passed:
            return replace(result, details=details)
        footer = "" if result.state == "not attempted" else self._footer()
        return replace(result, text=self._misspelled(function) + result.text, footer=footer, details=details)

    def _misspelled(self, function):
        """That there is a function whose name is nearly the one that is asked for; or nothing."""
        asked, own = vars(sys.modules[self.reference.__module__]), getattr(function, "__globals__", {})
        names = [name for name in own if name.startswith("my_") and name not in asked]
        near = difflib.get_close_matches(f"my_{self.name}", names, 1, 0.75)
        return f"You defined `{near[0]}` too; this is about `my_{self.name}`.\n\n" if near else ""

    def _footer(self):
        name, left = f"check.{self.name}", TRIES - len(self._tries)
        when = f"after {left} more different {'try' if left == 1 else 'tries'}" if left > 0 else "now"
        answer = f" `{name}.answer()` shows a model solution {when}." if self._answer else ""
        return f"Open a hint, here or with `{name}.hint()`.{answer} `check.progress()` sums up your points."

    def _remember(self, result, log):
        if result.state not in ("right", "not attempted"):
            self._tries.add((log.source, result.message))
        ranks = [(one.points, one.passed) for one in (self.best, result) if one]
        if ranks[-1] == max(ranks):  # of equal ones, the last
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
        nodes = {getattr(node, "name", None): node for node in ast.parse(source).body}
        answer = nodes[f"my_{self.name}"]
        lines, thought = source.splitlines(), answer.body[0]
        code = lines[answer.lineno - 1 : thought.lineno - 1] + lines[thought.end_lineno : answer.end_lineno]
        return " ".join(ast.get_docstring(answer).split()), "\n".join(code)

    def hint(self):
        """The next hint; after the last one, the last again."""
        self._given = min(self._given + 1, len(self.hints))
        return Text(f"Hint {self._given} of {len(self.hints)}: {self.hints[self._given - 1]}")

    def answer(self):
        """A model solution and an answer to Think on, after a right answer or three tries."""
        if not (self.best and self.best.points) and len(self._tries) < TRIES:
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
    return Mistake(wrong.__name__, _text(wrong), every)


def _text(wrong):
    return " ".join((wrong.__doc__ or TEXTS[wrong.__name__]).split())
