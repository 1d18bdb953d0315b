"""AutoRec: an autoencoder that completes the ratings of a person, or those of an item."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import ConfigError, DataError
from recotour_vae.evaluation.metrics import rmse
from recotour_vae.recommenders.ratings.autorec_descent import Measure, bytes_needed, descend
from recotour_vae.recommenders.ratings.autorec_objective import (
    BiasesStart,
    HiddenValues,
    Weights,
    decode,
    decode_all,
    encode,
    objective,
    read,
)
from recotour_vae.recommenders.ratings.choices import check_choices
from recotour_vae.recommenders.ratings.interface import RatingRecommender
from recotour_vae.recommenders.ratings.known import UNKNOWN, find_people, find_people_by_items
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.runtime.memory import GIB, available_memory
from recotour_vae.runtime.progress import bar

if TYPE_CHECKING:
    from recotour_vae.splits import HeldOut, Split


@dataclass(frozen=True)
class AutoRecConfig:
    """Settings of `UserAutoRec` and `ItemAutoRec`.

    Parameters
    ----------
    hidden
        Hidden units.
    l2
        λ of the paper: the weight of half the squared lengths of V and W, beside the sum of
        squared errors. The authors' program halves that sum too, so that its λ is half of this.
    iterations
        Of L-BFGS, over all ratings; fewer where it finds no way down any more.
    hidden_values
        What the outputs read of a hidden unit: its value (sigmoid), as published, or whether that
        is above 0.5 (binary), as in the authors' program.
    biases_start
        Where the biases of the outputs start, which are not penalised: at zero, or at the means of
        what each should be. From the means the objective falls in far fewer iterations; from zero
        the hidden units find the means first, and both networks do better on the first fold of
        MovieLens 100K.
    seed
        Of the first weights.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "hidden": [100, 200, 500],
        "l2": {"low": 20.0, "high": 1000.0, "log": True},
        "hidden_values": ["sigmoid", "binary"],
        "biases_start": ["zero", "means"],
    }

    hidden: int = 200
    l2: float = 100.0
    iterations: int = 100
    hidden_values: HiddenValues = "sigmoid"
    biases_start: BiasesStart = "zero"
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.hidden >= 1 and self.iterations >= 1 and self.l2 >= 0 and self.seed >= 0):
            raise ConfigError(
                f"AutoRec got hidden={self.hidden}, iterations={self.iterations}, l2={self.l2}, "
                f"seed={self.seed}; give at least 1 of the first two, and the others 0 or more."
            )
        check_choices("AutoRec", self, hidden_values=HiddenValues, biases_start=BiasesStart)


