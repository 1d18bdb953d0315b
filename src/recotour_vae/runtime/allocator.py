"""Keep large buffers instead of giving them back to the system at every step.

A training step makes and drops arrays of tens of megabytes. Above 32 MB the C library of Linux
takes such an array from the system and returns it when it is dropped; the next one comes back
page by page, each page cleared when it is first touched: ten thousand page faults for one array
of logits at the size of MovieLens-20M. Told to keep what it was given, the library reuses the
same memory; results/bench-step.csv says what that saves.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4  # names of mallopt(3), <malloc.h>
_KEEP: Final = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1}
# What glibc's own adjustment arrives at once a large array has been dropped.
_DEFAULTS: Final = {_MMAP_MAX: 65_536, _MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20}
_USER_VARIABLES: Final = ("MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")

_holders = 0  # how many of us are inside


@contextmanager
def large_buffers_kept() -> Iterator[bool]:
    """Reuse large arrays inside the block, and give all that is free back after it.

    The setting is the process's, so arrays made by NumPy, PyTorch and MXNet are kept alike. It
    does nothing where the C library is not glibc, and leaves alone what the user has set through
    `MALLOC_MMAP_MAX_`, `MALLOC_TRIM_THRESHOLD_` or `GLIBC_TUNABLES`. Blocks may be nested.

    Yields
    ------
    bool
        Whether buffers are kept by us.
    """
    global _holders
    library = c_library()
    ours = library is not None and not any(name in os.environ for name in _USER_VARIABLES)
    if ours and not _holders:
        _set(library, _KEEP)
    _holders += ours
    try:
        yield ours
    finally:
        _holders -= ours
        if ours and not _holders:
            _set(library, _DEFAULTS)
            library.malloc_trim(0)


def give_back_free() -> None:
    """Inside such a block, give what is free at this moment back to the system.

    Small arrays come to lie in the room of large ones, which then need room elsewhere: without
    this, the memory of a process creeps up over hundreds of updates.
    """
    if _holders:
        c_library().malloc_trim(0)


def c_library() -> Any:
    """Give the C library of this process, or None where it has no mallopt."""
    try:
        library = ctypes.CDLL(None)
        return library if library.gnu_get_libc_version and library.mallopt else None
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return None


def _set(library: Any, options: dict[int, int]) -> None:
    for name, value in options.items():
        library.mallopt(name, value)
