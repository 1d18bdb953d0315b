"""Mult-VAE and Mult-DAE (Liang et al. 2018) in MXNet Gluon, part for part as in PyTorch."""

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.types import Arrays
from recotour_vae.models.annealing import beta_at
from recotour_vae.models.config import (
    Framework,
    Kind,
    Likelihood,
    ModelConfig,
    MultDAEConfig,
    MultVAEConfig,
    checked_clicks,
)
from recotour_vae.models.gluon.clicks import ClickBatch, People
from recotour_vae.models.gluon.layers import ClickLinear, draw_weights, linear_stack, training_gate
from recotour_vae.models.gluon.losses import LossParts, negative_elbo
from recotour_vae.models.network import Network
from recotour_vae.runtime.mxnet import mx


class Output(NamedTuple):
    """What a forward pass gives, as MXNet arrays.

    Attributes
    ----------
    logits
        (n_users, n_items).
    mu, logvar
        (n_users, latent) of the posterior; None for Mult-DAE, which has none.
    """

    logits: Any
    mu: Any = None
    logvar: Any = None


class _Autoencoder(mx.gluon.HybridBlock, Network):  # type: ignore[misc]
    """What the two models share: layers to and from a code, and scoring.

    Randomness is drawn outside the graph by a generator that is passed in, and switched inside it:
    `training_gate` lets the noise and the change made by dropout through in training only.
    """

    framework: Framework = "gluon"
    kind: Kind
    Config: ClassVar[type[ModelConfig]]
    config: ModelConfig
    Loss = LossParts
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
        self.initialize(mx.init.Zero())  # any other would draw from the global generator
        shapes = {name: parameter.shape for name, parameter in self.parameters().items()}
        self.load_arrays(draw_weights(shapes, seed))
        self.hybridize()

    @classmethod
    def of(cls, config: ModelConfig, n_items: int, seed: int = 0) -> Self:
        """Build the network that settings describe."""
        return cls(n_items, seed=seed, **config.own())

    @property
    def sampled_items(self) -> int | None:
        """Items drawn for an update; None is all of them."""
        return self.config.sampled_items

    def to_code(self, x: Any, change: Any) -> Any:
        """Encode; the last layer is left linear."""
        h = self.first(x, change)  # (n_users, hidden)
        for layer in self.encoder:
            h = layer(h.tanh())
        return h

    def network_input(
        self, clicks: ClickBatch, generator: np.random.Generator, keep: NDArray[Any] | None
    ) -> tuple[Any, Any]:
        """L2-normalise the clicks, and tell what dropout would change in them."""
        if keep is None:
            keep = generator.random(len(clicks.values)) >= self.config.dropout
        dropped = clicks.values * keep / (1 - self.config.dropout)  # (n_clicks,)
        return clicks.with_values(clicks.values), clicks.with_values(dropped - clicks.values)

    def decode(self, z: Any) -> Any:
        """Take codes (n_users, latent) to logits (n_users, n_items)."""
        *hidden, last = self.decoder
        for layer in hidden:
            z = layer(z).tanh()
        return last(z)

    def loss(self, output: Output, clicks: ClickBatch, beta: float = 0.0) -> LossParts:
        """Score an output against clicks, a β of 0 without divergence; see `negative_elbo`."""
        return negative_elbo(
            output.logits, clicks, output.mu, output.logvar, beta, self.config.likelihood
        )

    def units(self, train: csr_matrix) -> People:
        """Take training clicks, (n_users, n_items), as people of whom batches are cut."""
        return People(checked_clicks(train))

    def held_out_loss(self, fold_in: ClickBatch, held_out: ClickBatch) -> tuple[Any, Any]:
        """Show the model some clicks of validation users; as in PyTorch."""
        with mx.autograd.pause():
            logits = self(fold_in).logits
            return logits, self.loss(Output(logits), held_out, beta=0.0).nll

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
        batch = ClickBatch.from_csr(clicks, self.ctx, self.n_items)
        with mx.autograd.pause():
            logits = self(batch).logits
        return logits.asnumpy()  # type: ignore[no-any-return]

    @property
    def ctx(self) -> Any:
        """The context that the parameters are on."""
        return self.first.weight.list_ctx()[0]

    def parameters(self) -> dict[str, Any]:
        """Give the parameters by the names that they have in PyTorch."""
        found: dict[str, Any] = self._collect_params_with_prefix()
        return found

    def weights(self) -> list[Any]:
        """Every weight matrix; weight decay touches these and no bias."""
        return [parameter for parameter in self.parameters().values() if len(parameter.shape) > 1]

    def arrays(self) -> Arrays:
        """Copy the parameters as NumPy arrays, by name."""
        return {name: parameter.data().asnumpy() for name, parameter in self.parameters().items()}

    def load_arrays(self, arrays: Arrays) -> None:
        """Put parameters in place, by name."""
        for name, parameter in self.parameters().items():
            parameter.set_data(mx.nd.array(arrays[name]))


