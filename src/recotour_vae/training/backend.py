"""What a framework must be able to do for the one training loop."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Arrays
from recotour_vae.models.network import Phase, Units


class Validated(NamedTuple):
    """What one forward pass says of some validation users.

    Attributes
    ----------
    nll
        Sum over them of the negative log-likelihood of held-out clicks given fold-in ones, nats.
    ranking
        (n_users, k) columns of the best items not in their fold-in, -1 for an empty place;
        nothing but those where the likelihood is no number, as then the scores are none.
    """

    nll: float
    ranking: NDArray[np.int64]

    @staticmethod
    def undefined(nll: float, n_users: int, k: int) -> "Validated":
        """Say that there is nothing to rank."""
        return Validated(nll, np.full((n_users, k), -1))


class Backend(Protocol):
    """A model, its optimiser and its device, behind a handful of verbs.

    The loop above it knows epochs, schedules, metrics and files; a backend knows tensors.
    """

    learning_rate: float

    @property
    def units(self) -> Units:
        """What an epoch goes through once; there after `load`."""

    def load(self, train: csr_matrix) -> None:
        """Take the training clicks, (n_users, n_items), to where batches will be cut."""
        ...

    def cut(self, chosen: NDArray[np.int64]) -> Any:
        """Cut a batch of some `units`, as `train_step` takes it."""
        ...

    def start_epoch(self, seed: int) -> None:
        """Seed dropout and noise; equal seeds give equal epochs."""
        ...

    def start_phase(self, phase: Phase) -> None:
        """Train from now on what a phase of the network trains."""
        ...

    def train_step(self, clicks: Any, **schedule: float) -> None:
        """Make one update on a batch, without waiting for the device.

        The batch is what `cut` gives, or a binary CSR matrix, (n_users, n_items). What varies
        with the update is passed on to the network's loss by name.
        """
        ...

    def take_losses(self) -> NDArray[np.float64]:
        """Give the parts of the losses since the last call, (n_steps, n_parts), and forget them.

        The columns are the fields of the network's `Loss`, in order.
        """
        ...

    def validate(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        """Look at validation users without noise, in one forward pass: likelihood and lists."""
        ...

    def arrays(self) -> Arrays:
        """Copy the model's parameters."""
        ...

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the model."""
        ...

    def optimiser_state(self) -> Arrays:
        """Give what the optimiser remembers, to be written at once: it may not be a copy."""
        ...

    def set_optimiser_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put it back."""
        ...
