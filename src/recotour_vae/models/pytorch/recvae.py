"""RecVAE (Shenbin et al. 2020): Mult-VAE with a denser encoder, another prior, in turns."""

from contextlib import nullcontext
from copy import deepcopy
from typing import Any, ClassVar, Self

import torch
from torch import Generator, Tensor, nn

from recotour_vae.models.annealing import beta_at
from recotour_vae.models.network import Phase
from recotour_vae.models.pytorch.click_network import ClickNetwork, draw_keep
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.dense_encoder import DenseEncoder, TanhEncoder
from recotour_vae.models.pytorch.densities import log_composite, log_normal
from recotour_vae.models.pytorch.layers import initialise, input_values, linear_stack
from recotour_vae.models.pytorch.losses import (
    LossParts,
    gaussian_kl,
    last_layer_nll,
    multinomial_nll,
)
from recotour_vae.models.recvae_config import RecVAEConfig


class RecVAE(ClickNetwork):
    """The multinomial variational autoencoder whose prior remembers its own past.

    An encoder and a decoder are trained in turns: the encoder for some passes, from clicks of
    which some are dropped; then it is copied, and the decoder is trained for one pass from all
    clicks. The code is held near a mixture of the standard normal, of the posterior that the copy
    gives, and of a wide normal; the weight of that grows with a user's clicks,
    gamma · N_u · KL(q(z|x) || p(z|x)).

    Parameters
    ----------
    n_items
        Width of the click matrix.
    seed
        Seed of the initial weights.
    **own
        Settings of `RecVAEConfig`.

    Examples
    --------
    >>> import numpy as np
    >>> model = RecVAE(n_items=5, hidden=4, latent=2)
    >>> clicks = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]])
    >>> model.score(clicks).shape
    (2, 5)
    """

    kind = "recvae"
    Config: ClassVar[type[RecVAEConfig]] = RecVAEConfig
    config: RecVAEConfig
    Loss = LossParts

    def __init__(self, n_items: int, seed: int = 0, **own: Any) -> None:
        super().__init__()
        self.n_items, self.config = n_items, self.Config(**own)
        self.phases = _phases(self.config)
        self.encoder = _encoder(n_items, self.config)
        between = (self.config.hidden,) if self.config.decoder_hidden else ()
        self.decoder = linear_stack((self.config.latent, *between, n_items))
        initialise(self, seed)
        _reset_norms(self)
        if self.config.prior == "composite":
            self.older = deepcopy(self.encoder).requires_grad_(False)
        self._phase = "decoder"  # an epoch begins with the encoder's

    @classmethod
    def of(cls, config: RecVAEConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(n_items, seed, **vars(config))

    def schedule(self, update: int, all_updates: int) -> dict[str, float]:
        """Give β of an update where everybody's KL divergence has the same weight."""
        if self.config.per_click:
            return {}
        return {"beta": beta_at(update, all_updates, self.config)}

    def training_loss(
        self,
        clicks: ClickBatch,
        beta: float = 0.0,
        phase: str = "",
        generator: Generator | None = None,
        keep: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> LossParts:
        """Score a batch in training mode.

        Parameters
        ----------
        clicks
            The batch.
        beta
            Weight of everybody's KL divergence, where it does not grow with the clicks.
        phase
            `encoder`, `decoder`, or nothing where both are trained at once.
        generator
            Source of dropout and noise.
        keep
            (n_clicks,) mask to use in place of drawing dropout.
        noise
            (n_users, latent) eps to use in place of drawing it.
        """
        self.turn(phase)
        values = self._input(clicks, phase, generator, keep)  # (n_clicks,)
        with torch.no_grad() if phase == "decoder" else nullcontext():
            mu, logvar = self.encoder(clicks, values)  # (n_users, latent)
            z = _sample(mu, logvar, generator, noise)
            older = (mu, logvar) if phase == "decoder" else None  # whose copy was just made
            kl = self.kl(z, mu, logvar, clicks, older)  # (n_users,)
        weight, bias = self.decoder[-1].parameters()
        nll = last_layer_nll(self.decode_hidden(z), weight, bias, clicks)  # (n_users,)
        return LossParts((nll + self.weight(clicks, beta) * kl).mean(), nll.mean(), kl.mean())

    def turn(self, phase: str) -> None:
        """Keep a copy of the encoder when its passes are over and the decoder's begin."""
        if self.config.prior == "composite" and (self._phase, phase) == ("encoder", "decoder"):
            self.older.load_state_dict(self.encoder.state_dict())
        self._phase = phase

    def weight(self, clicks: ClickBatch, beta: float) -> Tensor | float:
        """Weight of each user's KL divergence: gamma · N_u, (n_users,), or β for everybody.

        Equation `eq-recvae-weight` in family/recvae.
        """
        return self.config.gamma * clicks.counts if self.config.per_click else beta

    def kl(
        self,
        z: Tensor,
        mu: Tensor,
        logvar: Tensor,
        clicks: ClickBatch,
        older: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """KL divergence of the posterior from the prior, (n_users,), nats.

        In closed form from the standard normal; from the composite prior by the one draw z. The
        posterior of an epoch ago is asked for where it is not given as `older`.

        Equation `eq-recvae-draw` in family/recvae.
        """
        if self.config.prior == "normal":
            return gaussian_kl(mu, logvar)
        z, mu, logvar = z.float(), mu.float(), logvar.float()
        prior = log_composite(
            z,
            *(older or self.posterior_of_older(clicks)),
            self.config.shares,
            self.config.wide_logvar,
        )
        return (log_normal(z, mu, logvar) - prior).sum(dim=1)

    @torch.no_grad()
    def posterior_of_older(self, clicks: ClickBatch) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of the copied encoder from all clicks, (n_users, latent) each."""
        mu, logvar = self.older(clicks, input_values(clicks))
        return mu.float(), logvar.float()

    def encode(self, clicks: ClickBatch) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of the posterior from all clicks, (n_users, latent) each."""
        mu, logvar = self.encoder(clicks, input_values(clicks))
        return mu, logvar

    def decode_hidden(self, z: Tensor) -> Tensor:
        """Take codes (n_users, latent) up to the last layer."""
        for layer in self.decoder[:-1]:
            z = torch.tanh(layer(z))
        return z

    def forward(self, clicks: ClickBatch) -> Tensor:
        """Give logits, (n_users, n_items), from the mean of the posterior."""
        logits: Tensor = self.decoder[-1](self.decode_hidden(self.encode(clicks)[0]))
        return logits

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Give logits, and the mean negative log-likelihood of the clicks held out, in nats."""
        logits = self(fold_in)
        return logits, multinomial_nll(logits, held_out).mean()

    def score_batch(self, batch: ClickBatch) -> Tensor:
        """Give the logits of a batch, (n_users, n_items), without noise or dropout."""
        logits: Tensor = self(batch)
        return logits.float()

    def _input(
        self, clicks: ClickBatch, phase: str, generator: Generator | None, keep: Tensor | None
    ) -> Tensor:
        """L2-normalise the clicks and, but for the decoder, drop some of them, (n_clicks,)."""
        if phase == "decoder" or not self.config.dropout:
            return input_values(clicks)
        if keep is None:
            keep = draw_keep(clicks, self.config.dropout, generator)
        return input_values(clicks, keep, self.config.dropout)


def _phases(config: RecVAEConfig) -> tuple[Phase, ...]:
    if not config.alternating:
        return (Phase(),)
    return (
        Phase("encoder", config.encoder_passes, ("encoder.",)),
        Phase("decoder", 1, ("decoder.",)),
    )


def _encoder(n_items: int, config: RecVAEConfig) -> nn.Module:
    if config.encoder == "tanh":
        return TanhEncoder(n_items, config.hidden, config.latent)
    return DenseEncoder(n_items, config.hidden, config.latent, config.depth)


def _reset_norms(module: nn.Module) -> None:
    """Let layer normalisation begin as the identity; `initialise` took its scales for biases."""
    for part in module.modules():
        if isinstance(part, nn.LayerNorm):
            part.reset_parameters()


def _sample(
    mu: Tensor, logvar: Tensor, generator: Generator | None, noise: Tensor | None
) -> Tensor:
    """Draw z = mu + sigma · eps, (n_users, latent); eps has unit scale."""
    if noise is None:
        noise = torch.randn(mu.shape, generator=generator, device=mu.device)
    return mu + torch.exp(logvar / 2) * noise
