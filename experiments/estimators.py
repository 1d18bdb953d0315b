"""How noisy estimates of one gradient are with a trained decoder: results/estimators.csv.

Usage: python experiments/estimators.py

Mult-VAE is trained on MovieLens 100K with codes of several widths and five seeds. For each
validation person, whose whole row x is encoded, the gradient of E_q[log p(x|z)] by the mean of q is
estimated from one draw of z; a row has the variances of that, summed over the coordinates of the
mean, in the mean over the people:

- `pathwise`, of the slope of log p(x|z);
- `score`, of log p(x|z) times the score;
- `baseline`, of the same less the constant that is best for the coordinate and the person;
- `score_limit`, with log p(x|z) replaced by its conditional expectation given the coordinate, and
  the best constant again. The other coordinates are integrated out: whatever Rao-Blackwellisation
  saves for a constant baseline, it saves no more. It is no estimate from one draw any more: each
  coordinate asks for passes through the decoder of its own;
- `pathwise_limit`, of the slope with the other coordinates integrated out as well.

`signal` is the squared length of the gradient itself.

Runs whose row is there already are not repeated; delete the file to begin anew.
"""

import itertools
import json
import sys
from dataclasses import asdict, dataclass
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.models import MultVAEConfig, make_model
from recotour_vae.models.pytorch import ClickBatch, MultVAE
from recotour_vae.splits import Split
from recotour_vae.training import Trainer, TrainingConfig

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "estimators.csv", ("latent", "seed"))
LATENT = (4, 64, 200)
SEEDS = range(5)
HIDDEN, BETA = (200,), 0.2
EPOCHS = 60
DRAWS = 250  # of a person's code
COORDINATES = 16  # of a person's, at most, whose others are integrated out
NODES, OTHERS = 10, 8  # of the quadrature along a coordinate; draws of all others

Numbers = NDArray[np.float64]


def settings(latent: int, seed: int) -> tuple[MultVAEConfig, TrainingConfig]:
    """Say what is trained, and how."""
    model = MultVAEConfig(hidden=HIDDEN, latent=latent, beta=BETA, annealing="constant")
    common: dict[str, Any] = {"batch_size": 100, "learning_rate": 3e-3, "device": "cpu"}
    return model, TrainingConfig(epochs=EPOCHS, seed=seed, **common)


def train(split: Split, latent: int, seed: int) -> MultVAE:
    """Train, and keep the epoch that the validation people pick."""
    config, training = settings(latent, seed)
    model = make_model(config, split.n_items, seed)
    Trainer(training).fit(model, split.train, split.validation)
    assert isinstance(model, MultVAE)
    return model.eval().requires_grad_(False)


@dataclass(frozen=True)
class Person:
    """Somebody's clicks, and what the encoder makes of them.

    Attributes
    ----------
    columns
        The clicked items, (n_clicks,).
    mu, sigma
        Of q(z|x), (latent,).
    """

    model: MultVAE
    columns: Tensor
    mu: Tensor
    sigma: Tensor

    @classmethod
    def of(cls, model: MultVAE, row: csr_matrix) -> "Person":
        """Encode a row, without dropout."""
        batch = ClickBatch.from_csr(row)
        mu, logvar = model.encode(batch)
        return cls(model, batch.items, mu[0], torch.exp(logvar[0] / 2))

    def likelihood(self, eps: Tensor) -> Tensor:
        """Compute log p(x|z) for noise (n, latent)."""
        logits = self.model.decode(self.mu + self.sigma * eps)  # (n, n_items)
        whole = len(self.columns) * torch.logsumexp(logits, dim=1)
        return logits[:, self.columns].sum(dim=1) - whole

    def slopes(self, eps: Tensor) -> tuple[Tensor, Tensor]:
        """Give log p(x|z), and its gradient by the mean, (n, latent)."""
        moved = eps.clone().requires_grad_()
        values = self.likelihood(moved)
        (by_eps,) = torch.autograd.grad(values.sum(), moved)
        return values.detach(), by_eps / self.sigma


def of_one_draw(person: Person, random: torch.Generator) -> dict[str, Numbers]:
    """Estimate the variances of the estimates from one draw, (latent,) each, and the gradient."""
    eps = torch.randn(DRAWS, len(person.mu), generator=random)
    values, slopes = (part.double() for part in person.slopes(eps))
    eps, scores = eps.double(), (eps / person.sigma).double()
    best = (values[:, None] * eps**2).mean(dim=0) / (eps**2).mean(dim=0)
    found = {
        "pathwise": slopes.var(dim=0),
        "score": (values[:, None] * scores).var(dim=0),
        "baseline": ((values[:, None] - best) * scores).var(dim=0),
        "gradient": slopes.mean(dim=0),
    }
    return {name: part.numpy() for name, part in found.items()}


