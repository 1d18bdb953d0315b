"""The same clicks said in many ways, and matrices that are no clicks."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csr_matrix

FORMATS: Final = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
TYPES: Final = ("bool", "int8", "uint8", "int32", "uint64", "float64", "longdouble", ">f4", ">i2")


def _pairs(clicks: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    stored = clicks.tocoo()
    return stored.row, stored.col


def with_values(clicks: csr_matrix, values: Any) -> csr_matrix:
    """Give the same places other values, of their own type."""
    parts = np.asarray(values), clicks.indices.copy(), clicks.indptr.copy()
    return csr_matrix(parts, clicks.shape)


def counts(clicks: csr_matrix) -> csr_matrix:
    """Numbers of plays in place of ones, some tiny and some larger than a single can hold."""
    sizes = np.array([3.0, 1e-200, 1e200, 0.5, 1.0])
    return with_values(clicks, np.resize(sizes, clicks.nnz))


def stored_zeros(clicks: csr_matrix) -> csr_matrix:
    """Every place is stored, the empty ones as zeros, and some of those below zero."""
    n_users, n_items = clicks.shape
    values = clicks.toarray().ravel()
    values[values == 0] = np.resize([0.0, -0.0], int((values == 0).sum()))
    indices, indptr = np.tile(np.arange(n_items), n_users), np.arange(n_users + 1) * n_items
    return csr_matrix((values, indices, indptr), clicks.shape)


def duplicates(clicks: csr_matrix, dtype: Any = np.float32, size: float = 1) -> csr_matrix:
    """Every click three times, unsorted; as small integers their sum would run over."""
    indices = np.concatenate([np.tile(row.indices[::-1], 3) for row in clicks] or [[]])
    parts = np.full(3 * clicks.nnz, size, dtype), indices.astype(np.int32), 3 * clicks.indptr
    return csr_matrix(parts, clicks.shape)


def duplicate_places(clicks: csr_matrix) -> sparse.coo_matrix:
    """A list of places with each click twice and an explicit zero at every other."""
    row, column = _pairs(clicks)
    none_row, none_column = (clicks.toarray() == 0).nonzero()
    places = np.r_[row, none_row, row], np.r_[column, none_column, column]
    values = np.r_[np.full(len(row), 100), np.zeros(len(none_row)), np.full(len(row), 100)]
    return sparse.coo_matrix((values.astype(np.int8), places), clicks.shape)


def unsorted(clicks: csr_matrix) -> csr_matrix:
    """The columns of each row from the last to the first."""
    indices = np.concatenate([row.indices[::-1] for row in clicks] or [[]]).astype(np.int32)
    return csr_matrix((clicks.data.copy(), indices, clicks.indptr.copy()), clicks.shape)


def stale_flags(clicks: csr_matrix) -> csr_matrix:
    """A matrix that SciPy has seen in order, and whose arrays were turned round since."""
    found = clicks.copy()
    assert found.has_canonical_format
    found.indices[:] = unsorted(clicks).indices
    return found


def spare_room(clicks: csr_matrix) -> csr_matrix:
    """Arrays that are longer than what the rows point at, as after zeros were taken out."""
    found = clicks.copy()
    found.data = np.append(found.data, np.full(5, np.nan, np.float32))
    found.indices = np.append(found.indices, np.full(5, -7, np.int32))
    return found


def long_indices(clicks: csr_matrix) -> csr_matrix:
    """Integers of 64 bits for the columns."""
    found = clicks.copy()
    found.indices, found.indptr = found.indices.astype(np.int64), found.indptr.astype(np.int64)
    return found


def read_only(clicks: csr_matrix) -> csr_matrix:
    """Arrays that cannot be written, out of order."""
    found = unsorted(clicks)
    for array in (found.data, found.indices, found.indptr):
        array.flags.writeable = False
    return found


class Grown(csr_matrix):
    """Somebody's own kind of matrix."""


def _in_format(name: str) -> Callable[[csr_matrix], Any]:
    return lambda clicks: getattr(sparse, f"{name}_matrix")(clicks.copy())


def _as_array(name: str) -> Callable[[csr_matrix], Any]:
    return lambda clicks: getattr(sparse, f"{name}_array")(clicks.copy())


def _of_type(dtype: str) -> Callable[[csr_matrix], Any]:
    return lambda clicks: with_values(clicks, np.ones(clicks.nnz, dtype))


