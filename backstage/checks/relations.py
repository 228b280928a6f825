"""What an answer is of the expected one: a table of relations, of which the first is told that holds on every
input that was tried. It is a fact about numbers; what led to it is for the reader to find."""

from collections import Counter
from itertools import chain, product

import numpy as np

from . import shapes
from .compare import makes, same

ENTRIES = {
    "0": np.zeros_like,
    "the expected one with its sign turned": np.negative,
    "1 minus the expected one": lambda w: 1 - w,
    "the logarithm of the expected one": np.log,
    "minus the logarithm of the expected one": lambda w: -np.log(w),
    "the exponential of the expected one": np.exp,
    "1 divided by the expected one": lambda w: 1 / w,
    "the square of the expected one": np.square,
    "the square root of the expected one": np.sqrt,
    "the expected one without its minus signs": abs,
}
ORDERS = {
    "the expected one transposed": lambda w: w.swapaxes(0, 1),
    "the expected one with each row sorted from low to high": np.sort,
    "the expected one with each row sorted from high to low": lambda w: -np.sort(-w),
    "the expected one with its rows in reverse order": np.flipud,
    "the expected one with each row in reverse order": lambda w: w[..., ::-1],
}
LINES = {"row": 1, "column": 0}
ARITHMETIC = {"times": (np.multiply, np.divide), "plus": (np.add, np.subtract)}
SIDES = {"": "elsewhere", "everywhere but ": "there"}
ROWS, COLUMNS = "n, the number of rows", "k, the number of columns"
RIGHT_IF = {
    "the input is one row": lambda numbers: numbers[ROWS] == 1,
    "there are as many rows as columns": lambda numbers: numbers[ROWS] == numbers[COLUMNS],
    "m is 1": lambda numbers: numbers.get("m") == 1,
}
PROPERTIES = {
    f"{line}s that sum to {n}": lambda x, n=n, axis=axis: x.ndim == 2 and np.ptp([*x.sum(axis), n]) < 1e-7
    for (line, axis), n in product(LINES.items(), (1, 0))
} | {
    "nothing but nan": lambda x: np.isnan(x).all(),
    "nothing but finite numbers": lambda x: np.isfinite(x).all(),
    "no number below 0": lambda x: not (x < 0).any(),
    "no number above 1": lambda x: not (x > 1).any(),
}
LAST = {
    "your answer has the right numbers in other places": lambda w, g: same(
        np.sort(w, None), np.sort(g, None)
    ),
    "your answer has its numbers in the right order, and they are not right": lambda w, g: (
        w.shape[-1:] > (1,) and same(w.argsort(), g.argsort())
    ),
    "your answer is too large somewhere, and too small nowhere": lambda w, g: (g - w > -1e-9).all(),
    "your answer is too small somewhere, and too large nowhere": lambda w, g: (w - g > -1e-9).all(),
}
VERDICTS = {
    "what you call True is False, and what you call False is True": lambda w, g: (w != g).all(),
    "your answer is the same for all rows of an input": lambda _, g: np.ptp(g) == 0,
    "what you call True is True, and so is something that you call False": lambda w, g: (w >= g).all(),
    "what you call False is False, and so is something that you call True": lambda w, g: (w <= g).all(),
}


def relation(inputs, want, got, verdicts=False):
    """A sentence on what the answers are of what was expected, true of every one; "" if none is known.

    inputs: for each answer, by the names of the arguments. want, got: arrays of floats. verdicts: whether
    these stand for True and False.
    """
    if [*map(np.shape, want)] != [*map(np.shape, got)]:
        relations = shapes.relations(inputs, want, got)
    elif verdicts:
        relations = _all(VERDICTS, want, got)
    else:
        axes = max(map(np.ndim, want))  # one row alone is a batch of one, where others are batches
        rows = [[np.array(x, ndmin=axes) for x in answers] for answers in (want, got)]
        relations = chain(_wholes(inputs, want, got), _parts(inputs, *rows), _facts(inputs, *rows))
    return next((told for told, is_so in relations if is_so), "")


