"""One evaluator for everything that scores, ranks or rates: values, then means with intervals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.errors import MetricError
from recotour_vae.evaluation import metrics as M  # noqa: N812 - reads as in the chapters, M.ndcg
from recotour_vae.evaluation import pooling
from recotour_vae.evaluation.registry import PAPER_METRICS, RATING_COVERAGE, metric_of, parse_name
from recotour_vae.splits import HeldOut


@runtime_checkable
class Scorer(Protocol):
    """Anything that scores every item for users given by their clicks."""

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items: clicks (n_users, n_items) in, scores (n_users, n_items) out."""
        ...


@runtime_checkable
class Ranker(Protocol):
    """A scorer that ranks by itself, so that its scores can stay where they are, as on a GPU."""

    def rank(self, clicks: csr_matrix, k: int) -> Ints:
        """Rank items not clicked: (n_users, n_items) in, (n_users, k) columns out, -1 for none."""
        ...


@runtime_checkable
class HistoryRanker(Protocol):
    """A ranker that looks at more than clicks: at people's ratings, or at the order of events."""

    def rank_histories(self, shown: Any, k: int) -> Ints:
        """Rank items not clicked: `Histories` of n_users in, (n_users, k) columns out."""
        ...


@runtime_checkable
class Rater(Protocol):
    """Anything that predicts what people given by their ratings would give to an item."""

    def rate(self, shown: Any, rows: Ints, columns: Ints) -> Floats:
        """Predict ratings, (n_pairs,), of items `columns[i]` by the people in `rows[i]` of `shown`.

        Not a number where the model cannot tell. To stay within the scale, and within the memory,
        is the model's business: what it gives is measured as it is.
        """
        ...


