"""Where a row of a table is in its file, in words that a person can follow."""

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from recotour_vae.datasets.rows import Rows


@dataclass
class Source:
    """The file of a table, and for text the line in which each row begins.

    Rows are counted from 1, the header left out; lines from 1, all of them.
    """

    path: Path
    _starts: list[int] = field(default_factory=list)  # rows before each block
    _blocks: list[tuple[int, Rows]] = field(default_factory=list)  # lines before it, and it

    def __str__(self) -> str:
        return str(self.path)

    def add(self, rows_before: int, lines_before: int, rows: Rows) -> None:
        """Keep where the rows of a block are."""
        self._starts.append(rows_before)
        self._blocks.append((lines_before, rows))

    def row(self, number: int) -> str:
        """Name a row, given its place in the table from 0."""
        if not self._starts:
            return f"row {number + 1}"
        block = bisect_right(self._starts, number) - 1
        lines_before, rows = self._blocks[block]
        line = lines_before + rows.line(number - self._starts[block])
        return row_and_line(number, line)


def row_and_line(row: int, line: int) -> str:
    """Name a row and its line, both given from 0."""
    return f"row {row + 1} (line {line + 1})"
