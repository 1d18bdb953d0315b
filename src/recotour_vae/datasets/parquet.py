"""The columns of interest of a Parquet file, each in the type that it has there.

pyarrow is asked for here and nowhere else.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.datasets import ids
from recotour_vae.datasets.places import Source
from recotour_vae.errors import DataError, MissingPackageError

_NAMES = ("user", "item", "split")


def names(path: Path) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    MissingPackageError
        pyarrow is not installed.
    DataError
        The file is not Parquet, or damaged.
    """
    return [str(name) for name in _opened(path).schema_arrow.names]


def read_columns(path: Path, picked: Mapping[str, str], source: Source) -> pd.DataFrame:
    """Read the columns of a file that are called `picked`, and name them as its values say.

    Raises
    ------
    DataError
        A column holds what cannot be an id, a rating or a time; an id is too long.
    """
    file = _opened(path)
    for name, tidy in picked.items():
        _refuse_twice(file.schema_arrow.names, name, path)
        _refuse_type(file.schema_arrow.field(name).type, name, tidy, path)
    try:
        table = file.read(columns=list(picked))
    except Exception as error:  # pyarrow has many exceptions, and more with each release
        raise _unreadable(path, error) from error
    columns = {tidy: _column(table.column(name), tidy, source) for name, tidy in picked.items()}
    return pd.DataFrame(columns)


def _opened(path: Path) -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingPackageError(
            f"{path} is Parquet, and no package that reads it is installed; run "
            "`pip install pyarrow`, or save the table as CSV"
        ) from error
    try:
        return parquet.ParquetFile(path)
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no reason"
    return DataError(f"{path} cannot be read as Parquet ({reason}); save it again")


def _refuse_twice(columns: list[str], name: str, path: Path) -> None:
    if columns.count(name) > 1:
        raise DataError(
            f"{path} has {columns.count(name)} columns called '{name}'; give each a name of its own"
        )


def _refuse_type(kind: Any, name: str, tidy: str, path: Path) -> None:
    from pyarrow import types

    inner = kind.value_type if types.is_dictionary(kind) else kind
    fitting = [types.is_string, types.is_large_string, types.is_string_view]
    fitting += [types.is_integer, types.is_floating, types.is_decimal]
    if tidy == "rating":
        fitting += [types.is_boolean]
    elif tidy == "timestamp":
        fitting += [types.is_timestamp, types.is_date]
    else:  # text of writers that do not say so
        fitting += [types.is_binary, types.is_large_binary]
    if not any(fits(inner) for fits in fitting):
        raise DataError(
            f"{path}: column '{name}' holds values of type {kind}, which cannot be a {tidy}; write "
            "it as text or numbers, or name another column"
        )


def _column(values: Any, tidy: str, source: Source) -> Any:
    """Give a column as pandas has it: names as integers or text, numbers, dates."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if types.is_decimal(values.type):
        whole = values.type.scale == 0 and values.type.precision <= 18
        # Through text, since 3.30 as 330 hundredths would be a float beside 3.3.
        values = values.cast(pa.int64()) if whole else values.cast(pa.string()).cast(pa.float64())
    if types.is_date(values.type):
        values = values.cast(pa.timestamp("s"))
    if tidy not in _NAMES:
        return values.to_pandas()
    if types.is_floating(values.type) or types.is_integer(values.type):
        return _numbers(values, tidy, source)
    return _text(values, tidy, source)


def _numbers(values: Any, tidy: str, source: Source) -> pd.Series:
    column: pd.Series = values.to_pandas()
    if values.null_count:
        return column
    if column.dtype.kind == "f" and (column.abs() >= 2**53).any():
        row = int((column.abs() >= 2**53).to_numpy().argmax())
        raise DataError(
            f"{source}: {tidy} {column.iloc[row]:.0f} in {source.row(row)} is a float too large to "
            "be exact, so that several ids may have become one; write ids as integers or text"
        )
    return column if column.dtype.kind == "f" or column.dtype == "int32" else _widened(column)


def _widened(column: pd.Series) -> pd.Series:
    return column if column.max() > 2**63 - 1 else column.astype("int64")


def _text(values: Any, tidy: str, source: Source) -> pd.Series:
    import pyarrow as pa

    try:
        column = pd.Series(values.cast(pa.string()).dictionary_encode().to_pandas())
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{source}: {tidy} holds bytes that are no text in UTF-8; write ids as text"
        ) from error
    column = column.cat.set_categories(column.cat.categories.astype("str"))
    ids.refuse_odd(column, tidy, source)
    text: pd.Series = column.astype("str")
    return text.mask(text == "")
