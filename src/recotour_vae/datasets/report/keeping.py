"""What a split would keep: of people with few clicks, and of what lies behind a cut in time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recotour_vae.arrays.types import Bools, Ints
from recotour_vae.datasets.report.log import Log

LEAST = (1, 2, 3, 5, 10, 20)  # clicks that somebody must have


@dataclass(frozen=True, eq=False)
class Kept:
    """What is left, in different pairs of account and item ("clicks").

    Attributes
    ----------
    ladder
        Indexed by the least number of clicks: shares of `people` and `clicks` that are kept.
    cut
        What a cut in time leaves, or None where times are not known.
    """

    ladder: pd.DataFrame
    cut: "Cut | None"


@dataclass(frozen=True)
class Cut:
    """What a model that was trained before a cut can be asked for after it.

    Attributes
    ----------
    at
        Last second before the cut.
    people, items, clicks
        Of training: accounts with enough clicks, their items and clicks.
    later
        Clicks after the cut, of pairs that did not come before it.
    cold
        Share of them on items that no training account has.
    newcomers
        Share of them by accounts without a click before the cut.
    known
        Share of the pairs after the cut that came before it too, and are not asked again.
    """

    at: int
    people: int
    items: int
    clicks: int
    later: int
    cold: float
    newcomers: float
    known: float


def kept(log: Log, cut: int | None, min_clicks: int) -> Kept:
    """Say what splits would keep, given the last second before a cut."""
    counts = log.breadth
    rows = [
        {"people": float((counts >= least).mean()), "clicks": _share(counts[counts >= least], log)}
        for least in LEAST
    ]
    ladder = pd.DataFrame(rows, index=pd.Index(LEAST, name="at least"))
    return Kept(ladder, None if cut is None else _cut(log, cut, min_clicks))


def _share(counts: Ints, log: Log) -> float:
    return float(counts.sum() / len(log.pairs[0]))


def _cut(log: Log, cut: int, min_clicks: int) -> Cut:
    assert log.times is not None  # for the types
    before, after = log.where(log.times <= cut), log.where(log.times > cut)
    user, item = before.pairs
    trains = before.breadth >= min_clicks
    known_items = np.bincount(item[trains[user]], minlength=log.n_items) > 0
    later_user, later_item, came = _later(before, after)
    new = ~came
    return Cut(
        cut,
        int(trains.sum()),
        int(known_items.sum()),
        int(trains[user].sum()),
        int(new.sum()),
        _mean(~known_items[later_item[new]]),
        _mean(before.breadth[later_user[new]] == 0),
        _mean(came),
    )


def _later(before: Log, after: Log) -> tuple[Ints, Ints, Bools]:
    """Users and items of the pairs after the cut, and whether each came before it too."""
    user, item = after.pairs
    one, other = ((u << 32) + i for u, i in (after.pairs, before.pairs))
    return user, item, np.isin(one, other, assume_unique=True)


def _mean(mask: Bools) -> float:
    return float(mask.mean()) if len(mask) else 0.0
