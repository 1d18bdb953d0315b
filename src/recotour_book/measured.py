"""Run a notebook in a process of its own, and say what it took: time, memory, device, files.

The kernel is that process. It runs a copy of the notebook with a cell before the first, from which
on Python tells of each file that is opened (`watch`), and one behind the last, which asks the
process about itself (`tell`). Both are lines that leave no name behind in the notebook. What other
processes took that a notebook starts is not counted.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from recotour_vae.errors import ExperimentError

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

MEGABYTE: Final = 1e6
SECONDS: Final = 600  # that a cell may take, as in book/execute.py
WRITES: Final = os.O_WRONLY | os.O_RDWR
_read: set[str] = set()  # files that this process has opened to read


@dataclass(frozen=True)
class Measured:
    """What one run of a notebook took.

    Attributes
    ----------
    seconds
        From before its process starts until after it has ended.
    peak_mb
        The most memory that the process had at a time, in millions of bytes.
    device
        Where it computed: `cpu`, or the name of the GPU that it used.
    files
        Paths of the files that it opened to read, in the folders that were watched.
    """

    seconds: float
    peak_mb: float
    device: str
    files: tuple[str, ...]


def measure(path: Path, folders: Iterable[Path] = ()) -> Measured:
    """Run a copy of a notebook in the folder where it lies; nothing is stored in it.

    Parameters
    ----------
    path
        Of the notebook.
    folders
        To be watched: which of their files are read?

    Raises
    ------
    ExperimentError
        When a cell raises an error, takes ten minutes, or ends the process.
    """
    import nbformat

    with TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        notebook.cells = _watched(notebook.cells, map(str, folders), told)
        start = perf_counter()
        _execute(notebook, path)
        seconds = perf_counter() - start
        found = json.loads(told.read_text(encoding="utf-8"))
    return Measured(seconds, found["peak_mb"], found["device"], tuple(found["files"]))


def _watched(
    cells: "list[NotebookNode]", folders: Iterable[str], told: Path
) -> "list[NotebookNode]":
    """Put a cell before the first one, which watches, and one behind the last, which tells."""
    from nbformat.v4 import new_code_cell

    ours = f"__import__({__name__!r}, fromlist=['watch'])"
    lines = f"{ours}.watch({', '.join(map(repr, folders))})", f"{ours}.tell({str(told)!r})"
    first, last = (new_code_cell(line) for line in lines)  # type: ignore[no-untyped-call]
    return [first, *cells, last]


def _execute(notebook: "NotebookNode", path: Path) -> None:
    """Run the cells, and say in a sentence which one stops."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources=place,
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        why = f"{error.ename}: {' '.join(error.evalue.split())}"
        raise _stopped(path, client, why) from error
    except CellTimeoutError as error:
        raise _stopped(path, client, f"it takes more than {SECONDS} seconds") from error
    except DeadKernelError as error:
        raise _stopped(path, client, "its process ended") from error


def _stopped(path: Path, client: "NotebookClient", why: str) -> ExperimentError:
    number = client.code_cells_executed - 1  # ours comes before its first
    return ExperimentError(
        f"{path.name} stopped in its code cell {number} ({why}); run it from top to bottom in "
        "JupyterLab, and mend that cell."
    )


# Called in the kernel.


def watch(*folders: str) -> None:
    """Note from now on which files in some folders this process opens to read."""
    below = tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path, _, flags = arguments
            place = os.path.realpath(os.fsdecode(path))
            if place.startswith(below) and not flags & WRITES:
                _read.add(place)

    sys.addaudithook(note)


def tell(told: str) -> None:
    """Write down what this process has taken until now."""
    found = {"peak_mb": peak_mb(), "device": device()}
    found["files"] = sorted(path for path in _read if os.path.isfile(path))
    Path(told).write_text(json.dumps(found), encoding="utf-8")


def peak_mb() -> float:
    """Most memory that this process has had at a time, in millions of bytes.

    On Linux that is VmHWM in /proc, which starts anew with a program; the count of `getrusage`
    would begin with that of whoever started it.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) * 1024 / MEGABYTE
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def device() -> str:
    """Name the GPU that PyTorch has begun to use in this process; `cpu` where there is none."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return str(torch.cuda.get_device_name())
    return "cpu"
