"""A table as cells: a row a person, a column an item, and in each cell the row of the table.

Every protocol takes its parts out of this one matrix, by rows, by columns or cell by cell, so that
whatever a click becomes part of, what stood beside it in the table can still be found.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.splits.details import Columns, Details, Values
from recotour_vae.splits.histories import values_of, whole_seconds
from recotour_vae.splits.tables import Ids, Ints, codes

Bools = NDArray[np.bool_]
Repeats = Literal["first", "last"]

_SHORT: Final = 2**31  # rows of a table that fit in 32 bits


@dataclass(frozen=True, eq=False)
class Cells:
    """Everything that people did, once for each person and item.

    Attributes
    ----------
    users, items
        Raw ids, sorted.
    rows
        (n_users, n_items): in each cell that is stored the row of the table that it comes from.
    columns
        What the table says beside.
    among
        (n_all_rows,): which rows of the whole table count; `rows` numbers those. None: all.
    """

    users: Ids
    items: Ids
    rows: csr_matrix
    columns: Columns
    among: Bools | None = None

    @staticmethod
    def of(table: pd.DataFrame, among: Bools | None = None, repeats: Repeats = "last") -> "Cells":
        """Lay out a checked table.

        Parameters
        ----------
        among
            Which rows count, (n_rows,).
        repeats
            Which row counts of several of one person and item: the first or the last in time, and
            in the table where there are no times.
        """
        columns = Columns.of(table, among)
        pairs = table[["user", "item"]] if among is None else table.loc[among, ["user", "item"]]
        user, users = codes(pairs["user"])
        item, items = codes(pairs["item"])
        rows = laid_out(user, item, (len(users), len(items)))
        if rows.nnz < len(pairs):
            once = _once(pairs, table.get("timestamp"), among, repeats)
            rows = laid_out(user[once], item[once], rows.shape, once)
        return Cells(users, items, rows, columns, among)

    def details(self, block: csr_matrix, clicks: csr_matrix | None = None) -> Details:
        """Remember where the details of some cells are.

        Parameters
        ----------
        block
            Cut out of `rows`.
        clicks
            Canonical; those of its cells that are wanted, all where None.
        """
        clicks = as_clicks(block) if clicks is None else clicks
        return Details(clicks, partial(self._fetch, block, clicks))

    def times(self, block: csr_matrix | None = None) -> Ints:
        """Time of each cell, (n_cells,), in seconds; there have to be some."""
        block = self.rows if block is None else block
        values = self.columns.values(self._in_table(block.data)).times
        assert values is not None
        return values

    def _fetch(self, block: csr_matrix, clicks: csr_matrix) -> Values:
        rows = block.data if block.nnz == clicks.nnz else block.data[_places(block, clicks)]
        return self.columns.values(self._in_table(rows))

    def _in_table(self, rows: Ints) -> Ints:
        return rows if self._numbers is None else self._numbers[rows]

    @cached_property
    def _numbers(self) -> Ints | None:
        """Place in the whole table of each row that counts; None where all do."""
        return None if self.among is None else np.flatnonzero(self.among)


def laid_out(
    user: Ints, item: Ints, shape: tuple[int, int], numbers: Ints | None = None
) -> csr_matrix:
    """Put the number of each row of a table in its cell; of rows of one cell the sum, a nonsense.

    Parameters
    ----------
    user, item
        Row and column of each, (n_rows,).
    numbers
        Of the rows; as they come where None.
    """
    kind = np.int32 if len(user) < _SHORT else np.int64
    data = np.arange(len(user), dtype=kind) if numbers is None else numbers.astype(kind)
    rows = csr_matrix((data, (user, item)), shape=shape)
    rows.sum_duplicates()
    return rows


def as_clicks(block: csr_matrix) -> csr_matrix:
    """Make clicks of the cells that are stored; the indices are shared."""
    ones = np.ones(block.nnz, np.float32)
    return csr_matrix((ones, block.indices, block.indptr), shape=block.shape)


def select(block: csr_matrix, chosen: Bools) -> csr_matrix:
    """Keep some of the cells, (n_cells,) of them in question, in all of the rows and columns."""
    before = np.concatenate([[0], np.cumsum(chosen)])  # (n_cells + 1,): kept so far
    parts = (block.data[chosen], block.indices[chosen], before[block.indptr])
    return csr_matrix(parts, shape=block.shape)


def clicked(block: csr_matrix) -> Ints:
    """Columns in which something is stored."""
    return np.flatnonzero(np.bincount(block.indices, minlength=block.shape[1]))


def counts(block: csr_matrix) -> Ints:
    """How many cells are stored in each row."""
    found: Ints = np.diff(block.indptr)
    return found


def from_the_end(block: csr_matrix, times: Ints) -> Ints:
    """Count how many cells of its row come after each in time, (n_cells,); ties go by column."""
    row = np.repeat(np.arange(block.shape[0]), counts(block))
    order = np.lexsort((times, row))  # stable, and the columns are in order
    rest = np.empty(len(order), np.int64)
    rest[order] = np.repeat(block.indptr[1:], counts(block)) - 1 - np.arange(len(order))
    return rest


def _once(pairs: pd.DataFrame, timestamp: Any, among: Bools | None, repeats: Repeats) -> Ints:
    """Choose a row of each person and item, by their places in `pairs`."""
    places = pairs.assign(place=np.arange(len(pairs)))
    if timestamp is not None:
        time = whole_seconds(values_of(timestamp if among is None else timestamp[among]))
        places = places.iloc[np.argsort(time, kind="stable")]
    kept = places.drop_duplicates(["user", "item"], keep=repeats)["place"]
    return np.sort(kept.to_numpy())


def _places(block: csr_matrix, clicks: csr_matrix) -> Ints:
    """Find cells of a block, both with their columns in order, by their places in it."""
    ours, theirs = (
        np.repeat(np.arange(one.shape[0]), counts(one)) * one.shape[1] + one.indices
        for one in (block, clicks)
    )
    return np.asarray(np.searchsorted(ours, theirs), np.int64)
