"""Splits for the prediction of ratings: cells of the matrix are divided, and not people.

A model is given some of everybody's ratings and says what the others are. Every rating counts,
whether the film was liked or not, so that there is no threshold here; `Split.train` is which cells
are rated, and the ratings are in the histories.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from recotour_vae.arrays.shares import floor_of
from recotour_vae.errors import SplitError
from recotour_vae.splits.cells import Bools, Cells, clicked, counts, select
from recotour_vae.splits.config import RatingSplitConfig
from recotour_vae.splits.details import Details
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ids, Ints, checked

if TYPE_CHECKING:
    from recotour_vae.datasets import Dataset


@dataclass(frozen=True, eq=False)
class RatingFolds(Sequence[Split]):
    """Splits that ask for each rating once, made one by one when they are asked for.

    Attributes
    ----------
    cells
        All ratings.
    fold
        In which fold each is asked for, (n_ratings,), counted from 0.
    n_folds
        How many there are.
    config
        Which validation ratings are drawn, and how many.
    """

    cells: Cells
    fold: Ints
    n_folds: int
    config: RatingSplitConfig

    def __len__(self) -> int:
        """Count the folds."""
        return self.n_folds

    @overload
    def __getitem__(self, at: int) -> Split: ...
    @overload
    def __getitem__(self, at: slice) -> list[Split]: ...
    def __getitem__(self, at: int | slice) -> Split | list[Split]:
        """Make the split of a fold."""
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(self.n_folds))]
        number = range(self.n_folds)[at]  # which raises IndexError, as a sequence has to
        rng = np.random.default_rng((self.config.seed, number))
        return _split(self.cells, self.fold == number, self.config.validation_ratings, rng)

    def numbered(self, fold: int) -> Split:
        """Make the split of a fold as papers count them, from 1.

        Raises
        ------
        SplitError
            When there is no such fold.
        """
        if not 1 <= fold <= len(self):
            raise SplitError(f"fold is {fold}; give a number from 1 to {len(self)}.")
        return self[fold - 1]

    def __iter__(self) -> Iterator[Split]:
        """Make one after another, and keep none."""
        return (self[number] for number in range(self.n_folds))


def rating_folds(
    interactions: pd.DataFrame, config: RatingSplitConfig | None = None, folds: Any = None
) -> RatingFolds:
    """Divide all ratings into folds: each split trains on all folds but one, and asks for that.

    In each of the splits `test.shown` is the training history itself, all training users in their
    rows, and `test.asked` the ratings to predict, in the same rows; of some people there may be
    none. `validation` is the same with a share of the other ratings, which are kept from training;
    where the share is 0, it asks for nothing.

    A rating by somebody, or of an item, that training has no rating of cannot be placed in these
    rows and columns. It is left out, and counted in `HeldOut.n_cold`. What is made of those in
    papers differs: AutoRec's predicts 3 for them (and its authors' program leaves them out of the
    error), DeepRec removes them, others fall back to a mean. Whoever reports an error should say
    how many there were.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and `rating`. Of repeated rows the latest in time counts, else the
        last.
    config
        Settings of the protocol.
    folds
        (n_rows,): which fold each row is in, counted from 0; None draws them, all as large but for
        one rating. The draw does not depend on the order of the rows.

    Returns
    -------
    RatingFolds
        A sequence of `Split`; `rating_folds(table)[2]` makes the third one alone. Their
        fingerprints count the ratings in.

    Raises
    ------
    SplitError
        When there are no ratings, or fewer than folds; when the folds given are not one for each
        row, counted from 0. When a split is made that has nothing to train on, or to ask for.
    """
    config = config or RatingSplitConfig()
    cells = rated_cells(interactions)
    if folds is not None:
        given = _given_folds(folds, len(interactions))
        return RatingFolds(cells, given[cells.rows.data], int(given.max()) + 1, config)
    n = cells.rows.nnz
    if n < config.folds:
        raise SplitError(
            f"There are {n:,} ratings for {config.folds} folds; give more ratings, or fewer folds."
        )
    fold = np.random.default_rng(config.seed).permutation(n) % config.folds
    return RatingFolds(cells, fold, config.folds, config)


def official_folds(data: "Dataset", config: RatingSplitConfig | None = None) -> RatingFolds:
    """Take the folds that the makers of a data set published: u1 to u5 of MovieLens 100K.

    The five tests hold each rating once. They are fifths of the file in its own order, in which
    low user ids come first: the 20,000 ratings of u1's test are of 459 people, those of u5's of
    927. So u1 alone is harder than the mean of the five, and papers that quote it are not to be
    compared with those that quote the mean.

    Parameters
    ----------
    data
        As `datasets.load` gives it.
    config
        Of which the share of validation ratings and the seed count.

    Returns
    -------
    RatingFolds
        `official_folds(data)[0]` is u1.

    Raises
    ------
    SplitError
        When the data set has no official folds.
    """
    if data.folds is None:
        raise SplitError(
            f"{data.name} has no official folds, as ml-100k has; draw some with rating_folds."
        )
    return rating_folds(data.interactions, config, data.folds)


def ratings_holdout(interactions: pd.DataFrame, config: RatingSplitConfig | None = None) -> Split:
    """Keep a share of all ratings, drawn at random, to predict: 90/10, as in the papers on AutoRec.

    What is trained on, shown and asked for is as `rating_folds` says.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and `rating`.
    config
        Of which `test_ratings`, rounded down, counts and not the folds.

    Raises
    ------
    SplitError
        When there are no ratings, or none is left to train on, or to ask for.
    """
    config = config or RatingSplitConfig()
    cells = rated_cells(interactions)
    rng = np.random.default_rng(config.seed)
    test = _drawn(np.ones(cells.rows.nnz, bool), config.test_ratings, rng)
    return _split(cells, test, config.validation_ratings, rng)


def rated_cells(interactions: pd.DataFrame) -> Cells:
    """Lay out a table that has ratings.

    Raises
    ------
    SplitError
        When it has none.
    """
    if "rating" not in interactions:
        raise SplitError(
            "A split of ratings needs ratings, and the table has no column 'rating'; its columns "
            f"are {', '.join(map(str, interactions.columns))}."
        )
    return Cells.of(checked(interactions))


def _given_folds(folds: Any, n_rows: int) -> Ints:
    given = np.asarray(folds)
    right = given.shape == (n_rows,) and given.dtype.kind in "iu" and n_rows > 0
    if not right or not np.array_equal(np.unique(given), np.arange(int(given.max()) + 1)):
        raise SplitError(
            f"The folds have the shape {given.shape} and type {given.dtype} where the table has "
            f"{n_rows:,} rows; give a whole number for each, from 0, and leave none out."
        )
    return given.astype(np.int64)


def _drawn(among: Bools, share: float, rng: np.random.Generator) -> Bools:
    """Draw a share of some cells, rounded down."""
    places = np.flatnonzero(among)
    drawn = np.zeros(len(among), bool)
    drawn[rng.permutation(places)[: int(floor_of(share * len(places)))]] = True
    return drawn


def _split(cells: Cells, test: Bools, share: float, rng: np.random.Generator) -> Split:
    return divided(cells, _drawn(~test, share, rng), test)


def divided(cells: Cells, validation: Bools, test: Bools) -> Split:
    """Make the split of which ratings validate and which test; the others train.

    Parameters
    ----------
    cells
        All ratings.
    validation, test
        (n_ratings,), with none in common.

    Raises
    ------
    SplitError
        When nothing is left to train on, or there is nothing to test.
    """
    training = select(cells.rows, ~test & ~validation)
    users, items = np.flatnonzero(counts(training)), clicked(training)
    train = cells.details(training[users][:, items])
    if not (train.clicks.nnz and test.any()):
        raise SplitError(
            f"Of {len(test):,} ratings {int(test.sum()):,} are to be predicted and "
            f"{train.clicks.nnz:,} are left to train on; give more ratings, or another share."
        )
    groups = [_asked(cells, part, users, items, train) for part in (validation, test)]
    ids = (cells.items[items], cells.users[users])
    return Split.of(*ids, train, groups[0], groups[1], of_ratings=True)


def _asked(cells: Cells, part: Bools, users: Ids, items: Ids, train: Details) -> HeldOut:
    asked = cells.details(select(cells.rows, part)[users][:, items])
    n_cold = int(part.sum()) - asked.clicks.nnz
    return HeldOut.of(cells.users[users], train, asked, n_cold=n_cold)
