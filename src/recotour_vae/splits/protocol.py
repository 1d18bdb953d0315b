"""Strong generalisation (Liang et al. 2018, section 4), step by step and vectorised.

Users, not clicks, are divided: the model trains on some users and is judged on others, whom it
has never seen. Of each of those it is shown 80 % of the clicks (*fold-in*) and asked for the
other 20 % (*held-out*). There is no Python loop over users.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical, matrix_of
from recotour_vae.arrays.shares import floor_of
from recotour_vae.errors import SplitError
from recotour_vae.splits.cells import Bools, Cells, as_clicks, clicked, counts, from_the_end, select
from recotour_vae.splits.config import SplitConfig
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ids, Ints, checked, timed


def strong_generalisation(interactions: pd.DataFrame, config: SplitConfig | None = None) -> Split:
    """Split a tidy table of interactions by users.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and, if ratings are to be cut into clicks, `rating`; `timestamp`
        where the latest clicks are to be held out.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        Matrices over the items that some training user clicked; clicks of held-out users on
        other items are dropped, as in the paper. The histories keep the clicks' ratings and
        times where the table has them; of repeated rows, those of the latest click.

    Raises
    ------
    SplitError
        When no user is left after filtering, or more are to be held out than there are; when the
        rating or time of a click is missing.

    Examples
    --------
    Ten people who like the same ten films; two are kept away for validation and two for a test,
    and of each of their ten clicks two are to be predicted:

    >>> rows = [(user, item, 5.0) for user in range(10) for item in range(10)]
    >>> table = pd.DataFrame(rows, columns=["user", "item", "rating"])
    >>> split = strong_generalisation(table, SplitConfig(validation_users=2, test_users=2))
    >>> split.train.shape, split.test.fold_in.nnz, split.test.held_out.nnz
    ((6, 10), 16, 4)
    """
    config = config or SplitConfig()
    interactions = timed(interactions) if config.latest else checked(interactions)
    cells = Cells.of(interactions, liked(interactions, config.click_above))
    active = active_rows(counts(cells.rows), config.min_clicks)
    groups = [active[group] for group in _draw_groups(len(active), config)]
    blocks = [cells.rows[group] for group in groups]  # (n_group_users, n_all_items) each
    known = clicked(blocks[0])  # (n_items,)
    train, *others = (block[:, known] for block in blocks)
    rng = np.random.default_rng(config.seed)
    validation, test = (
        _held_out_group(cells, cells.users[group], block, config, rng)
        for group, block in zip(groups[1:], others, strict=True)
    )
    users, details = cells.users[groups[0]], cells.details(train)
    return Split.of(cells.items[known], users, details, validation, test)


def to_clicks(interactions: pd.DataFrame, click_above: float | None = 3.5) -> pd.DataFrame:
    """Keep the rows whose rating says "liked": strictly above `click_above`.

    The threshold is compared in the type of the column: 3.6 stars kept in 32 bits are not above
    3.6.

    Returns
    -------
    pandas.DataFrame
        Columns `user` and `item`, one row a click.

    Raises
    ------
    SplitError
        When the table has no users or items, or some are missing; when a threshold is given and
        there are no ratings, or nothing is above it.

    Examples
    --------
    >>> table = pd.DataFrame({"user": [1, 1], "item": [7, 8], "rating": [3.5, 4.0]})
    >>> to_clicks(table)["item"].tolist()
    [8]
    """
    interactions = checked(interactions)
    among = liked(interactions, click_above)
    clicks: pd.DataFrame = (
        interactions[["user", "item"]]
        if among is None
        else interactions.loc[among, ["user", "item"]]
    )
    return clicks


def liked(interactions: pd.DataFrame, click_above: float | None) -> Bools | None:
    """Say which rows are clicks, (n_rows,); None where all are.

    Raises
    ------
    SplitError
        As `to_clicks` says of the ratings.
    """
    if click_above is None:
        return None
    if "rating" not in interactions:
        raise SplitError(
            f"Clicks are ratings above {click_above}, but the table has no column 'rating'; "
            "give click_above=None to take every row as a click."
        )
    rating = interactions["rating"]
    among: Bools = (rating > in_type_of(rating, click_above)).to_numpy(bool, na_value=False)
    if not among.any():
        raise SplitError(
            f"No rating is above {click_above} (the highest is {interactions['rating'].max()}); "
            "lower click_above."
        )
    return among


def in_type_of(column: "pd.Series[Any]", number: float) -> Any:
    """Give the number as the column would hold it, where the column holds fractions."""
    if isinstance(column.iloc[0] if len(column) else None, Decimal):
        return Decimal(repr(number))
    kind = getattr(column.dtype, "numpy_dtype", column.dtype)
    return kind.type(number) if getattr(kind, "kind", "") == "f" else number


def active_users(clicks: pd.DataFrame, min_clicks: int = 5) -> pd.DataFrame:
    """Keep the clicks of users who have at least `min_clicks` of them, on as many items.

    Raises
    ------
    SplitError
        When no user has as many.
    """
    clicks = clicks.drop_duplicates(["user", "item"])
    n_clicks = clicks["user"].value_counts()
    active = n_clicks.index[active_rows(np.asarray(n_clicks, np.int64), min_clicks)]
    return clicks[clicks["user"].isin(active)]


def hold_out(
    clicks: csr_matrix, share: float, rng: np.random.Generator
) -> tuple[csr_matrix, csr_matrix]:
    """Divide each row's clicks at random into fold-in and held-out.

    Equation `eq-held-out-size` in building/data.

    Parameters
    ----------
    clicks
        (n_users, n_items), as `click_matrix.canonical` takes them.
    share
        Of a user's n clicks, floor(share · n) are held out; a user with fewer than 1/share
        clicks goes wholly into the fold-in, as in the authors' code.
    rng
        Source of the draws.

    Returns
    -------
    fold_in, held_out : scipy.sparse.csr_matrix
        Both (n_users, n_items).

    Raises
    ------
    DataError
        When the matrix is not one of clicks.
    SplitError
        When the share is not between 0 and 1.
    """
    clicks = canonical(clicks)
    if not 0 < share < 1:
        raise SplitError(f"The share to hold out is {share}; give a number between 0 and 1.")
    counts = np.diff(clicks.indptr)  # (n_users,)
    row = np.repeat(np.arange(clicks.shape[0]), counts)  # (nnz,)
    order = np.argsort(row + rng.random(clicks.nnz))  # shuffled within each row
    rank = np.arange(clicks.nnz) - np.repeat(clicks.indptr[:-1], counts)
    chosen = np.zeros(clicks.nnz, dtype=bool)
    chosen[order] = rank < floor_of(share * counts)[row]
    parts = (matrix_of(row[part], clicks.indices[part], clicks.shape) for part in (~chosen, chosen))
    fold_in, held_out = parts
    return fold_in, held_out


def active_rows(n_clicks: Ints, min_clicks: int) -> Ints:
    """Positions of the users with enough clicks.

    Raises
    ------
    SplitError
        When no user has as many.
    """
    active = np.flatnonzero(n_clicks >= min_clicks)
    if not len(active):
        raise SplitError(
            f"No user is left: none of {len(n_clicks):,} has {min_clicks} clicks (the most is "
            f"{n_clicks.max(initial=0)}); lower min_clicks or click_above."
        )
    return active


def _held_out_group(
    cells: Cells, users: Ids, block: csr_matrix, config: SplitConfig, rng: np.random.Generator
) -> HeldOut:
    if config.latest:
        parts = (cells.details(part) for part in _latest(block, cells.times(block), config))
    else:
        halves = hold_out(as_clicks(block), config.held_out, rng)
        parts = (cells.details(block, half) for half in halves)
    shown, asked = parts
    return HeldOut.of(users, shown, asked)


def _latest(block: csr_matrix, times: Ints, config: SplitConfig) -> tuple[csr_matrix, csr_matrix]:
    """Divide each row's cells into the earlier and the latest."""
    wanted = floor_of(config.held_out * counts(block))  # (n_users,)
    latest = from_the_end(block, times) < np.repeat(wanted, counts(block))
    return select(block, ~latest), select(block, latest)


def _draw_groups(n_users: int, config: SplitConfig) -> tuple[Ints, Ints, Ints]:
    """Positions of the training, validation and test users among the sorted user ids."""
    n_validation = _how_many(config.validation_users, n_users)
    n_test = _how_many(config.test_users, n_users)
    n_train = n_users - n_validation - n_test
    if min(n_validation, n_test) < 1:
        raise SplitError(
            f"Of {n_users:,} users, validation_users={config.validation_users:g} and "
            f"test_users={config.test_users:g} hold out {n_validation} and {n_test}; ask for at "
            "least one of each, as a number of users."
        )
    if n_train < 1:
        raise SplitError(
            f"{n_validation:,} validation and {n_test:,} test users are asked for, but there are "
            f"{n_users:,} users in all; ask for fewer, or for a share such as 0.1."
        )
    # The authors' generator, so that their seed gives their users.
    order = np.random.RandomState(config.seed).permutation(n_users)
    return order[:n_train], order[n_train : n_train + n_validation], order[n_users - n_test :]


def _how_many(wanted: float, n_users: int) -> int:
    return int(floor_of(wanted * n_users)) if wanted < 1 else int(wanted)
