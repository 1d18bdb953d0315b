"""From a table of interactions to matrices of clicks: checked ids, rows and columns."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.errors import SplitError

Ids = NDArray[Any]
Ints = NDArray[np.int64]


def checked(interactions: pd.DataFrame) -> pd.DataFrame:
    """Give the table with ids of one type, once they are known to be there."""
    for name in ("user", "item"):
        if name not in interactions:
            raise SplitError(
                f"The table has no column '{name}'; its columns are "
                f"{', '.join(map(str, interactions.columns))}."
            )
        if interactions[name].isna().any():
            raise SplitError(
                f"{int(interactions[name].isna().sum()):,} rows have no {name}; leave them out, "
                f"with dropna(subset='{name}')."
            )
    loose = [name for name in ("user", "item") if interactions[name].dtype == object]
    return interactions.assign(**{name: plain_ids(interactions[name]) for name in loose})


def plain_ids(ids: Any) -> Ids:
    """Ids as an array that can be saved without pickling: integers or fixed-width text."""
    array = np.asarray(ids)
    if array.dtype == object:
        array = np.asarray(pd.Index(array).infer_objects())
    return array.astype(str) if array.dtype == object else array


def click_matrix(clicks: pd.DataFrame) -> tuple[csr_matrix, Ids, Ids]:
    """Lay out all clicks: the binary matrix, and the sorted ids of its rows and columns."""
    user, users = codes(clicks["user"])
    item, items = codes(clicks["item"])
    return matrix_of(user, item, (len(users), len(items))), users, items


def codes(ids: "pd.Series[Any]") -> tuple[Ints, Ids]:
    """Give each id its place among the sorted distinct ones, and these."""
    if not _close_together(ids):
        code, distinct = pd.factorize(ids, sort=True)
        return code, plain_ids(distinct)
    # A table from id to place is many times faster than hashing.
    lowest = ids.min()
    offset = ids.to_numpy() - lowest
    there = np.bincount(offset) > 0
    rank = np.cumsum(there) - 1
    return rank[offset], (np.flatnonzero(there) + lowest).astype(ids.dtype)


def _close_together(ids: "pd.Series[Any]") -> bool:
    if ids.empty or ids.dtype not in (np.int32, np.int64):
        return False
    return int(ids.max()) - int(ids.min()) < 4 * len(ids)


def matrix_of(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_matrix:
    """Build a binary matrix, `shape`, from the row and column of each click."""
    matrix = csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0  # a click is a click, however often
    return matrix


def place(rows: pd.DataFrame, users: Ids, items: Ids) -> csr_matrix:
    """Lay the clicks of known users and items over their rows and columns."""
    user = pd.Index(users).get_indexer(pd.Index(rows["user"]))
    item = pd.Index(items).get_indexer(pd.Index(rows["item"]))
    return matrix_of(user, item, (len(users), len(items)))
