"""Bayesian matrix factorisation on the five official folds of MovieLens 100K, as a referee.

Usage: pip install "recotour-vae[referees]"; python experiments/bayesian_mf.py

The model is myFM's and not ours: factors of rank 10 with a normal prior whose mean and precision
are drawn too (Salakhutdinov and Mnih 2008b), by Gibbs sampling. It reads who rated what and
nothing else, so that what it reaches is what a linear model can reach on these folds. A row a
fold in results/bayesian-mf.csv; rows that are there are not made again.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from recotour_vae.evaluation.metrics import mae, rmse
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.experiments.table import Rows
from recotour_vae.splits import Histories, Split

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "bayesian-mf.csv", ("fold",))
SOURCE = Source("ml-100k", folds="official", validation_ratings=0)
RANK, DRAWS, KEPT = 10, 300, 290


def one_hot(numbers: Any, width: int) -> csr_matrix:
    """Write whole numbers as rows with a single one, (n, width)."""
    rows = np.arange(len(numbers))
    return csr_matrix((np.ones(len(rows)), (rows, numbers)), (len(rows), width))


def features(histories: Histories) -> csr_matrix:
    """Say who and what of each rating, (n_ratings, n_users + n_items)."""
    parts = (histories.event_rows(), len(histories)), (histories.items, histories.n_items)
    return hstack([one_hot(numbers, width) for numbers, width in parts], "csr")


def run(split: Split, fold: int) -> dict[str, Any]:
    """Draw, and measure the mean of what the draws predict."""
    import myfm

    known, asked = split.history, split.test.asked
    groups = [len(known), known.n_items]
    model = myfm.MyFMRegressor(rank=RANK, random_seed=fold)
    start = time.perf_counter()
    draws = {"n_iter": DRAWS, "n_kept_samples": KEPT, "group_shapes": groups}
    model.fit(features(known), known.ratings, **draws)
    seconds = time.perf_counter() - start
    predicted = np.clip(model.predict(features(asked)), known.ratings.min(), known.ratings.max())
    row = {"fold": fold, "rank": RANK, "draws": DRAWS, "cold_ratings": split.test.n_cold}
    row |= {"rmse": round(rmse(predicted, asked.ratings), 5)}
    row |= {"mae": round(mae(predicted, asked.ratings), 5), "fit_seconds": round(seconds, 1)}
    return row | origin(split, ("recotour-vae", "numpy", "myfm"), __file__)


def main() -> int:
    """Make the rows that are missing, and print the mean."""
    for fold in range(1, 6):
        if not TABLE.has(fold=fold):
            print(f"u{fold}", flush=True)
            TABLE.append(run(split_of(Setting("ml-100k", SOURCE, "bias", fold=fold)), fold))
    print(TABLE.read()[["rmse", "mae"]].mean().round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
