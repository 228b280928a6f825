"""What an answer is of the expected one: a table of relations, of which the first is told that holds on every
input that was tried. It is a fact about numbers; what led to it is for the reader to find."""

import itertools
from collections import Counter
from typing import NamedTuple

import numpy as np

from .compare import compute


class Case(NamedTuple):
    """One input by the names of the arguments, what was expected of it and what came, as arrays of floats."""

    inputs: dict
    want: np.ndarray
    got: np.ndarray

    @property
    def is_right(self):
        return same(self.want, self.got)

    @property
    def first(self):
        return np.atleast_2d(next(iter(self.inputs.values())))


def relation(cases, verdicts=False):
    """A sentence on what the answers are of what was expected, true in every case; "" if none is known.

    verdicts: whether the numbers stand for True and False."""
    if any(case.got.shape != case.want.shape for case in cases):
        tables = [(cases, _shapes)]
    elif verdicts:
        tables = [(cases, lambda _: VERDICTS.items())]
    else:
        axes = max(
            case.want.ndim for case in cases
        )  # one row alone is a batch of one, where others are batches
        batches = [Case(c.inputs, *(np.array(x, ndmin=axes) for x in (c.want, c.got))) for c in cases]
        tables = [(cases, _wholes), *((batches, table) for table in (_parts, _lines, _properties))]
    pairs = ((told, all(map(holds, some))) for some, table in tables for told, holds in table(some))
    return next((told for told, is_so in pairs if is_so), "")


def same(a, b):
    fits = a is not None and b is not None and np.shape(a) == np.shape(b)
    return fits and np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True)


ENTRIES = {
    "0": lambda w: 0 * w,
    "the expected one with its sign turned": lambda w: -w,
    "1 minus the expected one": lambda w: 1 - w,
    "the logarithm of the expected one": np.log,
    "minus the logarithm of the expected one": lambda w: -np.log(w),
    "the exponential of the expected one": np.exp,
    "1 divided by the expected one": lambda w: 1 / w,
    "the square of the expected one": lambda w: w * w,
    "the square root of the expected one": np.sqrt,
    "the expected one without its minus signs": abs,
}
ORDERS = {
    "the expected one transposed": lambda w: w.swapaxes(0, 1),
    "the expected one with each row sorted from low to high": lambda w: np.sort(w, axis=-1),
    "the expected one with each row sorted from high to low": lambda w: -np.sort(-w, axis=-1),
    "the expected one with its rows in reverse order": lambda w: w[::-1],
    "the expected one with each row in reverse order": lambda w: w[..., ::-1],
}
SHAPES = {
    "the sum of all entries of": np.sum,
    "the mean of all entries of": np.mean,
    "the sum of all rows of": lambda x: x.sum(axis=0),
    "the sum of each row of": lambda x: x.sum(axis=-1),
    "the mean of all rows of": lambda x: x.mean(axis=0),
    "the mean of each row of": lambda x: x.mean(axis=-1),
    "the diagonal of": np.diagonal,
    "all but the first entry of": lambda x: x.ravel()[1:],
    "all but the last entry of": lambda x: x.ravel()[:-1],
    "all but the first column of": lambda x: x[:, 1:],
    "all but the last column of": lambda x: x[:, :-1],
    "the transpose of": np.transpose,
}
ARITHMETIC = {"times": (np.multiply, np.divide), "plus": (np.add, np.subtract)}
PROPERTIES = {
    f"{noun}s that sum to {n}": lambda x, a=a, n=n: x.ndim == 2 and same(x.sum(a), np.full(x.shape[1 - a], n))
    for (noun, a), n in itertools.product((("row", 1), ("column", 0)), (1, 0))
} | {
    "nothing but nan": lambda x: np.isnan(x).all(),
    "nothing but finite numbers": lambda x: np.isfinite(x).all(),
    "no number below 0": lambda x: not (x < 0).any(),
    "no number above 1": lambda x: not (x > 1).any(),
    "the same number in all places": lambda x: x.size > 1 and np.ptp(x) == 0,
}
LAST = {
    "your answer has the right numbers in other places": lambda c: same(*(np.sort(x, None) for x in c[1:])),
    "your answer has its numbers in the right order, and they are not right": lambda c: same(*_order(*c[1:])),
    "your answer is too large somewhere, and too small nowhere": lambda c: (c.got - c.want > -1e-9).all(),
    "your answer is too small somewhere, and too large nowhere": lambda c: (c.want - c.got > -1e-9).all(),
}
VERDICTS = {
    "what you call True is False, and what you call False is True": lambda c: (c.got != c.want).all(),
    "your answer is the same for all rows of an input": lambda c: np.ptp(c.got) == 0,
    "what you call True is True, and so is something that you call False": lambda c: (c.got <= c.want).all(),
    "what you call False is False, and so is something that you call True": lambda c: (c.got >= c.want).all(),
}
RIGHT_IF = {
    "the input is one row": lambda c: len(c.first) == 1,
    "there are as many rows as columns": lambda c: len(c.first) == c.first.shape[-1],
    "m is 1": lambda c: c.inputs.get("m") == 1,
}


def _order(*answers):
    return (x.argsort(axis=-1) if x.shape[-1:] > (1,) else None for x in answers)


