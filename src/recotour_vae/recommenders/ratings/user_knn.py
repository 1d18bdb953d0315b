"""Neighbours among people: what those gave to an item who rate as you do."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.recommenders.ratings.matrix import Ratings, row_means
from recotour_vae.recommenders.ratings.neighbours import (
    RatingNeighbours,
    RatingNeighboursConfig,
    groups,
    mean_of_nearest,
    shrunk_cosines,
)


@dataclass(frozen=True)
class RatingUserKNNConfig(RatingNeighboursConfig):
    """Settings of `RatingUserKNN`.

    Parameters
    ----------
    k
        Most neighbours that a prediction is made of, among the people who rated the item.
    shrink
        A similarity over n items that both rated counts n / (n + shrink) of itself.
    similarity
        Of two people: the cosine over the items that both rated, of their ratings (cosine), of
        ratings less the item's mean (adjusted-cosine), less the person's (pearson), or less what
        `Bias` predicts (residual).
    around
        What the neighbours' deviations are taken from and added to: zero, which gives the mean of
        the neighbours' ratings of the item; means of the people; or biases.
    reg_user, reg_item
        As of `Bias`.
    """


class RatingUserKNN(RatingNeighbours[RatingUserKNNConfig]):
    """Predict a rating from what the k most similar people gave (Herlocker et al. 1999).

    With b the starting point, the prediction is b_ui + Σ_v s_uv (r_vi - b_vi) / Σ_v s_uv over the
    k people v who rated the item and are most similar to u; unlike ones do not count. The norms in
    s_uv are over the items that both rated. Where nobody alike rated the item, the prediction is
    that of `Bias`.

    Equation `eq-user-knn` in family/neighbours.

    Its parameters are those of `RatingUserKNNConfig`.

    Examples
    --------
    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5], [4, 4, 2], [2, 2, 4]]
    >>> ratings = Histories([0, 3, 6, 9, 12], [0, 1, 2] * 4, sum(rows, []), n_items=3)
    >>> model = RatingUserKNN(similarity="pearson", around="zero", shrink=0.0, k=2).fit(ratings)
    >>> model.rate(Histories([0, 2], [0, 2], [5, 1], n_items=3), [0], [1]).tolist()
    [4.5]
    """

    name = "rating-user-knn"
    Config = RatingUserKNNConfig
    found = ("mean", "item_bias", "item_mean", "ratings")
    ratings: Ratings

    def learn(self, ratings: Ratings) -> None:
        """Keep the ratings: who is alike is looked up when somebody is shown."""
        self.learn_means(ratings)
        self.ratings = ratings

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Predict item by item, (n_pairs,)."""
        alike, deviations = self.similarities(shown), self.deviations(self.ratings).tocsc()
        steps = np.full(len(rows), np.nan)
        for column, asked in groups(columns):
            theirs = slice(deviations.indptr[column], deviations.indptr[column + 1])
            near = alike[np.ix_(deviations.indices[theirs], rows[asked])]
            steps[asked] = mean_of_nearest(near, deviations.data[theirs], self.config.k)
        return self.completed(shown, rows, columns, steps)

    def means(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Mean rating of the people, (n_pairs,)."""
        return row_means(shown, float(self.mean[0]))[rows]

    def similarities(self, shown: Ratings) -> Floats:
        """How alike the people are whom it was fitted on and those shown, (n_users, n_shown).

        Parameters
        ----------
        shown
            Ratings, (n_shown, n_items).
        """
        ours, theirs = (self.centred(each, of_people=True) for each in (self.ratings, shown))
        return shrunk_cosines(ours, theirs, self.config.shrink)
