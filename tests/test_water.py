"""What the parts `water` and `copies` bring to the page, against SciPy: searches and quadrature."""

import numpy as np
import pytest
from book_support import BOOK
from bs4 import BeautifulSoup
from modules_by_path import load_module
from numpy.testing import assert_allclose
from scipy import integrate, optimize, stats
from scipy.special import log_softmax
from sphinx.errors import ExtensionError

from recotour_vae import datasets, splits

PARTS = BOOK / "_ext" / "interactive_parts"
WATER = load_module("water", PARTS / "water.py")
COPIES = load_module("copies", PARTS / "copies.py")
VARIANCES = np.array(WATER.data(BOOK.parent)["variances"])


def cells(html: str) -> list[list[str]]:
    """Return the rows of a table, heads first."""
    rows = BeautifulSoup(html, "html.parser").select("table tr")
    return [[cell.get_text() for cell in row.select("th, td")] for row in rows]


# Water.


def best_unit(a: float, beta: float) -> tuple[float, float]:
    """Return rate and distortion of the linear unit that a search finds for a variance."""

    def pieces(p: np.ndarray) -> tuple[float, float]:
        w, v, logvar = p
        error = (1 - w * v) ** 2 * a + w**2 * np.exp(logvar)
        kl = (v**2 * a + np.exp(logvar) - 1 - logvar) / 2
        return kl, error / (2 * WATER.NOISE) + np.log(2 * np.pi * WATER.NOISE) / 2

    def loss(p: np.ndarray) -> float:
        kl, distortion = pieces(p)
        return distortion + beta * kl

    return pieces(optimize.minimize(loss, [0.5, 0.5, -0.5], tol=1e-13).x)


def test_the_variances_are_those_of_the_training_clicks():
    data = datasets.load("ml-100k")
    split = splits.strong_generalisation(data.interactions)
    films = ["Star Wars", "Empire Strikes Back, The", "Return of the Jedi", "Alien", "Toy Story"]
    assert split.train.shape[0] == WATER.PEOPLE
    titles = [title.rpartition(" (")[0] for title in data.title(split.items)]
    films += ["Terminator, The", "Aladdin", "Fargo", "Pulp Fiction", "Scream", "Titanic"]
    columns = [titles.index(film) for film in [*films, "Sense and Sensibility"]]
    clicks = split.train[:, columns].toarray().astype(float)
    wanted = np.linalg.svd(clicks - clicks.mean(axis=0), compute_uv=False) ** 2 / len(clicks)
    assert_allclose(VARIANCES, wanted, rtol=1e-3)


@pytest.mark.parametrize("beta", [0.2, 0.55, 1.0, 2.5])
def test_rate_and_distortion_are_the_least_that_a_search_finds(beta):
    found = WATER.numbers(VARIANCES, WATER.NOISE, beta)
    rates, distortions = np.transpose([best_unit(a, beta) for a in VARIANCES])
    assert found["rate"] == pytest.approx(rates.sum(), abs=2e-3)
    assert found["loss"] == pytest.approx(distortions.sum() + beta * rates.sum(), abs=1e-5)
    level = beta * WATER.NOISE
    assert found["active"] == sum(a > level for a in VARIANCES)
    silent = [rate for rate, a in zip(rates, VARIANCES, strict=True) if a < level - 0.01]
    assert_allclose(silent, 0, atol=1e-4)


def test_the_curve_has_slope_minus_beta():
    for beta in (0.25, 0.9, 2.0):
        less, more = (WATER.numbers(VARIANCES, WATER.NOISE, beta * b) for b in (0.999, 1.001))
        rise = more["distortion"] - less["distortion"]
        assert rise / (more["rate"] - less["rate"]) == pytest.approx(-beta, rel=1e-3)


def test_what_the_caption_asks_of_the_water_is_so():
    ends = [WATER.numbers(VARIANCES, WATER.NOISE, beta)["active"] for beta in (0.2, 1.0, 4.0)]
    assert ends == [12, 4, 0]


def test_three_levels_of_the_water_stand_there_before_the_script_runs():
    head, *rows = cells(WATER.still(BOOK.parent))
    assert head[2] == "units in use"
    assert [row[2] for row in rows] == ["12", "4", "0"]
    assert rows[1][:2] == ["1", "0.20"]


