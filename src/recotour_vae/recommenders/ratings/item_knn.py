"""Neighbours among the items: what you gave to the items that are rated like this one."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.recommenders.ratings.neighbours import (
    RatingNeighbours,
    RatingNeighboursConfig,
    groups,
    mean_of_nearest,
    shrunk_cosines,
)


@dataclass(frozen=True)
class RatingItemKNNConfig(RatingNeighboursConfig):
    """Settings of `RatingItemKNN`.

    Parameters
    ----------
    k
        Most neighbours that a prediction is made of, among the items that the person rated.
    shrink
        A similarity over n people who rated both counts n / (n + shrink) of itself.
    similarity
        Of two items: the cosine over the people who rated both, of their ratings (cosine), of
        ratings less the person's mean (adjusted-cosine), less the item's (pearson), or less what
        `Bias` predicts (residual).
    around
        What the neighbours' deviations are taken from and added to: zero, which gives the mean of
        the person's ratings of the neighbours; means of the items; or biases.
    reg_user, reg_item
        As of `Bias`.
    """


class RatingItemKNN(RatingNeighbours[RatingItemKNNConfig]):
    """Predict a rating from what the person gave to the k most similar items (Sarwar et al. 2001).

    With b the starting point, the prediction is b_ui + Σ_j s_ij (r_uj - b_uj) / Σ_j s_ij over the
    k items j that the person rated and that are most similar to i; unlike ones do not count. The
    norms in s_ij are over the people who rated both. Where no rated item is alike, the prediction
    is that of `Bias`.

    Equation `eq-item-knn` in family/neighbours.

    Its parameters are those of `RatingItemKNNConfig`.

    Examples
    --------
    Who is asked about item 1 gave 5 to item 0, which everybody rated like item 1, and 1 to item 2,
    which nobody did:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5], [4, 4, 2], [2, 2, 4]]
    >>> ratings = Histories([0, 3, 6, 9, 12], [0, 1, 2] * 4, sum(rows, []), n_items=3)
    >>> model = RatingItemKNN(similarity="pearson", around="zero", shrink=0.0).fit(ratings)
    >>> model.rate(Histories([0, 2], [0, 2], [5, 1], n_items=3), [0], [1]).tolist()
    [5.0]
    """

    name = "rating-item-knn"
    Config = RatingItemKNNConfig
    found = ("mean", "item_bias", "item_mean", "similarity")
    similarity: Floats

    def learn(self, ratings: Ratings) -> None:
        """Measure how alike all pairs of items are."""
        self.learn_means(ratings)
        by_item = self.centred(ratings, of_people=False).T.tocsr()
        self.similarity = shrunk_cosines(by_item, by_item, self.config.shrink).astype(np.float32)

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Predict person by person, (n_pairs,)."""
        deviations, steps = self.deviations(shown).data, np.full(len(rows), np.nan)
        for row, asked in groups(rows):
            mine = slice(shown.indptr[row], shown.indptr[row + 1])
            alike = self.similarity[np.ix_(shown.indices[mine], columns[asked])]
            steps[asked] = mean_of_nearest(alike, deviations[mine], self.config.k)
        return self.completed(shown, rows, columns, steps)

    def means(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Mean rating of the items, (n_pairs,)."""
        found: Floats = self.item_mean[columns]
        return found

    def memory_needed(self, n_items: int) -> int:
        """Bytes of five dense matrices of pairs of items, in doubles."""
        return 5 * 8 * n_items**2
