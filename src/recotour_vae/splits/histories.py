"""What people did: rows of items in order of time, with ratings and times where there are any.

Clicks say what somebody liked. A model that reads sequences asks for the order too, and one that
predicts ratings for the stars: `Histories` holds all of it, sparse, and `Histories.clicks` is the
matrix that every other model takes.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_KINDS = {"starts": "iu", "items": "iu", "times": "iu", "ratings": "biuf"}
_TYPES = {"starts": np.int64, "items": np.int32, "times": np.int64, "ratings": np.float32}


@dataclass(frozen=True, eq=False)
class Histories:
    """Rows of events: person u did `items[starts[u]:starts[u + 1]]`, one after another.

    Where times are known a row is in their order, and at equal times in the order of the columns,
    since nobody knows which came first; without times it is in the order of the columns. Somebody
    may have an item more than once: each is an event, and one click. The splits of this library
    have it once, see `splits.strong_generalisation`.

    Whoever makes one by hand has it checked, here and only here; of arrays that have the types
    below already, nothing is copied.

    Attributes
    ----------
    starts
        (n_users + 1,) int64: where each row begins, and where the last one ends.
    items
        (n_events,) int32: columns.
    ratings
        (n_events,) float32, or None where nobody rated.
    times
        (n_events,) int64, seconds since 1970, or None where they are not known.
    n_items
        Number of columns.

    Raises
    ------
    DataError
        When the arrays do not fit one another, name columns that are not there, hold ratings that
        are no finite numbers, or run backwards in time.
    """

    starts: Ints
    items: NDArray[np.int32]
    ratings: Floats | None = None
    times: Ints | None = None
    n_items: int = field(kw_only=True)

    def __post_init__(self) -> None:
        for name in _TYPES:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _typed(name, getattr(self, name)))
        _check_rows(self)
        _check_values(self)

    @staticmethod
    def of_clicks(
        clicks: csr_matrix, ratings: Any = None, times: Any = None, n_items: int | None = None
    ) -> "Histories":
        """Read each row of a matrix of clicks as a history.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.
        ratings, times
            Of each click, (n_clicks,), in the order of the canonical matrix: row by row, in each
            by column.
        n_items
            Columns that there must be; None takes any number.

        Raises
        ------
        DataError
            When the matrix is not one of clicks, or there is not one rating and time a click.
        """
        clicks = canonical(clicks, n_items)
        starts = clicks.indptr.astype(np.int64)
        found = Histories(starts, clicks.indices, ratings, None, n_items=clicks.shape[1])
        if times is not None:
            found = _in_order(found, _typed("times", times))
        found.__dict__["clicks"] = clicks  # known already
        return found

    @staticmethod
    def of_table(table: pd.DataFrame, users: Any, items: Any) -> "Histories":
        """Lay out a tidy table, a row of it an event.

        Parameters
        ----------
        table
            Columns `user` and `item` and, where known, `rating` and `timestamp`.
        users, items
            (n_users,) and (n_items,): raw id of each row and column to be. What others did, and
            other items, are left out.

        Raises
        ------
        DataError
            When a rating or time is missing, or is no number.
        """
        row = pd.Index(users).get_indexer(pd.Index(table["user"]))
        column = pd.Index(items).get_indexer(pd.Index(table["item"]))
        known = np.flatnonzero((row >= 0) & (column >= 0))
        ratings, times = (
            None if name not in table else values_of(table[name])[known]
            for name in ("rating", "timestamp")
        )
        time = None if times is None else whole_seconds(times)
        row, column = row[known], column[known]
        order = np.lexsort((column, row) if time is None else (column, time, row))
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(users)))])
        rest = (None if part is None else part[order] for part in (ratings, time))
        return Histories(starts, column[order], *rest, n_items=len(items))

    def __len__(self) -> int:
        """Count the people."""
        return len(self.starts) - 1

    @property
    def n_events(self) -> int:
        """Number of events, of all people together."""
        return len(self.items)

    @cached_property
    def clicks(self) -> csr_matrix:
        """Canonical clicks, (n_users, n_items): what each person did at least once."""
        ones = np.ones(self.n_events, np.float32)
        return canonical(csr_matrix((ones, self.items, self.starts), (len(self), self.n_items)))

    def event_rows(self) -> Ints:
        """Row of each event, (n_events,): with `items` the pairs of person and item."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def rows(self, users: Any) -> "Histories":
        """Cut some rows out, in the order asked for.

        Parameters
        ----------
        users
            Row numbers, a slice of them or a mask, as an array takes them.
        """
        chosen = np.atleast_1d(np.arange(len(self))[users])
        counts = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(counts)])  # (n_chosen + 1,)
        take = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], counts)
        return _trusted(starts, *_taken(self, take), n_items=self.n_items)


