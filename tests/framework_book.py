"""A throw-away book of a few pages in which two frameworks stand side by side.

It has the settings, extensions and style of the real book, so that what is tested is what readers
get, and stored outputs of every kind that a tab has to hold.
"""

from pathlib import Path

import nbformat
from book_support import build_pages, copy_of_the_book
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

Cell = nbformat.NotebookNode

TOC = """format: jb-book
root: intro
chapters:
  - file: first
  - file: second
  - file: solution
"""
INTRO = """# A book without tabs here

The chapters are {doc}`first` and {doc}`second`, and
<a class="with-gluon" href="first.html?framework=mxnet">the first in Gluon</a>.
"""
LONG_LINE = "result = " + " + ".join(f"number_{i}" for i in range(40))
TABLE = """<table border="1" class="dataframe"><thead><tr><th></th><th>NDCG@100</th></tr></thead>
<tbody><tr><th>Mult-VAE</th><td>in a table</td></tr></tbody></table>"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 200" width="700" height="200">
<rect width="700" height="200" fill="#fff"/>
<circle cx="350" cy="100" r="80" fill="#2a5c94"/></svg>"""
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def text(source: str) -> Cell:
    """Return a cell of text."""
    return new_markdown_cell(source)


def code(source: str, *tags: str, prints: str = "", figure: str = "") -> Cell:
    """Return a code cell with its outputs: printed words, and a table and a named figure."""
    cell = new_code_cell(source, execution_count=1, metadata={"tags": list(tags)})
    if prints:
        cell.outputs.append(new_output("stream", name="stdout", text=f"{prints}\n"))
    if figure:
        caption = {
            "caption": f"A figure that stands inside a tab, called {figure}.",
            "name": figure,
        }
        alt = {"alt": "A blue disc on a white ground."}
        cell.metadata["mystnb"] = {"figure": caption, "image": alt}
        shown = {"image/svg+xml": PICTURE, "text/plain": "<Figure>"}
        cell.outputs.append(new_output("display_data", data=shown))
    return cell


def table(source: str, *tags: str) -> Cell:
    """Return a code cell with a table below it."""
    cell = code(source, *tags)
    data = {"text/html": TABLE, "text/plain": "in a table"}
    cell.outputs.append(new_output("execute_result", data=data, execution_count=1))
    return cell


FIRST = [
    text(
        "# The first chapter\n\nSee {numref}`fig-torch`, {numref}`fig-gluon`, "
        "{ref}`a cell <a-cell>` and {doc}`second`."
    ),
    code("import numpy as np", prints="neither framework"),
    code("import torch", "pytorch", prints="torch says hello"),
    code("import mxnet", "mxnet", prints="gluon says hello"),
    text("A paragraph, then two cells against one."),
    table("torch_table", "pytorch"),
    code("torch_figure", "pytorch", figure="fig-torch"),
    code("gluon_figure", "mxnet", "hide-input", figure="fig-gluon"),
    text("A cell without a twin.\n\n(a-cell)="),
    code("torch_alone", "pytorch", prints="alone"),
    text("With words between they are no pair."),
    code("gluon_alone", "mxnet", prints="also alone"),
]
SECOND = [
    text("# The second chapter\n\nLook back at {numref}`fig-gluon`, or at {doc}`first`."),
    code(LONG_LINE, "pytorch", prints="torch " * 60),
    code("\n".join(["gluon_is_longer"] * 30), "mxnet", prints="gluon again"),
    text("Two pairs without a word between them."),
    code("torch_a", "pytorch", prints="torch a"),
    code("gluon_a", "mxnet", prints="gluon a"),
    code("torch_b", "pytorch", prints="torch b"),
    code("gluon_b", "mxnet", prints="gluon b"),
    text("\n\n".join(["A last paragraph, so that there is something to scroll."] * 60)),
]
SOLUTION = [
    text("# A chapter with an exercise"),
    text("```{exercise} Predict\n:label: ex-one\nWhich?\n```"),
    text("````{solution-start} ex-one\n:label: sol-one\n:class: dropdown\n````"),
    code("torch_solution", "pytorch", prints="solved in torch"),
    code("gluon_solution", "mxnet", prints="solved in gluon"),
    text("````{solution-end}\n````"),
]
PAGES = {"first": FIRST, "second": SECOND, "solution": SOLUTION}


def write(folder: Path) -> Path:
    """Write the sources of the book into a folder, and return where they are."""
    book = copy_of_the_book(folder, TOC, INTRO)
    for name, cells in PAGES.items():
        nbformat.write(new_notebook(cells=cells, metadata=METADATA), book / f"{name}.ipynb")
    return book


def build(folder: Path) -> Path:
    """Write and build the book, and return the folder of its pages."""
    return build_pages(write(folder))
