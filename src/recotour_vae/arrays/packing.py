"""What a recommender learned, dense or sparse, as plain arrays that a file can hold."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from recotour_vae.arrays.types import Arrays

_KINDS: Final = {"csr": csr_matrix, "csc": csc_matrix}
_PARTS: Final = ("data", "indices", "indptr", "shape")


def pack(found: Mapping[str, Any]) -> Arrays:
    """Lay each sparse matrix out as `name.csr.data`, `.indices`, `.indptr` and `.shape`."""
    arrays: Arrays = {}
    for name, value in found.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        else:
            parts = {part: np.asarray(getattr(value, part)) for part in _PARTS}
            arrays |= {f"{name}.{value.format}.{part}": array for part, array in parts.items()}
    return arrays


def unpack(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Put together what `pack` took apart."""
    found: dict[str, Any] = {name: value for name, value in arrays.items() if "." not in name}
    for key in arrays:
        if key.endswith(".data"):
            name, kind, _ = key.rsplit(".", 2)
            data, indices, indptr, shape = (arrays[f"{name}.{kind}.{part}"] for part in _PARTS)
            found[name] = _KINDS[kind]((data, indices, indptr), shape=tuple(shape.tolist()))
    return found
