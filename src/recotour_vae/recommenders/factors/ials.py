"""Matrix factorisation by alternating least squares over all cells, clicked or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.runtime.progress import bar

START: Final = 0.1  # standard deviation of the items' first vectors, times sqrt(factors)
CELLS: Final = 2**19  # of a block of rows: a larger one pads more, and leaves the cache

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class IALSConfig:
    """Settings of `IALS`.

    Parameters
    ----------
    factors
        Length of the vectors.
    unobserved
        Weight of every cell, beside the 1 of a click; the second paper takes 0.1 on MovieLens-20M.
    l2
        Weight of the penalty; there it is 0.003.
    nu
        How far the penalty grows with the clicks, from 0, the same for all, to 1.
    epochs
        Turns of both sides.
    seed
        Of the items' first vectors.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "factors": [32, 64, 128],
        "unobserved": {"low": 0.01, "high": 1.0, "log": True},
        "l2": {"low": 0.0003, "high": 0.1, "log": True},
        "nu": [0.5, 1.0],
    }

    factors: int = 64
    unobserved: float = 0.1
    l2: float = 0.003
    nu: float = 1.0
    epochs: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.factors >= 1 and self.epochs >= 1):
            raise ConfigError(
                f"IALS got factors={self.factors}, epochs={self.epochs}; give at least 1 of each."
            )
        if not (self.unobserved > 0 and self.l2 > 0 and self.nu >= 0):
            raise ConfigError(
                f"IALS got unobserved={self.unobserved}, l2={self.l2}, nu={self.nu}; give the "
                "first two above 0 and nu >= 0."
            )


class IALS(Recommender[IALSConfig]):
    """Give users and items vectors whose product is near 1 at clicks and near 0 everywhere.

    It minimises, by turns over the users' vectors w and the items' h (Hu, Koren and Volinsky
    2008, weighted as in Rendle et al. 2022),

    Σ_clicks (w_u·h_i - 1)² + unobserved Σ_ui (w_u·h_i)² + l2 (Σ_u s_u ||w_u||² + Σ_i s_i ||h_i||²),

    where s_u = (n_u + unobserved n_items)^nu and s_i = (n_i + unobserved n_users)^nu. Each turn is
    exact, and a new user takes one:
    w_u = (Σ_clicked h hᵀ + unobserved HᵀH + l2 s_u I)⁻¹ Σ_clicked h.

    Its parameters are those of `IALSConfig`.
    """

    name = "ials"
    Config = IALSConfig
    state = ("items",)
    items: Floats

    def fit(self, clicks: csr_matrix) -> Self:
        """Alternate between users and items; clicks is (n_users, n_items)."""
        clicks = canonical(clicks)
        rng, shape = np.random.default_rng(self.config.seed), (clicks.shape[1], self.config.factors)
        self.items = rng.normal(0, START / np.sqrt(self.config.factors), shape)
        by_item = clicks.T.tocsr()
        for _ in bar(range(self.config.epochs), desc="iALS", unit="turn", leave=False):
            users = self._solve(clicks, self.items)  # (n_users, factors)
            self.items = self._solve(by_item, users)  # (n_items, factors)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items): solve for the users, the items held fixed."""
        clicks = canonical(clicks, len(self.items))
        return np.asarray(self._solve(clicks, self.items) @ self.items.T, np.float32)

    def _solve(self, clicks: csr_matrix, fixed: Floats) -> Floats:
        """Best vectors of the rows, (n_rows, factors), given those of the columns."""
        counts = np.diff(clicks.indptr)
        penalty = (
            self.config.l2 * (counts + self.config.unobserved * len(fixed)) ** self.config.nu
        )  # (n_rows,)
        gram = self.config.unobserved * fixed.T @ fixed  # (factors, factors)
        padded = np.vstack(
            [fixed, np.zeros(self.config.factors)]
        )  # the last is what padding points at
        solved = np.zeros((len(counts), self.config.factors))
        for rows in _of_like_length(counts, self.config.factors):
            near = padded[_padded_columns(clicks[rows])]  # (block, longest, factors)
            ridge = penalty[rows, None, None] * np.eye(self.config.factors)
            matrix = gram + ridge + near.transpose(0, 2, 1) @ near  # (block, factors, factors)
            solved[rows] = np.linalg.solve(matrix, near.sum(axis=1)[..., None])[..., 0]
        return solved


def _of_like_length(counts: Ints, factors: int) -> Iterator[Ints]:
    """Cut the rows into blocks that fit, longest first, so that little is padded."""
    order = np.argsort(-counts, kind="stable")
    start = 0
    while start < len(order):
        cells = factors * (int(counts[order[start]]) + factors)  # of one row and its matrix
        stop = start + max(1, CELLS // cells)
        yield order[start:stop]
        start = stop


def _padded_columns(clicks: csr_matrix) -> Ints:
    """Columns that each row clicks, (n_rows, longest), filled up with the number of columns."""
    counts = np.diff(clicks.indptr)
    columns = np.full((len(counts), counts.max(initial=0)), clicks.shape[1])
    columns[np.arange(columns.shape[1]) < counts[:, None]] = clicks.indices
    return columns
