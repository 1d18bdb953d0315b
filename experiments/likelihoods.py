"""Three likelihoods for clicks on MovieLens 100K, each tuned: results/likelihoods.csv.

Usage: python experiments/likelihoods.py

Mult-VAE and Mult-DAE with the multinomial, the Gaussian and the logistic likelihood, on five
splits. A likelihood's gradient has a scale of its own, so a learning rate and a cap of β that suit
one need not suit another: every row is one setting of a small grid, the same for all, and on each
split the validation users choose. The chapter book/foundations/mult-vae.ipynb compares the chosen
ones, test user by test user. Runs whose row is there already are not repeated; delete the file to
begin anew.
"""

import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from recotour_vae import datasets, splits
from recotour_vae.evaluation import evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import ModelConfig, MultDAEConfig, MultVAEConfig, make_model
from recotour_vae.models.config import Kind, Likelihood
from recotour_vae.splits import Split, SplitConfig
from recotour_vae.training import Trainer, TrainingConfig

METRIC = "ndcg@100"
SETTING = ("model", "likelihood", "learning_rate", "beta_cap")
ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "likelihoods.csv", (*SETTING, "seed"))
SEEDS = range(5)  # of the split, the weights, the order and the noise
RATES = (3e-3, 1e-2)
CAPS: dict[Kind, tuple[float, ...]] = {"mult-vae": (0.1, 0.3, 1.0), "mult-dae": (0.0,)}
HIDDEN: dict[Kind, tuple[int, ...] | None] = {"mult-vae": (200,), "mult-dae": None}
TRAINING: dict[str, Any] = {
    "epochs": 60, "patience": 15, "batch_size": 100, "device": "cpu"
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A model with a likelihood, and how it is trained."""

    model: Kind
    likelihood: Likelihood
    learning_rate: float
    beta_cap: float

    def architecture(self) -> ModelConfig:
        """Give the model's half."""
        common: dict[str, Any] = {"latent": 64, "likelihood": self.likelihood}
        if self.model == "mult-dae":
            return MultDAEConfig(HIDDEN["mult-dae"], **common)
        return MultVAEConfig(HIDDEN["mult-vae"], beta=self.beta_cap, anneal_fraction=0.5, **common)

    def training(self, seed: int) -> TrainingConfig:
        """Give the training's half."""
        return TrainingConfig(learning_rate=self.learning_rate, seed=seed, **TRAINING)


def settings() -> Iterator[Candidate]:
    """Go through the grid."""
    for model, likelihood in itertools.product(CAPS, get_args(Likelihood)):
        for rate, cap in itertools.product(RATES, CAPS[model]):
            yield Candidate(model, likelihood, rate, cap)


def split_of(seed: int) -> Split:
    """Split anew for each seed: one draw has too few test users."""
    return splits.strong_generalisation(
        datasets.load("ml-100k").interactions, SplitConfig(seed=seed)
    )


def run(setting: Candidate, split: Split, seed: int) -> dict[str, Any]:
    """Train once, and measure on validation and test users."""
    architecture, training = setting.architecture(), setting.training(seed)
    model, start = make_model(architecture, split.n_items, seed), time.perf_counter()
    history = Trainer(training).fit(model, split.train, split.validation)
    seconds = round(time.perf_counter() - start)
    test = evaluate(model, split.test, [METRIC])
    found, best = test.table().loc[METRIC], history[METRIC]
    row: dict[str, Any] = {
        **vars(setting),
        "seed": seed,
        "validation_ndcg@100": round(best.max(), 5),
    }
    row |= {METRIC: round(found["mean"], 5), "se_ndcg@100": round(found["se"], 5)}
    row |= {"epochs": len(history), "best_epoch": int(best.idxmax())}
    row |= {"users": " ".join(f"{user}" for user in test.per_user.index)}
    row |= {"per_user": " ".join(f"{value:.4f}" for value in test.per_user[METRIC])}
    row |= {"settings": json.dumps({"model": asdict(architecture), "training": asdict(training)})}
    return row | {"seconds": seconds} | origin(split, ("recotour-vae", "torch"), __file__)


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep, for each model, likelihood and split, the setting that its validation users choose."""
    groups = rows.groupby(["model", "likelihood", "seed"], sort=False)
    return rows.loc[groups["validation_ndcg@100"].idxmax()].reset_index(drop=True)


def main() -> int:
    """Run what is missing and print the mean over splits of the chosen settings."""
    for seed in SEEDS:
        split = split_of(seed)
        for setting in settings():
            if not TABLE.has(**vars(setting), seed=seed):
                print(setting, f"seed {seed}", flush=True)
                TABLE.append(run(setting, split, seed))
    means = (
        chosen(TABLE.read()).groupby(["model", "likelihood"])[METRIC].agg(["mean", "min", "max"])
    )
    print(means.round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
