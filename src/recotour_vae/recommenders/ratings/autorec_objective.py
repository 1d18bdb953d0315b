"""The network of AutoRec and what it minimises: errors at the ratings that there are.

Row n of a sparse matrix of ratings is what the network reads at a time: a person's ratings, or an
item's. What it gives back is worked out, and compared, only in the cells that are rated.
"""

from typing import Any, Final, Literal, NamedTuple

import numpy as np
from scipy.special import expit

from recotour_vae.arrays.types import Floats, Ints
from recotour_vae.recommenders.ratings.matrix import Ratings, row_means, row_numbers, with_values

HiddenValues = Literal["sigmoid", "binary"]
BiasesStart = Literal["zero", "means"]

START: Final = 0.01  # standard deviation of the first weights
_BLOCK: Final = 2**18  # hidden values of a block of pairs: a larger one leaves the cache


class Weights(NamedTuple):
    """Weights of the network, or their gradients, by the symbols of the paper.

    Attributes
    ----------
    v, w
        (n_inputs, hidden): what leads from each input to the hidden units, and from these to the
        output of the same number.
    mu, b
        (hidden,) and (n_inputs,): biases of the hidden units and of the outputs.
    """

    v: Floats
    mu: Floats
    w: Floats
    b: Floats

    @staticmethod
    def start(given: Ratings, hidden: int, seed: int, biases: BiasesStart = "zero") -> "Weights":
        """Draw weights from N(0, 0.01²), and start the biases.

        Parameters
        ----------
        given
            Ratings, (n_rows, n_inputs).
        biases
            Where those of the outputs start, at zero or the mean rating of the column. A column
            without ratings has no part in the loss, so that it keeps what it is given: the mean of
            all.
        """
        rng, n_inputs = np.random.default_rng(seed), given.shape[1]
        v, w = START * rng.standard_normal((2, n_inputs, hidden))
        columns, mean = given.T.tocsr(), float(given.data.mean())
        b = row_means(columns, mean)
        if biases == "zero":
            b = np.where(np.diff(columns.indptr) > 0, 0.0, mean)
        return Weights(v, np.zeros(hidden), w, b).typed(given.dtype)

    @staticmethod
    def of_vector(vector: Floats, n_inputs: int, hidden: int) -> "Weights":
        """Read what `vector` gave, without copying."""
        shapes = ((n_inputs, hidden), (hidden,), (n_inputs, hidden), (n_inputs,))
        parts = np.split(vector, np.cumsum([np.prod(shape) for shape in shapes])[:-1])
        return Weights(*(part.reshape(s) for part, s in zip(parts, shapes, strict=True)))

    def vector(self) -> Floats:
        """Lay all weights out one after another, in doubles."""
        return np.concatenate([part.ravel() for part in self], dtype=np.float64)

    def typed(self, dtype: Any) -> "Weights":
        """Give them in another precision."""
        return Weights(*(part.astype(dtype, copy=False) for part in self))


def objective(
    weights: Weights, given: Ratings, l2: float, values: HiddenValues = "sigmoid"
) -> tuple[float, Weights]:
    """Sum of squared errors over the ratings, with a penalty on V and W, and its gradient.

    Equation 3 of Sedhain et al. 2015: Σ_rated (r - r̂)² + l2/2 (‖V‖² + ‖W‖²), with
    r̂ = W g(V r + μ) + b.

    Equation `eq-autorec-loss` in family/autorec-deeprec.

    With binary values the outputs read 1[h > 0.5] in place of h = g(V r + μ). Its slope is zero, so
    what is given as gradient is not one: it is worked out from the errors made with the binary
    values as if h itself had been read (a straight-through estimator, also where W is concerned).

    Parameters
    ----------
    given
        Ratings, (n_rows, n_inputs), in the precision of the weights.
    l2
        λ of the paper.
    values
        What of the hidden units the outputs read.
    """
    h = encode(weights, given)  # (n_rows, hidden)
    outputs = decode(weights, read(h, values), row_numbers(given), given.indices)
    errors = with_values(given, outputs - given.data)
    penalty = sum(np.sum(np.square(part), dtype=np.float64) for part in (weights.v, weights.w))
    value = np.sum(np.square(errors.data), dtype=np.float64) + l2 / 2 * penalty
    return float(value), _gradient(weights, given, h, 2 * errors, l2)


def encode(weights: Weights, given: Ratings) -> Floats:
    """Give the hidden units g(V r + μ) of each row of ratings, (n_rows, hidden); g the sigmoid."""
    found: Floats = expit(given.astype(weights.v.dtype, copy=False) @ weights.v + weights.mu)
    return found


def read(h: Floats, values: HiddenValues) -> Floats:
    """Give what the outputs read of the hidden units, (n_rows, hidden)."""
    return (h > 0.5).astype(h.dtype) if values == "binary" else h


def decode(weights: Weights, h: Floats, rows: Ints, columns: Ints) -> Floats:
    """Give the outputs W h + b of some cells only, (n_cells,).

    Parameters
    ----------
    h
        What the outputs read, (n_rows, hidden).
    rows, columns
        (n_cells,).
    """
    found = weights.b[columns]
    step = max(1, _BLOCK // h.shape[1])
    for block in (slice(start, start + step) for start in range(0, len(found), step)):
        found[block] += np.einsum("nh,nh->n", h[rows[block]], weights.w[columns[block]])
    return found


def decode_all(weights: Weights, h: Floats) -> Floats:
    """Give the outputs W h + b, all of them, (n_rows, n_inputs)."""
    found: Floats = h @ weights.w.T + weights.b
    return found


def _gradient(weights: Weights, given: Ratings, h: Floats, slopes: Ratings, l2: float) -> Weights:
    """Take the slopes of the loss at the outputs, (n_rows, n_inputs), back to all weights."""
    inner = (slopes @ weights.w) * h * (1 - h)  # (n_rows, hidden), at V r + μ
    b = np.asarray(slopes.sum(axis=0)).ravel()
    return Weights(
        given.T @ inner + l2 * weights.v, inner.sum(axis=0), slopes.T @ h + l2 * weights.w, b
    )
