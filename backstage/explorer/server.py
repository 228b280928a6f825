"""What `run.py lab` adds to Jupyter's server. Nothing depends on it.

It passes a slider's moves on at once: the server leaves Nagle's algorithm on, so a small message waits until
the one before it is acknowledged, some 30 ms, and a drag is nothing but small messages. And it saves no
widgets: they mean nothing to the next kernel, which would show an error in the place of the stored picture.
"""

from jupyter_server.services.kernels import websocket

WIDGET = "application/vnd.jupyter.widget-view+json"


def _load_jupyter_server_extension(server):
    server.contents_manager.register_pre_save_hook(drop_widgets)
    handler = getattr(websocket, "KernelWebsocketHandler", None)
    if hasattr(handler, "open") and hasattr(handler, "set_nodelay"):
        handler.open = _without_delay(handler.open)
    else:
        server.log.warning("helpers.server: this Jupyter Server is another one; sliders are as fast as it is")


def _without_delay(open_as_usual):
    """Switch Nagle's algorithm off for a kernel's socket (TCP_NODELAY, RFC 896) when it opens."""

    def open_without_delay(handler, *arguments, **keywords):
        handler.set_nodelay(True)
        return open_as_usual(handler, *arguments, **keywords)

    return open_without_delay


def drop_widgets(model, **_):
    """Take widgets out of a notebook that is about to be saved; pictures and sentences stay."""
    if model["type"] == "notebook":
        model["content"]["metadata"].pop("widgets", None)
        for cell in model["content"]["cells"]:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop(WIDGET, None)
