"""A network of somebody else's: a linear autoencoder whose codes are pulled to 0, more and more.

Its loss has a weight of its own, γ, with a schedule of its own; nothing in `training` knows it.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from recotour_vae.models.annealing import fraction_beta
from recotour_vae.models.config import require
from recotour_vae.models.pytorch import ClickBatch
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.recommenders import Entry


@dataclass(frozen=True)
class PulledConfig:
    """Settings of `Pulled`.

    Parameters
    ----------
    latent
        Width of the code.
    gamma
        Weight of the codes' squared length, once it is reached.
    rise
        Share of all updates after which it is.
    """

    SPACE: ClassVar[dict[str, Any]] = {"gamma": {"low": 1e-3, "high": 1.0, "log": True}}

    latent: int = 8
    gamma: float = 0.1
    rise: float = 0.5

    def __post_init__(self) -> None:
        require(self.gamma >= 0, "gamma", self.gamma, "0 or more")

    def n_weights(self, n_items: int) -> int:
        """Count what is learned."""
        return 2 * n_items * self.latent


class Parts(NamedTuple):
    """The loss and its parts."""

    loss: Tensor
    fit: Tensor
    pull: Tensor


class Pulled(TorchNetwork):
    """Multinomial likelihood of the clicks, less γ times the squared length of the code."""

    kind = "pulled"
    Loss = Parts

    def __init__(self, config, n_items, seed=0):
        super().__init__()
        self.config, self.n_items = config, n_items
        self.inwards, self.outwards = (
            nn.Parameter(torch.zeros(n_items, config.latent)) for _ in range(2)
        )
        random = torch.Generator().manual_seed(seed)
        for parameter in self.parameters():
            nn.init.normal_(parameter, 0, 0.1, generator=random)

    @classmethod
    def of(cls, config, n_items, seed=0):
        """Build the network that settings describe."""
        return cls(config, n_items, seed)

    def schedule(self, update, all_updates):
        """Give γ of an update."""
        config = self.config
        return {"gamma": fraction_beta(update, config.gamma, all_updates, config.rise)}

    def training_loss(self, clicks, gamma, generator=None):
        """Score a batch."""
        code = self.code(clicks)
        fit, pull = self.nll(code, clicks), code.square().sum(dim=1).mean()
        return Parts(fit + gamma * pull, fit, pull)

    def held_out_loss(self, fold_in, held_out):
        """Score validation users."""
        code = self.code(fold_in)
        return code @ self.outwards.t(), self.nll(code, held_out)

    def code(self, clicks):
        """Add up the rows of the clicked items, (n_users, latent)."""
        none = torch.zeros(len(clicks), self.config.latent)
        return none.index_add(0, clicks.users, self.inwards[clicks.items])

    def nll(self, code, clicks):
        """Mean negative log-likelihood of clicks, nats a user."""
        log_pi = torch.log_softmax(code @ self.outwards.t(), dim=1)
        return -log_pi[clicks.users, clicks.items].sum() / len(clicks)

    @torch.inference_mode()
    def score(self, clicks):
        """Score all items, (n_users, n_items)."""
        batch = ClickBatch.from_csr(clicks, self.inwards.device, self.n_items)
        return (self.code(batch) @ self.outwards.t()).numpy()


ENTRY = Entry(
    "pulled",
    "Pulled",
    "a linear autoencoder, its codes pulled to 0",
    "ours",
    networks={"pytorch": "toy.pulled:Pulled"},
    config="toy.pulled:PulledConfig",
)
