"""Tables of interactions that come in: checked ids of one type, and places among them."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recotour_vae.errors import SplitError

Ids = NDArray[Any]
Ints = NDArray[np.int64]

_ROOMY: Final = 2**24  # bytes of fixed-width text that are no trouble, however empty
_PADDED: Final = 100  # bytes for each letter, above which something is wrong with an id


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
    return interactions.assign(**{name: _of_one_type(interactions[name]) for name in loose})


def timed(interactions: pd.DataFrame) -> pd.DataFrame:
    """Give a checked table that has times.

    Raises
    ------
    SplitError
        When it has none.
    """
    if "timestamp" not in interactions:
        raise SplitError(
            "A split in time needs the times, and the table has no column 'timestamp'; its columns "
            f"are {', '.join(map(str, interactions.columns))}."
        )
    return checked(interactions)


def plain_ids(ids: Any) -> Ids:
    """Ids as an array that can be saved without pickling: integers or fixed-width text.

    Raises
    ------
    SplitError
        When one id is so much longer than the others that the text would be nearly all padding.
    """
    array = np.asarray(ids)
    if array.dtype == object:
        array = np.asarray(pd.Index(array).infer_objects())
    return _fixed_width(array) if array.dtype == object else array


def _of_one_type(ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """Integers where all are integers, else text, which a frame keeps at its own length."""
    found = ids.infer_objects()
    return found.map(str) if found.dtype == object else found


def _fixed_width(ids: Ids) -> Ids:
    text = [str(one) for one in ids]
    lengths = np.fromiter(map(len, text), np.int64, len(text))
    longest, letters = int(lengths.max(initial=0)), int(lengths.sum())
    if 4 * longest * len(text) > max(_ROOMY, _PADDED * letters):
        long = text[int(lengths.argmax())]
        raise SplitError(
            f"The id that begins with '{long[:20]}' has {longest:,} letters, where they have "
            f"{letters / len(text):.0f} on average; leave its rows out, or look there for a quote "
            "that was not closed."
        )
    return np.array(text, dtype=str)


def codes(ids: "pd.Series[Any]") -> tuple[Ints, Ids]:
    """Give each id its place among the sorted distinct ones, and these."""
    if not _close_together(ids):
        code, distinct = pd.factorize(ids, sort=True)
        return code, plain_ids(distinct)
    # A table from id to place is many times faster than hashing.
    lowest = ids.min()
    offset = ids.to_numpy() - lowest
    taken = np.bincount(offset) > 0
    rank = np.cumsum(taken) - 1
    return rank[offset], (np.flatnonzero(taken) + lowest).astype(ids.dtype)


def _close_together(ids: "pd.Series[Any]") -> bool:
    if ids.empty or ids.dtype not in (np.int32, np.int64):
        return False
    return int(ids.max()) - int(ids.min()) < 4 * len(ids)
