"""The machinery behind the lessons, a package for each task: nothing that a lesson shows.

calling: call somebody else's function, and write down what it did.
explorer: a picture that follows a control.
asking: a question before its answer.
checks: from what a function did to a verdict.
grading: a class's notebooks in, marks out.
pages: lessons that need no kernel.
setup: the environment, corrections and hand-outs.
commands: what run.py can do.
"""

import os
from pathlib import Path

# One folder is one folder, by whatever link it is reached.
ROOT = Path(os.path.realpath(__file__)).parent.parent
