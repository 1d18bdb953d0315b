"""EASE and EDLAE over their two settings on MovieLens-1M's ready split: results/shallow.csv.

Usage: RECOTOUR_DATA=folder python experiments/shallow.py

It is no grid of `recotour-vae experiments`, because the weights that are fitted are also tried
changed, which no recommender offers:

- `fitted`, as they are,
- `transposed`, rows in place of columns, a mistake that programs make,
- `none negative`, with zeros in place of what is below zero,
- `symmetric`, the mean of the weights and the transposed ones,
- `free`, those of the same regression without the constraint on the diagonal, which no list reads.

A row has the means over the validation and over the test users, and the NDCG@100 of each test
user, so that rows can be compared person by person. Rows that are there are not made again: delete
the file to begin anew.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from recotour_vae import datasets, splits
from recotour_vae.arrays.types import Floats
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows, pack
from recotour_vae.recommenders import EDLAE
from recotour_vae.recommenders.linear.ease import gram_matrix, inverse_of
from recotour_vae.splits import Split

ROOT = Path(__file__).parents[1]
IDENTITY = ("dropout", "l2", "weights")
TABLE = Rows(ROOT / "results" / "shallow.csv", IDENTITY)
SOURCE = "ml-1m/interactions.csv.gz"
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
DROPOUTS = (0.0, 0.25, 0.5, 0.75)  # 0 is EASE
PENALTIES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)

CHANGES: dict[str, Callable[[Floats], Floats]] = {
    "fitted": lambda weights: weights,
    "transposed": lambda weights: weights.T,
    "none negative": lambda weights: np.maximum(weights, 0),
    "symmetric": lambda weights: (weights + weights.T) / 2,
}


@dataclass(frozen=True)
class Linear:
    """Scores x B, whatever the weights.

    Attributes
    ----------
    weights
        B, (n_items, n_items).
    """

    weights: Floats

    def score(self, clicks: Any) -> Floats:
        """Score all items, (n_users, n_items)."""
        return np.asarray(clicks @ self.weights)


def missing(dropout: float, l2: float) -> list[str]:
    """Name what is still to be tried: of EDLAE only the weights as they are."""
    names = [*CHANGES, "free"] if dropout == 0 else ["fitted"]
    return [name for name in names if not TABLE.has(dropout=dropout, l2=l2, weights=name)]


def free(split: Split, l2: float) -> Floats:
    """Solve (XᵀX + l2 I) B = XᵀX; B is I - l2 P, whose diagonal is left out."""
    weights = -l2 * inverse_of(gram_matrix(split.train, l2))
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)


def tried(names: list[str], dropout: float, l2: float, split: Split) -> dict[str, Floats]:
    """Make the weights of each name."""
    found = {"free": free(split, l2)} if "free" in names else {}
    if changed := [name for name in names if name in CHANGES]:
        weights = EDLAE(l2=l2, dropout=dropout).fit(split.train).weights
        found |= {name: CHANGES[name](weights) for name in changed}
    return found


def measure(weights: Floats, split: Split) -> dict[str, Any]:
    """Judge lists by both groups of people."""
    asked = list(PAPER_METRICS)
    model = Linear(np.ascontiguousarray(weights))
    test = evaluate(model, split.test, asked)
    validation = evaluate(model, split.validation, ["ndcg@100"]).mean("ndcg@100")
    means = {name: round(test.mean(name), 5) for name in asked}
    per_user = pack(test.per_user["ndcg@100"], decimals=4)
    return {"validation_ndcg@100": round(validation, 5), **means, "per_user": per_user}


def main() -> int:
    """Make what is missing and print the means."""
    data = datasets.load(SOURCE, timestamp=None)
    split = splits.ready_split(data.interactions)
    made = origin(split, PACKAGES, __file__)
    for dropout, l2 in product(DROPOUTS, PENALTIES):
        for name, weights in tried(missing(dropout, l2), dropout, l2, split).items():
            about = {"dropout": dropout, "l2": l2, "weights": name}
            TABLE.append(about | measure(weights, split) | made)
        print(f"dropout {dropout}, l2 {l2}", flush=True)
    shown = TABLE.read().drop(columns=["per_user", *made])
    print(shown.to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
