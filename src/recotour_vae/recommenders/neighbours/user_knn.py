"""Neighbours among the users: what is clicked by the people who are most like you."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, identity

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.neighbours.similarity import (
    Neighbours,
    NeighboursConfig,
    inverse_frequency,
)


@dataclass(frozen=True)
class UserKNNConfig(NeighboursConfig):
    """Settings of `UserKNN`.

    Parameters
    ----------
    k
        Neighbours of each user.
    shrink
        Added to the denominator, in clicks: users who share only a few count less.
    measure, alpha
        Which similarity; `Neighbours` has the formulas. n_a is the clicks of the user who asks.
    idf
        Weigh items by log(n_users / clicks), for the similarity alone: that two people share
        what everybody clicked says little.
    """

    shrink: float = 0.0


class UserKNN(Neighbours[UserKNNConfig]):
    """Let the k training users most similar to a user vote for what they clicked.

    The score of item i for user u is the sum of sim(u, v) x_vi over the neighbours v, where by
    default sim(u, v) = n_uv / (sqrt(n_u n_v) + shrink), and both clicked n_uv items (Herlocker
    et al. 1999, for clicks). To divide it by the sum of similarities, as for ratings, would not
    change a user's list. The user need not be one of the training users.

    Its parameters are those of `UserKNNConfig`.
    """

    name = "user-knn"
    Config = UserKNNConfig
    state = (
        "clicks",
        "weights",
        "others",
    )
    clicks: csr_matrix
    weights: csr_matrix
    others: csr_matrix

    def fit(self, clicks: csr_matrix) -> Self:
        """Keep the training users' clicks, (n_users, n_items)."""
        clicks = canonical(clicks)
        n_users, n_items = clicks.shape
        per_item = np.asarray(clicks.sum(axis=0), np.float64).ravel()
        diagonal = inverse_frequency(per_item, n_users) if self.config.idf else identity(n_items)
        self.clicks, self.weights = clicks, diagonal.tocsr()
        self.others = (clicks @ self.weights).T.tocsr()  # (n_items, n_train)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items); the users are compared a few at a time."""
        clicks = canonical(clicks, self.clicks.shape[1])
        nearest = self.nearest(clicks @ self.weights, self.others)  # (n_users, n_train)
        return np.asarray((nearest @ self.clicks).toarray(), np.float32)
