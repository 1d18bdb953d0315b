"""Many models on the same users: all differences at once, and what their number costs.

One interval at 95 % misses one time in twenty. Of forty-five, some miss nearly always. So each
pair gets two intervals: its own, and one that is meant to hold together with all the others.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError, MetricError
from recotour_vae.evaluation.statistics.intervals import student

Pair = tuple[str, str]

CHUNK: Final = 4_000_000  # random numbers at a time, about 100 MB


def by_user(runs: "Mapping[str, Sequence[pd.Series[float]]]") -> pd.DataFrame:
    """Average each model's seeds user by user, and put the models side by side.

    Parameters
    ----------
    runs
        For each model one series a seed, of each user's value: `evaluation.per_user["ndcg@100"]`.

    Returns
    -------
    pandas.DataFrame
        A row a user, a column a model.

    Raises
    ------
    MetricError
        When a model has no run, or two runs are of different users.
    """
    first = next((series for seeds in runs.values() for series in seeds), pd.Series(dtype=float))
    for name, seeds in runs.items():
        if not seeds or not all(series.index.equals(first.index) for series in seeds):
            raise MetricError(
                f"{name} has no run, or one on other users; give each model at least one run, and "
                "all of them on one split."
            )
    means = {name: np.mean([series.to_numpy() for series in s], 0) for name, s in runs.items()}
    return pd.DataFrame(means, index=first.index)


def every_pair(models: Sequence[str]) -> list[Pair]:
    """Pair each model with each that comes after it.

    Examples
    --------
    >>> every_pair(["ease", "mult-vae", "slim"])
    [('ease', 'mult-vae'), ('ease', 'slim'), ('mult-vae', 'slim')]
    """
    return list(combinations(models, 2))


def against(models: Sequence[str], other: str) -> list[Pair]:
    """Pair each model with one and the same other, as with a baseline."""
    return [(model, other) for model in models if model != other]


def compare(
    per_user: pd.DataFrame,
    pairs: Sequence[Pair] | None = None,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Describe the difference `one - other` of each pair of models, and of all pairs together.

    All pairs share the resampled users, so the joint intervals know that the differences go up
    and down together, and are narrower than Bonferroni's. They all reach `c` standard errors to
    either side, the `c` that holds every pair's error in a share `confidence` of the resamples:
    the max-t bootstrap (Romano and Wolf 2005). None is narrower than the pair's own interval.

    The p-value is that of the randomisation test (Smucker et al. 2007): if two models were
    alike, each user's difference could as well have the other sign, so signs are flipped at
    random, and it is counted how often the mean gets as far from zero. That is exact, for any
    number of users, when the differences are symmetric around zero, and a close approximation
    for many users when only their mean is zero. It is never below 1 / (resamples + 1).

    The test users are drawn anew, the models are not: the intervals speak of *these* trained
    models, or of the mean of *these* seeds, on other users. For what other seeds would do, see
    `difference_with_seeds`. Neither covers another split.

    Equation `eq-progress-max-t` in results/progress.

    Parameters
    ----------
    per_user
        A row a user, a column a model; `by_user` makes it. The order of the rows is of no
        consequence.
    pairs
        (one, other) by name; all pairs of columns when None. They are the family: add a pair
        and the joint intervals of the others widen.
    confidence
        Of each interval, and of all joint intervals together.
    resamples
        Of users for the intervals, and again of signs for the p-values.
    seed
        Of both.

    Returns
    -------
    pandas.DataFrame
        A row a pair, indexed by (one, other): `mean`, its bootstrap standard error `se`, the
        percentile interval `low` to `high`, the joint interval `joint_low` to `joint_high`, the
        two-sided `p`, Holm's `p_holm`, and `told_apart`: zero is outside the joint interval.

    Raises
    ------
    MetricError
        When a model is not there, a value is missing, a user stands in two rows, or there are
        fewer than two users.
    ConfigError
        When the confidence is not between 0 and 1, or there are fewer than two resamples.
    """
    pairs = every_pair([str(name) for name in per_user]) if pairs is None else pairs
    _check(per_user, pairs, confidence, resamples)
    values = per_user.sort_index().to_numpy(float)  # (n_users, n_models)
    one, other = (per_user.columns.get_indexer(pd.Index(side)) for side in zip(*pairs, strict=True))
    mean = _differences(values.mean(axis=0), one, other)  # (n_pairs,)
    drawn = _differences(resampled_means(values, resamples, seed), one, other)
    flipped = _differences(flipped_means(values, resamples, seed), one, other)
    p = _as_extreme(flipped, mean)
    table = pd.DataFrame(_intervals(mean, drawn, confidence) | {"p": p, "p_holm": holm(p)})
    table["told_apart"] = (table["joint_low"] > 0) | (table["joint_high"] < 0)
    return table.set_index(pd.MultiIndex.from_tuples(pairs, names=["one", "other"]))


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values so that those below a level hold together at that level (Holm 1979).

    With the m p-values in rising order, the i-th becomes (m - i + 1) p_i, at most 1 and at
    least what the one before it became. Nothing is assumed about how the tests depend on each
    other.

    Equation `eq-progress-holm` in results/progress.

    Parameters
    ----------
    p_values
        (n_tests,), in any order.

    Returns
    -------
    numpy.ndarray
        (n_tests,), in the same order.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)


