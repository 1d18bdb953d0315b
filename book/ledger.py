"""Run the notebooks of the book once each, and write down what each took: the execution ledger.

Usage:
  python book/ledger.py                                          what is not measured yet, or is old
  python book/ledger.py building/metrics book/foundations/elbo.ipynb
  python book/ledger.py --again                                  all, also what is measured

Each notebook of the table of contents runs in a process of its own, in a copy: nothing is stored in
it. Its row is written to results/notebooks.csv as soon as it has run, so that a run that is stopped
goes on where it was. A row is made again when the notebook's code cells, the library's code, the
versions of packages or the data files that it read have changed since. Leave the machine alone
meanwhile: whatever else runs is in the times.

`recotour_book.ledger` says what a row holds; the page "The execution ledger" shows them.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from recotour_book import ledger
from recotour_book.measured import measure
from recotour_vae.errors import RecotourError
from recotour_vae.runtime.progress import bar


def due(names: Iterable[str], again: bool, book: Path) -> list[str]:
    """Choose the notebooks whose row is missing or old; all of them with `again`."""
    rows = ledger.read(book.parent / ledger.TABLE)
    return [
        name
        for name in names
        if again or name not in rows or not ledger.is_todays(rows[name], book)
    ]


def run(name: str, book: Path) -> str:
    """Measure a notebook, keep its row, and say what it took."""
    measured = measure(ledger.place(name, book), ledger.shelves(book).values())
    row = ledger.make(name, measured, book)
    ledger.keep(row, book.parent / ledger.TABLE)
    return f"{name}: {row.seconds:.0f} s, {row.peak_mb:.0f} MB"


def main(arguments: list[str] | None = None, book: Path = ledger.BOOK) -> int:
    """Measure what is asked for; 2 where something could not be measured."""
    about, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="of notebooks, or their paths; by default all")
    parser.add_argument("--again", action="store_true", help="also those with a row of today")
    options = parser.parse_args(arguments)
    try:
        waiting = due(ledger.chosen(options.names, book), options.again, book)
    except RecotourError as error:
        print(error, file=sys.stderr)
        return 2
    return _run_all(waiting, book)


def _run_all(waiting: list[str], book: Path) -> int:
    """Measure one after another; one that fails keeps none of the others from its row."""
    failed = 0
    for name in (progress := bar(waiting, unit="notebook")):
        progress.set_description(name)
        try:
            progress.write(run(name, book))
        except RecotourError as error:
            failed += 1
            progress.write(str(error), file=sys.stderr)
    print(f"Notebooks measured: {len(waiting) - failed}; failed: {failed}.")
    return 2 if failed else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as book/execute.py does
    sys.exit(main())
