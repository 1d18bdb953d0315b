"""Settings of a training run."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar, get_args

from recotour_vae.errors import ConfigError
from recotour_vae.evaluation.registry import metric_of, parse_name
from recotour_vae.models.config import ONCE_EVERYBODYS, require
from recotour_vae.models.network import Network

Precision = Literal["float32", "mixed"]

C = TypeVar("C")


def _without_the_models_own(kind: type[C]) -> type[C]:
    """Have settings of a training say where those are given now that stood among them once."""
    cls: Any = kind
    make: Callable[..., None] = cls.__init__

    @wraps(make)
    def init(self: Any, *given: Any, **named: Any) -> None:
        for name in filter(named.__contains__, ONCE_EVERYBODYS):
            raise ConfigError(
                f"{name} is a setting of the model and not of its training; give it to the "
                f"network, as in MultVAE(n_items, {name}={named[name]!r}), or to its MultVAEConfig."
            )
        make(self, *given, **named)

    cls.__init__ = init
    return kind


@_without_the_models_own
@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained; the defaults are the paper's (Liang et al. 2018, section 4.4).

    What is the network's own, its loss and the weights in it, is a setting of the network.

    Parameters
    ----------
    epochs
        Passes over the training users.
    batch_size
        Users an update.
    learning_rate
        Of Adam.
    weight_decay
        Coupled L2 on weights, not biases: this times the weight is added to its gradient. None
        takes the paper's: 0 for Mult-VAE, 4e-5 for Mult-DAE.
    monitor
        What picks the best epoch: a metric such as `ndcg@100`, which knows which way is better,
        or `loss`, the validation loss (lower is better).
    patience
        Epochs without improvement after which training stops; None trains all epochs.
    plateau_patience
        Epochs without improvement after which the learning rate is multiplied by
        `plateau_factor`; None never lowers it.
    plateau_factor
        Between 0 and 1.
    seed
        Seed of the order of users, of dropout and of noise.
    device
        `auto` (a GPU when there is one), `cpu`, `cuda`, `cuda:1` or `mps`.
    precision
        `float32`, or `mixed`: bfloat16 (float16 on older cards) where it is safe.

    Examples
    --------
    >>> TrainingConfig(monitor="recall@20").higher_is_better
    True
    >>> TrainingConfig(learning_rate=0)
    Traceback (most recent call last):
    recotour_vae.errors.ConfigError: learning_rate is 0; give a number above 0.
    """

    epochs: int = 200
    batch_size: int = 500
    learning_rate: float = 1e-3
    weight_decay: float | None = None
    monitor: str = "ndcg@100"
    patience: int | None = None
    plateau_patience: int | None = None
    plateau_factor: float = 0.5
    seed: int = 0
    device: str = "auto"
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            require(value is not None and value >= 1, name, value, "1 or more")
        for name in ("patience", "plateau_patience"):
            value = getattr(self, name)
            require(value is None or value >= 1, name, value, "1 or more")
        require(self.learning_rate > 0, "learning_rate", self.learning_rate, "a number above 0")
        require((self.weight_decay or 0) >= 0, "weight_decay", self.weight_decay, "0 or more")
        require(self.seed >= 0, "seed", self.seed, "0 or more")
        share, known = self.plateau_factor, get_args(Precision)
        require(0 < share <= 1, "plateau_factor", share, "a share above 0 and at most 1")
        require(self.precision in known, "precision", self.precision, " or ".join(known))
        if self.monitor != "loss":
            parse_name(self.monitor)

    @property
    def higher_is_better(self) -> bool:
        """Whether the monitored quantity is to grow."""
        return self.monitor != "loss" and metric_of(self.monitor).higher_is_better

    def decay_of(self, network: Network) -> float:
        """Give the weight decay in force for a network."""
        return network.paper_weight_decay if self.weight_decay is None else self.weight_decay
