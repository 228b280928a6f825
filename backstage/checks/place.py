"""What to say if something else is found in the place of a package of the course."""

import importlib.util
from pathlib import Path

from backstage import ROOT


def require_the_course(name):
    """Raise ImportError if something else of that name, a file beside the lessons say, is found first."""
    spec = importlib.util.find_spec(name)
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
    if not any(Path(place).resolve().is_relative_to(ROOT / name) for place in places):
        raise ImportError(
            f"Lessons need the course's own {name}, {ROOT / name}, but found {', '.join(places)} first. "
            "Give it another name, or take its folder out of PYTHONPATH, and restart the kernel."
        )
