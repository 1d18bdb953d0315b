"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from safetensors import SafetensorError

from recotour_vae.errors import CheckpointError, ConfigError, RecotourError

PARTIAL: Final = ".partial"  # ends the name of a file that is being written


def expanded(path: str | Path) -> Path:
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


def write_text(path: Path, text: str, lasting: bool = True) -> None:
    """Write a text in UTF-8 with its line ends as they are, all or nothing.

    Raises
    ------
    CheckpointError
        When it cannot be written; an older file of that name is then left as it was.
    """
    with whole(path, lasting=lasting) as partial:
        partial.write_bytes(text.encode())


def _to_disk(path: Path) -> None:
    """Wait until the disk has it."""
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)
