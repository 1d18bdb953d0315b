"""The loss of the chapters as pure functions of tensors: nothing here has a state.

Sums run over items and over latent dimensions, means over users, as in the authors' code. Each
likelihood needs the logits of the clicked items and one pass over all of them, so the clicks are
never made dense.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from recotour_vae.models.config import Likelihood
from recotour_vae.models.pytorch.clicks import ClickBatch

_CACHED_ROWS: Final = 32


class LossParts(NamedTuple):
    """A loss and what it is made of, each a mean over users.

    Attributes
    ----------
    loss
        nll + beta · kl, the negative of the (β-weighted) ELBO.
    nll
        Negative log-likelihood of the clicks, in nats a user.
    kl
        KL divergence of the posterior from the prior, in nats a user; 0 for Mult-DAE.
    """

    loss: Tensor
    nll: Tensor
    kl: Tensor


def negative_elbo(
    logits: Tensor,
    clicks: ClickBatch,
    mu: Tensor | None = None,
    logvar: Tensor | None = None,
    beta: float = 1.0,
    likelihood: Likelihood = "multinomial",
) -> LossParts:
    """Assemble the loss (Liang et al. 2018, section 2.2): nll + beta · KL(q(z|x) || N(0, I)).

    Equation `eq-rt-12` in foundations/mult-vae.

    Parameters
    ----------
    logits
        (n_users, n_items) output of the decoder.
    clicks
        What the users clicked.
    mu, logvar
        (n_users, latent) of the posterior; None for a model without one, whose KL is 0.
    beta
        Weight of the KL divergence.
    likelihood
        `multinomial`, `gaussian` or `logistic`.

    Returns
    -------
    LossParts
        Scalars, in nats a user.
    """
    return assemble(LIKELIHOODS[likelihood](logits, clicks), mu, logvar, beta)


def assemble(nll: Tensor, mu: Tensor | None, logvar: Tensor | None, beta: float) -> LossParts:
    """Take means over users, and add the KL divergence of a posterior where there is one."""
    mean = nll.mean()
    kl = mean.new_zeros(()) if mu is None or logvar is None else gaussian_kl(mu, logvar).mean()
    return LossParts(mean + beta * kl, mean, kl)


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag(exp(logvar))) || N(0, I)) of each user (Kingma and Welling 2014, app. B).

    Equation `eq-mult-vae-kl` in foundations/mult-vae.

    Parameters
    ----------
    mu, logvar
        (n_users, latent).

    Returns
    -------
    torch.Tensor
        (n_users,), nats.

    Examples
    --------
    It is 0 where the posterior is the prior, and half the squared distance where only the mean
    is moved:

    >>> mu = torch.tensor([[0.0, 0.0], [3.0, 1.0]])
    >>> gaussian_kl(mu, torch.zeros(2, 2)).tolist()
    [0.0, 5.0]
    """
    mu, logvar = mu.float(), logvar.float()
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1)


