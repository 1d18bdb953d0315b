"""What benchmarks share: the memory of a process, what they ran with, and a table for people."""

import re
import resource
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd


def memory_mib(name: str = "VmHWM") -> float:
    """Memory of this process in MiB: its peak, or what it has now (VmRSS, on Linux only).

    On Linux /proc is read, which starts anew with a program; `getrusage` would carry on the peak
    of whoever started it.
    """
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(rf"{name}:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def versions(packages: Iterable[str]) -> str:
    """Name those of the packages that are installed, each with its version."""
    found = []
    for name in packages:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return " ".join(found)


def write(table: pd.DataFrame, path: Path) -> None:
    """Keep a table, and show it without the versions."""
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False)
    print(table.drop(columns="versions", errors="ignore").to_string(index=False, na_rep=""))
    print(f"Written to {path}.")
