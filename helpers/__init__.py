"""All that a lesson imports: numerics, plots, sliders, `guess`, and `check`, which says what is missing."""

import importlib

_LATE = {"check": "backstage.checks.catalogue", "guess": "backstage.asking.guess"}


def __getattr__(name):
    """Return `check` or `guess`. It is loaded when a lesson asks: for numerics alone, NumPy is enough."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATE[name]), name)