def _all(table, want, got):
    return ((told, all(map(holds, want, got))) for told, holds in table.items())


def _wholes(inputs, want, got):
    """The same to all entries, or all entries elsewhere, or one number times or plus each entry."""
    for name, f in (ENTRIES | ORDERS).items():
        yield f"your answer is {name}", makes(f, want, got)
    known = [*map(_known, inputs)]
    for word, (there, back) in ARITHMETIC.items():
        x = np.nanmedian(np.concatenate([*map(np.ravel, map(back, got, want))]))
        for name in [*known[0], f"{x:.4g}"]:
            made = map(there, want, [numbers.get(name, x) for numbers in known])
            is_so = np.isfinite(x) and all(map(same, made, got))
            yield f"your answer is the expected one {word} {name}", is_so


def _known(named):
    """Sizes of the first input and numbers in all, and 1 divided by each, by what they are called."""
    numbers = dict(zip((ROWS, COLUMNS), np.atleast_2d(next(iter(named.values()))).shape, strict=False))
    own = {name: float(x) for name, x in named.items() if np.ndim(x) == 0}
    numbers |= own | {f"{name} squared": x**2 for name, x in own.items()} | {"the logarithm of 2": np.log(2)}
    return numbers | {f"1 divided by {name}": 1 / x if x else np.nan for name, x in numbers.items()}


def _places(named, want):
    """Yield parts of an answer by their names, as masks."""
    shape, at = want.shape, np.indices(want.shape)
    for noun, x in zip(LINES if len(shape) > 1 else ["entry"], at, strict=False):
        yield from ((f"in the first {noun}", x == 0), (f"in the last {noun}", x == x.max()))
    if len(shape) == 2:
        yield "on the diagonal", at[0] == at[1]
        for name, told, column in (("y", "label stands", at[1]), ("lengths", "row is not padded", shape[1])):
            if np.shape(named.get(name)) == shape[:1]:
                yield f"where the {told}", (named[name][:, None] == column) & (at[0] >= 0)
    yield from ((f"where {number} is expected", want == number) for number in (0, -1))


def _parts(inputs, want, got):
    """Right in some places, or in all others; elsewhere there may be a relation, too."""
    places = [*map(dict, map(_places, inputs, want))]
    wrong = [masks for masks, w, g in zip(places, want, got, strict=True) if not same(w, g)]
    often = Counter(name for masks in wrong for name, mask in masks.items() if mask.any())
    names = [name for name in often if often[name] > 1]
    wholes = ENTRIES | {"wrong in some place": None}
    for (what, f), name, (side, others) in product(wholes.items(), names, SIDES.items()):
        masks = [masks.get(name, False) ^ bool(side) for masks in places]
        made = map(np.where, masks, want, map(f, want) if f else got)
        yield f"your answer is right {side}{name}; {others} it is {what}", all(map(same, made, got))


def _facts(inputs, want, got):
    """What is true of rows or columns, on which inputs you are right, and what answers have in common."""
    for (line, axis), (word, (_, back)) in product(LINES.items(), ARITHMETIC.items()):
        own = [x for x in map(back, got, want) if x.ndim == 2 and x.shape[axis] > 1]
        is_so = len(own) == len(got) and all(np.ptp(x, axis).max() < 1e-7 for x in own)
        yield f"each {line} of your answer is the expected {line} {word} a number of its own", is_so
    right, known = [*map(same, want, got)], [*map(_known, inputs)]
    for name, holds in RIGHT_IF.items():
        is_so = any(right) and right == [*map(holds, known)]
        yield f"your answer is right if {name}, and on no other input", is_so
    for name, has in PROPERTIES.items():
        expected, yours = (all(map(has, answers)) for answers in (want, got))
        whose, others = ("the expected answer", "yours") if expected else ("your answer", "the expected one")
        yield f"{whose} has {name}; {others} has that on some of them at most", expected != yours
    yield from _all(LAST, want, got)
