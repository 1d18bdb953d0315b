"""The one training loop, for networks that read sequences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from recotour_vae.arrays.types import Arrays
from recotour_vae.models.pytorch.svae import SVAENetwork
from recotour_vae.models.svae_config import beta_after
from recotour_vae.training.adam import Adam, fused_adam
from recotour_vae.training.choose import Parts
from recotour_vae.training.history import history_table
from recotour_vae.training.objective import Exact
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.sequences.config import SVAEConfig
from recotour_vae.training.team import Alone
from recotour_vae.training.trainer import Loop

# Parameters in, metrics of the validation users out.
Measure = Callable[[Arrays], dict[str, float]]


def wholly_decayed_adam(
    parameters: list[nn.Parameter], rate: float, decay: float, device: torch.device
) -> Adam:
    """Make Adam with coupled L2 on all parameters, biases too, as PyTorch's has it."""
    return Adam(parameters, lr=rate, weight_decay=decay, fused=device.type != "mps")


def engine(network: SVAENetwork, config: SVAEConfig) -> PyTorchBackend:
    """Put the PyTorch engine together for one process."""
    make = wholly_decayed_adam if config.decay_biases else fused_adam
    return PyTorchBackend(network, config.training(), Parts(make, Exact(), Alone()))


class SequenceLoop(Loop):
    """The loop, whose β counts people and whose validation users are shown in order of time.

    Parameters
    ----------
    network
        What is trained.
    config
        Of it and of its training.
    backend
        Its engine.
    histories
        Of the training users; `Loop` knows them as what its backend loads.
    measure
        Of the validation users; None without any.
    """

    def __init__(
        self,
        network: SVAENetwork,
        config: SVAEConfig,
        backend: PyTorchBackend,
        histories: Any,
        measure: Measure | None,
    ) -> None:
        super().__init__(config.training(), network, backend, histories, None, None)
        self.own, self.measure = config, measure

    def _schedule(self, update: int) -> dict[str, float]:
        """Give the weight of the KL divergence, by the people who were trained on before."""
        epoch, within = divmod(update, self.n_updates)
        of_epoch = within * self.config.batch_size
        return {"beta": beta_after(epoch * self.n_units + of_epoch, of_epoch, self.own)}

    def _validate(self, epoch: int) -> dict[str, float]:
        if self.measure is None:
            return {}
        arrays = self.backend.arrays()
        if not all(np.isfinite(one).all() for one in arrays.values()):
            raise self._diverged(f"epoch {epoch}, batch {self.n_updates} of {self.n_updates}")
        return self.measure(arrays)


def train(
    network: SVAENetwork, config: SVAEConfig, histories: Any, measure: Measure | None = None
) -> pd.DataFrame:
    """Train a network on histories, and leave it with the parameters of its best epoch.

    Parameters
    ----------
    network
        It is changed in place.
    config
        Of it and of its training.
    histories
        Of the training users, in order of time.
    measure
        Gives metrics of the validation users under some parameters, the monitored one among them,
        by which the best epoch is chosen; None keeps the last.

    Returns
    -------
    pandas.DataFrame
        A row an epoch, as `history_table` says.

    Raises
    ------
    DivergenceError
        When the loss stops being a number; the network is then back at its best epoch.
    """
    loop = SequenceLoop(network, config, engine(network, config), histories, measure)
    progress = loop.start(resume=False)
    try:
        loop.epochs(progress, None)
    finally:
        loop.backend.load_arrays(progress.best)
    return history_table(progress.rows)
