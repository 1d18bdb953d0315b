"""Arrays and a JSON header in one file, without pickle."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from recotour_vae.arrays.types import Arrays
from recotour_vae.errors import CheckpointError
from recotour_vae.files.whole import whole

_KEY: Final = "recotour_vae"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
    """Write arrays and a header that JSON can hold, all or nothing.

    Raises
    ------
    CheckpointError
        When the file cannot be written; an older file of that name is then left as it was.
    """
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with whole(path) as partial:
        partial.touch()
        mode = partial.stat().st_mode  # as the user's other files have it
        save_file(contiguous, partial, metadata={_KEY: json.dumps(header)})
        partial.chmod(mode)  # safetensors 0.8 lets the owner alone read, whatever the umask


def read_arrays(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """Read what `write_arrays` wrote.

    Raises
    ------
    CheckpointError
        When there is no such file, it is damaged, or another program wrote it.
    """
    with _opened(path) as (file, header):
        return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118


def read_header(path: Path) -> dict[str, Any]:
    """Read the header alone of what `write_arrays` wrote.

    Raises
    ------
    CheckpointError
        As `read_arrays` says.
    """
    with _opened(path) as (_, header):
        return header


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file, dict(json.loads(file.metadata()[_KEY]))
    except FileNotFoundError as error:  # safetensors says so of a file that it may not read, too
        raise CheckpointError(_why_not(path)) from error
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is damaged or not one of our checkpoints ({type(error).__name__}: {error}); "
            "restore it from a copy, or train again."
        ) from error


def _why_not(path: Path) -> str:
    if path.exists():
        return f"{path} may not be read by this user; let its owner run chmod a+r {path}."
    return f"There is no checkpoint at {path}; train a model first."


def check_shapes(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Compare the arrays of a checkpoint with those a model has.

    Raises
    ------
    CheckpointError
        Naming the first array that is missing, extra or of another shape.
    """
    for name in sorted(found.keys() | wanted.keys()):
        saved = tuple(found[name].shape) if name in found else "nothing"
        ours = tuple(wanted[name].shape) if name in wanted else "nothing"
        if saved != ours:
            raise CheckpointError(
                f"{path} is of another model: its '{name}' is {saved} where this model has "
                f"{ours}; build the model with the settings it was trained with."
            )
