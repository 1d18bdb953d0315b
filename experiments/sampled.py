"""What the sampled softmax costs in accuracy: the same model trained both ways, on two data sets.

Usage: RECOTOUR_DATA=folder python experiments/sampled.py [data ...]

It is no grid of `recotour-vae experiments`, because two of its arms exchange the optimiser inside
the engine.

The folder holds ml-1m/interactions.csv.gz with the columns user, item and split, and
amazon-video-games/interactions.csv.gz with user and item. Writes results/sampled.csv. Two things
change together when items are sampled: the objective, and Adam, which becomes lazy. On Amazon,
where most rows are not in a batch, two more arms change one of them at a time. Runs whose row is
there already are not repeated, so the command can be stopped and started again; delete the file
to begin anew. Name `ml-1m` or `amazon-video-games` to run only one of them.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from recotour_vae import datasets, splits
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import MultVAEConfig, make_model
from recotour_vae.splits import Split, SplitConfig
from recotour_vae.training import Trainer, TrainingConfig
from recotour_vae.training.backend import Backend
from recotour_vae.training.choose import choose
from recotour_vae.training.lazy_adam import lazy_adam
from recotour_vae.training.pytorch import PyTorchBackend

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "sampled.csv", ("data", "drawn", "adam", "seed"))
SEEDS = range(3)


def lazy_exact(model: Any, config: TrainingConfig) -> Backend:
    """Take the exact loss, with the lazy Adam where it can be lazy: in the first layer."""
    backend = PyTorchBackend(model, config, replace(choose(model), optimiser=lazy_adam))
    model.first.weight.register_post_accumulate_grad_hook(_keep_rows)
    return backend


def all_rows_sampled(model: Any, config: TrainingConfig) -> Backend:
    """Take the sampled loss, with an Adam that steps every row, as momentum would have it."""
    backend = PyTorchBackend(model, config, replace(choose(model), optimiser=_every_row))
    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(_fill_rows)
    return backend


def _every_row(parameters: list[torch.nn.Parameter], rate: float, *_: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=rate, fused=True)


def _keep_rows(parameter: torch.Tensor) -> None:
    assert parameter.grad is not None
    parameter.grad = parameter.grad.to_sparse(1)


def _fill_rows(parameter: torch.Tensor) -> None:
    assert parameter.grad is not None
    parameter.grad = parameter.grad.to_dense()


@dataclass(frozen=True)
class Arm:
    """One way to train: the items drawn for an update, None for all, and which rows Adam steps."""

    drawn: int | None
    adam: str
    backend: Callable[[Any, TrainingConfig], Backend] | None = None

    @property
    def key(self) -> dict[str, str]:
        """How the table calls it."""
        return {"drawn": "all" if self.drawn is None else str(self.drawn), "adam": self.adam}


def arms(*draws: int) -> tuple[Arm, ...]:
    """Exact, and sampled with so many items."""
    return Arm(None, "all rows"), *(Arm(drawn, "lazy") for drawn in draws)


@dataclass(frozen=True)
class Study:
    """A data set, the model for it, how it is trained, and the arms."""

    split: Callable[[], Split]
    model: MultVAEConfig
    arms: tuple[Arm, ...]
    training: dict[str, Any] = field(default_factory=dict)


def movielens() -> Split:
    """Give MovieLens-1M in its ready split."""
    return splits.ready_split(datasets.load("ml-1m/interactions.csv.gz").interactions)


def amazon() -> Split:
    """Split Amazon Video Games by users; every row is a click."""
    table = datasets.load("amazon-video-games/interactions.csv.gz").interactions
    return splits.strong_generalisation(table, SplitConfig(click_above=None))


STUDIES = {
    "ml-1m": Study(movielens, MultVAEConfig(), arms(300, 1000), {"epochs": 60}),
    "amazon-video-games": Study(
        amazon,
        MultVAEConfig(hidden=(100,), latent=50),
        (
            *arms(1000, 3000),
            Arm(None, "lazy", lazy_exact),
            Arm(1000, "all rows", all_rows_sampled),
        ),
        {"epochs": 15, "batch_size": 250, "learning_rate": 3e-3},
    ),
}


def run(name: str, split: Split, arm: Arm, seed: int) -> dict[str, Any]:
    """Train once, and measure on validation and test users with the exact scores."""
    study, start = STUDIES[name], time.perf_counter()
    config = TrainingConfig(seed=seed, device="cpu", **study.training)
    own = replace(study.model, sampled_items=arm.drawn)
    model = make_model(own, split.n_items, seed)
    history = Trainer(config, backend=arm.backend).fit(model, split.train, split.validation)
    seconds = round(time.perf_counter() - start)
    found = evaluate(model, split.test).table()
    settings = {"model": asdict(own), "training": asdict(config)}
    row = {"data": name, **arm.key, "seed": seed, "settings": json.dumps(settings)}
    row |= {"items": split.n_items, "epochs": len(history)}
    row |= {metric: round(found.loc[metric, "mean"], 5) for metric in PAPER_METRICS}
    row |= {f"se_{metric}": round(found.loc[metric, "se"], 5) for metric in PAPER_METRICS}
    best = history["ndcg@100"]
    row |= {"best_epoch": int(best.idxmax()), "validation_ndcg@100": round(best.max(), 5)}
    row |= {"validation_loss": round(history.loc[best.idxmax(), "validation_loss"], 4)}
    return row | {"seconds": seconds} | origin(split, ("recotour-vae", "torch"), __file__)


def main(names: list[str]) -> int:
    """Run what is missing and print the means."""
    for name in names or STUDIES:
        split = STUDIES[name].split()
        for seed, arm in itertools.product(SEEDS, STUDIES[name].arms):
            if not TABLE.has(data=name, seed=seed, **arm.key):
                print(f"{name}, {arm.key}, seed {seed}", flush=True)
                TABLE.append(run(name, split, arm, seed))
    shown = ["validation_ndcg@100", "ndcg@100", "seconds"]
    means = TABLE.read().groupby(["data", "drawn", "adam"])[shown].agg(["mean", "min", "max"])
    print(means.round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
