"""H+Vamp (Kim and Suh 2019): a VAE with two codes, a learned prior, and gates."""

from typing import NamedTuple, Self

import torch
from torch import Generator, Tensor, nn

from recotour_vae.errors import ConfigError
from recotour_vae.models.annealing import fraction_beta
from recotour_vae.models.hvamp_config import HVampConfig
from recotour_vae.models.pytorch.click_network import ClickNetwork, draw_keep
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.densities import kl_between, log_mixture, log_normal
from recotour_vae.models.pytorch.gates import (
    NormalHead,
    activate,
    chain_of_clicks,
    chain_of_code,
    he_initialise,
)
from recotour_vae.models.pytorch.layers import UnsetLinear, input_values
from recotour_vae.models.pytorch.losses import (
    LIKELIHOODS,
    LossParts,
    gaussian_kl,
    last_layer_nll,
)
from recotour_vae.models.pytorch.vamp_prior import PseudoInputs

__all__ = ["HVamp"]


class Posterior(NamedTuple):
    """A code of each user and the distribution that it was drawn from.

    Attributes
    ----------
    z
        (n_users, latent): a sample in training, else the mean.
    mu, logvar
        (n_users, latent).
    """

    z: Tensor
    mu: Tensor
    logvar: Tensor


class LowerCode(nn.Module):
    """What the hierarchy adds: q(z1|x, z2), p(z1|z2), and z1's way to the items."""

    def __init__(self, config: HVampConfig, n_items: int) -> None:
        super().__init__()
        gated, inwards, outwards = config.gated, config.hidden, config.hidden[::-1]
        self.from_x = chain_of_clicks(n_items, inwards, gated)
        self.from_z2 = chain_of_code(config.z2, inwards, gated)
        self.q = NormalHead(inwards[-1], config.z1, gated)
        self.downwards = chain_of_code(config.z2, outwards, gated)
        self.p = NormalHead(outwards[-1], config.z1, gated)
        self.to_x = chain_of_code(config.z1, outwards, gated)

    def posterior(self, clicks: ClickBatch, values: Tensor, z2: Tensor) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of q(z1|x, z2): clicks and z2 meet in the last hidden layer."""
        found: tuple[Tensor, Tensor] = self.q(self.from_x(clicks, values) + self.from_z2(z2))
        return found

    def prior(self, z2: Tensor) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of p(z1|z2)."""
        found: tuple[Tensor, Tensor] = self.p(self.downwards(z2))
        return found


