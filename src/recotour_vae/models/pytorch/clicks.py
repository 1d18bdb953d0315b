"""A batch of users as the list of what they clicked: never a dense matrix."""

from dataclasses import dataclass

import torch
from scipy.sparse import csr_matrix
from torch import Tensor


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
    def from_csr(clicks: csr_matrix, device: torch.device | str = "cpu") -> "ClickBatch":
        """Take a binary CSR matrix, (n_users, n_items), to a device."""
        pointer = torch.from_numpy(clicks.indptr.astype("int64")).to(device)  # (n_users + 1,)
        items = torch.from_numpy(clicks.indices.astype("int64")).to(device)
        counts = pointer.diff()
        users = torch.repeat_interleave(counts, output_size=len(items))
        return ClickBatch(items, pointer[:-1], users, counts.to(torch.float32))

    def __len__(self) -> int:
        return len(self.starts)
