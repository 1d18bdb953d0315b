"""One draw of the noise a user, or five and a fifth of the updates: results/draws.csv.

Usage: python experiments/draws.py

Mult-VAE on MovieLens 100K, trained with L draws of the noise a user and an update, L = 1 or 5, for
the same number of passes through the decoder: with five draws there are a fifth of the epochs, and
of the updates. β is constant, since a schedule would rise with the updates. Each is trained with
two learning rates, because a gradient with less noise may bear larger steps, and with six seeds,
until the validation people see no improvement any more. A row keeps what those say after each
epoch, and what the test people say of the epoch that they picked.

Runs whose row is there already are not repeated; delete the file to begin anew.
"""

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from recotour_vae import datasets, splits
from recotour_vae.evaluation import evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import MultVAEConfig, make_model
from recotour_vae.models.pytorch import ClickBatch, LossParts
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig
from recotour_vae.training.pytorch import PyTorchBackend

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "draws.csv", ("draws", "learning_rate", "seed"))
DRAWS = (1, 5)
RATES = (3e-3, 1e-2)
SEEDS = range(6)
PASSES = 400  # through the decoder, for each user, at most
PATIENCE = 100  # passes without a better epoch, after which training is over
MODEL = MultVAEConfig(hidden=(50,), latent=20, beta=0.2, annealing="constant")


class ManyDraws(PyTorchBackend):
    """Average the loss of a batch over several draws of the noise that share a dropout mask."""

    def __init__(self, model: Any, config: TrainingConfig, draws: int) -> None:
        super().__init__(model, config)
        self.draws = draws

    def loss(self, batch: ClickBatch, beta: float) -> LossParts:
        """Draw the mask once, and then as often as asked for."""
        keep = self._mask(batch)
        parts = [
            self.model.training_loss(batch, beta, self.generator, keep) for _ in range(self.draws)
        ]
        return LossParts(*(torch.stack(part).mean() for part in zip(*parts, strict=True)))

    def _mask(self, batch: ClickBatch) -> Tensor:
        drawn = self.model.draw(len(batch), len(batch.items), self.generator, self.device)
        keep: Tensor = drawn.per_click["keep"]
        return keep


def backend(draws: int) -> Callable[[Any, TrainingConfig], ManyDraws]:
    """Give what makes the backend of a trainer."""
    return lambda model, config: ManyDraws(model, config, draws)


def settings(draws: int, learning_rate: float, seed: int) -> TrainingConfig:
    """Say how to train: the more draws, the fewer epochs."""
    length = {"epochs": PASSES // draws, "patience": PATIENCE // draws}
    common: dict[str, Any] = {"batch_size": 100, "device": "cpu", "seed": seed}
    return TrainingConfig(learning_rate=learning_rate, **length, **common)


def run(split: Split, draws: int, learning_rate: float, seed: int) -> dict[str, Any]:
    """Train once, and measure on the validation users and on the test users."""
    config, model = settings(draws, learning_rate, seed), make_model(MODEL, split.n_items, seed)
    history = Trainer(config, backend=backend(draws)).fit(model, split.train, split.validation)
    test = evaluate(model, split.test, ["ndcg@100"]).mean("ndcg@100")
    row: dict[str, Any] = {"draws": draws, "learning_rate": learning_rate, "seed": seed}
    row |= {"epochs": len(history), "best_epoch": int(history["ndcg@100"].idxmax())}
    row |= {"ndcg100": round(history["ndcg@100"].max(), 5), "test_ndcg100": round(test, 5)}
    row |= {"ndcg100_per_epoch": _list(history["ndcg@100"])}
    row |= {"loss_per_epoch": _list(history["validation_loss"])}
    said = {"model": asdict(MODEL), "training": asdict(config)}
    row |= {"settings": json.dumps(said)}
    return row | origin(split, ("recotour-vae", "torch"), __file__)


def _list(numbers: pd.Series) -> str:
    """Put numbers in one cell of the table, with blanks between."""
    return " ".join(f"{number:.4f}" for number in numbers)


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    for seed, rate, draws in itertools.product(SEEDS, RATES, DRAWS):
        if not TABLE.has(draws=draws, learning_rate=rate, seed=seed):
            print(f"{draws} draws, learning rate {rate:g}, seed {seed}", flush=True)
            TABLE.append(run(split, draws, rate, seed))
    shown = ["best_epoch", "ndcg100", "test_ndcg100"]
    print(TABLE.read().groupby(["draws", "learning_rate"])[shown].mean().round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
