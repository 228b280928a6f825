"""Between this version of engine and the interface that classes.py is written for."""

import os

from . import engine


def lessons(notebook):
    """The lessons in a notebook; none where it cannot be read."""
    try:
        lesson, _ = engine.find_lesson(engine.sources(notebook))
    except Exception:
        return []
    return [lesson] if lesson else []


def grade(notebook, seed=None, lesson=None):
    return [engine.grade(notebook, seed)]


def workers():
    return os.cpu_count()
