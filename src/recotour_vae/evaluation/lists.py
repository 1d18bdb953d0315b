"""What lists are like beyond their hits: how popular, how varied, and for whom."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Bools, Floats, Ints
from recotour_vae.errors import MetricError
from recotour_vae.evaluation import metrics as M  # noqa: N812 - reads as in the chapters, M.coverage
from recotour_vae.evaluation.evaluator import Evaluation, Ranker, Scorer, judged_rows, rank_lists
from recotour_vae.evaluation.statistics.intervals import student
from recotour_vae.splits import HeldOut

DESCRIPTION: Final = ("novelty", "popularity", "popularity_lift", "coverage", "gini", "tail_share")


def recommend(model: Scorer | Ranker, fold_in: csr_matrix, k: int, batch_size: int = 500) -> Ints:
    """Give each user's k best items that they have not clicked: `evaluation.rank_lists`.

    What it gives, (n_users, k) columns, is what the functions below call a ranking.

    Raises
    ------
    MetricError
        When k is larger than the catalogue, or the model was trained on another one.
    """
    return rank_lists(model, fold_in, k, batch_size)


def shares(train: csr_matrix) -> Floats:
    """Share of the training users who clicked each item, (n_items,)."""
    train = canonical(train)
    share: Floats = train.getnnz(axis=0) / train.shape[0]
    return share


def novelty(ranking: Ints, train: csr_matrix) -> Floats:
    """Mean self-information of the items in each list, in bits (Vargas and Castells 2011).

    An item that a share p of the training users clicked has -log2 p bits: none if everybody
    did, one if half of them did. It is also called the mean inverse user frequency.

    Parameters
    ----------
    ranking
        (n_users, k) columns, -1 for an empty place.
    train
        Clicks of the training users, (n_train_users, n_items).

    Returns
    -------
    numpy.ndarray
        (n_users,); not a number for an empty list.

    Raises
    ------
    MetricError
        When a list has an item that no training user clicked.

    Examples
    --------
    Everybody clicked item 0, half of the people item 1: none and one bit.

    >>> train = np.array([[1, 1], [1, 0]])
    >>> novelty(np.array([[0, -1], [1, -1], [0, 1]]), train).tolist()
    [0.0, 1.0, 0.5]
    """
    share = shares(train)
    shown = np.unique(ranking[(ranking >= 0) & (ranking < len(share))])
    if not share[shown].all():
        raise MetricError(
            f"Column {shown[share[shown] == 0][0]} is recommended but was clicked by no training "
            "user, so its novelty is infinite; leave such items out of the split."
        )
    bits = -np.log2(share, out=np.zeros_like(share), where=share > 0)
    return _mean_over_list(ranking, bits)


def average_popularity(ranking: Ints, train: csr_matrix) -> Floats:
    """Mean over each list of the share of training users who clicked the item.

    Parameters
    ----------
    ranking
        (n_users, k) columns, -1 for an empty place.
    train
        (n_train_users, n_items).

    Returns
    -------
    numpy.ndarray
        (n_users,); not a number for an empty list.
    """
    return _mean_over_list(ranking, shares(train))


def fold_in_popularity(fold_in: csr_matrix, train: csr_matrix) -> Floats:
    """Mean over each user's own clicks of the share of training users who clicked the item.

    Parameters
    ----------
    fold_in
        (n_users, n_items).
    train
        (n_train_users, n_items).

    Returns
    -------
    numpy.ndarray
        (n_users,); not a number for a user without clicks.
    """
    share = shares(train)
    fold_in = canonical(fold_in, len(share))
    return _ratio(fold_in.astype(float) @ share, fold_in.getnnz(axis=1))


def popularity_lift(recommended: Floats, own: Floats) -> float:
    """How much more popular than their own clicks the items are that a group of users is shown.

    The mean of `recommended` over the mean of `own`, less one (Abdollahpouri et al. 2019, who
    write GAP for the two means): 0 when lists are as popular as histories, 1 when twice.

    Parameters
    ----------
    recommended, own
        (n_users,) from `average_popularity` and `fold_in_popularity`; users for whom either is
        not a number are left out.
    """
    known = np.isfinite(recommended) & np.isfinite(own)
    return float(recommended[known].mean() / own[known].mean() - 1)


def exposure(ranking: Ints, n_items: int) -> Ints:
    """Count the places that each item takes in all lists together, (n_items,)."""
    return np.bincount(ranking[ranking >= 0], minlength=n_items)


def gini(amounts: ArrayLike) -> float:
    """Gini coefficient: 0 when all items have the same, 1 - 1/n when one of n has everything.

    Half the mean difference between two items drawn with replacement, over the mean.

    Parameters
    ----------
    amounts
        (n_items,), such as the `exposure`; items with nothing belong to it.

    Raises
    ------
    MetricError
        When an amount is below zero, or all are zero.

    Examples
    --------
    >>> gini([5, 5, 5, 5]), gini([0, 0, 0, 20])
    (0.0, 0.75)
    """
    x = np.sort(np.asarray(amounts, dtype=float))
    if not x.size or x[0] < 0 or not x[-1] > 0:
        raise MetricError(
            "The Gini coefficient needs amounts of which none is below zero and one is above; "
            "look whether any item is shown at all."
        )
    place = np.arange(1, len(x) + 1)
    return float(((2 * place - len(x) - 1) * x).sum() / (len(x) * x.sum()))


def long_tail(train: csr_matrix, share: float = 0.2) -> Bools:
    """Mark the items of the long tail.

    Go through the items from the least clicked upwards, and stop before their clicks together
    exceed the share of all clicks. Of items with equally many clicks the later column goes
    first.

    Parameters
    ----------
    train
        (n_train_users, n_items).
    share
        Of the clicks that the tail may have.

    Returns
    -------
    numpy.ndarray
        (n_items,).

    Examples
    --------
    Item 2 has one click of ten, so that it alone fits into a fifth of them:

    >>> train = np.array([[1, 1, 1]] + [[1, 1, 0]] * 3 + [[1, 0, 0]])
    >>> long_tail(train, share=0.2).tolist()
    [False, False, True]
    """
    counts = canonical(train).getnnz(axis=0)
    order = np.argsort(-counts, kind="stable")[::-1]  # least clicked first
    within = counts[order].cumsum() <= np.round(share * counts.sum(), 9)  # 0.7 of 90 is 63
    tail: Bools = np.zeros(len(counts), dtype=bool)
    tail[order[within]] = True
    return tail


def tail_share(ranking: Ints, tail: Bools) -> Floats:
    """Share of each list that is from the long tail.

    Parameters
    ----------
    ranking
        (n_users, k) columns, -1 for an empty place.
    tail
        (n_items,) from `long_tail`.

    Returns
    -------
    numpy.ndarray
        (n_users,); not a number for an empty list. Where lists are full, their mean is the
        tail's share of all exposure.
    """
    return _mean_over_list(ranking, tail.astype(float))


def describe_lists(
    model: Scorer | Ranker,
    group: HeldOut,
    train: csr_matrix,
    k: int,
    found: Evaluation | None = None,
) -> "pd.Series[float]":
    """Describe the lists that a model gives to a group of users, in one row of a table.

    Parameters
    ----------
    model
        Anything with a `score` or a `rank` method.
    group
        Whose fold-in clicks the model is shown; users without a held-out click are among them.
    train
        Clicks of the training users, who say what is popular, (n_train_users, n_items).
    k
        Length of the lists.
    found
        What `evaluate` said of this model and this group. Its lists are taken, where they are
        long enough, and the model ranks for nobody but the users without a held-out click.

    Returns
    -------
    pandas.Series
        Means over users of `novelty` (bits), `popularity` and `tail_share`; `popularity_lift`
        against their own fold-in; `coverage` and `gini` of all lists together.

    Raises
    ------
    MetricError
        As `recommend` and `novelty` say; when the evaluation is of other users.
    """
    train = canonical(train, group.fold_in.shape[1])
    ranking, n_items = _lists(model, group, k, found), train.shape[1]
    popular, own = average_popularity(ranking, train), fold_in_popularity(group.fold_in, train)
    means = {
        "novelty": np.nanmean(novelty(ranking, train)),
        "popularity": np.nanmean(popular),
        "popularity_lift": popularity_lift(popular, own),
        "coverage": M.coverage(ranking, k, n_items),
        "gini": gini(exposure(ranking, n_items)),
        "tail_share": np.nanmean(tail_share(ranking, long_tail(train))),
    }
    return pd.Series(means, index=list(DESCRIPTION), dtype=float)


def _lists(model: Scorer | Ranker, group: HeldOut, k: int, found: Evaluation | None) -> Ints:
    """Give everybody's k best, (n_users, k): those that were measured, and the others' anew."""
    if found is None or found.ranking is None or found.ranking.shape[1] < k:
        return recommend(model, group.fold_in, k)
    judged = judged_rows(group)
    if not np.array_equal(found.per_user.index, group.users[judged]):
        raise MetricError(
            f"The evaluation is of {len(found.per_user)} users who are not those of the group; "
            "give the one that was made on it."
        )
    ranking = np.empty((len(group.users), k), np.int64)
    ranking[judged] = found.ranking[:, :k]
    others = np.setdiff1d(np.arange(len(group.users)), judged)
    ranking[others] = recommend(model, group.fold_in[others], k)
    return ranking


def by_history(
    per_user: pd.DataFrame, lengths: ArrayLike, bins: int = 4, confidence: float = 0.95
) -> pd.DataFrame:
    """Average over groups of users who showed the model fewer or more clicks.

    The groups are cut at quantiles of the lengths; users with equally many clicks stay in one
    group, so groups differ in size, and there may be fewer of them than asked for.

    Parameters
    ----------
    per_user
        A row a user, a column a model (or a difference of two models).
    lengths
        (n_users,) fold-in clicks of each user, in the order of the rows.
    bins
        Number of groups.
    confidence
        Of the intervals, Student's t around the mean.

    Returns
    -------
    pandas.DataFrame
        A row a group and column, indexed by (history, model), short histories first: `mean`,
        `se`, `low`, `high` and the number of users `n`. The history is named by its shortest
        and longest length, as in "5–12".

    Raises
    ------
    MetricError
        When the lengths are not one a row.
    """
    clicks = np.asarray(lengths)
    if clicks.shape != (len(per_user),):
        raise MetricError(
            f"There are {len(per_user)} users and lengths of shape {clicks.shape}; give one a user."
        )
    cut = np.searchsorted(np.quantile(clicks, np.arange(1, bins) / bins), clicks)
    parts = {
        _span(clicks[cut == group]): _describe(per_user[cut == group], confidence)
        for group in np.unique(cut)
    }
    return pd.concat(parts, names=["history", "model"])


def _describe(values: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Mean, error and interval of each column."""
    n, mean, se = len(values), values.mean(), values.sem()
    low, high = student(mean, se, n - 1, confidence)
    return pd.DataFrame({"mean": mean, "se": se, "low": low, "high": high, "n": n})


def _span(lengths: NDArray[Any]) -> str:
    shortest, longest = lengths.min(), lengths.max()
    return f"{shortest}" if shortest == longest else f"{shortest}–{longest}"


def _mean_over_list(ranking: Ints, worth: Floats) -> Floats:
    """Mean of what the items of each list are worth, empty places left out, (n_users,)."""
    filled = ranking >= 0
    if ranking.max(initial=-1) >= len(worth):
        raise MetricError(
            f"A list has column {ranking.max()} where the catalogue has {len(worth)} items; give "
            "the clicks that the model was trained on."
        )
    return _ratio(np.where(filled, worth[ranking], 0).sum(axis=1), filled.sum(axis=1))


def _ratio(total: Floats, count: NDArray[Any]) -> Floats:
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
