"""What `run.py lab` adds to Jupyter's server. Nothing depends on it.

It passes a slider's moves on at once: the server leaves Nagle's algorithm on, so a small message waits until
the one before it is acknowledged, some 30 ms, and a drag is nothing but small messages.

And it neither reads nor saves the widgets of a notebook. To the next kernel they mean nothing: it would show
an error in the place of the stored picture. And a stored widget may bring JavaScript of its own, which
JupyterLab runs when the notebook opens, trusted or not, with all that its reader may do.
"""

from inspect import isawaitable

from jupyter_server.services.kernels import websocket

from backstage import lessons


def _load_jupyter_server_extension(server):
    contents = server.contents_manager
    contents.register_pre_save_hook(drop_widgets)
    contents.get = _without_widgets(contents.get)  # by which JupyterLab, nbconvert and copies read a notebook
    handler = getattr(websocket, "KernelWebsocketHandler", None)
    if hasattr(handler, "open") and hasattr(handler, "set_nodelay"):
        handler.open = _without_delay(handler.open)
    else:
        server.log.warning("This Jupyter Server is another one than ours: sliders are as fast as it is")


def _without_delay(open_as_usual):
    """Switch Nagle's algorithm off for a kernel's socket (TCP_NODELAY, RFC 896) when it opens."""

    def open_without_delay(handler, *arguments, **keywords):
        handler.set_nodelay(True)
        return open_as_usual(handler, *arguments, **keywords)

    return open_without_delay


def _without_widgets(get_as_usual):
    """Let a contents manager, whose `get` may be a coroutine or not, return notebooks without widgets."""

    async def awaited(model):
        return drop_widgets(await model)

    def get(*arguments, **keywords):
        model = get_as_usual(*arguments, **keywords)
        return awaited(model) if isawaitable(model) else drop_widgets(model)

    return get


def drop_widgets(model, **_):
    """Return a model, without widgets if it is a notebook's; pictures and sentences stay."""
    if model["type"] == "notebook" and model["content"]:
        lessons.drop_widgets(model["content"])
    return model
