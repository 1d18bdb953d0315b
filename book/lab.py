"""Lay out the Jupyter edition in a folder where it can be worked in, and keep what was changed.

Usage: python book/lab.py     (as `make lab` does, after the pages are built)

The notebooks of `book/_build/html/notebooks` are copied into `notebooks/`, beside the book, so that
`../../results` is where a chapter looks for it. A notebook that somebody has worked in stays as it
is. When the book has changed it meanwhile, the new one is put beside it, under another name.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat

BOOK = Path(__file__).parent
EDITION = BOOK / "_build" / "html" / "notebooks"
FOLDER = BOOK.parent / "notebooks"
COPIED = ".copied.json"  # what each notebook said when it was copied


def lay_out(edition: Path, folder: Path) -> Iterator[str]:
    """Copy the notebooks, and say of each that was not replaced why."""
    folder.mkdir(exist_ok=True)
    record = folder / COPIED
    copied: dict[str, str] = json.loads(record.read_text()) if record.is_file() else {}
    for path in sorted(edition.rglob("*.ipynb")):
        name = path.relative_to(edition).as_posix()
        new = path.read_bytes()
        if (said := place(folder / name, new, copied.get(name))) is not None:
            yield said
        copied[name] = what_it_says(new)
    record.write_text(json.dumps(copied, indent=1))


def place(target: Path, new: bytes, copied: str | None) -> str | None:
    """Put a notebook where it belongs, or beside what a person has made of it."""
    ours = what_it_says(new)
    if not target.is_file() or what_it_says(target.read_bytes()) in (copied, ours):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(new)
        return None
    if ours == copied:
        return f"{shown(target)} has your changes and stays as it is."
    beside = target.with_suffix(".new.ipynb")
    beside.write_bytes(new)
    return f"{shown(target)} has your changes and stays; the book's new one is {beside.name}."


def what_it_says(notebook: bytes) -> str:
    """Sum up the text and code of a notebook; running it changes neither."""
    try:
        cells: list[Any] = nbformat.reads(notebook.decode("utf-8"), as_version=4).cells
        said = json.dumps([[cell.cell_type, cell.source] for cell in cells]).encode()
    except (ValueError, AttributeError):  # no notebook any more: somebody's own file
        said = notebook
    return sha256(said).hexdigest()


def shown(path: Path) -> str:
    """Name a file by its place in the folder of the project."""
    return f"{path.parents[1].name}/{path.parent.name}/{path.name}"


if __name__ == "__main__":
    for sentence in lay_out(EDITION, FOLDER):
        print(sentence)
