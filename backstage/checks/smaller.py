"""The smallest input on which a function is wrong, of those that were tried and of parts of them."""

import itertools

import numpy as np

from backstage.calling.log import quiet

from .compare import compute

MANY = 150  # parts that are tried at most, the smallest first
# What may be of any value, so that it may be rounded, too.
FREE = {"z", "x", "X", "W", "Q", "K", "V", "train", "new", "outputs", "lse"}


def parts(exercise, ordinary):
    """Those that the right function answers, the smallest first: one row or two, two classes, few digits."""
    every = [part for args in ordinary for part in _parts(dict(zip(exercise.arguments, args, strict=True)))]
    with quiet():
        answers = [compute(exercise.reference, part) for part in every]
    kinds = [a is not None and (a.dtype.kind == "U" or np.isfinite(a).all()) for a in answers]
    return sorted(itertools.compress(every, kinds), key=lambda part: len(str(part)))[:MANY]


def _parts(inputs):
    first = next(iter(inputs.values()))
    of_rows = np.ndim(first) > 1 or "y" in inputs
    rows = [slice(i, i + n) for n in (1, 2) for i in range(len(first))] if of_rows and np.ndim(first) else []
    small = all(np.max(v) < 2 for v in inputs.values() if np.asarray(v).dtype.kind in "iu")
    columns = [slice(None), *[slice(2)] * small]
    for some, few, digits in itertools.product([slice(None), *rows], columns, (0, 1, 99)):
        part = {
            name: _cut(name, v, some if np.ndim(v) and len(v) == len(first) else None, few, digits)
            for name, v in inputs.items()
        }
        if digits == 99 or not any(map(_has_ties, part.values())):
            yield tuple(part.values())


def _cut(name, value, rows, columns, digits):
    value = value if rows is None else value[rows]
    value = value[..., columns] if name in ("z", "x") and np.ndim(value) else value
    is_free = name in FREE and np.asarray(value).dtype.kind == "f"
    return np.round(value, digits) + 0.0 if is_free and digits < 99 else value


def _has_ties(value):
    """Whether rounding may have made equal what is to be told apart."""
    rows = np.atleast_2d(value)
    return rows.dtype.kind == "f" and any(len({*row.ravel()}) < row.size for row in rows)
