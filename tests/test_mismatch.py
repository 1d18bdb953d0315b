"""What a rate consists of: estimates from draws are what integrals give, bounds enclose it."""

import itertools

import mismatch
import numpy as np
import pytest
import torch
from scipy import stats


def people(mu: list[float], var: list[float]) -> mismatch.Codes:
    """Codes with one latent dimension."""
    return mismatch.Codes(*(torch.tensor(part, dtype=torch.double)[:, None] for part in (mu, var)))


def test_information_and_mismatch_are_those_of_integrals(monkeypatch):
    monkeypatch.setattr(mismatch, "DRAWS", 20_000)
    codes = people([-2.0, 0.0, 1.0], [0.25, 0.64, 0.36])
    z = np.linspace(-12, 12, 24_001)
    each = stats.norm.pdf(z, codes.mu.numpy(), codes.var.sqrt().numpy()) + 1e-300
    mixture = each.mean(axis=0)
    information = (each * np.log(each / mixture)).sum(axis=1).mean() * (z[1] - z[0])
    beyond = (mixture * np.log(mixture / stats.norm.pdf(z))).sum() * (z[1] - z[0])
    assert codes.information(seed=0)["information"] == pytest.approx(information, abs=0.01)
    assert codes.rate() == pytest.approx(information + beyond, abs=1e-4)
    assert 0.1 < codes.least_mismatch() < beyond


def test_far_apart_people_know_their_number_and_no_more():
    far = people([100.0 * n for n in range(5)], [1e-4] * 5)
    assert far.information(seed=0)["information"] == pytest.approx(np.log(5))
    alike = people([0.0] * 5, [1.0] * 5)
    assert [*alike.information(seed=0).values(), alike.least_mismatch()] == pytest.approx([0, 0, 0])


@pytest.mark.slow
def test_bounds_enclose_what_many_people_tell():
    """People at places drawn from N(0, 1 - v), each with variance v: information -log(v) / 2."""
    v = 0.05
    places = (1 - v) ** 0.5 * np.random.default_rng(0).normal(size=500)
    few, many = (people([*places[:n]], [v] * n).information(seed=0) for n in (20, 500))
    assert few["information"] < many["information"] < -np.log(v) / 2
    assert few["information_at_most"] > many["information_at_most"] > -np.log(v) / 2 - 0.05
    assert many["information_at_most"] - many["information"] < 0.05


STORED = mismatch.TABLE.read()


def test_every_model_is_stored_with_every_number_of_people_from_one_clean_checkout():
    groups = [(people, n) for people, counts in mismatch.COUNTS.items() for n in counts]
    wanted = {
        (*one, *g) for one in itertools.product(mismatch.CAPS, mismatch.SEEDS) for g in groups
    }
    stored = [*zip(*(STORED[name] for name in mismatch.COLUMNS), strict=True)]
    assert len(stored) == len(wanted)
    assert {*stored} == wanted
    assert STORED["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()
    assert STORED["commit"].nunique() == 1


def test_stored_bounds_keep_their_order():
    assert (STORED["information"] <= np.log(STORED["n"]) + 1e-4).all()
    assert (STORED["information"] < STORED["information_at_most"]).all()
    assert (STORED["least_mismatch"] <= STORED["rate"]).all()
