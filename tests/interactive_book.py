"""A throw-away book with nine interactive parts, and tables for those that read tables.

It has the settings, extensions and style of the real book, so that what is tested is what readers
get; the numbers of its table are made up, and different wherever a mix-up would show.
"""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from book_support import ROOT, copy_of_the_book
from framework_book import METADATA
from nbformat.v4 import new_markdown_cell, new_notebook
from processes import run_bounded

TOC = """format: jb-book
root: intro
chapters:
  - file: chapter
"""
INTRO = "# A book\n\nA page without interactive parts, before {doc}`chapter`."
CAPTIONS = {
    "elbo": "Drag the peak of $q$, or move the sliders: ELBO and gap add up to $\\log p(x)$.",
    "reparameterization": "Draw $\\epsilon$, then move $\\mu$ and $\\sigma$: the noise stays.",
    "dot": "Drag a film or a person, and see what their dot products predict.",
    "copies": "Click again and again, and see how the posterior narrows.",
    "water": "Raise the water, and see which units fall silent.",
    "weights": "Move $p$ and $\\lambda$, and see which weights fade, and what is recommended.",
    "composite": "Move $z$ and the old posterior, and see which part of the prior holds it.",
    "toy": "Click four films, and see what $q$ loses of what they say.",
    "beta": "Move the cap of $\\beta$ and see what a larger one costs and gains.",
}
CAPS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def sweep(seeds: int = 5) -> pd.DataFrame:
    """Return a table with the columns of results/beta-sweep.csv, its rows in no order."""
    rng = np.random.default_rng(7)
    caps, seed = (axis.ravel() for axis in np.meshgrid(CAPS, np.arange(seeds), indexing="ij"))
    noise = rng.normal(size=(4, caps.size))  # (metrics, runs)
    columns = {
        "beta_cap": caps,
        "seed": seed,
        "ndcg100": 0.42 + 0.08 * np.sqrt(caps) - 0.07 * caps + 0.004 * noise[0],
        "ndcg100_se": np.full(caps.size, 0.017),
        "nll": 300 + 60 * caps + 1.5 * noise[1],
        "kl": 90 * np.exp(-2.2 * caps) + 0.8 * noise[2],
        "active_units": np.rint(64 * np.exp(-1.5 * caps) + noise[3]).astype(int),
        "epochs": np.full(caps.size, 50),
    }
    return pd.DataFrame(columns).round(5).sample(frac=1, random_state=1)


def lists() -> pd.DataFrame:
    """Return a table with the columns of results/beta-lists.csv that are read."""
    rows = [
        {
            "beta_cap": cap,
            "seed": 0,
            "user": user,
            "films": json.dumps([f"Film {user} {(i + place) % 12}" for place in range(10)]),
            "hits": json.dumps([int(place == i % 10) for place in range(10)]),
        }
        for i, cap in enumerate(CAPS)
        for user in (619, 367)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=1)


def films() -> pd.DataFrame:
    """Return a table with the columns of results/shallow-films.csv that are read."""
    stored = pd.read_csv(ROOT / "results" / "shallow-films.csv")
    return stored[["film", "title", *stored["film"]]]


def write_tables(root: Path, table: pd.DataFrame) -> None:
    """Put the tables where the parts look for them."""
    (root / "results").mkdir(exist_ok=True)
    table.to_csv(root / "results" / "beta-sweep.csv", index=False)
    lists().to_csv(root / "results" / "beta-lists.csv", index=False)
    films().to_csv(root / "results" / "shallow-films.csv", index=False)


def part(name: str, caption: str = "A caption.", *options: str) -> str:
    """Write the directive as a chapter does."""
    lines = [f"```{{interactive}} {name}", *(f":{option}" for option in options), caption, "```"]
    return "\n".join(lines) + "\n"


def write(folder: Path, chapter: str, table: pd.DataFrame | None) -> Path:
    """Write the sources of the book into a folder, its chapter a notebook."""
    book = copy_of_the_book(folder, TOC, INTRO)
    cells = [new_markdown_cell(source) for source in ("# A chapter", chapter)]
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, book / "chapter.ipynb")
    if table is not None:
        write_tables(folder, table)
    return book


def run(book: Path) -> subprocess.CompletedProcess[str]:
    """Build the book as the real one is built."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", book]
    return run_bounded(command)


def build(folder: Path) -> Path:
    """Write and build the book with all parts, and return the folder of its pages."""
    words = "\n\nSee {numref}`int-elbo`: {live}`the gap <elbo:gap>` is never below zero.\n"
    named = (part(name, words, f"name: int-{name}") for name, words in CAPTIONS.items())
    chapter = "\n".join(named) + words
    done = run(write(folder, chapter, sweep()))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "book" / "_build" / "html"
