"""Open the first lesson in JupyterLab; arguments go to JupyterLab (--no-browser)."""

import sys
from pathlib import Path

from jupyterlab.labapp import LabApp

from grading.lessons import lessons

ROOT = Path(__file__).parent.parent


def options(root=ROOT):
    """What JupyterLab is told before the reader's own arguments."""
    first = lessons(root)[0].name
    return [
        "--ServerApp.root_dir=" + str(root),
        "--LabApp.default_url=/lab/tree/notebooks/" + first,
        "--ServerApp.jpserver_extensions=helpers.server=True",  # sliders are answered sooner
    ]


def main(arguments):
    return LabApp.launch_instance(options() + arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