def _shapes(cases):
    for name, f in SHAPES.items():
        yield f"your answer is {name} the expected one", lambda c, f=f: same(compute(f, [c.want]), c.got)
        yield f"the expected answer is {name} yours", lambda c, f=f: same(compute(f, [c.got]), c.want)
    yours, expected = (_axes(cases, [getattr(c, which).shape for c in cases]) for which in ("got", "want"))
    yield f"your answer has {yours}, and should have {expected}", lambda _: yours and expected


def _axes(cases, shapes):
    """Answers of these shapes in words, by the sizes of the inputs; "" if these do not tell."""
    sizes, axes = [dict(_sizes(case)) for case in cases], zip(*shapes, strict=False)
    axes = [[name for name in sizes[0] if [n.get(name) for n in sizes] == [*axis]] for axis in axes]
    if len({*map(len, shapes)}) > 1 or not all(axes):
        return ""
    names = []
    for alike in axes:  # each row of Q, then each row of K
        names.append(next((name for name in alike if name not in names), alike[0]))
    return f"one number{' for ' * bool(names)}{' and '.join(names)}"


def _sizes(case):
    for name, x in case.inputs.items():
        nouns = {0: ["of the"], 1: ["entry of"], 2: ["row of", "column of"]}.get(np.ndim(x), [])
        yield from zip([f"each {noun} {name}" for noun in nouns], np.shape(x) or (x,), strict=False)


def _wholes(cases):
    """The same to all entries, or all entries elsewhere, or one number times or plus each entry."""
    for name, f in (ENTRIES | ORDERS).items():
        yield f"your answer is {name}", lambda c, f=f: same(compute(f, [c.want]), c.got)
    for word, (there, back) in ARITHMETIC.items():
        told = f"your answer is the expected one {word}"
        for name in _numbers(cases[0]):
            yield f"{told} {name}", lambda c, f=there, n=name: same(f(c.want, _numbers(c)[n]), c.got)
        x = np.nanmedian(np.concatenate([back(case.got, case.want).ravel() for case in cases]))
        yield f"{told} {x:.4g}", lambda c, f=there, x=x: np.isfinite(x) and same(f(c.want, x), c.got)


def _numbers(case):
    """Sizes of an input and numbers in it, and 1 divided by each, by what they are called."""
    own = {name: float(v) for name, v in case.inputs.items() if np.ndim(v) == 0}
    sizes = dict(zip(("n, the number of rows", "k, the number of columns"), case.first.shape, strict=False))
    squares = {f"{name} squared": v**2 for name, v in own.items()}
    numbers = sizes | own | squares | {"the logarithm of 2": np.log(2)}
    return numbers | {f"1 divided by {name}": 1 / v if v else np.nan for name, v in numbers.items()}


def _places(case):
    """Parts of an answer by their names, as masks."""
    shape, at = case.want.shape, np.indices(case.want.shape)
    for noun, x in zip(("row", "column") if len(shape) > 1 else ("entry",), at, strict=False):
        yield from ((f"in the first {noun}", x == 0), (f"in the last {noun}", x == x.max()))
    if len(shape) == 2:
        yield "on the diagonal", at[0] == at[1]
        for name, told, column in (("y", "label stands", at[1]), ("lengths", "row is not padded", shape[1])):
            if np.shape(case.inputs.get(name)) == shape[:1]:
                yield f"where the {told}", (case.inputs[name][:, None] == column) & (at[0] >= 0)
    yield from ((f"where {number} is expected", case.want == number) for number in (0, -1))


def _parts(cases):
    """Right in some places, or in all others; elsewhere there may be a relation, too."""
    masks = [mask for case in cases if not case.is_right for mask in _places(case) if mask[1].any()]
    names = [name for name, often in Counter(name for name, _ in masks).items() if often > 1]
    sides = [*itertools.product(names, ("", "everywhere but "))]

    def holds(c, name, side, f):
        mask = dict(_places(c)).get(name, c.want != c.want) ^ bool(side)
        others = f is None or same(compute(f, [c.want[~mask]]), c.got[~mask])
        return same(c.want[mask], c.got[mask]) and others

    for what, f in [*ENTRIES.items(), ("wrong in some place", None)]:
        for name, side in sides:
            told = f"your answer is right {side}{name}; {'there' if side else 'elsewhere'} it is {what}"
            yield told, lambda c, name=name, side=side, f=f: holds(c, name, side, f)


def _lines(_):
    """Each row, or each column, with a number of its own."""

    def holds(c, axis, back):
        x = back(c.got, c.want)
        return x.ndim == 2 and x.shape[axis] > 1 and np.isfinite(x).all() and np.ptp(x, axis).max() < 1e-7

    for (noun, axis), (word, (_, back)) in itertools.product((("row", 1), ("column", 0)), ARITHMETIC.items()):
        told = f"each {noun} of your answer is the expected {noun} {word} a number of its own"
        yield told, lambda c, axis=axis, back=back: holds(c, axis, back)


def _properties(cases):
    """On which inputs you are right; and what your answers have in common, or the expected ones."""
    for name, is_so in RIGHT_IF.items() if any(case.is_right for case in cases) else ():
        yield f"your answer is right if {name}, and on no other input", lambda c, f=is_so: f(c) == c.is_right
    for name, has in PROPERTIES.items():
        want, got = all(has(case.want) for case in cases), all(has(case.got) for case in cases)
        whose, others = ("the expected answer", "yours") if want else ("your answer", "the expected one")
        yield f"{whose} has {name}; {others} has that on some of them at most", lambda _, x=want != got: x
    yield from LAST.items()
