"""`recotour-vae recommend`: what a trained model recommends to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from recotour_vae.cli.output import say
from recotour_vae.errors import ConfigError
from recotour_vae.models.config import Framework

if TYPE_CHECKING:
    from recotour_vae.runs import Run


@dataclass(frozen=True)
class Recommend:
    """List what a run recommends: to a user, to somebody who likes some titles, or to all.

    Examples:
      recotour-vae recommend runs/vae --user 42
      recotour-vae recommend runs/vae --liked "Toy Story" "Aliens (1986)" --k 5
      recotour-vae recommend runs/vae --liked id:50 "The Godfather"
      recotour-vae recommend runs/ease --all-users --out recs.csv.gz

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
    all_users
        Write the lists of all users of the run's data into a table, some at a time.
    out
        Of the table for --all-users: .parquet, .csv or .csv.gz.
    framework
        That the model is opened in, whichever trained it.
    """

    folder: Positional[Annotated[Path, arg(metavar="FOLDER")]]
    user: str | None = None
    liked: tuple[str, ...] = ()
    k: int = 10
    all_users: bool = False
    out: Path | None = None
    framework: Framework = "pytorch"

    def run(self, argv: Sequence[str]) -> None:
        """Print the list, or write the table."""
        self._check()
        from recotour_vae import runs

        run = runs.open_run(self.folder, self.framework)
        if self.all_users:
            return self._to_all(run)
        if self.user is None:
            clicks = runs.liked_by(run, self.liked)
        else:
            clicks = runs.history_of(run.split, self.user)
        table = runs.recommend(run, clicks, self.k)
        return say(table.to_string(float_format="{:.4f}".format))

    def _check(self) -> None:
        asked = [self.user is not None, bool(self.liked), self.all_users]
        if asked.count(True) != 1:
            raise ConfigError(
                "Give one of --user ID, --liked TITLE [TITLE ...] and --all-users --out FILE."
            )
        if self.all_users != (self.out is not None):
            raise ConfigError("--all-users and --out go together: the lists are a table in a file.")

    def _to_all(self, run: "Run") -> None:
        from recotour_vae.serving import recommend_to_all

        listed, without = recommend_to_all(run, self.out or "", self.k)
        rest = f"; {without:,} have everything, and no list" if without else ""
        say(f"Lists of {listed:,} users are in {self.out}{rest}.")


def with_values(argv: Sequence[str]) -> list[str]:
    """Write `--user -5` as `--user=-5`, which is how an id that begins with a dash is read."""
    written: list[str] = []
    for word in argv:
        dashed = word.startswith("-") and not word.startswith("--") and word not in ("-", "-h")
        if dashed and written and written[-1] == "--user":
            written[-1] += f"={word}"
        else:
            written.append(word)
    return written
