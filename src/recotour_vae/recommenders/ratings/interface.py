"""What recommenders share that learn from ratings and predict them."""

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.recommenders.ratings.matrix import Ratings, rating_matrix, with_values
from recotour_vae.splits import Histories

if TYPE_CHECKING:
    from recotour_vae.splits import Split

C = TypeVar("C")
_PEOPLE = 500  # whose ratings of everything are predicted at a time


class RatingRecommender(Recommender[C]):
    """What is fitted on people's ratings and predicts others; subclasses are the models.

    A subclass gives `name`, `Config`, `found` (names of what it learns), `learn` and `predict`.
    What it is asked about people it takes from what is shown of them, so that it answers for
    people whom it was not fitted on as well.

    Attributes
    ----------
    scale
        (2,): the lowest and the highest rating that it was fitted on. Ratings are kept within.
    n_known
        (1,): number of items.
    """

    found: ClassVar[tuple[str, ...]] = ()
    scale: Floats
    n_known: Ints

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.state = ("scale", "n_known", *cls.found)

    def fit(self, ratings: Histories) -> Self:
        """Learn from histories with ratings.

        Raises
        ------
        DataError
            When there are no ratings.
        ConfigError
            When memory cannot hold what it needs.
        """
        self.learn(self.prepared(ratings))
        return self

    def prepared(self, ratings: Histories) -> Ratings:
        """Lay ratings out to learn from, (n_users, n_items), and note their scale; as `fit`."""
        matrix = rating_matrix(ratings, who=type(self).__name__)
        self.check_memory(matrix.shape[1])
        self.scale = np.array([matrix.data.min(), matrix.data.max()])
        self.n_known = np.array([matrix.shape[1]])
        return matrix

    def fit_split(self, split: "Split") -> Self:
        """Learn from the ratings of a split's training users."""
        return self.fit(split.history)

    def learn(self, ratings: Ratings) -> None:
        """Learn from a matrix of ratings, (n_users, n_items), as `rating_matrix` gives it."""
        raise NotImplementedError

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Predict ratings from those that are shown, (n_pairs,), wherever they lie on the scale."""
        raise NotImplementedError

    def rate(self, shown: Histories, rows: Any, columns: Any) -> Floats:
        """Predict what people would give to items, within the scale, (n_pairs,).

        Parameters
        ----------
        shown
            What is known of them, a row a person.
        rows, columns
            (n_pairs,): the person, a row of `shown`, and the item of each rating.

        Raises
        ------
        DataError
            When there are no ratings, or they are on other items than the model's.
        """
        pairs = (np.asarray(rows, np.int64), np.asarray(columns, np.int64))
        return np.clip(self.predict(self.shown(shown), *pairs), *self.scale)

    def rank_histories(self, shown: Histories, k: int) -> Ints:
        """List the k items that each person would rate highest of those not rated, best first.

        Parameters
        ----------
        shown
            What is known of them, a row a person.
        k
            Length of the lists.

        Returns
        -------
        numpy.ndarray
            (n_people, k) columns, -1 for an empty place.
        """
        matrix = self.shown(shown)
        starts = range(0, matrix.shape[0], _PEOPLE)
        parts = [self._rank(matrix[start : start + _PEOPLE], k) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, k), np.int64)

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items for people of whom clicks are known only, (n_users, n_items).

        Whoever clicked an item is taken to have given it the highest rating of the scale.
        """
        clicks = canonical(clicks, int(self.n_known[0]))
        return self.rate_all(clicks.astype(np.float64) * self.scale[1])

    def rate_all(self, shown: Ratings) -> Floats:
        """Predict what people would give to every item, wherever on the scale it lies.

        Parameters
        ----------
        shown
            Ratings, (n_users, n_items).

        Returns
        -------
        numpy.ndarray
            (n_users, n_items) of single precision.
        """
        n_users, n_items = shown.shape
        rows = np.repeat(np.arange(n_users), n_items)
        predicted = self.predict(shown, rows, np.tile(np.arange(n_items), n_users))
        return predicted.reshape(n_users, n_items).astype(np.float32)

    def _rank(self, shown: Ratings, k: int) -> Ints:
        rated = with_values(shown, np.ones(shown.nnz))  # also what was rated 0
        return top_k_unseen(self.rate_all(shown), rated, k)

    def shown(self, histories: Histories) -> Ratings:
        """Lay out what is shown as ratings, (n_people, n_items), as `predict` takes them."""
        return rating_matrix(histories, int(self.n_known[0]), type(self).__name__)
