"""How a text file is laid out, found out from its beginning: separator, header, names."""

import csv
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from recotour_vae.datasets import streams
from recotour_vae.errors import DataError

# By how it is written in the file: what it is called, and whether fields may be in quotes there.
SEPARATORS = {
    ",": ("commas", True),
    "\t": ("tabs", True),
    ";": ("semicolons", True),
    "::": ("'::'", False),
    "|": ("'|'", True),
    " ": ("spaces", True),  # the last to be thought of: titles are full of them
}
# Where quotes are a custom more than a rule, those that do not balance may be letters.
LOOSE = ("\t", "|", " ")
_EXPECTED = {
    ".csv": ",",
    ".tsv": "\t",
    ".tab": "\t",
    ".inter": "\t",
    ".data": "\t",
    ".item": "|",
    ".dat": "::",
}
_OTHER = (
    ".xlsx",
    ".xls",
    ".ods",
    ".json",
    ".jsonl",
    ".npz",
    ".npy",
    ".pkl",
    ".pickle",
    ".h5",
    ".hdf5",
    ".zip",
    ".7z",
    ".rar",
    ".tar",
    ".bz2",
    ".xz",
    ".zst",
    ".feather",
    ".arrow",
    ".orc",
    ".avro",
    ".db",
    ".sqlite",
    ".pdf",
    ".html",
    ".xml",
)
_KNOWN = ".csv, .csv.gz, .tsv, .tsv.gz, .parquet"
_LINES = 200
_EXCEL = re.compile(r'"?sep=(.)"?')  # what Excel understands as a first line
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Layout:
    """What has to be known before the rows of a text file can be read.

    Parameters
    ----------
    path
        The file.
    separator
        What stands between two fields, as it is written in the file.
    names
        Of the columns; empty where the file has no header.
    lines
        Lines up to and with the header.
    quoted
        Whether fields may be enclosed in quotation marks.
    first
        The first rows, split into fields.
    """

    path: Path
    separator: str
    names: tuple[str, ...]
    lines: int
    quoted: bool
    first: tuple[tuple[str, ...], ...]

    @property
    def n_fields(self) -> int:
        """Number of fields of a row."""
        return len(self.names or self.first[0])

    def without_header(self) -> "Layout":
        """Take the header for a row."""
        if not self.names:
            return self
        first = (self.names, *self.first)
        return replace(self, names=(), lines=self.lines - 1, first=first)

    def positions(self, wanted: Iterable[str]) -> dict[str, int]:
        """Say where the wanted columns are, by name.

        Raises
        ------
        DataError
            Two columns have one of these names.
        """
        for name in wanted:
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.path} has {self.names.count(name)} columns called '{name}'; give each "
                    "a name of its own"
                )
        return {name: self.names.index(name) for name in wanted}


def sniff(path: Path, headers: Sequence[Sequence[str]], notes: list[str]) -> Layout:
    """Find out how a file is laid out; a note says what its ending would not have told.

    Parameters
    ----------
    path
        The file.
    headers
        Names of which the header is expected to have either all of the first, or of the second...
    notes
        Where the note goes.

    Raises
    ------
    DataError
        Another kind of file, or nothing in it.
    """
    ending = path.name.lower().removesuffix(".gz")
    if ending.endswith(_OTHER):
        raise DataError(
            f"the layout of {path} is not known; save it with one of the endings {_KNOWN}"
        )
    lines = _first_lines(path)
    skipped = next((i for i, line in enumerate(lines) if line.strip()), None)
    if skipped is None:
        raise DataError(f"{path} is empty; give a file with a header and rows")
    excel = _EXCEL.fullmatch(lines[skipped].strip())
    skipped += bool(excel)
    some = [line for line in lines[skipped:] if line.strip()]
    if not some:
        raise DataError(f"{path} is empty; give a file with a header and rows")
    expected = next((s for end, s in _EXPECTED.items() if ending.endswith(end)), None)
    separator = excel[1] if excel and excel[1] in SEPARATORS else _choose(some, headers, expected)
    if separator != expected and not excel and fields(some[0], separator)[1:]:
        notes.append(f"{path.name}: the columns are separated by {SEPARATORS[separator][0]}")
    if SEPARATORS[separator][1] and separator not in LOOSE and some[0].count('"') % 2:
        raise DataError(
            f"{path}: a quotation mark in the header (line {skipped + 1}) is not closed in it; "
            "give the columns plain names"
        )
    rows = tuple(tuple(fields(line, separator)) for line in some)
    found = Layout(path, separator, rows[0], skipped + 1, SEPARATORS[separator][1], rows[1:])
    return found if _is_header(rows[0], headers) else found.without_header()


