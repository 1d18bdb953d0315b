"""Ratings to learn from one by one: a person, an item, and what the one gave the other."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor


class RatingBatch(NamedTuple):
    """Some ratings, on a device.

    Attributes
    ----------
    users, items
        (n_ratings,) rows and columns.
    ratings
        (n_ratings,) of single precision.
    """

    users: Tensor
    items: Tensor
    ratings: Tensor


@dataclass(frozen=True)
class RatingCells:
    """All ratings on a device, of which batches are cut without leaving it.

    Attributes
    ----------
    cells
        Of all ratings.
    """

    cells: RatingBatch

    @staticmethod
    def of(ratings: csr_matrix, device: torch.device | str = "cpu") -> "RatingCells":
        """Take ratings, (n_users, n_items), to a device; a 0 that is stored is a rating."""
        users = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
        arrays = users, ratings.indices.astype(np.int64), ratings.data.astype(np.float32)
        return RatingCells(RatingBatch(*(torch.from_numpy(one).to(device) for one in arrays)))

    def __len__(self) -> int:
        return len(self.cells.ratings)

    def cut(self, chosen: NDArray[np.int64]) -> RatingBatch:
        """Make a batch of some ratings; see `Units`."""
        take = torch.from_numpy(chosen).to(self.cells.ratings.device, non_blocking=True)
        return RatingBatch(*(one[take] for one in self.cells))
