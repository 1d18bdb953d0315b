"""What a framework must be able to do for the one training loop."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.storage import Arrays


class Backend(Protocol):
    """A model, its optimiser and its device, behind a handful of verbs.

    The loop above it knows epochs, schedules, metrics and files; a backend knows tensors.
    """

    learning_rate: float

    def load(self, train: csr_matrix) -> None:
        """Take the training clicks, (n_users, n_items), to where batches will be cut."""
        ...

    def cut(self, users: NDArray[np.int64]) -> Any:
        """Cut the rows of some training users, as `train_step` takes them."""
        ...

    def start_epoch(self, seed: int) -> None:
        """Seed dropout and noise; equal seeds give equal epochs."""
        ...

    def train_step(self, clicks: Any, beta: float) -> None:
        """Make one update on a batch, without waiting for the device.

        The batch is what `cut` gives, or a binary CSR matrix, (n_users, n_items).
        """
        ...

    def take_losses(self) -> NDArray[np.float64]:
        """Give loss, nll and kl of the steps since the last call, (n_steps, 3), and forget them."""
        ...

    def validation_loss(self, fold_in: csr_matrix, held_out: csr_matrix) -> float:
        """Sum over users of the negative log-likelihood of held-out clicks given fold-in ones."""
        ...

    def score(self, clicks: csr_matrix) -> NDArray[np.float32]:
        """Score all items, (n_users, n_items), without noise."""
        ...

    def weights(self) -> Arrays:
        """Copy the model's parameters."""
        ...

    def set_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the model."""
        ...

    def optimiser_state(self) -> Arrays:
        """Give what the optimiser remembers, to be written at once: it may not be a copy."""
        ...

    def set_optimiser_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put it back."""
        ...
