"""Mult-VAE in PyTorch and in Gluon on MovieLens-1M, ten seeds each: results/two-frameworks.csv.

Usage: RECOTOUR_DATA=folder python experiments/two_frameworks.py

The folder holds ml-1m/interactions.csv.gz with the columns user, item and split. Runs whose row
is there already are not repeated, so the command can be stopped and started again; delete the
file to begin anew.
"""

import itertools
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from recotour_vae import datasets, splits
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import Framework, MultVAEConfig, make_model
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "two-frameworks.csv", ("framework", "seed"))
SOURCE = "ml-1m/interactions.csv.gz"
SEEDS = range(10)
MODEL = MultVAEConfig()
EPOCHS = 60


def run(split: Split, framework: Framework, seed: int) -> dict[str, Any]:
    """Train once from the framework's own initial weights, and measure on the test users."""
    config, start = TrainingConfig(epochs=EPOCHS, seed=seed, device="cpu"), time.perf_counter()
    model = make_model(MODEL, split.n_items, seed, framework)
    history = Trainer(config).fit(model, split.train, split.validation)
    seconds = round(time.perf_counter() - start)
    found = evaluate(model, split.test).table()
    settings = json.dumps(asdict(MODEL) | asdict(config))
    row = {"framework": framework, "seed": seed, "settings": settings}
    row |= {name: round(found.loc[name, "mean"], 5) for name in PAPER_METRICS}
    row |= {f"se_{name}": round(found.loc[name, "se"], 5) for name in PAPER_METRICS}
    row |= {"best_epoch": int(history["ndcg@100"].idxmax())}
    row |= {"validation_ndcg@100": round(history["ndcg@100"].max(), 5), "seconds": seconds}
    return row | origin(split, ("recotour-vae", "torch", "mxnet"), __file__)


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.ready_split(datasets.load(SOURCE).interactions)
    for seed, framework in itertools.product(SEEDS, get_args(Framework)):
        if not TABLE.has(framework=framework, seed=seed):
            print(f"{framework}, seed {seed}", flush=True)
            TABLE.append(run(split, framework, seed))
    means = TABLE.read().groupby("framework")[list(PAPER_METRICS)].agg(["mean", "min", "max"])
    print(means.round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
