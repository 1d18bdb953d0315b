"""Embeddings of people and items that are trained on ratings: what two recommenders share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.ratings.choices import check_choices
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.recommenders.ratings.known import UNKNOWN, find_people
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.ratings.schedule import Schedule
from recotour_vae.training.ratings.validation import measure_of

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.models.pytorch.embeddings import EmbeddingNetwork
    from recotour_vae.splits import HeldOut, Split

BELOW, ABOVE = 1.0, 0.5  # how far beyond the scale the limits are


@dataclass(frozen=True)
class EmbeddingConfig:
    """Settings that recommenders on embeddings share.

    Parameters
    ----------
    bounded
        Whether a sigmoid keeps ratings between one below the scale and half of one above it, as
        0 and 5.5 for stars from 1 to 5: a sigmoid reaches its ends at infinity only.
    l2
        λ of a penalty on all vectors, beside the sum of squared errors: their normal prior.
    weight_decay
        What decoupled Adam shrinks all parameters by, times the rate, at every update.
    epochs
        Passes over the ratings.
    batch_size
        Ratings an update.
    learning_rate
        Of Adam; of one cycle, the highest.
    schedule
        Rate and momentum: `one-cycle`, or `constant`.
    seed
        Of the first vectors and the order of the ratings.
    """

    bounded: bool = True
    l2: float = 0.0
    weight_decay: float = 0.1
    epochs: int = 5
    batch_size: int = 64
    learning_rate: float = 5e-3
    schedule: Schedule = "one-cycle"
    seed: int = 0

    def __post_init__(self) -> None:
        who = type(self).__name__.removesuffix("Config")
        check_choices(who, self, schedule=Schedule)
        if not self.l2 >= 0:
            raise ConfigError(f"{who} got l2={self.l2}; give 0, which is no penalty, or more.")
        self.training()

    def training(self) -> TrainingConfig:
        """Give what the training loop is told."""
        names = ("weight_decay", "epochs", "batch_size", "learning_rate", "seed")
        return TrainingConfig(**{name: getattr(self, name) for name in names}, device="cpu")


C = TypeVar("C", bound=EmbeddingConfig)


class EmbeddingRecommender(RatingRecommender[C]):
    """A vector for each person and each item, of which a network makes ratings.

    It knows the people that it was fitted on by what is shown of them, which must be their
    training ratings, all of them and no other; others are newcomers.

    Attributes
    ----------
    limits
        (2,) between which ratings are kept; not numbers without.
    ratings
        That it was fitted on, (n_users, n_items).
    course
        A row an epoch; there once it is fitted, and not in what `load` gives.
    """

    found: ClassVar[tuple[str, ...]] = ("limits", "ratings", "user_vectors", "item_vectors")
    limits: Floats
    ratings: Ratings
    user_vectors: Floats
    item_vectors: Floats
    course: "pd.DataFrame"

    def network(self, shape: tuple[int, int], **settings: Any) -> "EmbeddingNetwork":
        """Make the network, untrained, for so many people and items."""
        raise NotImplementedError

    def raw(self, people: Floats, columns: Ints) -> Floats:
        """Give what a sigmoid turns into ratings, (n_pairs,).

        Parameters
        ----------
        people
            Of each pair the person's vector, as `vectors` gives it.
        columns
            (n_pairs,).
        """
        raise NotImplementedError

    def trained(self) -> Floats:
        """Give the vectors of the people that it was fitted on, biases included, (n_users, d)."""
        return self.user_vectors

    def newcomers(self, shown: Ratings) -> Floats:
        """Give vectors of people that it was not fitted on, (n_people, d); the mean one here."""
        return np.tile(self.trained().mean(axis=0), (shown.shape[0], 1))

    def fit_split(self, split: "Split") -> Self:
        """Learn from the training ratings; the RMSE of validation ratings chooses the epoch."""
        self.learn(self.prepared(split.history), split.validation)
        return self

    def learn(self, ratings: Ratings, validation: "HeldOut | None" = None) -> None:
        """Train the network on a matrix of ratings."""
        from recotour_vae.training.adam import decoupled_adam
        from recotour_vae.training.ratings.descent import RatingBackend, train

        self.ratings = ratings
        ends = (self.scale[0] - BELOW, self.scale[1] + ABOVE)
        self.limits = np.array(ends if self.config.bounded else (np.nan, np.nan))
        limits = tuple(map(float, ends)) if self.config.bounded else None
        own = {"limits": limits, "l2": self.config.l2, "seed": self.config.seed}
        network = self.network(ratings.shape, **own)
        measure = measure_of(self, self._take, validation)
        training = self.config.training()
        backend = RatingBackend(network, training, decoupled_adam)
        self.course = train(backend, ratings, training, measure, self.config.schedule)
        self._take(network.arrays())

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Make ratings of vectors, (n_pairs,)."""
        return self._read(self.vectors(shown)[rows], np.asarray(columns))

    def vectors(self, shown: Ratings) -> Floats:
        """Give the vector of each person shown, biases included, (n_people, d)."""
        people = find_people(self.ratings, shown)
        found = self.trained()[people]
        new = people == UNKNOWN
        if new.any():
            found[new] = self.newcomers(shown[new])
        return found

    def squashed(self, raw: Floats) -> Floats:
        """Bring what the network gives within the limits, if there are any."""
        low, high = self.limits
        found: Floats = raw if np.isnan(low) else low + (high - low) * expit(raw)
        return found

    def _read(self, people: Floats, columns: Ints) -> Floats:
        return self.squashed(self.raw(people, columns))

    def _take(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        vars(self).update({name: array.astype(np.float64) for name, array in arrays.items()})
