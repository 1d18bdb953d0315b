"""How the chapters' tables look: one function makes them all, from data frames.

A chapter's first cell calls `show_tables`, and from then on every data frame that a cell ends with
is shown by `table`: without an index that only counts rows, with one row of heads, numbers to the
right and words to the left, rounded. As plain text it is the same table, whole.
"""

import html
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

SCROLLER: Final = "table-scroll"
MOST_DECIMALS: Final = 8  # a column that was rounded to so many, or fewer, keeps them
DIGITS: Final = 4  # significant ones of the largest number, in a column that was not rounded
NOTHING: Final = "–"
NUMBER: Final = re.compile(r"[-+−–<>≤≥≈~±\d.,\s%()?*×e]*\d[-+−–<>≤≥≈~±\d.,\s%()?*×e]*")


@dataclass(frozen=True)
class Cell:
    """A word or a number of a table, and over how many rows and columns it goes."""

    text: str
    right: bool = False
    head: bool = False
    columns: int = 1
    rows: int = 1

    def html(self) -> str:
        """Write it as HTML, with its side beside it, so that it looks the same everywhere."""
        tag = "th" if self.head and self.text else "td"  # an empty corner heads nothing
        spans = [f' {name}span="{n}"' for name, n in self._spans() if n > 1]
        side = "right" if self.right else "left"
        words = html.escape(self.text).replace("\n", "<br>")
        return f'<{tag}{"".join(spans)} style="text-align: {side}">{words}</{tag}>'

    def _spans(self) -> tuple[tuple[str, int], tuple[str, int]]:
        return ("col", self.columns), ("row", self.rows)


@dataclass(frozen=True)
class Table:
    """A table, ready to be shown: rows of heads, and rows."""

    heads: tuple[tuple[Cell, ...], ...]
    rows: tuple[tuple[Cell, ...], ...]

    def _repr_html_(self) -> str:
        head, body = ("\n".join(map(_html_row, rows)) for rows in (self.heads, self.rows))
        return (
            f'<div class="{SCROLLER}"><table class="dataframe">\n<thead>\n{head}\n</thead>\n'
            f"<tbody>\n{body}\n</tbody>\n</table></div>"
        )

    def __repr__(self) -> str:
        """Write the table as text, a line a row."""
        lines = [*_fill(self.heads), *_fill(self.rows)]
        rights = [cell.right for cell in (*_fill(self.rows), *_fill(self.heads)[-1:])[0]]
        texts = [[cell.text.replace("\n", " ") for cell in line] for line in lines]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        written = (_line(text, widths, rights) for text in texts)
        return "\n".join(written)


def table(frame: "pd.DataFrame") -> Table:
    """Make the table of a data frame.

    Parameters
    ----------
    frame
        What it shows. Unnamed row numbers are left out unless they are 1, 2, 3 ..., which are
        places. A column that was rounded keeps its decimals, any other gets four digits.
    """
    columns = [_column(frame.iloc[:, n].tolist()) for n in range(frame.shape[1])]
    index = [] if says_nothing(frame.index) else _index(frame.index)
    heads = _heads(frame, [right for _, right in columns], n_index=len(index))
    rows = [
        [
            *(cell for level in index if (cell := level[row]) is not None),
            *(Cell(texts[row], right) for texts, right in columns),
        ]
        for row in range(len(frame))
    ]
    return Table(tuple(map(tuple, heads)), tuple(map(tuple, rows)))


def show_tables() -> None:
    """Show data frames by `table` from now on; nothing happens outside a notebook."""
    import IPython
    import pandas as pd

    shell = IPython.get_ipython()
    if shell is not None:
        formatters = shell.display_formatter.formatters
        formatters["text/html"].for_type(pd.DataFrame, lambda frame: table(frame)._repr_html_())
        formatters["text/plain"].for_type(pd.DataFrame, _print)


def _print(frame: "pd.DataFrame", printer: Any, cycle: bool) -> None:
    printer.text(repr(table(frame)))


def says_nothing(index: "pd.Index[Any]") -> bool:
    """Tell whether an index only counts rows, and not from one as places are counted."""
    from pandas.api.types import is_integer_dtype

    if index.nlevels > 1 or index.name is not None or not is_integer_dtype(index.dtype):
        return False
    return index.tolist() != list(range(1, len(index) + 1)) or index.empty


# Columns.


def _column(values: list[Any]) -> tuple[list[str], bool]:
    """Give what stands in a column, and whether it stands to the right."""
    if any(isinstance(value, float) for value in values) and all(map(_is_number, values)):
        write = _writer([float(value) for value in values if value == value])
        return [NOTHING if value != value else write(float(value)) for value in values], True
    texts = [_text(value) for value in values]
    said = [text for text in texts if text not in ("", NOTHING)]
    return texts, bool(said) and all(NUMBER.fullmatch(text) for text in said)


