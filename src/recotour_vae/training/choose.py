"""Which parts an engine is made of: the optimiser, the loss, and who trains together."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from recotour_vae.models.network import Network
from recotour_vae.training.objective import Objective
from recotour_vae.training.team import Team
from recotour_vae.training.world import World

# Parameters, learning rate, weight decay and device in, an optimiser out.
MakeOptimiser = Callable[[list[nn.Parameter], float, float, torch.device], torch.optim.Optimizer]


@dataclass(frozen=True)
class Parts:
    """What can be exchanged in an engine, each for itself.

    Attributes
    ----------
    optimiser
        Makes the optimiser of some parameters.
    objective
        The loss of a batch.
    team
        Who shares the batches.
    """

    optimiser: MakeOptimiser
    objective: Objective
    team: Team


def choose(network: Network) -> Parts:
    """Choose the parts that a network and surroundings ask for; `refusals` says what goes together.

    With `dataclasses.replace` one of them can be another: that is the place to try an optimiser.
    """
    return Parts(choose_optimiser(network), choose_objective(network), choose_team())


def choose_optimiser(network: Network) -> MakeOptimiser:
    """Choose Adam: lazy where the gradients hold few rows, fused elsewhere."""
    from recotour_vae.training.adam import fused_adam
    from recotour_vae.training.lazy_adam import lazy_adam

    return fused_adam if network.sampled_items is None else lazy_adam


def choose_objective(network: Network) -> Objective:
    """Choose the loss: the network's, or its estimate from a few items."""
    from recotour_vae.training.objective import Exact
    from recotour_vae.training.sampled import Sampled

    return Exact() if network.sampled_items is None else Sampled(network.sampled_items)


def choose_team() -> Team:
    """Choose who trains together: whoever `torchrun` or `launch` started."""
    if World.here().size > 1:
        from recotour_vae.training.distributed import Workers

        return Workers()
    from recotour_vae.training.team import Alone

    return Alone()
