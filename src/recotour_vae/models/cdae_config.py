"""What CDAE is made of, said without a framework."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from recotour_vae.models.config import require

Activation = Literal["sigmoid", "identity"]
CellLoss = Literal["square", "logistic", "cross-entropy"]
Newcomer = Literal["none", "mean"]


@dataclass(frozen=True)
class CDAEConfig:
    """Settings of CDAE; where the paper leaves it open they are those of the authors' code.

    Parameters
    ----------
    latent
        Width of the code z in units.
    corruption
        Probability q with which each click of the input is dropped in training; 1 drops all, and
        the person's own vector is all that is known of them, in training and in scoring.
    scaled
        Whether the clicks that are left are multiplied by 1 / (1 - q), as in dropout; scoring
        sees all clicks, each of them 1.
    user_node
        Whether each training person has a vector of their own; without it this is a denoising
        autoencoder.
    tied
        Whether the items' weights outwards are those inwards.
    activation
        Of the code: `sigmoid` or `identity`.
    loss
        Of a cell: `square`, `logistic` or `cross-entropy`; the last two are one function, see
        `models.pytorch.cdae_loss.cost`.
    negatives
        How many unclicked items are drawn, with replacement, for each click; or `all`, which
        takes each unclicked item once and draws none.
    l2
        λ of a penalty λ/2 · w² on every parameter, each time that a person's update touches it.
    newcomer
        The vector of who did not train: `none`, which is 0, or the `mean` of those who did.

    Examples
    --------
    >>> CDAEConfig(latent=20).n_weights(n_items=100)
    4000
    >>> CDAEConfig(corruption=1.5)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: corruption is 1.5; give a probability from 0 to 1.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "latent": [50, 100, 200],
        "corruption": {"low": 0.0, "high": 0.9},
        "l2": {"low": 1e-4, "high": 0.1, "log": True},
        "learning_rate": {"low": 1e-3, "high": 3e-2, "log": True},
        "batch_size": [50, 100, 250],
    }

    latent: int = 50
    corruption: float = 0.2
    scaled: bool = True
    user_node: bool = True
    tied: bool = False
    activation: Activation = "sigmoid"
    loss: CellLoss = "cross-entropy"
    negatives: int | Literal["all"] = 5
    l2: float = 0.01
    newcomer: Newcomer = "none"

    def __post_init__(self) -> None:
        q = self.corruption
        require(self.latent >= 1, "latent", self.latent, "a width of 1 or more")
        require(0 <= q <= 1, "corruption", q, "a probability from 0 to 1")
        require(self.l2 >= 0, "l2", self.l2, "0, which is no penalty, or more")
        require(self._draws(), "negatives", self.negatives, "1 or more for each click, or all")
        for name, kind in (("activation", Activation), ("loss", CellLoss), ("newcomer", Newcomer)):
            known = get_args(kind)
            require(getattr(self, name) in known, name, getattr(self, name), " or ".join(known))
        wanted = "less than 1 where there is no user node: nothing would be known of anybody"
        require(self.user_node or q < 1, "corruption", q, wanted)

    @property
    def scale(self) -> float:
        """What a click that was not dropped counts in training."""
        q = self.corruption
        return 1 / (1 - q) if self.scaled and q < 1 else 1.0

    def n_weights(self, n_items: int) -> int:
        """Count what is learned of items, nearly; people are not known before the clicks are."""
        return (1 if self.tied else 2) * n_items * self.latent

    def _draws(self) -> bool:
        given: Any = self.negatives
        return given == "all" or (isinstance(given, int) and given >= 1)
