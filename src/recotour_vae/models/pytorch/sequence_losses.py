"""The loss of a sequential autoencoder as pure functions of its steps."""

import torch
from torch import Tensor

from recotour_vae.models.pytorch.densities import kl_between
from recotour_vae.models.pytorch.losses import LossParts
from recotour_vae.models.pytorch.sequences import NONE, SequenceBatch
from recotour_vae.models.svae_config import Reduction


def next_likelihood(logits: Tensor, targets: Tensor) -> Tensor:
    """Sum the negative log-likelihoods of the items that follow each step, (n_steps,), in nats.

    The inner sum of equation `eq-svae-next` in family/svae.

    Parameters
    ----------
    logits
        (n_steps, n_items): of the softmax over all items.
    targets
        (n_steps, k) items, -1 where there is none.

    Examples
    --------
    Four items that are equally likely, and two of them follow, then one:

    >>> found = next_likelihood(torch.zeros(2, 4), torch.tensor([[3, 1], [2, -1]]))
    >>> (found / torch.log(torch.tensor(4.0))).tolist()
    [2.0, 1.0]
    """
    there = targets != NONE
    chosen = logits.gather(1, targets.clamp(min=0))  # (n_steps, k)
    surprise = logits.logsumexp(dim=1, keepdim=True) - chosen
    return torch.where(there, surprise, 0.0).sum(dim=1)


def sequence_loss(
    logits: Tensor,
    mu: Tensor,
    s: Tensor,
    batch: SequenceBatch,
    beta: float,
    reduction: Reduction,
) -> LossParts:
    """Assemble the negative ELBO of a batch: means over people (Sachdeva et al. 2019, section 4).

    As published, it is the sum over a person's steps t of

        -(1 / n_t) Σ log softmax(f_t)_i + β KL_t,

    where the inner sum is over the n_t items that follow, four or at the end fewer. This is
    equation `eq-svae-next` in family/svae. As in the authors' code, it is

        -(1 / n_1) Σ_t Σ log softmax(f_t)_i + β (1 / T) Σ_t KL_t,

    where T is the person's number of steps: the divergence weighs β / T beside one step. That is
    equation `eq-svae-code` in family/svae.

    Parameters
    ----------
    logits
        (n_steps, n_items).
    mu, s
        (n_steps, latent) of the posterior of each step.
    batch
        Whose steps these are, and what follows them.
    beta
        Weight of the divergence.
    reduction
        `published`, or `code`.
    """
    surprise, zeros = next_likelihood(logits, batch.targets), torch.zeros_like(mu)
    kl = kl_between(mu, s, zeros, zeros)  # of each step from N(0, I), (n_steps,)
    n_targets = (batch.targets != NONE).sum(dim=1)  # (n_steps,)
    if reduction == "code":
        n_targets = n_targets[: len(batch)][batch.person]  # the first steps stand first
        kl = kl / batch.person.bincount()[batch.person]
    nll, kl = (part.sum() / len(batch) for part in (surprise / n_targets, kl))
    return LossParts(nll + beta * kl, nll, kl)
