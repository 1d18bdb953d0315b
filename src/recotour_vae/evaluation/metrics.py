"""Metrics as pure functions: of lists of items, and of predicted ratings.

Those of lists give one number a user, and all read the same two arrays: which places of a user's
top k are hits, and how many clicks were held out. So one `top_k` serves every metric. Those of
ratings give one number for each pair of a person and an item, from what was predicted for it and
what the person gave. What else a metric knows of itself stands in `metric_names`.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Bools, Floats, Ints
from recotour_vae.errors import MetricError
from recotour_vae.evaluation.registry import REGISTRY, Pools, parse_name

ListMetric = Callable[[Bools, Ints, int], Floats]
PairMetric = Callable[[Floats, Floats], Floats]


def top_k(scores: Floats, k: int) -> Ints:
    """Rank each user's k best items, best first; equal scores go by column.

    Parameters
    ----------
    scores
        (n_users, n_items); minus infinity marks an item that must not be recommended.
    k
        Length of the lists.

    Returns
    -------
    numpy.ndarray
        (n_users, k) columns; -1 where a user has no item left to recommend.

    Raises
    ------
    MetricError
        When k is not between 1 and n_items, or a score is not a number.
    """
    import torch  # only here, so that the metrics can be imported without it

    from recotour_vae.evaluation.topk import rank_scores

    if not 1 <= k <= scores.shape[1]:
        raise MetricError(
            f"A list of {k} items is asked for, but the catalogue has "
            f"{scores.shape[1]}; "
            f"give a k between 1 and {scores.shape[1]}."
        )
    numbers = np.ascontiguousarray(scores, dtype=np.result_type(scores.dtype, np.float32))
    ranking: Ints = rank_scores(torch.from_numpy(numbers), k).numpy()
    return ranking


def top_k_unseen(scores: Floats, fold_in: csr_matrix, k: int) -> Ints:
    """Rank as `top_k(without_fold_in(scores, fold_in), k)` does, without a copy of the scores.

    The scores at the fold-in clicks are taken out while it ranks, and put back after.

    Raises
    ------
    DataError
        When the matrix is not one of clicks.
    MetricError
        When it is of other users or items than the scores, or as `top_k` says.

    Examples
    --------
    >>> scores = np.array([[0.9, 0.5, 0.7, 0.1]])
    >>> top_k_unseen(scores, csr_matrix([[1, 0, 0, 0]]), k=2).tolist()
    [[2, 1]]
    """
    fold_in = _fitting(fold_in, *scores.shape)
    if not (scores.dtype in (np.float32, np.float64) and scores.flags.carray):
        return top_k(without_fold_in(scores, fold_in), k)
    place = _rows(fold_in), fold_in.indices
    seen_scores = scores[place]
    try:
        scores[place] = -np.inf
        return top_k(scores, k)
    finally:
        scores[place] = seen_scores


def without_fold_in(scores: Floats, fold_in: csr_matrix) -> Floats:
    """Copy the scores with minus infinity at every fold-in click, so that none is recommended.

    Raises
    ------
    DataError
        When the matrix is not one of clicks.
    MetricError
        When it is of other users or items than the scores.
    """
    fold_in = _fitting(fold_in, *scores.shape)
    masked = np.array(scores, dtype=np.result_type(scores, np.float32), copy=True)
    masked[_rows(fold_in), fold_in.indices] = -np.inf
    return masked


def find_hits(ranking: Ints, held_out: csr_matrix) -> Bools:
    """Mark the places of each list that hold a held-out click.

    Equation `eq-hit` in building/metrics.

    Parameters
    ----------
    ranking
        (n_users, k) columns, -1 for an empty place.
    held_out
        (n_users, n_items).

    Returns
    -------
    numpy.ndarray
        (n_users, k).

    Raises
    ------
    DataError
        When the matrix is not one of clicks.
    MetricError
        When it is of other users than the lists.
    """
    held_out = _fitting(held_out, len(ranking))
    n_users, n_items = held_out.shape
    relevant = _rows(held_out) * n_items + held_out.indices.astype(np.int64)  # in order
    asked = np.arange(n_users)[:, None] * n_items + ranking
    found = np.append(relevant, -1)[np.searchsorted(relevant, asked)]
    hits: Bools = (found == asked) & (ranking >= 0)
    return hits


def recall(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """Recall@k of Liang et al. (2018, section 4.2): hits in the first k over min(k, held-out).

    Equation `eq-recall` in building/metrics.

    Examples
    --------
    Two of the first three are hits, and four clicks were held out; k is the smaller:

    >>> recall(np.array([[True, False, True]]), np.array([4]), k=3).round(3).tolist()
    [0.667]
    """
    most: Ints = np.minimum(k, n_held_out)
    return _count(hits, k) / most


def plain_recall(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """Recall@k as most libraries have it: hits among the first k over all held-out clicks.

    Equation `eq-plain-recall` in building/metrics.

    Examples
    --------
    >>> plain_recall(np.array([[True, False, True]]), np.array([4]), k=3).tolist()
    [0.5]
    """
    return _count(hits, k) / n_held_out


def precision(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """Precision@k: hits among the first k over k.

    Equation `eq-precision` in building/metrics.
    """
    return _count(hits, k) / k


def ndcg(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """NDCG@k with binary gain and discount 1 / log2(place + 1) (Liang et al. 2018, section 4.2).

    The ideal list has a hit in each of its first min(k, held-out) places.

    Equation `eq-ndcg` in building/metrics.
    """
    discount = 1 / np.log2(np.arange(2, k + 2))  # (k,)
    ideal: Floats = np.cumsum(discount)[np.minimum(k, n_held_out) - 1]
    gained: Floats = hits[:, :k] @ discount
    return gained / ideal


def average_precision(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """AP@k: precision at each hit among the first k, summed, over all held-out clicks.

    The denominator is that of trec_eval; the mean over users is MAP@k.

    Equation `eq-ap` in building/metrics.

    Examples
    --------
    Precision is 1 at the first hit and 2/3 at the second; two clicks were held out:

    >>> average_precision(np.array([[True, False, True]]), np.array([2]), k=3).round(3).tolist()
    [0.833]
    """
    hit = hits[:, :k]
    at_hit = hit.cumsum(axis=1) / np.arange(1, k + 1)  # (n_users, k)
    total: Floats = (at_hit * hit).sum(axis=1)
    return total / n_held_out


def reciprocal_rank(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """One over the place of the first hit among the first k, 0 without one; its mean is MRR@k.

    Equation `eq-rr` in building/metrics.

    Examples
    --------
    >>> reciprocal_rank(np.array([[False, True], [False, False]]), np.array([1, 1]), k=2).tolist()
    [0.5, 0.0]
    """
    hit = hits[:, :k]
    found: Floats = hit.any(axis=1).astype(float)
    place: Ints = hit.argmax(axis=1) + 1
    return found / place


def hit_rate(hits: Bools, n_held_out: Ints, k: int) -> Floats:
    """One when there is a hit among the first k, else 0.

    Equation `eq-hit-rate` in building/metrics.
    """
    return (_count(hits, k) > 0).astype(float)


def coverage(ranking: Ints, k: int, n_items: int) -> float:
    """Share of the catalogue that stands in somebody's first k places: one number for all.

    Equation `eq-coverage` in building/metrics.

    Examples
    --------
    Of four items, two stand in somebody's list:

    >>> coverage(np.array([[0, 1], [1, -1]]), k=2, n_items=4)
    0.5
    """
    shown = ranking[:, :k]
    return len(np.unique(shown[shown >= 0])) / n_items


def squared_errors(predicted: Floats, ratings: Floats) -> Floats:
    """Square the error of each rating, (n_pairs,), in squared units of the rating.

    Not a number where none was predicted. Pooled over all pairs, and the root taken: `rmse`.
    """
    return _errors(predicted, ratings) ** 2


def absolute_errors(predicted: Floats, ratings: Floats) -> Floats:
    """Give the size of the error of each rating, (n_pairs,), in units of the rating.

    Not a number where none was predicted. Pooled over all pairs: `mae`.
    """
    return np.abs(_errors(predicted, ratings))


def rated(predicted: Floats, ratings: Floats) -> Floats:
    """One for each pair that a rating was predicted for, else 0, (n_pairs,).

    Pooled over all pairs it is the coverage of rating prediction (Herlocker et al. 2004): a
    model that answers only what it is sure of has small errors, and a small coverage.
    """
    return np.isfinite(predicted).astype(float)


def rmse(predicted: Floats, ratings: Floats) -> float:
    """Root of the mean squared error of the predicted ratings, sqrt(mean((r_hat - r)^2)).

    All pairs are pooled: somebody with many ratings counts for more than somebody with few.

    Parameters
    ----------
    predicted
        (n_pairs,), in units of the rating; not a number where the model gives none. Such pairs
        are left out, so read it beside the mean of `rated`.
    ratings
        (n_pairs,) what people gave.
    """
    return float(np.sqrt(np.nanmean(squared_errors(predicted, ratings))))


def mae(predicted: Floats, ratings: Floats) -> float:
    """Mean size of the error of the predicted ratings, mean(|r_hat - r|), pooled as in `rmse`."""
    return float(np.nanmean(absolute_errors(predicted, ratings)))


def _fitting(clicks: csr_matrix, n_users: int, n_items: int | None = None) -> csr_matrix:
    """Clicks in canonical form, if they are of the users (and items) of the scores or lists."""
    clicks = canonical(clicks)
    if clicks.shape[0] != n_users or n_items not in (None, clicks.shape[1]):
        wanted = f"{n_users} users" + ("" if n_items is None else f" and {n_items} items")
        raise MetricError(
            f"There are clicks of {clicks.shape[0]} users on {clicks.shape[1]} items, and scores "
            f"or lists of {wanted}; give those of the same people on the same catalogue."
        )
    return clicks


def _rows(clicks: csr_matrix) -> Ints:
    """Row of each click, (nnz,)."""
    return np.repeat(np.arange(clicks.shape[0]), np.diff(clicks.indptr))


def _count(hits: Bools, k: int) -> Floats:
    count: Floats = hits[:, :k].sum(axis=1, dtype=float)  # (n_users,)
    return count


def _errors(predicted: Floats, ratings: Floats) -> Floats:
    """Predicted less given, (n_pairs,); not a number where no finite rating was predicted."""
    error: Floats = np.where(np.isfinite(predicted), predicted, np.nan) - ratings
    return error


def _measures(pools: Pools) -> dict[str, Any]:
    """Give the functions of this module whose values are pooled in one way, by metric."""
    return {
        metric.name: globals()[metric.function]
        for metric in REGISTRY.values()
        if metric.pools == pools
    }


METRICS: Final[dict[str, ListMetric]] = _measures("people")
PAIR_METRICS: Final[dict[str, PairMetric]] = _measures("pairs")
ALL_LISTS_METRICS: Final[dict[str, Callable[[Ints, int, int], float]]] = _measures("lists")


def parse(name: str) -> tuple[Callable[..., Any], int]:
    """Read a name such as `ndcg@100` or `rmse` as a function and its k, 0 for one of ratings.

    Raises
    ------
    MetricError
        When there is no such metric, or k is below 1, missing for lists or given for ratings.

    Examples
    --------
    >>> metric, k = parse("ndcg@2")
    >>> metric(np.array([[True, False], [False, True]]), np.array([1, 1]), k).round(3).tolist()
    [1.0, 0.631]
    """
    metric, k = parse_name(name)
    functions: dict[str, Callable[..., Any]] = METRICS | PAIR_METRICS | ALL_LISTS_METRICS
    return functions[metric], k
