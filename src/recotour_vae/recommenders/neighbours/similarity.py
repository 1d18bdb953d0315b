"""How alike two users or two items are, from the clicks of each and those they share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeVar

import numpy as np
from scipy.sparse import csr_matrix, diags

from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.blocks import largest_products
from recotour_vae.recommenders.interface import Recommender

Measure = Literal["cosine", "tversky", "jaccard"]

# What the shared clicks are divided by, given (shared, mine, theirs, alpha).
SIZES: Final[dict[str, Callable[[Floats, Floats, Floats, float], Floats]]] = {
    "cosine": lambda _, mine, theirs, alpha: mine**alpha * theirs ** (1 - alpha),
    "tversky": lambda _, mine, theirs, alpha: alpha * mine + (1 - alpha) * theirs,
    "jaccard": lambda shared, mine, theirs, _: mine + theirs - shared,
}


@dataclass(frozen=True)
class NeighboursConfig:
    """Settings of neighbours, among users or items; `ItemKNN` and `UserKNN` say what they are.

    With n_a and n_b the clicks of a and of b, and n_ab those they share, the similarity is
    n_ab / (size + shrink), where size is

    - cosine: n_a^alpha n_b^(1 - alpha), the geometric mean when alpha is 1/2 and else the
      asymmetric cosine (Aiolli 2013);
    - tversky: alpha n_a + (1 - alpha) n_b, the arithmetic mean, Dice's coefficient when alpha
      is 1/2 (Tversky 1977);
    - jaccard: n_a + n_b - n_ab, the clicks of either.

    With `idf`, every click counts the square of a weight: of the two matrices' columns in
    `nearest`, the rarer the more.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "k": {"low": 20, "high": 1000, "log": True},
        "shrink": {"low": 1.0, "high": 500.0, "log": True},
        "measure": ["cosine", "jaccard", "tversky"],
        "alpha": {"low": 0.1, "high": 0.9},
        "idf": [False, True],
    }

    k: int = 100
    shrink: float = 50.0
    measure: Measure = "cosine"
    alpha: float = 0.5
    idf: bool = False

    def __post_init__(self) -> None:
        name = type(self).__name__.removesuffix("Config")
        if not (self.k >= 1 and self.shrink >= 0 and 0 <= self.alpha <= 1):
            raise ConfigError(
                f"{name} got k={self.k}, shrink={self.shrink}, alpha={self.alpha}; give k >= 1, "
                "shrink >= 0 and alpha from 0 to 1."
            )
        if self.measure not in SIZES:
            raise ConfigError(f"{name} knows no measure {self.measure!r}; take {', '.join(SIZES)}.")


N = TypeVar("N", bound=NeighboursConfig)


class Neighbours(Recommender[N]):
    """The search for the nearest that `ItemKNN` and `UserKNN` share."""

    def nearest(self, rows: csr_matrix, others: csr_matrix, itself: bool = True) -> csr_matrix:
        """Find the k most similar of the others for each row.

        Parameters
        ----------
        rows, others
            (n_rows, n) and (n, n_others): clicks, weighted or not, the others' in columns.
        itself
            Whether row i may be its own neighbour i.

        Returns
        -------
        csr_matrix
            Similarities, (n_rows, n_others).
        """
        mine = _squares(rows, axis=1)[:, None]  # (n_rows, 1)
        theirs = _squares(others, axis=0)  # (n_others,)

        config = self.config

        def weigh(shared: Floats, block: slice) -> Floats:
            size = SIZES[config.measure](shared, mine[block], theirs, config.alpha)
            return np.asarray(shared / (size + config.shrink + 1e-12))

        return largest_products(rows, others, weigh, config.k, itself)


def inverse_frequency(counts: Floats, n: int) -> csr_matrix:
    """Weigh by log(n / count), as a diagonal matrix (Breese, Heckerman and Kadie 1998)."""
    return diags(np.log(n / np.maximum(counts, 1)), format="csr")


def _squares(clicks: csr_matrix, axis: int) -> Floats:
    return np.asarray(clicks.multiply(clicks).sum(axis=axis), np.float64).ravel()
