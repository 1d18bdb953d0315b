"""What the part `weights` shows: twelve films, and how many people clicked each two of them.

The page solves for EASE's and EDLAE's weights on these counts, results/shallow-films.csv. Until the
script runs, a table stands there with the films that each film speaks for most, without dropout.
"""

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sphinx.errors import ExtensionError

TABLE = "results/shallow-films.csv"
SOURCES = (TABLE,)
START = {"dropout": 0.0, "l2": 10.0, "picks": ("Empire",)}
SPOKEN_FOR = 3  # films a row of the table has
MOVES = "This part moves where JavaScript runs. Before anything has moved, these weights stand out:"


def read(root: Path) -> pd.DataFrame:
    """Return the table, a row a film."""
    if not (root / TABLE).is_file():
        raise ExtensionError(
            f"The interactive part `weights` finds no {TABLE}: run `python "
            "experiments/shallow_films.py`."
        )
    return pd.read_csv(root / TABLE)


def data(root: Path) -> dict[str, Any]:
    """Return names, titles, counts, and where the part starts."""
    rows = read(root)
    films = rows["film"].tolist()
    titles = [shown(title) for title in rows["title"]]
    return {"films": films, "titles": titles, "counts": rows[films].to_numpy().tolist()} | START


def shown(title: str) -> str:
    """Take the year away, and put the article first again."""
    name = title.rpartition(" (")[0]
    return f"The {name.removesuffix(', The')}" if name.endswith(", The") else name


def weights(counts: Any, dropout: float, l2: float) -> "np.ndarray[Any, Any]":
    """Solve for B, (n, n): row i says what film i says of the others."""
    gram = np.asarray(counts, float)
    penalty = l2 + dropout / (1 - dropout) * np.diag(gram)
    inverse = np.linalg.inv(gram + np.diag(penalty))
    found = -inverse / np.diag(inverse)
    np.fill_diagonal(found, 0.0)
    return found


def still(root: Path) -> str:
    """Return the largest weights of each film in HTML."""
    found = data(root)
    matrix = weights(found["counts"], found["dropout"], found["l2"])

    def line(row: int) -> str:
        best = np.argsort(-matrix[row], kind="stable")[:SPOKEN_FOR]
        words = ", ".join(f"{found['films'][film]} {matrix[row, film]:.2f}" for film in best)
        return (
            f'<tr><th scope="row">{escape(found["films"][row])}</th><td>{escape(words)}</td></tr>'
        )

    head = '<tr><th scope="col">who clicked</th><th scope="col">may like</th></tr>'
    rows = "".join(line(row) for row in range(len(matrix)))
    table = f"<thead>{head}</thead><tbody>{rows}</tbody>"
    return f'<p>{MOVES}</p>\n<div class="numbers"><table>{table}</table></div>\n'
