"""Interactions and titles: MovieLens and Amazon by name, or a file of one's own.

The package ends where a tidy table begins: it knows nothing of splits, models or frameworks.
"""

from recotour_vae.datasets.loading import Dataset, load, names

__all__ = ["Dataset", "load", "names"]