def values_of(column: "pd.Series[Any]") -> NDArray[Any]:
    """Give the numbers of a column of ratings or times, whatever holds them; of dates, seconds.

    Raises
    ------
    DataError
        When one is missing, or is no finite number.
    """
    try:
        numbers = _plain_numbers(column)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"Column '{column.name}' is of type {column.dtype} and holds what is no number; load "
            f"the table with datasets.load, or leave the column out with "
            f"drop(columns='{column.name}')."
        ) from error
    bad = ~np.isfinite(numbers) if numbers.dtype.kind == "f" else np.zeros(0, bool)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} rows have no finite {column.name}, the first is row "
            f"{int(bad.argmax())}; leave those rows out, or the column with "
            f"drop(columns='{column.name}')."
        )
    return numbers


def whole_seconds(times: NDArray[Any]) -> Ints:
    """Drop the fractions of seconds: an order that nobody could write down is none."""
    whole = times if times.dtype.kind in "iu" else np.floor(times)
    return whole.astype(np.int64, copy=False)


def _plain_numbers(column: "pd.Series[Any]") -> NDArray[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column.to_numpy()
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        seconds = pd.to_datetime(column, utc=True).dt.as_unit("s")
        whole = seconds.astype("int64").to_numpy()
        return whole if seconds.notna().all() else np.where(seconds.isna(), np.nan, whole)
    return column.to_numpy(np.float64, na_value=np.nan)


def _typed(name: str, values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1 or (array.dtype.kind not in _KINDS[name] and len(array)):
        wanted = "numbers" if name == "ratings" else "whole numbers"
        raise DataError(
            f"The {name} of the histories are of type {array.dtype} and shape {array.shape}; give "
            f"one row of {wanted}."
        )
    if name == "items" and len(array) and not -1 < int(array.min()) <= int(array.max()) < 2**31:
        raise DataError(
            f"The items of the histories go from {array.min()} to {array.max()}; give columns, "
            "counted from 0."
        )
    return array.astype(_TYPES[name], copy=False)


def _check_rows(histories: Histories) -> None:
    starts, items = histories.starts, histories.items
    if not len(starts) or starts[0] != 0 or starts[-1] != len(items) or (np.diff(starts) < 0).any():
        raise DataError(
            f"The starts of the histories do not divide the {len(items):,} events; give where each "
            "row begins, from 0, and last the number of events."
        )
    if len(items) and items.max() >= histories.n_items:
        raise DataError(
            f"The histories name column {items.max()} where there are {histories.n_items:,} items; "
            "give n_items as the number of columns."
        )


def _check_values(histories: Histories) -> None:
    ratings, times = histories.ratings, histories.times
    _check_lengths(histories, ratings=ratings, times=times)
    if ratings is not None and not np.isfinite(ratings).all():
        first = int((~np.isfinite(ratings)).argmax())
        raise DataError(
            f"Event {first} is rated {ratings[first]}; give finite numbers, or leave it out."
        )
    if times is not None:
        backwards = (np.diff(times) < 0) & _within(histories)
        if backwards.any():
            raise DataError(
                f"Event {int(backwards.argmax()) + 1} is earlier than the one before it in its "
                "row; sort each row by time."
            )


def _check_lengths(histories: Histories, **values: NDArray[Any] | None) -> None:
    for name, array in values.items():
        if array is not None and len(array) != histories.n_events:
            raise DataError(
                f"There are {len(array):,} {name} for {histories.n_events:,} events; give one for "
                "each, in the same order."
            )


def _within(histories: Histories) -> NDArray[np.bool_]:
    """Whether each event and the next are of one person, (n_events - 1,)."""
    inside = np.ones(max(histories.n_events - 1, 0), bool)
    begins = histories.starts[1:-1]
    inside[begins[(begins > 0) & (begins < histories.n_events)] - 1] = False
    return inside


def _in_order(histories: Histories, times: Ints) -> Histories:
    """Put each row in order of time; events of one time stay as they are."""
    _check_lengths(histories, times=times)
    order = np.lexsort((times, histories.event_rows()))
    items, ratings, _ = _taken(histories, order)
    return _trusted(histories.starts, items, ratings, times[order], histories.n_items)


def _taken(histories: Histories, events: Ints) -> tuple[Any, Any, Any]:
    """Items, ratings and times of some events."""
    parts = (histories.items, histories.ratings, histories.times)
    items, ratings, times = (None if part is None else part[events] for part in parts)
    return items, ratings, times


def _trusted(starts: Ints, items: Any, ratings: Any, times: Any, n_items: int) -> Histories:
    """Make histories of arrays that are known to be right."""
    found = object.__new__(Histories)
    found.__dict__.update(starts=starts, items=items, ratings=ratings, times=times, n_items=n_items)
    return found
