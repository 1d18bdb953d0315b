"""What a model is made of, said without a framework."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, get_args

from recotour_vae.errors import ConfigError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Kind = Literal["mult-vae", "mult-dae"]
Likelihood = Literal["multinomial", "gaussian", "logistic"]
Framework = Literal["pytorch", "gluon"]

# What a search chooses from unless it is told otherwise, of layers and of training.
_AUTOENCODER_SPACE: Final[dict[str, Any]] = {
    "widths": [
        {"hidden": [], "latent": 200},
        {"hidden": [], "latent": 400},
        {"hidden": [600], "latent": 200},
    ],
    "dropout": {"low": 0.3, "high": 0.8},
    "learning_rate": {"low": 1e-3, "high": 5e-3, "log": True},
    "batch_size": [100, 250],
}

PAPER_HIDDEN: Final[dict[str, tuple[int, ...]]] = {"mult-vae": (600,), "mult-dae": ()}


@dataclass(frozen=True)
class ModelConfig:
    """Architecture of an autoencoder for clicks; the defaults are those of Liang et al. (2018).

    Parameters
    ----------
    kind
        `mult-vae` (variational, a distribution over z) or `mult-dae` (denoising, one point z).
    hidden
        Widths in units of the layers between the items and the code, from the items inwards; the
        decoder mirrors them. None takes the paper's: (600,) for Mult-VAE, () for Mult-DAE.
    latent
        Width of the code z in units.
    dropout
        Probability with which each click of the input is dropped in training.
    likelihood
        Of the clicks given the logits: `multinomial`, or the paper's ablations.

    Examples
    --------
    >>> ModelConfig("mult-vae", latent=50).widths
    (600,)
    >>> ModelConfig(dropout=1)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: dropout is 1; give a probability from 0 to below 1.
    """

    kind: Kind = "mult-vae"
    hidden: tuple[int, ...] | None = None
    latent: int = 200
    dropout: float = 0.5
    likelihood: Likelihood = "multinomial"

    def __post_init__(self) -> None:
        _one_of("kind", self.kind, get_args(Kind))
        _one_of("likelihood", self.likelihood, get_args(Likelihood))
        if self.latent < 1 or any(width < 1 for width in self.hidden or ()):
            raise ConfigError(
                f"hidden={self.hidden} and latent={self.latent}: every width must be at least 1."
            )
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout is {self.dropout}; give a probability from 0 to below 1.")

    @property
    def widths(self) -> tuple[int, ...]:
        """The hidden widths in force, the paper's where none are given."""
        return PAPER_HIDDEN[self.kind] if self.hidden is None else self.hidden

    def layers(self) -> dict[str, Any]:
        """Give what a network of this kind is made with, by name."""
        return {name: value for name, value in vars(self).items() if name != "kind"}


@dataclass(frozen=True)
class AutoencoderConfig:
    """Settings of an autoencoder for clicks; the defaults are those of Liang et al. (2018).

    Parameters
    ----------
    hidden
        Widths in units of the layers between the items and the code, from the items inwards; the
        decoder mirrors them. None takes the paper's: (600,) for Mult-VAE, () for Mult-DAE.
    latent
        Width of the code z in units.
    dropout
        Probability with which each click of the input is dropped in training.
    likelihood
        Of the clicks given the logits: `multinomial`, or the paper's ablations.
    """

    kind: ClassVar[Kind]

    hidden: tuple[int, ...] | None = None
    latent: int = 200
    dropout: float = 0.5
    likelihood: Likelihood = "multinomial"

    def __post_init__(self) -> None:
        self.architecture()  # which refuses what is out of range

    def architecture(self) -> ModelConfig:
        """Give the same with its kind."""
        return ModelConfig(kind=self.kind, **self.layers())

    def layers(self) -> dict[str, Any]:
        """Give what the network is made with, by name."""
        return dict(vars(self))

    def n_weights(self, n_items: int) -> int:
        """Count what is learned, nearly: the layers at the items outweigh all others."""
        return 2 * n_items * (*self.architecture().widths, self.latent)[0]


@dataclass(frozen=True)
class MultVAEConfig(AutoencoderConfig):
    """Settings of Mult-VAE, a variational autoencoder: a distribution over the code z."""

    kind = "mult-vae"
    SPACE: ClassVar[dict[str, Any]] = _AUTOENCODER_SPACE | {
        "beta": {"low": 0.02, "high": 0.6, "log": True}
    }


@dataclass(frozen=True)
class MultDAEConfig(AutoencoderConfig):
    """Settings of Mult-DAE, a denoising autoencoder: one point z."""

    kind = "mult-dae"
    SPACE: ClassVar[dict[str, Any]] = _AUTOENCODER_SPACE | {
        "weight_decay": {"low": 1e-6, "high": 1e-3, "log": True}
    }


def checked_clicks(clicks: "csr_matrix", n_items: int | None = None) -> "csr_matrix":
    """Give clicks in canonical form, if they are on as many items as a model knows.

    Parameters
    ----------
    clicks
        (n_users, n_items), as `arrays.canonical` takes them.
    n_items
        That the model knows; None lets any number pass.

    Raises
    ------
    ConfigError
        When they are on another number of items.
    DataError
        When the matrix is not one of clicks.
    """
    from recotour_vae.arrays.clicks import canonical  # which loads SciPy

    clicks = canonical(clicks)
    if n_items not in (None, clicks.shape[1]):
        raise ConfigError(
            f"The clicks are on {clicks.shape[1]} items and the model knows {n_items}; "
            "use the split that the model was made for."
        )
    return clicks


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name} is '{value}'; choose one of {', '.join(choices)}.")
