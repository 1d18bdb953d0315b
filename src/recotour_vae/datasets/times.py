"""Time stamps: one way of writing for a whole column, and seconds since 1970 out of it."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from recotour_vae.datasets.places import Source
from recotour_vae.datasets.sniff import is_number
from recotour_vae.errors import DataError

# Units by their size, each with its bound and how many make a second: a time after March 1973 is
# larger than the bound of its unit in any of them.
_UNITS = (
    ("nanoseconds", 10**17, 10**9),
    ("microseconds", 10**14, 10**6),
    ("milliseconds", 10**11, 10**3),
)
_ENDLESS = 10**19  # nanoseconds end before
_COMPACT = (19_700_101, 21_001_231)  # 20210228 and the like
_NUMERIC = re.compile(
    r"\d{1,2}(?P<a>[/.\- ])\d{1,2}(?P<b>,? |[/.\-])\d{4}"
    r"(?:(?P<gap>,? |T)\d{1,2}:\d{2}(?P<second>:\d{2})?(?P<fraction>\.\d+)?"
    r"(?P<half> ?[AaPp][Mm])?)?"
)
_SHORT_YEAR = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}(\D.*)?")
_ADVICE = "give seconds since 1970 or a date such as 1998-04-22"


def seconds(column: pd.Series, source: Source, notes: list[str]) -> pd.Series:
    """Return seconds since 1970 (UTC): whole ones where all are whole.

    Parameters
    ----------
    column : pd.Series
        Numbers, text or dates, none of them missing.
    notes : list[str]
        Where it is said that other units were taken for what they are.

    Raises
    ------
    DataError
        A time that is neither a number nor a date, is written unlike those before it, or of which
        nobody can tell the day from the month.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return _since_1970(pd.to_datetime(column, utc=True))
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _of_numbers(column, source, notes)
    text = column.astype("str").str.strip()
    if is_number(text.iloc[0]):
        numbers = pd.to_numeric(text, errors="coerce")
        _refuse(numbers.isna(), text, source, f"is not a number as '{text.iloc[0]}' is")
        return _of_numbers(numbers, source, notes)
    return _since_1970(_dates(text, source))


def _of_numbers(column: pd.Series, source: Source, notes: list[str]) -> pd.Series:
    _refuse(pd.Series(~np.isfinite(column)), column, source, "is not finite")
    low, high = int(column.min()), int(column.max())
    if _COMPACT[0] <= low and high <= _COMPACT[1]:
        dates = pd.to_datetime(
            column.astype("int64").astype("str"), format="%Y%m%d", utc=True, errors="coerce"
        )
        if dates.notna().all() and (column % 1 == 0).all():
            notes.append(f"{source.path.name}: times such as {column.iloc[0]} are read as dates")
            return _since_1970(dates)
    _refuse(column.abs() >= _ENDLESS, column, source, "is too large for a time")
    unit = next((unit for unit in _UNITS if max(-low, high) >= unit[1]), None)
    if unit is None:
        return column
    name, bound, per_second = unit
    _refuse(
        (column.abs() < bound) & (column != 0), column, source, f"is not in {name} as others are"
    )
    notes.append(f"{source.path.name}: times such as {column.iloc[0]} are read as {name}")
    return _divided(column, per_second)


def _divided(column: pd.Series, by: int) -> pd.Series:
    """Divide, and keep whole numbers where that leaves no remainder."""
    whole = column.dtype.kind in "iu" and bool((column % by == 0).all())
    return column // by if whole else column / by


def _since_1970(dates: Any) -> pd.Series:
    return _divided(dates.dt.as_unit("us").astype("int64"), 10**6)


def _dates(text: pd.Series, source: Source) -> Any:
    first = text.iloc[0]
    if _SHORT_YEAR.fullmatch(first):
        raise DataError(
            f"{source}: timestamp '{first}' in {source.row(0)} has a year of two digits, so that "
            "nobody can tell which number is the year; write dates as 1998-04-22"
        )
    numeric = _NUMERIC.fullmatch(first)
    tried = _day_or_month_first(text, numeric, source) if numeric else _in_turn(text)
    _refuse(tried.isna(), text, source, _wrong(tried, first))
    return tried


def _wrong(tried: Any, first: str) -> str:
    if tried.isna().iloc[0]:
        return "is neither a number nor a date"
    return f"is not a date written as '{first}' in the first row is"


def _day_or_month_first(text: pd.Series, found: "re.Match[str]", source: Source) -> Any:
    """Read days before months or after them, whichever fits every row."""
    orders = [
        _parsed(text, f"{one}{found['a']}{other}{found['b']}%Y{_clock(found)}")
        for one, other in (("%d", "%m"), ("%m", "%d"))
    ]
    day_first, month_first = orders
    differ = day_first.notna() & month_first.notna() & (day_first != month_first)
    if day_first.notna().all() and month_first.notna().all() and differ.any():
        row = int(differ.to_numpy().argmax())
        one, other = (order.iloc[row].strftime("%Y-%m-%d") for order in orders)
        raise DataError(
            f"{source}: timestamp '{text.iloc[row]}' in {source.row(row)} can be {one} or {other}, "
            "and no row tells whether days or months come first; write dates as 1998-04-22"
        )
    return min(orders, key=lambda dates: int(dates.isna().sum()))


def _clock(found: "re.Match[str]") -> str:
    if found["gap"] is None:
        return ""
    hour = "%I" if found["half"] else "%H"
    half = found["half"][:-2] + "%p" if found["half"] else ""
    second = ":%S" if found["second"] else ""
    fraction = ".%f" if found["fraction"] else ""
    return f"{found['gap']}{hour}:%M{second}{fraction}{half}"


def _in_turn(text: pd.Series) -> Any:
    """Try ISO 8601, then what the first row looks like; the one that reads most of the rows."""
    best = None
    for form in _forms(text.iloc[0]):
        dates = _parsed(text, form)
        if dates.notna().all():
            return dates
        if best is None or dates.isna().sum() < best.isna().sum():
            best = dates
    return best


def _forms(first: str) -> Iterator[str]:
    yield "ISO8601"
    guess = guess_datetime_format(first)
    if guess and re.search(r"[A-Za-z]", first):  # of numbers alone it would guess the month
        yield guess
        if "%B" in guess:  # May is the full name and the short one
            yield guess.replace("%B", "%b")


def _parsed(text: pd.Series, form: str) -> Any:
    dates = pd.to_datetime(text, format=form, utc=True, errors="coerce")
    return dates.mask(text.isin(["now", "today"]))  # pandas would take them for this very moment


def _refuse(bad: pd.Series, column: pd.Series, source: Source, why: str) -> None:
    if bad.any():
        row = int(bad.to_numpy().argmax())
        more = f" (and {bad.sum() - 1:,} more rows)" if bad.sum() > 1 else ""
        raise DataError(
            f"{source}: timestamp '{column.iloc[row]}' in {source.row(row)}{more} {why}; {_ADVICE}"
        )
