"""Sittings: rows of one account without a long pause, and what a split does to them.

A click is easy to guess for a model that was shown the one a minute before it. Where rows of one
session stand on both sides of a split, what is measured is partly that.
"""

from dataclasses import dataclass

import numpy as np

from recotour_vae.arrays.types import Ints
from recotour_vae.datasets.report.log import Log, changes


@dataclass(frozen=True, eq=False)
class Sessions:
    """Sessions of all accounts.

    Attributes
    ----------
    lengths
        (n_sessions,) rows of each.
    across
        Sessions with rows on both sides of the cut in time.
    leaked
        Of the rows that a random split asks for, the share that is expected to have another row
        of its session among what is shown.
    """

    lengths: Ints
    across: int
    leaked: float


def sessions(log: Log, gap: int, cut: int, held_out: float) -> Sessions | None:
    """Find the sessions; None where times are not known.

    Parameters
    ----------
    log
        The rows.
    gap
        Seconds without a row after which another session begins.
    cut
        Last second before the cut.
    held_out
        Chance of each row to be asked for.
    """
    if log.times is None:
        return None
    begins = np.flatnonzero(changes(log.users) | (np.diff(log.times, prepend=0) > gap))
    ends = np.append(begins[1:], len(log))
    lengths = ends - begins
    across = (log.times[begins] <= cut) & (log.times[ends - 1] > cut)
    return Sessions(lengths, int(across.sum()), expected_leak(lengths, held_out))


def expected_leak(lengths: Ints, held_out: float) -> float:
    """Share of the held-out rows of which some other row of the session is shown, on average.

    Of a session of n rows the other n - 1 are all held out with chance held_out^(n - 1).

    Examples
    --------
    >>> round(expected_leak(np.array([1, 3]), 0.2), 3)  # (1 · 0 + 3 · (1 - 0.2²)) / 4
    0.72
    """
    return float(lengths @ (1 - held_out ** (lengths - 1.0)) / lengths.sum())
