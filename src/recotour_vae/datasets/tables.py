"""What every table of interactions must satisfy, and how it is put in order.

A row of the messages is counted from 1, the header left out.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from recotour_vae.errors import DataError

WRITTEN_AS_INTEGER = r"0|-?[1-9]\d{0,17}"  # "007" and "1.0" are names, not numbers


def check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the table with checked values and plain ids.

    Parameters
    ----------
    table : pd.DataFrame
        Columns user, item and, where known, rating, timestamp, split.
    where : str
        The file, for the messages.

    Raises
    ------
    DataError
        No rows, an empty cell, a rating that is negative or no number, a time that is neither
        seconds nor a date.
    """
    if table.empty:
        raise DataError(f"{where} holds no interactions; give a file with at least one row")
    for column in table.columns:
        _refuse(table[column].isna(), where, column, "is empty", "fill it in or remove the row")
    checked = table.assign(user=plain_ids(table["user"]), item=plain_ids(table["item"]))
    if "rating" in table:
        checked["rating"] = _ratings(table["rating"], where)
    if "timestamp" in table:
        checked["timestamp"] = _seconds(table["timestamp"], where)
    if "split" in table:
        checked["split"] = table["split"].astype(str)
    return checked


def merge_repeats(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Keep one row per (user, item): the latest by timestamp, else the last in the table.

    Returns
    -------
    tuple[pd.DataFrame, int]
        The table, and how many rows were merged away.
    """
    if not _has_repeats(table):
        return table, 0
    timed = table.sort_values("timestamp", kind="stable") if "timestamp" in table else table
    kept = timed.drop_duplicates(["user", "item"], keep="last").sort_index()
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


def plain_ids(ids: pd.Series) -> pd.Series:
    """Return integers where every id is written as one, else strings, exactly as written.

    Parameters
    ----------
    ids : pd.Series
        Categories as they stood in a text file, or a column that already has its type.
    """
    if pd.api.types.is_float_dtype(ids) and (ids % 1 == 0).all():
        return ids.astype("int64")
    if not isinstance(ids.dtype, pd.CategoricalDtype):
        return ids
    known = ids.cat.categories
    if pd.api.types.is_string_dtype(known) and known.str.fullmatch(WRITTEN_AS_INTEGER).all():
        known = known.astype("int64")
    return pd.Series(known.take(ids.cat.codes.to_numpy()), index=ids.index, name=ids.name)


def _ratings(column: pd.Series, where: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    advice = "give a finite number, or name another column with rating=..."
    _refuse(numbers.isna() | np.isinf(numbers), where, "rating", "is not a number", advice, column)
    advice = "ratings start at 0, so correct it or remove the row"
    _refuse(numbers < 0, where, "rating", "is negative", advice, column)
    return numbers


def _seconds(column: pd.Series, where: str) -> pd.Series:
    """Return seconds since 1970: numbers as they are, anything else read as a date (UTC)."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    dates = pd.to_datetime(column, errors="coerce", utc=True, format="mixed")
    advice = "give seconds since 1970 or a date such as 1998-04-22"
    _refuse(dates.isna(), where, "timestamp", "is neither a number nor a date", advice, column)
    return (dates - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)


def _refuse(
    bad: pd.Series, where: str, column: str, wrong: str, advice: str, shown: pd.Series | None = None
) -> None:
    """Raise on the first bad row, naming it and saying how many there are."""
    if not bad.any():
        return
    row = int(bad.to_numpy().argmax())
    value = "" if shown is None else f" '{shown.iloc[row]}'"
    more = f" (and {bad.sum() - 1:,} more rows)" if bad.sum() > 1 else ""
    raise DataError(f"{where}: {column}{value} in row {row + 1}{more} {wrong}; {advice}")


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