def test_missing_counts_are_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(ExtensionError, match=r"`water` finds no results/shallow-films\.csv: run"):
        WATER.data(tmp_path)


# Copies.


def log_joint(z: float, copies: float) -> float:
    """Return log p(z) + copies log p(x|z), by SciPy's softmax."""
    log_pi = log_softmax(np.multiply(COPIES.WEIGHTS, z) + COPIES.BIASES)
    return stats.norm.logpdf(z) + copies * float(np.dot(COPIES.CLICKS, log_pi))


def mean_under(copies: float, f) -> float:
    """Integrate f under the density that is proportional to p(z) p(x|z) to the copies."""
    scale = integrate.quad(lambda z: np.exp(log_joint(z, copies)), -8, 8, epsabs=1e-12)[0]
    whole = integrate.quad(lambda z: np.exp(log_joint(z, copies)) * f(z), -8, 8, epsabs=1e-12)[0]
    return whole / scale


@pytest.mark.parametrize("copies", [0, 1, 2, 3, 5])
def test_mean_width_and_parts_are_those_of_quadrature(copies):
    found = COPIES.numbers(copies)
    mean = mean_under(copies, lambda z: z)
    log_total = np.log(integrate.quad(lambda z: np.exp(log_joint(z, copies)), -8, 8)[0])
    wanted = {
        "mean": mean,
        "sd": mean_under(copies, lambda z: (z - mean) ** 2) ** 0.5,
        "likelihood": mean_under(copies, lambda z: log_joint(z, 1) - stats.norm.logpdf(z)),
        "rate": mean_under(
            copies, lambda z: log_joint(z, copies) - log_total - stats.norm.logpdf(z)
        ),
    }
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-6), name
    assert found["elbo"] == pytest.approx(found["likelihood"] - found["rate"])
    if copies:
        assert found["bound"] == pytest.approx(log_total / copies, abs=1e-9)
        assert found["objective"] == pytest.approx(found["bound"], abs=1e-9)


@pytest.mark.parametrize("copies", [1, 2, 5, 2.5])
def test_no_other_q_reaches_as_high_and_the_two_objectives_are_one(copies):
    """For every q: E_q[log p(x|z)] - KL/c is 1/c times the ELBO of c copies, at most the bound."""
    z = np.linspace(*COPIES.GRID)
    step, prior = z[1] - z[0], stats.norm.logpdf(z)
    fit, bound = COPIES.log_likelihood(z), COPIES.numbers(copies)["bound"]
    rng = np.random.default_rng(0)
    for mean, sd in zip(rng.normal(1, 1, 200), rng.gamma(2, 0.3, 200) + 0.05, strict=True):
        q = stats.norm.pdf(z, mean, sd) * 0.7 + 0.3 * stats.norm.pdf(z, -mean, 0.5)
        q /= q.sum()
        kl = (q * (np.log(q + 1e-300) - np.log(step) - prior)).sum()
        weighted = q @ fit - kl / copies
        assert weighted == pytest.approx((copies * (q @ fit) - kl) / copies, abs=1e-9)
        assert weighted <= bound + 1e-9


def test_what_the_caption_says_of_the_copies_is_so():
    found = [COPIES.numbers(copies) for copies in range(6)]
    widths, means = ([one[name] for one in found] for name in ("sd", "mean"))
    assert widths == sorted(widths, reverse=True)
    assert means == sorted(means)
    elbos = [one["elbo"] for one in found]
    assert max(elbos) == elbos[1]  # of one copy, the posterior of one copy is best
    assert elbos[1:] == sorted(elbos[1:], reverse=True)


def test_the_width_for_each_number_of_copies_stands_there_before_the_script_runs():
    head, *rows = cells(COPIES.still(BOOK.parent))
    assert head[-1] == "standard deviation"
    assert [row[1] for row in rows] == ["–", "1.00", "0.50", "0.33", "0.25", "0.20"]
    assert [row[3] for row in rows] == [f"{COPIES.numbers(c)['sd']:.2f}" for c in range(6)]
