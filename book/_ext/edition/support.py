"""Pack what a notebook needs when it is alone: the library, the figures' code, and its tables.

It travels in the notebook's first cell, as text: one file is what a click on *Download* gives, and
one file is what Colab takes.
"""

import io
import re
import tarfile
import tomllib
from base64 import b85encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat

from recotour_book import ledger

HERE: Final = Path(__file__).parent
PACKAGES: Final = ("recotour_vae", "recotour_book")
BESIDE: Final = ("matplotlib", "plotly", "pyarrow", "starlette", "uvicorn")  # that chapters use
KIN: Final = re.compile(r"-(curves|search|users)$")  # tables that belong to another one
EXACT: Final = re.compile(r"\bresults/([\w-]+)\.csv\b")  # a table that is read without its kin
UNREAD: Final = "notebooks"  # the execution ledger, which no chapter reads
ABOVE: Final = "../.."  # how a chapter names the folder of the project


def first_cell(chapter: nbformat.NotebookNode, name: str, root: Path) -> nbformat.NotebookNode:
    """Make the cell that lets a notebook run anywhere."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    values = {
        '["<requirements>"]': repr(requirements(project)),
        '["<mxnet>"]': repr(project["optional-dependencies"]["gluon"]),
        '"<chapter>"': repr(str(Path(name).parent)),
        '"<packed>"': repr(pack(chapter, name, root)),
    }
    text = (HERE / "first_cell.py").read_text(encoding="utf-8").rstrip()
    for place, value in values.items():
        text = text.replace(place, value)
    cell = nbformat.v4.new_code_cell(text, id="set-up")
    cell.metadata = nbformat.from_dict({"cellView": "form", "jupyter": {"source_hidden": True}})
    return cell


def requirements(project: dict) -> list[str]:
    """List what pip has to have installed, as the project says it."""
    extras = project["optional-dependencies"]
    said = [*extras["book"], *extras["parquet"], *extras["serve"]]
    found = [one for one in said if re.split(r"\W", one)[0] in BESIDE]
    return [*project["dependencies"], *found]


def pack(chapter: nbformat.NotebookNode, name: str, root: Path) -> str:
    """Put the files into an archive, which is the same each time, and write it as text."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:xz", preset=9) as packed:
        for place, content in files(chapter, name, root).items():
            info = tarfile.TarInfo(place)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return b85encode(archive.getvalue()).decode("ascii")


def files(chapter: nbformat.NotebookNode, name: str, root: Path) -> dict[str, bytes]:
    """Give what is in the archive, by its place there."""
    code = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "code")
    paths = [path for one in PACKAGES for path in sorted((root / "src" / one).rglob("*.py"))]
    paths += tables(code, root) if ABOVE in code else []
    paths += [path for path in seen(name, root) if path not in paths]
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    stand_in = (HERE / "stand_in.py").read_bytes()
    return {**found, "stand-in/myst_nb.py": stand_in, f"book/{Path(name).parent}/.keep": b""}


def seen(name: str, root: Path) -> list[Path]:
    """Find the tables that a chapter read when it was measured, by whatever way it names them."""
    row = ledger.read(root / ledger.TABLE).get(name)
    read = [one.partition(" ")[0] for one in row.data.split(", ")] if row else []
    paths = [root / one for one in read if one.startswith("results/")]
    return [path for path in paths if path.is_file()]


def texts(code: str) -> Iterator[str]:
    """Find the texts in some code that are one word or a path, and not prose or names of values."""
    yield from re.findall(r"""(?<=["'])[\w./-]+(?=["'])""", code)


def tables(code: str, root: Path) -> Iterator[Path]:
    """Find what the code of a chapter names out of the folders beside the book.

    A table is named by a text that is its name or its path: a variable `draws` is none.
    """
    named, words = set(EXACT.findall(code)), set(re.findall(r"[\w-]+", code))
    said = {Path(one).stem for one in texts(EXACT.sub(" ", code))} - {UNREAD}
    for path in sorted((root / "results").glob("*.csv")):
        if path.stem in named | said or KIN.sub("", path.stem) in said:
            yield path
    yield from sorted((root / "experiments").glob("*.toml")) if "experiments" in words else ()
    yield from sorted((root / "figures").glob("*.svg")) if "figures" in words else ()
