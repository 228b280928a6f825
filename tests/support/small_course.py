"""A small course, whose installers are fakes in its own folder: there `python -m` finds them first.

Its environment is real, made by venv; one test sets the real course up, with the real installers.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SAY = '''"""Say what the environment holds; `say on`: run on until the input ends."""
import sys

import tiny


def main(arguments):
    print(tiny.VERSION, sys.version.split()[0], *arguments, flush=True)
    if arguments == ["on"]:
        sys.stdin.read()
    import late
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''
INSTALLER = """import os, pathlib, sys, sysconfig, time
place = pathlib.Path(sysconfig.get_path("purelib"))
name = pathlib.Path(__file__).stem
place.joinpath(name + ".begun").touch()
if os.environ.get("SMALL_PAUSE") == name: time.sleep(60)
if "SMALL_ERROR" in os.environ and os.environ.get("SMALL_FAILS", name) == name:
    sys.exit(os.environ["SMALL_ERROR"])
if sys.argv[1] == "install": assert "--no-deps" in sys.argv and "--require-hashes" in sys.argv
version = pathlib.Path("requirements.lock").read_text().split("tiny==")[1].split()[0]
place.joinpath("tiny.py").write_text(f"VERSION = {version!r}")
"""
FAKES = dict.fromkeys(["ensurepip", "pip", "uv"], INSTALLER) | dict.fromkeys(
    ["ipykernel", "jupyterlab", "nbclient", "pytest", "sklearn", "threadpoolctl", "late"], ""
)


def installed_uv(folder):
    """Pack the uv that runs here as a wheel again, and return its lines for a lock."""
    uv = metadata.distribution("uv")
    info, program = f"uv-{uv.version}.dist-info", "uv.exe" if os.name == "nt" else "uv"
    parts = {str(file): Path(uv.locate_file(file)).read_bytes() for file in uv.files if file.suffix == ".py"}
    parts[f"uv-{uv.version}.data/scripts/{program}"] = (Path(sys.executable).parent / program).read_bytes()
    parts[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: uv\nVersion: {uv.version}\n".encode()
    parts[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    parts[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*parts, f"{info}/RECORD"]).encode()
    wheel = folder / f"uv-{uv.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, content in parts.items():
            inside = zipfile.ZipInfo(name)
            inside.external_attr = 0o100755 << 16  # what is a program has to be one when it is unpacked
            packed.writestr(inside, content)
    return f"uv=={uv.version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Course:
    """A folder with run.py, and an environment of its own."""

    def __init__(self, folder, **variables):
        self.folder, self.venv, self.variables = folder, folder / ".venv", variables

    def write(self):
        modules = ["setup/__init__", "setup/environment", "setup/copies", "setup/handout"]
        modules += ["__init__", "commands/__init__", "commands/__main__"]
        names = ["run.py", ".gitignore", *(f"backstage/{module}.py" for module in modules)]
        texts = {name: (ROOT / name).read_text() for name in names} | {"backstage/commands/say.py": SAY}
        texts |= dict.fromkeys(["helpers/__init__.py", "helpers/sliders.py", "helpers/check.py"], "")
        texts |= {f"{name}.py": text for name, text in FAKES.items()}
        for name, text in texts.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.lock("1.0")
        return self

    def lock(self, version):
        """Let the lock ask for this version of the package."""
        (self.folder / "requirements.lock").write_text(f"# made by a test\nuv==1 \\\n\ntiny=={version} \\\n")

    def copy(self, folder):
        """The course and its environment in another folder, as if they had been made there."""
        shutil.copytree(self.folder, folder, symlinks=True)
        stamp = "from backstage.setup import environment as e; e.STAMP.write_text(e.fingerprint())"
        subprocess.run([sys.executable, "-c", stamp], cwd=folder, check=True)
        return Course(folder)

    def start(self, *arguments, python=sys.executable, user=None, **variables):
        """Start run.py in a process group of its own."""
        return subprocess.Popen(
            [python, self.folder / "run.py", *arguments],
            env=os.environ | self.variables | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            user=user,
            cwd=self.folder,
        )

    def run(self, *arguments, **how):
        """Run run.py to its end; return its exit code, its output, and what it told the user."""
        process = self.start(*arguments, **how)
        output, errors = process.communicate(timeout=300)
        return process.returncode, output, errors
