"""The loss that an engine minimises: what the network gives, as it is or estimated."""

from typing import Any, Protocol

import torch
from scipy.sparse import csr_matrix
from torch import Generator

from recotour_vae.models.pytorch.network import TorchNetwork


class Objective(Protocol):
    """A loss of batches."""

    def load(self, train: csr_matrix, device: torch.device) -> None:
        """Look at the training clicks, (n_users, n_items), before the first update."""
        ...

    def __call__(
        self, network: TorchNetwork, batch: Any, generator: Generator | None, **words: Any
    ) -> Any:
        """Score a batch in training mode, and give the network's `Loss`.

        What varies with the update, and what was drawn elsewhere, is passed on by name.
        """
        ...


class Exact:
    """The network's loss as it is."""

    def load(self, train: csr_matrix, device: torch.device) -> None:
        """Need nothing."""

    def __call__(
        self, network: TorchNetwork, batch: Any, generator: Generator | None, **words: Any
    ) -> Any:
        """Score a batch."""
        return network.training_loss(batch, generator=generator, **words)
