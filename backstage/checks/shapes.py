"""What the shapes of answers are of those that were expected, where they differ."""

from functools import partial
from itertools import product, zip_longest

import numpy as np

from .compare import makes

SHAPES = {"the diagonal of": np.diagonal, "the transpose of": np.transpose}
for (some, axis), f in product([("all entries", None), ("all rows", 0), ("each row", -1)], [np.sum, np.mean]):
    SHAPES[f"the {f.__name__} of {some} of"] = partial(f, axis=axis)
for (noun, axis), (end, i) in product([("entry", None), ("column", 1)], [("first", 0), ("last", -1)]):
    SHAPES[f"all but the {end} {noun} of"] = partial(np.delete, obj=i, axis=axis)
NOUNS = [["of the"], ["entry of"], ["row of", "column of"], []]  # what there is one number for, by axes


def relations(inputs, want, got):
    """Yield sentences on what the answers are of the expected ones, and whether each is true of all."""
    for name, f in SHAPES.items():
        yield f"your answer is {name} the expected one", makes(f, want, got)
        yield f"the expected answer is {name} yours", makes(f, got, want)
    yours, expected = _axes(inputs, got), _axes(inputs, want)
    yield f"your answer has {yours}, and should have {expected}", yours and expected


def _axes(inputs, answers):
    """Shapes in words, by the sizes of the inputs; "" if these do not tell."""
    sizes = [dict(_sizes(named)) for named in inputs]
    axes = zip_longest(*map(np.shape, answers))
    alike = [[name for name in sizes[0] if [n.get(name) for n in sizes] == [*axis]] for axis in axes]
    names = max(product(*alike), key=lambda names: len({*names}), default=None)  # each row of Q, then of K
    return "" if names is None else f"one number{' for ' * bool(names)}{' and '.join(names)}"


def _sizes(named):
    for name, x in named.items():
        nouns = zip(NOUNS[np.ndim(x)], np.shape(x) or [x], strict=False)
        yield from ((f"each {noun} {name}", n) for noun, n in nouns)
