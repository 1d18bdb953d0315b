"""The baseline that knows nobody: the most clicked items for everyone."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.interface import Recommender


@dataclass(frozen=True)
class PopularityConfig:
    """Settings of `Popularity`: there are none."""


class Popularity(Recommender[PopularityConfig]):
    """Recommend to everybody what most people clicked.

    Examples
    --------
    >>> import numpy as np
    >>> clicks = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]])
    >>> Popularity().fit(clicks).score(clicks[:1]).tolist()
    [[3.0, 2.0, 1.0]]
    """

    name = "popularity"
    Config = PopularityConfig
    state = ("counts",)
    counts: Floats

    def fit(self, clicks: csr_matrix) -> Self:
        """Count each item's clicks; clicks is (n_users, n_items)."""
        self.counts = np.asarray(canonical(clicks).sum(axis=0), np.float32).ravel()  # (n_items,)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Give every user the same scores, (n_users, n_items)."""
        clicks = canonical(clicks, len(self.counts))
        return np.tile(self.counts, (clicks.shape[0], 1))
