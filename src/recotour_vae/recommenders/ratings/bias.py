"""The baseline of all ratings: some people are generous, and some items are liked by everybody."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.recommenders.ratings.matrix import Ratings, row_numbers


@dataclass(frozen=True)
class BiasConfig:
    """Settings of `Bias`.

    Parameters
    ----------
    reg_user, reg_item
        Added to the number of ratings that a bias is the mean over: ratings that say 0.
    sweeps
        How often all biases are solved for, those of the items first.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "reg_user": {"low": 0.5, "high": 50.0, "log": True},
        "reg_item": {"low": 0.5, "high": 50.0, "log": True},
    }

    reg_user: float = 15.0
    reg_item: float = 10.0
    sweeps: int = 10

    def __post_init__(self) -> None:
        if not (self.reg_user >= 0 and self.reg_item >= 0 and self.sweeps >= 1):
            raise ConfigError(
                f"Bias got reg_user={self.reg_user}, reg_item={self.reg_item}, "
                f"sweeps={self.sweeps}; give weights of 0 or more, and 1 sweep or more."
            )


class Bias(RatingRecommender[BiasConfig]):
    """Predict μ + b_u + b_i: the mean of all ratings, a person's bias and an item's (Koren 2010).

    It minimises Σ (r_ui - μ - b_u - b_i)² + reg_user Σ b_u² + reg_item Σ b_i² over the biases in
    turns, those of all items given the people's, then those of all people; μ stays the mean. A
    person who is shown later has the bias that the last half of a turn gives them.

    Equation `eq-bias` in family/neighbours.

    Its parameters are those of `BiasConfig`.

    Examples
    --------
    Two people, two films; the second person gives a star less to both:

    >>> from recotour_vae.splits import Histories
    >>> ratings = Histories([0, 2, 4], [0, 1, 0, 1], [5.0, 4.0, 4.0, 3.0], n_items=2)
    >>> model = Bias(reg_user=0.0, reg_item=0.0).fit(ratings)
    >>> model.item_bias.tolist(), model.user_biases(model.shown(ratings)).tolist()
    ([0.5, -0.5], [0.5, -0.5])
    """

    name = "bias"
    Config = BiasConfig
    found = ("mean", "item_bias")
    mean: Floats
    item_bias: Floats

    def learn(self, ratings: Ratings) -> None:
        """Solve for the biases, a half at a time."""
        config, by_item = self.config, ratings.T.tocsr()
        self.mean = np.array([ratings.data.mean()])
        of_users = np.zeros(ratings.shape[0])
        for _ in range(config.sweeps):
            self.item_bias = _biases(by_item, self.mean[0], of_users, config.reg_item)
            of_users = self.user_biases(ratings)

    def user_biases(self, shown: Ratings) -> Floats:
        """Bias of each person given what they rated, (n_users,): 0 for somebody who rated nothing.

        Parameters
        ----------
        shown
            Ratings, (n_users, n_items).
        """
        return _biases(shown, self.mean[0], self.item_bias, self.config.reg_user)

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Add up mean and biases, (n_pairs,)."""
        found: Floats = self.mean[0] + self.user_biases(shown)[rows] + self.item_bias[columns]
        return found


def _biases(ratings: Ratings, mean: float, others: Floats, reg: float) -> Floats:
    """Solve for the biases of the rows, (n_rows,), given those of the columns."""
    rest = ratings.data - mean - others[ratings.indices]
    sums = np.bincount(row_numbers(ratings), rest, ratings.shape[0])
    found: Floats = sums / np.maximum(np.diff(ratings.indptr) + reg, np.finfo(float).tiny)
    return found
