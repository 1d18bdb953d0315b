"""Run the command as a module, as its workers do."""

import os
import sys

if __name__ == "__main__":
    # `-m` puts the working folder first, where a random.py would be taken for Python's own. It
    # stays where the library itself was found there.
    here = os.getcwd()
    if sys.path[0] == here and not __file__.startswith(os.path.join(here, "recotour_vae")):
        del sys.path[0]

    from recotour_vae.cli import main

    sys.exit(main())
