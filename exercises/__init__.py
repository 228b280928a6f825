"""What "Your turn" asks and says: `check.softmax(my_softmax)` says what your function misses, if anything.

NumPy and the standard library alone. The exercises of each lesson, and the mistakes they know, are in its own
module, which is found by its name.
"""

import importlib
import pkgutil

from .exercise import Exercise


class Checks:
    """Every exercise as an attribute, by its name."""

    def __init__(self):
        lessons = [
            module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("lesson_")
        ]
        for lesson in lessons:
            for thing in vars(importlib.import_module(f"{__name__}.{lesson}")).values():
                if isinstance(thing, Exercise):
                    setattr(self, thing.name, thing)

    def __iter__(self):
        """The names of all exercises, in the order of the lessons."""
        return iter(vars(self))


check = Checks()
