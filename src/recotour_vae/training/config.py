"""Settings of a training run."""

from dataclasses import dataclass
from typing import Literal, get_args

from recotour_vae.errors import ConfigError
from recotour_vae.evaluation.registry import metric_of, parse_name
from recotour_vae.models.network import Network

Annealing = Literal["fraction", "paper", "constant"]
Precision = Literal["float32", "mixed"]


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained; the defaults are the paper's (Liang et al. 2018, section 4.4).

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
    sampled_items
        Items drawn for each update in place of the whole catalogue in the softmax's normaliser,
        for catalogues of hundreds of thousands; None is exact. PyTorch, the multinomial
        likelihood, float32 and no weight decay only.

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
    beta: float = 0.2
    annealing: Annealing = "fraction"
    anneal_fraction: float = 0.855
    anneal_steps: int = 200_000
    monitor: str = "ndcg@100"
    patience: int | None = None
    plateau_patience: int | None = None
    plateau_factor: float = 0.5
    seed: int = 0
    device: str = "auto"
    precision: Precision = "float32"
    sampled_items: int | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "anneal_steps"):
            value = getattr(self, name)
            _require(value is not None and value >= 1, name, value, "1 or more")
        for name in ("patience", "plateau_patience", "sampled_items"):
            value = getattr(self, name)
            _require(value is None or value >= 1, name, value, "1 or more")
        _require(self.learning_rate > 0, "learning_rate", self.learning_rate, "a number above 0")
        _require(self.beta >= 0, "beta", self.beta, "0 or more; the paper's cap is 0.2")
        _require((self.weight_decay or 0) >= 0, "weight_decay", self.weight_decay, "0 or more")
        _require(self.seed >= 0, "seed", self.seed, "0 or more")
        for name in ("anneal_fraction", "plateau_factor"):
            value = getattr(self, name)
            _require(0 < value <= 1, name, value, "a share above 0 and at most 1")
        for name, kind in (("annealing", Annealing), ("precision", Precision)):
            choices = get_args(kind)
            _require(
                getattr(self, name) in choices, name, getattr(self, name), " or ".join(choices)
            )
        if self.monitor != "loss":
            parse_name(self.monitor)

    @property
    def higher_is_better(self) -> bool:
        """Whether the monitored quantity is to grow."""
        return self.monitor != "loss" and metric_of(self.monitor).higher_is_better

    def decay_of(self, network: Network) -> float:
        """Give the weight decay in force for a network."""
        return network.paper_weight_decay if self.weight_decay is None else self.weight_decay


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise ConfigError(f"{name} is {value}; give {wanted}.")
