"""Everybody's last click is predicted from all before it, and the one before from the rest."""

import warnings
from typing import Final

import numpy as np
import pandas as pd

from recotour_vae.errors import DataWarning
from recotour_vae.splits.cells import Bools, Cells, clicked, counts, from_the_end, select
from recotour_vae.splits.config import LastOutConfig
from recotour_vae.splits.details import Details
from recotour_vae.splits.protocol import active_rows, liked
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ids, Ints, timed

_FEW: Final = 0.05  # share of people whose last click is one of several, above which it is said


def leave_last_out(interactions: pd.DataFrame, config: LastOutConfig | None = None) -> Split:
    """Leave out the last two clicks of each person: one to test, the one before to validate.

    Validation shows a person's training clicks and asks for the last but one; test shows that too,
    and asks for the last. So nobody is shown what they did later themselves. *The calendar is
    looked ahead in*: one person's training clicks may lie years after another's test click, and a
    model may learn from them what became popular. Where this matters, `in_time` avoids it.

    The same people train and are asked for, in the same rows.

    Parameters
    ----------
    interactions
        Columns `user`, `item`, `timestamp` and, if ratings are to be cut into clicks, `rating`. Of
        repeated rows the first in time counts.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        Matrices over the items that were clicked in training. A last click on another item is
        left out, and counted in `HeldOut.n_cold`; the person then has nothing held out. Of clicks
        at one time the one with the highest item id is the last; a `DataWarning` says how many
        people that decides for, where they are more than a few.

    Raises
    ------
    SplitError
        When there are no times, or nobody has enough clicks.
    """
    config = config or LastOutConfig()
    interactions = timed(interactions)
    cells = Cells.of(interactions, liked(interactions, config.click_above), repeats="first")
    users = active_rows(counts(cells.rows), config.min_clicks)
    times = cells.times()  # (n_cells,)
    rest = from_the_end(cells.rows, times)  # clicks of the person that come after
    _tell_of_ties(rest, times, cells, users)
    train, last_but_one, all_but_last, last = (
        select(cells.rows, chosen)[users] for chosen in (rest >= 2, rest == 1, rest >= 1, rest == 0)
    )
    items, people = clicked(train), cells.users[users]
    known = cells.details(train[:, items])
    before = cells.details(all_but_last[:, items])
    validation = _group(people, known, cells.details(last_but_one[:, items]), last_but_one.nnz)
    test = _group(people, before, cells.details(last[:, items]), last.nnz)
    return Split.of(cells.items[items], people, known, validation, test)


def _group(people: Ids, shown: Details, asked: Details, n_last: int) -> HeldOut:
    """Ask for the last clicks, of which those on items that training does not know are cold."""
    return HeldOut.of(people, shown, asked, n_cold=n_last - asked.clicks.nnz)


def _tell_of_ties(rest: Ints, times: Ints, cells: Cells, users: Ints) -> None:
    last, before = (_times_where(rest == place, times, cells)[users] for place in (0, 1))
    tied = int((last == before).sum())
    if tied > _FEW * len(users):
        warnings.warn(
            f"{tied:,} of {len(users):,} people did their last two things in the same second; "
            "which was the last is decided by the item id",
            DataWarning,
            stacklevel=3,
        )


def _times_where(chosen: Bools, times: Ints, cells: Cells) -> Ints:
    """Time of the chosen cell of each row; -1 where there is none, and those do not count."""
    found = np.full(cells.rows.shape[0], -1, np.int64)
    row = np.repeat(np.arange(len(found)), counts(cells.rows))
    found[row[chosen]] = times[chosen]
    return found
