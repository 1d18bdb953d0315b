"""Networks as the programs of the article on six autoencoders have them, mistakes and all.

They are ours but for what is said of each, and belong to `article.py` alone: nobody should train
one for its own sake. What the programs do was read in them (repository transfer-rec, see le2020 in
the book's bibliography); no line is theirs.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.models.pytorch import MultVAE
from recotour_vae.models.pytorch.click_network import draw_keep
from recotour_vae.models.pytorch.clicks import ClickBatch, ClickMatrix
from recotour_vae.models.pytorch.deeprec import DeepRecNetwork, MaskedLoss
from recotour_vae.models.pytorch.layers import SumOfRows
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.models.pytorch.people import UNKNOWN, People, PeopleBatch
from recotour_vae.training import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.trainer import Loop

# A network after an epoch in, what is to stand in the history out.
Watch = Callable[[Any], dict[str, float]]


class WatchedLoop(Loop):
    """The one training loop, after each of whose epochs something is asked of the network.

    Parameters
    ----------
    network, config, clicks
        As `Trainer.fit` takes them.
    watch
        Gives what stands in the history beside the loss; what the settings monitor is among it.
    """

    def __init__(
        self, network: TorchNetwork, config: TrainingConfig, clicks: csr_matrix, watch: Watch
    ) -> None:
        super().__init__(config, network, PyTorchBackend(network, config), clicks, None, None)
        self.watch = watch

    def _validate(self, epoch: int) -> dict[str, float]:
        return self.watch(self.network)


def train_watched(
    network: TorchNetwork, config: TrainingConfig, clicks: csr_matrix, watch: Watch
) -> pd.DataFrame:
    """Train a network to the end, and give its history, a row an epoch; parameters as above."""
    loop = WatchedLoop(network, config, clicks, watch)
    progress = loop.start(resume=False)
    loop.epochs(progress, False)
    return history_table(progress.rows)


class FaintVAE(MultVAE):
    """Mult-VAE, whose noise in training has another standard deviation than 1.

    Attributes
    ----------
    deviation
        Of eps in z = mu + sigma · eps. The KL divergence goes on as if it were 1.
    """

    deviation = 0.01

    def sample(
        self,
        mu: Tensor,
        logvar: Tensor,
        generator: Generator | None = None,
        noise: Tensor | None = None,
    ) -> Tensor:
        """Draw z in training; mu in scoring."""
        if not self.training:
            return mu
        if noise is None:
            noise = torch.randn(mu.shape, generator=generator, device=mu.device)
        return mu + torch.exp(logvar / 2) * self.deviation * noise


class Fit(NamedTuple):
    """What is minimised: cross-entropy of all cells, summed over items, a mean over people."""

    loss: Tensor


class CompanyCDAE(TorchNetwork):
    """CDAE, whose input depends on who else is in the batch.

    A click of person u on item i has the value (|x_u| |x_i|)^(-1/2), where |x_i| is the norm of
    the item's column *in the batch*. The code has a tanh, all cells count in a cross-entropy, and
    no weight is penalised. Somebody new has a vector of zeros.

    Parameters
    ----------
    n_people, n_items
        Of the training matrix.
    latent
        Width of the code.
    dropout
        Probability with which a click is dropped in training; the others are scaled.
    norms
        (n_items,) of the items' columns, known beforehand; None takes those of the batch.
    seed
        Of the first weights: uniform, as a linear layer's; vectors of people normal.
    """

    kind = "cdae"
    Loss = Fit
    Batch: ClassVar[type[Any]] = PeopleBatch

    def __init__(
        self,
        n_people: int,
        n_items: int,
        latent: int = 50,
        dropout: float = 0.5,
        norms: Tensor | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.n_items, self.dropout, self.norms = n_items, dropout, norms
        random = Generator().manual_seed(seed)

        def uniform(*shape: int, fan_in: int) -> nn.Parameter:
            end = fan_in**-0.5
            return nn.Parameter(torch.empty(*shape).uniform_(-end, end, generator=random))

        self.inwards = uniform(n_items, latent, fan_in=n_items)
        self.bias = uniform(latent, fan_in=n_items)
        self.outwards = uniform(n_items, latent, fan_in=latent)
        self.item_bias = uniform(n_items, fan_in=latent)
        self.people = nn.Parameter(torch.randn(n_people, latent, generator=random))

    def units(self, train: csr_matrix, device: torch.device) -> People:
        """Take the training clicks to where batches of people are cut."""
        return People(ClickMatrix.from_csr(train, device))

    def values(self, clicks: ClickBatch) -> Tensor:
        """Give the value of each click, (n_clicks,)."""
        norms = norms_of(clicks.items, self.n_items) if self.norms is None else self.norms
        return (clicks.counts.sqrt()[clicks.users] * norms[clicks.items]).rsqrt()

    def forward(self, batch: PeopleBatch, generator: Generator | None = None) -> Tensor:
        """Score all items, (n_users, n_items)."""
        values = self.values(batch.clicks)
        if self.training:
            keep = draw_keep(batch.clicks, self.dropout, generator)
            values = values * keep / (1 - self.dropout)
        nodes = torch.cat([self.people, self.people.new_zeros(1, self.people.shape[1])])
        code = SumOfRows.apply(self.inwards, batch.clicks, values) + self.bias
        code = torch.tanh(code + nodes[batch.people])
        return functional.linear(code, self.outwards, self.item_bias)

    def training_loss(self, *batch: Any, generator: Generator | None = None, **kwargs: Any) -> Fit:
        """Compare all cells with what was clicked, dropped or not."""
        (people,) = batch
        scores = self(people, generator)
        clicked = scores[people.clicks.users, people.clicks.items].sum()
        return Fit((functional.softplus(scores).sum() - clicked) / len(people))

    @torch.inference_mode()
    def score(
        self, clicks: csr_matrix, people: NDArray[np.int64] | None = None, size: int = 512
    ) -> NDArray[np.float32]:
        """Score all items, (n_users, n_items), so many people at a time.

        Parameters
        ----------
        clicks
            What is shown of them.
        people
            (n_users,) row of each among the training people; None are all new.
        size
            Of a batch, on which the scores depend.
        """
        self.eval()
        rows = np.full(clicks.shape[0], UNKNOWN) if people is None else people
        found = []
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            batch = ClickBatch.from_csr(clicks[part], "cpu", self.n_items)
            found.append(self(PeopleBatch(batch, torch.from_numpy(rows[part]))))
        return torch.cat(found).numpy()


def norms_of(items: Tensor, n_items: int) -> Tensor:
    """Give the norm of each column of clicks, (n_items,), at least 1."""
    return torch.bincount(items, minlength=n_items).clamp(min=1).float().sqrt()


class PersonalDeepRec(DeepRecNetwork):
    """DeepRec, which minimises the mean of each person's RMSE and not the error of all ratings."""

    def training_loss(
        self, *batch: Any, generator: Generator | None = None, **kwargs: Any
    ) -> MaskedLoss:
        """Score a batch: the root of each person's mean squared error, a mean over people."""
        ratings, rated = batch[0]
        found = self(ratings, generator)
        self.output = found.detach()
        errors = ((found - ratings) * rated).square().sum(dim=1)  # (n_people,)
        return MaskedLoss((errors / rated.sum(dim=1).clamp(min=1)).sqrt().mean())
