"""A split that the table itself names, in a column."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.errors import SplitError
from recotour_vae.splits.cells import Cells, clicked, counts, select
from recotour_vae.splits.split import PARTS, HeldOut, Split
from recotour_vae.splits.tables import checked


def ready_split(interactions: pd.DataFrame, column: str = "split") -> Split:
    """Take a split that the table itself names, row by row.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and `column`, whose values are `train`, `validation_in`,
        `validation_out`, `test_in` and `test_out`; every row is a click. The histories keep
        `rating` and `timestamp` where the table has them.

    Raises
    ------
    SplitError
        When the column is missing, holds other values, or a part is empty; when a user stands in
        two groups, or a click in both halves of one; when a rating or time is missing.
    """
    interactions = checked(interactions)
    _check_parts(interactions, column)
    _check_apart(interactions, column)
    cells = Cells.of(_without_categories(interactions))
    part = pd.Categorical(interactions[column], categories=PARTS).codes[cells.rows.data]
    blocks = [select(cells.rows, part == place) for place in range(len(PARTS))]
    users, items = np.flatnonzero(counts(blocks[0])), clicked(blocks[0])
    train, *others = (block[:, items] for block in blocks)
    groups = (_ready_group(cells, *others[:2]), _ready_group(cells, *others[2:]))
    return Split.of(cells.items[items], cells.users[users], cells.details(train[users]), *groups)


def _without_categories(interactions: pd.DataFrame) -> pd.DataFrame:
    """Give ids that are sorted as what they are, and not in the order of some categories."""
    plain = {}
    for name in ("user", "item"):
        kind = interactions[name].dtype
        if isinstance(kind, pd.CategoricalDtype):
            plain[name] = interactions[name].astype(kind.categories.dtype)
    return interactions.assign(**plain)


def _ready_group(cells: Cells, shown: csr_matrix, asked: csr_matrix) -> HeldOut:
    users = np.flatnonzero(counts(shown) + counts(asked))
    details = [cells.details(part[users]) for part in (shown, asked)]
    return HeldOut.of(cells.users[users], details[0], details[1])


def _check_parts(interactions: pd.DataFrame, column: str) -> None:
    if column not in interactions:
        raise SplitError(
            f"The table has no column '{column}' to take a ready split from; its columns are "
            f"{', '.join(map(str, interactions.columns))}."
        )
    found = set(interactions[column].unique())
    if found != set(PARTS):
        raise SplitError(
            f"Column '{column}' must hold exactly {', '.join(PARTS)}; it holds "
            f"{', '.join(sorted(map(str, found)))}. Name the parts so, or ignore the column with "
            f"split=None (--split none)."
        )


def _check_apart(interactions: pd.DataFrame, column: str) -> None:
    """Make sure that no user is in two groups and no click both shown and asked for."""
    group = interactions[column].map({part: part.split("_")[0] for part in PARTS})
    pairs = pd.DataFrame({"user": interactions["user"], "group": group}).drop_duplicates()
    twice = pairs[pairs["user"].duplicated(keep=False)]
    if not twice.empty:
        user = twice["user"].iloc[0]
        groups = sorted(twice.loc[twice["user"] == user, "group"])
        raise SplitError(
            f"User {user} is in {' and '.join(groups)}; keep each user in one group of column "
            f"'{column}'."
        )
    clicks = interactions[["user", "item", column]].drop_duplicates()
    both = clicks[clicks.duplicated(["user", "item"])]
    if not both.empty:
        row = both.iloc[0]
        raise SplitError(
            f"User {row['user']} has item {row['item']} in two parts, one of them {row[column]}; "
            "keep each click in one part."
        )
