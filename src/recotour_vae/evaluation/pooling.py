"""From what was measured of each person to one number with an interval.

Two ways. Where each person has a value, as NDCG, the number is their mean. Where each *pair* of a
person and an item has one, as a squared error, all pairs are pooled: everybody's sums are kept,
and the number is their total over the number of pairs, or the root of that. The interval speaks
of other people either way: people are resampled, and whoever is drawn comes with all their pairs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.evaluation.statistics.intervals import bootstrap

Description = tuple[float, float, float, float]

COLUMNS: Final = ("mean", "se", "low", "high")


def describe_people(values: Floats, confidence: float, seed: int) -> Description:
    """Mean over people, its standard error, and a percentile bootstrap interval.

    Parameters
    ----------
    values
        (n_people,) one each.
    confidence
        Of the interval.
    seed
        Of the resampled people.
    """
    mean = float(values.mean())
    if len(values) < 2:  # one user says nothing about the spread
        return mean, np.nan, np.nan, np.nan
    if np.ptp(values) == 0:  # nothing to resample
        return mean, 0.0, mean, mean
    interval = bootstrap([values], np.mean, confidence, seed).confidence_interval
    return mean, float(stats.sem(values)), float(interval.low), float(interval.high)


def sums_of_people(per_pair: Mapping[str, Floats], rows: Ints, users: NDArray[Any]) -> pd.DataFrame:
    """Add up what was measured of pairs, person by person.

    Parameters
    ----------
    per_pair
        For each metric (n_pairs,) values, not a number where it has none.
    rows
        (n_pairs,) whose pair it is, as a position in `users`.
    users
        (n_users,) raw ids.

    Returns
    -------
    pandas.DataFrame
        A row a person with a pair, indexed by raw id; for each metric a column `sum` of its values
        and a column `n` of how many there are.
    """
    people = np.unique(rows)
    columns = {}
    for name, values in per_pair.items():
        known = np.isfinite(values)
        total = np.bincount(rows[known], values[known], len(users))
        columns[name, "sum"] = total[people]
        columns[name, "n"] = np.bincount(rows[known], minlength=len(users))[people]
    return pd.DataFrame(columns, index=pd.Index(users[people], name="user"))


def pooled(sums: pd.DataFrame, root: bool) -> float:
    """Pool everybody's pairs of one metric: the mean of all, or the root of it.

    Parameters
    ----------
    sums
        Columns `sum` and `n`, a row a person, from `sums_of_people`.
    root
        Whether the root is taken, as for RMSE.
    """
    return float(_pool(root)(*_columns(sums)))


def describe_pairs(sums: pd.DataFrame, root: bool, confidence: float, seed: int) -> Description:
    """Give the pooled value, its bootstrap standard error, and a percentile interval.

    Parameters are those of `pooled` and `describe_people`. People without a value have no part in
    it.
    """
    return _describe(_columns(sums[sums["n"] > 0]), _pool(root), confidence, seed)


def describe_pairs_difference(
    one: pd.DataFrame, other: pd.DataFrame, root: bool, confidence: float, seed: int
) -> Description:
    """Describe `one - other` of two pooled values, the same people resampled for both.

    Parameters are those of `describe_pairs`; the two are of the same people, row by row.
    """
    pool = _pool(root)

    def difference(*sums: Floats, axis: int = -1) -> Floats:
        return pool(*sums[:2], axis=axis) - pool(*sums[2:], axis=axis)

    measured = ((one["n"] > 0) | (other["n"] > 0)).to_numpy()
    both = [*_columns(one[measured]), *_columns(other[measured])]
    return _describe(both, difference, confidence, seed)


def _describe(
    samples: Sequence[Floats], statistic: Callable[..., Floats], confidence: float, seed: int
) -> Description:
    value = float(statistic(*samples))
    if len(samples[0]) < 2:  # one person says nothing about the spread
        return value, np.nan, np.nan, np.nan
    found = bootstrap(samples, statistic, confidence, seed)
    low, high = found.confidence_interval
    return value, float(found.standard_error), float(low), float(high)


def _pool(root: bool) -> Callable[..., Floats]:
    """Make the function that takes people's sums and numbers of pairs to the pooled value."""

    def pool(total: Floats, n: Floats, axis: int = -1) -> Floats:
        mean: Floats = total.sum(axis=axis) / n.sum(axis=axis)
        return np.sqrt(mean) if root else mean

    return pool


def _columns(sums: pd.DataFrame) -> list[Floats]:
    """Give the sums and the numbers of pairs, (n_people,) each."""
    return [sums["sum"].to_numpy(float), sums["n"].to_numpy(float)]
