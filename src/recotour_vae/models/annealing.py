"""How the weight β of the KL divergence grows: pure functions of the update."""

from typing import Protocol


class Annealed(Protocol):
    """Settings of β, as `MultVAEConfig` has them."""

    @property
    def beta(self) -> float:
        """The cap."""

    @property
    def annealing(self) -> str:
        """One of `fraction`, `paper` and `constant`."""

    @property
    def anneal_fraction(self) -> float:
        """Share of all updates after which `fraction` reaches the cap."""

    @property
    def anneal_steps(self) -> int:
        """Updates after which `paper` would reach 1."""


def paper_beta(update: int, cap: float, anneal_steps: int) -> float:
    """Give min(cap, update / anneal_steps), as in the code of Liang et al. (2018).

    `anneal_steps` is where β would be 1; the cap is reached after cap · anneal_steps updates.

    Equation `eq-training-paper` in building/training.

    Examples
    --------
    >>> [paper_beta(update, cap=0.2, anneal_steps=1000) for update in (0, 100, 200, 900)]
    [0.0, 0.1, 0.2, 0.2]
    """
    return min(cap, update / anneal_steps)


def fraction_beta(update: int, cap: float, all_updates: int, fraction: float) -> float:
    """Rise in a straight line from 0 to the cap over a fraction of all updates, then stay.

    Equation `eq-training-fraction` in building/training.

    Examples
    --------
    The cap is reached after half of 1000 updates:

    >>> [fraction_beta(update, 0.2, 1000, fraction=0.5) for update in (0, 250, 500, 900)]
    [0.0, 0.1, 0.2, 0.2]
    """
    return cap * min(1.0, update / (fraction * all_updates))


def beta_at(update: int, all_updates: int, config: Annealed) -> float:
    """Give the β of an update, counted from 0, under a configuration.

    Examples
    --------
    >>> from recotour_vae.models import MultVAEConfig
    >>> config = MultVAEConfig(beta=0.4, annealing="fraction", anneal_fraction=0.5)
    >>> [beta_at(update, 100, config) for update in (0, 25, 50, 99)]
    [0.0, 0.2, 0.4, 0.4]
    """
    if config.annealing == "paper":
        return paper_beta(update, config.beta, config.anneal_steps)
    if config.annealing == "fraction":
        return fraction_beta(update, config.beta, all_updates, config.anneal_fraction)
    return config.beta
