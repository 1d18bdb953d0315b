"""`recotour-vae experiments`: run declared experiments, and see what they show."""

from typing import Final

DESCRIPTION: Final = """\
Run declared experiments, see how far they are, and what they show.

An experiment is a file NAME.toml that says which models are trained on what, with which settings
and seeds; its rows are in results/NAME.csv. Those of the book are in its repository.

Examples:
  recotour-vae experiments list
  recotour-vae experiments report grid
  recotour-vae experiments run grid
"""
