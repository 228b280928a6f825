"""Lessons as pages that need no kernel, and in JupyterLite, which brings its own.

Notebooks go in, a folder of files comes out. Nothing here changes a notebook.
"""
