"""What networks in PyTorch share, whatever they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from scipy.sparse import csr_matrix
from torch import Generator, Tensor, nn

from recotour_vae.arrays.types import Arrays
from recotour_vae.models.config import Framework
from recotour_vae.models.network import Network, Units
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix


@dataclass(frozen=True)
class Draws:
    """Random numbers for a batch, by the names that a training loss takes them by.

    Attributes
    ----------
    per_click
        (n_clicks, ...) each.
    per_user
        (n_users, ...) each.
    """

    per_click: Mapping[str, Tensor]
    per_user: Mapping[str, Tensor]

    def part(self, users: slice, clicks: slice) -> dict[str, Tensor]:
        """Give those of some users and their clicks."""
        of_clicks = {name: drawn[clicks] for name, drawn in self.per_click.items()}
        return of_clicks | {name: drawn[users] for name, drawn in self.per_user.items()}


class TorchNetwork(nn.Module, Network):
    """A network in PyTorch; one that is trained on people needs no more than a loss.

    Attributes
    ----------
    Batch
        Class of its batches. What is given in place of one is taken for a matrix of clicks.
    """

    framework: Framework = "pytorch"
    Batch: ClassVar[type[Any]] = ClickBatch

    def units(self, train: csr_matrix, device: torch.device) -> Units:
        """Take training clicks, (n_users, n_items), to where batches are cut; of people here."""
        return ClickMatrix.from_csr(train, device)

    def training_loss(self, *batch: Any, **kwargs: Any) -> Any:
        """Score a batch in training mode, and give a `Loss`.

        Parameters
        ----------
        *batch
            One, cut from `units`.
        **kwargs
            `generator`, the source of what is random; what `schedule` gives, and what `draw`
            drew, by name.
        """
        raise NotImplementedError

    def draw(
        self, n_users: int, n_clicks: int, generator: Generator | None, device: torch.device
    ) -> Draws:
        """Draw what `training_loss` would for a batch, in its order; workers then take their parts.

        A network that can be shared says so in `goes_with`.
        """
        raise NotImplementedError

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Show the network some clicks of validation users, without noise, in one forward pass.

        Returns
        -------
        tuple
            Scores, (n_users, n_items), and the mean negative log-likelihood of the clicks held
            out, in nats a user.
        """
        raise NotImplementedError

    def weights(self) -> list[Tensor]:
        """Every weight matrix; weight decay touches these and no bias."""
        return [parameter for parameter in self.parameters() if parameter.ndim > 1]

    def arrays(self) -> Arrays:
        """Copy the parameters as NumPy arrays, by name."""
        return {name: value.cpu().numpy().copy() for name, value in self.state_dict().items()}

    def load_arrays(self, arrays: Arrays) -> None:
        """Put parameters in place, by name."""
        self.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
