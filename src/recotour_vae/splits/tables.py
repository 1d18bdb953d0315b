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
