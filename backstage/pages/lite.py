"""Build site/lite: the lessons in JupyterLite, where Python runs in the reader's browser.

That Python is Pyodide. Its core and its lock come from npm, pure wheels from the Python index, and compiled
ones, which the index lacks, from Pyodide's release, each held to its hash in the lock.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from importlib.metadata import version
from pathlib import Path

from packaging.utils import parse_wheel_filename

from backstage import ROOT

KERNEL = "0.8.6"  # of JupyterLite and of its kernel, which is made for one version of Pyodide
PYODIDE = "314.0.6"
RELEASE = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]
ASKED = ["numpy", "matplotlib", "scikit-learn"]  # of its lock: what the lessons need
ASKED += ["micropip", "ipython", "jedi", "typing-extensions"]  # and what the kernel and the widgets do
WORDS = ["latex2mathml", "mistune"]  # what questions are written with
WIDGETS = ["ipywidgets", "anywidget"]  # as wheels and, in the same version, as a part of JupyterLab
ADDED = {  # what the lock lacks: what it is imported as, and what it depends on
    "comm": (["comm"], ["traitlets"]),
    "psygnal": (["psygnal"], []),
    "ipywidgets": (["ipywidgets"], ["comm", "ipython", "traitlets"]),
    "anywidget": (["anywidget"], ["ipywidgets", "psygnal", "typing-extensions"]),
    "latex2mathml": (["latex2mathml"], []),
    "mistune": (["mistune"], []),
    "softmax-notebooks": (
        ["backstage", "exercises", "helpers"],
        ["anywidget", "matplotlib", "numpy", *WORDS],
    ),
}
NOTE = "Your work and corrections.md"  # beside the lessons
ABOUT = """# Your work and corrections

What you save stays in this browser alone. From then on you see your own copy of that lesson, and not the
published one.

**To hand in, or to keep a copy:** save the lesson, right-click it in the list of files, choose *Download*.

**To get a corrected lesson:** save and close yours, right-click it in the list, choose *Rename*, and add
something to its name (`01_softmax_mine.ipynb`). Load this page again: the published lesson is there under its
own name, and yours under the new one. Some servers bring a correction only after ten minutes. Then copy your
answers over.
"""
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Softmax, hands on",
        "exposeAppInBrowser": True,  # for the test that opens a lesson
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}},
    },
}


def build(target):
    """Write the site in place of the folder `target`; return the file names of wheels that are not to be had.

    Lessons run only if there are none. Everything in ROOT is shown, so this runs where nothing lies but what
    is committed. Raises ValueError for a wheel with another hash than the lock's, and CalledProcessError
    where npm, pip or JupyterLite fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "notebooks", folder / "files")
        (folder / "files" / NOTE).write_text(ABOUT, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        missing = pyodide(folder / "static/pyodide", ROOT)
        (folder / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
        parts = ["jupyter-server", f"jupyterlite-pyodide-kernel=={KERNEL}", *map(pinned, WIDGETS)]
        uv = [sys.executable, "-m", "uv", "tool", "run", "--from", f"jupyterlite-core=={KERNEL}"]
        uv += [word for part in parts for word in ("--with", part)]
        options = ["--apps=lab", "--no-sourcemaps", f"--output-dir={target.absolute()}"]
        run(*uv, "jupyter-lite", "build", *options, cwd=folder)
    return missing


def pyodide(folder, course):
    """Put Pyodide, the wheels of the lessons and a lock of these into a folder; return what is missing."""
    unpack(folder)
    lock = lock_of(folder)
    chosen = needed(lock["packages"], ASKED)
    pure = {name: entry for name, entry in chosen.items() if entry["file_name"].endswith("-any.whl")}
    missing = [e["file_name"] for name, e in chosen.items() if name not in pure and not fetched(e, folder)]
    more = ["comm", "psygnal", *map(pinned, WIDGETS + WORDS)]
    download([f"{name}=={entry['version']}" for name, entry in pure.items()] + more, lock["info"], folder)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", f"--wheel-dir={folder}", course)
    wheels = {parse_wheel_filename(path.name)[0]: path for path in folder.glob("*.whl")}
    lock["packages"] = {name: e for name, e in chosen.items() if e["file_name"] not in missing}
    lock["packages"] |= {name: entry | as_found(wheels[name]) for name, entry in pure.items()}
    lock["packages"] |= {name: added(name) | as_found(wheels[name]) for name in ADDED}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    return missing


def unpack(folder):
    """Get Pyodide's core and its lock from npm, which checks them."""
    folder.mkdir(parents=True)
    for name, content in zip(CORE, from_npm(f"pyodide@{PYODIDE}", CORE), strict=True):
        (folder / name).write_bytes(content)


def from_npm(package, names):
    """Return the contents of these files of a package, which npm fetches and checks."""
    command = [shutil.which("npm") or "npm", "pack", "--silent", package]
    with tempfile.TemporaryDirectory() as folder:
        file = run(*command, cwd=folder, stdout=subprocess.PIPE, text=True).stdout.strip()
        with tarfile.open(Path(folder, file)) as packed:
            return [packed.extractfile(f"package/{name}").read() for name in names]


def lock_of(folder):
    return json.loads((folder / "pyodide-lock.json").read_text())


def needed(packages, names):
    """Return from a lock's packages these, and all that they depend on."""
    names = [*names]
    for name in names:
        depends = (other.lower().replace("_", "-") for other in packages[name]["depends"])
        names += [other for other in depends if other not in names]
    return {name: packages[name] for name in names}


def fetched(entry, folder):
    """Get a wheel of Pyodide's release and say whether it could be had. ValueError: it is another wheel."""
    try:
        with urllib.request.urlopen(RELEASE + entry["file_name"], timeout=60) as answer:
            content = answer.read()
    except OSError:
        return False
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise ValueError(f"{entry['file_name']} is not the wheel that Pyodide's lock lists")
    (folder / entry["file_name"]).write_bytes(content)
    return True


def download(requirements, info, folder):
    """Get pure wheels from the Python index."""
    python = info["python"].rpartition(".")[0]
    pip = "-m pip download -q --no-deps --only-binary=:all: --platform=any".split()
    run(sys.executable, *pip, f"--python-version={python}", f"--dest={folder}", *requirements)


def pinned(name):
    return f"{name}=={version(name)}"


def added(name):
    imports, depends = ADDED[name]
    entry = {"name": name, "imports": imports, "depends": depends, "install_dir": "site"}
    return entry | {"package_type": "package", "unvendored_tests": False}


def as_found(wheel):
    """Return what an entry of the lock says of a wheel's file."""
    found = {"file_name": wheel.name, "version": str(parse_wheel_filename(wheel.name)[1])}
    return found | {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}


def run(*command, **more):
    return subprocess.run(command, check=True, **more)