class MultVAE(_Autoencoder):
    """The variational autoencoder with a multinomial likelihood; twin of the PyTorch class.

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
    """

    kind: Kind = "mult-vae"
    Config = MultVAEConfig
    config: MultVAEConfig
    paper_weight_decay = 0.0
    heads = 2  # mu and logvar

    def schedule(self, update: int, all_updates: int) -> dict[str, float]:
        """Give β of an update: the weight of the KL divergence."""
        return {"beta": beta_at(update, all_updates, self.config)}

    def encode(self, x: Any, change: Any) -> tuple[Any, Any]:
        """Give mu and logvar of the posterior, (n_users, latent) each."""
        mu, logvar = self.to_code(x, change).split(2, axis=1)
        return mu, logvar

    def sample(self, F: Any, mu: Any, logvar: Any, noise: Any) -> Any:  # noqa: N803
        """Draw z = mu + sigma · eps in training (the reparameterization trick); mu in scoring."""
        return mu + training_gate(F, mu) * F.exp(logvar / 2) * noise

    def hybrid_forward(self, F: Any, x: Any, change: Any, noise: Any) -> tuple[Any, Any, Any]:  # noqa: N803
        """Encode, sample, decode: the graph."""
        mu, logvar = self.encode(x, change)
        return self.decode(self.sample(F, mu, logvar, noise)), mu, logvar

    def __call__(
        self,
        clicks: ClickBatch,
        generator: np.random.Generator | None = None,
        keep: NDArray[Any] | None = None,
        noise: NDArray[Any] | None = None,
    ) -> Output:
        """Run the graph on a batch.

        Parameters
        ----------
        clicks
            The batch.
        generator
            Source of dropout and noise in training; a fresh one by default.
        keep
            (n_clicks,) mask to use in place of drawing dropout.
        noise
            (n_users, latent) eps to use in place of drawing it.
        """
        generator = generator or np.random.default_rng()
        x, change = self.network_input(clicks, generator, keep)
        if noise is None:
            noise = generator.standard_normal((len(clicks), self.config.latent), np.float32)
        return Output(*super().__call__(x, change, mx.nd.array(noise, clicks.ctx)))


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

    def encode(self, x: Any, change: Any) -> Any:
        """Give the code z, (n_users, latent)."""
        return self.to_code(x, change).tanh()

    def hybrid_forward(self, F: Any, x: Any, change: Any) -> Any:  # noqa: N803
        """Encode and decode: the graph."""
        return self.decode(self.encode(x, change))

    def __call__(
        self,
        clicks: ClickBatch,
        generator: np.random.Generator | None = None,
        keep: NDArray[Any] | None = None,
    ) -> Output:
        """Run the graph on a batch; see `MultVAE`."""
        x, change = self.network_input(clicks, generator or np.random.default_rng(), keep)
        return Output(super().__call__(x, change))
