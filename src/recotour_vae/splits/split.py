"""A split as data: five matrices and the ids of their rows and columns, in memory and on disk.

Beside each matrix stands its history: the same clicks in order of time, with ratings and times
where these are known.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.errors import SplitError
from recotour_vae.files.whole import expanded, whole
from recotour_vae.splits.details import Details, Values
from recotour_vae.splits.histories import Histories
from recotour_vae.splits.tables import Ids, plain_ids

# 1: no number; five binary matrices by their indices, and the ids of rows and columns.
# 2: the same, with the number.
# 3: beside each matrix the ratings and times of its clicks, in their order, where there are any;
#    what is counted of a held-out group, and whether it is ratings that are asked for; a fold-in
#    that is the training matrix itself is written once.
FORMAT: Final = 3

PARTS: Final = ("train", "validation_in", "validation_out", "test_in", "test_out")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """People who are asked for: what the model is shown of them, and what it must predict.

    In strong generalisation they are kept away from training; in the other protocols they may be
    the training users themselves, of whom something is kept away.

    Attributes
    ----------
    users
        Raw user ids, one a row.
    fold_in, held_out
        Clicks, (n_users, n_items), with none in common. Whatever they are given as, here they
        are canonical.
    shown_details, asked_details
        Ratings and times of the two, where they are known; `HeldOut.of` fills them in.
    n_cold
        What was to be asked for and is left out, since training knows nothing of it: events on
        other items and, where ratings are predicted, of other people.
    n_newcomers
        People who are left out, since there was too little to show of them.

    Raises
    ------
    DataError
        When a matrix is not one of clicks.
    SplitError
        When shapes and ids do not fit one another, a click is both shown and asked for, or
        ratings and times are those of other clicks.
    """

    users: Ids
    fold_in: csr_matrix
    held_out: csr_matrix
    shown_details: Details | None = field(default=None, repr=False)
    asked_details: Details | None = field(default=None, repr=False)
    n_cold: int = 0
    n_newcomers: int = 0

    @staticmethod
    def of(
        users: Any,
        shown: Histories | Details,
        asked: Histories | Details,
        n_cold: int = 0,
        n_newcomers: int = 0,
    ) -> "HeldOut":
        """Take histories in place of clicks, and keep their ratings and times."""
        fold_in, held_out = Details.of(shown), Details.of(asked)
        return HeldOut(
            users, fold_in.clicks, held_out.clicks, fold_in, held_out, n_cold, n_newcomers
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "users", plain_ids(self.users))
        fold_in = canonical(self.fold_in, where="The fold-in matrix")
        held_out = canonical(self.held_out, fold_in.shape[1], "The held-out matrix")
        object.__setattr__(self, "fold_in", fold_in)
        object.__setattr__(self, "held_out", held_out)
        _check_ids("fold-in", fold_in.shape[0], "user", self.users)
        _check_ids("held-out", held_out.shape[0], "user", self.users)
        _check_disjoint(self)
        _check_details("fold-in", self.shown_details, fold_in)
        _check_details("held-out", self.asked_details, held_out)

    @cached_property
    def shown(self) -> Histories:
        """What the model is shown: `fold_in` in order of time, with ratings and times."""
        return _history(self.shown_details, self.fold_in)

    @cached_property
    def asked(self) -> Histories:
        """What it must predict: `held_out` in order of time, with ratings and times."""
        return _history(self.asked_details, self.held_out)


@dataclass(frozen=True, eq=False)
class Split:
    """Who trains, and who is asked for what; every model of a comparison gets the same object.

    Two splits are compared by their fingerprints.

    Attributes
    ----------
    items
        Raw item id of each column: the items that training users clicked, sorted.
    train_users
        Raw user id of each row of `train`.
    train
        Clicks of the training users, (n_train_users, n_items). Whatever it is given as, here it
        is canonical.
    validation, test
        The two groups of held-out users.
    train_details
        Ratings and times of the training clicks, where they are known; `Split.of` fills them in.
    of_ratings
        Whether it is ratings that are asked for: `train` is then which cells are rated, liked or
        not, and the fingerprint counts the ratings in.

    Raises
    ------
    DataError
        When the training matrix is not one of clicks, or not on these items.
    SplitError
        When shapes and ids do not fit one another, or ratings and times are those of other clicks.

    Examples
    --------
    >>> shown, asked = np.array([[1, 0, 0]]), np.array([[0, 1, 0]])
    >>> held_out = HeldOut([9], shown, asked)
    >>> split = Split(["a", "b", "c"], [1, 2], np.array([[1, 1, 0], [0, 1, 1]]), held_out, held_out)
    >>> split.n_items, split.train.nnz
    (3, 4)
    """

    items: Ids
    train_users: Ids
    train: csr_matrix
    validation: HeldOut
    test: HeldOut
    train_details: Details | None = field(default=None, repr=False)
    of_ratings: bool = False

    @staticmethod
    def of(
        items: Any,
        train_users: Any,
        history: Histories | Details,
        validation: HeldOut,
        test: HeldOut,
        of_ratings: bool = False,
    ) -> "Split":
        """Take a history in place of the training clicks, and keep its ratings and times."""
        details = Details.of(history)
        return Split(items, train_users, details.clicks, validation, test, details, of_ratings)

    def __post_init__(self) -> None:
        for name in ("items", "train_users"):
            object.__setattr__(self, name, plain_ids(getattr(self, name)))
        object.__setattr__(self, "train", canonical(self.train, where="The training matrix"))
        _check_ids("training", self.train.shape[0], "user", self.train_users)
        for name, matrix in zip(PARTS, _matrices(self), strict=True):
            _check_ids(name, matrix.shape[1], "item", self.items)
        _check_details("training", self.train_details, self.train)
        if self.of_ratings and any(values.ratings is None for values in _values(self).values()):
            raise SplitError(
                "A split of ratings was made of clicks without them; make it of histories with "
                "ratings, with Split.of and HeldOut.of."
            )

    @cached_property
    def history(self) -> Histories:
        """What training users did: `train` in order of time, with ratings and times."""
        return _history(self.train_details, self.train)

    @property
    def n_items(self) -> int:
        """Number of items, the width of every matrix here."""
        return len(self.items)

    def summary(self) -> pd.DataFrame:
        """Count users, clicks and users without a held-out click, a row a group.

        Where something was left out, it is counted in two more columns, see `HeldOut`.
        """
        groups = {"validation": self.validation, "test": self.test}
        rows: list[tuple[object, ...]] = [
            ("train", len(self.train_users), self.train.nnz, 0, 0, 0, 0)
        ]
        rows += [(name, *_counts(group)) for name, group in groups.items()]
        what = "ratings" if self.of_ratings else "clicks"
        columns = ["group", "users", f"fold-in {what}", f"held-out {what}"]
        columns += ["users without held-out", f"cold {what}", "newcomers"]
        table = pd.DataFrame(rows, columns=columns).set_index("group")
        return table[[*columns[1:5], *(name for name in columns[5:] if table[name].any())]]

    def fingerprint(self) -> str:
        """Name the split by its content: equal splits, and no others, have equal fingerprints.

        Ratings count where they are what is asked for. Times do not: what they decide in the
        protocols is which click stands in which part.
        """
        digest = hashlib.sha256()
        arrays = _arrays(self) | (_rated(self) if self.of_ratings else {})
        for name, array in sorted(arrays.items()):
            digest.update(name.encode() + str(array.shape).encode() + _bytes(array))
        return digest.hexdigest()[:16]

    def save(self, path: str | Path) -> Path:
        """Write the split as one `.npz` file and give its path; the same split, the same bytes.

        Raises
        ------
        SplitError
            When the file cannot be written; an older one of that name is then left as it was.
        """
        path = _npz(path)
        with whole(path, SplitError) as partial, partial.open("wb") as file:
            np.savez(file, format=np.array(FORMAT), **_in_file(self))
        return path

    @staticmethod
    def load(path: str | Path) -> "Split":
        """Read what `save` wrote.

        Raises
        ------
        SplitError
            When there is no such file, it is not a saved split, or one of a later format.
        """
        path = _npz(path)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = dict(arrays)
                number = int(found.pop("format", 1))
                if 1 <= number <= FORMAT:
                    return _from_arrays(found)
        except FileNotFoundError as error:
            raise SplitError(f"There is no split at {path}; write one with Split.save.") from error
        except Exception as error:
            raise SplitError(
                f"{path} is damaged or not a saved split ({type(error).__name__}); "
                "delete it and make the split again."
            ) from error
        raise SplitError(
            f"{path} has format {number}, and this version of recotour-vae reads formats 1 to "
            f"{FORMAT}; install a newer version."
        )


def _check_ids(matrix: str, length: int, kind: str, ids: Ids) -> None:
    if ids.shape != (length,):
        side = {"user": "rows", "item": "columns"}[kind]
        raise SplitError(
            f"The {matrix} matrix has {length:,} {side}, and the {kind} ids have the shape "
            f"{ids.shape}; give one id for each of the {side}."
        )


def _check_disjoint(group: HeldOut) -> None:
    both = group.fold_in.multiply(group.held_out).tocoo()
    if both.nnz:
        raise SplitError(
            f"User {group.users[both.row[0]]} is shown column {both.col[0]} and asked for it as "
            f"well ({both.nnz:,} such clicks in all); take them out of one of the two matrices."
        )


def _npz(path: str | Path) -> Path:
    path = expanded(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


def _counts(group: HeldOut) -> tuple[int, ...]:
    empty = int((np.diff(group.held_out.indptr) == 0).sum())
    clicks = (group.fold_in.nnz, group.held_out.nnz)
    return len(group.users), *clicks, empty, group.n_cold, group.n_newcomers


def _check_details(matrix: str, details: Details | None, clicks: csr_matrix) -> None:
    if details is not None and not details.are_of(clicks):
        raise SplitError(
            f"The {matrix} matrix is not the one that its ratings and times are of; make the split "
            "of histories, with Split.of and HeldOut.of, or leave the details out."
        )


def _history(details: Details | None, clicks: csr_matrix) -> Histories:
    return Histories.of_clicks(clicks) if details is None else details.history


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


def _values(split: Split) -> dict[str, Values]:
    """Ratings and times of each part."""
    groups = (split.validation, split.test)
    held = [part for group in groups for part in (group.shown_details, group.asked_details)]
    found = (Values() if one is None else one.values for one in (split.train_details, *held))
    return dict(zip(PARTS, found, strict=True))


def _rated(split: Split) -> dict[str, Ids]:
    values = _values(split).items()
    return {f"{name}.ratings": one.ratings for name, one in values if one.ratings is not None}


def _in_file(split: Split) -> dict[str, Ids]:
    """Give all that is written, each thing once and nothing that there is not."""
    arrays = _arrays(split) | _rated(split)
    values = _values(split).items()
    arrays |= {f"{name}.times": one.times for name, one in values if one.times is not None}
    for name, group in (("validation", split.validation), ("test", split.test)):
        if group.fold_in is split.train and group.shown_details is split.train_details:
            doubles = [one for one in arrays if one.startswith(f"{name}_in.")]
            arrays = {one: array for one, array in arrays.items() if one not in doubles}
            arrays[f"{name}_in.is_train"] = np.array(True)
        told = {"n_cold": group.n_cold, "n_newcomers": group.n_newcomers}
        arrays |= {f"{name}.{what}": np.array(number) for what, number in told.items() if number}
    return arrays | ({"of_ratings": np.array(True)} if split.of_ratings else {})


def _from_arrays(arrays: dict[str, Ids]) -> Split:
    items = arrays["items"]
    train = _restore(arrays, "train", len(items))
    validation, test = (
        HeldOut.of(
            arrays[f"{name}_users"],
            train
            if f"{name}_in.is_train" in arrays
            else _restore(arrays, f"{name}_in", len(items)),
            _restore(arrays, f"{name}_out", len(items)),
            *(int(arrays.get(f"{name}.{what}", 0)) for what in ("n_cold", "n_newcomers")),
        )
        for name in ("validation", "test")
    )
    rated = "of_ratings" in arrays
    return Split.of(items, arrays["train_users"], train, validation, test, rated)


def _restore(arrays: dict[str, Ids], name: str, n_items: int) -> Details:
    indices, indptr = arrays[f"{name}.indices"], arrays[f"{name}.indptr"]
    ones = np.ones(len(indices), np.float32)
    clicks = canonical(csr_matrix((ones, indices, indptr), shape=(len(indptr) - 1, n_items)))
    ratings, times = (arrays.get(f"{name}.{what}") for what in ("ratings", "times"))
    return Details(clicks, Values(ratings, times))


def _bytes(array: Ids) -> bytes:
    """Content of an array, the same whatever width holds it; types that differ are told apart.

    Whole numbers are written as integers, also where they are stored as 1.0.
    """
    kind = array.dtype.kind
    if kind == "U":
        return b"U" + _text(array)
    if kind == "f" and not ((np.abs(array) < 2**63) & (array == np.floor(array))).all():
        return b"F" + array.astype(np.float64).tobytes()
    if kind not in "biuf" or (kind == "u" and array.max(initial=0) >= 2**63):
        return array.dtype.str.encode() + array.tobytes()
    return array.astype(np.int64).tobytes()


def _text(array: Ids) -> bytes:
    """Put texts one after another with NUL between, and their lengths first where one has it."""
    joined = "\0".join(array.tolist())
    inside = joined.count("\0") - max(0, len(array) - 1)
    lengths = _bytes(np.char.str_len(array)) if inside else b""
    return lengths + joined.encode("utf-8", "surrogatepass")
