"""Accounts that do what nobody does by hand: crawlers, resellers, programs that test.

A rule sees a habit and no truth. Somebody who rates a whole shelf on a rainy day is suspected, and
a crawler that takes its time is not: look before you leave anybody out.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recotour_vae.arrays.types import Bools, Floats, Ints
from recotour_vae.datasets.report.calendar import DAY
from recotour_vae.datasets.report.config import BotRules
from recotour_vae.datasets.report.log import Log, changes

RULES = ("pace", "breadth", "round the clock", "share")


@dataclass(frozen=True, eq=False)
class Habits:
    """What tells a program from a person, of each account.

    Attributes
    ----------
    pace
        (n_users,) most moments within one hour of the clock; 0 where times are not known.
    hours
        (n_users,) most different hours within one day (UTC); 0 where times are not known.
    breadth
        (n_users,) share of all items.
    share
        (n_users,) share of all rows.
    """

    pace: Ints
    hours: Ints
    breadth: Floats
    share: Floats


def habits(log: Log) -> Habits:
    """Measure what each account does."""
    pace, hours = _rhythm(log)
    return Habits(pace, hours, log.breadth / log.n_items, log.rows / len(log))


def broken(log: Log, found: Habits, rules: BotRules) -> Bools:
    """Say which account meets which rule, (n_users, 4) in the order of `RULES`."""
    wide = (found.breadth >= rules.breadth) & (log.breadth >= rules.least_items)
    usual = np.median(log.rows)
    large = (found.share >= rules.share) & (log.rows >= rules.above_usual * usual)
    return np.stack([found.pace >= rules.per_hour, wide, found.hours >= rules.hours, large], axis=1)


def suspects(log: Log, rules: BotRules) -> pd.DataFrame:
    """List the suspected accounts, those that meet most rules first, then the busiest.

    Returns
    -------
    pandas.DataFrame
        Indexed by raw id: `rows`, `items`, `pace` (moments in the busiest hour), `hours` (of the
        fullest day), `share` of all rows, and `why`, the rules that are met.
    """
    found = habits(log)
    met = broken(log, found, rules)  # (n_users, 4)
    who = np.flatnonzero(met.any(axis=1))
    who = who[np.lexsort((-log.rows[who], -met[who].sum(axis=1)))]
    why = [", ".join(np.compress(row, RULES)) for row in met[who]]
    columns = {"rows": log.rows, "items": log.breadth, "pace": found.pace, "hours": found.hours}
    table = {name: column[who] for name, column in columns.items()}
    index = pd.Index(log.user_ids[who], name="account")
    return pd.DataFrame(table | {"share": found.share[who], "why": why}, index=index)


def _rhythm(log: Log) -> tuple[Ints, Ints]:
    """Most moments of an hour and most hours of a day, each (n_users,).

    Rows are in order, so that accounts, days, hours and moments are runs of rows: each run is
    counted where it begins.
    """
    if log.times is None or not (log.times % DAY).any():
        nothing = np.zeros(log.n_users, np.int64)
        return nothing, nothing
    hour = log.times // 3600
    moment = changes(log.users, log.times)
    begins = np.flatnonzero(changes(log.users, hour))  # of the hours of each account
    moments = np.add.reduceat(moment.astype(np.int64), begins)
    user, day = log.users[begins], hour[begins] // 24
    days = np.flatnonzero(changes(user, day))
    hours = np.diff(np.append(days, len(begins)))
    return _most(moments, user), _most(hours, user[days])


def _most(counts: Ints, users: Ints) -> Ints:
    """Largest count of each account, whose counts stand together; (n_users,)."""
    return np.maximum.reduceat(counts, np.flatnonzero(changes(users)))
