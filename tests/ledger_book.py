"""A throw-away book of two short notebooks, of which one reads a file, and rows of its ledger."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from framework_book import METADATA
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from recotour_book import ledger

TOC = """format: jb-book
root: intro
parts:
  - caption: Part
    chapters:
      - file: part/reads
        sections: [{file: part/small}]
      - file: back
"""
BOTH = ("part/reads", "part/small")
BLOCK = 200  # million bytes that the first notebook holds for a moment
READS = (
    "import time\nfrom pathlib import Path",
    f"block = bytearray({BLOCK}_000_000)\ndel block",
    "",
    'clicks = Path("../../results/clicks.csv").read_text()\n'
    'Path("../../results/made.csv").write_text(clicks)\n'
    "time.sleep(0.5)",
    'assert not {"watch", "tell", "ledger", "measured"} & set(globals())',
)


def write(folder: Path) -> Path:
    """Write the book and its data into a folder, and return where the book is."""
    book = folder / "book"
    (book / "part").mkdir(parents=True)
    (folder / "results").mkdir()
    (folder / "results" / "clicks.csv").write_text("user,item\n1,2\n")
    (book / "_toc.yml").write_text(TOC)
    (book / "intro.md").write_text("# A book\n")
    (book / "back.md").write_text("# Ledger\n\n```{ledger-table}\n```\n")
    put(book, "part/reads", READS)
    put(book, "part/small", ["1 + 1"])
    return book


def put(book: Path, name: str, cells: Sequence[str], words: str = "") -> Path:
    """Write a notebook with a title and some code."""
    title = new_markdown_cell(f"# About {name}\n\n{words}", id="title")
    made = [new_code_cell(text, id=f"cell-{n}") for n, text in enumerate(cells)]
    path = ledger.place(name, book)
    nbformat.write(new_notebook(cells=[title, *made], metadata=METADATA), path)
    return path


def row(book: Path, name: str, **other: object) -> ledger.Row:
    """Make a row of today's notebook, code, versions and data, without running anything."""
    read = (
        f"results/clicks.csv {ledger.digest('results/clicks.csv', book)}" if "reads" in name else ""
    )
    usual = {"seconds": 12.34, "peak_mb": 567.8, "cells": 4, "device": "cpu", "processors": 3}
    usual |= {"data": read, "source": ledger.source(ledger.place(name, book))}
    usual |= {"code": ledger.library_code(), "versions": ledger.versions(), "commit": "012345678"}
    return ledger.Row(**{"notebook": name} | usual | other)


def kept(book: Path) -> None:
    """Keep a row of today for both notebooks."""
    for name in BOTH:
        ledger.keep(row(book, name), book.parent / ledger.TABLE)
