"""Settings of the strong-generalisation protocol."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.errors import ConfigError


@dataclass(frozen=True)
class SplitConfig:
    """Settings of the protocol; the defaults are the paper's, but for the number of users.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks are left out.
    validation_users, test_users
        How many users to hold out: a number, or a share of all users when below 1. The paper
        holds out 10,000 each of 136,677 on MovieLens-20M.
    held_out
        Share of each held-out user's clicks that is to be predicted, rounded down.
    seed
        Owner of every draw. 98765 is the seed of the authors' notebook, and gives its users.

    Examples
    --------
    >>> SplitConfig(test_users=100).seed
    98765
    >>> SplitConfig(held_out=1.5)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: held_out is 1.5; give a share between 0 and 1.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    seed: int = 98765

    def __post_init__(self) -> None:
        if self.min_clicks < 1:
            raise ConfigError(f"min_clicks is {self.min_clicks}; give 1 or more.")
        if not 0 < self.held_out < 1:
            raise ConfigError(f"held_out is {self.held_out}; give a share between 0 and 1.")
        for name in ("validation_users", "test_users"):
            if not 0 < getattr(self, name) < np.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}; give a positive number.")
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed is {self.seed}; give a number from 0 to below 2**32.")
