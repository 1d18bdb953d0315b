"""Sampled softmax: the multinomial loss where the catalogue is too long to be summed over.

The normaliser of user u, Z_u = sum over all items i of exp(f_ui), is estimated from the user's
own clicks C_u, each of them counted, and from S items drawn for the whole batch from q, which
stand for the rest (importance sampling; Bengio and Senécal 2003, Jean et al. 2015):

    Ẑ_u = sum over i in C_u of exp(f_ui) + sum over s not in C_u of exp(f_us - log(S q_s)).

Ẑ_u is unbiased. Its logarithm, which the loss needs, is too low by about Var(Ẑ_u) / (2 Z_u²).
Nothing here is as wide as the catalogue, and the gradients hold the rows of the items met only.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from recotour_vae.errors import ConfigError
from recotour_vae.models.pytorch.autoencoders import MultDAE, MultVAE
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.layers import sum_rows
from recotour_vae.models.pytorch.losses import LossParts, assemble, sum_per_user


@dataclass(frozen=True)
class Drawn:
    """Items that stand for the catalogue, each once.

    Attributes
    ----------
    items
        (n_drawn,) without repetition.
    log_weight
        (n_drawn,) what is added to their logits: log m - log(S q) for an item that came m times
        among S draws, with a chance of q each time. This is known as the logQ correction.
    """

    items: Tensor
    log_weight: Tensor


@dataclass(frozen=True)
class PopularitySampler:
    """Draw items with chances that go as the square root of their clicks, evenly spread.

    Draw s of S is at u_s = (s + a random number below 1) / S of the cumulated chances, items in
    order of popularity. Each draw by itself could still be any of its stratum, so that an item is
    expected S q times, but no stretch of the catalogue is missed by bad luck.

    Attributes
    ----------
    by_rank
        (n_items,) the items, the most clicked first.
    log_q
        (n_items,) log of the chance of each, in that order.
    up_to
        (n_items,) chance of each or one before it.
    """

    by_rank: Tensor
    log_q: Tensor
    up_to: Tensor

    @staticmethod
    def of(clicks_per_item: Tensor) -> "PopularitySampler":
        """Rank items by their numbers of clicks, (n_items,); equal ones keep their order."""
        by_rank = clicks_per_item.argsort(descending=True, stable=True)
        # doubles, as the sum over a long catalogue must be 1 to the last item
        weight = (clicks_per_item[by_rank].double() + 1).sqrt()
        q = weight / weight.sum()
        return PopularitySampler(by_rank, q.log(), q.cumsum(0))

    def draw(self, n: int, generator: Generator | None = None) -> Drawn:
        """Draw n times and count each item once."""
        device, end = self.by_rank.device, len(self.by_rank) - 1
        above = torch.rand(n, generator=generator, device=device, dtype=torch.float64)
        u = (torch.arange(n, device=device) + above) / n  # (n,) ascending
        rank = torch.searchsorted(self.up_to, u, right=True).clamp_max(end)
        rank, times = torch.unique_consecutive(rank, return_counts=True)
        return Drawn(self.by_rank[rank], (torch.log(times / n) - self.log_q[rank]).float())


def sampled_training_loss(
    model: MultVAE | MultDAE,
    clicks: ClickBatch,
    drawn: Drawn,
    beta: float = 0.0,
    generator: Generator | None = None,
) -> LossParts:
    """Score a batch as `training_loss` does, with the sampled softmax.

    The weights of the first layer, and weights and bias of the last one, get row-sparse
    gradients: rows of items that nobody in the batch clicked, and that were not drawn, have none.

    Parameters
    ----------
    model
        With the multinomial likelihood, in training mode.
    clicks
        The batch.
    drawn
        From `PopularitySampler.draw`.
    beta
        Weight of the KL divergence.
    generator
        Source of dropout and noise.

    Raises
    ------
    ConfigError
        When the model has another likelihood.
    """
    if model.config.likelihood != "multinomial":
        raise ConfigError(
            f"The likelihood is {model.config.likelihood}, and only the multinomial one has a "
            "normaliser to sample; leave sampled_items out."
        )
    items, place = torch.unique(clicks.items, return_inverse=True)
    first = {"model.first.weight": _Rows.apply(model.first.weight, items)}  # type: ignore[no-untyped-call]
    few = ClickBatch(place, clicks.starts, clicks.users, clicks.counts)  # items renumbered
    h, mu, logvar = functional_call(_UpToLastLayer(model), first, (few, generator))
    weight, bias = model.decoder[-1].parameters()
    return assemble(sampled_nll(h, weight, bias, clicks, drawn), mu, logvar, beta)


def sampled_nll(
    h: Tensor, weight: Tensor, bias: Tensor, clicks: ClickBatch, drawn: Drawn
) -> Tensor:
    """Estimate `last_layer_nll` from a few items: N_u log Ẑ_u - sum of f over the clicks.

    Equation `eq-speed-sampled` in practice/speed.

    Parameters
    ----------
    h
        (n_users, width) input of the last layer.
    weight, bias
        (n_items, width) and (n_items,) of the last layer; their gradients are row-sparse.
    clicks
        What the users clicked.
    drawn
        What stands for the rest; an item that a user clicked is left out of that user's sum.

    Returns
    -------
    torch.Tensor
        (n_users,), nats.
    """
    result: Tensor = _SampledNLL.apply(h, weight, bias, clicks, drawn)  # type: ignore[no-untyped-call]
    return result


class _UpToLastLayer(nn.Module):
    """All of a model but its last layer, as a module whose first weights can be exchanged."""

    def __init__(self, model: MultVAE | MultDAE) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, clicks: ClickBatch, generator: Generator | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        z, mu, logvar = self.model.code(clicks, generator, None, None)
        return self.model.decode_hidden(z), mu, logvar


class _Rows(torch.autograd.Function):
    """Rows of a matrix, without repetition and sorted, with a gradient that holds only them."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, rows: Tensor) -> Tensor:
        ctx.rows, ctx.shape = rows, weight.shape
        return weight.index_select(0, rows)  # (n_rows, width)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None]:
        return _row_sparse(ctx.rows, outputs[0], ctx.shape), None


