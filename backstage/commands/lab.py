"""Open the first lesson in JupyterLab; arguments go to JupyterLab (--no-browser)."""

from jupyterlab.labapp import LabApp

from backstage import ROOT
from backstage.lessons import lessons


def options(root=ROOT):
    """Return what JupyterLab is told before the reader's own arguments."""
    first = lessons(root)[0].name
    return [
        "--ServerApp.root_dir=" + str(root),
        "--LabApp.default_url=/lab/tree/notebooks/" + first,
        "--ServerApp.jpserver_extensions=backstage.explorer.server=True",  # sliders are answered sooner
    ]


def main(arguments):
    return LabApp.launch_instance(options() + arguments)
