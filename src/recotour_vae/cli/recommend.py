"""`recotour-vae recommend`: what a trained model recommends to somebody."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Framework

if TYPE_CHECKING:
    from recotour_vae.runs import Run


@dataclass(frozen=True)
class Recommend:
    """List what a trained model recommends to a user, or to somebody who likes some titles.

    Examples:
      recotour-vae recommend runs/vae --user 42
      recotour-vae recommend runs/vae --liked "Toy Story" "Aliens (1986)" --k 5

    Parameters
    ----------
    folder
        Of a run.
    user
        Raw id of a user of the run's data.
    liked
        Titles, with or without the year.
    k
        Length of the list, items.
    framework
        That the model is opened in, whichever trained it.
    """

    folder: Positional[Path]
    user: str | None = None
    liked: tuple[str, ...] = ()
    k: int = 10
    framework: Framework = "pytorch"

    def run(self) -> None:
        """Print the list."""
        if (self.user is None) == (not self.liked):
            raise ConfigError("Give either --user ID or --liked TITLE [TITLE ...], and not both.")
        from recotour_vae import runs

        run = runs.open_run(self.folder, self.framework)
        by_title = self.user is None
        clicks = runs.clicks_on(run.titles, self.liked) if by_title else self._history(run)
        table = runs.recommend(run, clicks, self.k)
        say(table.to_string(float_format="{:.4f}".format))

    def _history(self, run: "Run") -> Any:
        from recotour_vae import runs

        return runs.history_of(run.split, str(self.user))
