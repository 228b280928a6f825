"""What `python run.py` can do: a module with a `main(arguments)` is a command whose help is its first line.

run.py starts `python -m commands.NAME ARGUMENTS` in the environment, from the course's folder.
"""
