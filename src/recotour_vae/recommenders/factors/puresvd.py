"""The best low-rank copy of the click matrix, with everything not clicked counted as zero."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.interface import Recommender


@dataclass(frozen=True)
class PureSVDConfig:
    """Settings of `PureSVD`.

    Parameters
    ----------
    factors
        Singular vectors kept; below both the users and the items of the training matrix.
    seed
        Of the vector that the Lanczos iteration starts from.
    """

    SPACE: ClassVar[dict[str, Any]] = {"factors": {"low": 5, "high": 200, "log": True}}

    factors: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.factors >= 1:
            raise ConfigError(f"PureSVD got factors={self.factors}; give at least 1.")


class PureSVD(Recommender[PureSVDConfig]):
    """Project a user's clicks on the leading right singular vectors (Cremonesi et al. 2010).

    X ≈ U S Qᵀ with a few factors; the scores of any row of clicks x, new or not, are x Q Qᵀ.

    Its parameters are those of `PureSVDConfig`.
    """

    name = "puresvd"
    Config = PureSVDConfig
    state = ("items",)
    items: Floats

    def fit(self, clicks: csr_matrix) -> Self:
        """Find the items' singular vectors; clicks is (n_users, n_items).

        Raises
        ------
        ConfigError
            When there are not more users and more items than factors.
        DataError
            When the matrix is not one of clicks.
        """
        clicks = canonical(clicks)
        if not self.config.factors < min(clicks.shape):
            raise ConfigError(
                f"PureSVD got factors={self.config.factors} for {clicks.shape[0]:,} users and "
                f"{clicks.shape[1]:,} items; give fewer factors than there are of either."
            )
        rng = np.random.default_rng(self.config.seed)
        found = svds(
            clicks.astype(np.float64), self.config.factors, rng=rng, return_singular_vectors="vh"
        )
        _, sizes, vectors = found  # (factors,), (factors, n_items)
        # Where the matrix has fewer dimensions than factors, the vectors left over are arbitrary.
        real = sizes > 1e-6 * sizes.max()
        self.items = vectors[real].T.astype(np.float32)  # (n_items, factors)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items as x Q Qᵀ, (n_users, n_items)."""
        clicks = canonical(clicks, len(self.items))
        return np.asarray((clicks @ self.items) @ self.items.T, np.float32)
