"""The sampled softmax as an objective, for catalogues too long for the whole one."""

from typing import Any

import torch
from scipy.sparse import csr_matrix
from torch import Generator

from recotour_vae.arrays.clicks import canonical
from recotour_vae.models.pytorch.sampled import PopularitySampler, sampled_training_loss


class Sampled:
    """A training loss that looks at a few items an update.

    Training losses are estimates; validation and scoring are exact. With a lazy Adam, what an
    update costs depends on the clicks and on the draws, not on the number of items.

    Parameters
    ----------
    n_drawn
        Draws an update.
    """

    def __init__(self, n_drawn: int) -> None:
        self.n_drawn = n_drawn

    def load(self, train: csr_matrix, device: torch.device) -> None:
        """Rank the items by their training clicks, (n_users, n_items)."""
        per_item = torch.from_numpy(canonical(train).getnnz(axis=0)).to(device)  # (n_items,)
        self.sampler = PopularitySampler.of(per_item)

    def __call__(self, network: Any, batch: Any, generator: Generator | None, **kwargs: Any) -> Any:
        """Score a batch against items drawn for it."""
        drawn = self.sampler.draw(self.n_drawn, generator)
        return sampled_training_loss(network, batch, drawn=drawn, generator=generator, **kwargs)
