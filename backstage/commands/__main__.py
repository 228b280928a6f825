"""What run.py starts in the environment: python -m backstage.commands NAME [ARGUMENT ...]"""

import importlib
import sys

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    sys.exit(importlib.import_module(f"backstage.commands.{name}").main(arguments))