class HVamp(ClickNetwork):
    """The hierarchical VAE with a VampPrior and gates; each of the three can be left out.

    z2 is drawn from q(z2|x), z1 from q(z1|x, z2), and the clicks from p(x|z1, z2). The KL
    divergence that is weighed by β has two parts. That of z1, KL(q(z1|x, z2) || p(z1|z2)), has a
    closed form once z2 is drawn. That of z2 has one for the normal prior; for the VampPrior it is
    estimated from the one sample, log q(z2|x) - log p(z2), where p(z2) is the mean of
    q(z2|pseudo-input) over all pseudo-inputs (Tomczak and Welling 2018). The authors estimate both
    from the sample, which is the same on average and varies more.

    Their optimiser, Adam on gradients that are divided by their length parameter by parameter, is
    not part of the model: the `Trainer` takes plain Adam, for which other learning rates suit.
    Weight decay, where it is asked for, pulls pseudo-inputs to 0 too.

    Parameters
    ----------
    config
        Settings.
    n_items
        Width of the click matrix.
    seed
        Seed of the initial weights (He et al. 2015) and of the first pseudo-inputs.

    Examples
    --------
    >>> import numpy as np
    >>> config = HVampConfig(hidden=(4,), z1=2, z2=3, pseudo_inputs=6)
    >>> model = HVamp(config, n_items=5)
    >>> model.score(np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]])).shape
    (2, 5)
    """

    kind = "hvamp"
    Loss = LossParts
    config: HVampConfig

    def __init__(self, config: HVampConfig, n_items: int, seed: int = 0) -> None:
        super().__init__()
        self.config, self.n_items = config, n_items
        gated, inwards, outwards = config.gated, config.hidden, config.hidden[::-1]
        self.from_x = chain_of_clicks(n_items, inwards, gated)
        self.q = NormalHead(inwards[-1], config.z2, gated)
        self.to_x = chain_of_code(config.z2, outwards, gated)
        self.last = UnsetLinear(outwards[-1], n_items)
        self.lower = LowerCode(config, n_items) if config.hierarchical else None
        self.pseudo = PseudoInputs(config, n_items) if config.has_vamp_prior else None
        self._initialise(torch.Generator().manual_seed(seed))

    @classmethod
    def of(cls, config: HVampConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(config, n_items, seed)

    def _initialise(self, generator: Generator) -> None:
        he_initialise(self, generator)
        if self.pseudo is not None:
            self.pseudo.initialise(generator)

    def schedule(self, update: int, all_updates: int) -> dict[str, float]:
        """Give β of an update: the weight of the KL divergence, which rises and then stays."""
        beta, share = self.config.beta, self.config.anneal_fraction
        return {"beta": fraction_beta(update, beta, all_updates, share) if share else beta}

    def training_loss(
        self, clicks: ClickBatch, beta: float = 0.0, generator: Generator | None = None
    ) -> LossParts:
        """Score a batch: nll + beta · kl, each a mean over users, in nats.

        Parameters
        ----------
        clicks
            The batch.
        beta
            Weight of the KL divergence.
        generator
            Source, in this order, of dropout and noise of z2, of z1, and of the pseudo-inputs'
            dropout.
        """
        upper, lower = self.codes(clicks, generator)
        nll = self.nll(self.hidden(upper, lower), clicks).mean()
        kl = self.divergence(upper, lower, generator).mean()
        return LossParts(nll + beta * kl, nll, kl)

    def codes(
        self, clicks: ClickBatch, generator: Generator | None = None
    ) -> tuple[Posterior, Posterior | None]:
        """Encode: z2, and z1 where there is a hierarchy."""
        h = self.from_x(clicks, self.values(clicks, generator))
        upper = self.drawn(self.q(h), generator)
        if self.lower is None:
            return upper, None
        values = self.values(clicks, generator)
        return upper, self.drawn(self.lower.posterior(clicks, values, upper.z), generator)

    def values(self, clicks: ClickBatch, generator: Generator | None) -> Tensor:
        """L2-normalise the clicks and, in training, drop some of them, (n_clicks,)."""
        if not self.training:
            return input_values(clicks)
        dropout = self.config.dropout
        return input_values(clicks, draw_keep(clicks, dropout, generator), dropout)

    def drawn(self, q: tuple[Tensor, Tensor], generator: Generator | None) -> Posterior:
        """Draw a code in training; take the mean otherwise."""
        mu, logvar = q
        if not self.training:
            return Posterior(mu, mu, logvar)
        noise = torch.randn(mu.shape, generator=generator, device=mu.device)
        return Posterior(mu + torch.exp(logvar / 2) * noise, mu, logvar)

    def divergence(
        self, upper: Posterior, lower: Posterior | None, generator: Generator | None = None
    ) -> Tensor:
        """KL divergence of the posterior of all codes from their prior, (n_users,), nats.

        Equation `eq-recvae-hierarchy` in family/recvae.
        """
        kl = self._upper_kl(upper, generator)
        if lower is None or self.lower is None:
            return kl
        return kl + kl_between(lower.mu, lower.logvar, *self.lower.prior(upper.z))

    def _upper_kl(self, upper: Posterior, generator: Generator | None) -> Tensor:
        if self.pseudo is None:
            return gaussian_kl(upper.mu, upper.logvar)
        own = log_normal(*upper).sum(dim=1)  # (n_users,)
        return own - log_mixture(upper.z, *self.components(generator))

    def components(self, generator: Generator | None = None) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of the VampPrior's components, (pseudo_inputs, z2) each.

        Equation `eq-recvae-vamp` in family/recvae.

        Raises
        ------
        ConfigError
            When the prior is another one.
        """
        if self.pseudo is None:
            raise ConfigError(
                f"The prior is {self.config.prior}, which has no components; ask a model whose "
                "prior is vamp."
            )
        first = self.from_x.first
        h = self.pseudo(generator) @ first.weight + first.bias
        found: tuple[Tensor, Tensor] = self.q(self.from_x.onwards(h))
        return found

    def hidden(self, upper: Posterior, lower: Posterior | None) -> Tensor:
        """Decode up to the last layer, (n_users, hidden[0])."""
        h = self.to_x(upper.z)
        if lower is not None and self.lower is not None:
            h = h + self.lower.to_x(lower.z)
        return activate(h, self.config.gated)

    def nll(self, h: Tensor, clicks: ClickBatch) -> Tensor:
        """Negative log-likelihood of clicks given the input of the last layer, (n_users,)."""
        if self.config.likelihood == "multinomial":
            return last_layer_nll(h, self.last.weight, self.last.bias, clicks)
        return LIKELIHOODS[self.config.likelihood](self.last(h), clicks)

    def forward(self, clicks: ClickBatch, generator: Generator | None = None) -> Tensor:
        """Encode and decode, to logits (n_users, n_items)."""
        logits: Tensor = self.last(self.hidden(*self.codes(clicks, generator)))
        return logits

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Show the network some clicks of validation users, without noise, in one forward pass."""
        logits = self(fold_in)
        return logits, LIKELIHOODS[self.config.likelihood](logits, held_out).mean()

    def score_batch(self, batch: ClickBatch) -> Tensor:
        """Give the logits of a batch, (n_users, n_items), from the means of the codes."""
        was_training = self.training
        logits: Tensor = self.eval()(batch)
        self.train(was_training)
        return logits.float()
