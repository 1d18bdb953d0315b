"""How alike two items or two people are by what was given to them, or what they gave."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeVar

import numpy as np
import pandas as pd

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.ratings.bias import Bias
from recotour_vae.recommenders.ratings.choices import check_choices
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.recommenders.ratings.matrix import Ratings, row_means, row_numbers, with_values

Similarity = Literal["cosine", "adjusted-cosine", "pearson", "residual"]
Around = Literal["zero", "means", "biases"]

FEWEST_SHARED: Final = 2  # ratings: of one pair any cosine is 1 or -1


@dataclass(frozen=True)
class RatingNeighboursConfig:
    """Settings of neighbours by ratings, among items or people.

    Parameters
    ----------
    k
        Most neighbours that a prediction is made of.
    shrink
        A similarity over n shared ratings counts n / (n + shrink) of itself.
    similarity
        The cosine over what both have: of the ratings (cosine), of ratings less the mean of
        whom they are shared with (adjusted-cosine), less the mean of each of the two (pearson),
        or less the prediction of `Bias` (residual).
    around
        What a prediction starts from, and the neighbours' deviations from it are added to: zero,
        which gives the mean of the neighbours' ratings; means of what is compared; or biases.
    reg_user, reg_item
        As of `Bias`.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "k": {"low": 10, "high": 200, "log": True},
        "shrink": {"low": 1.0, "high": 3000.0, "log": True},
        "similarity": ["cosine", "adjusted-cosine", "pearson", "residual"],
        "around": ["zero", "means", "biases"],
        "reg_user": {"low": 0.5, "high": 50.0, "log": True},
        "reg_item": {"low": 0.5, "high": 50.0, "log": True},
    }

    k: int = 40
    shrink: float = 100.0
    similarity: Similarity = "residual"
    around: Around = "biases"
    reg_user: float = 15.0
    reg_item: float = 10.0

    def __post_init__(self) -> None:
        name = type(self).__name__.removesuffix("Config")
        if not (self.k >= 1 and min(self.shrink, self.reg_user, self.reg_item) >= 0):
            raise ConfigError(
                f"{name} got k={self.k}, shrink={self.shrink}, reg_user={self.reg_user}, "
                f"reg_item={self.reg_item}; give k of 1 or more, and the others 0 or more."
            )
        check_choices(name, self, similarity=Similarity, around=Around)


N = TypeVar("N", bound=RatingNeighboursConfig)


