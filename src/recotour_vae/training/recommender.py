"""A network and its training as one recommender: fitted and asked by the words of all others."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Arrays, Floats, Ints
from recotour_vae.files.numbered import write_numbered
from recotour_vae.files.whole import expanded
from recotour_vae.recommenders.interface import Recommender
from recotour_vae.recommenders.registry import Entry
from recotour_vae.splits import HeldOut, Split
from recotour_vae.training.config import TrainingConfig

if TYPE_CHECKING:
    import pandas as pd

    from recotour_vae.models.frameworks import Model

_COPIES: Final = 5  # of the weights: gradient, two moments of Adam, the best epoch's copy
_BATCHES: Final = 4  # arrays of the size of a batch's logits


@dataclass(frozen=True)
class NetworkConfig:
    """Settings of a network: its layers, and how it is trained.

    Parameters
    ----------
    network
        Of the layers and the loss, an object of the class that the registry names.
    training
        Of the updates.
    """

    network: Any
    training: TrainingConfig


class NetworkRecommender(Recommender[NetworkConfig]):
    """A network of the registry, trained by the `Trainer` when it is fitted.

    Attributes
    ----------
    entry
        What the registry says of it.
    framework
        That it is trained in.
    model
        The network; there once it is fitted.
    history
        A row an epoch; there once it is fitted.
    """

    Config = NetworkConfig
    state = ("model", "history")
    model: "Model"
    history: "pd.DataFrame"

    def __init__(self, entry: Entry, framework: str, config: NetworkConfig) -> None:
        super().__init__(config)
        self.entry, self.framework = entry, framework

    def fit(self, clicks: csr_matrix, validation: HeldOut | None = None) -> Self:
        """Train on clicks, (n_users, n_items); validation users choose the epoch.

        Raises
        ------
        RecotourError
            As `Trainer.fit` says.
        """
        from recotour_vae.training.trainer import Trainer

        clicks = canonical(clicks, where="The training matrix")
        self.model = self.build(clicks.shape[1])
        self.history = Trainer(self.config.training, progress=False).fit(
            self.model, clicks, validation
        )
        return self

    def fit_split(self, split: Split) -> Self:
        """Train on a split's training users; its validation users choose the epoch."""
        return self.fit(split.train, split.validation)

    def build(self, n_items: int) -> "Model":
        """Make the network, untrained."""
        network = self.entry.network(self.framework)
        made: Model = network.of(self.config.network, n_items, self.config.training.seed)
        return made

    def score(self, clicks: csr_matrix) -> Floats:
        """Score all items, (n_users, n_items), without noise or dropout."""
        return self.model.score(clicks)

    def rank(self, clicks: csr_matrix, k: int) -> Ints:
        """List the k best items not clicked of each user; on the device where the network can."""
        ranked = getattr(self.model, "rank", None)
        return super().rank(clicks, k) if ranked is None else ranked(clicks, k)

    def settings(self) -> dict[str, Any]:
        """Give all settings by name, those of training among them."""
        return _own(self.config.network) | asdict(self.config.training)

    def memory_needed(self, n_items: int) -> int:
        """Bytes of the weights, their companions, and a batch's logits."""
        weights: int = self.config.network.n_weights(n_items)
        logits = self.config.training.batch_size * n_items
        return 4 * (_COPIES * weights + _BATCHES * logits)

    def arrays(self) -> Arrays:
        """Copy the network's parameters."""
        return self.model.arrays()

    def load_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Put parameters into the network, which `build` made."""
        self.model.load_arrays(dict(arrays))

    def save(self, path: str | Path, **notes: Any) -> Path:
        """Write the network as a run's best model, which either framework opens.

        Raises
        ------
        CheckpointError
            When the file cannot be written.
        """
        asked = {"model": _own(self.config.network), "training": asdict(self.config.training)}
        header = {"recommender": self.entry.name, "n_items": self.model.n_items, **asked}
        write_numbered(expanded(path), self.arrays(), header | notes)
        return expanded(path)

    @classmethod
    def options(cls, entry: Entry) -> dict[str, Any]:
        """Give the settings of the network and of its training, and their defaults."""
        kinds = (entry.config_class(), TrainingConfig)
        return {one.name: one.default for kind in kinds for one in fields(kind) if one.init}

    @classmethod
    def from_options(cls, entry: Entry, framework: str, options: Mapping[str, Any]) -> Self:
        """Build one as the registry says; see `Entry.make`."""
        kind = entry.config_class()
        own = {one.name for one in fields(kind) if one.init}
        plain: dict[str, Any] = {
            n: tuple(v) if isinstance(v, list) else v for n, v in options.items()
        }
        network = kind(**{n: v for n, v in plain.items() if n in own})
        training = TrainingConfig(**{n: v for n, v in plain.items() if n not in own})
        chosen = framework or entry.frameworks[0]
        entry.check_framework(chosen)
        return cls(entry, chosen, NetworkConfig(network, training))


def _own(config: Any) -> dict[str, Any]:
    """Give settings by the names that they are made with."""
    return {one.name: getattr(config, one.name) for one in fields(config) if one.init}
