"""A split that the table itself names, in a column."""

import numpy as np
import pandas as pd

from recotour_vae.errors import SplitError
from recotour_vae.splits.split import PARTS, HeldOut, Split
from recotour_vae.splits.tables import Ids, checked, place, plain_ids


def ready_split(interactions: pd.DataFrame, column: str = "split") -> Split:
    """Take a split that the table itself names, row by row.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and `column`, whose values are `train`, `validation_in`,
        `validation_out`, `test_in` and `test_out`; every row is a click.

    Raises
    ------
    SplitError
        When the column is missing, holds other values, or a part is empty; when a user stands in
        two groups, or a click in both halves of one.
    """
    interactions = checked(interactions)
    _check_parts(interactions, column)
    _check_apart(interactions, column)
    part = interactions[column]
    items = np.sort(plain_ids(interactions.loc[part == "train", "item"].unique()))
    known = interactions[interactions["item"].isin(items)]
    rows = {name: known[known[column] == name] for name in PARTS}
    train_users = np.sort(plain_ids(rows["train"]["user"].unique()))
    train = place(rows["train"], train_users, items)
    validation, test = (
        _ready_group(rows[f"{name}_in"], rows[f"{name}_out"], items)
        for name in ("validation", "test")
    )
    return Split(items, train_users, train, validation, test)


def _ready_group(fold_in: pd.DataFrame, held_out: pd.DataFrame, items: Ids) -> HeldOut:
    users = np.sort(plain_ids(pd.concat([fold_in["user"], held_out["user"]]).unique()))
    return HeldOut(users, place(fold_in, users, items), place(held_out, users, items))


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
