"""The number of the format that our files carry; what later code wrote is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from recotour_vae.arrays.types import Arrays
from recotour_vae.errors import CheckpointError
from recotour_vae.files.arrays import read_arrays, read_header, write_arrays

# 1: no number; the header of the best model says nothing of its clicks.
# 2: best, last and settings say which clicks, split and titles they belong to.
# 3: they name the recommender, which may be any of the registry.
# 4: settings of a network's loss stand with the network's, where they stood with the training's.
FORMAT: Final = 4


def write_numbered(path: Path, arrays: Mapping[str, NDArray[Any]], header: dict[str, Any]) -> None:
    """Write arrays and a header with the number of the format, all or nothing.

    Raises
    ------
    CheckpointError
        As `write_arrays` says.
    """
    write_arrays(path, arrays, {"format": FORMAT} | header)


def read_numbered(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """Read arrays and header of any format that there has been.

    Raises
    ------
    CheckpointError
        As `read_arrays` says, and when the format is a later one.
    """
    numbered_header(path)
    return read_arrays(path)


def numbered_header(path: Path) -> dict[str, Any]:
    """Read the header alone.

    Raises
    ------
    CheckpointError
        As `read_numbered` says.
    """
    header = read_header(path)
    check_format(path, header)
    return header


def check_format(path: Path, header: Mapping[str, Any]) -> None:
    """Refuse what later code wrote, which may mean something else.

    Raises
    ------
    CheckpointError
        Saying which format it is.
    """
    number = header.get("format", 1)
    if not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise CheckpointError(
            f"{path} has format {number}, and this version of recotour-vae reads formats 1 to "
            f"{FORMAT}; install a newer version."
        )
