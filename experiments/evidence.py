"""How probable decoders of two weights β make new people's rows: results/evidence.csv.

Usage: python experiments/evidence.py

The models of experiments/beta_sweep.py, trained once more. The loss of a model with β below one
trains its encoder for a tempered posterior, so its ELBO says little about its *decoder*. Here the
decoder stays as it is, and each validation person's whole row gets a q of its own at β = 1: first a
diagonal normal, then from there one with a full covariance, both by gradient ascent on the ELBO.
Draws of the last, weighed by importance, estimate log p(x): a lower bound on average, and tight
where a tenth of the draws gives the same. Runs whose row is there already are not repeated; delete
the file to begin anew.
"""

import itertools
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import beta_sweep
import numpy as np
import torch
from beta_sweep import ROOT, SEEDS, Look, look, train
from torch import Tensor

from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows, pack
from recotour_vae.models.pytorch import MultVAE
from recotour_vae.splits import Split

TABLE = Rows(ROOT / "results" / "evidence.csv", ("beta_cap", "seed"))
CAPS = (0.2, 1.0)
STEPS, NOISES = 300, 4  # of each refit: updates, and draws an update
RATES = {"diagonal": 0.05, "full": 0.01}  # learning rates at its start
DRAWS, AT_ONCE = 2000, 40  # for log p(x) of a person, and how many of them together


@dataclass(frozen=True)
class Normal:
    """A normal distribution for each person.

    Attributes
    ----------
    mu
        (n_users, latent).
    factor
        (n_users, latent, latent), lower triangular: its square is the covariance.
    """

    mu: Tensor
    factor: Tensor

    def codes(self, eps: Tensor) -> Tensor:
        """Turn standard noise into codes, both (n_draws, n_users, latent)."""
        return self.mu + torch.einsum("uij,suj->sui", self.factor, eps)

    def log_volume(self) -> Tensor:
        """Logarithm of the factor's determinant, (n_users,)."""
        return self.factor.diagonal(dim1=1, dim2=2).abs().log().sum(dim=1)

    def kl(self) -> Tensor:
        """KL divergence from the standard normal, (n_users,)."""
        squares = self.mu.square().sum(dim=1) + self.factor.square().sum(dim=(1, 2))
        return (squares - self.mu.shape[1]) / 2 - self.log_volume()


@dataclass(frozen=True)
class Decoder:
    """A trained decoder, and rows to be scored.

    Attributes
    ----------
    rows
        (n_users, n_items), dense.
    """

    model: MultVAE
    rows: Tensor

    def decode(self, z: Tensor) -> Tensor:
        """Turn codes, (..., latent), into logits, (..., n_items)."""
        return self.model.decode(z)

    def log_likelihood(self, z: Tensor) -> Tensor:
        """Log-probability of each row given its codes, (n_draws, n_users), no coefficient."""
        return (torch.log_softmax(self.decode(z), dim=-1) * self.rows).sum(dim=-1)

    def elbo(self, q: Normal, eps: Tensor) -> Tensor:
        """Estimate each person's ELBO from some noise, (n_users,)."""
        return self.log_likelihood(q.codes(eps)).mean(dim=0) - q.kl()

    def log_weights(self, q: Normal, eps: Tensor) -> Tensor:
        """Weigh codes from some noise: log p(x, z) - log q(z), (n_draws, n_users)."""
        z = q.codes(eps)
        ratio = (eps.square() - z.square()).sum(dim=-1) / 2 + q.log_volume()
        return self.log_likelihood(z) + ratio


def noise(like: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw standard noise in pairs of opposite signs, (count, *like.shape)."""
    half = torch.randn(count // 2, *like.shape, generator=generator)
    return torch.cat([half, -half])


def laplace(decoder: Decoder, mu: Tensor) -> Normal:
    """Take the covariance from the curvature at the means, where logits count as linear in z.

    The nll curves by N (diag(pi) - pi pi^T) in the logits (eq-mult-vae-gradient), the prior by one.
    """
    slopes = torch.func.vmap(torch.func.jacfwd(decoder.decode))(mu)  # (n_users, n_items, latent)
    share = torch.softmax(decoder.decode(mu), dim=-1)[..., None]
    centred = (slopes - (share * slopes).sum(dim=1, keepdim=True)) * share.sqrt()
    precision = decoder.rows.sum(dim=1)[:, None, None] * centred.mT @ centred
    covariance = torch.linalg.inv(precision + torch.eye(mu.shape[1]))
    return Normal(mu, torch.linalg.cholesky(covariance))


def refit(
    decoder: Decoder, start: Normal, free: Tensor, rate: float, generator: torch.Generator
) -> Normal:
    """Raise each person's ELBO by mean and factor, of which only the free entries move."""
    mu, factor = (part.clone().requires_grad_() for part in (start.mu, start.factor))
    optimiser = torch.optim.Adam([mu, factor], lr=rate)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, STEPS)
    for _ in range(STEPS):
        q = Normal(mu, factor * free)
        optimiser.zero_grad()
        (-decoder.elbo(q, noise(mu, NOISES, generator)).sum()).backward()
        optimiser.step()
        falling.step()
    return Normal(mu.detach(), (factor * free).detach())


