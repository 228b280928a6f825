"""For a grader's kernels: before every cell, the checks are again what the course wrote.

A cell like `check.softmax = lambda f: 1` gives no points then. This stops tricks and accidents, not crime:
code in the same process can undo whatever is done here, so a person still looks at what is odd.
"""

import contextlib
import sys

import exercises
from exercises import exercise

PRINTED = 100_000  # characters that a cell can print: the grader would hold each of them several times
MEMORY = 2 * 1024**3  # bytes: several times what a lesson needs, and less than a laptop has


def load_ipython_extension(shell):
    """IPython calls this when the kernel starts, before any cell."""
    modules = {name: module for name, module in sys.modules.items() if name.startswith(exercises.__name__)}
    own, put_back = [], exercise.put_back

    def restore():
        sys.modules.update(modules)
        for owner, names in own:
            for name in vars(owner).keys() - names.keys():
                delattr(owner, name)
            for name, value in names.items():
                if vars(owner).get(name) is not value:
                    setattr(owner, name, value)

    def before_a_cell(info):
        restore()
        for stream in streams:
            stream.room = PRINTED
        if info.raw_cell.startswith("check."):  # elsewhere the student may call something else "check"
            shell.user_ns["check"] = exercises.check

    # A check calls this before and after the student's function, which may tamper too.
    exercise.put_back = lambda: restore() or put_back()
    own.extend((owner, dict(vars(owner))) for owner in owners(modules.values()))
    shell.events.register("pre_run_cell", before_a_cell)
    shell.ask_exit = lambda: None  # exit() would end the kernel a moment later, in another cell
    streams = [Limited(stream) for stream in (sys.stdout, sys.stderr)]
    limit_memory()


class Limited:
    """What is printed beyond the limit is not sent."""

    def __init__(self, stream):
        self.room, self.send = PRINTED, stream.write
        stream.write = self.write

    def write(self, text):
        self.send(text[: self.room])
        if len(text) > self.room > 0:
            self.send("\n... The rest of what this cell printed is left out ...\n")
        self.room = max(0, self.room - len(text))
        return len(text)


def owners(modules):
    """The modules, and the classes and exercises in them."""
    things = [thing for module in modules for thing in vars(module).values()]
    ours = [
        x for x in things if isinstance(x, (type, exercise.Exercise)) and exercises.__name__ in x.__module__
    ]
    return [*modules, *ours, exercises.check]


def limit_memory():
    """Beyond the limit a cell gets a MemoryError. Only Linux keeps to it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
