"""When it happened: weeks, hours of the day, and how finely time was written."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.datasets.report.log import Log

DAY = 86_400
WEEK = 7 * DAY


@dataclass(frozen=True, eq=False)
class Calendar:
    """Rows over time (UTC).

    Attributes
    ----------
    first, last
        Seconds since 1970.
    weeks
        (n_weeks,) rows of each week, counted from the first row on.
    hours
        (24,) rows of each hour of the day.
    empty
        Weeks without any row.
    days_only
        Whether every time is a midnight: then the day is known, and no session or pace.
    """

    first: int
    last: int
    weeks: Ints
    hours: Ints
    empty: int
    days_only: bool


def calendar(log: Log) -> Calendar | None:
    """Count rows by week and hour; None where times are not known."""
    if log.times is None:
        return None
    first, last = int(log.times.min()), int(log.times.max())
    weeks = np.bincount((log.times - first) // WEEK)
    hours = np.bincount(log.times % DAY // 3600, minlength=24)
    days_only = not (log.times % DAY).any()
    return Calendar(first, last, weeks, hours, int((weeks == 0).sum()), days_only)
