"""What a RecVAE is made of, said without a framework."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, get_args

from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Annealing, require

Encoder = Literal["dense", "tanh"]
Prior = Literal["composite", "normal"]

_DENSE_LAYERS: Final = 5  # of the encoder, as published


@dataclass(frozen=True)
class RecVAEConfig:
    """Settings of RecVAE; the defaults are those of Shenbin et al. (2020) and their code.

    Each of its novelties can be left out by itself. Without any of them, that is
    `encoder="tanh"`, `decoder_hidden=True`, `prior="normal"`, `per_click=False` and
    `alternating=False`, it is the Mult-VAE that has as many units.

    Parameters
    ----------
    hidden
        Width of the encoder's layers in units.
    latent
        Width of the code z in units.
    dropout
        Probability with which each click of the input is dropped, where the input is noisy.
    encoder
        `dense`: five layers, each of which is given the sum of all before it, with swish and
        layer normalisation; `tanh`: Mult-VAE's one layer.
    decoder_hidden
        Whether the decoder has a hidden layer with tanh, as Mult-VAE's has; RecVAE's is linear.
    prior
        `composite`: a mixture of the standard normal, of the posterior that the encoder gave an
        epoch ago, and of a wide normal; `normal`: the standard one.
    shares
        Weights of the three in the mixture, in that order; they add up to 1.
    wide_logvar
        Logarithm of the wide normal's variance.
    per_click
        Whether the weight of a user's KL divergence grows with their clicks, gamma · N_u, or is
        the same for everybody, `beta`.
    gamma
        Weight for each click, where it grows with them.
    beta, annealing, anneal_fraction, anneal_steps
        Of everybody's weight, where it does not; see `MultVAEConfig`.
    alternating
        Whether the encoder is trained for some passes on noisy input, then the decoder for one on
        clean input; otherwise both at once, on noisy input. The composite prior needs it.
    encoder_passes
        Of an epoch, where the two alternate.

    Examples
    --------
    >>> RecVAEConfig(latent=50).gamma
    0.005
    >>> RecVAEConfig(alternating=False)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: prior is composite, which holds the encoder of an epoch ago \
and needs alternating=True; give prior='normal' without it.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "widths": [
            {"hidden": 600, "latent": 200},
            {"hidden": 400, "latent": 400},
            {"hidden": 300, "latent": 100},
        ],
        "gamma": {"low": 5e-4, "high": 0.02, "log": True},
        "dropout": {"low": 0.3, "high": 0.8},
        "learning_rate": {"low": 3e-4, "high": 3e-3, "log": True},
        "batch_size": [100, 250],
    }

    hidden: int = 600
    latent: int = 200
    dropout: float = 0.5
    encoder: Encoder = "dense"
    decoder_hidden: bool = False
    prior: Prior = "composite"
    shares: tuple[float, ...] = (0.15, 0.75, 0.1)
    wide_logvar: float = 10.0
    per_click: bool = True
    gamma: float = 0.005
    beta: float = 0.2
    annealing: Annealing = "fraction"
    anneal_fraction: float = 0.855
    anneal_steps: int = 200_000
    alternating: bool = True
    encoder_passes: int = 3

    def __post_init__(self) -> None:
        for name in ("hidden", "latent", "encoder_passes", "anneal_steps"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        for name, kind in (("encoder", Encoder), ("prior", Prior), ("annealing", Annealing)):
            value, known = getattr(self, name), get_args(kind)
            require(value in known, name, value, " or ".join(known))
        require(0 <= self.dropout < 1, "dropout", self.dropout, "a probability from 0 to below 1")
        for name, usual in (("gamma", "0.005 is published"), ("beta", "Mult-VAE's cap is 0.2")):
            value = getattr(self, name)
            require(value >= 0, name, value, f"0 or more; {usual}")
        share = self.anneal_fraction
        require(0 < share <= 1, "anneal_fraction", share, "a share above 0 and at most 1")
        self._check_prior()

    def _check_prior(self) -> None:
        whole = len(self.shares) == 3 and min(self.shares) >= 0 and abs(sum(self.shares) - 1) < 1e-6
        require(whole, "shares", self.shares, "three shares of 0 or more that add up to 1")
        if self.prior == "composite" and not self.alternating:
            raise ConfigError(
                "prior is composite, which holds the encoder of an epoch ago and needs "
                "alternating=True; give prior='normal' without it."
            )

    @property
    def depth(self) -> int:
        """Layers of the encoder."""
        return _DENSE_LAYERS if self.encoder == "dense" else 1

    def n_weights(self, n_items: int) -> int:
        """Count what is learned, nearly: the layers at the items outweigh all others."""
        last = self.hidden if self.decoder_hidden else self.latent
        kept = self.hidden if self.prior == "composite" else 0  # the encoder of an epoch ago
        return n_items * (self.hidden + kept + last)
