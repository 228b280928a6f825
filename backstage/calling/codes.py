"""Code objects: those inside others, and what they take from outside."""

import dis
from functools import lru_cache
from types import CodeType


def inside(code):
    """Yield a code object and all that lie inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from inside(constant)


@lru_cache(10_000)
def taken(code):
    """Return the names of the globals that a code object takes, those inside it included."""
    steps = [step for part in inside(code) for step in dis.get_instructions(part)]
    return {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
