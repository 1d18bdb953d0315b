"""A throw-away book with tables to sort and a figure of Plotly, with the settings of the real one.

The cells are run by no kernel: their outputs are what the library and pandas give for them here.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pandas as pd
from book_support import BOOK, build_pages, copy_of_the_book, read_page
from framework_book import METADATA, code, text
from nbformat.v4 import new_notebook, new_output
from processes import run_bounded

from recotour_book.plotting import interactive

Cell = nbformat.NotebookNode

TOC = """format: jb-book
root: intro
chapters:
  - file: tables
  - file: figures
  - file: plain
"""
INTRO = "# A book\n\nA page without tables, before {doc}`tables` and {doc}`figures`."
ALT = "Validation NDCG@100 of 40 runs against their cap of <beta>: a hump for Mult-VAE."
MODELS = ("EASE", "Mult-VAE", "Mult-DAE", "Popularity")

# Every kind of number that a table of results may hold, and a different right order for each.
TABLE = pd.DataFrame(
    {
        "NDCG@100": ["0.426 ± 0.007", "0.41 to 0.43", "1.02", "", "0.0934"],
        "clicks": ["9,999", "1,000,209", "12", "136,677", "9,999.5"],
        "gain": ["−0.012", "-0.2", "+0.003", "1e-3", "nan"],
        "data": ["ML-20M", "éclair", "Amazon", "ml-1m", "Zoo"],
        "wide": ["a column that makes the table too wide for a phone"] * 5,
    },
    index=pd.Index(["Mult-VAE", "EASE", "Item-kNN", "Popularity", "SLIM"], name="model"),
)
SMALL = pd.DataFrame({"users": [3, 1, 2]}, index=["c", "a", "b"])
SPANNING = pd.concat({"ML-1M": SMALL, "ML-100K": SMALL})


def runs() -> pd.DataFrame:
    """Return a table of runs, a row each."""
    rng = np.random.default_rng(5)
    cap = np.tile(np.linspace(0, 1, 10), 4)  # (n_runs,)
    return pd.DataFrame(
        {
            "model": np.repeat(MODELS, 10),
            "cap of β": cap,
            "NDCG@100": 0.3 + 0.1 * np.sin(3 * cap) + 0.02 * rng.normal(size=40),
            "seed": np.arange(40) % 3,
            "dropout": 0.5,
        }
    )


def table(frame: pd.DataFrame, *tags: str) -> Cell:
    """Return a code cell with a data frame below it."""
    data = {"text/html": frame.to_html(), "text/plain": str(frame)}
    cell = code("frame", *tags)
    cell.outputs.append(new_output("execute_result", data=data, execution_count=1))
    return cell


def figure() -> Cell:
    """Return a code cell with the figure of the runs, and a caption."""
    made = interactive.scatter(runs(), "cap of β", "NDCG@100", "model", hover=["seed", "dropout"])
    cell = code("interactive.show(...)")
    cell.outputs.append(new_output("display_data", data=interactive.as_output(made, ALT)))
    cell.metadata["mystnb"] = {"figure": {"caption": "Runs, a point each.", "name": "fig-runs"}}
    return cell


def pages() -> dict[str, list[Cell]]:
    """Return the cells of each chapter."""
    return {
        "tables": [
            text("# Tables\n\nA table."),
            table(TABLE, "sortable"),
            text("Without a name for its rows, then one that spans, and one without the tag."),
            table(SMALL, "sortable"),
            table(SPANNING, "sortable"),
            table(SMALL),
        ],
        "figures": [text("# Figures\n\nSee {numref}`fig-runs`."), figure()],
        "plain": [text("# Plain"), table(SMALL), code("no_table", "sortable", prints="words")],
    }


CONFIG = """
import sys
sys.path.insert(0, {folder!r})
extensions = ["myst_nb", "plotly_figures", "sortable_tables"]
html_static_path = ["_static"]
html_js_files = ["framework-tabs.js", "sortable-tables.js", ("plotly-figures.js", {{}})]
html_css_files = ["book.css", "sortable-tables.css", "plotly-figures.css"]
nb_execution_mode = "off"
numfig = True
root_doc = "intro"
exclude_patterns = ["_*"]
"""
TOCTREE = "\n```{toctree}\ntables\nfigures\nplain\n```\n"


def write(folder: Path) -> Path:
    """Write the sources of the book into a folder, and return where they are."""
    book = copy_of_the_book(folder, TOC, INTRO)
    for name, cells in pages().items():
        nbformat.write(new_notebook(cells=cells, metadata=METADATA), book / f"{name}.ipynb")
    return book


def build(folder: Path) -> Path:
    """Write and build the book, and return the folder of its pages."""
    return build_pages(write(folder))


def build_plainly(folder: Path, builder: str = "html") -> Path:
    """Build with plain Sphinx that lists every script on every page, as Jupyter Book does."""
    book = write(folder)
    (book / "intro.md").write_text(INTRO + TOCTREE)
    (book / "conf.py").write_text(CONFIG.format(folder=str(BOOK / "_ext")))
    # A process of its own: the extensions leave their plugins behind in MyST-NB.
    options = ["-q", "-W", "-n", "-b", builder, book, folder / builder]
    command = [sys.executable, "-m", "sphinx", *options]
    done = run_bounded(command)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / builder


def listed(page: Path) -> list[str]:
    """Return the scripts and styles that a page loads, in order."""
    tags = read_page(page).select("script[src], link[rel=stylesheet]")
    addresses = [str(tag.get("src") or tag["href"]) for tag in tags]
    return [address.partition("?")[0].removeprefix("_static/") for address in addresses]


def load_extension(name: str) -> ModuleType:
    """Import an extension of the book, which finds its neighbours as in a build."""
    folder = str(BOOK / "_ext")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)
