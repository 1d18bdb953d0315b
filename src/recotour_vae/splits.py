"""From interactions to a strong-generalisation split (Liang et al. 2018, section 4).

Users, not clicks, are divided: the model trains on some users and is judged on others, whom it
has never seen. Of each of those it is shown 80 % of the clicks (*fold-in*) and asked for the
other 20 % (*held-out*). Everything here is vectorised: no Python loop over users.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.errors import ConfigError, SplitError

Ids = NDArray[Any]
Ints = NDArray[np.int64]

PARTS: Final = ("train", "validation_in", "validation_out", "test_in", "test_out")


@dataclass(frozen=True)
class SplitConfig:
    """Settings of the protocol; the defaults are the paper's, but for the number of users.

    Parameters
    ----------
    click_above
        A rating strictly above this is a click; None takes every row as a click.
    min_clicks
        Users with fewer clicks are left out.
    validation_users, test_users
        How many users to hold out: a number, or a share of all users when below 1. The paper
        holds out 10,000 each of 136,677 on MovieLens-20M.
    held_out
        Share of each held-out user's clicks that is to be predicted, rounded down.
    seed
        Owner of every draw. 98765 is the seed of the authors' notebook, and gives its users.
    """

    click_above: float | None = 3.5
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    seed: int = 98765

    def __post_init__(self) -> None:
        if self.min_clicks < 1:
            raise ConfigError(f"min_clicks is {self.min_clicks}; give 1 or more.")
        if not 0 < self.held_out < 1:
            raise ConfigError(f"held_out is {self.held_out}; give a share between 0 and 1.")
        for name in ("validation_users", "test_users"):
            if not 0 < getattr(self, name) < np.inf:
                raise ConfigError(f"{name} is {getattr(self, name)}; give a positive number.")
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed is {self.seed}; give a number from 0 to below 2**32.")


@dataclass(frozen=True)
class HeldOut:
    """Users kept away from training: what the model is shown, and what it must predict.

    Attributes
    ----------
    users
        Raw user ids, one a row.
    fold_in, held_out
        Binary clicks, (n_users, n_items), with no click in common.
    """

    users: Ids
    fold_in: csr_matrix
    held_out: csr_matrix


@dataclass(frozen=True)
class Split:
    """A strong-generalisation split; every model of a comparison gets the same object.

    Attributes
    ----------
    items
        Raw item id of each column: the items that training users clicked, sorted.
    train_users
        Raw user id of each row of `train`.
    train
        Binary clicks of the training users, (n_train_users, n_items).
    validation, test
        The two groups of held-out users.
    """

    items: Ids
    train_users: Ids
    train: csr_matrix
    validation: HeldOut
    test: HeldOut

    @property
    def n_items(self) -> int:
        """Number of items, the width of every matrix here."""
        return len(self.items)

    def summary(self) -> pd.DataFrame:
        """Count users, clicks and users without a held-out click, a row a group."""
        groups = {"validation": self.validation, "test": self.test}
        rows = [("train", len(self.train_users), self.train.nnz, 0, 0)]
        rows += [(name, *_counts(group)) for name, group in groups.items()]
        columns = ["group", "users", "fold-in clicks", "held-out clicks", "users without held-out"]
        return pd.DataFrame(rows, columns=columns).set_index("group")

    def fingerprint(self) -> str:
        """Name the split by its content: equal splits, and no others, have equal fingerprints."""
        digest = hashlib.sha256()
        for name, array in sorted(_arrays(self).items()):
            digest.update(name.encode() + str(array.shape).encode() + _bytes(array))
        return digest.hexdigest()[:16]

    def save(self, path: str | Path) -> Path:
        """Write the split as one compressed `.npz` file and give its path.

        Raises
        ------
        SplitError
            When the file cannot be written; an older one of that name is then left as it was.
        """
        path = _npz(path)
        partial = path.with_suffix(".partial.npz")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(partial, **_arrays(self))
            return partial.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise SplitError(
                f"{path} could not be written ({error}); make room or choose another folder."
            ) from error

    @staticmethod
    def load(path: str | Path) -> "Split":
        """Read what `save` wrote.

        Raises
        ------
        SplitError
            When there is no such file, or it is not a saved split.
        """
        path = _npz(path)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return _from_arrays(dict(arrays))
        except FileNotFoundError as error:
            raise SplitError(f"There is no split at {path}; write one with Split.save.") from error
        except Exception as error:
            raise SplitError(
                f"{path} is damaged or not a saved split ({type(error).__name__}); "
                "delete it and make the split again."
            ) from error


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
    ids, names = _plain(users), _plain(items)
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
    interactions = _checked(interactions)
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
    parts = (_matrix(row[part], clicks.indices[part], clicks.shape) for part in (~chosen, chosen))
    fold_in, held_out = parts
    return fold_in, held_out


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
    interactions = _checked(interactions)
    _check_parts(interactions, column)
    _check_apart(interactions, column)
    part = interactions[column]
    items = np.sort(_plain(interactions.loc[part == "train", "item"].unique()))
    known = interactions[interactions["item"].isin(items)]
    rows = {name: known[known[column] == name] for name in PARTS}
    train_users = np.sort(_plain(rows["train"]["user"].unique()))
    train = _place(rows["train"], train_users, items)
    validation, test = (
        _ready_group(rows[f"{name}_in"], rows[f"{name}_out"], items)
        for name in ("validation", "test")
    )
    return Split(items, train_users, train, validation, test)


def place(users_items: pd.DataFrame, items: Ids) -> tuple[Ids, csr_matrix]:
    """Lay clicks of new users over the columns of a split; unknown items are dropped.

    Returns
    -------
    users : numpy.ndarray
        Sorted raw ids, one a row.
    clicks : scipy.sparse.csr_matrix
        (n_users, n_items).
    """
    users = np.sort(_plain(users_items["user"].unique()))
    return users, _place(users_items[users_items["item"].isin(items)], users, items)


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
    return _matrix(row[mine], column[mine], (len(group), n_items))


def _matrix(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0  # a click is a click, however often
    return matrix


def _place(rows: pd.DataFrame, users: Ids, items: Ids) -> csr_matrix:
    user = pd.Index(users).get_indexer(pd.Index(rows["user"]))
    item = pd.Index(items).get_indexer(pd.Index(rows["item"]))
    return _matrix(user, item, (len(users), len(items)))


def _ready_group(fold_in: pd.DataFrame, held_out: pd.DataFrame, items: Ids) -> HeldOut:
    users = np.sort(_plain(pd.concat([fold_in["user"], held_out["user"]]).unique()))
    return HeldOut(users, _place(fold_in, users, items), _place(held_out, users, items))


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
            f"{', '.join(sorted(map(str, found)))}."
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


def _checked(interactions: pd.DataFrame) -> pd.DataFrame:
    """Give the table with ids of one type, once they are known to be there."""
    for name in ("user", "item"):
        if name not in interactions:
            raise SplitError(
                f"The table has no column '{name}'; its columns are "
                f"{', '.join(map(str, interactions.columns))}."
            )
        if interactions[name].isna().any():
            raise SplitError(
                f"{int(interactions[name].isna().sum()):,} rows have no {name}; leave them out, "
                f"with dropna(subset='{name}')."
            )
    loose = [name for name in ("user", "item") if interactions[name].dtype == object]
    return interactions.assign(**{name: _plain(interactions[name]) for name in loose})


def _npz(path: str | Path) -> Path:
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


def _plain(ids: Any) -> Ids:
    """Ids as an array that can be saved without pickling: integers or fixed-width text."""
    array = np.asarray(ids)
    if array.dtype == object:
        array = np.asarray(pd.Index(array).infer_objects())
    return array.astype(str) if array.dtype == object else array


def _counts(group: HeldOut) -> tuple[int, int, int, int]:
    empty = int((np.diff(group.held_out.indptr) == 0).sum())
    return len(group.users), group.fold_in.nnz, group.held_out.nnz, empty


def _arrays(split: Split) -> dict[str, Ids]:
    arrays = {
        "items": split.items,
        "train_users": split.train_users,
        "validation_users": split.validation.users,
        "test_users": split.test.users,
    }
    for name, matrix in zip(PARTS, _matrices(split), strict=True):
        arrays |= {f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr}
    return arrays


def _matrices(split: Split) -> list[csr_matrix]:
    groups = (split.validation, split.test)
    return [split.train, *(part for group in groups for part in (group.fold_in, group.held_out))]


def _from_arrays(arrays: dict[str, Ids]) -> Split:
    items = arrays["items"]
    train, *held = (_restore(arrays, name, len(items)) for name in PARTS)
    validation = HeldOut(arrays["validation_users"], *held[:2])
    test = HeldOut(arrays["test_users"], *held[2:])
    return Split(items, arrays["train_users"], train, validation, test)


def _restore(arrays: dict[str, Ids], name: str, n_items: int) -> csr_matrix:
    indices, indptr = arrays[f"{name}.indices"], arrays[f"{name}.indptr"]
    values = np.ones(len(indices), np.float32)
    return csr_matrix((values, indices, indptr), shape=(len(indptr) - 1, n_items))


def _bytes(array: Ids) -> bytes:
    """Content of an array, the same whatever width holds it; text is told from numbers."""
    if array.dtype.kind == "U":
        return b"U" + "\0".join(array.tolist()).encode()
    return array.astype(np.int64).tobytes()
