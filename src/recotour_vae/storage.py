"""Arrays and a JSON header in one safetensors file: no pickle, and never half a file."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from recotour_vae.errors import CheckpointError

Arrays = dict[str, NDArray[Any]]

BEST: Final = "best.safetensors"  # in the folder of a run: the model of its best epoch
LAST: Final = "last.safetensors"  # and all that is needed to go on

_KEY: Final = "recotour_vae"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
    """Write arrays and a header that JSON can hold, all or nothing.

    Raises
    ------
    CheckpointError
        When the file cannot be written; an older file of that name is then left as it was.
    """
    partial = path.with_name(path.name + ".partial")
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(contiguous, partial, metadata={_KEY: json.dumps(header)})
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        raise _not_written(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text, all or nothing.

    Raises
    ------
    CheckpointError
        When it cannot be written; an older file of that name is then left as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: Exception) -> CheckpointError:
    """Leave no half file, and say what happened."""
    with contextlib.suppress(OSError):
        path.with_name(path.name + ".partial").unlink()
    return CheckpointError(
        f"{path} could not be written ({error}); make room or choose another folder, the "
        "file that was there before is untouched."
    )


def read_arrays(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """Read what `write_arrays` wrote.

    Raises
    ------
    CheckpointError
        When there is no such file, it is damaged, or another program wrote it.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads(file.metadata()[_KEY])
            return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no checkpoint at {path}; train a model first.") from error
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is damaged or not one of our checkpoints ({type(error).__name__}: {error}); "
            "restore it from a copy, or train again."
        ) from error


def check_shapes(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Compare the arrays of a checkpoint with those a model has.

    Raises
    ------
    CheckpointError
        Naming the first array that is missing, extra or of another shape.
    """
    for name in sorted(found.keys() | wanted.keys()):
        here = tuple(found[name].shape) if name in found else "nothing"
        there = tuple(wanted[name].shape) if name in wanted else "nothing"
        if here != there:
            raise CheckpointError(
                f"{path} is of another model: its '{name}' is {here} where this model has "
                f"{there}; build the model with the settings it was trained with."
            )


def check_free(folder: Path) -> None:
    """Make sure that a new run may use a folder.

    Raises
    ------
    CheckpointError
        When it already holds one.
    """
    if (folder / LAST).exists():
        raise CheckpointError(
            f"{folder} already holds a run; resume it (--resume), or choose another folder."
        )
