"""What is not installed: a cell that asks for it says so in one sentence, and Run All goes on."""

import sys


class NotInstalled(Exception):
    """Why something is not there, in a sentence for the reader."""


class Absent:
    """In the place of what is not installed: whoever asks it for anything gets NotInstalled."""

    def __init__(self, sentence):
        self._sentence = sentence
        if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
            shell.set_custom_exc((NotInstalled,), lambda shell, kind, error, *_, **__: print(error))
            shell.events.register("post_run_cell", _forgive)

    def __getattr__(self, name):
        raise NotInstalled(self._sentence)


def _forgive(result):
    """A cell that has told why it does nothing did not fail: Run All goes on."""
    if isinstance(result.error_in_exec, NotInstalled):
        result.not_installed, result.error_in_exec = result.error_in_exec, None
