"""Mult-VAE and Mult-DAE (Liang et al. 2018): tanh between layers, and nowhere else."""

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Generator, Tensor

from recotour_vae.evaluation.topk import mask_fold_in_, rank_scores
from recotour_vae.models.annealing import beta_at
from recotour_vae.models.config import (
    Kind,
    Likelihood,
    ModelConfig,
    MultDAEConfig,
    MultVAEConfig,
)
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.layers import (
    ClickLinear,
    initialise,
    input_values,
    linear_stack,
)
from recotour_vae.models.pytorch.losses import LossParts, assemble, last_layer_nll, negative_elbo
from recotour_vae.models.pytorch.network import Draws, TorchNetwork


class Output(NamedTuple):
    """What a forward pass gives.

    Attributes
    ----------
    logits
        (n_users, n_items).
    mu, logvar
        (n_users, latent) of the posterior; None for Mult-DAE, which has none.
    """

    logits: Tensor
    mu: Tensor | None = None
    logvar: Tensor | None = None


class _Autoencoder(TorchNetwork):
    """What the two models share: layers to and from a code, and scoring."""

    kind: Kind
    Config: ClassVar[type[ModelConfig]]
    config: ModelConfig
    Loss = LossParts
    goes_with = frozenset({"workers"})
    heads: int  # numbers that the encoder gives for each latent dimension

    def __init__(
        self,
        n_items: int,
        hidden: tuple[int, ...] | None = None,
        latent: int = 200,
        dropout: float = 0.5,
        likelihood: Likelihood = "multinomial",
        seed: int = 0,
        **own: Any,
    ) -> None:
        super().__init__()
        self.n_items = n_items
        self.config = self.Config(
            hidden=hidden, latent=latent, dropout=dropout, likelihood=likelihood, **own
        )
        widths = (*self.config.widths, self.heads * latent)
        self.first = ClickLinear(n_items, widths[0])
        self.encoder = linear_stack(widths)
        self.decoder = linear_stack((latent, *reversed(self.config.widths), n_items))
        initialise(self, seed)

    @classmethod
    def of(cls, config: ModelConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(n_items, seed=seed, **config.own())

    @property
    def sampled_items(self) -> int | None:
        """Items drawn for an update; None is all of them."""
        return self.config.sampled_items

    def to_code(
        self, clicks: ClickBatch, generator: Generator | None, keep: Tensor | None
    ) -> Tensor:
        """Encode; the last layer is left linear."""
        values = self.network_input(clicks, generator, keep)  # (n_clicks,)
        h: Tensor = self.first(clicks, values)  # (n_users, hidden)
        for layer in self.encoder:
            h = layer(torch.tanh(h))
        return h

    def network_input(
        self, clicks: ClickBatch, generator: Generator | None, keep: Tensor | None
    ) -> Tensor:
        """L2-normalise the clicks and, in training, drop some of them."""
        if not self.training:
            return input_values(clicks)
        if keep is None:
            keep = self._draw_keep(len(clicks.items), generator, clicks.items.device)
        return input_values(clicks, keep, self.config.dropout)

    def _draw_keep(
        self, n_clicks: int, generator: Generator | None, device: torch.device
    ) -> Tensor:
        """Draw which clicks survive dropout, (n_clicks,)."""
        drawn = torch.rand(n_clicks, generator=generator, device=device)
        keep: Tensor = (drawn >= self.config.dropout).float()
        return keep

    def draw(
        self, n_users: int, n_clicks: int, generator: Generator | None, device: torch.device
    ) -> Draws:
        """Draw a batch's dropout."""
        return Draws({"keep": self._draw_keep(n_clicks, generator, device)}, {})

    def decode(self, z: Tensor) -> Tensor:
        """Take codes (n_users, latent) to logits (n_users, n_items)."""
        logits: Tensor = self.decoder[-1](self.decode_hidden(z))
        return logits

    def decode_hidden(self, z: Tensor) -> Tensor:
        """Take codes (n_users, latent) up to the last layer, (n_users, width)."""
        for layer in self.decoder[:-1]:
            z = torch.tanh(layer(z))
        return z

    def loss(self, output: Output, clicks: ClickBatch, beta: float = 0.0) -> LossParts:
        """Score an output against clicks, a β of 0 without divergence; see `negative_elbo`."""
        return negative_elbo(
            output.logits, clicks, output.mu, output.logvar, beta, self.config.likelihood
        )

    def training_loss(
        self,
        clicks: ClickBatch,
        beta: float = 0.0,
        generator: Generator | None = None,
        keep: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> LossParts:
        """Run forward and score in one: the numbers of `loss(forward(...))`, faster.

        Parameters are those of `forward` and `loss`. Where a subclass has a forward pass
        or a loss of its own, that is what is run.

        Equation `eq-rt-9` in foundations/reparameterization.
        """
        if not self._is_plain() or self.config.likelihood != "multinomial":
            given = {"keep": keep} if noise is None else {"keep": keep, "noise": noise}
            return self.loss(self(clicks, generator, **given), clicks, beta)
        z, mu, logvar = self.code(clicks, generator, keep, noise)
        weight, bias = self.decoder[-1].parameters()
        nll = last_layer_nll(self.decode_hidden(z), weight, bias, clicks)
        return assemble(nll, mu, logvar, beta)

    def _is_plain(self) -> bool:
        """Whether what `training_loss` takes a short cut through is what stands in this class."""
        steps = ("forward", "decode", "loss")
        return all(getattr(type(self), name) is getattr(_Autoencoder, name) for name in steps)

    def forward(
        self,
        clicks: ClickBatch,
        generator: Generator | None = None,
        keep: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> Output:
        """Encode, sample where there is a posterior, decode.

        Parameters
        ----------
        clicks
            The batch.
        generator
            Source of dropout and noise in training.
        keep
            (n_clicks,) mask to use in place of drawing dropout.
        noise
            (n_users, latent) eps to use in place of drawing it; Mult-DAE has none.
        """
        z, mu, logvar = self.code(clicks, generator, keep, noise)
        return Output(self.decode(z), mu, logvar)

    def code(
        self,
        clicks: ClickBatch,
        generator: Generator | None,
        keep: Tensor | None,
        noise: Tensor | None,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Give z, (n_users, latent), and the posterior that it was drawn from, if any."""
        raise NotImplementedError

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Tensor, Tensor]:
        """Show the model some clicks of validation users, without noise, in one forward pass.

        Returns
        -------
        tuple
            Logits, (n_users, n_items), and the mean negative log-likelihood of the clicks held
            out, in nats a user.
        """
        logits: Tensor = self(fold_in).logits
        return logits, self.loss(Output(logits), held_out, beta=0.0).nll

    @torch.inference_mode()
    def score(self, clicks: csr_matrix) -> NDArray[np.float32]:
        """Score all items for users given by their clicks, without noise or dropout.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.

        Returns
        -------
        numpy.ndarray
            Logits, (n_users, n_items).

        Raises
        ------
        ConfigError
            When the clicks are on another number of items.
        DataError
            When the matrix is not one of clicks.
        """
        batch = ClickBatch.from_csr(clicks, self.first.weight.device, self.n_items)
        return self.score_batch(batch).cpu().numpy()

    @torch.inference_mode()
    def rank(self, clicks: csr_matrix, k: int) -> NDArray[np.int64]:
        """List each user's k best items that were not clicked, best first.

        The scores stay on the model's device; k columns a user are all that leaves it.

        Parameters
        ----------
        clicks
            (n_users, n_items), as `arrays.canonical` takes them.
        k
            Length of the lists, from 1 to n_items.

        Returns
        -------
        numpy.ndarray
            (n_users, k) columns; -1 where a user has no item left.

        Raises
        ------
        ConfigError
            When the clicks are on another number of items.
        DataError
            When the matrix is not one of clicks.
        MetricError
            When a score is not a number.
        """
        batch = ClickBatch.from_csr(clicks, self.first.weight.device, self.n_items)
        scores = self.score_batch(batch)
        mask_fold_in_(scores, batch.users, batch.items)
        return rank_scores(scores, k).cpu().numpy()

    def score_batch(self, batch: ClickBatch) -> Tensor:
        """Score a batch without noise or dropout, (n_users, n_items), on its device."""
        was_training = self.training
        logits: Tensor = self.eval()(batch).logits
        self.train(was_training)
        return logits.float()


class MultVAE(_Autoencoder):
    """The variational autoencoder with a multinomial likelihood.

    The encoder gives the mean and log-variance of q(z|x) = N(mu, diag(exp(logvar))); in training
    z = mu + exp(logvar / 2) · eps with eps ~ N(0, I), in scoring z = mu.

    Parameters
    ----------
    n_items
        Width of the click matrix.
    hidden
        Widths from the items inwards; None is the paper's (600,).
    latent
        Width of z.
    dropout
        Probability of dropping a click in training.
    likelihood
        `multinomial`, `gaussian` or `logistic`.
    seed
        Seed of the initial weights.
    **own
        Further settings of `MultVAEConfig`: `beta`, `annealing`, `anneal_fraction` and
        `anneal_steps`, by which `schedule` weighs the KL divergence, and `sampled_items`.

    Examples
    --------
    >>> import numpy as np
    >>> model = MultVAE(n_items=5, hidden=(4,), latent=2)
    >>> clicks = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]])
    >>> model.score(clicks).shape
    (2, 5)
    >>> model.rank(clicks, k=3).shape
    (2, 3)
    """

    kind: Kind = "mult-vae"
    Config = MultVAEConfig
    config: MultVAEConfig
    paper_weight_decay = 0.0
    heads = 2  # mu and logvar

    def schedule(self, update: int, all_updates: int) -> dict[str, float]:
        """Give β of an update: the weight of the KL divergence."""
        return {"beta": beta_at(update, all_updates, self.config)}

    def encode(
        self, clicks: ClickBatch, generator: Generator | None = None, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give mu and logvar of the posterior, (n_users, latent) each."""
        mu, logvar = self.to_code(clicks, generator, keep).chunk(2, dim=1)
        return mu, logvar

    def sample(
        self,
        mu: Tensor,
        logvar: Tensor,
        generator: Generator | None = None,
        noise: Tensor | None = None,
    ) -> Tensor:
        """Draw z = mu + sigma · eps in training (the reparameterization trick); mu in scoring.

        Equation `eq-rt-5` in foundations/reparameterization.
        """
        if not self.training:
            return mu
        if noise is None:
            noise = torch.randn(mu.shape, generator=generator, device=mu.device)
        return mu + torch.exp(logvar / 2) * noise

    def draw(
        self, n_users: int, n_clicks: int, generator: Generator | None, device: torch.device
    ) -> Draws:
        """Draw a batch's dropout, then its noise."""
        draws = super().draw(n_users, n_clicks, generator, device)
        noise = torch.randn(n_users, self.config.latent, generator=generator, device=device)
        return Draws(draws.per_click, {"noise": noise})

    def code(
        self,
        clicks: ClickBatch,
        generator: Generator | None,
        keep: Tensor | None,
        noise: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Encode and sample: z, mu and logvar."""
        mu, logvar = self.encode(clicks, generator, keep)
        return self.sample(mu, logvar, generator, noise), mu, logvar


class MultDAE(_Autoencoder):
    """The denoising autoencoder with a multinomial likelihood: one point z, no KL.

    Parameters are those of `MultVAE` but for β, which weighs a KL divergence; `hidden` defaults
    to none (items–latent–items), and the paper penalises the weights, see `paper_weight_decay`.
    """

    kind: Kind = "mult-dae"
    Config = MultDAEConfig
    # 0.01 / 500 in the authors' code, on the squared norm: its gradient is twice that.
    paper_weight_decay = 4e-5
    heads = 1

    def encode(
        self, clicks: ClickBatch, generator: Generator | None = None, keep: Tensor | None = None
    ) -> Tensor:
        """Give the code z, (n_users, latent)."""
        return torch.tanh(self.to_code(clicks, generator, keep))

    def code(
        self,
        clicks: ClickBatch,
        generator: Generator | None,
        keep: Tensor | None,
        noise: Tensor | None,
    ) -> tuple[Tensor, None, None]:
        """Encode: z, and no posterior."""
        return self.encode(clicks, generator, keep), None, None
