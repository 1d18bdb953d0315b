"""The execution ledger: what each notebook took when it was run, where, and with what.

It is `results/notebooks.csv`, a row a notebook of the table of contents. `book/ledger.py` measures
them, and the page `book/back/ledger.md` shows them. A row counts as today's as long as the code
cells of its notebook, the code of the library and of the book's figures, the versions of packages
and the data files that it read are what they were.
"""

import ast
import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from recotour_book.measured import Measured
from recotour_vae.errors import ExperimentError

ROOT: Final = Path(__file__).resolve().parents[2]
BOOK: Final = ROOT / "book"
TABLE: Final = Path("results") / "notebooks.csv"  # beside the book
PACKAGES: Final = ("recotour-vae", "numpy", "pandas", "scipy", "torch", "mxnet", "matplotlib")
DIGITS: Final = 8  # of a SHA-256
_KINDS: Final[Mapping[str, Any]] = {
    "seconds": float,
    "peak_mb": float,
    "cells": int,
    "processors": int,
}
_MEASURING: Final = ("ledger.py", "measured.py")  # of no chapter
_WITH_DOCSTRINGS: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Row:
    """One notebook, run once.

    Attributes
    ----------
    notebook
        As the table of contents names it.
    seconds
        From the start of its process to its end.
    peak_mb
        The most memory that the process had at a time, in millions of bytes.
    cells
        Those of code that hold something.
    device
        `cpu`, or the name of the GPU that was used.
    processors
        That the process might use.
    data
        The data files that it opened to read, each with the first digits of its SHA-256.
    source
        The first digits of the SHA-256 of its code cells.
    code
        Those of the library and of what the book adds to it.
    versions
        Of the packages.
    commit
        That the code was read from; `-dirty` where code or notebook were changed since.
    """

    notebook: str
    seconds: float
    peak_mb: float
    cells: int
    device: str
    processors: int
    data: str
    source: str
    code: str
    versions: str
    commit: str


def make(name: str, measured: Measured, book: Path = BOOK) -> Row:
    """Make the row of a notebook that has just been measured."""
    from recotour_vae.experiments.code import commit
    from recotour_vae.runtime.processes import cores

    path = place(name, book)
    return Row(
        notebook=name,
        seconds=round(measured.seconds, 1),
        peak_mb=round(measured.peak_mb, 1),
        cells=len(code_cells(path)),
        device=measured.device,
        processors=cores(),
        data=", ".join(f"{one} {digest(one, book)}" for one in labels(measured.files, book)),
        source=source(path),
        code=library_code(),
        versions=versions(),
        commit=commit(Path(__file__).parent, path),
    )


def is_todays(row: Row, book: Path = BOOK) -> bool:
    """Tell whether a row would be made of the same notebook, code, versions and data today."""
    made = (row.source, row.code, row.versions)
    if made != (source(place(row.notebook, book)), library_code(), versions()):
        return False
    files = (one.rpartition(" ") for one in row.data.split(", ") if one)
    return all(digest(name, book) == was for name, _, was in files)


# The notebooks.


def names(book: Path = BOOK) -> list[str]:
    """Name the notebooks of the table of contents, in its order."""
    import yaml

    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    return [name for name in _files(toc) if place(name, book).is_file()]


def _files(node: Mapping[str, Any]) -> Iterator[str]:
    yield from (node[key] for key in ("root", "file") if key in node)
    for kind in ("parts", "chapters", "sections"):
        for below in node.get(kind, []):
            yield from _files(below)


def place(name: str, book: Path = BOOK) -> Path:
    """Say where a notebook lies."""
    return book / f"{name}.ipynb"


def chosen(asked: Iterable[str], book: Path = BOOK) -> list[str]:
    """Find the notebooks that are asked for by their names or paths; all for none.

    Raises
    ------
    ExperimentError
        When one is not in the table of contents.
    """
    known = names(book)
    paths = {place(name, book).resolve(): name for name in known}
    found = {one: one if one in known else paths.get(Path(one).resolve()) for one in asked}
    for one, name in found.items():
        if name is None:
            raise ExperimentError(
                f"'{one}' is no notebook of {book / '_toc.yml'}; name one that is, such as "
                f"{known[0] if known else 'foundations/elbo'}."
            )
    return [name for name in known if not found or name in found.values()]


def code_cells(path: Path) -> list[str]:
    """Give the code of a notebook, a text for each cell that holds something."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return [text for text in texts if text.strip()]


def source(path: Path) -> str:
    """Sum up the code cells of a notebook: its text takes no time, and outputs are what comes."""
    return _sum(json.dumps(code_cells(path)).encode())


# What it ran with.


def versions() -> str:
    """Name the packages that notebooks compute and draw with."""
    from recotour_vae.experiments.results import versions_of

    return versions_of(PACKAGES)


@cache
def library_code() -> str:
    """Sum up the library and what the book adds to it, less comments, layout and docstrings."""
    source = ROOT / "src"
    paths = sorted(path for folder in source.glob("recotour_*") for path in folder.rglob("*.py"))
    ours = [Path(__file__).with_name(name) for name in _MEASURING]
    return _sum("\n".join(_says(path) for path in paths if path not in ours).encode())


def _says(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRINGS) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def shelves(book: Path = BOOK) -> dict[str, Path]:
    """Name the folders in which notebooks find data, by what the names of their files begin with.

    They are the stored results, the cache of downloads, and the folder named by RECOTOUR_DATA.
    """
    from recotour_vae.datasets.fetch import cache_folder

    own = os.environ.get("RECOTOUR_DATA")
    found = {"results/": book.parent / "results", "cache/": cache_folder(None)}
    found |= {"data/": Path(own).expanduser()} if own else {}
    return {begin: folder.resolve() for begin, folder in found.items()}


def labels(files: Iterable[str], book: Path = BOOK) -> list[str]:
    """Name data files by their places on the shelves, without the folders of this machine."""
    return sorted(
        begin + path.relative_to(folder).as_posix()
        for path in map(Path, files)
        for begin, folder in shelves(book).items()
        if path.is_relative_to(folder)
    )


def digest(label: str, book: Path = BOOK) -> str:
    """Sum up a data file by its name on the shelves; nothing where it is not there."""
    begin, _, name = label.partition("/")
    folder = shelves(book).get(f"{begin}/")
    if folder is None or not (folder / name).is_file():
        return ""
    return _sum((folder / name).read_bytes())


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]


# The table.


def read(path: Path) -> dict[str, Row]:
    """Read the rows by their notebooks; none where there is no file.

    Raises
    ------
    ExperimentError
        When the file has other columns, or something else in them.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    try:
        return {line["notebook"]: _row(line) for line in lines}
    except (TypeError, ValueError, KeyError) as error:
        raise ExperimentError(
            f"{path} has other rows than today's ({error}); remove it, and run "
            "`python book/ledger.py` again."
        ) from error


def _row(line: Mapping[str, str]) -> Row:
    return Row(**{name: _KINDS.get(name, str)(cell) for name, cell in line.items()})


def keep(row: Row, path: Path) -> None:
    """Put a row into the table, in place of an older one of its notebook; the file stays whole."""
    from recotour_vae.files.whole import whole

    rows = read(path) | {row.notebook: row}
    with (
        whole(path, ExperimentError) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, rows.values()))
