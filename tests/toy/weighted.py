"""A recommender of somebody else's: popularity with a memory for what one clicked."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders import Entry, Recommender


@dataclass(frozen=True)
class WeightedConfig:
    """Settings of `Weighted`.

    Parameters
    ----------
    power
        Of the popularity: 0 forgets it.
    """

    SPACE: ClassVar[dict[str, Any]] = {"power": {"low": 0.1, "high": 2.0}}

    power: float = 1.0

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise ConfigError(f"Weighted got power={self.power}; give 0 or more.")


class Weighted(Recommender[WeightedConfig]):
    """Count who clicked an item together with one of mine, times its popularity to a power."""

    name = "weighted"
    Config = WeightedConfig
    state = ("together",)

    def fit(self, clicks):
        """Count pairs; clicks is (n_users, n_items)."""
        clicks = canonical(clicks)
        self.check_memory(clicks.shape[1])
        popularity = np.asarray(clicks.sum(axis=0)).ravel()  # (n_items,)
        together = (clicks.T @ clicks).toarray()
        self.together = (together * popularity**self.config.power).astype(np.float32)
        return self

    def score(self, clicks):
        """Score all items, (n_users, n_items)."""
        return np.asarray(canonical(clicks, len(self.together)) @ self.together)

    def memory_needed(self, n_items):
        """Bytes of the counts."""
        return 4 * n_items**2


ENTRY = Entry("weighted", "Weighted", "counts of pairs, weighed", "ours", "weighted:Weighted")