class _SampledNLL(torch.autograd.Function):
    """The last layer at the clicks and at the drawn items, and the loss, with its gradient.

    With respect to a logit the gradient is N_u times the item's share of Ẑ_u, less 1 at a click.
    """

    @staticmethod
    def forward(
        ctx: Any, h: Tensor, weight: Tensor, bias: Tensor, clicks: ClickBatch, drawn: Drawn
    ) -> Tensor:
        rows, place = torch.unique(torch.cat([clicks.items, drawn.items]), return_inverse=True)
        at_clicks, at_drawn = place.split([len(clicks.items), len(drawn.items)])
        clicked = _dots(h, weight, clicks) + bias[clicks.items]  # (n_clicks,)
        few = weight.index_select(0, drawn.items)  # (n_drawn, width)
        others = torch.addmm(bias[drawn.items] + drawn.log_weight, h, few.t())  # (n_users, n_drawn)
        column = _columns(at_clicks, at_drawn, len(rows))
        others.masked_fill_(_hits(clicks, column, len(drawn.items)), -math.inf)
        log_z = _log_normaliser(clicked, others, clicks)
        shares = (clicked - log_z[clicks.users]).exp_(), others.sub_(log_z.unsqueeze(1)).exp_()
        ctx.save_for_backward(h, weight, few, rows, at_clicks, at_drawn, *shares)
        ctx.clicks = clicks
        return clicks.counts * log_z - sum_per_user(clicked, clicks)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        h, weight, few, rows, at_clicks, at_drawn, clicked, others = ctx.saved_tensors
        clicks, upstream = ctx.clicks, outputs[0]  # (n_users,)
        scale = clicks.counts * upstream
        to_clicked = scale[clicks.users] * clicked - upstream[clicks.users]  # (n_clicks,)
        to_others = others * scale.unsqueeze(1)  # (n_users, n_drawn)
        to_h = sum_rows(weight, clicks.items, clicks.users, to_clicked, len(h)).addmm_(
            to_others, few
        )
        order = at_clicks.argsort()  # the clicks, item after item
        to_rows = sum_rows(h, clicks.users[order], at_clicks[order], to_clicked[order], len(rows))
        to_rows.index_add_(0, at_drawn, to_others.t() @ h)  # (n_rows, width)
        to_bias = to_clicked.new_zeros(len(rows)).index_add_(0, at_clicks, to_clicked)
        to_bias.index_add_(0, at_drawn, to_others.sum(dim=0))
        n_items = len(weight)
        to_weight = _row_sparse(rows, to_rows, weight.shape)
        return to_h, to_weight, _row_sparse(rows, to_bias, (n_items,)), None, None


def _dots(h: Tensor, weight: Tensor, clicks: ClickBatch) -> Tensor:
    """Dot product of h[user] and weight[item] at each click, (n_clicks,).

    It is the gradient of h · (weighted sum of the user's rows) with respect to the weights in
    that sum; taken so, nothing of size (n_clicks, width) is made.
    """
    values = torch.zeros_like(clicks.items, dtype=h.dtype, requires_grad=True)
    with torch.enable_grad():
        total = functional.embedding_bag(
            clicks.items, weight.detach(), clicks.starts, mode="sum", per_sample_weights=values
        )
    (dots,) = torch.autograd.grad(total, values, h)
    return dots


def _columns(at_clicks: Tensor, at_drawn: Tensor, n_rows: int) -> Tensor:
    """Column of each click's item among the drawn ones, (n_clicks,); their number if not there.

    Clicks and drawn items are given as places in one list of n_rows distinct items.
    """
    column = at_drawn.new_full((n_rows,), len(at_drawn))
    column[at_drawn] = torch.arange(len(at_drawn), device=at_drawn.device)
    return column[at_clicks]


def _hits(clicks: ClickBatch, column: Tensor, n_drawn: int) -> Tensor:
    """Mark the drawn items that a user clicked, (n_users, n_drawn)."""
    # a column more, for clicks on items that were not drawn: choosing them would ask the device
    hit = torch.zeros(len(clicks), n_drawn + 1, dtype=torch.bool, device=column.device)
    hit[clicks.users, column] = True
    return hit[:, :n_drawn]


def _log_normaliser(clicked: Tensor, others: Tensor, clicks: ClickBatch) -> Tensor:
    """Log of Ẑ of each user, (n_users,), from logits at the clicks and at the drawn items."""
    top = others.amax(dim=1).scatter_reduce(0, clicks.users, clicked, "amax")  # (n_users,)
    own = sum_per_user((clicked - top[clicks.users]).exp(), clicks)
    return top + (own + (others - top.unsqueeze(1)).exp_().sum(dim=1)).log()


def _row_sparse(rows: Tensor, values: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Make a gradient that has values in some rows, sorted and distinct, and nothing elsewhere."""
    return torch.sparse_coo_tensor(
        rows.unsqueeze(0), values, shape, is_coalesced=True, check_invariants=False
    )
