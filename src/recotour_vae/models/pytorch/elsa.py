"""ELSA (Vančura et al. 2022): a linear autoencoder of low rank whose diagonal is zero."""

from typing import Final, NamedTuple, Self

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from recotour_vae.models.elsa_config import ELSAConfig
from recotour_vae.models.pytorch.click_network import ClickNetwork
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.layers import SumOfRows
from recotour_vae.models.pytorch.losses import sum_per_user

__all__ = ["ELSA", "Distance"]

# An output shorter than a thousandth of its input has no direction in single precision.
_LEAST: Final = 1e-6  # of the squares of the two lengths


class Distance(NamedTuple):
    """The loss of ELSA.

    Attributes
    ----------
    loss
        Mean over users of ||y / ||y|| - x / ||x||||², which is 2 - 2 cos(y, x): from 0 to 4.
    """

    loss: Tensor


class ELSA(ClickNetwork):
    """The linear autoencoder y = x A Aᵀ - x, where each item's row of A has length 1.

    The diagonal of A Aᵀ - I is 0, so that no item speaks for itself, as in `EASE`; but the matrix
    of all pairs of items is never made. What is learned is a matrix of any lengths, whose rows are
    divided by theirs in each pass.

    It is trained to give its input back, both of length 1: the paper's mean squared error, not
    divided by the number of items, so that Adam's ε weighs the same on any catalogue. The rows
    begin as normal numbers of length 1 or so, for the same reason: a learning rate then turns them
    equally far on any catalogue. In mixed precision it is computed in single precision all the
    same.

    Parameters
    ----------
    config
        Its settings.
    n_items
        Width of the clicks.
    seed
        Of the initial weights.

    Attributes
    ----------
    weight
        (n_items, factors) rows before they are divided by their lengths.

    Examples
    --------
    >>> import numpy as np
    >>> model = ELSA(ELSAConfig(factors=2), n_items=3)
    >>> model.load_arrays({"weight": np.array([[2, 0], [1, 0], [0, 3]], np.float32)})
    >>> model.score(np.array([[1, 0, 0]])).tolist()  # items 0 and 1 point the same way
    [[0.0, 1.0, 0.0]]
    """

    kind = "elsa"
    Config = ELSAConfig
    Loss = Distance

    def __init__(self, config: ELSAConfig, n_items: int, seed: int = 0) -> None:
        super().__init__()
        self.config, self.n_items = config, n_items
        self.weight = nn.Parameter(torch.empty(n_items, config.factors))
        nn.init.normal_(
            self.weight, std=config.factors**-0.5, generator=Generator().manual_seed(seed)
        )

    @classmethod
    def of(cls, config: ELSAConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(config, n_items, seed)

    def rows(self) -> Tensor:
        """Give A, the items' vectors of length 1, (n_items, factors)."""
        return functional.normalize(self.weight, dim=1)

    def training_loss(self, clicks: ClickBatch, generator: Generator | None = None) -> Distance:
        """Score a batch; nothing of it is random, and nothing is as large as its output."""
        with torch.autocast(self.weight.device.type, enabled=False):
            rows = self.rows()
            code = code_of(rows, clicks)  # (n_users, factors)
            return Distance(squared_distances(code, rows.t() @ rows, clicks.counts).mean())

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Show the network some clicks of validation users, in one forward pass.

        Returns
        -------
        tuple
            Scores, (n_users, n_items), and the mean of 2 - 2 cos(y, x'), where x' are the clicks
            held out and y is the output without the items shown: the loss of training, asked of
            what was not shown. It is no likelihood, and orders epochs as one does.
        """
        scores = self.score_batch(fold_in)
        shown = sum_per_user(scores[fold_in.users, fold_in.items].square(), fold_in)
        found = sum_per_user(scores[held_out.users, held_out.items], held_out)
        rest = torch.linalg.vector_norm(scores, dim=1).square() - shown  # (n_users,)
        cosine = found / (held_out.counts * rest).clamp_min(_LEAST).sqrt()
        return scores, (2 - 2 * cosine).mean()

    def score_batch(self, batch: ClickBatch) -> Tensor:
        """Score a batch, (n_users, n_items), on its device."""
        rows = self.rows()
        scores = code_of(rows, batch) @ rows.t()
        scores[batch.users, batch.items] -= 1
        return scores


def code_of(rows: Tensor, clicks: ClickBatch) -> Tensor:
    """Add up the rows of the clicked items, x A, (n_users, factors)."""
    ones = torch.ones_like(clicks.items, dtype=rows.dtype)
    code: Tensor = SumOfRows.apply(rows, clicks, ones)  # type: ignore[no-untyped-call]
    return code


def squared_distances(code: Tensor, gram: Tensor, counts: Tensor) -> Tensor:
    """Give 2 - 2 cos(y, x) of y = x A Aᵀ - x, without making y.

    With h = x A and N clicks, y·x = ||h||² - N and ||y||² = h AᵀA hᵀ - 2 ||h||² + N, where AᵀA is
    as small as the rows are wide. An output shorter than a thousandth of its input is taken to be
    that long; who clicked nothing counts 2.

    Parameters
    ----------
    code
        h, (n_users, factors).
    gram
        AᵀA, (factors, factors).
    counts
        N, (n_users,).

    Returns
    -------
    torch.Tensor
        (n_users,), from 0 to 4.
    """
    length = code.square().sum(dim=1)  # ||h||²
    output = ((code @ gram) * code).sum(dim=1) - 2 * length + counts  # ||y||²
    least = counts.clamp_min(1)
    return 2 - 2 * (length - counts) / (least * torch.maximum(output, _LEAST * least)).sqrt()
