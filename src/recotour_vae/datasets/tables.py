"""What every table of interactions must satisfy, and how it is put in order."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from recotour_vae.datasets import scales, times
from recotour_vae.datasets.ids import plain_ids
from recotour_vae.datasets.places import Source
from recotour_vae.errors import DataError

IGNORABLE = ("rating", "timestamp", "split")


def check(table: pd.DataFrame, source: Source, notes: list[str]) -> pd.DataFrame:
    """Return the table with checked values and plain ids.

    Parameters
    ----------
    table : pd.DataFrame
        Columns user, item and, where known, rating, timestamp, split.
    source : Source
        Where its rows are, for the messages.
    notes : list[str]
        Where it is said what was changed.

    Raises
    ------
    DataError
        No rows, an empty cell, a rating that is no number, a time that is neither seconds nor a
        date.
    """
    if table.empty:
        raise DataError(f"{source} holds no interactions; give a file with at least one row")
    for column in table.columns:
        _refuse_empty(table[column], column, source)
    checked = table.assign(user=plain_ids(table["user"]), item=plain_ids(table["item"]))
    if "rating" in table:
        checked["rating"] = scales.numbers(table["rating"], source, notes)
    if "timestamp" in table:
        checked["timestamp"] = times.seconds(table["timestamp"], source, notes)
    if "split" in table:
        checked["split"] = table["split"].astype(str)
    return checked


def merge_repeats(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Keep one row per (user, item): the latest by timestamp, else the last in the table.

    Where the table has a split, one in each part of it: whether a click may be in two is for those
    to judge who take the split.

    Returns
    -------
    tuple[pd.DataFrame, int]
        The table, and how many rows were merged away.
    """
    if not _has_repeats(table):
        return table, 0
    timed = table.sort_values("timestamp", kind="stable") if "timestamp" in table else table
    same = [name for name in ("user", "item", "split") if name in table]
    kept = timed.drop_duplicates(same, keep="last").sort_index()
    return kept.reset_index(drop=True), len(table) - len(kept)


def by_user_and_time(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by user, then timestamp, then item.

    Two stable sorts by packed integers: on files already sorted by user this is many times
    faster than sorting by three columns.
    """
    user, item = _codes(table["user"]), _codes(table["item"])
    order = np.argsort(_packed(user, item), kind="stable")
    key = _packed(user, table["timestamp"].to_numpy())
    order = order[np.argsort(key[order], kind="stable")]
    return table.take(order).reset_index(drop=True)


def _refuse_empty(column: pd.Series, name: str, source: Source) -> None:
    """Raise on the first empty cell, naming it and saying how many there are."""
    bad = column.isna().to_numpy()
    if not bad.any():
        return
    more = f" (and {bad.sum() - 1:,} more rows)" if bad.sum() > 1 else ""
    ignore = f", or ignore the column with {name}=None (--{name} none)" if name in IGNORABLE else ""
    raise DataError(
        f"{source}: {name} in {source.row(int(bad.argmax()))}{more} is empty; fill it in or remove "
        f"the row{ignore}"
    )


def _has_repeats(table: pd.DataFrame) -> bool:
    # Sorting numbers is much faster than hashing rows, and many files are in order already.
    pairs = _packed(_small_codes(table["user"]), _small_codes(table["item"]))
    if (pairs[1:] > pairs[:-1]).all():
        return False
    pairs.sort()
    return bool((pairs[1:] == pairs[:-1]).any())


def _small_codes(ids: pd.Series) -> npt.NDArray[np.int64]:
    """Return numbers of 31 bits that tell the ids apart: the ids themselves if they fit."""
    if pd.api.types.is_integer_dtype(ids) and ids.min() >= 0 and ids.max() < 2**31:
        return ids.to_numpy(np.int64)
    return pd.factorize(ids)[0].astype(np.int64)


def _codes(ids: pd.Series) -> npt.NDArray[np.int64]:
    """Return the ids themselves where they are integers, else their alphabetical ranks."""
    numbers = ids if pd.api.types.is_integer_dtype(ids) else pd.factorize(ids, sort=True)[0]
    return np.asarray(numbers, dtype=np.int64)


def _packed(high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return (high << 32) + low  # in the same order as the pairs: ids and times fit in 32 bits