class AutoRec(RatingRecommender[AutoRecConfig]):
    """What `UserAutoRec` and `ItemAutoRec` share.

    Attributes
    ----------
    v, mu, w, b
        Of `Weights`.
    course
        (n_iterations, 2): after each iteration the objective, and the RMSE of the validation
        ratings where that was measured, else not a number.
    """

    Config = AutoRecConfig
    found: ClassVar[tuple[str, ...]] = ("v", "mu", "w", "b", "course")
    v: Floats
    mu: Floats
    w: Floats
    b: Floats
    course: Floats

    def fit_split(self, split: "Split") -> Self:
        """Learn from the training ratings; those of validation, if any, choose the iteration.

        Their RMSE is measured after every fifth iteration and the last. All iterations are run,
        and the weights are kept that had the lowest; without validation ratings, or where it can
        rate none of them, the last.

        Raises
        ------
        DataError, ConfigError
            As `fit`.
        """
        self.learn(self.prepared(split.history), split.validation)
        return self

    def learn(self, ratings: Ratings, validation: "HeldOut | None" = None) -> None:
        """Minimise the objective; layers are worked out in single precision."""
        config, given = self.config, self.rows_of(ratings).astype(np.float32)
        self._check_room(*given.shape)
        start = Weights.start(given, config.hidden, config.seed, config.biases_start)

        def loss(weights: Weights) -> tuple[float, Weights]:
            return objective(weights, given, config.l2, config.hidden_values)

        measure = None if validation is None else self._measure(validation)
        with bar(None, total=config.iterations, desc=self.name, leave=False) as shown:
            weights, self.course = descend(start, loss, config.iterations, measure, shown)
        self._take(weights)

    @property
    def iteration(self) -> int:
        """Iteration whose weights were kept, counted from 1."""
        measured = self.course[:, 1]
        return len(measured) if np.isnan(measured).all() else int(np.nanargmin(measured)) + 1

    def weights(self) -> Weights:
        """All weights, under the symbols of the paper."""
        return Weights(self.v, self.mu, self.w, self.b)

    def hidden(self, given: Ratings) -> Floats:
        """Give what the outputs read when the network reads some rows, (n_rows, hidden)."""
        return read(encode(self.weights(), given), self.config.hidden_values)

    def rows_of(self, ratings: Ratings) -> Ratings:
        """Lay ratings, (n_users, n_items), out as the rows that the network reads."""
        raise NotImplementedError

    def _take(self, weights: Weights) -> None:
        self.v, self.mu, self.w, self.b = weights

    def _measure(self, validation: "HeldOut") -> Measure | None:
        """Make what measures weights on validation ratings; None where it can rate none of them."""
        asked, given = validation.asked, validation.asked.ratings
        if given is None or not asked.n_events:
            return None
        shown, rows = self.shown(validation.shown), asked.event_rows()
        columns = asked.items.astype(np.int64)

        def measure(weights: Weights) -> float:
            self._take(weights)
            predicted = np.clip(self.predict(shown, rows, columns), *self.scale)
            return rmse(predicted, given) if np.isfinite(predicted).any() else np.nan

        return measure

    def _check_room(self, n_rows: int, n_inputs: int) -> None:
        """Refuse what memory cannot hold, now that all sizes are known."""
        needed, free = bytes_needed(n_rows, n_inputs, self.config.hidden), available_memory()
        if free is not None and needed > free:
            raise ConfigError(
                f"{type(self).__name__} with {self.config.hidden} hidden units, {n_inputs:,} "
                f"inputs and {n_rows:,} rows needs {needed / GIB:.1f} GiB of memory and "
                f"{free / GIB:.1f} GiB are free; take fewer hidden units, or Bias."
            )


class UserAutoRec(AutoRec):
    """Complete the ratings of a person by an autoencoder (Sedhain et al. 2015).

    The network reads all that a person rated, r, with zeros where they did not, and predicts
    r̂ = W g(V r + μ) + b, g the sigmoid. The weights minimise, equation 3 of the paper,

    Σ_rated (r - r̂)² + l2/2 (‖V‖² + ‖W‖²):

    what somebody did not rate is an input of zero and no target. The biases are not penalised.

    Equation `eq-autorec` in family/autorec-deeprec.

    It answers for whoever is shown to it; who rated nothing is g(μ). An item without any training
    rating is given the mean of all, more or less.

    Its parameters are those of `AutoRecConfig`.

    Examples
    --------
    Two tastes; who is shown gave 5 to the first two films:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5]] * 4
    >>> ratings = Histories(range(0, 27, 3), [0, 1, 2] * 8, sum(rows, []), n_items=3)
    >>> model = UserAutoRec(hidden=4, l2=0.1).fit(ratings)
    >>> model.rate(Histories([0, 2], [0, 1], [5, 5], n_items=3), [0], [2]).round().tolist()
    [1.0]
    """

    name = "autorec-user"

    def rows_of(self, ratings: Ratings) -> Ratings:
        """Leave them as they are: a row a person."""
        return ratings

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Encode whoever is shown, and decode what is asked for, (n_pairs,)."""
        return decode(self.weights(), self.hidden(shown), rows, columns)

    def rate_all(self, shown: Ratings) -> Floats:
        """Decode everything, (n_users, n_items)."""
        return decode_all(self.weights(), self.hidden(shown))

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the vectors of all weights that L-BFGS keeps; those of layers come on top."""
        return bytes_needed(0, n_items, self.config.hidden)


