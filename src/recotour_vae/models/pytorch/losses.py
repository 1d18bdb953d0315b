"""The loss of the chapters as pure functions of tensors: nothing here has a state.

Sums run over items and over latent dimensions, means over users, as in the authors' code. Each
likelihood needs the logits of the clicked items and one pass over all of them, so the clicks are
never made dense.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from recotour_vae.models.config import Likelihood
from recotour_vae.models.pytorch.clicks import ClickBatch


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
    nll = LIKELIHOODS[likelihood](logits, clicks).mean()
    kl = nll.new_zeros(()) if mu is None or logvar is None else gaussian_kl(mu, logvar).mean()
    return LossParts(nll + beta * kl, nll, kl)


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag(exp(logvar))) || N(0, I)) of each user (Kingma and Welling 2014, app. B).

    Parameters
    ----------
    mu, logvar
        (n_users, latent).

    Returns
    -------
    torch.Tensor
        (n_users,), nats.
    """
    mu, logvar = mu.float(), logvar.float()
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1)


def multinomial_nll(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Negative log-likelihood of the clicks as draws from softmax(logits).

    -x · log softmax(f) = N_u logsumexp(f) - sum of f over the clicked items (Liang et al. 2018,
    section 2.1, without the multinomial coefficient, which no parameter changes).

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
    result: Tensor = _MultinomialNLL.apply(logits, clicks)  # type: ignore[no-untyped-call]
    return result


def logistic_nll(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Negative log-likelihood of each item, clicked or not, as a coin with bias sigmoid(f).

    -sum of x log sigmoid(f) + (1 - x) log sigmoid(-f) = sum of softplus(f) - sum of f over the
    clicked items (Liang et al. 2018, section 2.1). Returns (n_users,), nats.
    """
    everywhere = functional.softplus(logits.float()).sum(dim=1)
    return everywhere - _sum_clicked(logits.float(), clicks)


def gaussian_nll(logits: Tensor, clicks: ClickBatch, click_weight: float = 10.0) -> Tensor:
    """Negative log-likelihood with x ~ N(f, 1 / c), up to a constant.

    From section 2.1 of Liang et al. (2018): the sum of c/2 (x - f)², with confidence
    c = click_weight at a click and 1 elsewhere. Returns (n_users,). The paper asks for more
    confidence in clicks than in their absence, without a figure; 10 is ours.
    """
    f = logits.float()
    clicked = f[clicks.users, clicks.items]  # (n_clicks,)
    correction = click_weight / 2 * (1 - clicked).square() - clicked.square() / 2
    return f.square().sum(dim=1) / 2 + _per_user(correction, clicks)


LIKELIHOODS: Final[dict[Likelihood, Callable[[Tensor, ClickBatch], Tensor]]] = {
    "multinomial": multinomial_nll,
    "gaussian": gaussian_nll,
    "logistic": logistic_nll,
}


class _MultinomialNLL(torch.autograd.Function):
    """The multinomial loss with its gradient N_u softmax(f) - x made in place.

    Autograd would keep the logits, their log-softmax and a dense gradient of the gather: three
    arrays of (n_users, n_items) where this keeps one.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, clicks: ClickBatch) -> Tensor:
        probability = torch.softmax(logits, dim=1, dtype=torch.float32)  # (n_users, n_items)
        best = probability.argmax(dim=1, keepdim=True)
        # log Z from the likeliest item, whose probability cannot underflow
        log_z = logits.gather(1, best).float() - probability.gather(1, best).log()
        ctx.save_for_backward(probability)
        ctx.clicks, ctx.dtype = clicks, logits.dtype
        return clicks.counts * log_z.squeeze(1) - _sum_clicked(logits.float(), clicks)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None]:
        (gradient,), (probability,), clicks = outputs, ctx.saved_tensors, ctx.clicks
        probability.mul_((clicks.counts * gradient).unsqueeze(1))
        probability[clicks.users, clicks.items] -= gradient[clicks.users]
        return probability.to(ctx.dtype), None


def _sum_clicked(logits: Tensor, clicks: ClickBatch) -> Tensor:
    """Sum of each user's logits at the clicked items, (n_users,)."""
    return _per_user(logits[clicks.users, clicks.items], clicks)


def _per_user(values: Tensor, clicks: ClickBatch) -> Tensor:
    """Sum of the values (n_clicks,) of each user's clicks, (n_users,)."""
    return values.new_zeros(len(clicks)).index_add(0, clicks.users, values)
