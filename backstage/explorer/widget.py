"""Widgets on the screen, which other cells free or draw again; an explorer as one, by way of explorer.js."""

import gc
import threading
import time
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython

# Text and not a path, whose changes anywidget would watch and so hold every widget for good.
ELEMENTS, PADS, EXPLORER = [
    Path(__file__).with_name(f"{name}.js").read_text("utf-8") for name in ("elements", "pads", "explorer")
]
JAVASCRIPT = ELEMENTS + PADS + EXPLORER
_on_screen = []  # (cell, run, widget): a cell that runs again frees what it showed before


class Widget(anywidget.AnyWidget):
    """What a cell shows and the browser talks to: a message's keys are the arguments of `answer`."""

    def __init__(self):
        super().__init__()
        self.on_msg(self._hear)

    def answer(self, **asked):
        raise NotImplementedError

    def renew(self):
        """Show what other cells have changed."""

    def _hear(self, _, asked, __):
        if threading.current_thread() is threading.main_thread():
            return self.answer(**asked)
        # JupyterLab asks on a thread, where cells would run meanwhile and no call could be stopped.
        get_ipython().kernel.io_loop.add_callback(self.answer, **asked)


class LivePicture(Widget):
    """An explorer on the screen. A view that opens later, in a second tab say, shows it as it is then."""

    _esm = JAVASCRIPT
    spec = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.explorer.spec())

    def __init__(self, explorer):
        self.explorer, self.keep = explorer, None
        super().__init__()

    def answer(self, values=None, view=None):
        """Move, and tell all views; `view` is a name of the question. Without values, keep what is shown."""
        if values is None:
            return self.keep and self.keep()
        start = time.perf_counter()
        news = self.explorer.move(values)
        self.send(news | {"view": view, "took": time.perf_counter() - start})

    def renew(self):
        if self.explorer.is_stale():
            self.answer(self.explorer.values)


def free(widget):
    """Close a widget and its layout, which ipywidgets leaves."""
    widget.layout.close()
    widget.close()


def _place(shell):
    """Return which cell runs, by its id or else its text, as not every front end sends ids; and which run."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    typed = shell.user_ns["In"]
    return parent.get("metadata", {}).get("cellId", typed[-1]), len(typed)


def follow(widget):
    """Free a widget when its cell runs again, and draw it again when a cell changes what it shows."""
    if shell := get_ipython():
        _on_screen.append((*_place(shell), widget))
        shell.events.register("post_run_cell", _after_a_cell)


def _after_a_cell(*_):
    """Free what its earlier run showed, and draw again what uses a name with a new value."""
    cell, run = _place(get_ipython())
    gone = [shown for shown in _on_screen if shown[0] == cell and shown[1] != run or shown[2].comm is None]
    for shown in gone:
        _on_screen.remove(shown)
        free(shown[2])
    for *_, widget in _on_screen:
        widget.renew()
    if gone:
        del gone[:]
        gc.collect()  # figures and widgets hold each other, and would stay for long
