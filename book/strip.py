"""Take out of notebooks what only tells of the machine that ran them, and keep the outputs.

Usage: python book/strip.py [NOTEBOOK ...]     (all the notebooks of the book by default)

Gone are the times of cells, the kernel's and editor's own metadata, the state of widgets, warnings
and progress bars (stderr), and the folder of the project in front of paths. A notebook that was
changed is named, and the exit status is then 1, as git's hooks need it.
"""

import sys
from pathlib import Path

import nbformat
from execute import BOOK, clean, find_notebooks

PLACES = {f"{BOOK.resolve().parent}/": "", f"{Path.home()}/": "~/"}  # absolute paths begin so
WIDGET = "application/vnd.jupyter.widget-view+json"


def strip(stored: str) -> str:
    """Return the text of a notebook without the noise."""
    notebook = nbformat.reads(stored, as_version=4)
    clean(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [without_noise(output) for output in cell.outputs if is_result(output)]
    return f"{nbformat.writes(notebook)}\n"


def is_result(output: nbformat.NotebookNode) -> bool:
    """Tell whether an output says more than that something was going on."""
    return output.get("name") != "stderr" and WIDGET not in output.get("data", {})


def without_noise(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Shorten the paths in the text of an output."""
    if "text" in output:
        output.text = without_places(output.text)
    for kind, text in output.get("data", {}).items():
        if isinstance(text, str) and not kind.startswith("image/"):
            output.data[kind] = without_places(text)
    return output


def without_places(text: str) -> str:
    """Take away what stands before the paths of this project and of this person's folder."""
    for place, short in PLACES.items():
        text = text.replace(place, short)
    return text


def main(paths: list[Path]) -> int:
    """Strip notebooks in place; return 1 when there was something to take out."""
    changed = 0
    for path in paths:
        stored = path.read_text(encoding="utf-8")
        if (stripped := strip(stored)) != stored:
            path.write_text(stripped, encoding="utf-8")
            print(f"{path}: took out what the machine had left")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]] or find_notebooks()))
