"""People whom a model was fitted on, found again by what is shown of them."""

from collections import Counter

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.recommenders.ratings.matrix import Ratings

UNKNOWN = -1


def find_people(ratings: Ratings, shown: Ratings) -> Ints:
    """Find who of those shown has exactly the ratings of a row, (n_shown,): the row, or -1.

    Of rows that are equal it is the first, about whom nothing else was known either.

    Parameters
    ----------
    ratings, shown
        (n_users, n_items) and (n_shown, n_items), columns in order.
    """
    return _find(_first(ratings, rated=True), shown, rated=True)


def find_people_by_items(ratings: Ratings, shown: Ratings) -> Ints:
    """Find who of those shown has exactly the items of a row, (n_shown,): the row, or -1.

    Where several rows have these items, and other ratings, nobody can tell which it is: -1.
    """
    distinct = ratings[sorted(_first(ratings, rated=True).values())]
    shared = Counter(_keys(distinct, rated=False))
    rows = _first(ratings, rated=False)
    return _find({key: row for key, row in rows.items() if shared[key] == 1}, shown, rated=False)


def _find(rows: dict[bytes, int], shown: Ratings, rated: bool) -> Ints:
    return np.array([rows.get(key, UNKNOWN) for key in _keys(shown, rated)], np.int64)


def _first(ratings: Ratings, rated: bool) -> dict[bytes, int]:
    """First row of each key."""
    keys = _keys(ratings, rated)
    return {key: row for row, key in reversed(list(enumerate(keys)))}


def _keys(ratings: Ratings, rated: bool) -> list[bytes]:
    """Give what tells a row from others: its columns and, if asked for, its ratings."""
    parts = [ratings.indices.astype(np.int64)]
    if rated:
        parts.append(ratings.data.astype(np.float64))
    rows = (slice(a, b) for a, b in zip(ratings.indptr[:-1], ratings.indptr[1:], strict=True))
    return [b"".join(part[row].tobytes() for part in parts) for row in rows]
