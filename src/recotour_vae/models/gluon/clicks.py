"""A batch of users as compressed rows on an MXNet context: never a dense matrix."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.models.config import checked_clicks
from recotour_vae.runtime.mxnet import mx


@dataclass(frozen=True, eq=False)
class People:
    """Training users, of whom batches are cut on the host: MXNet takes CSR from there only."""

    clicks: csr_matrix

    def __len__(self) -> int:
        return int(self.clicks.shape[0])

    def cut(self, chosen: NDArray[np.int64]) -> csr_matrix:
        """Make a batch of some users, still as a matrix of SciPy."""
        return self.clicks[chosen]


@dataclass(frozen=True, eq=False)
class ClickBatch:
    """Rows of a binary click matrix.

    Attributes
    ----------
    rows
        Binary CSR matrix of SciPy, (n_users, n_items).
    values
        (n_clicks,) 1 / sqrt(N_u) at each click: the rows, L2-normalised.
    places
        (2, n_clicks) MXNet array: user and item of each click.
    ctx
        MXNet context that arrays are made on.
    """

    rows: csr_matrix
    values: NDArray[np.float32]
    places: Any
    ctx: Any

    @staticmethod
    def from_csr(clicks: csr_matrix, ctx: Any = None, n_items: int | None = None) -> "ClickBatch":
        """Take clicks, (n_users, n_items), to a context (the CPU by default).

        Parameters
        ----------
        clicks
            As `arrays.canonical` takes them.
        ctx
            Where arrays are made.
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
        ctx = ctx or mx.cpu()
        counts = np.diff(clicks.indptr)  # N_u, (n_users,)
        users = np.repeat(np.arange(len(counts)), counts)  # (n_clicks,)
        values = (1 / np.sqrt(counts[users])).astype(np.float32)
        places = mx.nd.array(np.stack([users, clicks.indices]), ctx, dtype="int32")
        return ClickBatch(clicks, values, places, ctx)

    def __len__(self) -> int:
        return int(self.rows.shape[0])

    def with_values(self, values: NDArray[np.float32]) -> Any:
        """Make an MXNet CSR matrix, (n_users, n_items), with these values at the clicks."""
        parts = (values.astype(np.float32), self.rows.indices, self.rows.indptr)
        return mx.nd.sparse.csr_matrix(parts, self.rows.shape, self.ctx)
