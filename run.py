"""Set the course up and run it with nothing but Python: python run.py COMMAND [ARGUMENT ...]"""

from __future__ import print_function

import sys

if sys.version_info < (3, 11):  # such a Python has to understand this whole file to get here: no f-strings
    sys.exit("This course needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])

from backstage.setup import environment

if __name__ == "__main__":
    try:
        sys.exit(environment.start(__doc__, *sys.argv[1:]))
    except KeyboardInterrupt:  # in the set-up, which has put the old environment back
        sys.exit(130)
