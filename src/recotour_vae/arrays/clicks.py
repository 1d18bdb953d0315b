"""Clicks in one form, made where they enter: what follows may trust it.

SciPy and NumPy can say the same clicks in many ways: by rows, by columns or as a list of places,
with zeros that are stored, with a place named twice, with counts in place of ones. Whoever takes
clicks from outside passes them through `canonical` once, so that no two of them read them
differently.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from recotour_vae.arrays.types import Ints
from recotour_vae.errors import DataError

# What to do with matrices of other libraries, by the first word of their module's name.
_INSTEAD: Final = {
    "pandas": "a table of users and items goes through splits.strong_generalisation, and a frame "
    "with a column for each item is its .to_numpy()",
    "torch": "take its .cpu().numpy()",
    "numpy": "fill the masked places with 0 first",
}
_USUAL: Final = (
    "make one with scipy.sparse.csr_matrix, with a row for each user and a column for each item"
)


def canonical(
    clicks: Any, n_items: int | None = None, where: str = "The matrix of clicks"
) -> csr_matrix:
    """Give clicks in the form that everything here works on.

    A positive number is a click, however large: of counts and ratings it is not the size that
    matters. Zeros count as nothing, also where they are stored; a place that is named twice is
    one click. Cut ratings into clicks before, if those below some threshold are to be left out.

    Parameters
    ----------
    clicks
        (n_users, n_items), a sparse matrix or array of SciPy in any format, or an array of NumPy;
        of booleans, integers or floating-point numbers. It is left as it is.
    n_items
        Columns that there must be; None takes any number.
    where
        What the matrix is called in a refusal.

    Returns
    -------
    csr_matrix
        (n_users, n_items), single precision: a one for each click, columns in order, each once.
        A matrix that is so already is given back itself; to see that takes one look at each click.

    Raises
    ------
    DataError
        When it is no such matrix, has another number of columns, or holds numbers that are
        negative, infinite or not numbers.

    Examples
    --------
    Counts and zeros that are stored make no difference:

    >>> import numpy as np
    >>> canonical(np.array([[0, 3, 1], [2, 0, 0]])).toarray()
    array([[0., 1., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    _check_kind(clicks, where)
    _check_width(clicks, n_items, where)
    try:
        if _is_canonical(clicks):
            return clicks
        row, column, values = _places(clicks)
        _check_values(row, column, values, where)
        clicked = values > 0
        return matrix_of(row[clicked], column[clicked], clicks.shape)
    except DataError:
        raise
    except (ValueError, TypeError, IndexError) as error:
        raise DataError(f"{where} is damaged, says SciPy ({error}); make it again.") from error


def matrix_of(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_matrix:
    """Build canonical clicks, `shape`, from the row and column of each."""
    matrix = csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0  # a click is a click, however often
    return matrix


def _check_kind(clicks: Any, where: str) -> None:
    plain = isinstance(clicks, np.ndarray) and not isinstance(clicks, np.ma.MaskedArray)
    if not (plain or issparse(clicks)):
        instead = _INSTEAD.get(type(clicks).__module__.split(".")[0], _USUAL)
        raise DataError(
            f"{where} is of type {type(clicks).__name__}, not a sparse matrix of SciPy or an "
            f"array of NumPy; {instead}."
        )
    if clicks.ndim != 2:
        raise DataError(
            f"{where} has the shape {clicks.shape}; give two dimensions, a row for each user and "
            "a column for each item, (1, n_items) for one user."
        )
    if clicks.dtype.kind not in "buif":
        raise DataError(
            f"{where} holds values of type {clicks.dtype}; give numbers (or booleans), 1 where "
            "somebody clicked and 0 elsewhere."
        )


def _check_width(clicks: Any, n_items: int | None, where: str) -> None:
    if n_items is not None and clicks.shape[1] != n_items:
        turned = clicks.shape[0] == n_items
        raise DataError(
            f"{where} has {clicks.shape[1]:,} columns where there are {n_items:,} items; "
            + ("give its transpose, users in rows." if turned else "give a column for each item.")
        )


def _is_canonical(clicks: Any) -> bool:
    """Look at the arrays themselves: what SciPy has noted of them may be older than they are.

    SciPy could be asked by making a new matrix of the arrays, which takes longer than to score a
    user.
    """
    if type(clicks) is not csr_matrix or clicks.dtype != np.float32:
        return False
    data, indices, indptr = clicks.data, clicks.indices, clicks.indptr
    return (
        indices.dtype == indptr.dtype == np.int32
        and _fit(indptr, clicks.shape[0], len(indices), len(data))
        and bool((data == 1).all())
        and _rise(indices, indptr, clicks.shape[1])
    )


def _fit(indptr: Ints, n_users: int, *stored: int) -> bool:
    """Whether the rows divide all that is stored, from the first to the last."""
    ends = len(indptr) == n_users + 1 and indptr[0] == 0
    return bool(ends and all(indptr[-1] == n for n in stored) and (np.diff(indptr) >= 0).all())


def _rise(indices: Ints, indptr: Ints, n_items: int) -> bool:
    """Whether the columns of each row rise, and are columns."""
    if not len(indices):
        return True
    begins = indptr[1:-1]
    rises = np.diff(indices) > 0
    rises[begins[(begins > 0) & (begins < len(indices))] - 1] = (
        True  # from row to row anything goes
    )
    return bool(indices.min() >= 0 and indices.max() < n_items and rises.all())


def _looked_through(clicks: Any) -> Any:
    """Share a compressed matrix's arrays, once they are known to fit one another."""
    fresh = type(clicks)((clicks.data, clicks.indices, clicks.indptr), shape=clicks.shape)
    fresh.check_format(full_check=True)
    return fresh


def _places(clicks: Any) -> tuple[Ints, Ints, NDArray[Any]]:
    """Give row, column and value of whatever is stored, (n_stored,) each."""
    if not issparse(clicks):
        dense = np.asarray(clicks)
        row, column = dense.nonzero()
        return row, column, dense[row, column]
    if hasattr(clicks, "check_format"):
        clicks = _looked_through(clicks)
    stored = clicks.tocoo(copy=False)  # which adds nothing up: small integers would run over
    return stored.row, stored.col, stored.data


def _check_values(row: Ints, column: Ints, values: NDArray[Any], where: str) -> None:
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if len(bad):
        first = bad[0]
        wrong = "is below zero" if values[first] < 0 else "is no finite number"
        raise DataError(
            f"{where} holds {values[first]} in row {row[first]}, column {column[first]}, which "
            f"{wrong}; give 1 where somebody clicked and 0 elsewhere."
        )
