"""A vector for somebody who was not trained on: the likeliest, given their few ratings."""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from scipy.special import expit

from recotour_vae.arrays.types import Floats
from recotour_vae.recommenders.ratings.matrix import Ratings

_STEPS: Final = 20  # of Gauss and Newton; a handful is enough where ratings are few
_HALVINGS: Final = 8
_SMALL: Final = 1e-6  # fall of the objective below which it has ended


class Prior(NamedTuple):
    """What is thought of somebody before they rate: a normal distribution of vectors.

    Attributes
    ----------
    mean
        (d,).
    precision
        (d, d): the inverse of the covariance, times the variance of the errors of ratings.
    """

    mean: Floats
    precision: Floats

    @staticmethod
    def of(vectors: Floats, variance: float) -> "Prior":
        """Take it from those who were trained on.

        Parameters
        ----------
        vectors
            (n_users, d).
        variance
            Mean squared error of their ratings.
        """
        mean = vectors.mean(axis=0)
        apart = vectors - mean
        spread = apart.T @ apart / len(vectors)  # (d, d)
        floor = 1e-3 * max(float(np.trace(spread)) / len(spread), 1e-12)  # so that it can be turned
        return Prior(mean, variance * np.linalg.inv(spread + floor * np.eye(len(spread))))


class Reading(NamedTuple):
    """How a vector becomes ratings: low + (high - low) · σ(X w + c), or X w + c without limits.

    Attributes
    ----------
    x
        (n_items, d).
    c
        (n_items,).
    limits
        (2,); not numbers where there are none.
    """

    x: Floats
    c: Floats
    limits: Floats

    def of(self, items: Floats) -> "Reading":
        """Take some items."""
        return Reading(self.x[items], self.c[items], self.limits)

    def rates(self, w: Floats) -> tuple[Floats, Floats]:
        """Give ratings, (n_items,), and their slopes in w, (n_items, d)."""
        raw, (low, high) = self.x @ w + self.c, self.limits
        if np.isnan(low):
            return raw, self.x
        s = expit(raw)
        return low + (high - low) * s, ((high - low) * s * (1 - s))[:, None] * self.x


def likeliest(shown: Ratings, reading: Reading, prior: Prior) -> Floats:
    """Find each person's vector, (n_people, d), by steps of Gauss and Newton.

    It minimises Σ (r - r̂(w))² + (w - m)ᵀ P (w - m) over the ratings that are shown, m and P the
    prior's: the maximum of the posterior where errors and vectors are normal, which is the reading
    of regularised matrix factorisation in Salakhutdinov and Mnih (2008). Who rated nothing is m.

    Equation `eq-embeddings-newcomer` in family/embeddings.

    Parameters
    ----------
    shown
        (n_people, n_items).
    reading
        Of all items.
    prior
        Of people.
    """
    starts = shown.indptr
    rows = [slice(a, b) for a, b in pairwise(starts)]
    found = [_one(shown.data[row], reading.of(shown.indices[row]), prior) for row in rows]
    return np.array(found).reshape(-1, len(prior.mean))


def _one(ratings: Floats, reading: Reading, prior: Prior) -> Floats:
    w, value = prior.mean, _objective(prior.mean, ratings, reading, prior)
    for _ in range(_STEPS):
        step = _step(w, ratings, reading, prior)
        for _ in range(_HALVINGS):
            new = _objective(w + step, ratings, reading, prior)
            if new <= value:
                break
            step = step / 2
        else:
            return w
        w, fallen, value = w + step, value - new, new
        if fallen < _SMALL:
            break
    return w


def _objective(w: Floats, ratings: Floats, reading: Reading, prior: Prior) -> float:
    errors, apart = ratings - reading.rates(w)[0], w - prior.mean
    return float(errors @ errors + apart @ prior.precision @ apart)


def _step(w: Floats, ratings: Floats, reading: Reading, prior: Prior) -> Floats:
    predicted, slopes = reading.rates(w)
    down = slopes.T @ (ratings - predicted) - prior.precision @ (w - prior.mean)
    found: Floats = np.linalg.solve(slopes.T @ slopes + prior.precision, down)
    return found
