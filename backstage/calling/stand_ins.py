"""Modules that stand in for others while somebody's cells run, such as pictures that draw nothing."""

import contextlib
import importlib
import sys
from types import ModuleType


def put(name, **contents):
    """Have `import name` find a module with these contents from now on."""
    module = ModuleType(name)
    vars(module).update(contents)
    _set(name, module)


@contextlib.contextmanager
def standing_in(name, **contents):
    """The same until the block ends."""
    before = importlib.import_module(name)
    put(name, **contents)
    try:
        yield
    finally:
        _set(name, before)


def _set(name, module):
    sys.modules[name] = module
    package, _, part = name.rpartition(".")
    if package:
        setattr(importlib.import_module(package), part, module)
