"""A file of one's own: CSV, TSV or Parquet in, the columns of interest out."""

import difflib
import os
import zlib
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from recotour_vae.datasets import readers, tables
from recotour_vae.errors import DataError, MissingPackageError, UnknownDatasetError

_SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
_TIDY = ("user", "item", "rating", "timestamp", "split")
_REQUIRED = ("user", "item")
# Ids and splits are names: as categories they keep their spelling, and cost little memory.
_NAMES = ("user", "item", "split")
# pandas needs several times a table's size to read it at once, and is far slower for it.
_ROWS_AT_ONCE = 1_000_000
_UNREADABLE = (ValueError, OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class Columns:
    """What the columns of a file are called."""

    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    timestamp: str = "timestamp"
    split: str = "split"

    def found_in(self, there: list[str], path: Path) -> dict[str, str]:
        """Map the names in the file to the tidy ones, in tidy order.

        A column is required when it is user or item, or when its name was chosen.
        """
        wanted = astuple(self)
        if len(set(wanted)) < len(wanted):
            raise DataError(f"{path}: two columns are given one name; choose from {_listed(there)}")
        for tidy, name in zip(_TIDY, wanted, strict=True):
            if name not in there and (tidy in _REQUIRED or name != tidy):
                raise DataError(_missing(path, name, tidy, there))
        return {name: tidy for tidy, name in zip(_TIDY, wanted, strict=True) if name in there}


def locate(source: str | Path, what: str, hint: str) -> Path:
    """Find a file where it is said to be, else in the folder named by RECOTOUR_DATA.

    Raises
    ------
    UnknownDatasetError
        It is in neither place; the sentence says what was meant and ends with the hint.
    """
    path = Path(source).expanduser()
    shelf = os.environ.get("RECOTOUR_DATA")
    places = [path, Path(shelf) / path] if shelf and not path.is_absolute() else [path]
    for place in places:
        if place.is_file():
            return place
    looked = " and ".join(map(str, places))
    raise UnknownDatasetError(f"no {what} is called '{source}' (looked for {looked}); {hint}")


def read_interactions(path: Path, columns: Columns) -> pd.DataFrame:
    """Read user, item and, where they are there, rating, timestamp and split.

    Ids and splits come as categories from a text file and as they are from Parquet.

    Raises
    ------
    DataError
        An ending that is not known, a file that cannot be read, or a missing column.
    MissingPackageError
        Parquet, and no package installed that reads it.
    """
    if path.name.endswith(".parquet"):
        table = _parquet(path)
        picked = columns.found_in(list(map(str, table.columns)), path)
    else:
        separator = _separator(path)
        picked = columns.found_in(_header(path, separator), path)
        types = {name: "category" for name, tidy in picked.items() if tidy in _NAMES}
        table = _text(path, separator, _ROWS_AT_ONCE, usecols=list(picked), dtype=types)
    return table[list(picked)].rename(columns=picked)


def read_titles(source: str | Path, interactions: pd.DataFrame) -> "pd.Series[str]":
    """Read titles and give their ids the type that the items of the interactions have."""
    titles = _titles(locate(source, "file of titles", "check the path"))
    if pd.api.types.is_string_dtype(interactions["item"]):
        titles.index = titles.index.astype(str)
    elif pd.api.types.is_string_dtype(titles.index):
        titles = titles[titles.index.str.fullmatch(tables.WRITTEN_AS_INTEGER)]
        titles.index = titles.index.astype("int64")
    return titles[~titles.index.duplicated()]


def _titles(path: Path) -> "pd.Series[str]":
    if path.name.endswith(".dat"):
        with path.open("rb") as file:
            return readers.movies_dat(file)
    separator = _separator(path)
    there = _header(path, separator)
    item = "movieId" if "movieId" in there and "item" not in there else "item"
    for name in (item, "title"):
        if name not in there:
            raise DataError(f"{path} has no column '{name}'; its columns are {_listed(there)}")
    types = {item: "category", "title": "str"}
    table = _text(path, separator, usecols=[item, "title"], dtype=types, na_filter=False)
    ids = pd.Index(tables.plain_ids(table[item]), name="item")
    return pd.Series(table["title"].to_numpy(), index=ids, name="title", dtype=str)


def _separator(path: Path) -> str:
    for ending, separator in _SEPARATORS.items():
        if path.name.lower().endswith(ending):
            return separator
    known = ", ".join([*_SEPARATORS, ".parquet"])
    raise DataError(f"the layout of {path} is not known; save it with one of the endings {known}")


def _header(path: Path, separator: str) -> list[str]:
    return list(map(str, _text(path, separator, nrows=0).columns))


def _text(
    path: Path, separator: str, rows_at_once: int | None = None, **options: Any
) -> pd.DataFrame:
    # Types are told from all rows that are read at once, never from a part of them.
    options |= {"sep": separator, "low_memory": False}
    try:
        table = _by_parts(path, rows_at_once, options) if rows_at_once else None
        return pd.read_csv(path, **options) if table is None else table
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty; give a file with a header and rows") from error
    except _UNREADABLE as error:
        raise DataError(
            f"{path} cannot be read as a table ({error}); check that it is whole, and text in UTF-8"
        ) from error


def _by_parts(path: Path, rows_at_once: int, options: dict[str, Any]) -> pd.DataFrame | None:
    """Read some rows at a time; None where a column is numbers in one part and text in another."""
    with pd.read_csv(path, chunksize=rows_at_once, **options) as reader:
        parts = list(reader)
    if len(parts) == 1:
        return parts[0]
    if not parts or any(len({_kind(part[name]) for part in parts}) > 1 for name in parts[0]):
        return None
    return pd.DataFrame({name: _joined([part.pop(name) for part in parts]) for name in [*parts[0]]})


def _kind(column: pd.Series) -> str:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return f"names as {column.cat.categories.dtype}"
    return "numbers" if column.dtype.kind in "if" else str(column.dtype)


def _joined(columns: list[pd.Series]) -> Any:
    if isinstance(columns[0].dtype, pd.CategoricalDtype):
        return union_categoricals(columns)
    return np.concatenate([column.to_numpy() for column in columns])


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise MissingPackageError(
            f"{path} is Parquet, and no package that reads it is installed; run "
            "`pip install pyarrow`, or save the table as CSV"
        ) from error
    except Exception as error:  # each engine has exceptions of its own
        raise DataError(f"{path} cannot be read as Parquet ({error}); save it again") from error


def _missing(path: Path, name: str, tidy: str, there: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), [c.lower() for c in there], n=1, cutoff=0.4)
    best = next((c for c in there if near and c.lower() == near[0]), "...")
    nearest = f" (the nearest is '{best}')" if near else ""
    advice = f"say which one holds the {tidy} with {tidy}='{best}'"
    return f"{path} has no column '{name}'; its columns are {_listed(there)}{nearest}: {advice}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
