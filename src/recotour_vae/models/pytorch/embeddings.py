"""Networks on embeddings: a vector for each person and each item, and a rating made of the two."""

from typing import Any, NamedTuple

import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from recotour_vae.models.network import Units
from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.models.pytorch.rating_cells import RatingBatch, RatingCells

START = 0.01  # standard deviation of the first embeddings, cut off at twice that


class RatingLoss(NamedTuple):
    """What is minimised, and what it is made of, a mean over the ratings of a batch.

    Attributes
    ----------
    loss
        mse + penalty.
    mse
        Mean squared error.
    penalty
        l2 · (squared lengths of all vectors) / number of all ratings.
    """

    loss: Tensor
    mse: Tensor
    penalty: Tensor


class EmbeddingNetwork(TorchNetwork):
    """What networks on embeddings share; a subclass says what a person and an item make together.

    Parameters
    ----------
    shape
        People and items.
    sizes
        Length of a person's vector, and of an item's.
    limits
        (2,) between which a sigmoid keeps ratings; None leaves them anywhere.
    l2
        λ of a penalty on all vectors.
    seed
        Of the first weights.
    """

    Batch = RatingBatch
    Loss = RatingLoss
    kind = ""

    def __init__(
        self,
        shape: tuple[int, int],
        sizes: tuple[int, int],
        limits: tuple[float, float] | None = None,
        l2: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.n_items, self.limits, self.l2 = shape[1], limits, l2
        self.generator = torch.Generator().manual_seed(seed)
        self.user_vectors, self.item_vectors = (
            self.embedding(n, size) for n, size in zip(shape, sizes, strict=True)
        )

    def embedding(self, n: int, size: int) -> nn.Parameter:
        """Draw n vectors of a size, each number normal and at most twice its deviation."""
        drawn = torch.empty(n, size)
        ends = (-2 * START, 2 * START)
        nn.init.trunc_normal_(drawn, 0.0, START, *ends, generator=self.generator)
        return nn.Parameter(drawn)

    def units(self, train: csr_matrix, device: torch.device) -> Units:
        """Take ratings, (n_users, n_items), to where batches of them are cut."""
        self.n_ratings = train.nnz
        return RatingCells.of(train, device)

    def raw(self, users: Tensor, items: Tensor) -> Tensor:
        """Give what a sigmoid turns into ratings, (n_pairs,)."""
        raise NotImplementedError

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Predict ratings, (n_pairs,)."""
        raw = self.raw(users, items)
        if self.limits is None:
            return raw
        low, high = self.limits
        return low + (high - low) * raw.sigmoid()

    def training_loss(self, *batch: Any, **kwargs: Any) -> RatingLoss:
        """Score a batch of ratings.

        Equation `eq-pmf` in family/embeddings, divided by the number of ratings.
        """
        users, items, ratings = batch[0]
        mse = (self(users, items) - ratings).square().mean()
        penalty = self._penalty() if self.l2 else torch.zeros_like(mse)
        return RatingLoss(mse + penalty, mse, penalty)

    def _penalty(self) -> Tensor:
        lengths = self.user_vectors.square().sum() + self.item_vectors.square().sum()
        penalty: Tensor = self.l2 / self.n_ratings * lengths
        return penalty


class DotNetwork(EmbeddingNetwork):
    """The dot product of two vectors and, if asked for, two biases.

    Parameters
    ----------
    shape
        People and items.
    factors
        Length of a vector.
    biases
        Whether people and items have one, or zeros in its place.
    **settings
        As those of `EmbeddingNetwork`.
    """

    user_bias: Tensor
    item_bias: Tensor

    def __init__(
        self, shape: tuple[int, int], factors: int, biases: bool = True, **settings: Any
    ) -> None:
        super().__init__(shape, (factors, factors), **settings)
        for name, n in zip(("user_bias", "item_bias"), shape, strict=True):
            if biases:
                self.register_parameter(name, self.embedding(n, 1))
            else:
                self.register_buffer(name, torch.zeros(n, 1))

    def raw(self, users: Tensor, items: Tensor) -> Tensor:
        """Give p_u · q_i + b_u + b_i, (n_pairs,)."""
        dots = (self.user_vectors[users] * self.item_vectors[items]).sum(1)
        return dots + (self.user_bias[users] + self.item_bias[items]).squeeze(1)


class DeepNetwork(EmbeddingNetwork):
    """Two vectors side by side through a hidden layer with ReLU.

    Parameters
    ----------
    shape
        People and items.
    sizes
        Length of a person's vector, and of an item's.
    hidden
        Hidden units.
    **settings
        As those of `EmbeddingNetwork`.
    """

    def __init__(
        self, shape: tuple[int, int], sizes: tuple[int, int], hidden: int, **settings: Any
    ) -> None:
        super().__init__(shape, sizes, **settings)
        self.w1, self.b1 = self._layer(sum(sizes), hidden)
        self.w2, self.b2 = self._layer(hidden, 1)

    def raw(self, users: Tensor, items: Tensor) -> Tensor:
        """Give the output of the last layer, (n_pairs,)."""
        pairs = torch.cat([self.user_vectors[users], self.item_vectors[items]], 1)
        return ((pairs @ self.w1 + self.b1).relu() @ self.w2 + self.b2).squeeze(1)

    def _layer(self, inputs: int, outputs: int) -> tuple[nn.Parameter, nn.Parameter]:
        """Draw a layer as `torch.nn.Linear` does: uniform within 1/sqrt(inputs) of 0."""
        bound = inputs**-0.5
        parts = torch.empty(inputs, outputs), torch.empty(outputs)
        w, b = (one.uniform_(-bound, bound, generator=self.generator) for one in parts)
        return nn.Parameter(w), nn.Parameter(b)
