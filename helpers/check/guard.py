"""For the kernels of a grader: before every cell, the checks are again what the course wrote.

A cell like `check.softmax = lambda f: 1` gives no points then, nor does another `helpers` folder. It stops
tricks, not crime: code that runs in the same process can undo whatever is done here, so read what looks odd.
"""

import sys

import helpers

from .. import check
from . import exercise

MEMORY = 2 * 1024**3  # bytes: several times what a lesson needs


def load_ipython_extension(shell):
    """Called by IPython when the kernel starts, before any cell of the student's."""
    own = [(owner, dict(vars(owner))) for owner in parts_of_the_checks()]
    modules = {name: module for name, module in sys.modules.items() if name.startswith(check.__name__)}

    def restore(*_):
        for owner, names in own:
            put_back(owner, names)
        sys.modules.update(modules)
        helpers.check = shell.user_ns["check"] = check

    shell.events.register("pre_run_cell", restore)
    shell.ask_exit = lambda: None  # exit() would stop the kernel a moment later, in a cell that did nothing wrong
    limit_memory()
