"""The metrics as the authors of Mult-VAE publish them, in our own words: what ours are timed with.

Each of the three finds its own best k by a partition of all scores, and marks them in matrices as
wide as the catalogue. The originals partition with bottleneck; where it is not installed, NumPy's
partition stands in for it.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

try:
    from bottleneck import argpartition

    PARTITION: Final = "bottleneck"
except ImportError:
    argpartition = np.argpartition
    PARTITION: Final = "numpy"  # type: ignore[misc]

Floats = NDArray[np.floating[Any]]


def published_metrics(scores: Floats, fold_in: csr_matrix, held_out: csr_matrix) -> list[Floats]:
    """NDCG@100, Recall@20 and Recall@50 of each user; the scores are changed.

    Parameters
    ----------
    scores
        (n_users, n_items).
    fold_in, held_out
        Clicks shown and clicks to be found, (n_users, n_items).
    """
    scores[fold_in.nonzero()] = -np.inf
    recalls = [published_recall(scores, held_out, k) for k in (20, 50)]
    return [published_ndcg(scores, held_out, 100), *recalls]


def published_ndcg(scores: Floats, held_out: csr_matrix, k: int) -> Floats:
    """Binary NDCG@k: a partition, a sort of the k best, and a look-up in the sparse matrix."""
    users = np.arange(len(scores))[:, None]
    best = argpartition(-scores, k, axis=1)[:, :k]
    best = best[users, np.argsort(-scores[users, best], axis=1)]  # (n_users, k), best first
    discount = 1 / np.log2(np.arange(2, k + 2))
    gained = (held_out[users, best].toarray() * discount).sum(axis=1)
    return gained / np.array([discount[: min(n, k)].sum() for n in held_out.getnnz(axis=1)])


def published_recall(scores: Floats, held_out: csr_matrix, k: int) -> Floats:
    """Recall@k: a partition, and two dense matrices of true and false."""
    best = argpartition(-scores, k, axis=1)[:, :k]
    shown = np.zeros(scores.shape, dtype=bool)
    shown[np.arange(len(scores))[:, None], best] = True
    clicked = (held_out > 0).toarray()
    found = np.logical_and(clicked, shown).sum(axis=1).astype(np.float32)
    return found / np.minimum(k, clicked.sum(axis=1))
