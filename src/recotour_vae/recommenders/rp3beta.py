"""A random walk from a user to other users' items, with popular items held back."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix, diags

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.blocks import largest_products
from recotour_vae.recommenders.interface import Recommender


@dataclass(frozen=True)
class RP3betaConfig:
    """Settings of `RP3beta`.

    Parameters
    ----------
    k
        Items that are reached from each item: the k to which the last two steps most lead, after
        the division.
    alpha
        Power of each step's probability.
    beta
        Power of the popularity that it is divided by.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "k": {"low": 20, "high": 1000, "log": True},
        "alpha": {"low": 0.3, "high": 2.0},
        "beta": {"low": 0.0, "high": 1.0},
    }

    k: int = 100
    alpha: float = 1.0
    beta: float = 0.6

    def __post_init__(self) -> None:
        if not (self.k >= 1 and self.alpha >= 0 and self.beta >= 0):
            raise ConfigError(
                f"RP3beta got k={self.k}, alpha={self.alpha}, beta={self.beta}; give k >= 1, "
                "alpha >= 0 and beta >= 0."
            )


class RP3beta(Recommender[RP3betaConfig]):
    """Walk three random steps, user to item to user to item, and divide by popularity.

    With p_ui = (x_ui / n_u)^alpha and p_iu = (x_ui / n_i)^alpha, the score of item j for user u
    is the sum over i and v of p_ui p_iv p_vj, divided by n_j^beta (Paudel et al. 2017). Beta 0
    is the walk alone, P3alpha (Cooper et al. 2014); with alpha 1 too, its scores are the
    probabilities of where it ends. Ways back to the item where the second step began are left out:
    that item was clicked and is not recommended.

    Its parameters are those of `RP3betaConfig`.
    """

    name = "rp3beta"
    Config = RP3betaConfig
    state = ("weights",)
    weights: csr_matrix

    def fit(self, clicks: csr_matrix) -> Self:
        """Walk from every item by way of its users; clicks is (n_users, n_items)."""
        clicks = canonical(clicks)
        popularity = np.maximum(np.asarray(clicks.sum(axis=0), np.float64).ravel(), 1)
        damping = popularity**self.config.beta  # (n_items,)
        to_users, to_items = _step(clicks.T, self.config.alpha), _step(clicks, self.config.alpha)
        self.weights = largest_products(
            to_users, to_items, lambda reached, _: reached / damping, self.config.k, itself=False
        )  # (n_items, n_items), a row where the walk comes from
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items)."""
        clicks = canonical(clicks, self.weights.shape[0])
        return np.asarray((_step(clicks, self.config.alpha) @ self.weights).toarray(), np.float32)


def _step(clicks: csr_matrix, alpha: float) -> csr_matrix:
    """Probability of going from each row to each column it clicked, to the power of alpha."""
    counts = np.asarray(clicks.sum(axis=1), np.float64).ravel()
    shares = (diags(1 / np.maximum(counts, 1)) @ clicks).tocsr()
    shares.data **= alpha
    return shares
