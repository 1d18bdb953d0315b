"""DeepRec's network: a deep autoencoder with SELU, of all that a person rated."""

from itertools import pairwise
from typing import Any, NamedTuple

import torch
from scipy.sparse import csr_matrix
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.models.network import Units
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.models.pytorch.rated_people import PeopleBatch, RatedPeople


class MaskedLoss(NamedTuple):
    """What is minimised.

    Attributes
    ----------
    loss
        Mean squared error over the ratings of a batch.
    """

    loss: Tensor


class DeepRecNetwork(TorchNetwork):
    """Layers that narrow down to a code and widen again, none of whose weights are shared.

    Attributes
    ----------
    output
        Of the last pass in training, detached: what re-feeding shows the network next.

    Parameters
    ----------
    widths
        Of all layers, the items first and last.
    dropout
        Probability with which each unit of the code is dropped.
    last_linear
        Whether the output has no SELU.
    seed
        Of the first weights.
    """

    Batch = PeopleBatch
    Loss = MaskedLoss
    kind = ""
    output: Tensor

    def __init__(
        self,
        widths: tuple[int, ...],
        dropout: float = 0.0,
        last_linear: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.n_items, self.dropout, self.last_linear = widths[0], dropout, last_linear
        generator = torch.Generator().manual_seed(seed)
        shapes = [torch.empty(pair) for pair in pairwise(widths)]
        drawn = [nn.init.xavier_uniform_(one, generator=generator) for one in shapes]
        self.w = nn.ParameterList(drawn)  # (inputs, outputs) each
        self.b = nn.ParameterList(torch.zeros(width) for width in widths[1:])

    def units(self, train: csr_matrix, device: torch.device) -> Units:
        """Take ratings, (n_users, n_items), to where batches of people are cut."""
        return RatedPeople(train, device)

    def forward(self, ratings: Tensor, generator: Generator | None = None) -> Tensor:
        """Predict all ratings of some people, (n_people, n_items) in and out.

        Parameters
        ----------
        ratings
            With 0 where there is none.
        generator
            Of dropout, in training.
        """
        found, last = ratings, len(self.w) - 1
        for layer, (w, b) in enumerate(zip(self.w, self.b, strict=True)):
            found = found @ w + b
            if layer < last or not self.last_linear:
                found = functional.selu(found)
            if layer == last // 2:
                found = self._dropped(found, generator)
        return found

    def training_loss(
        self, *batch: Any, generator: Generator | None = None, **kwargs: Any
    ) -> MaskedLoss:
        """Score a batch: squared errors where there is a rating, and nowhere else.

        Equation `eq-deeprec-loss` in family/autorec-deeprec.
        """
        ratings, rated = batch[0]
        found = self(ratings, generator)
        self.output = found.detach()
        return MaskedLoss(((found - ratings) * rated).square().sum() / rated.sum())

    def refed(self) -> PeopleBatch:
        """Give the last output as a batch that has rated everything so."""
        return PeopleBatch.complete(self.output)

    def _dropped(self, code: Tensor, generator: Generator | None) -> Tensor:
        if not (self.training and self.dropout):
            return code
        kept = torch.empty_like(code).bernoulli_(1 - self.dropout, generator=generator)
        return code * kept / (1 - self.dropout)
