"""Watching one number over the epochs: early stopping and learning-rate plateaus."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Watch:
    """The best value so far, and how long ago it was.

    Attributes
    ----------
    best
        Best value seen; None before the first.
    best_epoch
        Epoch of it, counted from 1.
    waited
        Epochs since then.
    waited_for_rate
        Epochs since then or since the learning rate was last lowered.
    """

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0
    waited_for_rate: int = 0

    def update(self, value: float, epoch: int, higher_is_better: bool) -> "Watch":
        """Take in an epoch's value."""
        if self.best is None or (value > self.best if higher_is_better else value < self.best):
            return Watch(value, epoch)
        waited = {"waited": self.waited + 1, "waited_for_rate": self.waited_for_rate + 1}
        return replace(self, **waited)

    def improved(self, epoch: int) -> bool:
        """Whether the epoch was the best so far."""
        return epoch == self.best_epoch

    def is_over(self, patience: int | None) -> bool:
        """Whether training should stop."""
        return patience is not None and self.waited >= patience

    def on_plateau(self, patience: int | None) -> bool:
        """Whether the learning rate should be lowered."""
        return patience is not None and self.waited_for_rate >= patience

    def rate_lowered(self) -> "Watch":
        """Start counting anew for the learning rate."""
        return replace(self, waited_for_rate=0)
