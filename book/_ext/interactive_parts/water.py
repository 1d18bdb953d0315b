"""What the part `water` shows: the variances of twelve films' clicks along their main directions.

They are the eigenvalues of the covariance of the training clicks, from the counts in
results/shallow-films.csv. A linear unit for each of them speaks where the variance stands out of
the water, at β s², and is silent below it: `eq-mult-vae-water` in foundations/mult-vae. Until the
script runs, a table stands there with the numbers at three weights.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sphinx.errors import ExtensionError

TABLE = "results/shallow-films.csv"
SOURCES = (TABLE,)
PEOPLE = 752  # in the training matrix that the table was counted in
NOISE = 0.2  # s², the variance of the decoder's noise
POWERS = (-0.7, 0.6)  # of ten, for β: from 0.2 to 4
START = 1.0
MOVES = "This part moves where JavaScript runs. At three weights of the KL it shows:"
HEADS = {
    "beta": "β",
    "level": "water, β s²",
    "active": "units in use",
    "rate": "rate, nats",
    "distortion": "distortion, nats",
}


def variances(root: Path) -> NDArray[np.float64]:
    """Return the eigenvalues of the covariance of the twelve films, the largest first."""
    if not (root / TABLE).is_file():
        raise ExtensionError(
            f"The interactive part `water` finds no {TABLE}: run `python "
            "experiments/shallow_films.py`."
        )
    rows = pd.read_csv(root / TABLE)
    together = rows[rows["film"].tolist()].to_numpy(float) / PEOPLE  # shares of people
    alone = np.diag(together)
    return np.linalg.eigvalsh(together - np.outer(alone, alone))[::-1]


def data(root: Path) -> dict[str, Any]:
    """Return the variances, the noise, and where the weight starts and ends."""
    rounded = [float(f"{value:.4g}") for value in variances(root)]
    return {"variances": rounded, "noise": NOISE, "powers": POWERS, "start": START}


def numbers(variances: Iterable[float], noise: float, beta: float) -> dict[str, float]:
    """Work out what is shown for a weight of the KL: `eq-mult-vae-water`, summed over the units."""
    level = beta * noise
    units = [(max(0.0, math.log(a / level) / 2), min(a, level)) for a in variances]
    rate = sum(kl for kl, _ in units)
    constant = len(units) * math.log(2 * math.pi * noise) / 2  # of the normal density
    distortion = constant + sum(error for _, error in units) / (2 * noise)
    return {
        "level": level,
        "active": sum(kl > 0 for kl, _ in units),
        "rate": rate,
        "distortion": distortion,
        "loss": distortion + beta * rate,
    }


def still(root: Path) -> str:
    """Return the numbers at three weights in HTML."""
    found = data(root)

    def line(beta: float) -> str:
        shown = {"beta": beta} | numbers(found["variances"], found["noise"], beta)
        cells = [f"{shown[name]:.{0 if name == 'active' else 2}f}" for name in list(HEADS)[1:]]
        return f'<tr><th scope="row">{beta:g}</th>{"".join(f"<td>{c}</td>" for c in cells)}</tr>'

    head = "".join(f'<th scope="col">{words}</th>' for words in HEADS.values())
    rows = "".join(line(beta) for beta in (0.2, START, 4.0))
    table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<p>{MOVES}</p>\n<div class="numbers"><table>{table}</table></div>\n'
