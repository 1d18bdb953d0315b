"""Baselines and both autoencoders on MovieLens-1M's ready split; a row a run in results/ml-1m.csv.

Usage: RECOTOUR_DATA=folder python experiments/ml_1m.py

It is no grid of `recotour-vae experiments`, because each row is compared with EASE user by user,
and the values of the users are not kept; `progress` asks the same of tuned models.

The folder holds ml-1m/interactions.csv.gz with the columns user, item and split. Runs whose row
is there already are not repeated, so the command can be stopped and started again; delete the
file to begin anew.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from recotour_vae import datasets, splits
from recotour_vae.baselines import EASE, ItemKNN, Popularity
from recotour_vae.evaluation import (
    PAPER_METRICS,
    Evaluation,
    Scorer,
    evaluate,
    paired_difference,
)
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import ModelConfig, MultDAEConfig, MultVAEConfig, make_model
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "ml-1m.csv", ("model", "seed"))
PACKAGES = ("recotour-vae", "torch")
SOURCE = "ml-1m/interactions.csv.gz"
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Recipe:
    """An autoencoder and how it is trained, chosen on the validation users."""

    name: str
    model: ModelConfig
    training: dict[str, Any] = field(default_factory=dict)

    def config(self, seed: int) -> TrainingConfig:
        """Give the settings of one seed's run."""
        return TrainingConfig(seed=seed, **self.training)

    def settings(self) -> dict[str, Any]:
        """Give what differs from the library's defaults, for the record."""
        usual = type(self.model)().own()
        model = {name: v for name, v in self.model.own().items() if v != usual[name]}
        return model | self.training


RECIPES = (
    Recipe(
        "Mult-VAE",
        MultVAEConfig(hidden=(600,), dropout=0.65, beta=0.3),
        {"epochs": 200, "patience": 60},
    ),
    Recipe(
        "Mult-DAE",
        MultDAEConfig(hidden=(600,), dropout=0.65),
        {"epochs": 100, "patience": 25},
    ),
)
BASELINES: dict[str, Any] = {
    "Popularity": Popularity(),
    "Item-kNN": ItemKNN(k=100, shrink=50.0),
    "EASE": EASE(l2=700.0),
}


def baseline_rows(split: Split) -> Iterator[dict[str, Any]]:
    """Fit and measure each baseline."""
    for name, model in BASELINES.items():
        if not TABLE.has(model=name, seed=0):
            start = time.perf_counter()
            model.fit(split.train)
            yield _row(name, 0, _plain(model), split, model, time.perf_counter() - start)


def model_rows(split: Split) -> Iterator[dict[str, Any]]:
    """Train and measure each recipe with each seed."""
    for recipe in RECIPES:
        for seed in SEEDS:
            if not TABLE.has(model=recipe.name, seed=seed):
                yield _trained(recipe, seed, split)


def _trained(recipe: Recipe, seed: int, split: Split) -> dict[str, Any]:
    start = time.perf_counter()
    model = make_model(recipe.model, split.n_items, seed)
    history = Trainer(recipe.config(seed)).fit(model, split.train, split.validation)
    seconds = time.perf_counter() - start
    row = _row(recipe.name, seed, recipe.settings(), split, model, seconds)
    best = history["ndcg@100"]
    return row | {"best_epoch": int(best.idxmax()), "validation_ndcg@100": round(best.max(), 5)}


def _row(
    name: str, seed: int, settings: dict[str, Any], split: Split, model: Scorer, seconds: float
) -> dict[str, Any]:
    evaluation = evaluate(model, split.test)
    table, gap = evaluation.table(), paired_difference(evaluation, _ease(split), "ndcg@100")
    found = {metric: round(table.loc[metric, "mean"], 5) for metric in PAPER_METRICS}
    errors = {f"se_{metric}": round(table.loc[metric, "se"], 5) for metric in PAPER_METRICS}
    row = {"model": name, "seed": seed, "settings": json.dumps(settings)}
    row |= {"test_users": len(evaluation.per_user)}
    less_ease = {f"less_ease_{name}": round(gap[name], 5) for name in ("mean", "low", "high")}
    return (
        row
        | found
        | errors
        | less_ease
        | {"seconds": round(seconds), **origin(split, PACKAGES, __file__)}
    )


@cache
def _ease(split: Split) -> Evaluation:
    """Measure EASE, which every row is compared with, user by user."""
    return evaluate(BASELINES["EASE"].fit(split.train), split.test)


def _plain(model: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(model).items() if isinstance(value, int | float)}


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.ready_split(datasets.load(SOURCE).interactions)
    for rows in (baseline_rows, model_rows):
        for row in rows(split):
            TABLE.append(row)
            print(f"{row['model']}, seed {row['seed']}: {row['ndcg@100']}", flush=True)
    means = TABLE.read().groupby("model")[list(PAPER_METRICS)].agg(["mean", "min", "max"])
    print(means.round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
