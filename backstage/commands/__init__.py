"""What `python run.py` can do: every module here is a command, with a `main(arguments)` and one line of help.

run.py starts `python -m backstage.commands NAME ARGUMENTS` in the environment, from the course's folder.
"""
