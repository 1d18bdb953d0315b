"""The running toy: four films, one taste z, and all that can be asked of it, by sums over a grid.

z is standard normal, and each click is a draw from softmax f(z) with f_i(z) = w_i z + b_i. The
probability of clicks is the product over them, without the multinomial coefficient, as in the
chapters. Everything is in nats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp, xlogy
from scipy.stats import norm

FILMS: Final = ("Alien", "Contact", "Emma", "Sabrina")
WEIGHTS: Final = (2.0, 1.0, -1.0, -2.0)
BIASES: Final = (-0.5, 0.5, 0.5, -0.5)
MOST: Final = 3  # clicks on one film

Array = NDArray[np.float64]
GRID: Final[Array] = np.linspace(-14.0, 14.0, 5601)
CELL: Final = float(GRID[1] - GRID[0])


def log_pi(z: Array) -> Array:
    """Give the logarithms of the films' probabilities (n, 4) at tastes z (n,)."""
    logits = np.outer(z, WEIGHTS) + np.array(BIASES)
    found: Array = log_softmax(logits, axis=1)
    return found


def log_joint(clicks: Sequence[int]) -> Array:
    """Give log p(x, z) at each place of the grid, for a number of clicks on each film."""
    joint: Array = log_pi(GRID) @ np.array(clicks, float) + norm.logpdf(GRID)
    return joint


@dataclass(frozen=True)
class Belief:
    """What a density over z says.

    Attributes
    ----------
    density
        At the places of the grid.
    mean, deviation
        Of z.
    following
        (4,), the probability of each film to be clicked next.
    """

    density: Array
    mean: float
    deviation: float
    following: Array


def believe(density: Array) -> Belief:
    """Read a density over the grid."""
    share = density * CELL
    mean = float(share @ GRID)
    deviation = float(np.sqrt(share @ (GRID - mean) ** 2))
    return Belief(density, mean, deviation, share @ np.exp(log_pi(GRID)))


def evidence(clicks: Sequence[int]) -> float:
    """Give log p(x)."""
    return float(logsumexp(log_joint(clicks)) + np.log(CELL))


def posterior(clicks: Sequence[int]) -> Belief:
    """Give p(z | x)."""
    return believe(np.exp(log_joint(clicks) - evidence(clicks)))


def normal(mu: float, sigma: float) -> Belief:
    """Give q(z) = N(mu, sigma^2)."""
    return believe(norm.pdf(GRID, mu, sigma))


def bound(clicks: Sequence[int], mu: float, sigma: float) -> dict[str, float]:
    """Give the evidence, the ELBO of q = N(mu, sigma^2) and the gap, each by its definition.

    The ELBO is E_q[log p(x, z) - log q(z)], the gap KL(q || posterior).
    """
    q, joint, log_p = norm.pdf(GRID, mu, sigma), log_joint(clicks), evidence(clicks)
    entropy = -xlogy(q, q).sum() * CELL
    elbo = float(q @ joint * CELL + entropy)
    gap = float(-entropy - q @ (joint - log_p) * CELL)
    return {"evidence": log_p, "elbo": elbo, "gap": gap}


def best(clicks: Sequence[int]) -> tuple[float, float]:
    """Give mean and deviation of the normal q with the highest ELBO."""

    def loss(place: Array) -> float:
        return -bound(clicks, place[0], float(np.exp(place[1])))["elbo"]

    start = posterior(clicks)
    found = minimize(loss, [start.mean, np.log(start.deviation)], method="Nelder-Mead", tol=1e-10)
    return float(found.x[0]), float(np.exp(found.x[1]))
