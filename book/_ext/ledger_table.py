"""The execution ledger as a page shows it: what was measured of each notebook, in words and tables.

    ```{ledger-table}
    ```

stands for it in a page. It is made of `results/notebooks.csv` when the page is built; before the
first notebook is measured it is a sentence that says so. A row whose notebook has other code cells
today says that too.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from docutils.statemachine import StringList
from numbered_tables import numbered_table, table_caption
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from recotour_book import ledger
from recotour_vae.errors import RecotourError

NOBODY: Final = (
    "No notebook was measured yet: `make ledger` runs them one after the other, and this page, "
    "built again, has their table."
)
HEADS: Final = ("notebook", "s", "MB", "cells", "set-up", "commit")
SIDES: Final = ("---", "---:", "---:", "---:", "---", "---")
FILE_HEADS: Final = ("data file", "SHA-256", "read by")
CHANGED: Final = "(*its code has changed since*)"
NOTHING: Final = "–"
CAPTION: Final = (
    "What each notebook took, in one run: seconds from the start of its process to its end, "
    "the most memory that the process had, in millions of bytes, and how many cells of code it has."
)
FILE_CAPTION: Final = (
    "The data files that they opened, with the first digits of their SHA-256: stored results, "
    "downloads (cache) and files of one's own (data)."
)

Setup = tuple[str, int, str]  # device, processors, versions


def setups(rows: Sequence[ledger.Row]) -> dict[Setup, str]:
    """Give a letter to each machine and versions that notebooks were run with."""
    found = dict.fromkeys((row.device, row.processors, row.versions) for row in rows)
    return {setup: chr(ord("A") + n) for n, setup in enumerate(found)}


def said(rows: Sequence[ledger.Row], n_all: int) -> Iterator[str]:
    """Say how much is measured, on what machine and with what."""
    seconds = sum(row.seconds for row in rows)
    together = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
    yield f"Measured: {len(rows)} of {n_all} notebooks, in {together} together."
    if others := sum(row.code != ledger.library_code() for row in rows):
        yield f"The library's code has changed since {others} of them were measured."
    yield ""
    for (device, processors, versions), letter in setups(rows).items():
        where = "the CPU alone" if device == "cpu" else device
        yield f"- **Set-up {letter}**: {where}, {counted(processors)}; {versions}."


def counted(processors: int) -> str:
    """Say how many processors a notebook could use."""
    return "one processor" if processors == 1 else f"{processors} processors"


def lines(
    names: Sequence[str], rows: dict[str, ledger.Row], old: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Give the cells of the table, a row a notebook, also of those that are not measured."""
    letters = setups([rows[name] for name in names if name in rows])
    for name in names:
        link = f"{{doc}}`/{name}`"
        if name not in rows:
            yield (link, *[NOTHING] * (len(HEADS) - 1))
            continue
        row = rows[name]
        numbers = f"{row.seconds:.0f}", f"{row.peak_mb:.0f}", str(row.cells)
        letter = letters[row.device, row.processors, row.versions]
        yield f"{link} {CHANGED}" if name in old else link, *numbers, letter, row.commit


def files(rows: Sequence[ledger.Row]) -> Iterator[tuple[str, str, str]]:
    """Give the cells of the table of data files, a row a file as it was."""
    readers: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, _, digest in (one.rpartition(" ") for one in row.data.split(", ") if one):
            readers.setdefault((name, digest), []).append(row.notebook)
    for (name, digest), who in sorted(readers.items()):
        yield name, digest, ", ".join(who)


def markdown(heads: Sequence[str], sides: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, sides, *rows))


class LedgerTable(SphinxDirective):
    """What was measured, or that nothing was."""

    def run(self) -> list[nodes.Node]:
        """Write it in Markdown, have it read, and number the tables."""
        book = Path(self.env.srcdir)
        names = [name for name in ledger.names(book) if name in self.env.found_docs]
        rows = {name: row for name, row in self._rows(book).items() if name in names}
        if not rows:
            return self._read(NOBODY)
        old = [n for n, row in rows.items() if row.source != ledger.source(ledger.place(n, book))]
        measured = [rows[name] for name in names if name in rows]
        table = markdown(HEADS, SIDES, lines(names, rows, old))
        found = [*self._read("\n".join(said(measured, len(names))))]
        found.append(self._numbered("tab-ledger", CAPTION, table))
        if any(row.data for row in measured):
            table = markdown(FILE_HEADS, ["---"] * len(FILE_HEADS), files(measured))
            found.append(self._numbered("tab-ledger-data", FILE_CAPTION, table))
        return found

    def _rows(self, book: Path) -> dict[str, ledger.Row]:
        path = book.parent / ledger.TABLE
        self.env.note_dependency(str(path))
        try:
            return ledger.read(path)
        except RecotourError as error:
            raise ExtensionError(str(error)) from error

    def _read(self, text: str) -> list[nodes.Node]:
        inner = nodes.container()
        lines = StringList(text.split("\n"), self.get_location())
        self.state.nested_parse(lines, 0, inner)
        return inner.children

    def _numbered(self, name: str, caption: str, text: str) -> nodes.Node:
        table = numbered_table("", table_caption("", caption), *self._read(text), names=[name])
        self.state.document.note_explicit_target(table)
        return table


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive known to Sphinx."""
    app.add_directive("ledger-table", LedgerTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
