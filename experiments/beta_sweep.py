"""What the weight β of the KL divergence does on MovieLens 100K: results/beta-sweep.csv.

Usage: python experiments/beta_sweep.py

It is no grid of `recotour-vae experiments`, because a run trains one model twice, first without
and then with validation users, and looks at its codes afterwards.

One split, several caps of β, five seeds each for weights, order and noise. A run warms up: β
rises in a straight line from 0 to its cap, and then stays there while the epochs count of which
the validation users pick the best; so every row is a model of its cap, and not of a β on the way
to it. Runs whose row is there already are not repeated; delete the file to begin anew.
"""

import itertools
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from recotour_vae import datasets, splits
from recotour_vae.evaluation import evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import ModelConfig, MultVAEConfig, make_model
from recotour_vae.models.pytorch import ClickBatch, MultVAE, gaussian_kl, negative_elbo
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "beta-sweep.csv", ("beta_cap", "seed"))
CAPS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0)
SEEDS = range(5)
MODEL = ModelConfig("mult-vae", hidden=(200,), latent=64)
WARM_UP, AT_CAP = 20, 60  # epochs
ACTIVE_ABOVE = 0.01  # variance of a unit's mean over users (Burda et al. 2016)
DRAWS = 20  # of the noise, for the likelihood under sampled codes


@dataclass(frozen=True)
class Look:
    """What the encoder says about some users, and what the decoder makes of it.

    Attributes
    ----------
    clicks
        (n_users, n_items) whole rows: what is encoded is also what is scored.
    mu, logvar
        (n_users, latent).
    """

    model: MultVAE
    clicks: ClickBatch
    mu: Tensor
    logvar: Tensor

    def nll(self, z: Tensor) -> float:
        """Mean over users of the negative log-likelihood of their rows given codes, in nats."""
        return float(negative_elbo(self.model.decode(z), self.clicks).nll)

    def sampled_nll(self, seed: int) -> float:
        """Estimate E_q[-log p(x|z)] with a few draws of the noise."""
        generator = torch.Generator().manual_seed(seed)
        noise = (torch.randn(self.mu.shape, generator=generator) for _ in range(DRAWS))
        found = [self.nll(self.mu + torch.exp(self.logvar / 2) * eps) for eps in noise]
        return float(np.mean(found))

    def unit_kl(self) -> NDArray[np.float32]:
        """KL of each unit, mean over users, (latent,)."""
        every = [
            gaussian_kl(mu[:, None], logvar[:, None]).mean()
            for mu, logvar in zip(self.mu.T, self.logvar.T, strict=True)
        ]
        return torch.stack(every).numpy()

    def unit_variance(self) -> NDArray[np.float32]:
        """Variance over users of each unit's mean, (latent,)."""
        variance: NDArray[np.float32] = self.mu.var(dim=0).numpy()
        return variance

    def noise_share(self) -> float:
        """Share of the codes' whole variance that is noise of the posterior."""
        noise = float(self.logvar.exp().mean(dim=0).sum())
        return noise / (noise + float(self.unit_variance().sum()))


@torch.inference_mode()
def look(model: MultVAE, split: Split) -> Look:
    """Encode the validation users' whole rows, without dropout."""
    group = split.validation
    clicks = ClickBatch.from_csr(group.fold_in + group.held_out)
    return Look(model.eval(), clicks, *model.encode(clicks))


Phase = tuple[MultVAEConfig, TrainingConfig]


def phases(cap: float, seed: int) -> tuple[Phase, Phase]:
    """Say how to warm up to the cap, and how to go on at the cap."""
    common: dict[str, Any] = {"batch_size": 100, "learning_rate": 3e-3, "device": "cpu"}
    rising = MultVAEConfig(**MODEL.own(), beta=cap, annealing="fraction", anneal_fraction=1.0)
    constant = replace(rising, annealing="constant", anneal_fraction=0.855)
    warm_up = TrainingConfig(epochs=WARM_UP, seed=2 * seed, **common)
    at_cap = TrainingConfig(epochs=AT_CAP, seed=2 * seed + 1, **common)
    return (rising, warm_up), (constant, at_cap)


def train(split: Split, cap: float, seed: int) -> tuple[MultVAE, pd.DataFrame]:
    """Warm up, then train at the cap and keep the best epoch of those."""
    (rising, warm_up), (constant, at_cap) = phases(cap, seed)
    model = make_model(rising, split.n_items, seed)
    Trainer(warm_up).fit(model, split.train)
    assert isinstance(model, MultVAE)
    model.config = constant  # the same network, with another schedule from here on
    history = Trainer(at_cap).fit(model, split.train, split.validation)
    return model, history


def settings(cap: float, seed: int) -> str:
    """Put everything that was chosen in one cell of the table."""
    both = [asdict(model) | asdict(training) for model, training in phases(cap, seed)]
    return json.dumps({"model": asdict(MODEL), "warm_up": both[0], "at_cap": both[1]})


def run(split: Split, cap: float, seed: int) -> dict[str, Any]:
    """Train once, and measure on the validation users; on the test users only the list."""
    model, history = train(split, cap, seed)
    found = evaluate(model, split.validation, ["ndcg@100"]).table().loc["ndcg@100"]
    row: dict[str, Any] = {"beta_cap": cap, "seed": seed}
    row |= {"ndcg100": round(found["mean"], 5), "ndcg100_se": round(found["se"], 5)}
    seen = look(model, split)
    row |= bounds(seen, seed) | {"epochs": WARM_UP + AT_CAP}
    row |= {"best_epoch": WARM_UP + int(history["ndcg@100"].idxmax())}
    test = evaluate(model, split.test, ["ndcg@100"]).per_user["ndcg@100"]
    row |= codes(seen) | {"test_ndcg100": round(test.mean(), 5)}
    row |= {"test_ndcg100_per_user": _list(test)}
    row |= {"settings": settings(cap, seed)}
    return row | origin(split, ("recotour-vae", "torch"), __file__)


@torch.inference_mode()
def bounds(seen: Look, seed: int) -> dict[str, Any]:
    """Measure the two parts of the loss, and the units in use."""
    row = {"nll": round(seen.sampled_nll(seed), 4), "kl": round(float(seen.unit_kl().sum()), 4)}
    return row | {"active_units": int((seen.unit_variance() > ACTIVE_ABOVE).sum())}


@torch.inference_mode()
def codes(seen: Look) -> dict[str, Any]:
    """Measure the likelihood without noise, the share of noise, and each unit's KL, sorted."""
    row = {"nll_at_mu": round(seen.nll(seen.mu), 4), "noise_share": round(seen.noise_share(), 5)}
    return row | {"unit_kl": _list(np.sort(seen.unit_kl())[::-1])}


def _list(numbers: Iterable[float]) -> str:
    """Put numbers in one cell of the table, with blanks between."""
    return " ".join(f"{number:.4f}" for number in numbers)


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    for seed, cap in itertools.product(SEEDS, CAPS):
        if not TABLE.has(beta_cap=cap, seed=seed):
            print(f"beta {cap}, seed {seed}", flush=True)
            TABLE.append(run(split, cap, seed))
    shown = ["ndcg100", "test_ndcg100", "nll", "nll_at_mu", "kl", "active_units"]
    print(TABLE.read().groupby("beta_cap")[shown].mean().round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
