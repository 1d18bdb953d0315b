"""Run notebooks from a fresh kernel and store what they print, without traces of the machine.

Usage: python book/execute.py [NOTEBOOK ...]     (all the notebooks of the book by default)
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
KEPT_CELL_METADATA = {"tags", "mystnb", "editable", "slideshow"}


def find_notebooks() -> list[Path]:
    """Return the notebooks of the book, in the order of their paths."""
    found = sorted(BOOK.rglob("*.ipynb"))
    return [path for path in found if not {"_build", ".ipynb_checkpoints"} & set(path.parts)]


def clean(notebook: nbformat.NotebookNode) -> None:
    """Keep only the metadata that says the same on every machine."""
    kept = {key: value for key, value in notebook.metadata.items() if key == "mystnb"}
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": LANGUAGE, **kept}
    )
    notebook.nbformat_minor = 5  # the version that gives cells their ids
    for number, cell in enumerate(notebook.cells):
        kept = {key: value for key, value in cell.metadata.items() if key in KEPT_CELL_METADATA}
        cell.metadata = nbformat.from_dict(kept)
        cell.setdefault("id", f"cell-{number:03d}")  # where there is none, not a random one


def execute(path: Path) -> None:
    """Run one notebook in its own folder and write it back; an error leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    clean(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # on a busy machine ten times faster
    for notebook_path in [Path(name) for name in sys.argv[1:]] or find_notebooks():
        print(notebook_path, flush=True)
        execute(notebook_path)
