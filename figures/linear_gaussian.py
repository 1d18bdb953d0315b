"""The model behind the drawings that show numbers: one latent dimension, everything known.

A module for the scripts beside it; run as a script it does nothing.

z ~ N(0, 1) and x | z ~ N(W z, S²), with one observation X; q(z) = N(mu, sigma²). All in nats.
"""

from dataclasses import dataclass
from math import exp, log, pi, sqrt
from typing import Final

W: Final = 1.5
S: Final = 0.8
X: Final = 1.2


@dataclass(frozen=True)
class Normal:
    """A density over z."""

    mu: float
    sigma: float

    def density(self, z: float) -> float:
        """Give the density at z."""
        return exp(-(((z - self.mu) / self.sigma) ** 2) / 2) / (self.sigma * sqrt(2 * pi))

    def divergence(self, other: "Normal") -> float:
        """Give KL(self || other)."""
        ratio = (self.sigma / other.sigma) ** 2
        distance = ((self.mu - other.mu) / other.sigma) ** 2
        return (ratio + distance - 1 - log(ratio)) / 2


PRIOR: Final = Normal(0.0, 1.0)


def evidence() -> float:
    """Give log p(X), X being N(0, W² + S²)."""
    return log(Normal(0.0, sqrt(W**2 + S**2)).density(X))


def best(beta: float = 1.0) -> Normal:
    """Give the q with the best reconstruction - beta · KL; at beta = 1 it is the posterior."""
    variance = 1 / (1 + W**2 / (beta * S**2))
    return Normal(variance * W * X / (beta * S**2), sqrt(variance))


def reconstruction(q: Normal) -> float:
    """Give E_q[log p(X | z)]."""
    return -log(2 * pi * S**2) / 2 - ((X - W * q.mu) ** 2 + W**2 * q.sigma**2) / (2 * S**2)


def elbo(q: Normal) -> float:
    """Give reconstruction - KL(q || prior)."""
    return reconstruction(q) - q.divergence(PRIOR)
