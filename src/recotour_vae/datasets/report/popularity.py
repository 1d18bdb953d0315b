"""How unequal items are: the long tail, and Gini's number for it."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.datasets.report.log import Log


@dataclass(frozen=True, eq=False)
class Popularity:
    """Who touched what.

    Attributes
    ----------
    people
        (n_items,) different accounts of each item.
    gini
        0 where all items have as many, near 1 where one has nearly all.
    head
        Share of all pairs of account and item that the most popular tenth of the items has.
    lonely
        Share of the items that one account touched.
    """

    people: Ints
    gini: float
    head: float
    lonely: float


def popularity(log: Log) -> Popularity:
    """Count the accounts of each item."""
    ranked = np.sort(log.people)[::-1]
    head = ranked[: max(1, len(ranked) // 10)].sum() / ranked.sum()
    return Popularity(log.people, gini(log.people), float(head), float((log.people == 1).mean()))


def gini(counts: Ints) -> float:
    """Measure how unequal counts are: half the mean difference of two of them, over their mean.

    Examples
    --------
    >>> gini(np.array([3, 3, 3])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    ranked, n = np.sort(counts), len(counts)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(weights @ ranked / (n * ranked.sum()))
