"""Where the course's own rooms lie, and what to say if others come first."""

import importlib.util
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent


def refuse_a_stranger(name):
    """Raise ImportError if a lesson would import something else that is called `name` and comes first.

    Every lesson imports the exercises before helpers, so this is said before Python's own, shorter message.
    """
    spec = importlib.util.find_spec(name)
    if spec is None:  # the exercises alone, without lessons
        return
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
    ours = COURSE / name
    if not any(Path(place).resolve().is_relative_to(ours) for place in places):
        raise ImportError(
            f"Lessons need the course's own {name}, {ours}, but this comes first: {', '.join(places)}. "
            "Give it another name, or take its folder out of PYTHONPATH, and restart the kernel."
        )
