"""What does not go together in a training: a table of pairs, and the sentences that say so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from recotour_vae.errors import ConfigError
from recotour_vae.models.network import Network
from recotour_vae.training.config import TrainingConfig


@dataclass(frozen=True)
class Asked:
    """What a training is to be put together from.

    Attributes
    ----------
    framework
        Of the network.
    config
        Settings.
    workers
        Processes that share it.
    network
        What is trained; None before it is there.
    device
        Where, once it is known; before, what was asked for.
    settings
        Of the network, before it is there.
    """

    framework: str
    config: TrainingConfig
    workers: int = 1
    network: Network | None = None
    device: str = ""
    settings: Any = None

    @property
    def sampled_items(self) -> int | None:
        """Of the network; None where it has no sampled softmax."""
        own = self.settings if self.network is None else self.network
        return getattr(own, "sampled_items", None)

    @property
    def decay(self) -> float:
        """The weight decay in force."""
        return self.config.decay_of(self.network) if self.network else 0.0

    def lets(self, what: str) -> bool:
        """Whether the network can be trained in a way that not every network can."""
        return self.network is None or what in self.network.goes_with

    def words(self) -> dict[str, Any]:
        """Give what sentences name."""
        said = {"kind": getattr(self.network, "kind", ""), "decay": f"{self.decay:g}"}
        own = {"workers": self.workers, "framework": self.framework}
        return vars(self.config) | own | said | {"sampled_items": self.sampled_items}


_IS: Final[dict[str, Callable[[Asked], bool]]] = {
    "no worker": lambda a: a.workers < 1,
    "workers": lambda a: a.workers > 1,
    "gluon": lambda a: a.framework != "pytorch",
    "sampled": lambda a: a.sampled_items is not None,
    "mixed": lambda a: a.config.precision != "float32",
    "one device": lambda a: a.config.device not in ("auto", "cpu", "cuda"),
    "mps": lambda a: "mps" in (a.device, a.config.device),
    "decay": lambda a: a.decay > 0,
    "phases": lambda a: a.network is not None and len(a.network.phases) > 1,
    "not shared": lambda a: not a.lets("workers"),
}

PAIRS: Final[dict[tuple[str, ...], str]] = {
    ("no worker",): ("workers is {workers}; give 1, or the number of processes to share the work."),
    ("workers", "gluon"): (
        "{workers} workers need PyTorch, and the framework is {framework}; leave out --workers, "
        "or take --framework pytorch."
    ),
    ("workers", "sampled"): (
        "sampled_items works in one process, and there are {workers} workers; leave out one of "
        "the two."
    ),
    ("workers", "one device"): (
        "{workers} workers take a device each, and '{device}' is one for all; use --device auto, "
        "cuda or cpu."
    ),
    ("workers", "not shared"): (
        "{workers} workers need a network whose batches they can share, and {kind} is none; leave "
        "out --workers."
    ),
    ("gluon", "mixed"): (
        "precision is {precision}, and the Gluon models train in float32 only; use --precision "
        "float32 or --framework pytorch."
    ),
    ("gluon", "phases"): (
        "The Gluon models are trained all at once, and {kind} alternates; use --framework pytorch."
    ),
    ("sampled", "gluon"): (
        "sampled_items is {sampled_items}, but the Gluon models have no sampled softmax; use "
        "--framework pytorch."
    ),
    ("sampled", "mixed"): (
        "sampled_items is {sampled_items}, but precision is {precision}; use --precision float32."
    ),
    ("sampled", "decay"): (
        "sampled_items is {sampled_items}, but weight_decay is {decay}, which would have to move "
        "the rows that a lazy Adam leaves alone; use --weight-decay 0."
    ),
    ("sampled", "mps"): (
        "sampled_items needs float64 draws and sparse gradients, which mps lacks; use --device cpu."
    ),
}


def check(asked: Asked) -> None:
    """Refuse what does not go together.

    Raises
    ------
    ConfigError
        With the sentence of the first pair of `PAIRS` that is asked for.
    """
    for pair, sentence in PAIRS.items():
        if all(_IS[one](asked) for one in pair):
            raise ConfigError(sentence.format(**asked.words()))