def multinomial_nll(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Negative log-likelihood of the clicks as draws from softmax(logits).

    -x · log softmax(f) (Liang et al. 2018, section 2.1, without the multinomial coefficient,
    which no parameter changes).

    Equation `eq-rt-11` in foundations/mult-vae.

    Parameters
    ----------
    logits
        (n_users, n_items).
    clicks
        What the users clicked.

    Returns
    -------
    torch.Tensor
        (n_users,), nats.
    """
    log_pi = functional.log_softmax(logits.float(), dim=1)  # (n_users, n_items)
    return -sum_clicked(log_pi, clicks)


def last_layer_nll(h: Tensor, weight: Tensor, bias: Tensor, clicks: ClickBatch) -> Tensor:
    """`multinomial_nll` of the logits h Wᵀ + b, faster and with one array of their size.

    Autograd by itself would keep the logits, their exponentials and the gradient, which are
    (n_users, n_items) each.

    Its gradient is equation `eq-speed-gradient` in practice/speed.

    Parameters
    ----------
    h
        (n_users, width) input of the last layer.
    weight, bias
        (n_items, width) and (n_items,) of the last layer.
    clicks
        What the users clicked.

    Returns
    -------
    torch.Tensor
        (n_users,), nats.
    """
    result: Tensor = _LastLayerNLL.apply(h, weight, bias, clicks)  # type: ignore[no-untyped-call]
    return result


def logistic_nll(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Negative log-likelihood of each item, clicked or not, as a coin with bias sigmoid(f).

    -sum of x log sigmoid(f) + (1 - x) log sigmoid(-f) = sum of softplus(f) - sum of f over the
    clicked items (Liang et al. 2018, section 2.1). Returns (n_users,), nats.

    Equation `eq-mult-vae-logistic` in foundations/mult-vae.
    """
    everywhere = functional.softplus(logits.float()).sum(dim=1)
    return everywhere - sum_clicked(logits.float(), clicks)


def gaussian_nll(logits: Tensor, clicks: ClickBatch, click_weight: float = 10.0) -> Tensor:
    """Negative log-likelihood with x ~ N(f, 1 / c), up to a constant.

    From section 2.1 of Liang et al. (2018): the sum of c/2 (x - f)², with confidence
    c = click_weight at a click and 1 elsewhere. Returns (n_users,). The paper asks for more
    confidence in clicks than in their absence, without a figure; 10 is ours.

    Equation `eq-mult-vae-gaussian` in foundations/mult-vae.
    """
    f = logits.float()
    clicked = f[clicks.users, clicks.items]  # (n_clicks,)
    correction = click_weight / 2 * (1 - clicked).square() - clicked.square() / 2
    return f.square().sum(dim=1) / 2 + sum_per_user(correction, clicks)


LIKELIHOODS: Final[dict[Likelihood, Callable[[Tensor, ClickBatch], Tensor]]] = {
    "multinomial": multinomial_nll,
    "gaussian": gaussian_nll,
    "logistic": logistic_nll,
}


class _LastLayerNLL(torch.autograd.Function):
    """The last layer and the multinomial loss in one, with the gradient made in place.

    With respect to the logits f the gradient is N_u softmax(f) - x, which with e = exp(f - max f)
    and its sum Z_u is (N_u / Z_u) (e - x Z_u / N_u). The bracket is all that is kept of the size
    of the logits; the factor before it waits for the small side of the two products.
    """

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, bias: Tensor, clicks: ClickBatch) -> Tensor:
        logits = torch.mm(h, weight.t())  # (n_users, n_items), less the bias
        clicked = logits[clicks.users, clicks.items].float() + bias[clicks.items]  # (n_clicks,)
        e, top, total = _exponentials_(logits, bias)
        expected = (clicked - top[clicks.users]).exp()
        e[clicks.users, clicks.items] = expected - (total / clicks.counts)[clicks.users]
        ctx.save_for_backward(h, weight, e, clicks.counts / total)
        ctx.dtype = logits.dtype
        return clicks.counts * (top + total.log()) - sum_per_user(clicked, clicks)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        h, weight, e, factor = ctx.saved_tensors
        e, weight = e.to(ctx.dtype), weight.to(ctx.dtype)
        scale = (factor * outputs[0]).unsqueeze(1).to(ctx.dtype)  # (n_users, 1)
        to_h = torch.mm(e, weight) * scale
        to_weight = torch.mm(e.t(), h * scale)
        return to_h, to_weight, torch.mv(e.t(), scale.squeeze(1)), None


def _exponentials_(logits: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give exp(f - max f) of f = logits + bias, and each row's maximum of f and sum.

    In place if the type is not short; on a CPU a few rows at a time, so that they stay in its
    cache from one pass to the next.
    """
    e = logits.float()
    blocks = torch.split(e, _CACHED_ROWS if e.device.type == "cpu" else len(e))
    tops, totals = [], []
    for block in blocks:
        tops.append(block.add_(bias).amax(dim=1))
        totals.append(block.sub_(tops[-1].unsqueeze(1)).exp_().sum(dim=1))
    return e, torch.cat(tops), torch.cat(totals)  # (n_users, n_items), (n_users,), (n_users,)


def sum_clicked(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Sum of each user's logits at the clicked items, (n_users,)."""
    return sum_per_user(logits[clicks.users, clicks.items], clicks)


def sum_per_user(values: Tensor, clicks: ClickBatch) -> Tensor:
    """Sum of the values (n_clicks,) of each user's clicks, (n_users,)."""
    return values.new_zeros(len(clicks)).index_add(0, clicks.users, values)
