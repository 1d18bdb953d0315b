"""Items and people that come and go: what a model of last month cannot know today."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.datasets.report.calendar import WEEK
from recotour_vae.datasets.report.log import Log


@dataclass(frozen=True, eq=False)
class Turnover:
    """First and last appearances.

    Attributes
    ----------
    first_week, last_week
        (n_items,) in which each item is first and last seen, counted from the first row on.
    n_weeks
        In all.
    gone
        Share of the items that nobody touched in the last `quiet_weeks`.
    young
        Share of the items that appear after the first quarter of the weeks.
    new_people
        (n_weeks,) accounts that are first seen in each week.
    """

    first_week: Ints
    last_week: Ints
    n_weeks: int
    gone: float
    young: float
    new_people: Ints


def turnover(log: Log, quiet_weeks: int) -> Turnover | None:
    """Find when items and people come and go; None where times are not known."""
    if log.times is None:
        return None
    week = (log.times - log.times.min()) // WEEK
    n_weeks = int(week.max()) + 1
    first, last = _ends(log.items, week, log.n_items)
    arrives, _ = _ends(log.users, week, log.n_users)
    gone = (last < n_weeks - quiet_weeks).mean()
    young = (first >= max(1, n_weeks // 4)).mean()
    new = np.bincount(arrives, minlength=n_weeks)
    return Turnover(first, last, n_weeks, float(gone), float(young), new)


def _ends(places: Ints, week: Ints, n: int) -> tuple[Ints, Ints]:
    """First and last week of each item, each (n,)."""
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    np.minimum.at(first, places, week)
    np.maximum.at(last, places, week)
    return first, last
