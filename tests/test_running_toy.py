"""The numbers of the running toy, against SciPy's quadrature and what must be so."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import softmax
from scipy.stats import norm

from recotour_book import toy

CLICKS = [(0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0), (3, 0, 0, 1), (0, 2, 3, 0), (3, 3, 3, 3)]
QS = [(-0.5, 1.0), (0.8, 0.6), (2.0, 0.3)]


def pi(z: float) -> np.ndarray:
    return softmax(np.array(toy.WEIGHTS) * z + toy.BIASES)


def joint(z: float, clicks: tuple[int, ...]) -> float:
    return float(norm.pdf(z) * np.prod(pi(z) ** clicks))


def integral(f) -> float:
    return quad(f, -9, 9, epsabs=1e-13, epsrel=1e-11, limit=400)[0]


@pytest.mark.parametrize("clicks", CLICKS)
def test_evidence_posterior_and_the_next_film_are_those_of_quadrature(clicks):
    total = integral(lambda z: joint(z, clicks))
    found = toy.posterior(clicks)
    assert toy.evidence(clicks) == pytest.approx(np.log(total), abs=1e-8)
    mean = integral(lambda z: z * joint(z, clicks)) / total
    square = integral(lambda z: (z - mean) ** 2 * joint(z, clicks)) / total
    assert_allclose([found.mean, found.deviation], [mean, square**0.5], atol=1e-8)
    for film in range(4):
        share = integral(lambda z, film=film: pi(z)[film] * joint(z, clicks)) / total
        assert found.following[film] == pytest.approx(share, abs=1e-8)


def test_the_next_film_is_also_the_ratio_of_two_evidences():
    """p(j | x) = p(x, j) / p(x): the evidence alone knows it."""
    clicks = np.array([2, 0, 1, 0])
    more = [toy.evidence(clicks + np.eye(4, dtype=int)[film]) for film in range(4)]
    ratios = np.exp(np.array(more) - toy.evidence(clicks))
    assert_allclose(toy.posterior(clicks).following, ratios, atol=1e-9)


def test_the_probabilities_of_all_pairs_of_clicks_add_up_to_one():
    pairs = itertools.product(np.eye(4, dtype=int), repeat=2)
    assert sum(np.exp(toy.evidence(one + other)) for one, other in pairs) == pytest.approx(1)


@pytest.mark.parametrize("clicks", CLICKS)
@pytest.mark.parametrize("q", QS)
def test_elbo_and_gap_add_up_and_the_gap_is_a_divergence(clicks, q):
    found = toy.bound(clicks, *q)
    assert found["elbo"] + found["gap"] == pytest.approx(found["evidence"], abs=1e-9)
    assert found["gap"] > 0
    mu, sigma = q
    explained = integral(lambda z: norm.pdf(z, mu, sigma) * np.log(pi(z)) @ np.array(clicks))
    rate = (mu**2 + sigma**2 - 1) / 2 - np.log(sigma)
    assert found["elbo"] == pytest.approx(explained - rate, abs=1e-7)


@pytest.mark.parametrize("clicks", CLICKS)
def test_no_other_normal_q_has_a_higher_elbo_than_the_best(clicks):
    mu, sigma = toy.best(clicks)
    top = toy.bound(clicks, mu, sigma)["elbo"]
    for other in ((mu + 0.02, sigma), (mu - 0.02, sigma), (mu, sigma * 1.02), (mu, sigma / 1.02)):
        assert toy.bound(clicks, *other)["elbo"] < top


def test_without_clicks_the_posterior_is_the_prior_and_the_best_q_too():
    nothing = (0, 0, 0, 0)
    assert toy.evidence(nothing) == pytest.approx(0, abs=1e-9)
    assert_allclose(toy.best(nothing), (0, 1), atol=1e-4)
    assert_allclose(toy.posterior(nothing).density, norm.pdf(toy.GRID), atol=1e-9)


def test_what_the_chapters_say_of_the_toy_is_so():
    alien, contact = toy.posterior((1, 0, 0, 0)), toy.posterior((0, 1, 0, 0))
    both, twice = toy.posterior((1, 0, 0, 1)), toy.posterior((1, 1, 0, 0))
    assert alien.mean > contact.mean > 0
    assert contact.deviation < alien.deviation
    assert twice.deviation < alien.deviation < 1
    assert both.mean == pytest.approx(0, abs=1e-9)
    assert both.deviation < alien.deviation
    gaps = [toy.bound(clicks, *toy.best(clicks))["gap"] for clicks in CLICKS]
    assert gaps[0] == pytest.approx(0, abs=1e-8)
    assert min(gaps[1:]) > 1e-5
