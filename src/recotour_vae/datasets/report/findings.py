"""`examine`: a log in, everything that was found of it out."""

from dataclasses import dataclass

import pandas as pd

from recotour_vae.datasets.cuts import last_before
from recotour_vae.datasets.report import (
    activity,
    amounts,
    bots,
    calendar,
    keeping,
    names,
    popularity,
    repeats,
    sessions,
    turnover,
)
from recotour_vae.datasets.report.config import ReportConfig
from recotour_vae.datasets.report.log import Log


@dataclass(frozen=True, eq=False)
class Report:
    """All findings; what needs times, or values, is None where there are none.

    Attributes
    ----------
    name
        Of the data.
    log
        The rows that were looked at.
    suspects
        A table, see `bots.suspects`.
    test_accounts
        Rows by the id of each account whose name says that it is nobody.
    """

    name: str
    log: Log
    config: ReportConfig
    activity: activity.Activity
    popularity: popularity.Popularity
    repeats: repeats.Repeats
    suspects: pd.DataFrame
    test_accounts: dict[object, int]
    kept: keeping.Kept
    amounts: amounts.Amounts | None
    calendar: calendar.Calendar | None
    sessions: sessions.Sessions | None
    turnover: turnover.Turnover | None


def examine(
    interactions: pd.DataFrame, name: str = "data", config: ReportConfig | None = None
) -> Report:
    """Look at a log before anything is trained on it.

    Parameters
    ----------
    interactions
        Columns `user` and `item` and, where known, `timestamp` and `rating`; with repeated rows,
        as `datasets.load(..., merge=False)` gives them.
    name
        Of the data.
    config
        Where lines are drawn.

    Raises
    ------
    ConfigError
        When the cut is no date.
    """
    config, log = config or ReportConfig(), Log.of(interactions)
    cut = None if log.times is None else last_before(log.times, config.cut)
    when = calendar.calendar(log)
    fine = when is not None and not when.days_only
    sat = sessions.sessions(log, config.session_gap, cut or 0, config.held_out) if fine else None
    return Report(
        name,
        log,
        config,
        activity.activity(log, config.min_clicks),
        popularity.popularity(log),
        repeats.repeats(log),
        bots.suspects(log, config.bots),
        names.nobodies(log),
        keeping.kept(log, cut, config.min_clicks),
        amounts.amounts(log),
        when,
        sat,
        turnover.turnover(log, config.quiet_weeks),
    )
