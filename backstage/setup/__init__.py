"""The environment in .venv, corrections and hand-outs: what happens to the files of a course.

The standard library alone, as it runs before anything is installed. Nothing here judges an answer.
"""
