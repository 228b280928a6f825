"""Checks for "Your turn": `check.softmax(my_softmax)` says if your function is right, and what it misses.

NumPy and the standard library alone. The exercises of each lesson, and the mistakes they know, are in its own
module, which is found by its name.
"""

import importlib
import pkgutil

from .exercise import Exercise

__all__ = []

for _module in pkgutil.iter_modules(__path__):
    if _module.name.startswith("lesson_"):
        for _name, _thing in vars(importlib.import_module(f"{__name__}.{_module.name}")).items():
            if isinstance(_thing, Exercise):
                globals()[_name] = _thing
                __all__.append(_name)
