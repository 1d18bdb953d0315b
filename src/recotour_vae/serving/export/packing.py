"""Arrays as text, in fewer bytes than they are computed in.

`float16` keeps 11 bits of each number. `int8` keeps a byte: the signed square root of the number
as a share of the largest of its row, in steps of a 127th, so that small weights, which are many,
are not all rounded to zero. The bytes are little-endian and stand in base64.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from recotour_vae.arrays.types import Floats
from recotour_vae.errors import ConfigError

Precision = Literal["float32", "float16", "int8"]

STEPS: Final = 127  # of a signed byte


def packed(array: Floats, precision: Precision) -> dict[str, Any]:
    """Write an array as what JSON can hold.

    Parameters
    ----------
    array
        Of any shape; in `int8` the last axis is a row with a largest number of its own.
    precision
        That its numbers are kept in.

    Raises
    ------
    ConfigError
        When a number is too large for `float16`, or is none.

    Examples
    --------
    >>> packed(np.array([1.0, -0.5]), "float16")
    {'shape': [2], 'type': 'float16', 'data': 'ADwAuA=='}
    """
    _check_range(array, precision)
    entry: dict[str, Any] = {"shape": list(array.shape), "type": precision}
    if precision != "int8":
        return entry | {"data": _text(array.astype(f"<f{4 if precision == 'float32' else 2}"))}
    levels, largest = _to_bytes(array)
    return entry | {"data": _text(levels), "largest": _text(largest.astype("<f4"))}


def unpacked(entry: Mapping[str, Any]) -> NDArray[np.float32]:
    """Read an array that `packed` wrote, in the numbers that are left."""
    raw = base64.b64decode(entry["data"])
    if entry["type"] != "int8":
        kind = "<f4" if entry["type"] == "float32" else "<f2"
        return np.frombuffer(raw, kind).astype(np.float32).reshape(entry["shape"])
    largest = np.frombuffer(base64.b64decode(entry["largest"]), "<f4")  # (n_rows,)
    share = np.frombuffer(raw, np.int8).reshape(len(largest), -1).astype(np.float32) / STEPS
    whole: NDArray[np.float32] = (np.sign(share) * share**2 * largest[:, None]).astype(np.float32)
    return whole.reshape(entry["shape"])


def _to_bytes(array: Floats) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Give the signed roots of each row's numbers as bytes, and its largest number, (n_rows,)."""
    rows = array.reshape(-1, array.shape[-1])
    largest = np.abs(rows).max(axis=1).astype(np.float32)
    share = np.abs(rows) / np.where(largest > 0, largest, 1)[:, None]
    levels = np.sign(rows) * np.sqrt(np.minimum(share, 1))
    return np.rint(STEPS * levels).astype(np.int8), largest


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _check_range(array: Floats, precision: Precision) -> None:
    if not np.isfinite(array).all():
        raise ConfigError("The model has weights that are not numbers; train it again.")
    if precision == "float16" and np.abs(array).max(initial=0) > np.finfo(np.float16).max:
        raise ConfigError("The model has weights that float16 cannot hold; ask for int8.")
