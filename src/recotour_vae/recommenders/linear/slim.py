"""The linear autoencoder whose weights are few and not negative."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.recommenders.linear.ease import gram_matrix, inverse_of
from recotour_vae.runtime.progress import bar

if TYPE_CHECKING:
    from torch import Tensor

RELAXATION: Final = 1.6  # of each step; between 1 and 2, and 1.5 to 1.8 is the usual advice


@dataclass(frozen=True)
class SLIMConfig:
    """Settings of `SLIM`.

    Parameters
    ----------
    l1
        Weight of the sum of the weights, in clicks: item i has a weight for item j only where
        they share more than l1 clicks that the other weights do not explain already.
    l2
        Weight of the penalty on squares, as in `EASE`.
    iterations
        Steps at most, each a product of two (n_items, n_items) matrices.
    tolerance
        It stops when a column of B is no further than this from that of C, in root mean square
        over the columns; on MovieLens a column is some 0.05 to 0.2 long.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "l1": {"low": 0.0, "high": 3.0},
        "l2": {"low": 150.0, "high": 1500.0, "log": True},
    }

    l1: float = 1.0
    l2: float = 200.0
    iterations: int = 100
    tolerance: float = 3e-4

    def __post_init__(self) -> None:
        if not (0 <= self.l1 < np.inf and 0 < self.l2 < np.inf):
            raise ConfigError(
                f"SLIM got l1={self.l1}, l2={self.l2}; give l1 >= 0 and l2 above 0, both finite."
            )
        if not (self.iterations >= 1 and self.tolerance >= 0):
            raise ConfigError(
                f"SLIM got iterations={self.iterations}, tolerance={self.tolerance}; give at "
                "least 1 iteration and a tolerance >= 0."
            )


class SLIM(Recommender[SLIMConfig]):
    """The linear autoencoder with few weights, none negative (Ning and Karypis 2011).

    It minimises ½ ||X - XB||² + ½ l2 ||B||² + l1 Σ_ij B_ij subject to B >= 0 and diag(B) = 0, for
    all columns together, by the alternating direction method of multipliers (Steck et al. 2020,
    "ADMM SLIM"). B keeps the zero diagonal, a copy C of it the signs, and U sums up how far apart
    they are: with P = (XᵀX + (l2 + rho) I)⁻¹ and t = l1 / rho, the three steps are

    B = P (XᵀX + rho (C - U)) - P diag(g), with the g that makes its diagonal 0,

    C = max(0, B + U - t), and U = U + B - C.

    V = B + U is all there is to remember, for C = max(0, V - t) and U = min(V, t), so that
    C - U = |V - t| - t. And P XᵀX = I - (l2 + rho) P, whose last term g can take in, so that the
    steps become

    B = I + rho P (|V - t| - t) - P diag(g), then V = V + 1.6 (B - C).

    Where V stands still, B = C is the minimum. The last C is kept, sparse, with its exact zeros.

    Its parameters are those of `SLIMConfig`.
    """

    name = "slim"
    Config = SLIMConfig
    state = ("weights",)
    weights: csr_matrix

    def fit(self, clicks: csr_matrix) -> Self:
        """Solve for the item-item weights; memory is 24 bytes for each pair of items.

        Raises
        ------
        ConfigError
            When that is more than there is.
        DataError
            When the matrix is not one of clicks.
        """
        import torch  # its products of matrices are the faster ones

        clicks = canonical(clicks)
        self.check_memory(clicks.shape[1])
        l2 = self.config.l2
        rho = geometric_mean(clicks, l2)
        inverse = torch.from_numpy(inverse_of(gram_matrix(clicks, l2 + rho), "SLIM")).float()
        self.weights = csr_matrix(self._solve(inverse, rho).numpy())
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items as x B, (n_users, n_items)."""
        clicks = canonical(clicks, self.weights.shape[0])
        return np.asarray((clicks @ self.weights).toarray(), np.float32)

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the Gram matrix, its factor and its inverse, in doubles."""
        return 3 * 8 * n_items**2

    def _solve(self, inverse: "Tensor", rho: float) -> "Tensor":
        """Alternate until B and C agree; gives C, (n_items, n_items)."""
        threshold, n_items = self.config.l1 / rho, len(inverse)
        total = inverse.new_zeros(inverse.shape)  # V
        for _ in bar(range(self.config.iterations), desc="SLIM", unit="step", leave=False):
            over = total - threshold
            apart = zero_diagonal(inverse, over.abs().sub_(threshold), rho)  # B
            apart -= over.clamp_(min=0)  # B - C
            total.add_(apart, alpha=RELAXATION)
            if apart.norm() <= self.config.tolerance * n_items**0.5:
                break
        return (total - threshold).clamp_(min=0)


def zero_diagonal(inverse: "Tensor", target: "Tensor", rho: float) -> "Tensor":
    """B = I + rho P (C - U) - P diag(g), from P and C - U."""
    solved = (inverse @ target).mul_(rho)
    shift = (1 + solved.diagonal()) / inverse.diagonal()  # g, (n_items,)
    return solved.addcmul_(inverse, shift.expand_as(inverse), value=-1).fill_diagonal_(0)


def geometric_mean(clicks: csr_matrix, l2: float) -> float:
    """Geometric mean of the smallest and largest eigenvalue of XᵀX + l2 I, nearly.

    It is the rho with the best guaranteed speed (Ghadimi et al. 2015). The smallest is taken as
    l2; the largest from one product with the items' clicks, which point nearly its way.
    """
    popularity = np.asarray(clicks.sum(axis=0), np.float64).ravel()  # (n_items,)
    before = float(np.linalg.norm(popularity))
    after = float(np.linalg.norm(clicks.T @ (clicks @ popularity)))
    return float(np.sqrt(l2 * (l2 + after / max(1.0, before))))  # 0 clicks have length 0
