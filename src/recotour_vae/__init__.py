"""Variational autoencoders for collaborative filtering: the library under the book.

Nothing heavy is imported here; each module brings in a framework only when it is used.
"""

import sys

from recotour_vae.doors import Finder

__version__ = "0.1.0"

sys.meta_path.insert(0, Finder())  # so that modules are found by their older names too
