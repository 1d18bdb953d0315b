"""Files that are written whole or not at all; arrays and a JSON header in one, without pickle."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from recotour_vae.errors import CheckpointError, ConfigError, RecotourError

Arrays = dict[str, NDArray[Any]]

PARTIAL: Final = ".partial"  # ends the name of a file that is being written

_KEY: Final = "recotour_vae"


def at(path: str | Path) -> Path:
    """Give a path as a person means it: `~` is the home folder, wherever it stands in for one.

    A shell leaves it alone in `--out=~/run`, and nothing does it in Python.

    Raises
    ------
    ConfigError
        When there is no home folder, or nobody of that name.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"{path} begins with ~, and there is no such home folder here; write the path in full."
        ) from error


@contextlib.contextmanager
def whole(
    path: Path, trouble: type[RecotourError] = CheckpointError, lasting: bool = True
) -> Iterator[Path]:
    """Write a file all or nothing: the block writes to the path it is given.

    What it wrote is on the disk before it takes the place of an older file, so that neither a
    kill nor a loss of power leaves half a file. Whatever goes wrong, nothing is left beside it.

    Parameters
    ----------
    path
        Of the file; its folder is made.
    trouble
        What is raised when it cannot be written.
    lasting
        Whether to wait for the disk, some milliseconds; not for what can be made again.

    Raises
    ------
    RecotourError
        Of the kind asked for; an older file of that name is then left as it was.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        if lasting:
            _to_disk(partial)
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        raise trouble(
            f"{path} could not be written ({error}); make room or choose another folder, the "
            "file that was there before is untouched."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
    """Write arrays and a header that JSON can hold, all or nothing.

    Raises
    ------
    CheckpointError
        When the file cannot be written; an older file of that name is then left as it was.
    """
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with whole(path) as partial:
        save_file(contiguous, partial, metadata={_KEY: json.dumps(header)})


def write_text(path: Path, text: str, lasting: bool = True) -> None:
    """Write a text in UTF-8 with its line ends as they are, all or nothing.

    Raises
    ------
    CheckpointError
        When it cannot be written; an older file of that name is then left as it was.
    """
    with whole(path, lasting=lasting) as partial:
        partial.write_bytes(text.encode())


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
        saved = tuple(found[name].shape) if name in found else "nothing"
        ours = tuple(wanted[name].shape) if name in wanted else "nothing"
        if saved != ours:
            raise CheckpointError(
                f"{path} is of another model: its '{name}' is {saved} where this model has "
                f"{ours}; build the model with the settings it was trained with."
            )


def _to_disk(path: Path) -> None:
    """Wait until the disk has it."""
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)
