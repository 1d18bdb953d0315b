"""Tables under results/ that grow by one line a run, also from several processes at once.

Columns are open: a table may have fewer than today's code writes, and others of its own. A row
that brings a new one gives it to the whole file, where older rows have an empty cell.

A file may end without the end of a line, and the number of fields says why. A last row with as many
as the header is whole: an editor saved the file so, and it counts. One with fewer, or with a
quotation that does not end, is what a killed process left, and does not. So that a cut within the
last field is seen too, that one is written with quotation marks.
"""

import csv
import fcntl
import io
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.errors import DataWarning, ExperimentError
from recotour_vae.files.whole import whole

_TEXTS = {"run": str, "commit": str, "code": str, "today": str}  # some look like numbers


@dataclass(frozen=True)
class Rows:
    """A CSV file to which rows are appended whole.

    Attributes
    ----------
    path
        Of the file; it need not be there.
    columns
        That it begins with.
    identity
        Those that say what a row is about, which file and row cannot do without; all of
        `columns` where nothing is said.
    """

    path: Path
    columns: tuple[str, ...]
    identity: tuple[str, ...] = ()

    def read(self) -> pd.DataFrame:
        """Give the rows; an empty table before the first.

        Returns
        -------
        pandas.DataFrame
            With today's columns, empty where the file lacks them, and then the file's own.

        Raises
        ------
        ExperimentError
            When the file has no rows of this kind.
        """
        rows = _whole_rows(self._bytes())
        if not rows:
            return pd.DataFrame(columns=list(self.columns))
        table = pd.read_csv(io.BytesIO(rows), dtype=_TEXTS)
        if lacking := self._lacking(table.columns):
            raise ExperimentError(
                f"{self.path} has other columns than today's and lacks {', '.join(lacking)}; move "
                "it away, and run again."
            )
        own = [name for name in table.columns if name not in self.columns]
        return table.reindex(columns=[*self.columns, *own])

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row as one line, whatever other processes do meanwhile.

        Parameters
        ----------
        row
            By column. Those it leaves out stay empty; a new one is given to the whole file.

        Raises
        ------
        ExperimentError
            When the row does not say what it is about, or cannot be written.
        """
        if lacking := self._lacking(row):
            raise ExperimentError(
                f"A row for {self.path} lacks {', '.join(lacking)}; give it a value there."
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked() as file:
                self._add(file, row)
        except OSError as error:
            raise ExperimentError(
                f"{self.path} cannot be written ({error}); make room or give another --results."
            ) from error

    def has(self, **about: Any) -> bool:
        """Whether there is a row about this, which is said by columns of its identity."""
        table = self.read()
        same = [table[name].astype(str) == str(value) for name, value in about.items()]
        return bool(pd.concat(same, axis=1).all(axis=1).any())

    def _lacking(self, columns: Iterable[str]) -> list[str]:
        present = set(columns)
        return [name for name in self.identity or self.columns if name not in present]

    def _bytes(self) -> bytes:
        """Read the file, and wait for whoever is in the middle of a line."""
        if not self.path.exists():
            return b""
        text = self.path.read_bytes()
        if text.endswith(b"\n"):
            return text
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return file.read()

    @contextmanager
    def _locked(self) -> Iterator[io.FileIO]:
        """Open the file for ourselves; one that took its place while we waited is the right one."""
        while True:
            with self.path.open("ab", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                ours = os.fstat(file.fileno())
                if self.path.exists() and os.path.samestat(ours, self.path.stat()):
                    yield file
                    return

    def _add(self, file: io.FileIO, row: Mapping[str, Any]) -> None:
        """Write a line after the last whole one, or all lines where there is a new column."""
        text = self.path.read_bytes()
        rows = _whole_rows(text)
        if len(rows) < len(text):
            message = f"{self.path} ended in the middle of a line; that part of a row is taken out"
            warnings.warn(message, DataWarning, stacklevel=2)
        columns = _fields(rows.partition(b"\n")[0]) if rows else list(self.columns)
        new = [name for name in row if name not in columns and not pd.isna(row[name])]
        line = _line(row, [*columns, *new])
        if rows and new:
            self._write_anew(_widened(rows, new) + line)
            return
        line = rows[len(text) :] + (b"" if rows else _plain([[*columns, *new]])) + line
        _append(file, line, min(len(rows), len(text)))

    def _write_anew(self, rows: bytes) -> None:
        """Write the whole file, all or nothing, and locked before anybody sees it."""
        with ExitStack() as stack, whole(self.path, ExperimentError) as partial:
            file = stack.enter_context(partial.open("wb"))
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(rows)
            file.flush()


def _whole_rows(text: bytes) -> bytes:
    """Give the lines that are whole, each with its end; none where not even the header is."""
    rows, end, last = text.rpartition(b"\n")
    if end and last and len(_fields(last)) == len(_fields(rows.partition(b"\n")[0])):
        return text + end
    return rows + end


def _fields(line: bytes) -> list[str]:
    """Cut a line into its fields; there are none where a quotation does not end."""
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])
    except (csv.Error, UnicodeDecodeError):
        return []


def _line(row: Mapping[str, Any], columns: list[str]) -> bytes:
    """Give a row as one line, its last cell with quotation marks."""
    *cells, last = (_cell(row.get(name)) for name in columns)
    quoted = '"' + last.replace('"', '""') + '"\n'
    return b",".join([*([_plain([cells]).rstrip(b"\n")] if cells else []), quoted.encode()])


def _widened(rows: bytes, new: list[str]) -> bytes:
    """Give a file's lines with more columns, empty but for the header."""
    header, *old = csv.reader(io.StringIO(rows.decode(), newline=""))
    return _plain([[*header, *new], *([*cells, *[""] * len(new)] for cells in old if cells)])


def _plain(lines: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Write a value as one line, also where it has several, a message say."""
    return "" if pd.isna(value) else " ".join(str(value).splitlines())


def _append(file: io.FileIO, line: bytes, end: int) -> None:
    """Write after a place, and leave nothing there where the disk is full."""
    try:
        file.truncate(end)
        while line:
            line = line[file.write(line) :]
    except OSError:
        file.truncate(end)
        raise


def pack(values: Any, decimals: int | None = None) -> str:
    """Put numbers of six digits, or of so many decimals, in one cell with blanks between.

    Most test users of a sparse catalogue have a metric of zero, so zeros are not padded.
    """
    rounded = values if decimals is None else (round(float(value), decimals) for value in values)
    return " ".join(f"{value:g}" for value in rounded)


def unpack(cell: str) -> list[float]:
    """Take the numbers out of a cell again."""
    return [float(number) for number in str(cell).split()]
