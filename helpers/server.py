"""Lets JupyterLab pass on a slider's moves at once; `run.py lab` loads it, and nothing depends on it.

The server leaves Nagle's algorithm on: a small message waits until the one before it is acknowledged, some
30 ms. A drag is nothing but small messages.
"""

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler


def _load_jupyter_server_extension(server):
    """Switch Nagle's algorithm off for each kernel's socket (TCP_NODELAY, RFC 896)."""
    open_as_usual = KernelWebsocketHandler.open

    def open_without_delay(handler, *arguments, **keywords):
        handler.set_nodelay(True)
        return open_as_usual(handler, *arguments, **keywords)

    KernelWebsocketHandler.open = open_without_delay