def _is_number(value: Any) -> bool:
    import numpy as np

    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _text(value: Any) -> str:
    import numpy as np

    if value is None or (isinstance(value, float) and np.isnan(value)):
        return NOTHING
    return _writer([value])(value) if isinstance(value, float) else str(value)


def _writer(values: list[float]) -> Callable[[float], str]:
    """Choose the decimals of a column."""
    import numpy as np

    finite = np.array([value for value in values if np.isfinite(value)])
    largest = float(np.abs(finite).max(initial=0.0))
    places = next((n for n in range(MOST_DECIMALS + 1) if _is_rounded(finite, n)), None)
    if places is not None and places > DIGITS and _are_short(finite):
        return lambda value: f"{value:g}"
    if places is None and largest < 10.0 ** (1 - DIGITS):
        return lambda value: f"{value:.{DIGITS - 2}e}"
    if places is None:
        places = max(0, DIGITS - max(1, len(str(int(largest)))))
    return lambda value: f"{value:.{places}f}"


def _are_short(values: Any) -> bool:
    """Tell whether numbers of all sizes have few digits each, as 0.1 and 1e-06 have."""
    return all(float(f"{value:.2g}") == value for value in values)


def _is_rounded(values: Any, places: int) -> bool:
    import numpy as np

    return bool(np.allclose(values, np.round(values, places), rtol=1e-12, atol=1e-12))


# Heads: one row, unless the columns have several levels or a name beside that of the index.


def _index(index: "pd.Index[Any]") -> list[list[Cell | None]]:
    """Give the cells of each level; None where the one above goes on."""
    levels = [_column(index.get_level_values(n).tolist()) for n in range(index.nlevels)]
    cells = []
    for n, (texts, right) in enumerate(levels):
        above = list(zip(*(texts for texts, _ in levels[: n + 1]), strict=True))
        last = n == len(levels) - 1
        runs = [1] * len(texts) if last else [len(list(run)) for _, run in groupby(above)]
        cells.append(_spread(texts, runs, right))
    return cells


def _spread(texts: list[str], runs: list[int], right: bool) -> list[Cell | None]:
    cells: list[Cell | None] = []
    for length in runs:
        cells += [Cell(texts[len(cells)], right, head=True, rows=length), *[None] * (length - 1)]
    return cells


def _heads(frame: "pd.DataFrame", rights: list[bool], n_index: int) -> list[list[Cell]]:
    columns = frame.columns
    names = [_name(name) for name in frame.index.names][:n_index]
    tops = [[_name(name) for name in columns.get_level_values(n)] for n in range(columns.nlevels)]
    titles = [_name(name) for name in columns.names]
    if columns.nlevels == 1 and titles[0] and n_index and not any(names):
        names, titles = [titles[0], *names[1:]], [""]
    rows = []
    if columns.nlevels == 1 and titles[0]:  # over all columns, what they are
        rows.append([*_corner(n_index), Cell(titles[0], head=True, columns=len(columns))])
    for n, words in enumerate(tops[:-1]):
        paths = list(zip(*tops[: n + 1], strict=True))
        lengths = [len(list(run)) for _, run in groupby(paths)]
        cells = _spread(words, lengths, right=False)
        spans = [Cell(c.text, head=True, columns=c.rows) for c in cells if c is not None]
        rows.append([*_corner(n_index, titles[n]), *spans])
    last = [Cell(word, right, head=True) for word, right in zip(tops[-1], rights, strict=True)]
    return [*rows, [*(Cell(name, head=True) for name in names), *last]]


def _corner(n_index: int, title: str = "") -> list[Cell]:
    return [Cell(title, head=True, columns=n_index)] if n_index else []


def _name(name: Hashable) -> str:
    return "" if name is None else str(name)


# Text.


def _html_row(cells: Iterable[Cell]) -> str:
    return f"<tr>{''.join(cell.html() for cell in cells)}</tr>"


def _fill(rows: tuple[tuple[Cell, ...], ...]) -> list[list[Cell]]:
    """Give every row all its cells: what spans several stands in the first, the rest is empty."""
    filled: list[list[Cell]] = []
    waiting: dict[int, int] = {}  # place → rows that the cell above it still takes
    for row in rows:
        cells = iter(row)
        line: list[Cell] = []
        while True:
            if waiting.get(len(line), 0):
                waiting[len(line)] -= 1
                line.append(Cell(""))
                continue
            cell = next(cells, None)
            if cell is None:
                break
            waiting[len(line)] = cell.rows - 1
            line += [cell, *[Cell("")] * (cell.columns - 1)]
        filled.append(line)
    return filled


def _line(texts: list[str], widths: list[int], rights: list[bool]) -> str:
    padded = (
        text.rjust(width) if right else text.ljust(width)
        for text, width, right in zip(texts, widths, rights, strict=True)
    )
    return "  ".join(padded).rstrip()
