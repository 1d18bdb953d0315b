"""Clicks as the list of what each user clicked: never a dense matrix, and cut on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from recotour_vae.models.config import checked_clicks


@dataclass(frozen=True)
class ClickBatch:
    """Rows of a binary click matrix in compressed form, on a device.

    Attributes
    ----------
    items
        (n_clicks,) column of each click, user after user.
    starts
        (n_users,) where each user's clicks begin in `items`.
    users
        (n_clicks,) row of each click.
    counts
        (n_users,) clicks of each user, N_u in the chapters, as floats.
    """

    items: Tensor
    starts: Tensor
    users: Tensor
    counts: Tensor

    @staticmethod
    def from_csr(
        clicks: csr_matrix, device: torch.device | str = "cpu", n_items: int | None = None
    ) -> "ClickBatch":
        """Take clicks, (n_users, n_items), to a device.

        Parameters
        ----------
        clicks
            As `arrays.canonical` takes them.
        device
            Where they go.
        n_items
            That there must be; None takes any number.

        Raises
        ------
        DataError
            When the matrix is not one of clicks.
        ConfigError
            When it is on another number of items.
        """
        clicks = checked_clicks(clicks, n_items)
        pointer = torch.from_numpy(clicks.indptr.astype("int64")).to(device)  # (n_users + 1,)
        items = torch.from_numpy(clicks.indices.astype("int64")).to(device)
        counts = pointer.diff()
        users = torch.repeat_interleave(counts, output_size=len(items))
        return ClickBatch(items, pointer[:-1], users, counts.to(torch.float32))

    @staticmethod
    def of(clicks: "ClickBatch | csr_matrix", device: torch.device | str = "cpu") -> "ClickBatch":
        """Leave a batch as it is, and take a matrix of clicks to a device."""
        return clicks if isinstance(clicks, ClickBatch) else ClickBatch.from_csr(clicks, device)

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True)
class ClickMatrix:
    """A whole binary click matrix on a device, of which batches are cut without leaving it.

    Attributes
    ----------
    items
        (n_clicks,) column of each click, user after user.
    starts
        (n_users,) where each user's clicks begin in `items`.
    counts
        (n_users,) clicks of each user.
    host_counts
        The same on the host, which must know a batch's size without asking the device.
    """

    items: Tensor
    starts: Tensor
    counts: Tensor
    host_counts: NDArray[np.int64]

    @staticmethod
    def from_csr(clicks: csr_matrix, device: torch.device | str = "cpu") -> "ClickMatrix":
        """Take clicks, (n_users, n_items), to a device: four bytes a click.

        Raises
        ------
        DataError
            When the matrix is not one of clicks.
        """
        clicks = checked_clicks(clicks)
        pointer = torch.from_numpy(clicks.indptr.astype("int64")).to(device)  # (n_users + 1,)
        items = torch.from_numpy(clicks.indices.astype("int32")).to(device)
        counts = np.diff(clicks.indptr).astype("int64")
        return ClickMatrix(items, pointer[:-1], pointer.diff(), counts)

    def __len__(self) -> int:
        return len(self.host_counts)

    def cut(self, chosen: NDArray[np.int64]) -> ClickBatch:
        """Make a batch of some users; see `Units`."""
        return self.rows(chosen)

    def rows(self, users: NDArray[np.int64]) -> ClickBatch:
        """Cut the rows of some users, in their order."""
        n_clicks = int(self.host_counts[users].sum())
        chosen = torch.from_numpy(users).to(self.items.device, non_blocking=True)
        counts = self.counts[chosen]  # (n_users,)
        starts = counts.cumsum(0) - counts
        row = torch.repeat_interleave(counts, output_size=n_clicks)  # (n_clicks,)
        shift = (self.starts[chosen] - starts)[row]
        items = self.items[torch.arange(n_clicks, device=row.device) + shift].long()
        return ClickBatch(items, starts, row, counts.to(torch.float32))
