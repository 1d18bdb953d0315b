"""Rows that come again: written twice by mistake, or bought twice with pleasure."""

from dataclasses import dataclass

import numpy as np

from recotour_vae.datasets.report.log import Log, changes


@dataclass(frozen=True)
class Repeats:
    """How often the same stands there again.

    Attributes
    ----------
    duplicates
        Rows that are another row over again: account, item, time and value.
    again
        Other rows whose account had the item before, at another time or with another value.
    pairs
        Different pairs of account and item: what is left when each counts once.
    several
        Share of the moments of an account that have more than one row, as an order with several
        lines does; 0 where times are not known.
    """

    duplicates: int
    again: int
    pairs: int
    several: float


def repeats(log: Log) -> Repeats:
    """Count rows that come again. Without times every repeated row is one that comes again."""
    pairs = len(log.pairs[0])
    duplicates = 0 if log.times is None else len(log) - _different(log)
    return Repeats(duplicates, len(log) - pairs - duplicates, pairs, _several(log))


def _different(log: Log) -> int:
    """Count rows that are not another one over again."""
    columns = [part for part in (log.values, log.items, log.times) if part is not None]
    order = np.lexsort((*columns, log.users))
    sorted_ = [part[order] for part in (*columns, log.users)]
    return int(changes(*sorted_).sum())


def _several(log: Log) -> float:
    if log.times is None:
        return 0.0
    begins = np.flatnonzero(changes(log.users, log.times))
    return float((np.diff(np.append(begins, len(log))) > 1).mean())
