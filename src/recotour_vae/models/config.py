"""What a model is made of, said without a framework."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from recotour_vae.errors import ConfigError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Kind = Literal["mult-vae", "mult-dae"]
Likelihood = Literal["multinomial", "gaussian", "logistic"]
Framework = Literal["pytorch", "gluon"]

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


def checked_clicks(clicks: "csr_matrix", n_items: int | None = None) -> "csr_matrix":
    """Give clicks in canonical form, if they are on as many items as a model knows.

    Parameters
    ----------
    clicks
        (n_users, n_items), as `click_matrix.canonical` takes them.
    n_items
        That the model knows; None lets any number pass.

    Raises
    ------
    ConfigError
        When they are on another number of items.
    DataError
        When the matrix is not one of clicks.
    """
    from recotour_vae.click_matrix import canonical  # which loads SciPy

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
