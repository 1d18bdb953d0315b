"""Dense re-feeding: what a network made of somebody's ratings is rated by it once more."""

from typing import Any

from recotour_vae.models.pytorch.deeprec import DeepRecNetwork
from recotour_vae.training.choose import MakeOptimiser
from recotour_vae.training.config import TrainingConfig
from recotour_vae.training.ratings.descent import RatingBackend


class RefeedingBackend(RatingBackend):
    """The engine, which after each update makes some on the network's own output.

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
        super().__init__(network, config, optimiser)
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
