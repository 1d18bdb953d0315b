"""Weak generalisation: everybody trains, and some of everybody's clicks are kept to be asked for.

This is the protocol of the papers whose models have a vector for each person, CDAE's among them.
Compare `protocol`, strong generalisation, which asks for people whom the model never saw.
"""

import numpy as np
import pandas as pd

from recotour_vae.splits.cells import Cells, as_clicks, clicked, counts
from recotour_vae.splits.config import WeakSplitConfig
from recotour_vae.splits.details import Details
from recotour_vae.splits.protocol import active_rows, hold_out, liked
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ids, checked


def weak_generalisation(interactions: pd.DataFrame, config: WeakSplitConfig | None = None) -> Split:
    """Divide each person's clicks at random: some to train, some to validate, some to test.

    The same people train and are asked for, in the same rows. Both groups show the training
    clicks and nothing else, by which a model that has a vector for each person knows them. In a
    test clicks of validation are therefore neither shown nor asked for: a list may spend places
    on them, of whichever model it is.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and, if ratings are to be cut into clicks, `rating`.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        Matrices over the items that were clicked in training. Clicks on others that were to be
        asked for are left out, and counted in `HeldOut.n_cold`.

    Raises
    ------
    SplitError
        When nobody has enough clicks; when the rating or time of a click is missing.

    Examples
    --------
    Ten people who like the same ten films; of each two clicks test, and of the other eight one
    validates:

    >>> rows = [(user, item, 5.0) for user in range(10) for item in range(10)]
    >>> table = pd.DataFrame(rows, columns=["user", "item", "rating"])
    >>> split = weak_generalisation(table, WeakSplitConfig(validation_clicks=0.125))
    >>> split.train.nnz, split.validation.held_out.nnz, split.test.held_out.nnz
    (70, 10, 20)
    """
    config = config or WeakSplitConfig()
    interactions = checked(interactions)
    cells = Cells.of(interactions, liked(interactions, config.click_above))
    users = active_rows(counts(cells.rows), config.min_clicks)
    block = cells.rows[users]  # (n_users, n_all_items)
    rng = np.random.default_rng(config.seed)
    rest, test = hold_out(as_clicks(block), config.held_out, rng)
    train, validation = hold_out(rest, config.validation_clicks, rng)
    known, people = clicked(train), cells.users[users]
    shown, *asked = (
        cells.details(block[:, known], part[:, known]) for part in (train, validation, test)
    )
    to_validate, to_test = (
        _group(people, shown, part, whole.nnz)
        for part, whole in zip(asked, (validation, test), strict=True)
    )
    return Split.of(cells.items[known], people, shown, to_validate, to_test)


def _group(people: Ids, shown: Details, asked: Details, n_asked: int) -> HeldOut:
    """Ask for what is left of the clicks on items that training knows; the others are cold."""
    return HeldOut.of(people, shown, asked, n_cold=n_asked - asked.clicks.nnz)
