"""Simple recommenders that every number in the book is held against.

Each has `fit(clicks)` and `score(clicks) -> (n_users, n_items)`, as the autoencoders do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, hstack

from recotour_vae.errors import ConfigError
from recotour_vae.memory import GIB, available_memory

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
        """Solve for the item-item weights; memory is 24 bytes for each pair of items.

        Raises
        ------
        ConfigError
            When that is more than there is.
        """
        _refuse_too_large(clicks.shape[1], available_memory())
        inverse = _inverse(_gram(clicks, self.l2))  # (n_items, n_items)
        inverse /= -np.diag(inverse)  # divides column j by -P_jj
        np.fill_diagonal(inverse, 0.0)
        self.weights = inverse.astype(np.float32)
        return self

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items as x B, (n_users, n_items)."""
        return np.asarray(clicks @ self.weights)


def _refuse_too_large(n_items: int, available: int | None) -> None:
    needed = 3 * 8 * n_items**2  # the Gram matrix, its factor and its inverse, in doubles
    if available is not None and needed > available:
        raise ConfigError(
            f"EASE on {n_items:,} items needs {needed / GIB:.1f} GiB of memory and "
            f"{available / GIB:.1f} GiB are free; leave rare items out, or use ItemKNN, which "
            "keeps only the nearest items."
        )


def _gram(clicks: csr_matrix, l2: float) -> Floats:
    """Upper half of XᵀX + l2 I; what lies below the diagonal blocks is not filled in."""
    columns, n_items = clicks.tocsc(), clicks.shape[1]
    gram = np.empty((n_items, n_items))
    for block in _blocks(n_items):
        mine = columns[:, block].T.astype(np.float64)
        gram[block, block.start :] = (mine @ columns[:, block.start :]).toarray()
    gram[np.diag_indices_from(gram)] += l2
    return gram


def _inverse(matrix: Floats) -> Floats:
    """Inverse of a symmetric positive definite matrix from its upper half, through Cholesky."""
    import torch  # its LAPACK is the faster one

    factor, fault = torch.linalg.cholesky_ex(torch.from_numpy(matrix), upper=True)
    if fault:
        raise ConfigError("EASE cannot invert its matrix with so small an l2; give a larger one.")
    inverse: Floats = torch.cholesky_inverse(factor, upper=True).numpy()
    return inverse


def _blocks(n: int, size: int = 1000) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
