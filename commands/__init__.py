"""What `python run.py NAME` runs: each module is a command, and its docstring's first line is its help."""
