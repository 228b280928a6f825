"""The variables that a command gets: the user's own, without those that would change which code runs."""

import ast
import atexit
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

PIP = (
    "INDEX_URL EXTRA_INDEX_URL FIND_LINKS NO_INDEX TRUSTED_HOST CERT CLIENT_CERT PROXY TIMEOUT"
    " DEFAULT_TIMEOUT RETRIES CACHE_DIR NO_CACHE_DIR KEYRING_PROVIDER CONFIG_FILE"
)
UV = (
    "INDEX DEFAULT_INDEX INDEX_URL EXTRA_INDEX_URL INDEX_STRATEGY FIND_LINKS NO_INDEX NATIVE_TLS SYSTEM_CERTS"
    " INSECURE_HOST HTTP_TIMEOUT HTTP_RETRIES CONCURRENT_DOWNLOADS CONCURRENT_INSTALLS CONCURRENT_BUILDS"
    " CACHE_DIR NO_CACHE OFFLINE KEYRING_PROVIDER CONFIG_FILE"
)
PYTHON = "FAULTHANDLER HASHSEED IOENCODING PYCACHEPREFIX UNBUFFERED UTF8"  # change no import, and slow none
KEPT = {f"PIP_{name}" for name in PIP.split()} | {f"UV_{name}" for name in UV.split()}
KEPT |= {f"PYTHON{name}" for name in PYTHON.split()}
OURS = re.compile(
    r"(PIP_|UV_|PYTHON|PYTEST_|JUPYTER_GATEWAY_)"
    r"|(__PYVENV_LAUNCHER__|JUPYTER_PATH|JUPYTERLAB_DIR|MATPLOTLIBRC|MPLBACKEND)$"
)
SET = {
    "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel is the environment's, whatever lies in the user's folders
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",  # a question would be asked where nobody sees it
}


def variables(surroundings=os.environ):
    """Index, proxy and certificates stay; what redirects an installation or an import goes."""
    return {name: value for name, value in surroundings.items() if name in KEPT or not OURS.match(name)} | SET


def of_pip(listing, surroundings=os.environ):
    """What `pip config list` found in the user's files, as variables, and the files themselves shut out."""
    found = re.findall(r"^(?:global|install)\.([\w-]+)=(.*)$", listing, re.MULTILINE)
    named = {"PIP_" + key.upper().replace("-", "_"): ast.literal_eval(value) for key, value in found}
    named = {name: value for name, value in named.items() if name in KEPT and name not in surroundings}
    return named | {"PIP_CONFIG_FILE": os.devnull}


def find_home():
    """Where the user's own folder cannot be written, give Jupyter and others another one, for this run."""
    if not os.access(Path.home(), os.W_OK | os.X_OK):
        folder = tempfile.mkdtemp(prefix="softmax-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        print(f"{Path.home()} cannot be written: what Jupyter stores there is not kept.", file=sys.stderr)
        os.environ.update(dict.fromkeys(["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"], folder))
