"""Dense re-feeding: what a network made of somebody's ratings is rated by it once more."""

from dataclasses import replace
from typing import Any

import pandas as pd

from recotour_vae.models.pytorch.deeprec import DeepRecNetwork
from recotour_vae.recommenders.ratings.matrix import Ratings
from recotour_vae.training.choose import MakeOptimiser, Parts
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.history import history_table
from recotour_vae.training.objective import Exact
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.ratings.descent import Measure, RatingLoop
from recotour_vae.training.team import Alone


class RefeedingBackend(PyTorchBackend):
    """The PyTorch engine, which after each update makes some on the network's own output.

    Parameters
    ----------
    network
        Its `output` is shown to it again.
    config
        Of the updates.
    optimiser
        Makes the optimiser.
    refeeds
        How many times.
    """

    model: DeepRecNetwork

    def __init__(
        self,
        network: DeepRecNetwork,
        config: TrainingConfig,
        optimiser: MakeOptimiser,
        refeeds: int = 0,
    ) -> None:
        super().__init__(network, config, Parts(optimiser, Exact(), Alone()))
        self.refeeds = refeeds

    def train_step(self, clicks: Any, **schedule: float) -> None:
        """Make one update on a batch of people, and then on what came out of it.

        The output before the update is input and target of the next one, in all cells (Kuchaiev
        and Ginsburg 2017). The loss of these updates is not that of anybody's ratings, and is left
        out of the history.

        Equation `eq-deeprec-fixed` in family/autorec-deeprec.
        """
        super().train_step(clicks, **schedule)
        for _ in range(self.refeeds):
            super().train_step(self.model.refed(), **schedule)
            self.losses.pop()


def train(
    network: DeepRecNetwork,
    ratings: Ratings,
    config: TrainingConfig,
    optimiser: MakeOptimiser,
    refeeds: int = 0,
    measure: Measure | None = None,
) -> pd.DataFrame:
    """Train as `descent.train` does at a constant rate, with re-feeding."""
    config = replace(config, monitor="rmse")
    backend = RefeedingBackend(network, config, optimiser, refeeds)
    loop = RatingLoop(config, network, backend, ratings, measure, "constant")
    progress = loop.start(resume=False)
    try:
        loop.epochs(progress, None)
    finally:
        backend.load_arrays(progress.best)
    return history_table(progress.rows)
