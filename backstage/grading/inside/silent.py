"""What lessons import, in the sandbox: checks that hand a function over, and pictures that draw nothing.

Right answers, mistakes and the judge are elsewhere.
"""

import numpy as np

import helpers
from backstage.calling.stand_ins import put


class Checks:
    """`check.ratio(my_ratio)` calls the function on the inputs that the grader sends, and shows nothing."""

    def __init__(self, answer):
        self._answer = answer

    def progress(self):
        """What a student's own copy has."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Check(name, self._answer)


class Check:
    def __init__(self, name, answer):
        self.name, self._answer = name, answer

    def __call__(self, function):
        self._answer(self.name, function)

    def hint(self):
        """What a student's own copy has."""

    answer = hint


def nothing(*args, **options):
    """Draw nothing."""
    return ""


def any_name(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return nothing


def install(answer):
    """Put them where lessons find them. answer(name, function) is called by each check."""
    helpers.check = Checks(answer)
    put("exercises", check=helpers.check)  # from where notebooks of earlier versions import it
    put("helpers.plots", __getattr__=any_name)
    put("helpers.guess", __getattr__=any_name)
    put("helpers.digits", keep=nothing, kept=lambda: (np.empty((0, 64)), np.empty(0, int)))
    put("helpers.sliders", __getattr__=any_name, progress=lambda steps, *_, **__: iter(range(steps)))
