"""What a model is made of, said without a framework."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, get_args

from recotour_vae.errors import ConfigError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Kind = Literal["mult-vae", "mult-dae"]
Likelihood = Literal["multinomial", "gaussian", "logistic"]
Annealing = Literal["fraction", "paper", "constant"]
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

# Settings that stood among those of every training once, and are of the networks that have them.
ONCE_EVERYBODYS: Final = ("beta", "annealing", "anneal_fraction", "anneal_steps", "sampled_items")

PAPER_HIDDEN: Final[dict[str, tuple[int, ...]]] = {"mult-vae": (600,), "mult-dae": ()}


@dataclass(frozen=True)
class ModelConfig:
    """Settings of an autoencoder for clicks; the defaults are those of Liang et al. (2018).

    What only one kind has is a setting of its own class, as β of `MultVAEConfig`.

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
    sampled_items
        Items drawn for each update in place of the whole catalogue in the softmax's normaliser,
        for catalogues of hundreds of thousands; None is exact. The multinomial likelihood only,
        and trained in PyTorch, float32 and without weight decay.

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
    sampled_items: int | None = None

    def __post_init__(self) -> None:
        _one_of("kind", self.kind, get_args(Kind))
        _one_of("likelihood", self.likelihood, get_args(Likelihood))
        if self.latent < 1 or any(width < 1 for width in self.hidden or ()):
            raise ConfigError(
                f"hidden={self.hidden} and latent={self.latent}: every width must be at least 1."
            )
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout is {self.dropout}; give a probability from 0 to below 1.")
        self._check_sampled()

    def _check_sampled(self) -> None:
        if self.sampled_items is None:
            return
        require(self.sampled_items >= 1, "sampled_items", self.sampled_items, "1 or more")
        if self.likelihood != "multinomial":
            raise ConfigError(
                f"sampled_items is {self.sampled_items}, but the {self.likelihood} likelihood has "
                "no normaliser to sample; leave it."
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """The hidden widths in force, the paper's where none are given."""
        return PAPER_HIDDEN[self.kind] if self.hidden is None else self.hidden

    def own(self) -> dict[str, Any]:
        """Give what a network of this kind is made with, by name."""
        return {name: value for name, value in vars(self).items() if name != "kind"}

    def n_weights(self, n_items: int) -> int:
        """Count what is learned, nearly: the layers at the items outweigh all others."""
        return 2 * n_items * (*self.widths, self.latent)[0]


@dataclass(frozen=True)
class MultVAEConfig(ModelConfig):
    """Settings of Mult-VAE, a variational autoencoder: a distribution over the code z.

    Parameters
    ----------
    beta
        Weight of the KL divergence, or the cap that annealing leads to.
    annealing
        `fraction`: a straight line from 0 that reaches the cap after a fraction of all updates,
        whatever the data's size; `paper`: min(beta, update / anneal_steps), as in the authors'
        code; `constant`: beta from the first update on.
    anneal_fraction
        Share of all updates for `fraction`. The paper's schedule on MovieLens-20M reaches its
        cap at update 40,000 of 46,800, which is 0.855.
    anneal_steps
        Updates after which `paper` would reach 1, were there no cap.

    Examples
    --------
    >>> MultVAEConfig(latent=50, beta=0.4).annealing
    'fraction'
    >>> MultVAEConfig(beta=-1)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: beta is -1; give 0 or more; the paper's cap is 0.2.
    """

    SPACE: ClassVar[dict[str, Any]] = _AUTOENCODER_SPACE | {
        "beta": {"low": 0.02, "high": 0.6, "log": True}
    }

    kind: Kind = field(default="mult-vae", init=False)
    beta: float = 0.2
    annealing: Annealing = "fraction"
    anneal_fraction: float = 0.855
    anneal_steps: int = 200_000

    def __post_init__(self) -> None:
        super().__post_init__()
        steps, share = self.anneal_steps, self.anneal_fraction
        require(steps is not None and steps >= 1, "anneal_steps", steps, "1 or more")
        require(self.beta >= 0, "beta", self.beta, "0 or more; the paper's cap is 0.2")
        require(0 < share <= 1, "anneal_fraction", share, "a share above 0 and at most 1")
        known = get_args(Annealing)
        require(self.annealing in known, "annealing", self.annealing, " or ".join(known))


@dataclass(frozen=True)
class MultDAEConfig(ModelConfig):
    """Settings of Mult-DAE, a denoising autoencoder: one point z."""

    SPACE: ClassVar[dict[str, Any]] = _AUTOENCODER_SPACE | {
        "weight_decay": {"low": 1e-6, "high": 1e-3, "log": True}
    }

    kind: Kind = field(default="mult-dae", init=False)


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


def require(holds: bool, name: str, value: object, wanted: str) -> None:
    """Refuse a setting that is out of its range.

    Raises
    ------
    ConfigError
        Saying what is wanted.
    """
    if not holds:
        raise ConfigError(f"{name} is {value}; give {wanted}.")
