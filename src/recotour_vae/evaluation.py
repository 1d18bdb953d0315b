"""One evaluator for everything that scores: per-user metrics, then means with intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_matrix

from recotour_vae import metrics as M  # noqa: N812 - reads as in the chapters, M.ndcg
from recotour_vae.errors import MetricError
from recotour_vae.metric_names import PAPER_METRICS as PAPER_METRICS
from recotour_vae.splits import HeldOut

Floats = NDArray[np.floating[Any]]


class Scorer(Protocol):
    """Anything that scores every item for users given by their clicks."""

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items: clicks (n_users, n_items) in, scores (n_users, n_items) out."""
        ...


@runtime_checkable
class Ranker(Protocol):
    """A scorer that ranks by itself, so that its scores can stay where they are, as on a GPU."""

    def rank(self, clicks: csr_matrix, k: int) -> M.Ints:
        """Rank items not clicked: (n_users, n_items) in, (n_users, k) columns out, -1 for none."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """What one model did for each user.

    Attributes
    ----------
    per_user
        A row a user with at least one held-out click (indexed by raw user id), a column a
        metric.
    coverage
        Share of the catalogue recommended to somebody, for the largest k of the metrics.
    n_skipped
        Users without a held-out click: no metric is defined for them, so they do not count.

    Examples
    --------
    >>> one, other = (
    ...     Evaluation(pd.DataFrame({"ndcg@100": values}), coverage=1.0, n_skipped=0)
    ...     for values in ([0.5, 0.7, 0.6], [0.4, 0.6, 0.5])
    ... )
    >>> round(one.mean("ndcg@100"), 3)
    0.6
    >>> paired_difference(one, other, "ndcg@100")[["mean", "low"]].round(3).tolist()
    [0.1, 0.1]
    """

    per_user: pd.DataFrame
    coverage: float
    n_skipped: int

    def mean(self, metric: str) -> float:
        """Mean of a metric over users."""
        return float(_column(self, metric).mean())

    def table(self, confidence: float = 0.95, seed: int = 0) -> pd.DataFrame:
        """Mean, standard error and bootstrap interval of each metric, a row a metric."""
        rows = {
            name: _describe(values.to_numpy(), confidence, seed)
            for name, values in self.per_user.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "se", "low", "high"])


def evaluate(
    model: Scorer | Ranker,
    group: HeldOut,
    metrics: Sequence[str] = PAPER_METRICS,
    batch_size: int = 500,
) -> Evaluation:
    """Show a model each user's fold-in clicks and compare its list with the held-out ones.

    Parameters
    ----------
    model
        Anything with a `score` method; a `rank` method, where there is one, is used instead.
    group
        Held-out users, `split.validation` or `split.test`.
    metrics
        Names such as `ndcg@100`.
    batch_size
        Users scored at a time, which bounds the memory: batch_size × n_items scores.

    Raises
    ------
    MetricError
        When a metric is unknown, a k is larger than the catalogue, or nobody has a held-out
        click.

    Examples
    --------
    Everybody is shown item 2, which the first person clicked next and the second did not:

    >>> from recotour_vae.baselines import Popularity
    >>> model = Popularity().fit(np.array([[1, 0, 1, 0], [0, 0, 1, 0]]))
    >>> shown, asked = np.array([[1, 0, 0, 0]] * 2), np.array([[0, 0, 1, 0], [0, 0, 0, 1]])
    >>> group = HeldOut([7, 8], shown, asked)
    >>> found = evaluate(model, group, ["recall@1"])
    >>> found.per_user["recall@1"].to_dict()
    {7: 1.0, 8: 0.0}
    """
    parsed, k = check(group, metrics)
    relevant = np.diff(group.held_out.indptr)  # (n_users,)
    judged = np.flatnonzero(relevant)
    ranking = np.concatenate(
        [_rank(model, fold_in, k) for fold_in in _chunks(group.fold_in[judged], batch_size)]
    )  # (n_judged, k)
    hits = M.find_hits(ranking, group.held_out[judged])
    values = {name: metric(hits, relevant[judged], at) for name, (metric, at) in parsed.items()}
    per_user = pd.DataFrame(values, index=pd.Index(group.users[judged], name="user"))
    coverage = M.coverage(ranking, k, group.fold_in.shape[1])
    return Evaluation(per_user, coverage, len(relevant) - len(judged))


def check(group: HeldOut, metrics: Sequence[str]) -> tuple[dict[str, tuple[M.Metric, int]], int]:
    """Read the metrics' names and find the longest list, before anything is computed.

    Raises
    ------
    MetricError
        As `evaluate` says.
    """
    if not len(metrics):
        raise MetricError("No metric is asked for; name at least one, such as ndcg@100.")
    parsed = {name: M.parse(name) for name in metrics}
    k = _longest(parsed, group.fold_in.shape[1])
    if not group.held_out.nnz:
        raise MetricError("No user has a held-out click, so there is nothing to measure.")
    return parsed, k


def _rank(model: Scorer | Ranker, fold_in: csr_matrix, k: int) -> M.Ints:
    if isinstance(model, Ranker):
        return _checked_ranking(model.rank(fold_in, k), fold_in, k)
    scores = model.score(fold_in)
    if scores.shape != fold_in.shape:
        raise MetricError(
            f"The model scores {scores.shape[1]} items where the split has {fold_in.shape[1]}; "
            "measure it on the split that it was trained on."
        )
    return M.top_k_unseen(scores, fold_in, k)


def _checked_ranking(ranking: M.Ints, fold_in: csr_matrix, k: int) -> M.Ints:
    n_users, n_items = fold_in.shape
    if ranking.shape != (n_users, k) or (ranking.size and ranking.max() >= n_items):
        raise MetricError(
            f"The model gives lists of shape {ranking.shape} with columns up to {ranking.max()} "
            f"where ({n_users}, {k}) and columns below {n_items} are asked for; measure it on the "
            "split that it was trained on."
        )
    return ranking


def _column(evaluation: Evaluation, metric: str) -> "pd.Series[float]":
    if metric not in evaluation.per_user:
        raise MetricError(
            f"{metric} was not measured; there are {', '.join(map(str, evaluation.per_user))}, so "
            "evaluate again with it."
        )
    return evaluation.per_user[metric]


def paired_difference(
    one: Evaluation, other: Evaluation, metric: str, confidence: float = 0.95, seed: int = 0
) -> pd.Series:
    """Mean, standard error and interval of `one - other`, user by user.

    Users differ far more than models do, so the interval of the differences is much narrower
    than the two intervals of the means suggest.

    Equation `eq-paired` in building/metrics.

    Raises
    ------
    MetricError
        When the two were not measured on the same users.
    """
    if not one.per_user.index.equals(other.per_user.index):
        raise MetricError("The two evaluations are of different users; compare them on one split.")
    difference = (_column(one, metric) - _column(other, metric)).to_numpy()
    return pd.Series(_describe(difference, confidence, seed), index=["mean", "se", "low", "high"])


def _describe(values: Floats, confidence: float, seed: int) -> tuple[float, ...]:
    mean = float(values.mean())
    if len(values) < 2:  # one user says nothing about the spread
        return mean, np.nan, np.nan, np.nan
    if np.ptp(values) == 0:  # nothing to resample
        return mean, 0.0, mean, mean
    interval = stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, n_resamples=2000, batch=200,
        method="percentile", rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return mean, float(stats.sem(values)), float(interval.low), float(interval.high)


def _longest(parsed: dict[str, tuple[M.Metric, int]], n_items: int) -> int:
    name = max(parsed, key=lambda metric: parsed[metric][1])
    k = parsed[name][1]
    if k > n_items:
        raise MetricError(
            f"{name} needs lists of {k} items, but the catalogue has {n_items}; "
            f"give a k of at most {n_items}."
        )
    return k


def _chunks(matrix: csr_matrix, size: int) -> Iterable[csr_matrix]:
    return (matrix[start : start + size] for start in range(0, matrix.shape[0], size))