def batches(like: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    """Draw the noise for log p(x), some at once."""
    return (noise(like, AT_ONCE, generator) for _ in range(DRAWS // AT_ONCE))


@torch.inference_mode()
def elbo(decoder: Decoder, q: Normal, generator: torch.Generator) -> Tensor:
    """Estimate each person's ELBO with a tenth of the draws, (n_users,)."""
    few = itertools.islice(batches(q.mu, generator), DRAWS // AT_ONCE // 10)
    return torch.stack([decoder.elbo(q, eps) for eps in few]).mean(dim=0)


@torch.inference_mode()
def log_weights(decoder: Decoder, q: Normal, generator: torch.Generator) -> Tensor:
    """Weigh draws of q, (DRAWS, n_users)."""
    return torch.cat([decoder.log_weights(q, eps) for eps in batches(q.mu, generator)])


def log_mean(weights: Tensor) -> Tensor:
    """Logarithm of the mean over draws of what is given by its logarithm, (n_users,)."""
    return weights.logsumexp(dim=0) - math.log(len(weights))


def effective(weights: Tensor) -> Tensor:
    """Effective number of draws, (n_users,)."""
    return (2 * weights.logsumexp(dim=0) - (2 * weights).logsumexp(dim=0)).exp()


def measure(decoder: Decoder, seen: Look, seed: int) -> dict[str, Any]:
    """Give the encoder's ELBO, those of both refits, and log p(x): means, and person by person."""
    generator = torch.Generator().manual_seed(seed)
    eye = torch.eye(seen.mu.shape[1])
    encoder = Normal(seen.mu.clone(), torch.diag_embed(torch.exp(seen.logvar / 2)))
    diagonal = refit(decoder, encoder, eye, RATES["diagonal"], generator)
    bent = laplace(decoder, diagonal.mu)
    full = refit(decoder, bent, torch.ones_like(eye).tril(), RATES["full"], generator)
    weights = log_weights(decoder, full, generator)
    every = {"encoder": elbo(decoder, encoder, generator)}
    every |= {"diagonal": elbo(decoder, diagonal, generator)}
    every |= {"full": elbo(decoder, full, generator), "evidence": log_mean(weights)}
    return (
        means(every)
        | sureness(weights)
        | {f"{name}_per_user": pack(each.tolist(), decimals=2) for name, each in every.items()}
    )


def means(every: dict[str, Tensor]) -> dict[str, float]:
    """Average over the people."""
    return {name: round(float(each.mean()), 4) for name, each in every.items()}


def sureness(weights: Tensor) -> dict[str, float]:
    """Say how far log p(x) may be trusted: from a tenth of the draws, and by effective draws."""
    tenth = float(log_mean(weights[: len(weights) // 10]).mean())
    quantiles = np.quantile(effective(weights).numpy(), [0.1, 0.5])
    return {"evidence_of_a_tenth": round(tenth, 4)} | {
        f"effective_draws_{name}": round(float(one), 1)
        for name, one in zip(("low", "median"), quantiles, strict=True)
    }


def frozen(model: MultVAE, split: Split) -> Decoder:
    """Take a model whose weights stay, and the validation people's whole rows."""
    group = split.validation
    rows = (group.fold_in + group.held_out).toarray().astype(np.float32)
    return Decoder(model.eval().requires_grad_(False), torch.from_numpy(rows))


def settings(cap: float, seed: int) -> str:
    """Put everything that was chosen in one cell of the table."""
    own = {"steps": STEPS, "rates": RATES, "noises": NOISES, "draws": DRAWS}
    return json.dumps(json.loads(beta_sweep.settings(cap, seed)) | {"refit": own})


def run(split: Split, cap: float, seed: int) -> dict[str, Any]:
    """Train once, and measure."""
    model, _ = train(split, cap, seed)
    found = measure(frozen(model, split), look(model, split), seed)
    row = {"beta_cap": cap, "seed": seed} | found | {"settings": settings(cap, seed)}
    return row | origin(split, ("recotour-vae", "torch"), __file__)


def main() -> int:
    """Run what is missing and print the means."""
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    for seed, cap in itertools.product(SEEDS, CAPS):
        if not TABLE.has(beta_cap=cap, seed=seed):
            print(f"beta {cap}, seed {seed}", flush=True)
            TABLE.append(run(split, cap, seed))
    shown = ["encoder", "diagonal", "full", "evidence_of_a_tenth", "evidence"]
    print(TABLE.read().groupby("beta_cap")[shown].mean().round(2).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
