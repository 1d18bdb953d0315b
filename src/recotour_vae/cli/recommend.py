"""`recotour-vae recommend`: what a trained model recommends to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Framework


@dataclass(frozen=True)
class Recommend:
    """List what a trained model recommends to a user, or to somebody who likes some titles.

    Examples:
      recotour-vae recommend runs/vae --user 42
      recotour-vae recommend runs/vae --liked "Toy Story" "Aliens (1986)" --k 5
      recotour-vae recommend runs/vae --liked id:274 "The Matrix"

    Parameters
    ----------
    folder
        Of a run.
    user
        Raw id of a user of the run's data.
    liked
        Titles, with or without the year; or id: and the raw id of an item, for which see the
        run's titles.csv. Case and the form of accents do not matter.
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
        if self.user is None:
            clicks = runs.liked_by(run, self.liked)
        else:
            clicks = runs.history_of(run.split, self.user)
        table = runs.recommend(run, clicks, self.k)
        say(table.to_string(float_format="{:.4f}".format))


def with_values(words: Sequence[str]) -> list[str]:
    """Write `--user -5` as `--user=-5`, which is how an id that begins with a dash is read."""
    written: list[str] = []
    for word in words:
        dashed = word.startswith("-") and not word.startswith("--") and word not in ("-", "-h")
        if dashed and written and written[-1] == "--user":
            written[-1] += f"={word}"
        else:
            written.append(word)
    return written
