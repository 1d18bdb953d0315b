"""Densities and divergences of a code under normals and mixtures: pure functions of tensors."""

import math
from typing import Final

import torch
from torch import Tensor

_LOG_2_PI: Final = math.log(2 * math.pi)


def log_normal(z: Tensor, mu: Tensor | float = 0.0, logvar: Tensor | float = 0.0) -> Tensor:
    """Log-density of N(mu, exp(logvar)) at z, in each dimension.

    Parameters
    ----------
    z
        (..., latent).
    mu, logvar
        Of the same shape, or numbers.

    Returns
    -------
    torch.Tensor
        (..., latent), nats.

    Examples
    --------
    >>> log_normal(torch.zeros(2)).exp().mul(math.sqrt(2 * math.pi)).tolist()
    [1.0, 1.0]
    """
    logvar = torch.as_tensor(logvar, dtype=z.dtype, device=z.device)
    return -0.5 * (_LOG_2_PI + logvar + (z - mu).square() / logvar.exp())


def log_composite(
    z: Tensor, mu: Tensor, logvar: Tensor, shares: tuple[float, ...], wide_logvar: float
) -> Tensor:
    """Log-density of RecVAE's composite prior at z, in each dimension.

    A mixture in each dimension by itself: a share of N(0, 1), one of the older posterior
    N(mu, exp(logvar)), one of N(0, exp(wide_logvar)) (Shenbin et al. 2020, equation 8, as their
    code has it: the sum over the mixture stands within that over the dimensions).

    Equation `eq-recvae-composite` in family/recvae.

    Parameters
    ----------
    z
        (n_users, latent).
    mu, logvar
        (n_users, latent) of the posterior that the encoder gave an epoch ago.
    shares
        Three, that add up to 1.
    wide_logvar
        Of the wide normal.

    Returns
    -------
    torch.Tensor
        (n_users, latent), nats.
    """
    parts = (log_normal(z), log_normal(z, mu, logvar), log_normal(z, 0.0, wide_logvar))
    known = [math.log(share) + part for share, part in zip(shares, parts, strict=True) if share]
    return torch.stack(known).logsumexp(dim=0)


def log_mixture(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Log-density of codes under an equal mixture of normal distributions.

    log of 1/K times the sum over k of N(z; mu_k, diag(exp(logvar_k))): the VampPrior, where the
    components are the posteriors of K pseudo-inputs (Tomczak and Welling 2018). The squares are
    multiplied out into products of matrices, so that nothing of size (n_users, K, latent) is
    made; in double precision where the device has it, as they nearly cancel where a variance is
    small.

    Parameters
    ----------
    z
        (n_users, latent).
    mu, logvar
        (K, latent) of the components.

    Returns
    -------
    torch.Tensor
        (n_users,), nats.

    Examples
    --------
    Two components that are alike are one:

    >>> z = torch.tensor([[0.0], [1.0]])
    >>> log_mixture(z, torch.zeros(2, 1), torch.zeros(2, 1))
    tensor([-0.9189, -1.4189])
    """
    exact = torch.float32 if z.device.type == "mps" else torch.float64  # which mps lacks
    z_, mu_, logvar_ = (one.to(exact) for one in (z, mu, logvar))
    precision = torch.exp(-logvar_)  # (K, latent)
    own = (logvar_ + mu_.square() * precision).sum(dim=1)  # (K,)
    squares = z_.square() @ precision.t() - 2 * z_ @ (mu_ * precision).t() + own  # (n_users, K)
    each = -0.5 * (z.shape[1] * _LOG_2_PI + squares)
    return (torch.logsumexp(each, dim=1) - math.log(len(mu))).to(z.dtype)


def kl_between(mu: Tensor, logvar: Tensor, prior_mu: Tensor, prior_logvar: Tensor) -> Tensor:
    """KL divergence of each user's normal distribution from another one of the same user.

    Parameters
    ----------
    mu, logvar, prior_mu, prior_logvar
        (n_users, latent).

    Returns
    -------
    torch.Tensor
        (n_users,), nats.

    Examples
    --------
    Half the squared distance where only the mean is moved:

    >>> zeros = torch.zeros(1, 2)
    >>> kl_between(torch.tensor([[3.0, 1.0]]), zeros, zeros, zeros)
    tensor([5.])
    """
    gap = logvar - prior_logvar
    squares = (mu - prior_mu).square() * torch.exp(-prior_logvar)
    return 0.5 * (squares + torch.exp(gap) - 1 - gap).sum(dim=1)
