"""What the part `copies` shows: the four films and the taste of `toy`, and one person's clicks.

The taste z is standard normal, and a film has the logit w z + b (recotour_book.toy). With c copies
of the clicks, or at β = 1/c, the best q is proportional to p(z) p(x|z)^c: `eq-mult-vae-tempered` in
foundations/mult-vae. The page adds up on the grid that is set here. Until its script runs, a table
stands there, made by the same sums.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recotour_book.toy import BIASES, FILMS, WEIGHTS, log_pi

CLICKS = (1, 1, 0, 0)  # of each film
GRID = (-8.0, 8.0, 1601)  # from, to, how many
COPIES = (1, 5)
START = 3
MOVES = "This part moves where JavaScript runs. Copy by copy, the exact posterior has:"


def data(root: Path) -> dict[str, Any]:
    """Return the films, the clicks, the grid, and how many copies there may be."""
    films = {"films": FILMS, "weights": WEIGHTS, "biases": BIASES, "clicks": CLICKS}
    return films | {"grid": GRID, "copies": COPIES, "start": START}


def log_likelihood(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log p(x|z) at each z, without the multinomial coefficient: `eq-rt-11`."""
    found: NDArray[np.float64] = log_pi(z) @ np.array(CLICKS, float)
    return found


def numbers(copies: float) -> dict[str, float]:
    """Work out what is shown of the best q at β = 1 / copies; without copies that is the prior."""
    z = np.linspace(*GRID)
    log_prior = -(z**2) / 2 - np.log(2 * np.pi) / 2
    fit = log_likelihood(z)
    log_r = log_prior + copies * fit
    log_total = np.log(np.exp(log_r).sum() * (z[1] - z[0]))  # log p of all the copies
    r = np.exp(log_r - log_total) * (z[1] - z[0])
    mean = r @ z
    rate, likelihood = r @ (log_r - log_total - log_prior), r @ fit
    found = {
        "mean": mean,
        "sd": (r @ (z - mean) ** 2) ** 0.5,
        "likelihood": likelihood,
        "rate": rate,
        "elbo": likelihood - rate,
    }
    whole = {"objective": likelihood - rate / copies, "bound": log_total / copies} if copies else {}
    return {name: float(value) for name, value in (found | whole).items()}


def still(root: Path) -> str:
    """Return mean and width of the posterior for each number of copies in HTML."""

    def line(copies: int) -> str:
        shown = numbers(copies)
        name = "none: the prior" if copies == 0 else f"{copies}"
        beta = "–" if copies == 0 else f"{1 / copies:.2f}"
        cells = [beta, *(f"{abs(shown[key]):.2f}" for key in ("mean", "sd"))]  # of what was clicked
        return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{c}</td>" for c in cells)}</tr>'

    names = ("copies of the clicks", "β", "mean", "standard deviation")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(line(copies) for copies in range(COPIES[1] + 1))
    table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<p>{MOVES}</p>\n<div class="numbers"><table>{table}</table></div>\n'
