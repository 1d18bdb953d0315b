"""The layers: a first one that reads clicks, and plain linear ones after it."""

from itertools import pairwise
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from recotour_vae.models.pytorch.clicks import ClickBatch


def input_values(clicks: ClickBatch, keep: Tensor | None = None, dropout: float = 0.0) -> Tensor:
    """Give each click its value in the network's input: dropout(x_u / ||x_u||).

    A binary row with N_u clicks has length sqrt(N_u), so before dropout each of them weighs
    1 / sqrt(N_u). Those kept by dropout are scaled by 1 / (1 - dropout).

    Equation `eq-models-input` in building/models.

    Parameters
    ----------
    clicks
        The batch.
    keep
        (n_clicks,) 1 where a click survives dropout, else 0; None keeps all and scales nothing.
    dropout
        Probability with which a click was dropped.

    Returns
    -------
    torch.Tensor
        (n_clicks,).
    """
    weights = clicks.counts.rsqrt()[clicks.users]  # (n_clicks,)
    return weights if keep is None else weights * keep / (1 - dropout)


class ClickLinear(nn.Module):
    """x W + b for a sparse x: the weighted sum of the weight rows of the clicked items."""

    def __init__(self, n_items: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_items, width))
        self.bias = nn.Parameter(torch.empty(width))

    def forward(self, clicks: ClickBatch, values: Tensor) -> Tensor:
        """Take clicks and their values (n_clicks,) to (n_users, width)."""
        total: Tensor = SumOfRows.apply(self.weight, clicks, values)  # type: ignore[no-untyped-call]
        return total + self.bias


class SumOfRows(torch.autograd.Function):
    """x W as an embedding bag, with a gradient that is one too.

    The gradient of row i is the sum, over the users who clicked i, of the values times the
    gradients of their outputs: the same product with the lists turned from users to items.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, clicks: ClickBatch, values: Tensor) -> Tensor:
        """Take the weight rows, and clicks with their values (n_clicks,), to (n_users, width)."""
        items, users = clicks.items, clicks.users
        if values.device.type == "cpu":  # a GPU would have to be asked how many are kept
            kept = values.nonzero().squeeze(1)
            items, users, values = items[kept], users[kept], values[kept]
        ctx.save_for_backward(items, users, values)
        ctx.n_items = len(weight)
        return sum_rows(weight, items, users, values, len(clicks))  # (n_users, width)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None, None]:
        """Take the gradient of the sums, (n_users, width), to that of the rows."""
        items, users, values = ctx.saved_tensors
        order = items.argsort()  # the clicks, item after item
        turned = sum_rows(outputs[0], users[order], items[order], values[order], ctx.n_items)
        return turned, None, None  # (n_items, width)


def sum_rows(table: Tensor, rows: Tensor, segments: Tensor, values: Tensor, n: int) -> Tensor:
    """Sum rows of a table, times values, over each of n segments that come in order, (n, width)."""
    counts = segments.new_zeros(n).scatter_add_(0, segments, torch.ones_like(segments))
    starts = counts.cumsum(0) - counts
    return functional.embedding_bag(rows, table, starts, mode="sum", per_sample_weights=values)


@torch.no_grad()
def initialise(module: nn.Module, seed: int) -> None:
    """Draw weights as the authors do: uniform Glorot, biases normal with deviation 0.001."""
    generator = Generator().manual_seed(seed)
    for parameter in module.parameters():
        if parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter, generator=generator)
        else:
            nn.init.trunc_normal_(parameter, std=0.001, a=-0.002, b=0.002, generator=generator)


class UnsetLinear(nn.Linear):
    """A linear layer without values. `nn.utils.skip_init` would import PyTorch's compiler."""

    def reset_parameters(self) -> None:
        """Leave it to `initialise`."""


def linear_stack(widths: tuple[int, ...]) -> nn.ModuleList:
    """Linear layers from each width to the next, without values: `initialise` draws those."""
    # nn.Linear by itself would draw from the global generator
    return nn.ModuleList(UnsetLinear(into, out) for into, out in pairwise(widths))
