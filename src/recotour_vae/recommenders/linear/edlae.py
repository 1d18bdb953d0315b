"""The linear autoencoder that is asked for clicks it was not shown, solved in one go."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.recommenders.linear.ease import gram_matrix, inverse_of


@dataclass(frozen=True)
class EDLAEConfig:
    """Settings of `EDLAE`; the defaults are the author's on MovieLens-20M.

    Parameters
    ----------
    l2
        Weight of the penalty on all items alike, as in `EASE`.
    dropout
        Probability with which a click of the input is dropped, in expectation over all that
        could be; 0 is EASE.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "l2": {"low": 10.0, "high": 5000.0, "log": True},
        "dropout": {"low": 0.0, "high": 0.8},
    }

    l2: float = 300.0
    dropout: float = 0.33

    def __post_init__(self) -> None:
        if not 0 < self.l2 < np.inf:
            raise ConfigError(f"EDLAE got l2={self.l2}; give a finite number above 0.")
        if not 0 <= self.dropout < 1:
            raise ConfigError(
                f"EDLAE got dropout={self.dropout}; give a probability from 0 to below 1."
            )


class EDLAE(Recommender[EDLAEConfig]):
    """The denoising linear autoencoder of full rank, in closed form (Steck 2020, "EDLAE").

    Each click of the input is dropped with probability p, and those that stay are divided by
    1 - p. The mean over all such inputs Z of ||X - ZB||² + l2 ||B||², subject to diag(B) = 0, is

    ||X - XB||² + Σ_ij (l2 + p / (1 - p) n_i) B_ij²,

    where n_i counts the clicks of item i: its weights in row i, by which it speaks for others, are
    held back the more, the more people clicked it. With P = (XᵀX + diag(l2 + p / (1 - p) n))⁻¹ the
    minimum is that of EASE, B_ij = -P_ij / P_jj off the diagonal.

    That diagonal is what the author calls full emphasis: an item that is to be predicted is not
    among those that predict it. Its parameters are those of `EDLAEConfig`.

    Examples
    --------
    Two people clicked both items and one the second alone, so that n = (2, 3) and the items share
    2 clicks. With p = ½ the penalties are 1 + 2 and 1 + 3:

    >>> import numpy as np
    >>> clicks = np.array([[1, 1], [1, 1], [0, 1]])
    >>> model = EDLAE(l2=1.0, dropout=0.5).fit(clicks)
    >>> print(model.weights.round(3))  # 2 / (2 + 3) and 2 / (3 + 4)
    [[0.    0.4  ]
     [0.286 0.   ]]
    """

    name = "edlae"
    Config = EDLAEConfig
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
        gram = gram_matrix(clicks, self.config.l2)  # (n_items, n_items)
        gram[np.diag_indices_from(gram)] += dropout_penalty(clicks, self.config.dropout)
        inverse = inverse_of(gram, "EDLAE")
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


def dropout_penalty(clicks: csr_matrix, dropout: float) -> Floats:
    """Penalty that dropout puts on an item's weights: p / (1 - p) times its clicks, (n_items,)."""
    popularity = np.asarray(clicks.sum(axis=0), np.float64).ravel()  # the Gram matrix's diagonal
    penalty: Floats = dropout / (1 - dropout) * popularity
    return penalty