DISGUISES: Final[dict[str, Callable[[csr_matrix], Any]]] = {
    **{name: _in_format(name) for name in FORMATS},
    **{f"{name}_array": _as_array(name) for name in FORMATS},
    **{f"csr of {dtype}": _of_type(dtype) for dtype in TYPES},
    "counts": counts,
    "counts by columns": lambda clicks: counts(clicks).tocsc(),
    "stored zeros": stored_zeros,
    "stored zeros in blocks": lambda clicks: sparse.bsr_matrix(stored_zeros(clicks)),
    "stored zeros of a csc_array": lambda clicks: sparse.csc_array(stored_zeros(clicks).tocsc()),
    "duplicates": duplicates,
    "duplicates of int8": lambda clicks: duplicates(clicks, np.int8, 100),
    "duplicates of bool": lambda clicks: duplicates(clicks, bool),
    "duplicate places": duplicate_places,
    "unsorted": unsorted,
    "stale flags": stale_flags,
    "spare room": spare_room,
    "long indices": long_indices,
    "read-only": read_only,
    "grown": lambda clicks: Grown(clicks),
    "turned twice": lambda clicks: clicks.T.tocsr().T,
    "dense": lambda clicks: clicks.toarray(),
    "dense by columns": lambda clicks: np.asfortranarray(clicks.toarray()),
    "dense bool": lambda clicks: clicks.toarray().astype(bool),
    "dense float16": lambda clicks: clicks.toarray().astype(np.float16),
    "dense counts": lambda clicks: counts(clicks).toarray(),
    "a view": lambda clicks: np.repeat(clicks.toarray(), 2, axis=1)[:, ::2],
    "a matrix of NumPy": lambda clicks: np.asmatrix(clicks.toarray()),
}

# Enough of them to find an entry that looks at values, order, format or type by itself.
HARD: Final = (
    "csc",
    "coo_array",
    "csr_array",
    "duplicates of int8",
    "stored zeros",
    "duplicate places",
    "counts by columns",
    "dense bool",
    "stale flags",
    "long indices",
)


def _one_is(value: float) -> Callable[[csr_matrix], Any]:
    def change(clicks: csr_matrix) -> csr_matrix:
        values = np.ones(clicks.nnz)
        values[-1] = value
        return with_values(clicks, values)

    return change


def _out_of_range(clicks: csr_matrix) -> csr_matrix:
    found = clicks.copy()
    found.indices[0] = clicks.shape[1] + 3
    return found


def _backwards(clicks: csr_matrix) -> csr_matrix:
    found = clicks.copy()
    found.indptr[1] = found.indptr[-1] + 1
    return found


NO_CLICKS: Final[dict[str, tuple[Callable[[csr_matrix], Any], str]]] = {
    "not a number": (_one_is(np.nan), "nan in row .* no finite number"),
    "infinite": (_one_is(np.inf), "inf in row .* no finite number"),
    "negative": (_one_is(-1), "-1.0 in row .* below zero"),
    "negative dense": (lambda clicks: _one_is(-2)(clicks).toarray(), "-2.0 in row .* below zero"),
    "complex": (lambda clicks: clicks.astype(complex), "type complex128"),
    "objects": (lambda clicks: clicks.toarray().astype(object), "type object"),
    "text": (lambda clicks: clicks.toarray().astype(str), "type <U"),
    "dates": (lambda clicks: clicks.toarray().astype("M8[s]"), "type datetime64"),
    "one row": (lambda clicks: clicks.toarray()[0], r"shape \(\d+,\); give two dimensions"),
    "one sparse row": (lambda clicks: sparse.coo_array(clicks.toarray()[0]), "two dimensions"),
    "deep": (lambda clicks: clicks.toarray()[None], "two dimensions"),
    "lists": (lambda clicks: clicks.toarray().tolist(), "of type list.*csr_matrix"),
    "lists of items": (lambda clicks: [row.indices.tolist() for row in clicks], "of type list"),
    "a frame": (lambda clicks: pd.DataFrame(clicks.toarray()), "DataFrame.*to_numpy"),
    "masked": (lambda clicks: np.ma.masked_less(clicks.toarray(), 0), "MaskedArray.*fill"),
    "nothing": (lambda clicks: None, "NoneType"),
    "columns out of range": (_out_of_range, "damaged"),
    "rows that run backwards": (_backwards, "damaged"),
}
