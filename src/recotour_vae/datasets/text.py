"""The columns of interest of a text file, every row of it or a sentence that names the bad one.

Blocks of whole rows are checked before pandas parses them: its parser drops and shifts fields where
only some columns are wanted, and takes a stray quotation mark for the start of a field that ends
many rows further on.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from recotour_vae.datasets import quotes, streams
from recotour_vae.datasets.places import Source, row_and_line
from recotour_vae.datasets.quotes import MisquotedError, Places
from recotour_vae.datasets.rows import RaggedError, Rows, count_rows
from recotour_vae.datasets.sniff import LOOSE, SEPARATORS, Layout
from recotour_vae.errors import DataError

# pandas needs several times a table's size to read it at once, and is far slower for it.
BLOCK_BYTES = 1 << 24
LONGEST_ROW = 1 << 22  # bytes; what is longer is no row, but a mark that nobody closed
_ONE_BYTE = b"\x1f"  # stands for a separator of two characters, which pandas' fast parser lacks


_DTYPES = {"names": "category", "text": "str"}
_ADVICE = {
    True: "enclose a field that holds a separator in quotation marks",
    False: "take the separator out of the field that holds one",
}


class _EndlessError(Exception):
    """A row does not end: its text so far."""


class _PlainError(Exception):
    """Quotation marks are letters in this file."""


def read_columns(
    layout: Layout, wanted: Mapping[int, str], notes: list[str]
) -> tuple[pd.DataFrame, Source]:
    """Read some columns of a file.

    Parameters
    ----------
    layout
        How the file is laid out.
    wanted
        Position of each column and how it is read: `names` as categories, whose categories are
        the text as it was written; `text` as text; `numbers` as numbers, or as text where some are
        none.
    notes
        Where it is said what was changed.

    Returns
    -------
    table, source
        A column for each position, empty cells missing; and where its rows are.

    Raises
    ------
    DataError
        The file cannot be read, or a row has more or fewer fields than the header.
    """
    try:
        return _read(layout, wanted, notes)
    except _PlainError:
        notes.append(
            f"{layout.path.name}: quotation marks do not enclose whole fields; they are read as "
            "letters"
        )
        return _read(replace(layout, quoted=False), wanted, notes)


@dataclass
class _Reading:
    """A file on its way to a table: what was read of it so far."""

    layout: Layout
    wanted: Mapping[int, str]
    source: Source
    parts: list[pd.DataFrame] = field(default_factory=list)
    rows: int = 0
    lines: int = 0
    latin: int | None = None  # line, from 1, of the first letter that is not in UTF-8
    certain: bool = False  # that the lines enclosed in quotation marks are no rows

    def add(self, block: bytes, marks: Places | None) -> None:
        """Check a block of whole rows and parse it, given what encloses its fields."""
        text, strange = streams.as_utf8(block)
        marks = marks if strange is None else None  # letters have moved
        if strange is not None and self.latin is None:
            self.latin = self.lines + block.count(b"\n", 0, strange) + 1
        text = _in_one_byte(text, self.layout)
        found = _counted(text, self, marks)
        if found.spanning and not self.certain:
            self.certain = _only_with_marks(self.layout, self.lines, text)
        if found.count:
            self.parts.append(_parsed(text, found.count, self.layout, self.wanted, self.lines))
            self.source.add(self.rows, self.lines, found)
        self.rows += found.count
        self.lines += found.n_lines


def _read(
    layout: Layout, wanted: Mapping[int, str], notes: list[str]
) -> tuple[pd.DataFrame, Source]:
    reading = _Reading(layout, wanted, Source(layout.path), lines=layout.lines)
    try:
        for block, marks in _blocks(layout):
            reading.add(block, marks)
    except _EndlessError as error:
        raise _endless(error.args[0], layout, reading.lines) from error
    if reading.latin is not None:
        notes.append(_not_utf8(layout, reading.latin))
    return _joined(reading.parts, wanted), reading.source


def _blocks(layout: Layout) -> Iterator[tuple[bytes, Places | None]]:
    """Give whole rows, about as many bytes as are read at once, and what encloses fields there."""
    rest = b""
    for chunk in _body(layout):
        block = rest + chunk if rest else chunk
        end, marks = _end_of_rows(block, layout)
        rest = block[end:]
        if end:
            yield block[:end], marks
        if len(rest) > LONGEST_ROW:
            raise _EndlessError(rest)
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n", None


def _body(layout: Layout) -> Iterator[bytes]:
    """Give the chunks of the file from behind its header on."""
    left = layout.lines
    for chunk in streams.chunks(layout.path, BLOCK_BYTES):
        start = 0
        while left and start < len(chunk):
            end = chunk.find(b"\n", start) + 1
            left, start = (left - 1, end) if end else (left, len(chunk))
        if start < len(chunk):
            yield chunk[start:] if start else chunk


def _end_of_rows(block: bytes, layout: Layout) -> tuple[int, Places | None]:
    """Give the end of the last whole row, and what encloses fields up to it."""
    if layout.quoted and b'"' in block:
        with suppress(MisquotedError):  # it comes up again where the row is known
            marks = quotes.enclosing(block, _byte(layout))
            end = quotes.end_of_rows(block, marks)
            return end, marks[: int(np.searchsorted(marks, end))]
    return block.rfind(b"\n") + 1, None


def _counted(text: bytes, before: "_Reading", marks: Places | None) -> Rows:
    """Check the rows of a block, given what is read before it."""
    layout = before.layout
    try:
        return count_rows(text, _byte(layout), layout.n_fields, layout.quoted, marks)
    except RaggedError as error:
        where = row_and_line(before.rows + error.row, before.lines + error.line)
        raise DataError(_ragged(layout, where, error.fields)) from error
    except MisquotedError as error:
        line = before.lines + text.count(b"\n", 0, error.place)
        raise _misquoted(layout, line) from error


def _only_with_marks(layout: Layout, lines: int, block: bytes) -> bool:
    """Make sure that lines enclosed in quotation marks would be no rows without the marks."""
    if not _fits_plainly(layout):
        return True
    if layout.separator in LOOSE:
        raise _PlainError
    line = lines + block.count(b"\n", 0, _first_spanning(block, layout)) + 1
    raise DataError(
        f"{layout.path}: a quotation mark in line {line:,} is closed in another line, and each of "
        "these lines is a row without it; if it is a letter, double it and enclose the field in "
        "quotation marks"
    )


def _first_spanning(block: bytes, layout: Layout) -> int:
    marks = quotes.enclosing(block, _byte(layout))
    return next(
        (int(a) for a, b in zip(marks[::2], marks[1::2], strict=True) if b"\n" in block[a:b]), 0
    )


def _fits_plainly(layout: Layout) -> bool:
    """Tell whether every line has the right number of fields if marks are letters."""
    plain = replace(layout, quoted=False)
    try:
        for block, _ in _blocks(plain):
            count_rows(block, _byte(layout), layout.n_fields, quoted=False)
    except (RaggedError, _EndlessError):
        return False
    return True


def _misquoted(layout: Layout, line: int) -> Exception:
    if layout.separator in LOOSE and _fits_plainly(layout):
        return _PlainError()
    return DataError(
        f"{layout.path}: a quotation mark in line {line + 1:,} opens a field and is not closed at "
        "the end of one; remove it, or double it and enclose the field in quotation marks"
    )


def _endless(rest: bytes, layout: Layout, lines: int) -> Exception:
    if layout.quoted and b'"' in rest:
        return _misquoted(layout, lines + rest.count(b"\n", 0, rest.find(b'"')))
    return DataError(
        f"{layout.path}: line {lines + 1:,} is longer than {LONGEST_ROW:,} bytes; check that it is "
        "a table in text"
    )


def _ragged(layout: Layout, where: str, fields: int) -> str:
    than = "the header" if layout.names else "the first row"
    name = SEPARATORS[layout.separator][0]
    few = "fill in what is missing" if fields < layout.n_fields else _ADVICE[layout.quoted]
    return (
        f"{layout.path}: {where} has {fields:,} field{'s' if fields > 1 else ''} where {than} has "
        f"{layout.n_fields}, separated by {name}; {few}, or remove the row"
    )


def _byte(layout: Layout) -> bytes:
    return layout.separator.encode() if len(layout.separator) == 1 else _ONE_BYTE


def _in_one_byte(text: bytes, layout: Layout) -> bytes:
    if len(layout.separator) == 1:
        return text
    return text.replace(layout.separator.encode(), _ONE_BYTE)


class _Bytes:
    """What pandas reads from without decoding it first."""

    def __init__(self, text: bytes) -> None:
        self.read = io.BytesIO(text).read

    def __iter__(self) -> Iterator[bytes]:
        raise NotImplementedError  # asked for by pandas, and never called


def _parsed(
    text: bytes, n_rows: int, layout: Layout, wanted: Mapping[int, str], lines: int
) -> pd.DataFrame:
    buffer: Any = _Bytes(text)
    parsed = pd.read_csv(
        buffer,
        sep=_byte(layout).decode(),
        header=None,
        names=list(range(layout.n_fields)),
        usecols=sorted(wanted),
        index_col=False,
        dtype={place: _DTYPES[kind] for place, kind in wanted.items() if kind in _DTYPES},
        lineterminator="\n",  # a carriage return is a letter
        quoting=csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE,
        keep_default_na=False,  # somebody may be called NA
        na_values=[""],
        low_memory=False,  # types are told from the whole block, never from a part of it
    )
    if len(parsed) != n_rows:  # whatever the reason, no row is lost in silence
        raise DataError(
            f"{layout.path}: of {n_rows:,} rows from line {lines + 1:,} on, {len(parsed):,} could "
            "be read; save the file again, with quotation marks around fields that hold any"
        )
    return parsed


def _joined(parts: list[pd.DataFrame], wanted: Mapping[int, str]) -> pd.DataFrame:
    columns: dict[Any, Any] = {}
    for place in wanted:
        columns[place] = _column([part[place] for part in parts])
        for part in parts:
            del part[place]  # each column is twice in memory only while it is joined
    return pd.DataFrame(columns)


def _column(parts: list[pd.Series]) -> Any:
    if not parts:
        return []
    if isinstance(parts[0].dtype, pd.CategoricalDtype):
        return union_categoricals([_as_names(part) for part in parts])
    kinds = {"number" if part.dtype.kind in "iuf" else str(part.dtype) for part in parts}
    if kinds == {"number"}:
        return np.concatenate([part.to_numpy() for part in parts])
    return pd.concat(parts if len(kinds) == 1 else [part.astype("str") for part in parts]).array


def _as_names(part: pd.Series) -> Any:
    """Give categories that are text even where there are none."""
    return part.array if len(part.cat.categories) else pd.Categorical(part.astype("str"))


def _not_utf8(layout: Layout, line: int) -> str:
    return (
        f"{layout.path.name} is not in UTF-8 (the first such letter is in line {line:,}); it is "
        "read as Latin-1 (Windows-1252), so save it in UTF-8 if letters look wrong"
    )
