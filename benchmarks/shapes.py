"""Click matrices of any shape, drawn: Zipf items, log-normal users, seeded."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

FEWEST = 5  # clicks a user, as in the protocol
ROUNDS = 20  # of drawing again what was drawn twice


@dataclass(frozen=True)
class Shape:
    """How large a data set's training matrix is.

    Attributes
    ----------
    users, items, clicks
        Rows, columns and ones of the matrix.
    """

    users: int
    items: int
    clicks: int


# MovieLens after the protocol of Liang et al. (2018); Amazon Movies & TV, 5-core of 2014, whole.
SHAPES: Final = {
    "ML-1M": Shape(4_834, 3_497, 462_827),
    "ML-20M": Shape(116_677, 20_108, 8_450_000),
    "Amazon Movies": Shape(123_960, 50_052, 1_697_533),
}


def draw_clicks(shape: Shape, seed: int = 0) -> csr_matrix:
    """Draw a binary matrix of about that many clicks, (users, items).

    A user's number of clicks is log-normal with a deviation of 1, an item's chance goes as
    1 / (place + 20): Zipf's law with a head as flat as that of MovieLens. Columns are shuffled.
    """
    rng = np.random.default_rng(seed)
    wanted, chance = _user_counts(shape, rng), np.cumsum(1 / np.arange(21, shape.items + 21))
    place = rng.permutation(shape.items)
    found = np.empty(0, np.int64)  # user * items + item, sorted
    for _ in range(ROUNDS):
        missing = wanted - np.bincount(found // shape.items, minlength=shape.users)
        user = np.repeat(np.arange(shape.users), missing)
        item = place[np.searchsorted(chance, rng.random(len(user)) * chance[-1])]
        found = np.unique(np.concatenate([found, user * shape.items + item]))
    return _to_csr(found, shape)


def _user_counts(shape: Shape, rng: np.random.Generator) -> NDArray[np.int64]:
    """Clicks wanted of each user, (users,), at most a quarter of the catalogue."""
    drawn = rng.lognormal(0, 1, shape.users)
    scaled = drawn * (shape.clicks / drawn.sum())
    return np.clip(scaled.round().astype(np.int64), FEWEST, shape.items // 4)


def _to_csr(found: NDArray[np.int64], shape: Shape) -> Any:
    starts = np.searchsorted(found, np.arange(shape.users + 1) * shape.items)
    ones = np.ones(len(found), np.float32)
    parts = (ones, (found % shape.items).astype(np.int32), starts.astype(np.int32))
    return csr_matrix(parts, (shape.users, shape.items))
