"""Options that several commands share: how a file is read, and how data are split."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from recotour_vae import datasets, splits
from recotour_vae.errors import ConfigError, DataWarning

if TYPE_CHECKING:
    from recotour_vae.datasets import Dataset
    from recotour_vae.splits import Split


Protocol = Literal["strong", "in-time", "leave-last-out", "weak", "benchmark", "ratings"]

_CONFIGS: Final = {
    "strong": "SplitConfig",
    "in-time": "TimeSplitConfig",
    "leave-last-out": "LastOutConfig",
    "weak": "WeakSplitConfig",
    "ratings": "RatingSplitConfig",
}
_COLUMNS: Final = ("user", "item", "rating", "timestamp", "split")


@dataclass(frozen=True)
class SplitOptions:
    """How data are split; options of another protocol than the one that is chosen are refused.

    Parameters
    ----------
    protocol
        strong divides users, as Liang et al. (2018); in-time cuts the calendar twice, without
        looking ahead; leave-last-out predicts everybody's last click; weak predicts some of
        everybody's clicks; benchmark is the split of ml-1m on which the book's results were made;
        ratings keeps some ratings to predict.
    click_above
        A rating strictly above this many stars is a click; None takes the data set's own rule:
        3.5 stars for MovieLens, every row where there are no ratings.
    min_clicks
        Users with fewer clicks are left out; in-time, with fewer before the first cut.
    validation_users
        Users held out to choose the epoch: a number, or a share of all users when below 1.
    test_users
        Users held out to measure: a number, or a share of all users when below 1.
    held_out
        Share of each held-out user's clicks that is to be predicted; weak, of everybody's.
    validation_clicks
        Weak: share of each user's other clicks that chooses the epoch.
    split_seed
        Seed of the draws; 98765 is that of the authors' notebook.
    latest
        Strong: hold out each user's latest clicks in place of random ones, as for SVAE.
    validation_after
        In-time: where what validates begins: after a share of all clicks, after a time in seconds
        since 1970, or with a day such as 1998-03-01.
    test_after
        In-time: where what tests begins, in the same words.
    min_shown
        In-time: who has fewer clicks to be shown is not asked for.
    test_ratings
        Ratings: share to predict.
    validation_ratings
        Ratings: share of the others that chooses the epoch.
    folds
        Ratings: divide them into as many parts, each of which is the test of one split; official
        takes u1 to u5 of ml-100k.
    fold
        Ratings: which of the folds is the test, counted from 1.
    """

    protocol: Protocol = "strong"
    click_above: float | None = None
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    validation_clicks: float = 0.1
    split_seed: int = 98765
    latest: bool = False
    validation_after: float | str = 0.8
    test_after: float | str = 0.9
    min_shown: int = 0
    test_ratings: float = 0.1
    validation_ratings: float = 0.05
    folds: int | Literal["official"] | None = None
    fold: int = 1

    def split(self, data: "Dataset", typed: Mapping[str, str]) -> "Split":
        """Split a data set; a column named `split` goes before all settings.

        Parameters
        ----------
        data
            A loaded data set.
        typed
            The options that were typed, by name, as `cli.typed` gives them.

        Raises
        ------
        ConfigError
            When an option was typed that could have no effect on these data or with this protocol,
            whatever its value.
        """
        chosen = {f.name: typed[f.name] for f in fields(self) if f.name in typed}
        if "split" in data.interactions:
            _refuse_beside_a_ready_split(data, chosen)
            return _ready(data)
        self._refuse_idle(chosen)
        if self.protocol == "benchmark":
            return splits.benchmark_split(data.interactions, data.name)
        if self.protocol == "ratings":
            return self._ratings(data)
        rule = self._rule(data, chosen)
        make: Any = {
            "strong": splits.strong_generalisation,
            "in-time": splits.in_time,
            "leave-last-out": splits.leave_last_out,
            "weak": splits.weak_generalisation,
        }[self.protocol]
        split: Split = make(data.interactions, self._config(click_above=rule))
        return split

    def _ratings(self, data: "Dataset") -> "Split":
        if self.folds is None:
            return splits.ratings_holdout(data.interactions, self._config())
        if self.folds == "official":
            folds = splits.official_folds(data, self._config())
        else:
            folds = splits.rating_folds(data.interactions, self._config(folds=self.folds))
        return folds.numbered(self.fold)

    def _config(self, **chosen: Any) -> Any:
        """Make the protocol's own settings of these."""
        kind = getattr(splits, _CONFIGS[self.protocol])
        names = {f.name for f in fields(kind)} - {"seed", "folds"}
        seed = {"seed": self.split_seed} if hasattr(kind, "seed") else {}
        return kind(**{name: getattr(self, name) for name in names} | seed | chosen)

    def _rule(self, data: "Dataset", chosen: Mapping[str, str]) -> float | None:
        """Give the threshold in force, and say where it is an odd one."""
        from recotour_vae.datasets.loading import ScaleWarning, unusual_scale

        if "click_above" in chosen and "rating" not in data.interactions:
            raise ConfigError(
                f"{data.name} has no ratings, so that every row is a click; leave out "
                "--click-above, or name the column of the ratings with --rating."
            )
        above = data.click_above if self.click_above is None else self.click_above
        odd = unusual_scale(data, above)
        if odd:
            warnings.warn(odd, ScaleWarning, stacklevel=3)
        return above

    def _refuse_idle(self, chosen: Mapping[str, str]) -> None:
        """Refuse what could have no effect with the protocol."""
        of_use = self._of_use()
        idle = {name: option for name, option in chosen.items() if name not in of_use}
        if idle:
            beside = f" --folds {self.folds}" if self.folds and "folds" not in idle else ""
            raise ConfigError(
                f"{', '.join(idle.values())} could have no effect with --protocol "
                f"{self.protocol}{beside}; leave it out."
            )

    def _of_use(self) -> set[str]:
        """Name the options that the protocol looks at."""
        if self.protocol == "benchmark":
            return {"protocol"}
        names = {f.name for f in fields(getattr(splits, _CONFIGS[self.protocol]))} | {"protocol"}
        if "seed" in names:
            names.add("split_seed")
        if "folds" in names and self.folds:
            names = (names | {"fold"}) - {"test_ratings"}
        return names


