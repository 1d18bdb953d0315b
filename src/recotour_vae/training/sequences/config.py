"""Settings of SVAE: of its network, its training, and how it is asked."""

from dataclasses import dataclass
from typing import Any, ClassVar

from recotour_vae.models.config import require
from recotour_vae.models.svae_config import SVAENetworkConfig
from recotour_vae.training.config import TrainingConfig

_OF_TRAINING = (
    "epochs",
    "batch_size",
    "learning_rate",
    "weight_decay",
    "monitor",
    "patience",
    "seed",
    "device",
)


@dataclass(frozen=True)
class SVAEConfig(SVAENetworkConfig):
    """Settings of `SVAE`; where paper and code of Sachdeva et al. (2019) differ, the paper's.

    Those of the layers and the loss are `SVAENetworkConfig`'s.

    Parameters
    ----------
    epochs
        Passes over the people; 25 in the authors' code.
    batch_size
        People an update; 1 in the authors' code.
    learning_rate
        Of Adam.
    weight_decay
        Coupled L2, the vectors of items among what it shrinks.
    decay_biases
        Whether it shrinks biases too, as in the authors' code.
    monitor
        What of validation users picks the best epoch: a metric of lists.
    patience
        Epochs without improvement after which training stops; None trains all epochs.
    noise_when_scoring
        Whether the code is drawn also when lists are made, as in the authors' code.
    feed_last
        Whether the last item that is shown of a person is read; the authors' code leaves it out.
    mask_last
        Whether it is kept from the list; the authors' code lets it be recommended.
    seed
        Of the first weights, the order of people, and noise.
    device
        Where it is trained and asked: `cpu`, `cuda`, or `auto`.
    """

    SPACE: ClassVar[dict[str, Any]] = {
        "latent": [32, 64, 128],
        "next_items": [1, 2, 4, 8],
        "beta": {"low": 0.01, "high": 0.5, "log": True},
        "weight_decay": {"low": 1e-4, "high": 1e-2, "log": True},
        "learning_rate": {"low": 3e-4, "high": 3e-3, "log": True},
    }

    epochs: int = 25
    batch_size: int = 8
    learning_rate: float = 1e-3
    weight_decay: float = 5e-3
    decay_biases: bool = False
    monitor: str = "ndcg@100"
    patience: int | None = None
    noise_when_scoring: bool = False
    feed_last: bool = True
    mask_last: bool = True
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        super().__post_init__()
        measured = self.monitor != "loss"
        require(measured, "monitor", self.monitor, "a metric of lists, such as ndcg@100")
        self.training()

    def training(self) -> TrainingConfig:
        """Give what the training loop is told."""
        return TrainingConfig(**{name: getattr(self, name) for name in _OF_TRAINING})
