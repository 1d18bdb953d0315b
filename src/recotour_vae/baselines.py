"""Simple recommenders that every number in the book is held against.

Each has `fit(clicks)` and `score(clicks) -> (n_users, n_items)`, as the autoencoders do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse import csc_matrix, csr_matrix, hstack

from recotour_vae.errors import ConfigError

Floats = NDArray[np.floating[Any]]


@dataclass
class Popularity:
    """Recommend to everybody what most people clicked."""

    counts: Floats = field(init=False, repr=False)

    def fit(self, clicks: csr_matrix) -> Self:
        """Count each item's clicks; clicks is (n_users, n_items)."""
        self.counts = np.asarray(clicks.sum(axis=0), np.float32).ravel()  # (n_items,)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Give every user the same scores, (n_users, n_items)."""
        return np.tile(self.counts, (clicks.shape[0], 1))


@dataclass
class ItemKNN:
    """Sum, over the items a user clicked, their cosine similarity to each candidate.

    The similarity of items i and j is n_ij / (sqrt(n_i n_j) + shrink), where n_ij users clicked
    both; each candidate keeps its k most similar items (Deshpande and Karypis 2004).

    Parameters
    ----------
    k
        Neighbours kept of each item.
    shrink
        Added to the denominator, in clicks: pairs seen together only a few times count less.
    """

    k: int = 100
    shrink: float = 50.0
    similarity: csc_matrix = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not (self.k >= 1 and self.shrink >= 0):
            raise ConfigError(
                f"ItemKNN got k={self.k}, shrink={self.shrink}; give k >= 1 and shrink >= 0."
            )

    def fit(self, clicks: csr_matrix) -> Self:
        """Find each item's neighbours; clicks is (n_users, n_items)."""
        columns = clicks.tocsc()
        norm = np.sqrt(np.asarray(clicks.sum(axis=0), np.float64).ravel())  # (n_items,)
        blocks = [self._neighbours(columns, norm, block) for block in _blocks(len(norm))]
        self.similarity = hstack(blocks, format="csc")  # (n_items, n_items)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items)."""
        return np.asarray((clicks @ self.similarity).toarray(), np.float32)

    def _neighbours(self, clicks: csc_matrix, norm: Floats, block: slice) -> csc_matrix:
        """Similarities of a block of candidates, only the k largest of each column kept."""
        together = (clicks.T @ clicks[:, block]).toarray()  # (n_items, block)
        similarity = together / (np.outer(norm, norm[block]) + self.shrink + 1e-12)
        similarity[np.arange(len(norm))[block], np.arange(similarity.shape[1])] = 0.0
        if self.k < len(norm):
            least = np.partition(similarity, -self.k, axis=0)[-self.k]  # (block,)
            similarity[similarity < least] = 0.0
        return csc_matrix(similarity, dtype=np.float32)


@dataclass
class EASE:
    """The linear autoencoder with a zero diagonal, in closed form (Steck 2019).

    It minimises ||X - XB||² + l2 ||B||² subject to diag(B) = 0: with P = (XᵀX + l2 I)⁻¹,
    B_ij = -P_ij / P_jj off the diagonal.

    Parameters
    ----------
    l2
        Weight of the penalty; the paper takes 500 on MovieLens-20M.
    """

    l2: float = 500.0
    weights: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.l2 > 0:
            raise ConfigError(f"EASE got l2={self.l2}; give a number above 0.")

    def fit(self, clicks: csr_matrix) -> Self:
        """Solve for the item-item weights; memory is a few times n_items² doubles."""
        gram = (clicks.T @ clicks).astype(np.float64).toarray()  # (n_items, n_items)
        gram[np.diag_indices_from(gram)] += self.l2
        inverse = _inverse(gram)
        weights = inverse / -np.diag(inverse)  # divides column j by -P_jj
        np.fill_diagonal(weights, 0.0)
        self.weights = weights.astype(np.float32)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items as x B, (n_users, n_items)."""
        return np.asarray(clicks @ self.weights)


def _inverse(matrix: Floats) -> Floats:
    """Inverse of a symmetric positive definite matrix, through Cholesky: half the work of LU."""
    factor, _ = linalg.cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    inverse, _ = linalg.lapack.dpotri(factor, lower=True, overwrite_c=True)
    full: Floats = np.tril(inverse) + np.tril(inverse, -1).T
    return full


def _blocks(n: int, size: int = 1000) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
