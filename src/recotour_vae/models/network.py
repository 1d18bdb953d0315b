"""What the one training loop asks of a network, in whichever framework it is written."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Phase:
    """A part of each epoch in which some of the parameters are trained, with their own optimiser.

    Attributes
    ----------
    name
        That the loss is told, as `phase`, and that its columns of the history begin with; empty
        where there is one phase only, of which nobody is told.
    passes
        How often all units are gone through.
    parameters
        How the names of the trained parameters begin; () are all.
    """

    name: str = ""
    passes: int = 1
    parameters: tuple[str, ...] = ()

    def trains(self, parameter: str) -> bool:
        """Whether the phase trains a parameter."""
        return not self.parameters or parameter.startswith(self.parameters)

    def label(self, gap: str) -> str:
        """Give the name and a gap; nothing where there is no name."""
        return self.name + gap if self.name else ""


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
    phases
        Of an epoch, in order; networks that alternate have several.
    goes_with
        What not every network can be trained with and this one can: `workers`, or nothing.
    paper_weight_decay
        Coupled L2 on its weights where the settings leave it open.
    n_items
        Width of the clicks that it knows.
    config
        Its own settings, a frozen dataclass: of its layers, and of what is its loss's own.
    """

    framework: Framework
    kind: Any
    Loss: ClassVar[Any]
    phases: tuple[Phase, ...] = (Phase(),)
    goes_with: ClassVar[frozenset[str]] = frozenset()
    paper_weight_decay: float = 0.0
    n_items: int
    config: Any

    @property
    def sampled_items(self) -> int | None:
        """Items that stand for the catalogue in an update; gradients then hold few rows.

        None is all items, or a network without a sampled softmax.
        """
        return None

    def schedule(self, update: int, all_updates: int) -> dict[str, float]:
        """Give what of the loss varies with the update, by the names that the loss takes it by.

        A weight and how it is annealed are settings of the network's own, which it has in
        `config`. Each becomes a column of the history, with its value at the epoch's last update.

        Parameters
        ----------
        update
            Its number, from 0.
        all_updates
            Of the whole training.
        """
        return {}

    def check_width(self, clicks: "csr_matrix") -> None:
        """Raise ConfigError when clicks are on another number of items than the network's."""
        checked_clicks(clicks, self.n_items)
