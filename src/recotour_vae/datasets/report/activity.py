"""How much people do: rows and different items of each, and how few of them do the most."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.datasets.report.log import Log


@dataclass(frozen=True, eq=False)
class Activity:
    """What accounts did.

    Attributes
    ----------
    rows, items
        (n_users,) rows, and different items, of each.
    few
        Share of the accounts with fewer than `min_clicks` different items.
    busiest
        Share of all rows that the busiest hundredth of the accounts (at least one) has.
    """

    rows: Ints
    items: Ints
    few: float
    busiest: float


def activity(log: Log, min_clicks: int) -> Activity:
    """Count what each account did."""
    few = float((log.breadth < min_clicks).mean())
    most = np.sort(log.rows)[::-1][: max(1, log.n_users // 100)]
    return Activity(log.rows, log.breadth, few, float(most.sum() / len(log)))