def difference_with_seeds(
    one: ArrayLike, other: ArrayLike, confidence: float = 0.95
) -> "pd.Series[float]":
    """Describe `one - other` when both other users and other seeds might have been drawn.

    The mean over seeds hides two things that could have come out otherwise. `se_users` is the
    standard error of the users' mean differences, the seeds as they are: what `compare` reports.
    `se_seeds` is what training anew with other seeds would add: the variance between a model's
    seeds, less the part that stems from the finite number of users, over the number of seeds,
    summed over both models (the random-effects analysis of variance). It is not bootstrapped,
    because resampling three seeds understates their spread by a third. The interval takes
    Student's t with Satterthwaite's degrees of freedom, which are few where seeds matter and
    are few.

    A model given by a single row counts as one that has no randomness, such as EASE. Seeds are
    taken to be independent between the models, and the split to be fixed.

    Equation `eq-progress-seeds` in results/progress.

    Parameters
    ----------
    one, other
        (n_seeds, n_users) values of each model, the users in the same order; the two may have
        different numbers of seeds.
    confidence
        Of the interval.

    Returns
    -------
    pandas.Series
        `mean`, `se`, `low`, `high`, `se_users`, `se_seeds` and `df`, the degrees of freedom.

    Raises
    ------
    MetricError
        When the two are not of the same users, or of fewer than two.
    """
    both = [np.atleast_2d(np.asarray(values, dtype=float)) for values in (one, other)]
    n_users = both[0].shape[1]
    if n_users != both[1].shape[1] or n_users < 2:
        raise MetricError(
            f"The two have {n_users} and {both[1].shape[1]} users; give a row a seed and a column "
            "a user, the same users for both and at least two of them."
        )
    difference = both[0].mean(axis=0) - both[1].mean(axis=0)  # (n_users,)
    parts = np.array([difference.var(ddof=1) / n_users, *map(_seed_variance, both)])
    freedom = np.array([n_users - 1, *(max(len(values) - 1, 1) for values in both)])
    mean, se, total = difference.mean(), np.sqrt(parts.sum()), parts.sum()
    df = total**2 / (parts**2 / freedom).sum() if total else np.inf
    low, high = student(mean, se, df, confidence)
    found = [mean, se, low, high, np.sqrt(parts[0]), np.sqrt(parts[1:].sum()), df]
    return pd.Series(found, index=["mean", "se", "low", "high", "se_users", "se_seeds", "df"])


def _seed_variance(values: Floats) -> float:
    """Variance of the mean over seeds that is due to the seeds, (n_seeds, n_users) in."""
    n_seeds, n_users = values.shape
    if n_seeds < 2:
        return 0.0
    centred = values - values.mean(axis=0)
    seeds = centred.mean(axis=1)  # (n_seeds,)
    rest = ((centred - seeds[:, None]) ** 2).sum() / ((n_seeds - 1) * (n_users - 1))
    return float(max(seeds.var(ddof=1) - rest / n_users, 0)) / n_seeds


