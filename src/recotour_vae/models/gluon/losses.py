"""The loss of the chapters as pure functions of MXNet arrays: nothing here has a state.

The twin of `models.pytorch.losses`. Sums run over items and over latent dimensions, means over
users. The clicks are never made dense: their terms are gathered from the dense ones.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from recotour_vae.models.config import Likelihood
from recotour_vae.models.gluon.clicks import ClickBatch
from recotour_vae.runtime.mxnet import mx


class LossParts(NamedTuple):
    """A loss and what it is made of: MXNet arrays of one number, each a mean over users.

    Attributes
    ----------
    loss
        nll + beta · kl, the negative of the (β-weighted) ELBO.
    nll
        Negative log-likelihood of the clicks, in nats a user.
    kl
        KL divergence of the posterior from the prior, in nats a user; 0 for Mult-DAE.
    """

    loss: Any
    nll: Any
    kl: Any


def negative_elbo(
    logits: Any,
    clicks: ClickBatch,
    mu: Any = None,
    logvar: Any = None,
    beta: float = 1.0,
    likelihood: Likelihood = "multinomial",
) -> LossParts:
    """Assemble the loss (Liang et al. 2018, section 2.2): nll + beta · KL(q(z|x) || N(0, I)).

    Parameters are those of the PyTorch twin: logits (n_users, n_items), mu and logvar
    (n_users, latent), None for a model without a posterior, whose KL is 0.

    Equation `eq-rt-12` in foundations/mult-vae.
    """
    nll = LIKELIHOODS[likelihood](logits, clicks)
    kl = mx.nd.zeros_like(nll) if mu is None or logvar is None else gaussian_kl(mu, logvar).mean()
    return LossParts(nll + beta * kl, nll, kl)


def gaussian_kl(mu: Any, logvar: Any) -> Any:
    """KL(N(mu, diag(exp(logvar))) || N(0, I)) of each user (Kingma and Welling 2014, app. B).

    Takes (n_users, latent) each; returns (n_users,), nats.

    Equation `eq-mult-vae-kl` in foundations/mult-vae.
    """
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(axis=1)


def multinomial_nll(logits: Any, clicks: ClickBatch) -> Any:
    """Negative log-likelihood of the clicks as draws from softmax(logits), a mean over users.

    -x · log softmax(f) (Liang et al. 2018, section 2.1, without the multinomial coefficient,
    which no parameter changes).

    Equation `eq-rt-11` in foundations/mult-vae.
    """
    log_pi = mx.nd.log_softmax(logits)  # (n_users, n_items)
    return -at_clicks(log_pi, clicks).sum() / len(clicks)


def logistic_nll(logits: Any, clicks: ClickBatch) -> Any:
    """Mean over users of the sum of softplus(f), less the sum of f over the clicked items.

    Each item, clicked or not, is a coin with bias sigmoid(f) (Liang et al. 2018, section 2.1).

    Equation `eq-mult-vae-logistic` in foundations/mult-vae.
    """
    everywhere = mx.nd.Activation(logits, act_type="softrelu").sum()
    return (everywhere - at_clicks(logits, clicks).sum()) / len(clicks)


def gaussian_nll(logits: Any, clicks: ClickBatch, click_weight: float = 10.0) -> Any:
    """Mean over users of the sum of c/2 (x - f)², with c = click_weight at a click, else 1.

    The weight of 10 is ours, as in the PyTorch twin.

    Equation `eq-mult-vae-gaussian` in foundations/mult-vae.
    """
    clicked = at_clicks(logits, clicks)  # (n_clicks,)
    correction = click_weight / 2 * (1 - clicked).square() - clicked.square() / 2
    return (logits.square().sum() / 2 + correction.sum()) / len(clicks)


LIKELIHOODS: Final[dict[Likelihood, Callable[[Any, ClickBatch], Any]]] = {
    "multinomial": multinomial_nll,
    "gaussian": gaussian_nll,
    "logistic": logistic_nll,
}


def at_clicks(values: Any, clicks: ClickBatch) -> Any:
    """Gather the values (n_users, n_items) at the clicks, (n_clicks,)."""
    return mx.nd.gather_nd(values, clicks.places)
