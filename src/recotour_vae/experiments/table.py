"""Tables under results/ that grow by one line a run, also from several processes at once."""

import fcntl
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recotour_vae.errors import ExperimentError


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
        if not self.path.exists() or not self.path.stat().st_size:
            return pd.DataFrame(columns=list(self.columns))
        table = pd.read_csv(self.path, dtype={"run": str, "commit": str, "code": str, "today": str})
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
            with self.path.open("a", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(self._line(row, header=not file.tell()))
        except OSError as error:
            raise ExperimentError(
                f"{self.path} cannot be written ({error}); make room or give another --results."
            ) from error

    def _line(self, row: Mapping[str, Any], header: bool) -> str:
        text = io.StringIO()
        table = pd.DataFrame([row], columns=list(self.columns))
        table.to_csv(text, index=False, header=header)
        return text.getvalue()


def pack(values: Any, decimals: int | None = None) -> str:
    """Put numbers of six digits, or of so many decimals, in one cell with blanks between.

    Most test users of a sparse catalogue have a metric of zero, so zeros are not padded.
    """
    rounded = values if decimals is None else (round(float(value), decimals) for value in values)
    return " ".join(f"{value:g}" for value in rounded)


def unpack(cell: str) -> list[float]:
    """Take the numbers out of a cell again."""
    return [float(word) for word in str(cell).split()]