def _intervals(mean: Floats, drawn: Floats, confidence: float) -> dict[str, Floats]:
    """Describe the resampled differences, (resamples, n_pairs)."""
    se = drawn.std(axis=0, ddof=1)  # (n_pairs,)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    error = np.abs(drawn - mean)
    t = np.divide(error, se, out=np.zeros_like(error), where=se > 0)
    reach = se * np.quantile(t.max(axis=1), confidence)
    joint_low, joint_high = np.minimum(low, mean - reach), np.maximum(high, mean + reach)
    return {
        "mean": mean,
        "se": se,
        "low": low,
        "high": high,
        "joint_low": joint_low,
        "joint_high": joint_high,
    }


def resampled_means(values: Floats, resamples: int, seed: int) -> Floats:
    """Means over users drawn with replacement, (resamples, n_models)."""
    n_users = len(values)
    rng = np.random.default_rng([seed, 0])
    means = []
    for rows in _chunks(resamples, n_users):
        users = rng.integers(n_users, size=(rows, n_users))
        users += n_users * np.arange(rows)[:, None]  # so that one bincount serves all rows
        times = np.bincount(users.ravel(), minlength=rows * n_users).reshape(rows, n_users)
        means.append(times.astype(float) @ values / n_users)
    return np.concatenate(means)


def flipped_means(values: Floats, resamples: int, seed: int) -> Floats:
    """Means over users with signs at random, (resamples, n_models).

    A difference of two of them is the mean of the differences with those signs.
    """
    n_users = len(values)
    rng = np.random.default_rng([seed, 1])
    means = []
    for rows in _chunks(resamples, n_users):
        heads = rng.integers(2, size=(rows, n_users), dtype=np.int8)
        means.append((2.0 * heads - 1) @ values / n_users)
    return np.concatenate(means)


def _as_extreme(flipped: Floats, mean: Floats) -> Floats:
    """Share of random signs, the real ones among them, that put the mean as far from zero."""
    enough = np.abs(mean) - 1e-12  # so that rounding does not break a tie
    count: Floats = (np.abs(flipped) >= enough).sum(axis=0, dtype=float)
    return (count + 1) / (len(flipped) + 1)


def _differences(means: Floats, one: NDArray[np.intp], other: NDArray[np.intp]) -> Floats:
    """Give one - other of the last axis: (..., n_models) in, (..., n_pairs) out."""
    difference: Floats = means[..., one] - means[..., other]
    return difference


def _chunks(resamples: int, n_users: int) -> Iterator[int]:
    """Numbers of resamples that add up to all, each small enough for the memory."""
    size = max(1, CHUNK // n_users)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _check(
    per_user: pd.DataFrame, pairs: Sequence[Pair], confidence: float, resamples: int
) -> None:
    if not 0 < confidence < 1 or resamples < 2:
        raise ConfigError(
            f"The comparison got confidence={confidence} and resamples={resamples}; give a "
            "confidence between 0 and 1, such as 0.95, and at least two resamples."
        )
    missing = {name for pair in pairs for name in pair} - set(per_user)
    if missing or not pairs:
        raise MetricError(
            f"The comparison asks for {', '.join(sorted(missing)) or 'no pair'}; there are "
            f"{', '.join(map(str, per_user))}, so name pairs of those."
        )
    _check_users(per_user)


def _check_users(per_user: pd.DataFrame) -> None:
    if len(per_user) < 2:
        raise MetricError(f"{len(per_user)} user cannot show a spread; compare on two or more.")
    if per_user.isna().any(axis=None):
        name: Hashable = per_user.isna().sum().idxmax()
        raise MetricError(f"{name} has users without a value; compare on users that all have.")
    if not per_user.index.is_unique:
        twice = per_user.index[per_user.index.duplicated()][0]
        raise MetricError(
            f"User {twice} stands in more than one row, which would count as several people; "
            "average the rows of a user first."
        )
