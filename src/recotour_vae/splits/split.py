"""A split as data: five matrices and the ids of their rows and columns, in memory and on disk."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.click_matrix import canonical
from recotour_vae.errors import SplitError
from recotour_vae.splits.tables import Ids, plain_ids
from recotour_vae.storage import at, whole

# 1: no number; five binary matrices by their indices, and the ids of rows and columns.
# 2: the same, with the number.
FORMAT: Final = 2

PARTS: Final = ("train", "validation_in", "validation_out", "test_in", "test_out")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Users kept away from training: what the model is shown, and what it must predict.

    Attributes
    ----------
    users
        Raw user ids, one a row.
    fold_in, held_out
        Clicks, (n_users, n_items), with none in common. Whatever they are given as, here they
        are canonical.

    Raises
    ------
    DataError
        When a matrix is not one of clicks.
    SplitError
        When shapes and ids do not fit one another, or a click is both shown and asked for.
    """

    users: Ids
    fold_in: csr_matrix
    held_out: csr_matrix

    def __post_init__(self) -> None:
        object.__setattr__(self, "users", plain_ids(self.users))
        fold_in = canonical(self.fold_in, where="The fold-in matrix")
        held_out = canonical(self.held_out, fold_in.shape[1], "The held-out matrix")
        object.__setattr__(self, "fold_in", fold_in)
        object.__setattr__(self, "held_out", held_out)
        _check_ids("fold-in", fold_in.shape[0], "user", self.users)
        _check_ids("held-out", held_out.shape[0], "user", self.users)
        _check_disjoint(self)


@dataclass(frozen=True, eq=False)
class Split:
    """A strong-generalisation split; every model of a comparison gets the same object.

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

    Raises
    ------
    DataError
        When the training matrix is not one of clicks, or not on these items.
    SplitError
        When shapes and ids do not fit one another.

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

    def __post_init__(self) -> None:
        for name in ("items", "train_users"):
            object.__setattr__(self, name, plain_ids(getattr(self, name)))
        object.__setattr__(self, "train", canonical(self.train, where="The training matrix"))
        _check_ids("training", self.train.shape[0], "user", self.train_users)
        for name, matrix in zip(PARTS, _matrices(self), strict=True):
            _check_ids(name, matrix.shape[1], "item", self.items)

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
        """Write the split as one `.npz` file and give its path.

        Raises
        ------
        SplitError
            When the file cannot be written; an older one of that name is then left as it was.
        """
        path = _npz(path)
        with whole(path, SplitError) as partial, partial.open("wb") as file:
            np.savez(file, format=np.array(FORMAT), **_arrays(self))
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
    path = at(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


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
