"""Ratings and times of the clicks of a matrix: kept beside it, and fetched when asked for.

A split of twenty million rows is made in a second, and most models want the clicks alone. So a
protocol only remembers which row of the table each click came from; what stood there is fetched,
and put in order of time, when a history is first asked for or the split is saved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.errors import DataError, SplitError
from recotour_vae.splits.histories import Histories, values_of, whole_seconds

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Values:
    """A rating and a time for each click of a matrix, in its order; None where there are none."""

    ratings: NDArray[np.float32] | None = None  # (n_clicks,)
    times: NDArray[np.int64] | None = None  # (n_clicks,), seconds since 1970


class Details:
    """What is known of the clicks of a matrix beside that they are there.

    Parameters
    ----------
    clicks
        Canonical.
    values
        Of each click, or a function that fetches them; it is let go of once it has.

    Raises
    ------
    SplitError
        When there is not one rating and one time a click, or a rating is no finite number.
    """

    def __init__(self, clicks: csr_matrix, values: Values | Callable[[], Values]) -> None:
        self.clicks = clicks
        self._fetch = None if isinstance(values, Values) else values
        self._values = _checked(clicks, values) if isinstance(values, Values) else Values()

    @staticmethod
    def of(history: "Histories | Details") -> "Details":
        """Take what histories say of their clicks; of repeated events the last."""
        if isinstance(history, Details):
            return history
        clicks = history.clicks
        places = history.event_rows() * history.n_items + history.items
        order = np.argsort(places, kind="stable")
        last = order[np.diff(places[order], append=-1) != 0]
        parts = (history.ratings, history.times)
        return Details(clicks, Values(*(None if part is None else part[last] for part in parts)))

    @property
    def values(self) -> Values:
        """Ratings and times in the order of the clicks."""
        if self._fetch is not None:
            self._values, self._fetch = _checked(self.clicks, self._fetch()), None
        return self._values

    @cached_property
    def history(self) -> Histories:
        """The clicks in order of time, with ratings and times."""
        return Histories.of_clicks(self.clicks, self.values.ratings, self.values.times)

    def are_of(self, clicks: csr_matrix) -> bool:
        """Whether these are the details of a matrix, which is canonical too."""
        ours = self.clicks
        return ours is clicks or (
            ours.shape == clicks.shape
            and np.array_equal(ours.indptr, clicks.indptr)
            and np.array_equal(ours.indices, clicks.indices)
        )


@dataclass(frozen=True)
class Columns:
    """Ratings and times of a table, row by row.

    Series and not arrays: pandas then sees to it that they stay what they are, also when somebody
    writes into the table afterwards.
    """

    rating: "pd.Series[Any] | None"
    timestamp: "pd.Series[Any] | None"

    @staticmethod
    def of(table: pd.DataFrame, among: NDArray[np.bool_] | None = None) -> "Columns":
        """Take what columns there are.

        Parameters
        ----------
        among
            (n_rows,): the rows that count; what stands in others may be missing. None: all.

        Raises
        ------
        SplitError
            When a rating or time that counts is missing, or is no number.
        """
        found = (
            _column(table[name], among) if name in table else None
            for name in ("rating", "timestamp")
        )
        return Columns(*found)

    def values(self, rows: Ints) -> Values:
        """Fetch what stands in some rows."""
        rating, timestamp = self.rating, self.timestamp
        return Values(
            None if rating is None else values_of(rating.iloc[rows]).astype(np.float32),
            None if timestamp is None else whole_seconds(values_of(timestamp.iloc[rows])),
        )


def _column(column: "pd.Series[Any]", among: NDArray[np.bool_] | None) -> "pd.Series[Any]":
    if column.dtype.kind in "iu" and isinstance(column.dtype, np.dtype):
        return column
    try:
        values_of(column)  # all of it, since that is quick
    except DataError:
        try:
            values_of(column if among is None else column[among])
        except DataError as error:
            raise SplitError(str(error)) from error
    return column


def _checked(clicks: csr_matrix, values: Values) -> Values:
    for name in ("ratings", "times"):
        found = getattr(values, name)
        if found is not None and found.shape != (clicks.nnz,):
            raise SplitError(
                f"The {name} have the shape {found.shape} where there are {clicks.nnz:,} clicks; "
                "give one for each, in the order of the matrix."
            )
    if values.ratings is not None and not np.isfinite(values.ratings).all():
        raise SplitError("A click is rated with what is no finite number; leave it out.")
    return values
