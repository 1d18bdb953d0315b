"""How much memory may still be taken: the machine's, or what its container leaves of it."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from recotour_vae.errors import NotEnoughMemoryError

GIB = 2**30

# Said by PyTorch on the CPU, and by it and MXNet on a GPU; their errors are RuntimeErrors.
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory")


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes that can be taken without swapping; None where the system does not say.

    Parameters
    ----------
    root
        Where `proc` and `sys` hang, for tests.
    """
    found = [free for free in (_machine(root), *_groups(root)) if free is not None]
    return max(0, min(found)) if found else None


def lack_of_memory(error: BaseException) -> NotEnoughMemoryError | None:
    """Put an error into a sentence where it says that memory ran out, whichever library said it."""
    message = str(error)
    if not _is_memory_error(error, message.lower()):
        return None
    reason = f" ({' '.join(message.split())[:200]})" if message else ""
    return NotEnoughMemoryError(
        f"There is not enough memory for this{reason}; close other programs, take a smaller "
        "--batch-size or fewer items, or use a larger machine."
    )


def _is_memory_error(error: BaseException, message: str) -> bool:
    if isinstance(error, OSError):  # whose text may be a file's name
        return error.errno == errno.ENOMEM
    named = isinstance(error, RuntimeError) and any(text in message for text in _OUT_OF_MEMORY)
    return named or isinstance(error, MemoryError)


def _machine(root: Path) -> int | None:
    free = _field(root / "proc/meminfo", "MemAvailable:")
    return _from_sysconf() if free is None else free * 1024  # the file counts in KiB


def _from_sysconf() -> int | None:
    for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):  # macOS knows only the second
        try:
            return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):  # no such call, name or answer
            continue
    return None


def _groups(root: Path) -> Iterator[int | None]:
    """Room in each control group of this process, from its own up to the outermost."""
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        top = root / "sys/fs/cgroup" / controllers
        names = ("limit_in_bytes", "usage_in_bytes") if controllers else ("max", "current")
        inside = PurePosixPath(path.lstrip("/"))
        for group in (inside, *inside.parents):
            yield _room(top / group, *names)


def _room(group: Path, limit_name: str, usage_name: str) -> int | None:
    limit, usage = (_text(group / f"memory.{name}") for name in (limit_name, usage_name))
    if limit is None or usage is None or limit.strip() == "max":
        return None
    # Files that were read and not lately used count as used, and are given up when room is needed.
    return int(limit) - int(usage) + (_field(group / "memory.stat", "inactive_file") or 0)


def _field(path: Path, name: str) -> int | None:
    rows = (line.split() for line in (_text(path) or "").splitlines())
    return next((int(row[1]) for row in rows if row and row[0] == name), None)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