@dataclass(frozen=True)
class Evaluation:
    """What one model did for each user.

    Attributes
    ----------
    per_user
        A row a user with at least one held-out click (indexed by raw user id), a column a
        metric that has a value for each user.
    coverage
        Share of the catalogue recommended to somebody, for the largest k of the metrics; not a
        number where no list was asked for.
    n_skipped
        Users without a held-out click (or, where ratings alone are asked for, without a pair): no
        metric is defined for them, so they do not count.
    ranking
        The lists that were measured, (n_judged, k) columns for the largest k, a row a row of
        `per_user`; -1 for an empty place. None where no list was asked for.
    together
        Values of the metrics that all lists have together, such as `coverage@20`.
    pairs
        For the metrics of ratings, a row a person with a pair, and for each metric the columns
        `sum`, of squared errors say, and `n`, how many pairs the model rates.

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
    ranking: Ints | None = field(default=None, repr=False)
    together: Mapping[str, float] = field(default_factory=dict)
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def names(self) -> list[str]:
        """Names of what was measured."""
        of_pairs = self.pairs.columns.get_level_values(0).unique()
        return [str(name) for name in (*self.per_user, *self.together, *of_pairs)]

    def mean(self, metric: str) -> float:
        """Value of a metric: the mean over users, or what it pools of everybody's pairs or lists.

        Raises
        ------
        MetricError
            When it was not measured.
        """
        values = _values(self, metric)
        if isinstance(values, float):
            return values
        if isinstance(values, pd.DataFrame):
            return pooling.pooled(values, metric_of(metric).root)
        return float(values.mean())

    def table(self, confidence: float = 0.95, seed: int = 0) -> pd.DataFrame:
        """Value, standard error and bootstrap interval of each metric, a row a metric.

        The interval is for other people of the same kind. A metric that all lists have together,
        such as `coverage@20`, has none: people drawn twice would bring nothing new.
        """
        rows = {name: _describe(self, name, confidence, seed) for name in self.names}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(pooling.COLUMNS))


def evaluate(
    model: Scorer | Ranker | HistoryRanker | Rater,
    group: HeldOut,
    metrics: Sequence[str] = PAPER_METRICS,
    batch_size: int = 500,
) -> Evaluation:
    """Show a model what each user did, and compare its answers with what was kept from it.

    For metrics of lists, such as `ndcg@100`, the model is shown the fold-in clicks and its list
    is compared with the held-out ones. For metrics of ratings, such as `rmse`, it is asked for
    the ratings that were kept; beside their errors stands `rating_coverage`, the share of them
    that it gives, since errors are over the ratings that there are.

    Parameters
    ----------
    model
        For lists anything with a `score` method; a `rank` method, where there is one, is used
        instead, and before both `rank_histories`, which is shown ratings and times as well. For
        ratings anything with a `rate` method.
    group
        Held-out users, `split.validation` or `split.test`.
    metrics
        Names such as `ndcg@100` or `rmse`.
    batch_size
        Users scored at a time, which bounds the memory: batch_size × n_items scores. Ratings are
        asked for all at once, and the model goes through them as it sees fit.

    Raises
    ------
    MetricError
        When a metric is unknown, a k is larger than the catalogue, or nobody has a held-out
        click; when the model cannot give what is measured, or the group has no ratings.

    Examples
    --------
    Everybody is shown item 2, which the first person clicked next and the second did not:

    >>> from recotour_vae.recommenders import Popularity
    >>> model = Popularity().fit(np.array([[1, 0, 1, 0], [0, 0, 1, 0]]))
    >>> shown, asked = np.array([[1, 0, 0, 0]] * 2), np.array([[0, 0, 1, 0], [0, 0, 0, 1]])
    >>> group = HeldOut([7, 8], shown, asked)
    >>> found = evaluate(model, group, ["recall@1"])
    >>> found.per_user["recall@1"].to_dict()
    {7: 1.0, 8: 0.0}
    """
    check(group, metrics)
    _check_model(model, metrics)
    lists, ratings = _by_what_they_ask(metrics)
    if not lists:
        sums = _sums(model, group, ratings)
        people = pd.DataFrame(index=sums.index)
        return Evaluation(people, np.nan, len(group.users) - len(sums), pairs=sums)
    k = _longest(lists, group.fold_in.shape[1])
    found = judge(_lists_of_group(model, group, k, batch_size), group, lists)
    return replace(found, pairs=_sums(model, group, ratings)) if ratings else found


def judge(ranking: Ints, group: HeldOut, metrics: Sequence[str]) -> Evaluation:
    """Compare lists that were made already with the held-out clicks; `evaluate` makes them itself.

    Parameters
    ----------
    ranking
        (n_judged, k) columns, -1 for an empty place: a list for each of `judged_rows(group)`, as
        long as the longest of the metrics at least.
    group
        Held-out users.
    metrics
        Names of metrics of lists, such as `ndcg@100`.

    Raises
    ------
    MetricError
        As `evaluate` says, and when the lists are of other users or too short.
    """
    check(group, metrics)
    lists, ratings = _by_what_they_ask(metrics)
    if ratings:
        raise MetricError(
            f"{ratings[0]} is measured on ratings, and these are lists; leave it out."
        )
    judged, n_items = judged_rows(group), group.fold_in.shape[1]
    k = _longest(lists, n_items)
    ranking = _checked_ranking(ranking[:, :k], (len(judged), n_items), k)
    values = _values_of_users(ranking, group.held_out[judged], lists)
    per_user = pd.DataFrame(values, index=pd.Index(group.users[judged], name="user"))
    together = {name: M.parse(name) for name in lists if metric_of(name).pools == "lists"}
    return Evaluation(
        per_user,
        M.coverage(ranking, k, n_items),
        len(group.users) - len(judged),
        ranking,
        {name: metric(ranking, at, n_items) for name, (metric, at) in together.items()},
    )


def _values_of_users(
    ranking: Ints, held_out: csr_matrix, metrics: Sequence[str]
) -> dict[str, Floats]:
    """Measure each list, (n_judged,) a metric, by those metrics that have a value a user."""
    hits, relevant = M.find_hits(ranking, held_out), np.diff(held_out.indptr)
    parsed = {name: M.parse(name) for name in metrics if metric_of(name).pools == "people"}
    return {name: metric(hits, relevant, at) for name, (metric, at) in parsed.items()}


def judged_rows(group: HeldOut) -> NDArray[np.intp]:
    """Give the rows of the users with a held-out click, who are those that lists are judged by."""
    return np.flatnonzero(np.diff(group.held_out.indptr))


def check(group: HeldOut, metrics: Sequence[str]) -> None:
    """Refuse what cannot be measured on a group, before anything is computed.

    Raises
    ------
    MetricError
        As `evaluate` says.
    """
    if not len(metrics):
        raise MetricError("No metric is asked for; name at least one, such as ndcg@100.")
    lists, ratings = _by_what_they_ask(metrics)
    if lists:
        _longest(lists, group.fold_in.shape[1])
        if not group.held_out.nnz:
            raise MetricError("No user has a held-out click, so there is nothing to measure.")
    if ratings:
        _asked(group, ratings[0])


def rank_lists(model: Scorer | Ranker, fold_in: csr_matrix, k: int, batch_size: int = 500) -> Ints:
    """Give each user's k best items that they have not clicked.

    Parameters
    ----------
    model
        Anything with a `score` method; a `rank` method, where there is one, is used instead.
    fold_in
        What the model is shown, (n_users, n_items).
    k
        Length of the lists.
    batch_size
        Users scored at a time.

    Returns
    -------
    numpy.ndarray
        (n_users, k) columns, -1 where a user has no item left. The lists of a smaller k are
        these, cut.

    Raises
    ------
    MetricError
        When k is larger than the catalogue, or the model was trained on another one.
    """
    return _lists(model, canonical(fold_in), k, batch_size)


def _check_model(model: object, metrics: Sequence[str]) -> None:
    """Refuse a model that cannot give what the metrics measure."""
    lists, ratings = _by_what_they_ask(metrics)
    name = type(model).__name__
    if lists and not isinstance(model, Scorer | Ranker | HistoryRanker):
        raise MetricError(
            f"{lists[0]} is measured on lists, and {name} has neither `score` nor `rank` to make "
            "one; measure it with metrics of ratings, such as rmse."
        )
    if ratings and not isinstance(model, Rater):
        raise MetricError(
            f"{ratings[0]} is measured on ratings, and {name} predicts none, having no `rate`; "
            "measure it with metrics of lists, such as ndcg@100."
        )


def _lists_of_group(model: Any, group: HeldOut, k: int, batch_size: int) -> Ints:
    """Ask for the lists of those who are judged, (n_judged, k)."""
    judged = judged_rows(group)
    if not isinstance(model, HistoryRanker):
        return _lists(model, group.fold_in[judged], k, batch_size)
    found = model.rank_histories(group.shown.rows(judged), k)
    return _checked_ranking(found, (len(judged), group.fold_in.shape[1]), k)


def _lists(model: Any, fold_in: csr_matrix, k: int, batch_size: int) -> Ints:
    starts = range(0, fold_in.shape[0], batch_size)
    parts = [_rank(model, fold_in[start : start + batch_size], k) for start in starts]
    return np.concatenate(parts) if parts else np.empty((0, k), np.int64)


def _rank(model: Scorer | Ranker, fold_in: csr_matrix, k: int) -> Ints:
    if isinstance(model, Ranker):
        return _checked_ranking(model.rank(fold_in, k), fold_in.shape, k)
    scores = model.score(fold_in)
    if scores.shape != fold_in.shape:
        raise MetricError(
            f"The model scores {scores.shape[1]} items where the split has {fold_in.shape[1]}; "
            "measure it on the split that it was trained on."
        )
    return M.top_k_unseen(scores, fold_in, k)


def _checked_ranking(ranking: Ints, shape: tuple[int, int], k: int) -> Ints:
    n_users, n_items = shape
    if ranking.shape != (n_users, k) or (ranking.size and ranking.max() >= n_items):
        raise MetricError(
            f"The model gives lists of shape {ranking.shape} with columns up to "
            f"{ranking.max(initial=-1)} where ({n_users}, {k}) and columns below {n_items} are "
            "asked for; measure it on the split that it was trained on."
        )
    return ranking


def _sums(model: Any, group: HeldOut, metrics: Sequence[str]) -> pd.DataFrame:
    """Ask a model for the ratings that were kept, and add up its errors, person by person."""
    asked = _asked(group, metrics[0])
    rows = np.asarray(asked.event_rows())
    predicted = np.asarray(model.rate(group.shown, rows, asked.items))
    if predicted.shape != rows.shape:
        raise MetricError(
            f"The model gives ratings of shape {predicted.shape} where {rows.shape} are asked "
            "for; let `rate` give one for each pair of a row and a column."
        )
    names = metrics if RATING_COVERAGE in map(str.lower, metrics) else [*metrics, RATING_COVERAGE]
    if len(names) > 1 and not np.isfinite(predicted).any():
        raise MetricError(
            f"The model rates none of the {len(rows):,} pairs, so there is no error to measure; "
            f"ask for {RATING_COVERAGE} alone, or for people and items that it knows."
        )
    measured = {n: M.PAIR_METRICS[parse_name(n)[0]](predicted, asked.ratings) for n in names}
    return pooling.sums_of_people(measured, rows, group.users)


def _asked(group: Any, metric: str) -> Any:
    """Give the pairs that a rating is asked for, with the rating that was given."""
    asked = getattr(group, "asked", None)
    if asked is None or asked.ratings is None:
        raise MetricError(
            f"{metric} is measured on ratings, and this group has clicks only; split data with "
            "ratings, or ask for metrics of lists, such as ndcg@100."
        )
    if not len(asked.items):
        raise MetricError("No rating was kept from the model, so there is nothing to measure.")
    return asked


def _values(evaluation: Evaluation, metric: str) -> "pd.Series[float] | pd.DataFrame | float":
    """Give what a metric has of each user: values, or sums over pairs; or one for all lists."""
    if metric in evaluation.together:
        return evaluation.together[metric]
    for table in (evaluation.per_user, evaluation.pairs):
        if metric in table:
            return table[metric]
    raise MetricError(
        f"{metric} was not measured; there are {', '.join(evaluation.names)}, so evaluate again "
        "with it."
    )


def _describe(
    evaluation: Evaluation, metric: str, confidence: float, seed: int
) -> pooling.Description:
    values = _values(evaluation, metric)
    if isinstance(values, float):
        return values, np.nan, np.nan, np.nan
    if isinstance(values, pd.DataFrame):
        return pooling.describe_pairs(values, metric_of(metric).root, confidence, seed)
    return pooling.describe_people(values.to_numpy(), confidence, seed)


def paired_difference(
    one: Evaluation, other: Evaluation, metric: str, confidence: float = 0.95, seed: int = 0
) -> pd.Series:
    """Mean, standard error and interval of `one - other`, user by user.

    Users differ far more than models do, so the interval of the differences is much narrower
    than the two intervals of the means suggest. For a metric that pools pairs, such as `rmse`,
    it is the difference of the two pooled values, with the same users resampled for both; each
    is over the pairs that its model rates, so compare their `rating_coverage` as well.

    Equation `eq-paired` in building/metrics.

    Raises
    ------
    MetricError
        When the two were not measured on the same users, or the metric has no value for a user.
    """
    ours, theirs = (_of_users(found, metric) for found in (one, other))
    if not ours.index.equals(theirs.index):
        raise MetricError("These evaluations are of different users; compare on one split.")
    if isinstance(ours, pd.DataFrame):
        root = metric_of(metric).root
        found = pooling.describe_pairs_difference(ours, theirs, root, confidence, seed)
    else:
        found = pooling.describe_people((ours - theirs).to_numpy(), confidence, seed)
    return pd.Series(found, index=list(pooling.COLUMNS))


def _of_users(evaluation: Evaluation, metric: str) -> Any:
    values = _values(evaluation, metric)
    if isinstance(values, float):
        raise MetricError(
            f"All lists together have one {metric} and no user has a value, so there is no "
            "interval; subtract the two numbers."
        )
    return values


def _by_what_they_ask(metrics: Iterable[str]) -> tuple[list[str], list[str]]:
    """Part the names into those of lists and those of ratings."""
    asks = {name: metric_of(name).asks for name in metrics}
    lists, ratings = ([n for n in asks if asks[n] == what] for what in ("lists", "ratings"))
    return lists, ratings


def _longest(metrics: Iterable[str], n_items: int) -> int:
    lengths = {metric: parse_name(metric)[1] for metric in metrics}
    name = max(lengths, key=lambda metric: lengths[metric])
    if lengths[name] > n_items:
        raise MetricError(
            f"{name} needs lists of {lengths[name]} items, but the catalogue has {n_items}; "
            f"give a k of at most {n_items}."
        )
    return lengths[name]
