"""What "Your turn" asks and says: `check.softmax(my_softmax)` says what your function misses, if anything.

NumPy, the standard library and `explorer.limits` alone. The exercises of each lesson, and the mistakes they
know, are in its own module, which is found by its name.
"""

import importlib
import pkgutil
import sys

from .place import refuse_a_stranger

for room in ["explorer", "helpers"]:
    refuse_a_stranger(room)  # before anything below asks for one

from .exercise import Exercise  # noqa: E402
from .result import Progress, Text  # noqa: E402

if sys.flags.optimize > 1:
    raise ImportError(
        "what the checks say is in docstrings, and Python was told to drop these: start it without -OO"
    )


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

    def progress(self):
        """The points so far, in this lesson since its kernel was started."""
        every = [getattr(self, name) for name in self]
        lessons = {exercise.lesson for exercise in every if exercise.best}
        asked = [exercise for exercise in every if exercise.lesson in lessons]
        return (
            Progress(exercise.best or exercise(...) for exercise in asked)
            if asked
            else Text("Nothing checked yet.")
        )

    def __repr__(self):
        return "check.NAME(my_NAME) checks my_NAME; check.progress() shows the points so far."

    def __iter__(self):
        """The names of all exercises, in the order of the lessons."""
        return iter(vars(self))


check = Checks()
