"""Modules that stand in for others while somebody's cells run, such as pictures that draw nothing."""

import contextlib
import importlib
import sys
from types import ModuleType


def put(name, **contents):
    """Have imports of `package.part` find a module with these contents from now on."""
    module = ModuleType(name)
    vars(module).update(contents)
    _set(name, module, module)


@contextlib.contextmanager
def standing_in(name, **contents):
    """The same until the block ends; what is not named stays as it is there."""
    package, _, part = name.rpartition(".")
    if not hasattr(importlib.import_module(package), part):
        importlib.import_module(name)
    before = sys.modules.get(name), getattr(sys.modules[package], part)
    put(name, **vars(before[0]) | contents if before[0] else contents)
    try:
        yield
    finally:
        _set(name, *before)


def _set(name, module, attribute):
    package, _, part = name.rpartition(".")
    if package:
        setattr(importlib.import_module(package), part, attribute)
    if module is None:
        del sys.modules[name]
    else:
        sys.modules[name] = module
