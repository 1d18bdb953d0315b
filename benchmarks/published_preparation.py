"""The preparation as the authors of Mult-VAE publish it, in our own words: what ours is timed with.

Filters by group, a Python loop over held-out users, and dictionaries from raw ids to places; the
result is five tables. One thing differs, so that it runs on current pandas: the clicks of a user
are counted by `groupby(...).size()` as a Series.
"""

from pathlib import Path

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]


def published_preparation(
    ratings: pd.DataFrame, n_held_out: int, above: float = 3.5, fewest: int = 5, seed: int = 98765
) -> Tables:
    """Give the five parts of a split as tables of places, columns `uid` and `sid`.

    Parameters
    ----------
    ratings
        Columns `user`, `item`, `rating`.
    n_held_out
        Users held out for validation, and as many again for testing.
    above, fewest
        A rating above this is a click; users with fewer clicks are left out.
    seed
        Of NumPy's global generator, as in the original; its state is put back.
    """
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        return _prepare(ratings[ratings["rating"] > above], n_held_out, fewest)
    finally:
        np.random.set_state(state)


def save(tables: Tables, folder: Path) -> None:
    """Write each table as CSV, as the original does."""
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def _prepare(clicks: pd.DataFrame, n_held_out: int, fewest: int) -> Tables:
    counts = clicks.groupby("user").size()
    clicks = clicks[clicks["user"].isin(counts.index[counts >= fewest])]
    users = clicks.groupby("user").size().index
    clicks.groupby("item").size()  # the original counts the items too, to print how many
    users = users[np.random.permutation(users.size)]
    end = len(users) - 2 * n_held_out
    groups = users[:end], users[end : end + n_held_out], users[end + n_held_out :]
    train = clicks.loc[clicks["user"].isin(groups[0])]
    items = pd.unique(train["item"])
    place_of_item = {item: place for place, item in enumerate(items)}
    place_of_user = {user: place for place, user in enumerate(users)}
    parts = {"train": train}
    for name, group in zip(("validation", "test"), groups[1:], strict=True):
        mine = clicks.loc[clicks["user"].isin(group)]
        mine = mine.loc[mine["item"].isin(items)]
        parts[f"{name}_in"], parts[f"{name}_out"] = _loop_over_users(mine)
    return {name: _places(part, place_of_user, place_of_item) for name, part in parts.items()}


def _loop_over_users(clicks: pd.DataFrame, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut a fifth of each user's clicks away, one user after the other."""
    shown, hidden = [], []
    for _, mine in clicks.groupby("user"):
        n = len(mine)
        if n < 5:
            shown.append(mine)
            continue
        chosen = np.zeros(n, dtype=bool)
        chosen[np.random.choice(n, size=int(share * n), replace=False).astype("int64")] = True
        shown.append(mine[np.logical_not(chosen)])
        hidden.append(mine[chosen])
    return pd.concat(shown), pd.concat(hidden)


def _places(part: pd.DataFrame, of_user: dict[int, int], of_item: dict[int, int]) -> pd.DataFrame:
    """Replace ids by places, one look-up a click."""
    uid = [of_user[user] for user in part["user"]]
    sid = [of_item[item] for item in part["item"]]
    return pd.DataFrame({"uid": uid, "sid": sid}, columns=["uid", "sid"])
