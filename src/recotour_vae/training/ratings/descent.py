"""The one training loop, for networks that predict ratings."""

from dataclasses import replace
from typing import Any

import pandas as pd

from recotour_vae.models.pytorch.network import TorchNetwork
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.training.choose import MakeOptimiser, Parts
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.objective import Exact
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.ratings.schedule import Schedule, one_cycle
from recotour_vae.training.ratings.validation import Measure
from recotour_vae.training.team import Alone
from recotour_vae.training.trainer import Loop


class RatingBackend(PyTorchBackend):
    """The PyTorch engine alone, whose rate and momentum may vary with the update.

    Parameters
    ----------
    network
        What is trained.
    config
        Of the updates.
    optimiser
        Makes the optimiser.
    """

    def __init__(
        self, network: TorchNetwork, config: TrainingConfig, optimiser: MakeOptimiser
    ) -> None:
        super().__init__(network, config, Parts(optimiser, Exact(), Alone()))

    def train_step(self, clicks: Any, **schedule: float) -> None:
        """Make one update on a batch of the network's units."""
        if "learning_rate" in schedule:
            self._vary(schedule.pop("learning_rate"), schedule.pop("momentum"))
        super().train_step(clicks, **schedule)

    def _vary(self, rate: float, momentum: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"], group["betas"] = rate, (momentum, group["betas"][1])


class RatingLoop(Loop):
    """The loop, which looks at validation ratings in place of lists.

    Parameters
    ----------
    config
        Of the updates.
    network
        What is trained.
    backend
        Its engine.
    ratings
        (n_users, n_items).
    measure
        Gives the RMSE of the validation ratings under some parameters; None without any.
    schedule
        Of rate and momentum.
    """

    def __init__(
        self,
        config: TrainingConfig,
        network: TorchNetwork,
        backend: PyTorchBackend,
        ratings: Ratings,
        measure: Measure | None,
        schedule: Schedule,
    ) -> None:
        super().__init__(config, network, backend, ratings, None, None)
        self.measure, self.course = measure, schedule

    def _schedule(self, update: int) -> dict[str, float]:
        """Give what varies with the update: of the loss, and of the optimiser."""
        found = super()._schedule(update)
        if self.course == "one-cycle":
            share = update / (self.config.epochs * self.n_updates)
            found |= one_cycle(share, self.config.learning_rate)
        return found

    def _validate(self, epoch: int) -> dict[str, float]:
        return {"rmse": self.measure(self.backend.arrays())} if self.measure else {}


def train(
    backend: RatingBackend,
    ratings: Ratings,
    config: TrainingConfig,
    measure: Measure | None = None,
    schedule: Schedule = "constant",
) -> pd.DataFrame:
    """Train a network on ratings, and leave it with the parameters of its best epoch.

    Parameters
    ----------
    backend
        Of the network, whose `units` are cut from `ratings`; it is changed in place.
    ratings
        (n_users, n_items).
    config
        Of the updates.
    measure
        Gives the RMSE of the validation ratings under some parameters, by which the best epoch is
        chosen; None keeps the last.
    schedule
        Of rate and momentum.

    Returns
    -------
    pandas.DataFrame
        A row an epoch, as `history_table` says, with `rmse` in place of the metrics of lists.

    Raises
    ------
    DivergenceError
        When the loss stops being a number.
    """
    config = replace(config, monitor="rmse")
    loop = RatingLoop(config, backend.model, backend, ratings, measure, schedule)
    progress = loop.start(resume=False)
    try:
        loop.epochs(progress, None)
    finally:
        backend.load_arrays(progress.best)
    return history_table(progress.rows)
