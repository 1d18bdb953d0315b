"""Matrices that would not fit as a whole, a few rows at a time."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, vstack

from recotour_vae.arrays.types import Floats

CELLS: Final = 2**22  # of a block that is dense for a moment: 32 MiB in doubles


def blocks(n: int, size: int = 1000) -> Iterator[slice]:
    """Cut n rows into slices of a size; one empty slice where there are no rows."""
    return (slice(start, min(start + size, n)) for start in range(0, max(n, 1), size))


def largest_products(
    left: csr_matrix,
    right: csr_matrix,
    weigh: Callable[[Floats, slice], Floats],
    k: int,
    itself: bool = True,
) -> csr_matrix:
    """Multiply two sparse matrices, weigh the products, and keep the k largest of each row.

    Parameters
    ----------
    left, right
        (n_rows, n) and (n, n_columns).
    weigh
        Given some rows of the product, (block, n_columns), and which they are; gives what is
        compared, none of it below 0.
    k
        Kept of each row, and whatever is equal to the last of them.
    itself
        Whether row i may keep column i.

    Returns
    -------
    csr_matrix
        (n_rows, n_columns), single precision.
    """
    size = max(1, CELLS // max(1, right.shape[1]))
    kept = []
    for rows in blocks(left.shape[0], size):
        products = weigh((left[rows] @ right).toarray(), rows)  # (block, n_columns)
        if not itself:
            np.fill_diagonal(products[:, rows], 0.0)
        kept.append(_keep_largest(products, k))
    return vstack(kept, format="csr")


def _keep_largest(values: Floats, k: int) -> csr_matrix:
    if k < values.shape[1]:
        least = np.partition(values, -k, axis=1)[:, -k, None]  # (block, 1)
        values[values < least] = 0.0
    return csr_matrix(values, dtype=np.float32)
