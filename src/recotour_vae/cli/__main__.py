"""Run the command as a module, as its workers do."""

import sys

from recotour_vae.cli import main

if __name__ == "__main__":
    sys.exit(main())
