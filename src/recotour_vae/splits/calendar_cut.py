"""Splits along the calendar: what is predicted lies later than all that anybody has seen.

In strong generalisation the held-out clicks are drawn at random, so that a model may learn from
what others did next year. Here time is cut twice: what lies before the first cut trains, what lies
between the cuts validates, and what lies after the second tests. Compare `last_out`, which keeps
the order of each person and not that of the calendar.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recotour_vae.datasets.cuts import last_before
from recotour_vae.errors import ConfigError, SplitError
from recotour_vae.splits.cells import Cells, clicked, counts, select
from recotour_vae.splits.config import TimeSplitConfig
from recotour_vae.splits.protocol import active_rows, liked
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ints, timed


def in_time(interactions: pd.DataFrame, config: TimeSplitConfig | None = None) -> Split:
    """Cut all clicks at two times, without looking ahead.

    Nothing after the first cut is seen by training: neither clicks nor which items there are nor
    who has enough of them. A validation user is shown what they did up to the first cut, and asked
    for what they did between the cuts; a test user is shown everything up to the second cut, so
    also what they did between, and asked for what came after.

    The same people may train and be asked for later (weak generalisation, in time), and there may
    be newcomers among those asked for, of whom nothing can be shown. Nobody is asked again for
    what they are shown.

    Parameters
    ----------
    interactions
        Columns `user`, `item`, `timestamp` and, if ratings are to be cut into clicks, `rating`. Of
        repeated rows the first in time counts: that there was another later is not known then.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        Matrices over the items that were clicked in training. Later clicks on other items are
        left out, and counted in `HeldOut.n_cold`. The fingerprint needs no times: the parts say
        what was before a cut.

    Raises
    ------
    ConfigError
        When a cut is no date, or the second is not after the first.
    SplitError
        When there are no times, nobody has enough clicks before the first cut, or nothing lies in
        one of the three parts.
    """
    config = config or TimeSplitConfig()
    interactions = timed(interactions)
    cells = Cells.of(interactions, liked(interactions, config.click_above), repeats="first")
    times = cells.times()  # (n_cells,)
    first, second = _cuts(times, config)
    before = select(cells.rows, times <= first)
    users = active_rows(counts(before), config.min_clicks)
    items = clicked(before[users])
    windows = {"validation": (first, second), "test": (second, None)}
    validation, test = (
        _group(cells, times, items, _Window(name, *cuts, config.min_shown))
        for name, cuts in windows.items()
    )
    train = cells.details(before[users][:, items])
    return Split.of(cells.items[items], cells.users[users], train, validation, test)


@dataclass(frozen=True)
class _Window:
    """From after one time up to another, and of whom there is enough to show."""

    name: str
    after: int
    until: int | None
    min_shown: int


def _group(cells: Cells, times: Ints, items: Ints, window: _Window) -> HeldOut:
    """Ask everybody who did something in the window for it, and show what they did before."""
    inside = times > window.after
    if window.until is not None:
        inside &= times <= window.until
    asked, shown = select(cells.rows, inside), select(cells.rows, times <= window.after)[:, items]
    people = np.flatnonzero(counts(asked))
    enough = people[counts(shown)[people] >= window.min_shown]
    asked = asked[enough]
    if not asked.nnz:
        raise SplitError(
            f"Nothing is left to ask for in {window.name}: {len(people):,} people did something "
            f"after {_date(window.after)}, {len(enough):,} of whom have {window.min_shown} clicks "
            "to show; move the cuts, or lower min_shown."
        )
    known = asked[:, items]
    return HeldOut.of(
        cells.users[enough],
        cells.details(shown[enough]),
        cells.details(known),
        n_cold=asked.nnz - known.nnz,
        n_newcomers=len(people) - len(enough),
    )


def _cuts(times: Ints, config: TimeSplitConfig) -> tuple[int, int]:
    first, second = (
        last_before(times, cut) for cut in (config.validation_after, config.test_after)
    )
    if not first < second:
        raise ConfigError(
            f"The first cut is {_date(first)} and the second {_date(second)}; give a later "
            "test_after or an earlier validation_after."
        )
    return first, second


def _date(seconds: int) -> str:
    return str(np.datetime64(seconds, "s")).replace("T", " ")
