"""What "Your turn" asks and says: `check.softmax(my_softmax)` says what your function misses, if anything.

NumPy and the standard library alone. The exercises of each lesson, and the mistakes they know, are in its own
module, which is found by its name.
"""

import importlib.util
import pkgutil
from pathlib import Path

from .exercise import Exercise


def refuse_a_stranger(name="helpers", course=Path(__file__).parent.parent):
    """Raise ImportError if a lesson would import something else that is called `name` and comes first.

    Every lesson imports the exercises before helpers, so this is said before Python's own, shorter message.
    """
    found = importlib.util.find_spec(name)
    if found is None:  # the exercises alone, without lessons
        return
    places = [found.origin] if found.has_location else list(found.submodule_search_locations or [])
    ours = course.resolve() / name
    if not any(Path(place).resolve().is_relative_to(ours) for place in places):
        raise ImportError(
            f"Lessons need the course's own {name}, {ours}, but this comes first: {', '.join(places)}. "
            "Give it another name, or take its folder out of PYTHONPATH, and restart the kernel."
        )


refuse_a_stranger()


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
