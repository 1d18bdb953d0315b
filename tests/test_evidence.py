"""Decoders' evidence: what is estimated is what an integral over a grid gives."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import evidence
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from scipy.special import logsumexp

ROWS = torch.tensor([[3.0, 1.0, 0.0, 2.0], [0.0, 0.0, 5.0, 1.0], [1.0, 1.0, 1.0, 1.0]])


def toy(seed: int = 0) -> evidence.Decoder:
    """Four items, two latent dimensions that share what the logits do, and a bend."""
    layer = torch.nn.Linear(2, 4, bias=False)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(4, 2, generator=generator) + 1.5 * torch.eye(4, 2))
    layer.requires_grad_(False)
    return evidence.Decoder(SimpleNamespace(decode=lambda z: layer(z + 0.1 * z.sin())), ROWS)


def by_integration(decoder: evidence.Decoder) -> np.ndarray:
    """Give log p(x) of each row on a grid."""
    axis = np.linspace(-7, 7, 401)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2)
    z = torch.from_numpy(points).float().expand(-1, len(ROWS), -1)
    fit = decoder.log_likelihood(z).double().numpy()
    prior = stats.norm.logpdf(points).sum(axis=-1)
    return logsumexp(fit + prior, axis=0) + 2 * np.log(axis[1] - axis[0])


@pytest.fixture(scope="module")
def found():
    """What the experiment finds out about the toy, from an encoder that says nothing."""
    seen = SimpleNamespace(mu=torch.zeros(3, 2), logvar=torch.zeros(3, 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "STEPS", 200)
        patch.setattr(evidence, "DRAWS", 40_000)
        patch.setattr(evidence, "AT_ONCE", 1000)
        return evidence.measure(toy(), seen, seed=0)


@pytest.mark.slow
def test_evidence_is_that_of_the_integral(found):
    each = [float(one) for one in found["evidence_per_user"].split()]
    assert each == pytest.approx(by_integration(toy()), abs=0.02)
    assert found["evidence_of_a_tenth"] == pytest.approx(found["evidence"], abs=0.02)


@pytest.mark.slow
def test_each_freer_q_comes_nearer(found):
    steps = [found[name] for name in ("encoder", "diagonal", "full", "evidence")]
    assert steps == sorted(steps)
    assert min(np.diff(steps)) > 0.002


def test_curvature_and_kl_are_those_of_definitions():
    mu = torch.tensor([[0.3, -0.2], [0.1, 0.4], [0.0, 0.0]])
    decoder = evidence.Decoder(SimpleNamespace(decode=lambda z: z @ torch.ones(2, 4).tril()), ROWS)
    bent = evidence.laplace(decoder, mu)
    for row, code, factor in zip(ROWS, mu, bent.factor, strict=True):
        one = evidence.Decoder(decoder.model, row[None])
        curved = torch.autograd.functional.hessian(
            lambda z, one=one: -one.log_likelihood(z[None, None]).sum(), code
        )
        torch.testing.assert_close(torch.linalg.inv(factor @ factor.T), curved + torch.eye(2))
    q = torch.distributions.MultivariateNormal(mu, scale_tril=bent.factor)
    prior = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))
    torch.testing.assert_close(bent.kl(), torch.distributions.kl_divergence(q, prior))


STORED = evidence.TABLE.read()


def test_every_run_is_stored_from_one_clean_checkout():
    wanted = [*itertools.product(evidence.CAPS, evidence.SEEDS)]
    assert sorted(zip(STORED["beta_cap"], STORED["seed"], strict=True)) == wanted
    assert STORED["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()
    assert STORED["commit"].nunique() == 1
    for row in STORED.itertuples():
        assert json.loads(row.settings) == json.loads(evidence.settings(row.beta_cap, row.seed))


def test_encoders_are_those_of_the_sweep():
    sweep = pd.read_csv(Path(__file__).parents[1] / "results" / "beta-sweep.csv")
    both = STORED.merge(sweep, on=["beta_cap", "seed", "split"], suffixes=("", "_sweep"))
    assert len(both) == len(STORED)
    # each estimates the mean ELBO with noise of its own
    assert (both["encoder"] + both["nll"] + both["kl"]).abs().max() < 1


def test_stored_evidence_is_above_every_elbo_and_does_not_hang_on_the_draws():
    steps = STORED[["encoder", "diagonal", "full", "evidence"]]
    assert (steps.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert (STORED["evidence"] - STORED["evidence_of_a_tenth"]).abs().max() < 0.2
