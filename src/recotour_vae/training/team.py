"""Who trains a network together: one process by itself, or several (`distributed.Workers`)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.models.network import Units
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.training.backend import Validated
from recotour_vae.training.devices import resolve_device
from recotour_vae.training.objective import Objective

Validate = Callable[[csr_matrix, csr_matrix, int], Validated]


class Team(Protocol):
    """What one of several workers does otherwise than one alone."""

    @property
    def size(self) -> int:
        """Workers altogether."""

    def device(self, name: str) -> torch.device:
        """Find the device of this worker."""

    def cut(self, units: Units, chosen: NDArray[np.int64]) -> Any:
        """Cut this worker's part of a batch."""

    def wrap(self, objective: Objective, network: TorchNetwork) -> Objective:
        """Make of a loss one of whole batches, with gradients that all workers share."""

    def guard(self) -> AbstractContextManager[None]:
        """Surround what fails when another worker is gone."""

    def mean(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the losses of whole batches, (n_steps, n_parts)."""

    def validate(
        self, validate: Validate, fold_in: csr_matrix, held_out: csr_matrix, k: int
    ) -> Validated:
        """Look at validation users, each worker at some of them."""


class Alone:
    """A process by itself."""

    size = 1

    def device(self, name: str) -> torch.device:
        """Find the device that is named."""
        return resolve_device(name)

    def cut(self, units: Units, chosen: NDArray[np.int64]) -> Any:
        """Cut the batch."""
        return units.cut(chosen)

    def wrap(self, objective: Objective, network: TorchNetwork) -> Objective:
        """Leave the loss as it is."""
        return objective

    def guard(self) -> AbstractContextManager[None]:
        """Surround with nothing."""
        return nullcontext()

    def mean(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Leave the losses as they are."""
        return losses

    def validate(
        self, validate: Validate, fold_in: csr_matrix, held_out: csr_matrix, k: int
    ) -> Validated:
        """Look at all users."""
        return validate(fold_in, held_out, k)
