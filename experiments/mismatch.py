"""What the rate of Mult-VAE consists of, by the number of people: results/mismatch.csv.

Usage: python experiments/mismatch.py

The models of experiments/beta_sweep.py, trained once more, and one at the β that a mean over
items and over latent dimensions makes of 0.2 in the paper's sizes. The rate is information plus
mismatch (eq-mult-vae-information). The information measured with n people cannot exceed log n, so
it is only a lower bound on that of everybody, on average over who the n are. Left out of the
mixture that their own codes are compared with, they give an upper bound (Poole et al. 2019). The
mismatch of everybody has a lower bound that needs few people: a divergence from the standard
normal is at least that of normal distributions with the same mean and variance in each unit.
Models whose rows are there already are not trained again; delete the file to begin anew.
"""

import itertools
import json
import math
import sys
from dataclasses import dataclass
from typing import Any

import beta_sweep
import torch
from beta_sweep import ROOT, SEEDS, train
from scipy.sparse import csr_matrix
from torch import Tensor

from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models.pytorch import ClickBatch, MultVAE, gaussian_kl
from recotour_vae.splits import Split

COLUMNS = ("beta_cap", "seed", "people", "n")
TABLE = Rows(ROOT / "results" / "mismatch.csv", COLUMNS)
CAPS = (0.0, 1.0, 20.0)
COUNTS = {"validation": (93,), "training": (93, 250, 757)}  # the first so many of each
DRAWS = 20  # from each person's q


@dataclass(frozen=True)
class Codes:
    """Diagonal normal distributions, one for each person.

    Attributes
    ----------
    mu, var
        (n_users, latent).
    """

    mu: Tensor
    var: Tensor

    def log_density(self, z: Tensor) -> Tensor:
        """Log of each person's density at codes (n, latent): (n, n_users), without constant."""
        precision = 1 / self.var
        squares = z.square() @ precision.T - 2 * z @ (self.mu * precision).T
        of_person = (self.mu.square() * precision + self.var.log()).sum(dim=1)
        return -(squares + of_person) / 2

    def rate(self) -> float:
        """Mean over people of the KL divergence from the standard normal, in nats."""
        return float(gaussian_kl(self.mu, self.var.log()).mean())

    def information(self, seed: int) -> dict[str, float]:
        """Estimate what a code tells about whose it is, in nats.

        `information` is that of a code and one of these people; on average, `at_most` is not less
        than the information of a code and anybody.
        """
        generator = torch.Generator().manual_seed(seed)
        whose = torch.arange(len(self.mu)).repeat(DRAWS)
        noise = torch.randn(len(whose), self.mu.shape[1], generator=generator, dtype=self.mu.dtype)
        densities = self.log_density(self.mu[whose] + self.var[whose].sqrt() * noise)
        own = densities.gather(1, whose[:, None])[:, 0]
        mixture = densities.logsumexp(dim=1) - math.log(len(self.mu))
        others = densities.scatter(1, whose[:, None], -math.inf).logsumexp(dim=1)
        others -= math.log(len(self.mu) - 1)
        bounds = {"information": own - mixture, "information_at_most": own - others}
        return {name: float(each.mean()) for name, each in bounds.items()}

    def least_mismatch(self) -> float:
        """KL from the standard normal of a normal with the mixture's moments, unit by unit."""
        mean = self.mu.mean(dim=0, keepdim=True)
        spread = self.var.mean(dim=0, keepdim=True) + self.mu.var(dim=0, correction=0)
        return float(gaussian_kl(mean, spread.log()))


@torch.inference_mode()
def encode(model: MultVAE, rows: csr_matrix) -> Codes:
    """Encode whole rows without dropout, and go on with 64 bits."""
    mu, logvar = model.eval().encode(ClickBatch.from_csr(rows))
    return Codes(mu.double(), logvar.double().exp())


def measure(codes: Codes, seed: int) -> dict[str, float]:
    """Give the rate, bounds on its part that is information, and the least mismatch."""
    found = {"rate": codes.rate(), "least_mismatch": codes.least_mismatch()}
    found |= codes.information(seed)
    return {name: round(value, 4) for name, value in found.items()}


def settings(cap: float, seed: int) -> str:
    """Put everything that was chosen in one cell of the table."""
    return json.dumps(json.loads(beta_sweep.settings(cap, seed)) | {"draws": DRAWS})


def run(split: Split, cap: float, seed: int) -> list[dict[str, Any]]:
    """Train once, and measure with each number of people."""
    model, _ = train(split, cap, seed)
    group = split.validation
    rows = {"validation": group.fold_in + group.held_out, "training": split.train}
    made = {"settings": settings(cap, seed)}
    made |= origin(split, ("recotour-vae", "torch"), __file__)
    return [
        {"beta_cap": cap, "seed": seed, "people": people, "n": n}
        | measure(encode(model, rows[people][:n]), seed)
        | made
        for people, counts in COUNTS.items()
        for n in counts
    ]


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    last = {"people": "training", "n": COUNTS["training"][-1]}
    for seed, cap in itertools.product(SEEDS, CAPS):
        if not TABLE.has(beta_cap=cap, seed=seed, **last):
            print(f"beta {cap}, seed {seed}", flush=True)
            for row in run(split, cap, seed):
                TABLE.append(row)
    shown = ["rate", "information", "information_at_most", "least_mismatch"]
    print(TABLE.read().groupby(["beta_cap", "people", "n"])[shown].mean().round(2).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
