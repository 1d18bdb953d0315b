"""Print what a reader meets on the main path of each chapter, as the last build counted it.

Usage: python book/counts.py [--keep]

`_ext/chapter_counts.py` says what counts. With --keep, where a chapter's words, visible cells and
lines of code have become fewer, the new numbers are kept in `counts.json`: no chapter may have more
than stands there (tests/test_book_counts.py). A new chapter is added as it is.
"""

import json
import sys
from pathlib import Path

BOOK = Path(__file__).parent
BUILT = BOOK / "_build" / "counts.json"
MOST = BOOK / "counts.json"
LIMITED = ("words", "cells", "lines")
COLUMNS = ("minutes", *LIMITED, "formulas", "figures", "tables", "interactive")
HEADS = {"cells": "visible cells", "lines": "lines of code"}

Counts = dict[str, dict[str, int]]


def read(path: Path) -> Counts:
    """Read counts, none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def as_text(counts: Counts) -> str:
    """Write the counts as a table, with the sum below."""
    total = {column: sum(one[column] for one in counts.values()) for column in COLUMNS}
    rows = [[name, *(one[column] for column in COLUMNS)] for name, one in counts.items()]
    lines = [["chapter", *(HEADS.get(column, column) for column in COLUMNS)], *rows]
    lines.append(["all", *total.values()])
    widths = [max(len(str(cell)) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if n == 0 else f"{cell:>{width}}"
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def lower(most: Counts, built: Counts) -> Counts:
    """Give the limits with what was built: none of them rises."""
    return {
        name: {
            column: min(one[column], most.get(name, one).get(column, one[column]))
            for column in LIMITED
        }
        for name, one in built.items()
    }


def main(arguments: list[str]) -> int:
    """Print the table; keep the limits when asked to."""
    built = read(BUILT)
    if not built:
        print("No counts: build the book first (`make book`).", file=sys.stderr)
        return 1
    print(as_text(built))
    if "--keep" in arguments:
        MOST.write_text(json.dumps(lower(read(MOST), built), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
