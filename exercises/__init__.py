"""What "Your turn" asks, and content alone: a module for each lesson, and what they share.

A lesson's module holds its exercises, a class each, with what is right and what goes wrong in a known way.
pieces has the formulas that they are written with, slips what goes wrong in a piece, inputs what is tried.
answers has a model answer to each. backstage.checks finds all of it by the names of the modules.
"""

from . import slips  # noqa: F401 - what exercises are made of knows its slips from here on


def __getattr__(name):
    """Return `check`, which notebooks of earlier versions import from here; lessons take it from helpers."""
    if name != "check":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from backstage.checks.catalogue import check

    return check
