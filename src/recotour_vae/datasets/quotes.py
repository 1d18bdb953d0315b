"""Which quotation marks of a text enclose a field, and which are letters.

A mark at the start of a field opens it, two marks inside stand for one, and the mark that closes it
is followed by a separator or the end of the line. A mark in the middle of a field that has none at
its start (5" disc) is a letter. Anything else is a mistake: what follows such a mark could be read
in two ways.
"""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]

QUOTE, END = ord('"'), ord("\n")


class MisquotedError(Exception):
    """A field is opened by a mark and not closed as it should be."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place  # of the mark, in bytes


def enclosing(text: bytes, separator: bytes) -> Places:
    """Give the places of the marks that enclose; what has an odd number before it is inside.

    Their number is odd when the last field is not closed before the text ends.

    Raises
    ------
    MisquotedError
        A field is closed by a mark in front of other letters.
    """
    letters = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero(letters == QUOTE)
    return marks if _regular(letters, marks, separator[0]) else _one_by_one(text, separator)


def end_of_rows(text: bytes, marks: Places) -> int:
    """Give the place behind the last line end that is outside of the enclosing marks."""
    end = text.rfind(b"\n")
    while end >= 0 and (before := int(np.searchsorted(marks, end))) % 2:
        end = text.rfind(b"\n", 0, int(marks[before - 1]))
    return end + 1


def _regular(letters: npt.NDArray[np.uint8], marks: Places, separator: int) -> bool:
    """Tell whether all marks, taken in turn as opening and closing, stand where these may."""
    opening, closing = marks[0::2], marks[1::2]
    before = letters[opening[opening > 0] - 1]
    after = letters[closing[closing < len(letters) - 1] + 1]
    around = np.concatenate([before, after])  # a mark beside a mark is one of a pair of them
    return bool(((around == separator) | (around == END) | (around == QUOTE)).all())


def _one_by_one(text: bytes, separator: bytes) -> Places:
    found: list[int] = []
    for field in _field(separator).finditer(text):
        start = field.start()
        if field["closed"] is not None:
            found += [start, field.end() - 1]
        elif field["open"] is not None:
            found.append(start)
        else:
            raise MisquotedError(start)
    return np.array(found, np.int64)


@lru_cache
def _field(separator: bytes) -> re.Pattern[bytes]:
    """Match a field that begins with a mark: closed, open until the text ends, or neither."""
    mark = re.escape(separator)
    inside = rb'(?>[^"]++|"")*+'
    return re.compile(
        rb"(?:\A|(?<=[%b\n]))\"(?:(?P<closed>%b\"(?=[%b\n]|\Z))|(?P<open>%b\Z)|)"
        % (mark, inside, mark, inside)
    )
