"""Each row of a block of text has as many fields as the header, or the first that has not is named.

Most blocks are checked by one comparison: what is left of the text when all but separators and line
ends are deleted must be the same few bytes, again and again.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recotour_vae.datasets.quotes import END, MisquotedError, enclosing

Places = npt.NDArray[np.int64]


class RaggedError(Exception):
    """A row has another number of fields than the header."""

    def __init__(self, row: int, line: int, fields: int) -> None:
        super().__init__(row, line, fields)
        self.row, self.line, self.fields = row, line, fields  # the first two from 0, in the block


@dataclass(frozen=True)
class Rows:
    """How many rows a block has, and in which of its lines each begins."""

    count: int
    n_lines: int
    lines: Places | None = None  # from 0; None where each row is a line
    spanning: bool = False  # whether some row is more than a line

    def line(self, row: int) -> int:
        """Give the line, from 0, in which a row begins."""
        return row if self.lines is None else int(self.lines[row])


def count_rows(
    block: bytes, separator: bytes, n_fields: int, quoted: bool, enclosed: Places | None = None
) -> Rows:
    """Check that every row has `n_fields` fields, blank lines left out.

    Parameters
    ----------
    block
        Whole rows, the last ended by a line end.
    separator
        One byte.
    n_fields
        Two or more.
    quoted
        Whether fields may be enclosed in quotation marks.
    enclosed
        Places of the marks that enclose, where they are known.

    Raises
    ------
    RaggedError
        A row has more fields, or fewer.
    MisquotedError
        A quotation mark is not closed, or closed in front of other letters.
    """
    if not quoted or b'"' not in block:
        enclosed = np.array([], np.int64)
        kept = separator
    else:
        enclosed = enclosing(block, separator) if enclosed is None else enclosed
        kept = separator + b'"' if len(enclosed) == block.count(b'"') else b""
    if len(enclosed) % 2:
        raise MisquotedError(int(enclosed[-1]))
    alike = _all_alike(block, separator, kept, n_fields) if kept else None
    return alike or _one_by_one(block, separator, n_fields, enclosed)


def _all_alike(block: bytes, separator: bytes, kept: bytes, n_fields: int) -> Rows | None:
    """Count rows that are all like the first, with nothing but letters in quotation marks."""
    marks = block.translate(None, _all_but(kept))
    first = marks[: marks.find(b"\n") + 1]
    n_rows, rest = divmod(len(marks), len(first))
    usual = first.replace(b'""', b"") == separator * (n_fields - 1) + b"\n"
    return Rows(n_rows, n_rows) if usual and not rest and marks == first * n_rows else None


@lru_cache
def _all_but(kept: bytes) -> bytes:
    return bytes(set(range(256)) - {*kept, END})


def _one_by_one(block: bytes, separator: bytes, n_fields: int, enclosed: Places) -> Rows:
    letters = np.frombuffer(block, np.uint8)
    encloses = np.zeros(len(letters), bool)
    encloses[enclosed] = True
    marks = np.flatnonzero(encloses | (letters == separator[0]) | (letters == END))
    line_ends = marks[letters[marks] == END]
    within = np.cumsum(encloses[marks], dtype=np.int32) % 2 == 1
    marks = marks[~within & ~encloses[marks]]
    ends = np.flatnonzero(letters[marks] == END)  # of rows, among the marks
    fields = np.diff(ends, prepend=-1)
    starts = np.concatenate([[0], marks[ends[:-1]] + 1])
    lines = np.searchsorted(line_ends, starts)
    kept = ~_blank(block, starts, marks[ends], fields)
    bad = np.flatnonzero(kept & (fields != n_fields))
    if len(bad):
        row = int(kept[: bad[0]].sum())
        raise RaggedError(row, int(lines[bad[0]]), int(fields[bad[0]]))
    spanning = len(starts) < len(line_ends)
    plain = kept.all() and not spanning
    return Rows(int(kept.sum()), len(line_ends), None if plain else lines[kept], spanning)


def _blank(block: bytes, starts: Places, ends: Places, fields: Places) -> npt.NDArray[np.bool_]:
    """Tell which lines hold nothing but blanks."""
    blank = np.zeros(len(starts), bool)
    for row in np.flatnonzero(fields == 1):
        blank[row] = not block[starts[row] : ends[row]].strip(b" \t")
    return blank
