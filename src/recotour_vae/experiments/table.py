"""Tables under results/ that grow by one line a run, also from several processes at once."""

import fcntl
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.errors import DataWarning, ExperimentError


@dataclass(frozen=True)
class Rows:
    """A CSV file with fixed columns, to which rows are appended whole."""

    path: Path
    columns: tuple[str, ...]

    def read(self) -> pd.DataFrame:
        """Give the rows; an empty table before the first.

        Raises
        ------
        ExperimentError
            When the file has other columns.
        """
        whole = self._whole_lines()
        if not whole:
            return pd.DataFrame(columns=list(self.columns))
        lines = io.BytesIO(whole)
        table = pd.read_csv(lines, dtype={"run": str, "commit": str, "code": str, "today": str})
        if tuple(table.columns) != self.columns:
            raise ExperimentError(
                f"{self.path} has other columns than today's; move it away, and run again."
            )
        return table

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row as one line, whatever other processes do meanwhile.

        Raises
        ------
        ExperimentError
            When the row has other columns than the table, or cannot be written.
        """
        if set(row) != set(self.columns):
            odd = sorted(set(row) ^ set(self.columns))
            raise ExperimentError(f"A row for {self.path} has other columns: {', '.join(odd)}.")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._append_whole(file, row)
        except OSError as error:
            raise ExperimentError(
                f"{self.path} cannot be written ({error}); make room or give another --results."
            ) from error

    def _whole_lines(self) -> bytes:
        """Read the file without the part of a line that a killed process may have left."""
        text = self.path.read_bytes() if self.path.exists() else b""
        return text[: text.rfind(b"\n") + 1]

    def _append_whole(self, file: io.FileIO, row: Mapping[str, Any]) -> None:
        """Write a line after the last whole one, and leave no part of it where the disk is full."""
        end = len(self._whole_lines())
        if end < self.path.stat().st_size:
            message = f"{self.path} ended in the middle of a line; that part of a row is taken out"
            warnings.warn(message, DataWarning, stacklevel=2)
        line = self._line(row, header=not end)
        try:
            file.truncate(end)
            while line:
                line = line[file.write(line) :]
        except OSError:
            file.truncate(end)
            raise

    def _line(self, row: Mapping[str, Any], header: bool) -> bytes:
        """Give one line, also where a cell has several, a message say."""
        cells = {name: _in_one_line(cell) for name, cell in row.items()}
        table = pd.DataFrame([cells], columns=list(self.columns))
        return table.to_csv(index=False, header=header).encode()


def _in_one_line(cell: Any) -> Any:
    return " ".join(cell.splitlines()) if isinstance(cell, str) else cell


def pack(values: Any, decimals: int | None = None) -> str:
    """Put numbers of six digits, or of so many decimals, in one cell with blanks between.

    Most test users of a sparse catalogue have a metric of zero, so zeros are not padded.
    """
    rounded = values if decimals is None else (round(float(value), decimals) for value in values)
    return " ".join(f"{value:g}" for value in rounded)


def unpack(cell: str) -> list[float]:
    """Take the numbers out of a cell again."""
    return [float(word) for word in str(cell).split()]
