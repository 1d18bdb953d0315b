"""Strong generalisation (Liang et al. 2018, section 4), step by step and vectorised.

Users, not clicks, are divided: the model trains on some users and is judged on others, whom it
has never seen. Of each of those it is shown 80 % of the clicks (*fold-in*) and asked for the
other 20 % (*held-out*). There is no Python loop over users.
"""

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.errors import SplitError
from recotour_vae.splits.config import SplitConfig
from recotour_vae.splits.split import HeldOut, Split
from recotour_vae.splits.tables import Ints, checked, matrix_of, plain_ids


def strong_generalisation(interactions: pd.DataFrame, config: SplitConfig | None = None) -> Split:
    """Split a tidy table of interactions by users.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and, if ratings are to be cut into clicks, `rating`.
    config
        Settings of the protocol.

    Returns
    -------
    Split
        Matrices over the items that some training user clicked; clicks of held-out users on
        other items are dropped, as in the paper.

    Raises
    ------
    SplitError
        When no user is left after filtering, or more are to be held out than there are.
    """
    config = config or SplitConfig()
    clicks = active_users(to_clicks(interactions, config.click_above), config.min_clicks)
    user, users = pd.factorize(clicks["user"], sort=True)
    groups = _draw_groups(len(users), config)
    item, items = pd.factorize(clicks["item"], sort=True)
    in_training = np.isin(user, groups[0])  # (n_clicks,)
    known = np.bincount(item[in_training], minlength=len(items)) > 0  # (n_all_items,)
    column = np.where(known, np.cumsum(known) - 1, -1)[item]  # (n_clicks,)
    rng = np.random.default_rng(config.seed)
    keep = column >= 0
    matrices = [_rows(user[keep], column[keep], group, int(known.sum())) for group in groups]
    ids, names = plain_ids(users), plain_ids(items)
    validation, test = (
        HeldOut(ids[group], *hold_out(matrix, config.held_out, rng))
        for group, matrix in zip(groups[1:], matrices[1:], strict=True)
    )
    return Split(names[known], ids[groups[0]], matrices[0], validation, test)


def to_clicks(interactions: pd.DataFrame, click_above: float | None = 3.5) -> pd.DataFrame:
    """Keep the rows whose rating says "liked": strictly above `click_above`.

    Returns
    -------
    pandas.DataFrame
        Columns `user` and `item`, one row a click.

    Raises
    ------
    SplitError
        When the table has no users or items, or some are missing; when a threshold is given and
        there are no ratings, or nothing is above it.
    """
    interactions = checked(interactions)
    if click_above is None:
        return interactions[["user", "item"]]
    if "rating" not in interactions:
        raise SplitError(
            f"Clicks are ratings above {click_above}, but the table has no column 'rating'; "
            "give click_above=None to take every row as a click."
        )
    clicks = interactions.loc[interactions["rating"] > click_above, ["user", "item"]]
    if clicks.empty:
        raise SplitError(
            f"No rating is above {click_above} (the highest is {interactions['rating'].max()}); "
            "lower click_above."
        )
    return clicks


def active_users(clicks: pd.DataFrame, min_clicks: int = 5) -> pd.DataFrame:
    """Keep the clicks of users who have at least `min_clicks` of them, on as many items.

    Raises
    ------
    SplitError
        When no user has as many.
    """
    clicks = clicks.drop_duplicates(["user", "item"])
    counts = clicks["user"].value_counts()
    kept = clicks[clicks["user"].isin(counts.index[counts >= min_clicks])]
    if kept.empty:
        most = int(counts.max()) if len(counts) else 0
        raise SplitError(
            f"No user is left: none of {len(counts):,} has {min_clicks} clicks (the most is "
            f"{most}); lower min_clicks or click_above."
        )
    return kept


def hold_out(
    clicks: csr_matrix, share: float, rng: np.random.Generator
) -> tuple[csr_matrix, csr_matrix]:
    """Divide each row's clicks at random into fold-in and held-out.

    Parameters
    ----------
    clicks
        Binary clicks, (n_users, n_items).
    share
        Of a user's n clicks, floor(share · n) are held out; a user with fewer than 1/share
        clicks goes wholly into the fold-in, as in the authors' code.
    rng
        Source of the draws.

    Returns
    -------
    fold_in, held_out : scipy.sparse.csr_matrix
        Both (n_users, n_items).
    """
    counts = np.diff(clicks.indptr)  # (n_users,)
    row = np.repeat(np.arange(clicks.shape[0]), counts)  # (nnz,)
    order = np.lexsort((rng.random(clicks.nnz), row))  # shuffled within each row
    rank = np.arange(clicks.nnz) - np.repeat(clicks.indptr[:-1], counts)
    chosen = np.zeros(clicks.nnz, dtype=bool)
    chosen[order] = rank < np.floor(share * counts)[row]
    parts = (matrix_of(row[part], clicks.indices[part], clicks.shape) for part in (~chosen, chosen))
    fold_in, held_out = parts
    return fold_in, held_out


def _draw_groups(n_users: int, config: SplitConfig) -> tuple[Ints, Ints, Ints]:
    """Positions of the training, validation and test users among the sorted user ids."""
    n_validation = _how_many(config.validation_users, n_users)
    n_test = _how_many(config.test_users, n_users)
    n_train = n_users - n_validation - n_test
    if n_train < 1 or min(n_validation, n_test) < 1:
        raise SplitError(
            f"{n_validation:,} validation and {n_test:,} test users are asked for, but there are "
            f"{n_users:,} users in all; ask for fewer, or for a share such as 0.1."
        )
    # The authors' generator, so that their seed gives their users.
    order = np.random.RandomState(config.seed).permutation(n_users)
    return order[:n_train], order[n_train : n_train + n_validation], order[n_users - n_test :]


def _how_many(wanted: float, n_users: int) -> int:
    return int(wanted * n_users) if wanted < 1 else int(wanted)


def _rows(user: Ints, column: Ints, group: Ints, n_items: int) -> csr_matrix:
    """Matrix of the users in `group`, in that order."""
    row_of = np.full(max(user.max(initial=0), group.max(initial=0)) + 1, -1)
    row_of[group] = np.arange(len(group))
    row = row_of[user]
    mine = row >= 0
    return matrix_of(row[mine], column[mine], (len(group), n_items))
