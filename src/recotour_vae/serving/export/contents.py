"""Which arrays of a model somebody needs who scores items with it, and no other."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recotour_vae.arrays.types import Arrays, Floats
from recotour_vae.errors import ConfigError
from recotour_vae.runs import Run

# Short vectors cost little, and an error in one is an error in every score.
EXACT: Final = ("bias", "roots", "counts")


def contents(run: Run) -> Arrays:
    """Give the arrays of a run's model, by name.

    Of a network they are its parameters, by their names in PyTorch. Of EASE they are `halved`; of
    popularity, `counts` alone.

    Raises
    ------
    ConfigError
        When it is of another kind, naming those that there are.
    """
    if run.name not in _KINDS:
        *most, last = _KINDS
        raise ConfigError(
            f"A page cannot compute {run.name}; what it can is {', '.join(most)} and {last}."
        )
    return _KINDS[run.name](run.model)


def is_exact(name: str) -> bool:
    """Tell whether an array is short, and kept as it is."""
    return name.rpartition(".")[2] in EXACT


def halved(weights: Floats) -> Arrays:
    """Write EASE's weights, (n_items, n_items), in half as many numbers.

    A weight is B_ij = -P_ij / P_jj = r_ij (P_ii / P_jj)^½ with partial correlations r_ij that are
    symmetric: r_ij² = B_ij B_ji.

    Returns
    -------
    dict
        `partial`, (n (n - 1) / 2,): r above the diagonal, row by row; `roots`, (n_items,): the
        square roots of P_ii, up to a common factor.
    """
    above = np.triu_indices(len(weights), 1)
    size = np.sqrt(np.abs(weights * weights.T))[above]
    partial = np.sign(weights[above]) * size
    return {"partial": partial.astype(np.float32), "roots": _roots(weights)}


def whole(partial: Floats, roots: Floats) -> NDArray[np.float64]:
    """Give the weights, (n_items, n_items), of what `halved` wrote."""
    n_items = len(roots)
    correlations = np.zeros((n_items, n_items))
    correlations[np.triu_indices(n_items, 1)] = partial
    exact = roots.astype(float)
    weights: NDArray[np.float64] = (correlations + correlations.T) * (exact[:, None] / exact)
    return weights


def _roots(weights: Floats) -> NDArray[np.float32]:
    """Find the roots from B_ij / B_ji = P_ii / P_jj, from item to item by the strongest tie.

    Nothing ties an item that nobody clicked to the others, and any root will do for it.
    """
    n_items = len(weights)
    ties = np.abs(weights * weights.T).astype(float)
    logs, strength, via = np.zeros(n_items), np.zeros(n_items), np.zeros(n_items, int)
    left = np.ones(n_items, bool)
    for _ in range(n_items):
        item = int(np.argmax(np.where(left, strength, -1)))
        if strength[item] > 0:
            there, back = float(weights[item, via[item]]), float(weights[via[item], item])
            logs[item] = logs[via[item]] + np.log(there / back)
        left[item] = False
        better = ties[item] > strength
        strength[better], via[better] = ties[item][better], item
    roots: NDArray[np.float32] = np.exp(logs / 2).astype(np.float32)
    return roots


_KINDS: Final[dict[str, Callable[[Any], Arrays]]] = {
    "mult-vae": lambda model: model.arrays(),
    "mult-dae": lambda model: model.arrays(),
    "ease": lambda model: halved(model.weights),
    "popularity": lambda model: {"counts": model.counts},
}
