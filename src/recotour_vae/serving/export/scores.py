"""A model for a page, scored in Python: what the page computes, from the same numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Arrays
from recotour_vae.serving.export.contents import whole


@dataclass(frozen=True, eq=False)
class WebModel:
    """A model as a page has it.

    Attributes
    ----------
    about
        All that the file says beside its weights: `format`, `name`, `kind`, `title`, `precision`,
        `framework`, `settings`, `made`, `agreement`, `titles`, `items`, `clicks`.
    arrays
        By name, in the numbers that the file's precision left.
    """

    about: Mapping[str, Any]
    arrays: Arrays

    def score(self, clicks: csr_matrix) -> NDArray[np.float64]:
        """Score all items for people given by their clicks, (n_users, n_items) in and out.

        Raises
        ------
        ConfigError, DataError
            When the clicks are on other items, or are none.
        """
        clicks = canonical(clicks, len(self.about["titles"]))
        match self.about["kind"]:
            case "popularity":
                return np.tile(self.arrays["counts"].astype(float), (clicks.shape[0], 1))
            case "ease":
                return np.asarray(clicks @ whole(self.arrays["partial"], self.arrays["roots"]))
            case kind:
                return self._decode(self._encode(clicks, kind))

    def _encode(self, clicks: csr_matrix, kind: str) -> NDArray[np.float64]:
        """Give the code without noise, (n_users, latent): μ of Mult-VAE, z of Mult-DAE."""
        counts = np.maximum(np.asarray(clicks.sum(axis=1)).ravel(), 1)
        x = diags(counts**-0.5) @ clicks.astype(float)
        h: NDArray[np.float64] = np.asarray(x @ self.arrays["first.weight"].astype(float))
        h = h + self.arrays["first.bias"]
        for name in self._layers("encoder"):
            h = self._linear(name, np.tanh(h))
        code: NDArray[np.float64] = np.tanh(h) if kind == "mult-dae" else h[:, : h.shape[1] // 2]
        return code

    def _decode(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take codes (n_users, latent) to logits (n_users, n_items)."""
        *hidden, last = self._layers("decoder")
        for name in hidden:
            z = np.tanh(self._linear(name, z))
        return self._linear(last, z)

    def _linear(self, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        weight = self.arrays[f"{name}.weight"].astype(float)  # (n_out, n_in)
        linear: NDArray[np.float64] = x @ weight.T + self.arrays[f"{name}.bias"]
        return linear

    def _layers(self, part: str) -> list[str]:
        """Name the layers of a part, in their order."""
        numbers = [int(name.split(".")[1]) for name in self.arrays if name.startswith(part)]
        return [f"{part}.{number}" for number in sorted(set(numbers))]
