"""Neighbours among the items: what is clicked by the people who clicked what you did."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.neighbours.similarity import (
    Neighbours,
    NeighboursConfig,
    inverse_frequency,
)


@dataclass(frozen=True)
class ItemKNNConfig(NeighboursConfig):
    """Settings of `ItemKNN`.

    Parameters
    ----------
    k
        Neighbours kept of each item.
    shrink
        Added to the denominator, in clicks: pairs seen together only a few times count less.
    measure, alpha
        Which similarity; `Neighbours` has the formulas. n_a is the candidate's clicks: a larger
        alpha holds popular candidates back.
    idf
        Weigh users by log(n_items / clicks): to share somebody who clicks everything says little.
    """


class ItemKNN(Neighbours[ItemKNNConfig]):
    """Sum, over the items a user clicked, their similarity to each candidate.

    By default the similarity of items i and j is n_ij / (sqrt(n_i n_j) + shrink), where n_ij
    users clicked both; each candidate keeps its k most similar items (Deshpande and Karypis 2004).

    Its parameters are those of `ItemKNNConfig`.

    Examples
    --------
    Items 0 and 1 share two users: 2 / (sqrt(2 * 2) + 2) is a half.

    >>> import numpy as np
    >>> clicks = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    >>> ItemKNN(k=2, shrink=2.0).fit(clicks).score(np.array([[1, 0, 0]])).tolist()
    [[0.0, 0.5, 0.0]]
    """

    name = "item-knn"
    Config = ItemKNNConfig
    state = ("similarity",)
    similarity: csc_matrix

    def fit(self, clicks: csr_matrix) -> Self:
        """Find each item's neighbours; clicks is (n_users, n_items)."""
        clicks = canonical(clicks).astype(np.float64)
        if self.config.idf:
            per_user = np.asarray(clicks.sum(axis=1)).ravel()
            clicks = inverse_frequency(per_user, clicks.shape[1]) @ clicks
        nearest = self.nearest(clicks.T.tocsr(), clicks, itself=False)
        self.similarity = nearest.T  # (n_items, n_items), a candidate a column
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items)."""
        clicks = canonical(clicks, self.similarity.shape[0])
        return np.asarray((clicks @ self.similarity).toarray(), np.float32)