class RatingNeighbours(RatingRecommender[N]):
    """What neighbours among items and among people share.

    Attributes
    ----------
    mean, item_bias
        Of `Bias`, fitted on the same ratings.
    item_mean
        (n_items,): mean rating of each item, and of all where it has none.
    """

    mean: Floats
    item_bias: Floats
    item_mean: Floats

    def learn_means(self, ratings: Ratings) -> None:
        """Fit the biases, and take the means of the items."""
        bias = self._bias()
        bias.learn(ratings)
        self.mean, self.item_bias = bias.mean, bias.item_bias
        self.item_mean = row_means(ratings.T.tocsr(), float(bias.mean[0]))

    @property
    def biases(self) -> Bias:
        """The biases that it was fitted with."""
        bias = self._bias()
        bias.mean, bias.item_bias = self.mean, self.item_bias
        return bias

    def starts(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Where the predictions of some pairs start, (n_pairs,), as `around` says."""
        if self.config.around == "biases":
            return self.biases.predict(shown, rows, columns)
        means = self.config.around == "means"
        return self.means(shown, rows, columns) if means else np.zeros(len(rows))

    def means(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Mean rating of what is compared, for some pairs, (n_pairs,)."""
        raise NotImplementedError

    def deviations(self, ratings: Ratings) -> Ratings:
        """How far each rating is from where its own prediction starts, (n_users, n_items)."""
        starts = self.starts(ratings, row_numbers(ratings), ratings.indices)
        return with_values(ratings, ratings.data - starts)

    def completed(self, shown: Ratings, rows: Ints, columns: Ints, steps: Floats) -> Floats:
        """Add the neighbours' steps to the starts, (n_pairs,); where there is none, the biases."""
        biased = self.biases.predict(shown, rows, columns)
        return np.where(np.isnan(steps), biased, self.starts(shown, rows, columns) + steps)

    def centred(self, ratings: Ratings, of_people: bool) -> Ratings:
        """Take from ratings what their similarity is not about, (n_users, n_items).

        Parameters
        ----------
        ratings
            (n_users, n_items).
        of_people
            Whether it is people who are compared, and not items.
        """
        if self.config.similarity == "residual":
            biased = self.biases.predict(ratings, row_numbers(ratings), ratings.indices)
            return with_values(ratings, ratings.data - biased)
        if self.config.similarity == "cosine":
            return ratings
        if (self.config.similarity == "pearson") == of_people:
            return less_row_means(ratings, float(self.mean[0]))
        return with_values(ratings, ratings.data - self.item_mean[ratings.indices])

    def _bias(self) -> Bias:
        return Bias(reg_user=self.config.reg_user, reg_item=self.config.reg_item)


def less_row_means(ratings: Ratings, otherwise: float) -> Ratings:
    """Ratings less the mean of their row."""
    means = row_means(ratings, otherwise)
    return with_values(ratings, ratings.data - means[row_numbers(ratings)])


def shrunk_cosines(rows: Ratings, others: Ratings, shrink: float) -> Floats:
    """Cosine of each row with each of the others over the columns that both have.

    With n shared columns it counts n / (n + shrink) of itself; with fewer than two, nothing.

    Equation `eq-shrunk-cosine` in family/neighbours.

    Parameters
    ----------
    rows, others
        (n_rows, n) and (n_others, n), centred as the similarity asks for.
    shrink
        Shared columns at which half of it counts.

    Returns
    -------
    numpy.ndarray
        (n_rows, n_others), between -1 and 1.
    """
    shared = _product(_ones(rows), _ones(others))
    lengths = _product(_squares(rows), _ones(others))
    lengths *= _product(_ones(rows), _squares(others))
    cosines: Floats = _product(rows, others) / np.sqrt(np.maximum(lengths, np.finfo(float).tiny))
    cosines *= shared / np.maximum(shared + shrink, 1.0)
    cosines[shared < FEWEST_SHARED] = 0.0
    return cosines


def mean_of_nearest(similarities: Floats, values: Floats, k: int) -> Floats:
    """Weighted mean of the values of the k most similar candidates; those unlike do not count.

    Parameters
    ----------
    similarities
        (n_candidates, n_asked).
    values
        (n_candidates,).
    k
        Most candidates that count.

    Returns
    -------
    numpy.ndarray
        (n_asked,), not a number where no candidate is alike.
    """
    weights, kept = np.maximum(similarities, 0.0), values[:, None]
    if len(values) > k:
        nearest = np.argpartition(weights, len(values) - k, axis=0)[len(values) - k :]
        weights = np.take_along_axis(weights, nearest, axis=0)  # (k, n_asked)
        kept = values[nearest]
    total = weights.sum(axis=0)
    with np.errstate(invalid="ignore"):
        found: Floats = (weights * kept).sum(axis=0) / np.where(total > 0, total, np.nan)
    return found


def groups(keys: Ints) -> list[tuple[int, Ints]]:
    """Give each key that there is, and where it stands, (n_places,)."""
    places: dict[Any, Any] = pd.Series(keys).groupby(keys).indices
    return list(places.items())


def _ones(matrix: Ratings) -> Ratings:
    return with_values(matrix, np.ones(matrix.nnz))


def _squares(matrix: Ratings) -> Ratings:
    return with_values(matrix, matrix.data**2)


def _product(one: Ratings, other: Ratings) -> Floats:
    """Scalar product of each row of one with each of the other, (n, n_other)."""
    return np.asarray((one @ other.T).toarray())
