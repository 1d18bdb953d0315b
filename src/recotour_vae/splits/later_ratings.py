"""A split of ratings in time, person by person: from the earlier ones the later are predicted."""

import numpy as np
import pandas as pd

from recotour_vae.arrays.shares import floor_of
from recotour_vae.splits.cells import counts, from_the_end
from recotour_vae.splits.config import RatingTimeConfig
from recotour_vae.splits.ratings import divided, rated_cells
from recotour_vae.splits.split import Split
from recotour_vae.splits.tables import timed


def ratings_in_time(interactions: pd.DataFrame, config: RatingTimeConfig | None = None) -> Split:
    """Train on each person's earlier ratings; a coin says whether the later validate or test.

    It is how the program of DeepRec's authors converts MovieLens (Kuchaiev and Ginsburg 2017): of
    each person the first 70 % of the ratings in time train, and the others go wholly to validation
    or wholly to test. So nobody is shown what they did later themselves, and nobody chooses the
    epoch by which they are tested. *The calendar is looked ahead in*: one person's training ratings
    may lie years after another's test.

    Parameters
    ----------
    interactions
        Columns `user`, `item`, `rating` and `timestamp`. Of repeated rows the latest counts.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        As `rating_folds` makes it: in both groups all training users in their rows, each asked in
        one of the two. Of ratings at one time the one with the highest item id is the last. Who
        has too few ratings to train on any, and who rated what nobody's training has, is left
        out there and counted in `HeldOut.n_cold`.

    Raises
    ------
    SplitError
        When there are no ratings or no times, or none is left to train on, or to ask for.
    """
    config = config or RatingTimeConfig()
    cells = rated_cells(timed(interactions))
    n = counts(cells.rows)  # (n_users,)
    row = np.repeat(np.arange(len(n)), n)
    before = n[row] - 1 - from_the_end(cells.rows, cells.times())  # (n_cells,): of the person
    later = before >= floor_of(config.train_ratings * n)[row]
    tests = np.random.default_rng(config.seed).random(len(n)) < 0.5  # (n_users,)
    return divided(cells, later & ~tests[row], later & tests[row])
