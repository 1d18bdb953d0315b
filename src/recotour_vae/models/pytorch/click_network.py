"""What networks share that score items from clicks alone, and are written in PyTorch only."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Generator, Tensor

from recotour_vae.evaluation.topk import mask_fold_in_, rank_scores
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.network import TorchNetwork


class ClickNetwork(TorchNetwork):
    """A network that is asked with clicks; it gives `score_batch`, and what is asked follows."""

    def score_batch(self, batch: ClickBatch) -> Tensor:
        """Score a batch without noise or dropout, (n_users, n_items), on its device."""
        raise NotImplementedError

    @torch.inference_mode()
    def score(self, clicks: csr_matrix) -> NDArray[np.float32]:
        """Score all items for users given by their clicks, without noise or dropout.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.

        Returns
        -------
        numpy.ndarray
            (n_users, n_items): logits, where the network has a softmax.

        Raises
        ------
        ConfigError
            When the clicks are on another number of items.
        DataError
            When the matrix is not one of clicks.
        """
        return self.score_batch(self._batch(clicks)).float().cpu().numpy()

    @torch.inference_mode()
    def rank(self, clicks: csr_matrix, k: int) -> NDArray[np.int64]:
        """List each user's k best items that were not clicked, best first.

        The scores stay on the network's device; k columns a user are all that leaves it.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.
        k
            Length of the lists, from 1 to n_items.

        Returns
        -------
        numpy.ndarray
            (n_users, k) columns; -1 where a user has no item left.

        Raises
        ------
        ConfigError
            When the clicks are on another number of items.
        DataError
            When the matrix is not one of clicks.
        MetricError
            When a score is not a number.
        """
        batch = self._batch(clicks)
        scores = self.score_batch(batch).float()
        mask_fold_in_(scores, batch.users, batch.items)
        return rank_scores(scores, k).cpu().numpy()

    def _batch(self, clicks: csr_matrix) -> ClickBatch:
        return ClickBatch.from_csr(clicks, next(self.parameters()).device, self.n_items)


def draw_keep(clicks: ClickBatch, dropout: float, generator: Generator | None) -> Tensor:
    """Draw which clicks survive dropout, (n_clicks,): 1 for those that do, else 0."""
    device = clicks.items.device
    drawn = torch.rand(len(clicks.items), generator=generator, device=device)
    return (drawn >= dropout).float()