@dataclass(frozen=True)
class RatingSplitOptions(SplitOptions):
    """The same for models that learn from ratings, with their protocol as the default."""

    protocol: Protocol = "ratings"


RatingSplitOptions.__doc__ = SplitOptions.__doc__  # of which the help is made


def _ready(data: "Dataset") -> "Split":
    """Take the split of the column, in which ratings count for nothing."""
    if "rating" in data.interactions:
        note = f"{data.name}: the split is that of the column 'split', so that every row is a "
        warnings.warn(f"{note}click whatever its rating", DataWarning, stacklevel=4)
    return splits.ready_split(data.interactions)


def _refuse_beside_a_ready_split(data: "Dataset", chosen: Mapping[str, str]) -> None:
    if chosen:
        raise ConfigError(
            f"{data.name} has a column 'split' that says which rows are for what, and every "
            f"row is a click; leave out {', '.join(chosen.values())}, or ignore the column with "
            "--split none."
        )


@dataclass(frozen=True)
class FileOptions:
    """What the columns of a file of one's own are called, and where its titles are.

    Parameters
    ----------
    titles
        File with the items' titles (movies.dat, movies.csv, or a table with item and title).
    user
        Column of the user ids.
    item
        Column of the item ids.
    rating
        Column of the ratings; `none` ignores it, and every row is a click.
    timestamp
        Column of the times; `none` ignores it.
    split
        Column that says which rows are for training, validation and test; `none` ignores it.
    """

    titles: Path | None = None
    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    timestamp: str = "timestamp"
    split: str = "split"

    def load(self, source: str, typed: Mapping[str, str], merge: bool = True) -> "Dataset":
        """Load a published data set by name, or a file by path.

        Parameters
        ----------
        source
            Name or path.
        typed
            The options that were typed, by name, as `cli.typed` gives them.
        merge
            Keep one row of each user and item.

        Raises
        ------
        ConfigError
            When columns are named of a published data set.
        """
        from recotour_vae.datasets.loading import ScaleWarning

        _refuse_columns(source, typed)
        with warnings.catch_warnings():  # said once, with the rule that the split is made by
            warnings.simplefilter("ignore", ScaleWarning)
            return datasets.load(source, **vars(self), merge=merge)


def _refuse_columns(source: str, typed: Mapping[str, str]) -> None:
    columns = [typed[name] for name in _COLUMNS if name in typed]
    if columns and source in datasets.names():
        raise ConfigError(
            f"{source} is a published data set, whose columns are known; leave out "
            f"{', '.join(columns)}, which is for files of one's own."
        )
