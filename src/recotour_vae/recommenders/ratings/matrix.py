"""Ratings as a sparse matrix: a cell is there where somebody rated, also where the rating is 0."""

from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import DataError
from recotour_vae.splits import Histories
from recotour_vae.splits.details import Details

Ratings: TypeAlias = csr_matrix  # (n_users, n_items) of doubles; clicks have the same type


def rating_matrix(histories: Any, n_items: int | None = None, who: str = "The model") -> Ratings:
    """Lay histories out as ratings, (n_users, n_items) of doubles; of repeated events the last.

    Parameters
    ----------
    histories
        With ratings.
    n_items
        Columns that there must be; None takes any number.
    who
        Asks for them, for the sentence.

    Raises
    ------
    DataError
        When these are no histories, there are no ratings, or they are on other items.
    """
    if not isinstance(histories, Histories) or histories.ratings is None:
        raise DataError(
            f"{who} learns from ratings, and was given {_name(histories)}; give histories with "
            "ratings, as split.history is where the data have a column of ratings."
        )
    if n_items not in (None, histories.n_items):
        raise DataError(
            f"{who} knows {n_items:,} items and was given ratings of {histories.n_items:,}; give "
            "those of the split that it was fitted on."
        )
    details = Details.of(histories)
    clicks = details.clicks
    ratings = np.asarray(details.values.ratings, np.float64)
    return csr_matrix((ratings, clicks.indices, clicks.indptr), clicks.shape)


def with_values(ratings: Ratings, values: Any) -> Ratings:
    """Put other values into the same cells."""
    return csr_matrix((values, ratings.indices, ratings.indptr), ratings.shape)


def row_numbers(ratings: Ratings) -> Ints:
    """Row of each rating, (n_ratings,)."""
    return np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))


def row_means(ratings: Ratings, otherwise: float) -> Floats:
    """Mean rating of each row, (n_rows,); of a row without any what is given."""
    counts = np.diff(ratings.indptr)
    sums = np.asarray(ratings.sum(axis=1)).ravel()
    return np.where(counts > 0, sums / np.maximum(counts, 1), otherwise)


def _name(given: Any) -> str:
    if isinstance(given, Histories):
        return "histories without ratings"
    return f"a {type(given).__name__}"
