"""The split and the titles that a run keeps beside its model, and that they belong to it."""

import warnings
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scipy.sparse import csr_matrix

from recotour_vae.errors import CheckpointError, DataError, DataWarning, SplitError
from recotour_vae.runs.layout import SPLIT, TITLES, Folder
from recotour_vae.runs.titles import read_titles, titles_fingerprint, write_titles
from recotour_vae.splits import HeldOut, Split

Prints = dict[str, str | None]  # the fingerprints of `split` and of `titles`


@dataclass(frozen=True, eq=False)
class RunData:
    """What a folder keeps so that `evaluate` and `recommend` open it.

    Attributes
    ----------
    split
        Whose training and validation users the model is given.
    titles
        Of its columns.
    insist
        Whether a run that is resumed takes these titles where it has others; if not, they are
        for a table that is missing or spoilt.

    Raises
    ------
    DataError
        When there are not as many titles as items.
    """

    split: Split
    titles: tuple[str, ...]
    insist: bool = True

    @staticmethod
    def of(split: Split, titles: Iterable[str] | None = None, insist: bool = True) -> "RunData":
        """Take the raw ids where there are no titles."""
        known = split.items.tolist() if titles is None else titles
        return RunData(split, tuple(map(str, known)), insist and titles is not None)

    def __post_init__(self) -> None:
        if len(self.titles) != self.split.n_items:
            raise DataError(
                f"There are {len(self.titles):,} titles for {self.split.n_items:,} items; give "
                "one for each column of the split, in its order."
            )

    @cached_property
    def prints(self) -> Prints:
        """Fingerprints of both."""
        titles = titles_fingerprint(self.split.items, self.titles)
        return {"split": self.split.fingerprint(), "titles": titles}

    def write(self, folder: Folder, parts: Sequence[str] = (SPLIT, TITLES)) -> None:
        """Write both, or the one that is named.

        Raises
        ------
        SplitError, CheckpointError
            When one cannot be written; an older file is then left as it was.
        """
        if SPLIT in parts:
            self.split.save(folder.split)
        if TITLES in parts:
            write_titles(folder.titles, self.split.items, self.titles)


def describe(train: csr_matrix) -> list[int]:
    """Shape, clicks and checksum of a matrix, to notice that it is another one."""
    digest = zlib.crc32(train.indices.astype("<i8"), zlib.crc32(train.indptr.astype("<i8")))
    return [*train.shape, train.nnz, digest]


def describe_group(group: HeldOut | None) -> list[int] | None:
    """Describe both matrices of some held-out users."""
    return None if group is None else describe(group.fold_in) + describe(group.held_out)


def noted_prints(*headers: Mapping[str, Any]) -> Prints:
    """Find the fingerprints in what a run noted: the first that has one counts."""
    names = ("split", "titles")
    return {name: next((h[name] for h in headers if h.get(name)), None) for name in names}


def read_data(folder: Folder, header: Mapping[str, Any]) -> tuple[Split, tuple[str, ...]]:
    """Read split and titles, and make sure that they are those of the model.

    Parameters
    ----------
    folder
        Of the run.
    header
        Of its best model.

    Raises
    ------
    CheckpointError
        When one is missing or spoilt, or belongs to another run.
    """
    settings = folder.settings()
    if not folder.split.exists():
        raise _lost(folder) if noted_prints(header, settings)["split"] else _without(folder)
    split = _read_split(folder)
    if header["n_items"] != split.n_items:
        raise _mixed(folder, f"knows {header['n_items']} items and {SPLIT} {split.n_items}")
    for source in (header, settings):
        if source.get("split") not in (None, split.fingerprint()):
            raise _mixed(folder, f"belongs to split {source['split']}, not {split.fingerprint()}")
        if source.get("data") not in (None, describe(split.train)):
            raise _mixed(folder, f"was trained on other clicks than those of {SPLIT}")
    return split, _known_titles(folder, split, {header.get("titles"), settings.get("titles")})


def check_same_split(folder: Folder, data: RunData, noted_split: str | None) -> None:
    """Make sure that a run which is resumed goes on with its own split.

    Raises
    ------
    CheckpointError
        When the split is another one, or the file of it is.
    """
    filed = _read_split(folder).fingerprint() if folder.split.exists() else None
    ours, kept = data.prints["split"], noted_split or filed
    if kept not in (None, ours):
        raise CheckpointError(
            f"The run in {folder.path} was made on split {kept}, and these data and settings "
            f"give {ours}; resume with the same --data and split options."
        )
    if filed not in (None, ours):
        raise _mixed(folder, f"belongs to split {kept}, not {filed}")


def what_to_write(
    folder: Folder, data: RunData, noted_titles: str | None
) -> tuple[list[str], Prints]:
    """Say which files a run that goes on has to write again, and the fingerprints from then on.

    Raises
    ------
    CheckpointError
        When the titles are spoilt, and these are not those that the run had.
    """
    missing = [] if folder.split.exists() else [SPLIT]
    try:
        kept = _known_titles(folder, data.split, {noted_titles})
    except CheckpointError:
        if not data.insist and noted_titles not in (None, data.prints["titles"]):
            raise
        return [*missing, TITLES], data.prints
    theirs = titles_fingerprint(data.split.items, kept)
    if data.insist and theirs != data.prints["titles"]:
        return [*missing, TITLES], data.prints
    return missing, data.prints | {"titles": theirs}


def warn_rewritten(folder: Folder, parts: Iterable[str]) -> None:
    """Note what was written again."""
    for name in parts:
        what = "is there again" if name == SPLIT else "has the titles given now"
        warnings.warn(f"{folder.path / name} {what}", DataWarning, stacklevel=2)


def _read_split(folder: Folder) -> Split:
    try:
        return Split.load(folder.split)
    except SplitError as error:
        raise CheckpointError(str(error)) from error


def _known_titles(folder: Folder, split: Split, known: set[str | None]) -> tuple[str, ...]:
    titles = read_titles(folder.titles, split.items.tolist())
    if known - {None} and titles_fingerprint(split.items, titles) not in known:
        raise CheckpointError(
            f"{folder.titles} is not the table that the run wrote; give the titles again, with "
            "--resume --titles FILE or runs.keep_data in Python."
        )
    return titles


def _without(folder: Folder) -> CheckpointError:
    path = folder.path
    return CheckpointError(
        f"{path} holds a model and no {SPLIT}, as Trainer.fit leaves it, which sees matrices only; "
        f"in Python, recotour_vae.runs.keep_data({str(path)!r}, split, titles) adds what it was "
        "trained on (and Trainer.fit_split keeps it from the start)."
    )


def _lost(folder: Folder) -> CheckpointError:
    return CheckpointError(
        f"{folder.split} is missing; the command that trained the run writes it again with "
        "--resume, and runs.keep_data does so in Python."
    )


def _mixed(folder: Folder, what: str) -> CheckpointError:
    return CheckpointError(
        f"The model in {folder.path} {what}: they are of different runs, so bring back the files "
        "of one, or train again in an empty folder."
    )
