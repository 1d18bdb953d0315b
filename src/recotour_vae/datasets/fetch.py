"""Fetch a published file into the cache, whole and checked, or leave nothing behind.

pooch downloads to a temporary file in the cache, compares the hash, and only then gives the file
its name; whatever goes wrong, the temporary file is removed. What is added here is a sentence for
each kind of trouble.
"""

import gzip
import logging
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from recotour_vae.datasets.registry import Published
from recotour_vae.errors import ChecksumError, DownloadError
from recotour_vae.errors import StorageError as StorageError
from recotour_vae.runtime.progress import is_watched

with warnings.catch_warnings():  # in a notebook without ipywidgets tqdm warns as it is imported
    warnings.simplefilter("ignore")
    import pooch

CONNECT_SECONDS = 10  # a host that cannot be reached must not keep anybody waiting
READ_SECONDS = 60
CHUNK_BYTES = 1 << 18


def cache_folder(cache: Path | None) -> Path:
    """Return the folder of the downloads: the argument, else RECOTOUR_CACHE, else the system's.

    Raises
    ------
    StorageError
        When it would be in a home folder, and there is none.
    """
    folder = cache or os.environ.get("RECOTOUR_CACHE")
    try:
        return Path(folder or pooch.os_cache("recotour-vae")).expanduser().resolve()
    except RuntimeError as error:  # a user without an entry, as in many a container
        where = f"is in {folder}" if folder else "would be in it"
        raise StorageError(
            f"There is no home folder here, and the cache of downloads {where}; name another "
            "folder with RECOTOUR_CACHE or cache=..."
        ) from error


def fetch(entry: Published, folder: Path, progress: bool | None = None) -> Path:
    """Return the path of the checked file, downloading it when the cache has no good copy.

    Parameters
    ----------
    entry : Published
        What to fetch.
    folder : Path
        The cache; made when it does not exist.
    progress : bool, optional
        Show a progress bar. By default only where a person watches.

    Raises
    ------
    DownloadError
        No network, a refusal by the server, or a cache that cannot be written.
    ChecksumError
        What arrived is not what was published.
    """
    path = folder / entry.file
    with _in_one_sentence(entry, path), _quiet_pooch():
        pooch.retrieve(
            entry.url,
            known_hash=entry.checksum,
            fname=entry.file,
            path=folder,
            downloader=_Download(entry, is_watched() if progress is None else progress),
        )
    return path


class _Download:
    """pooch's download over HTTP, and the count of lines where no checksum is published."""

    def __init__(self, entry: Published, progress: bool) -> None:
        self.entry = entry
        self.http = pooch.HTTPDownloader(
            progressbar=progress,
            chunk_size=CHUNK_BYTES,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            headers={"Accept-Encoding": "identity"},  # the archive as it lies there, not unpacked
        )

    def __call__(self, url: str, output_file: str, manager: object) -> None:
        self.http(url, output_file, manager)
        if self.entry.checksum is None:
            _check_rows(Path(output_file), self.entry.rows)


def _check_rows(path: Path, rows: int) -> None:
    try:
        with gzip.open(path, "rb") as lines:
            found = sum(1 for _ in lines)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError("it is not a complete gzip file") from error
    if found != rows:
        raise ValueError(f"it has {found:,} reviews where {rows:,} were published")


def cannot_store(what: str, folder: Path, error: OSError) -> StorageError:
    """Say that the disk or the folder, and not the source, is the trouble."""
    first = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return StorageError(
        f"{what} could not be written to {folder} ({first.strerror or first}); free some space "
        "there, or name another folder with RECOTOUR_CACHE or cache=..."
    )


@contextmanager
def _in_one_sentence(entry: Published, path: Path) -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:  # an OSError too, so it is asked first
        raise DownloadError(_not_fetched(entry, path, _reason(error))) from error
    except ValueError as error:  # pooch's word for a hash that differs
        reason = "its checksum differs" if entry.checksum else str(error)
        raise ChecksumError(
            _not_fetched(entry, path, f"what arrived is another file: {reason}")
        ) from error
    except OSError as error:
        raise cannot_store(entry.file, path.parent, error) from error


def _not_fetched(entry: Published, path: Path, reason: str) -> str:
    damaged = "the copy in the cache is damaged, and " if path.exists() else ""
    return (
        f"{damaged}{entry.name} could not be fetched from {entry.url} ({reason}); try again later, "
        f"or save the file by hand in the folder {path.parent} under the name {path.name}"
    )


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off in the middle of the file"
    return "no connection to the server"


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep pooch's own notes off the screen: they would end up in the pages of the book."""

    def matters(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING

    # A filter and not a level: pooch's logger stands outside logging's tree, where a changed level
    # is not noticed once a message has passed.
    logger = pooch.get_logger()
    logger.addFilter(matters)
    try:
        yield
    finally:
        logger.removeFilter(matters)