def is_number(name: str) -> bool:
    """Tell whether a field is a number, as no name of a column is but by accident."""
    return _NUMBER.fullmatch(name) is not None


def _is_header(first: Sequence[str], headers: Sequence[Sequence[str]]) -> bool:
    """Tell a header from a row: it has the names, or no numbers, or counts its columns."""
    numbers = [name for name in first if is_number(name)]
    counted = [[str(i + start) for i in range(len(first))] for start in (0, 1)]
    named = any(set(names) <= set(first) - set(numbers) for names in headers)
    return named or not numbers or list(first) in counted


def listed(names: Sequence[str], most: int = 30) -> str:
    """Put names into quotes, some of them where there are very many."""
    some = [f"'{name if len(name) <= 80 else name[:80] + '...'}'" for name in names[:most]]
    more = [f"and {len(names) - most:,} more"] if len(names) > most else []
    return ", ".join(some + more) or "none"


def fields(line: str, separator: str) -> list[str]:
    """Split a line; blanks around a field are no part of it."""
    parts: Iterable[str] = line.split(separator)
    if SEPARATORS[separator][1] and '"' in line:
        with suppress(csv.Error):  # a field longer than it takes
            parts = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    return [part.strip() for part in parts]


def is_ratings(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether columns without names must be user, item, rating and time.

    Two columns of whole numbers, one of small numbers, one of seconds or milliseconds since 1970
    that are later than March 1973.
    """
    return all(
        len(row) == 4
        and all(map(_INTEGER.fullmatch, (row[0], row[1], row[3])))
        and is_number(row[2])
        and abs(float(row[2])) <= 100
        and (10**8 <= int(row[3]) < 10**10 or 10**11 <= int(row[3]) < 10**13)
        for row in rows
    )


def _first_lines(path: Path) -> list[str]:
    start = streams.beginning(path)
    text = streams.as_utf8(start)[0].decode("utf-8").replace("\r\n", "\n")
    lines = text.split("\n") if "\n" in text else text.split("\r")
    if len(lines) > 1 and len(start) == streams.BEGINNING:
        lines.pop()  # most likely cut off
    return lines[:_LINES]


def _choose(lines: list[str], headers: Sequence[Sequence[str]], expected: str | None) -> str:
    """Take the separator that finds the wanted names, else one that cuts all lines alike."""
    header = lines[0]
    split = [s for s in SEPARATORS if s in header]
    named = [s for s in split if any(set(names) <= set(fields(header, s)) for names in headers)]
    alike = [s for s in split if len({_count(line, s) for line in lines}) == 1]
    for candidates in (named, alike, split):
        if expected in candidates:
            return str(expected)
        if candidates:
            return _most_fields(candidates, header)
    return expected or ","


def _most_fields(candidates: list[str], header: str) -> str:
    """Take the one that cuts into most fields; spaces only where nothing else cuts."""
    others = [s for s in candidates if s != " "] or candidates
    return max(others, key=lambda s: _count(header, s))


def _count(line: str, separator: str) -> int:
    return _QUOTED.sub("", line).count(separator)
