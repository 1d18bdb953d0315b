"""Ratings to learn from person by person: what somebody gave, and to which items."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor


class PeopleBatch(NamedTuple):
    """Everything that some people rated, on a device.

    Attributes
    ----------
    ratings
        (n_people, n_items) of single precision, 0 where nobody rated.
    rated
        (n_people, n_items): 1 where somebody rated, also where the rating is 0; else 0.
    """

    ratings: Tensor
    rated: Tensor

    @staticmethod
    def complete(ratings: Tensor) -> "PeopleBatch":
        """Take every cell, (n_people, n_items), for a rating."""
        return PeopleBatch(ratings, torch.ones_like(ratings))


@dataclass(frozen=True)
class RatedPeople:
    """All ratings, of which batches of people are cut; a batch is dense, the whole never.

    Attributes
    ----------
    ratings
        (n_users, n_items).
    device
        Where batches go.
    """

    ratings: csr_matrix
    device: torch.device | str = "cpu"

    def __len__(self) -> int:
        return int(self.ratings.shape[0])

    def cut(self, chosen: NDArray[np.int64]) -> PeopleBatch:
        """Make a batch of some people; see `Units`."""
        rows = self.ratings[chosen]
        ones = csr_matrix((np.ones(rows.nnz), rows.indices, rows.indptr), rows.shape)
        dense = (torch.from_numpy(one.toarray()) for one in (rows, ones))
        return PeopleBatch(*(one.to(self.device, torch.float32) for one in dense))
