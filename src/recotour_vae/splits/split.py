"""A split as data: five matrices and the ids of their rows and columns, in memory and on disk."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from recotour_vae.errors import SplitError
from recotour_vae.splits.tables import Ids
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
        Binary clicks, (n_users, n_items), with no click in common.
    """

    users: Ids
    fold_in: csr_matrix
    held_out: csr_matrix


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
    """Content of an array, the same whatever width holds it; text is told from numbers."""
    if array.dtype.kind == "U":
        return b"U" + "\0".join(array.tolist()).encode()
    return array.astype(np.int64).tobytes()
