"""One training at a time in a folder: the claim of a process, gone when the process is."""

import errno
import os
import platform
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from recotour_vae.errors import CheckpointError, DataWarning

LOCK: Final = "training.lock"

# What a file system says that has no locks: network ones, mostly.
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}

# The process and the folder of each claim that is held here, and the thread that holds it.
_HELD: Final[dict[tuple[int, str], int]] = {}


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep a folder to oneself while the block runs; who holds it may claim it again inside.

    The system lets go of the claim when the process ends, however it ends, so that a file left
    by a killed process is in nobody's way. Readers need no claim.

    Parameters
    ----------
    folder
        Made where there is none, and taken away again if the block left nothing in it.

    Raises
    ------
    CheckpointError
        When another process or thread holds it, or nothing can be written there.
    """
    key, me = (os.getpid(), os.path.realpath(folder)), threading.get_ident()
    holder = _HELD.get(key)
    if holder == me:
        yield
        return
    if holder or _HELD.setdefault(key, me) != me:
        raise _taken(folder, "another thread of this process")
    try:
        with _locked(folder):
            yield
    finally:
        del _HELD[key]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    made, lock = _make(folder), FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        _acquire(lock, folder)
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                (folder / LOCK).unlink()  # while it is ours, so that nobody else's is taken away
            lock.release()
        with suppress(OSError):
            for place in made:
                place.rmdir()  # only what is empty goes


def _make(folder: Path) -> list[Path]:
    """Make the folder, and say which folders are new, from the inmost outwards."""
    try:
        new = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error) from error
    return new


def _acquire(lock: FileLock, folder: Path) -> None:
    try:
        lock.acquire()
    except Timeout as error:
        raise _taken(folder, _who(folder / LOCK)) from error
    except OSError as error:
        if error.errno in _NO_LOCKS:
            warnings.warn(_unlocked(folder, error), DataWarning, stacklevel=2)
            return
        raise _no_folder(folder, error) from error
    with suppress(OSError):  # for whoever is refused; the lock holds without it
        (folder / LOCK).write_text(f"{os.getpid()} {platform.node()}\n", encoding="utf-8")


def _who(lock: Path) -> str:
    try:
        process, machine = lock.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return "another process"
    return f"process {process} on {machine}"


def _taken(folder: Path, who: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} is in use: {who} is training there; wait until it has ended, or choose "
        "another folder."
    )


def _no_folder(folder: Path, error: OSError) -> CheckpointError:
    return CheckpointError(
        f"{folder} cannot be used as the folder of a run ({error}); choose another folder."
    )


def _unlocked(folder: Path, error: OSError) -> str:
    return (
        f"the file system of {folder} has no locks ({error}), so nothing keeps a second training "
        "out; start only one"
    )
