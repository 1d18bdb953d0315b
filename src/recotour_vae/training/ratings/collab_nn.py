"""A person's and an item's embedding through a hidden layer, where a dot product could stand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.training.ratings.embeddings import EmbeddingConfig, EmbeddingRecommender

if TYPE_CHECKING:
    from recotour_vae.models.pytorch.embeddings import EmbeddingNetwork

_PAIRS: Final = 2**14  # whose hidden layers are there at a time


def embedding_size(n: int) -> int:
    """Give fastai's rule of thumb for the length of the vectors of n things.

    Examples
    --------
    >>> embedding_size(944), embedding_size(1635)
    (74, 101)
    """
    return int(min(600, round(1.6 * n**0.56)))


@dataclass(frozen=True)
class CollabNNConfig(EmbeddingConfig):
    """Settings of `CollabNN`: those of `EmbeddingConfig`, and this.

    Parameters
    ----------
    hidden
        Hidden units.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "hidden": [50, 100, 200],
        "weight_decay": {"low": 0.003, "high": 1.0, "log": True},
        "learning_rate": {"low": 5e-4, "high": 2e-2, "log": True},
        "epochs": [5, 10, 20],
    }

    weight_decay: float = 0.01
    hidden: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.hidden >= 1:
            raise ConfigError(f"CollabNN got hidden={self.hidden}; give 1 unit or more.")


class CollabNN(EmbeddingRecommender[CollabNNConfig]):
    """Predict w₂ · relu(W₁ [p_u, q_i] + b₁) + b₂ within limits (fastai's collaborative network).

    The vectors of people and items have lengths of their own, by fastai's rule of thumb
    (`embedding_size`). What is minimised, and how, is as for `EmbeddingDot`. Somebody who was not
    trained on gets the mean of all people's vectors, whatever they rated.

    Equation `eq-collab-nn` in family/embeddings.

    Its parameters are those of `CollabNNConfig`.

    Examples
    --------
    Somebody who is generous, and somebody who is not:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 4, 5], [2, 1, 2]] * 8
    >>> ratings = Histories(range(0, 49, 3), [0, 1, 2] * 16, sum(rows, []), n_items=3)
    >>> model = CollabNN(hidden=8, epochs=40, learning_rate=0.02, batch_size=8).fit(ratings)
    >>> model.rate(ratings.rows([0]), [0, 0], [1, 2]).round().tolist()
    [4.0, 5.0]
    """

    name = "collab-nn"
    Config = CollabNNConfig
    found = (*EmbeddingRecommender.found, "w1", "b1", "w2", "b2")
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def network(self, shape: tuple[int, int], **settings: Any) -> "EmbeddingNetwork":
        """Make the network, untrained."""
        from recotour_vae.models.pytorch.embeddings import DeepNetwork

        sizes = (embedding_size(shape[0]), embedding_size(shape[1]))
        return DeepNetwork(shape, sizes, self.config.hidden, **settings)

    def raw(self, people: Floats, columns: Ints) -> Floats:
        """Give the output of the last layer, (n_pairs,), some thousand pairs at a time."""
        items = self._of_items()
        parts = (slice(at, at + _PAIRS) for at in range(0, len(columns), _PAIRS))
        found = [self._last(self._of_people(people[at]) + items[columns[at]]) for at in parts]
        return np.concatenate([np.empty(0), *found])

    def rate_all(self, shown: Ratings) -> Floats:
        """Predict everything, (n_users, n_items), a person at a time."""
        people, items = self._of_people(self.vectors(shown)), self._of_items()
        found = np.array([self._last(person + items) for person in people])
        return self.squashed(found.reshape(shown.shape)).astype(np.float32)

    def _of_people(self, vectors: Floats) -> Floats:
        """Give what people add to the hidden units, (n, hidden)."""
        return vectors @ self.w1[: vectors.shape[1]]

    def _of_items(self) -> Floats:
        """Give what items and biases add to the hidden units, (n_items, hidden)."""
        found: Floats = self.item_vectors @ self.w1[-self.item_vectors.shape[1] :] + self.b1
        return found

    def _last(self, inputs: Floats) -> Floats:
        """Take the inputs of the hidden units, (n, hidden), to the output, (n,)."""
        found: Floats = np.maximum(inputs, 0) @ self.w2[:, 0] + self.b2[0]
        return found
