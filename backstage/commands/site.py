"""Write the lessons as pages whose sliders move, into site/; with --lite also the lessons in JupyterLite."""

from backstage.pages.site import main as main
