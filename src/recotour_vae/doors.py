"""Doors: what modules were called before they moved, so that imports written then go on working.

`from recotour_vae.metrics import ndcg` finds the module that `recotour_vae.evaluation.metrics` is,
itself and not a copy, and loads it when it is asked for. Inside the library the names of today
are used. What only the book draws and shows is a package of the book's, which is in no wheel.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from recotour_vae.errors import MissingPackageError

DOORS: Final = {
    "allocator": "runtime.allocator",
    "baselines": "recommenders",
    "beyond": "evaluation.lists",
    "click_matrix": "arrays.clicks",
    "comparison": "evaluation.statistics.comparison",
    "latent": "models.latent",
    "memory": "runtime.memory",
    "metrics": "evaluation.metrics",
    "mxnet_import": "runtime.mxnet",
    "recommenders.ease": "recommenders.linear.ease",  # as `baselines.ease`, and so on
    "recommenders.ials": "recommenders.factors.ials",
    "recommenders.item_knn": "recommenders.neighbours.item_knn",
    "recommenders.puresvd": "recommenders.factors.puresvd",
    "recommenders.similarity": "recommenders.neighbours.similarity",
    "recommenders.slim": "recommenders.linear.slim",
    "recommenders.user_knn": "recommenders.neighbours.user_knn",
    "topk": "evaluation.topk",
}
TO_THE_BOOK: Final = ("notebooks", "plotting")
_BOOK: Final = "recotour_book"
_PACKAGE: Final = __name__.partition(".")[0]


def today(path: str) -> str:
    """Say what a dotted path is called today: itself, where no door leads elsewhere.

    Examples
    --------
    >>> today("recotour_vae.metrics.ndcg")
    'recotour_vae.evaluation.metrics.ndcg'
    """
    package, *inner = path.split(".")
    for n in range(len(inner), 0, -1) if package == _PACKAGE else ():
        old = ".".join(inner[:n])
        if old in TO_THE_BOOK:
            return ".".join([_BOOK, *inner])
        if old in DOORS:
            return today(".".join([package, DOORS[old], *inner[n:]]))
    return path


class Finder:
    """What Python asks for modules (`sys.meta_path`): it answers for old names, and no others."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give a specification of an old name, which this object loads."""
        return ModuleSpec(name, self) if today(name) != name else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make a module, which is replaced at once."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today under its old name.

        Raises
        ------
        MissingPackageError
            When it is the book's, and that is not installed.
        """
        new = today(module.__name__)
        if new.startswith(f"{_BOOK}.") and find_spec(_BOOK) is None:
            raise MissingPackageError(
                f"{module.__name__} is now {new}, of the book's own package {_BOOK}, which is not "
                'installed; in a clone of the repository run `pip install -e ".[book]"`.'
            )
        sys.modules[module.__name__] = import_module(new)