def along(person: Person, place: int, random: torch.Generator) -> Numbers:
    """Give log p(x|z) at the nodes of a coordinate for draws of the others, (OTHERS, NODES).

    The same draws stand at all nodes, and each row is less its mean: what the others add to all
    nodes alike is a constant for this coordinate, and would only be noise.
    """
    nodes, weights = quadrature()
    eps = torch.randn(OTHERS, 1, len(person.mu), generator=random).repeat(1, NODES, 1)
    eps[:, :, place] = torch.from_numpy(nodes).float()
    values = person.likelihood(eps.flatten(0, 1)).double().numpy().reshape(OTHERS, NODES)
    centred: Numbers = values - (values @ weights)[:, None]
    return centred


def quadrature() -> tuple[Numbers, Numbers]:
    """Give nodes and weights for the expectation under a standard normal density."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def integrated(values: Numbers) -> Numbers:
    """Estimate both variances of a coordinate's estimates by eps, others integrated out, (2,).

    They are of h(eps) eps with the best constant, and of h'(eps), h being the mean of the rows. A
    square of a mean over few draws would be too large by the variance of that mean, so each is a
    product of the means over two halves of the draws.
    """
    nodes, weights = quadrature()
    one, other = (half.mean(axis=0) for half in np.split(values, 2))
    second = weights @ (one * other * nodes**2)
    constant = (weights @ (one * nodes**2)) * (weights @ (other * nodes**2))
    parts = hermite(one) * hermite(other)
    slope = np.arange(2, NODES) @ parts[2:]  # he_n' = sqrt(n) he_(n-1), whose variance is 1
    return np.array([second - constant - parts[1], slope])


def hermite(values: Numbers) -> Numbers:
    """Give the coefficients in Hermite polynomials of length 1, from values at the nodes."""
    nodes, weights = quadrature()
    lengths = np.sqrt([factorial(n) for n in range(NODES)])
    basis = np.polynomial.hermite_e.hermevander(nodes, NODES - 1) / lengths  # (n_nodes, n_nodes)
    found: Numbers = (weights * values) @ basis
    return found


def of_the_limits(person: Person, random: torch.Generator) -> Numbers:
    """Estimate the variances with the others integrated out, summed over the coordinates, (2,)."""
    latent = len(person.mu)
    places = torch.randperm(latent, generator=random)[:COORDINATES].tolist()
    each = [
        integrated(along(person, place, random)) / float(person.sigma[place]) ** 2
        for place in places
    ]
    summed: Numbers = latent * np.mean(each, axis=0)
    return summed


def measure(person: Person, random: torch.Generator) -> dict[str, float]:
    """Give the variances of a person, summed over the coordinates, and the gradient's size."""
    found = of_one_draw(person, random)
    gradient = found.pop("gradient")
    sums = {name: float(part.sum()) for name, part in found.items()}
    by_score, by_slope = of_the_limits(person, random)
    limits = {"score_limit": float(by_score), "pathwise_limit": float(by_slope)}
    return sums | limits | {"signal": float(gradient @ gradient)}


def run(split: Split, latent: int, seed: int) -> dict[str, Any]:
    """Train once, and measure on the validation people."""
    model, random = train(split, latent, seed), torch.Generator().manual_seed(seed)
    whole = split.validation.fold_in + split.validation.held_out
    each = [measure(Person.of(model, row), random) for row in whole]
    means = {name: round(float(np.mean([one[name] for one in each])), 4) for name in each[0]}
    row: dict[str, Any] = {"latent": latent, "seed": seed} | means | {"people": len(each)}
    config, training = settings(latent, seed)
    measured = {"draws": DRAWS, "coordinates": COORDINATES, "nodes": NODES, "others": OTHERS}
    said = {"model": asdict(config), "training": asdict(training), "measured": measured}
    row |= {"settings": json.dumps(said)}
    return row | origin(split, ("recotour-vae", "torch"), __file__)


def main() -> int:
    """Run what is missing and print the variances over that of the pathwise estimate."""
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    for seed, latent in itertools.product(SEEDS, LATENT):
        if not TABLE.has(latent=latent, seed=seed):
            print(f"latent {latent}, seed {seed}", flush=True)
            TABLE.append(run(split, latent, seed))
    table = TABLE.read()
    shown = table[["score", "baseline", "score_limit", "pathwise_limit"]].div(
        table["pathwise"], axis=0
    )
    print(shown.groupby(table["latent"]).agg(["mean", "std"]).round(2).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
