"""The two experiments behind the chapter on the reparameterization trick, and their tables."""

import itertools
import json
from types import SimpleNamespace

import draws
import estimators
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_matrix
from scipy.special import softmax
from support import two_tastes

from recotour_vae import datasets, splits
from recotour_vae.experiments.table import Rows
from recotour_vae.models import MultVAEConfig, make_model
from recotour_vae.models.pytorch import ClickBatch
from recotour_vae.training import TrainingConfig

EXACT = 1e-9


@pytest.fixture
def linear() -> estimators.Person:
    """Somebody whose decoder is a softmax of something linear."""
    config = MultVAEConfig(hidden=(), latent=3)
    model = make_model(config, 6, seed=1).eval().requires_grad_(False)
    person = estimators.Person.of(model, csr_matrix([[1, 0, 1, 1, 0, 0]]))
    return estimators.Person(model, person.columns, person.mu, torch.tensor([0.5, 1.0, 2.0]))


def of_a_square(distance: float, sigma: float) -> np.ndarray:
    """Give (z - a)² at the nodes of a coordinate, less its mean."""
    nodes, weights = estimators.quadrature()
    values = (distance + sigma * nodes) ** 2
    return values - weights @ values


def test_others_integrated_out_of_a_sum_of_squares_leave_the_variances_of_one_dimension():
    distance, sigma = -1.5, 0.8
    rows = np.tile(of_a_square(distance, sigma), (4, 1))
    by_score, by_slope = estimators.integrated(rows) / sigma**2
    assert by_score == pytest.approx(8 * distance**2 + 6 * sigma**2, rel=EXACT)
    assert by_slope == pytest.approx(4 * sigma**2, rel=EXACT)


def test_noise_of_the_others_does_not_make_the_limits_larger():
    """What differs between the draws of the others is no part of the conditional expectation."""
    random, square = np.random.default_rng(0), of_a_square(1.0, 1.0)
    nodes, _ = estimators.quadrature()
    noisy = [square + random.standard_normal((4, 1)) * (nodes**2 - 1) for _ in range(4000)]
    found = np.mean([estimators.integrated(rows) for rows in noisy], axis=0)
    assert found == pytest.approx(estimators.integrated(np.tile(square, (2, 1))), rel=0.05)


def test_slopes_are_those_of_the_softmax(linear):
    eps = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    values, slopes = linear.slopes(eps)
    weight, bias = (part.numpy() for part in linear.model.decoder[-1].parameters())
    pi = softmax((linear.mu + linear.sigma * eps).numpy() @ weight.T + bias, axis=1)
    x = np.array([1, 0, 1, 1, 0, 0])
    assert values.numpy() == pytest.approx(np.log(pi) @ x, rel=1e-5)
    assert slopes.numpy() == pytest.approx(x @ weight - 3 * pi @ weight, abs=1e-5)


def test_every_estimate_has_its_own_noise_and_a_baseline_helps(linear):
    found = estimators.measure(linear, torch.Generator().manual_seed(3))
    assert found["pathwise_limit"] <= 1.05 * found["pathwise"]
    assert found["score_limit"] < found["baseline"] < found["score"]


def test_draws_are_averaged_and_share_a_mask():
    model = make_model(draws.MODEL, 6, seed=0)
    engine = draws.ManyDraws(model.train(), TrainingConfig(device="cpu"), 3)
    batch = ClickBatch.from_csr(csr_matrix(np.eye(6, dtype=np.float32)))
    found = engine.loss(batch, beta=0.2)
    random = engine.generator.manual_seed(engine.generator.initial_seed())
    keep = model.draw(6, 6, random, engine.device).per_click["keep"]
    losses = [model.training_loss(batch, 0.2, random, keep).loss for _ in range(3)]
    each = [float(loss.detach()) for loss in losses]
    assert float(found.loss.detach()) == pytest.approx(np.mean(each))
    assert len({*each}) == 3


@pytest.mark.parametrize("number", draws.DRAWS)
def test_passes_through_the_decoder_are_equal(number):
    chosen = draws.settings(number, 0.01, 0)
    assert (chosen.epochs * number, chosen.patience * number) == (draws.PASSES, draws.PATIENCE)


@pytest.mark.slow
def test_rows_are_made_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(datasets, "load", lambda name: SimpleNamespace(interactions=None))
    monkeypatch.setattr(splits, "strong_generalisation", lambda data: two_tastes(60, 120))
    monkeypatch.setattr(draws, "PASSES", 10)
    monkeypatch.setattr(estimators, "EPOCHS", 1)
    for script, chosen in ((draws, {"RATES": (0.01,)}), (estimators, {"LATENT": (2, 3)})):
        for name, value in ({"SEEDS": range(1)} | chosen).items():
            monkeypatch.setattr(script, name, value)
        table = Rows(tmp_path / script.TABLE.path.name, script.TABLE.columns)
        monkeypatch.setattr(script, "TABLE", table)
        assert script.main() == 0
        assert len(table.read()) == 2
        text = table.path.read_bytes()
        assert script.main() == 0
        assert table.path.read_bytes() == text


DESIGNS = [
    (draws, itertools.product(draws.DRAWS, draws.RATES, draws.SEEDS)),
    (estimators, itertools.product(estimators.LATENT, estimators.SEEDS)),
]


@pytest.mark.parametrize(("script", "design"), DESIGNS, ids=["draws", "estimators"])
def test_stored_rows_are_those_of_the_design_and_of_one_clean_checkout(script, design):
    rows = pd.read_csv(script.TABLE.path, dtype={"commit": str})
    assert sorted(rows[[*script.TABLE.columns]].itertuples(index=False, name=None)) == [*design]
    assert rows["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()
    assert rows[["split", "versions", "commit"]].nunique().tolist() == [1, 1, 1]


def test_stored_settings_are_todays():
    for row in pd.read_csv(draws.TABLE.path).itertuples():
        stored = json.loads(row.settings)["training"]
        now = draws.settings(row.draws, row.learning_rate, row.seed)
        assert {name: getattr(now, name) for name in stored} == stored
    for row in pd.read_csv(estimators.TABLE.path).itertuples():
        stored = json.loads(row.settings)
        now = estimators.settings(row.latent, row.seed)[1]
        assert {name: getattr(now, name) for name in stored["training"]} == stored["training"]
        assert stored["measured"]["draws"] == estimators.DRAWS
