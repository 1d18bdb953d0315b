"""Interactions and titles: MovieLens and Amazon by name, or a file of one's own.

The package ends where a tidy table begins: it knows nothing of splits, models or frameworks.
"""

from typing import TYPE_CHECKING

from recotour_vae.lazy import lazily

if TYPE_CHECKING:
    from recotour_vae.datasets.loading import Dataset, load, names
else:
    __getattr__, __dir__ = lazily(__name__, loading="Dataset load names")

__all__ = ["Dataset", "load", "names"]
