"""Matrix factorisation as a network: the dot product of two embeddings, and biases."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.ratings.matrix import Ratings, row_numbers
from recotour_vae.training.ratings.embeddings import EmbeddingConfig, EmbeddingRecommender
from recotour_vae.training.ratings.newcomers import Prior, Reading, likeliest

if TYPE_CHECKING:
    from recotour_vae.models.pytorch.embeddings import EmbeddingNetwork


@dataclass(frozen=True)
class EmbeddingDotConfig(EmbeddingConfig):
    """Settings of `EmbeddingDot`: those of `EmbeddingConfig`, and these.

    Parameters
    ----------
    factors
        Length of a vector.
    biases
        Whether each person and each item has one.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "factors": [20, 50, 100],
        "weight_decay": {"low": 0.03, "high": 1.0, "log": True},
        "learning_rate": {"low": 2e-3, "high": 2e-2, "log": True},
        "epochs": [5, 10, 20],
    }

    factors: int = 50
    biases: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.factors >= 1:
            raise ConfigError(f"EmbeddingDot got factors={self.factors}; give 1 factor or more.")


class EmbeddingDot(EmbeddingRecommender[EmbeddingDotConfig]):
    """Predict p_u · q_i + b_u + b_i within limits, by vectors that are learned (fastai's dot bias).

    r̂ = low + (high - low) · σ(p_u · q_i + b_u + b_i) minimises the mean squared error over the
    ratings, in batches, with Adam whose decay is decoupled. With `l2` and without `bounded`,
    `biases` and `weight_decay` it is probabilistic matrix factorisation (Salakhutdinov and Mnih
    2008): λ is the variance of the errors over that of the vectors' normal prior.

    Who was not trained on gets the likeliest vector given what they rated, where the vectors of
    the others say what is likely.

    Equation `eq-dot` in family/embeddings.

    Its parameters are those of `EmbeddingDotConfig`.

    Examples
    --------
    Two tastes; a newcomer gave 5 to the first film:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5]] * 8
    >>> ratings = Histories(range(0, 49, 3), [0, 1, 2] * 16, sum(rows, []), n_items=3)
    >>> model = EmbeddingDot(factors=2, epochs=60, batch_size=8, weight_decay=0.0).fit(ratings)
    >>> newcomer = Histories([0, 1], [0], [5], n_items=3)
    >>> model.rate(newcomer, [0, 0], [1, 2]).round().tolist()
    [5.0, 1.0]
    """

    name = "embedding-dot"
    Config = EmbeddingDotConfig
    found = (*EmbeddingRecommender.found, "user_bias", "item_bias")
    user_bias: Floats
    item_bias: Floats

    def network(self, shape: tuple[int, int], **settings: Any) -> "EmbeddingNetwork":
        """Make the network, untrained."""
        from recotour_vae.models.pytorch.embeddings import DotNetwork

        return DotNetwork(shape, self.config.factors, self.config.biases, **settings)

    def raw(self, people: Floats, columns: Ints) -> Floats:
        """Give p_u · q_i + b_u + b_i, (n_pairs,)."""
        found: Floats = np.einsum("nd,nd->n", people, self._with_one()[columns])
        found += self.item_bias[columns, 0]
        return found

    def trained(self) -> Floats:
        """Give vectors with the bias last, (n_users, factors + 1)."""
        return np.hstack([self.user_vectors, self.user_bias])

    def newcomers(self, shown: Ratings) -> Floats:
        """Give the likeliest vectors with the bias last, (n_people, factors + 1)."""
        return likeliest(shown, self.reading(), self.prior())

    def reading(self) -> Reading:
        """Say how vectors become ratings of all items."""
        return Reading(self._with_one(), self.item_bias[:, 0], self.limits)

    def prior(self) -> Prior:
        """Say what is thought of somebody who has not rated, by those who were trained on."""
        known = self.trained()
        at = self._read(known[row_numbers(self.ratings)], self.ratings.indices)
        return Prior.of(known, float(np.mean((self.ratings.data - at) ** 2)))

    def rate_all(self, shown: Ratings) -> Floats:
        """Predict everything, (n_users, n_items)."""
        raw = self.vectors(shown) @ self._with_one().T + self.item_bias[:, 0]
        return self.squashed(raw).astype(np.float32)

    def _with_one(self) -> Floats:
        """Give the items' vectors with a 1 last, for a person's bias, (n_items, factors + 1)."""
        ones = np.full((len(self.item_vectors), 1), float(self.config.biases))
        return np.hstack([self.item_vectors, ones])
