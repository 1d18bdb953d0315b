"""Ratings or quantities: what is below zero is a return more often than an opinion."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Bools, Ints
from recotour_vae.datasets.report.log import Log


@dataclass(frozen=True)
class Amounts:
    """What stands in the column of the ratings.

    Attributes
    ----------
    least, most
        Of all rows.
    negative, zero
        Rows below zero, and of zero.
    taken_back
        Pairs of account and item whose values add up to zero or less, and were above it once.
    hidden
        Pairs whose values add up to more than zero, and whose latest row is not above it. Where
        the latest row counts alone, as in `datasets.load`, they are lost.
    """

    least: float
    most: float
    negative: int
    zero: int
    taken_back: int
    hidden: int


def amounts(log: Log) -> Amounts | None:
    """Look at the values; None where there are none."""
    values = log.values
    if values is None:
        return None
    order = np.lexsort((log.items, log.users))  # stable: within a pair in order of time
    begins = _begins(log, order)
    total = np.add.reduceat(values[order], begins)
    ever = np.maximum.reduceat(values[order], begins) > 0
    latest = values[order][np.append(begins[1:], len(log)) - 1]
    return Amounts(
        float(values.min()),
        float(values.max()),
        int((values < 0).sum()),
        int((values == 0).sum()),
        _count(ever & (total <= 0)),
        _count((total > 0) & (latest <= 0)),
    )


def _begins(log: Log, order: Ints) -> Ints:
    user, item = log.users[order], log.items[order]
    new = (np.diff(user, prepend=-1) != 0) | (np.diff(item, prepend=-1) != 0)
    return np.flatnonzero(new)


def _count(mask: Bools) -> int:
    return int(np.count_nonzero(mask))
