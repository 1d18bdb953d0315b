"""The titles of a run's items as a table that a person can read, and is read back exactly."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from recotour_vae.errors import CheckpointError
from recotour_vae.files.whole import write_text

_HEADER: Final = ["item", "title"]


def clean(text: str) -> str:
    """Put a blank where a text breaks its line: a title is one line of a table, and of a list."""
    return " ".join(text.splitlines()).encode("utf-8", "replace").decode()


def titles_fingerprint(items: Iterable[Any], titles: Iterable[str]) -> str:
    """Name a table of titles by its content."""
    return hashlib.sha256(_table(items, titles).encode()).hexdigest()[:16]


def write_titles(path: Path, items: Iterable[Any], titles: Iterable[str]) -> None:
    """Write the title of each item, in the order of the columns.

    Raises
    ------
    CheckpointError
        When it cannot be written; an older table is then left as it was.
    """
    write_text(path, _table(items, titles))


def read_titles(path: Path, items: Sequence[Any]) -> tuple[str, ...]:
    """Read the titles of all columns.

    Parameters
    ----------
    path
        Of what `write_titles` wrote.
    items
        Raw id of each column; the table has to hold these, in this order.

    Raises
    ------
    CheckpointError
        When the table is missing, is no such table, or is of other items.
    """
    rows = _rows(path)
    if not rows or rows[0] != _HEADER:
        raise _spoilt(path, "does not begin with item,title")
    bad = [number for number, row in enumerate(rows[1:], 1) if len(row) != len(_HEADER)]
    if bad:
        raise _spoilt(path, f"has {len(rows[bad[0]])} fields in row {bad[0]}, not 2")
    if len(rows) - 1 != len(items):
        raise _spoilt(path, f"has {len(rows) - 1:,} titles and the run {len(items):,} items")
    for number, (row, item) in enumerate(zip(rows[1:], items, strict=True), 1):
        if row[0] != clean(str(item)):
            raise _spoilt(path, f"has item '{row[0]}' in row {number}, where the run has '{item}'")
    return tuple(title for _, title in rows[1:])


def _rows(path: Path) -> list[list[str]]:
    try:
        return _parsed(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise _spoilt(path, "is missing") from error
    except UnicodeDecodeError as error:
        raise _spoilt(path, "is not in UTF-8") from error
    except (OSError, csv.Error) as error:
        raise _spoilt(path, f"cannot be read ({error})") from error


def _parsed(text: str) -> list[list[str]]:
    limit = csv.field_size_limit(len(text) + 1)  # a title may be as long as it likes
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    finally:
        csv.field_size_limit(limit)


def _table(items: Iterable[Any], titles: Iterable[str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(
        [clean(str(item)), clean(title)] for item, title in zip(items, titles, strict=True)
    )
    return text.getvalue()


def _spoilt(path: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"{path} {what}; the command that trained the run writes it again with --resume, and "
        "runs.keep_data does so in Python."
    )