class ItemAutoRec(AutoRec):
    """Complete the ratings of an item by an autoencoder (Sedhain et al. 2015).

    The network reads all ratings that an item was given, r, with zeros where people gave none, and
    predicts r̂ = W g(V r + μ) + b, g the sigmoid. The weights minimise, equation 3 of the paper,

    Σ_rated (r - r̂)² + l2/2 (‖V‖² + ‖W‖²):

    who did not rate it is an input of zero and no target. The biases are not penalised.

    Equation `eq-autorec` in family/autorec-deeprec.

    Inputs and outputs are the people whom it was fitted on, and it answers for nobody else. It
    knows them again by what is shown, which must be their training ratings, all of them and no
    other: in place of the ratings of others `rate` gives not a number, and lists are refused. Of
    two people with the same ratings it takes the first. An item that nobody rated is g(μ).

    Its parameters are those of `AutoRecConfig`.

    Examples
    --------
    Two tastes; the last person did not see the second film, nor who is shown then any but one:

    >>> from recotour_vae.splits import Histories
    >>> rows = [[5, 5, 1], [1, 1, 5]] * 4 + [[5, 1]]
    >>> columns = [0, 1, 2] * 8 + [0, 2]
    >>> ratings = Histories([*range(0, 27, 3), 26], columns, sum(rows, []), n_items=3)
    >>> model = ItemAutoRec(hidden=4, l2=0.1).fit(ratings)
    >>> model.rate(ratings.rows([8]), [0], [1]).round().tolist()
    [5.0]
    >>> model.rate(Histories([0, 1], [0], [5], n_items=3), [0], [1]).tolist()
    [nan]
    """

    name = "autorec-item"
    found = (*AutoRec.found, "ratings")
    ratings: Ratings

    def learn(self, ratings: Ratings, validation: "HeldOut | None" = None) -> None:
        """Keep the ratings as well: what is read when it is asked, and who is known."""
        self.ratings = ratings
        super().learn(ratings, validation)

    def rows_of(self, ratings: Ratings) -> Ratings:
        """Turn them: a row an item."""
        return ratings.T.tocsr()

    def predict(self, shown: Ratings, rows: Ints, columns: Ints) -> Floats:
        """Encode the items by their training ratings, and decode for whom is known, (n_pairs,)."""
        people = find_people(self.ratings, shown)[rows]
        found, known = np.full(len(people), np.nan), people != UNKNOWN
        h = self.hidden(self.rows_of(self.ratings))  # (n_items, hidden)
        found[known] = decode(self.weights(), h, np.asarray(columns)[known], people[known])
        return found

    def rate_all(self, shown: Ratings) -> Floats:
        """Decode everything, (n_users, n_items); not a number for whom it does not know."""
        return self._rate_everything(find_people(self.ratings, shown))

    def score(self, clicks: csr_matrix) -> Floats:
        """Predict all ratings of people who are known by what they rated, (n_users, n_items).

        Raises
        ------
        DataError
            When there is somebody who is not known, or whose items are those of several people
            with other ratings.
        """
        clicks = canonical(clicks, int(self.n_known[0]))
        people = find_people_by_items(self.ratings, clicks)
        self._check_known(people)
        return self._rate_everything(people)

    def _rank(self, shown: Ratings, k: int) -> Ints:
        self._check_known(find_people(self.ratings, shown))
        return super()._rank(shown, k)

    def _rate_everything(self, people: Ints) -> Floats:
        weights, h = self.weights(), self.hidden(self.rows_of(self.ratings))
        theirs = weights._replace(w=weights.w[people], b=weights.b[people])
        found = np.ascontiguousarray(decode_all(theirs, h).T)  # (n_users, n_items)
        found[people == UNKNOWN] = np.nan
        return found

    def _check_known(self, people: Ints) -> None:
        unknown = int((people == UNKNOWN).sum())
        if unknown:
            raise DataError(
                f"ItemAutoRec lists items for the people that it was fitted on, and {unknown:,} "
                f"of these {len(people):,} are not among them; show the training ratings of those "
                "people, or take UserAutoRec, which answers for others."
            )

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the layers of all items; what the number of people takes is seen in `fit`."""
        return bytes_needed(n_items, 0, self.config.hidden)
