"""What the one training loop asks of a network, in whichever framework it is written."""

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from recotour_vae.models.config import Framework, checked_clicks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


class Units(Protocol):
    """What an epoch goes through once, and a batch holds some of: people, pairs or windows."""

    def __len__(self) -> int: ...

    def cut(self, chosen: "NDArray[np.int64]") -> Any:
        """Make a batch of some of them, by their numbers and in that order."""


class Network:
    """What a network says of its training; a network overrides what it answers otherwise.

    Attributes
    ----------
    framework
        That it is written in.
    kind
        Name of the network, as the registry knows it.
    Loss
        Named tuple that its loss is given as. The field `loss` is minimised; each field is a mean
        over a batch and becomes a column of the history.
    goes_with
        Settings that not every network can be trained with: of `workers` and `sampled_items`
        those that this one can.
    paper_weight_decay
        Coupled L2 on its weights where the settings leave it open.
    n_items
        Width of the clicks that it knows.
    config
        Its own settings.
    """

    framework: Framework
    kind: Any
    Loss: ClassVar[Any]
    goes_with: ClassVar[frozenset[str]] = frozenset()
    paper_weight_decay: float = 0.0
    n_items: int
    config: Any

    def schedule(self, update: int, all_updates: int, training: Any) -> dict[str, float]:
        """Give what of the loss varies with the update, by the names that the loss takes it by.

        Each becomes a column of the history, with its value at the epoch's last update.

        Parameters
        ----------
        update
            Its number, from 0.
        all_updates
            Of the whole training.
        training
            Its settings, a `TrainingConfig`.
        """
        return {}

    def check_width(self, clicks: "csr_matrix") -> None:
        """Raise ConfigError when clicks are on another number of items than the network's."""
        checked_clicks(clicks, self.n_items)
