"""All that a lesson imports: numerics, plots, sliders, guess, digits, and check, which says what is wrong."""

import importlib

_LATE = {
    "check": "backstage.checks.catalogue",
    "digits": "backstage.asking.digits",
    "guess": "backstage.asking.guess",
}


def __getattr__(name):
    """Return what is loaded when a lesson asks for it: for numerics alone, NumPy is enough."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_LATE[name])
    return getattr(module, name, module)
