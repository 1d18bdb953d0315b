"""The linear autoencoder that is solved in one go."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.blocks import blocks
from recotour_vae.recommenders.interface import Recommender


@dataclass(frozen=True)
class EASEConfig:
    """Settings of `EASE`.

    Parameters
    ----------
    l2
        Weight of the penalty; the paper takes 500 on MovieLens-20M.
    """

    SPACE: ClassVar[dict[str, Any]] = {"l2": {"low": 50.0, "high": 5000.0, "log": True}}

    l2: float = 500.0

    def __post_init__(self) -> None:
        if not self.l2 > 0:
            raise ConfigError(f"EASE got l2={self.l2}; give a number above 0.")


class EASE(Recommender[EASEConfig]):
    """The linear autoencoder with a zero diagonal, in closed form (Steck 2019).

    It minimises ||X - XB||² + l2 ||B||² subject to diag(B) = 0: with P = (XᵀX + l2 I)⁻¹,
    B_ij = -P_ij / P_jj off the diagonal. Its parameters are those of `EASEConfig`.

    Examples
    --------
    Whoever clicked item 0 clicked item 1 too, and never item 2:

    >>> import numpy as np
    >>> clicks = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    >>> model = EASE(l2=1.0).fit(clicks)
    >>> print(model.score(np.array([[1, 0, 0]])).round(2))
    [[0.   0.67 0.  ]]
    """

    name = "ease"
    Config = EASEConfig
    state = ("weights",)
    weights: Floats

    def fit(self, clicks: csr_matrix) -> Self:
        """Solve for the item-item weights; memory is 24 bytes for each pair of items.

        Raises
        ------
        ConfigError
            When that is more than there is.
        DataError
            When the matrix is not one of clicks.
        """
        clicks = canonical(clicks)
        self.check_memory(clicks.shape[1])
        inverse = inverse_of(gram_matrix(clicks, self.config.l2))  # (n_items, n_items)
        inverse /= -np.diag(inverse)  # divides column j by -P_jj
        np.fill_diagonal(inverse, 0.0)
        self.weights = inverse.astype(np.float32)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items as x B, (n_users, n_items)."""
        return np.asarray(canonical(clicks, len(self.weights)) @ self.weights)

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the Gram matrix, its factor and its inverse, in doubles."""
        return 3 * 8 * n_items**2


def gram_matrix(clicks: csr_matrix, l2: float) -> Floats:
    """Upper half of XᵀX + l2 I; what lies below the diagonal blocks is not filled in."""
    columns, n_items = clicks.tocsc(), clicks.shape[1]
    gram = np.empty((n_items, n_items))
    for block in blocks(n_items):
        mine = columns[:, block].T.astype(np.float64)
        gram[block, block.start :] = (mine @ columns[:, block.start :]).toarray()
    gram[np.diag_indices_from(gram)] += l2
    return gram


def inverse_of(matrix: Floats, model: str = "EASE") -> Floats:
    """Inverse of a symmetric positive definite matrix from its upper half, through Cholesky."""
    import torch  # its LAPACK is the faster one

    factor, fault = torch.linalg.cholesky_ex(torch.from_numpy(matrix), upper=True)
    if fault:
        raise ConfigError(
            f"{model} cannot invert its matrix with so small an l2; give a larger one."
        )
    inverse: Floats = torch.cholesky_inverse(factor, upper=True).numpy()
    return inverse
