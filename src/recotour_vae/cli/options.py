"""Options that several commands share: how a file is read, and how data are split."""

import warnings
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from recotour_vae import datasets, splits
from recotour_vae.errors import ConfigError, DataWarning

if TYPE_CHECKING:
    from recotour_vae.datasets import Dataset
    from recotour_vae.splits import Split


@dataclass(frozen=True)
class SplitOptions:
    """The strong-generalisation protocol of Liang et al. (2018).

    Parameters
    ----------
    click_above
        A rating strictly above this many stars is a click; None takes the data set's own rule:
        3.5 stars for MovieLens, every row where there are no ratings.
    min_clicks
        Users with fewer clicks are left out.
    validation_users
        Users held out to choose the epoch: a number, or a share of all users when below 1.
    test_users
        Users held out to measure: a number, or a share of all users when below 1.
    held_out
        Share of each held-out user's clicks that is to be predicted.
    split_seed
        Owner of the draws; 98765 is that of the authors' notebook.
    """

    click_above: float | None = None
    min_clicks: int = 5
    validation_users: float = 0.1
    test_users: float = 0.1
    held_out: float = 0.2
    split_seed: int = 98765

    def split(self, data: "Dataset") -> "Split":
        """Split a data set; a column named `split` goes before all settings.

        Raises
        ------
        ConfigError
            A setting that could have no effect on these data.
        """
        if "split" in data.interactions:
            self._refuse_beside_a_ready_split(data)
            if "rating" in data.interactions:
                note = (
                    f"{data.name}: the split is that of the column 'split', so that every row is a "
                )
                warnings.warn(f"{note}click whatever its rating", DataWarning, stacklevel=2)
            return splits.ready_split(data.interactions)
        from recotour_vae.datasets.loading import ScaleWarning, unusual_scale

        above = self._rule(data)
        odd = unusual_scale(data, above)
        if odd:
            warnings.warn(odd, ScaleWarning, stacklevel=2)
        known = splits.SplitConfig
        plain = {f.name: getattr(self, f.name) for f in fields(self) if hasattr(known, f.name)}
        config = known(**plain | {"click_above": above, "seed": self.split_seed})
        return splits.strong_generalisation(data.interactions, config)

    def _rule(self, data: "Dataset") -> float | None:
        if self.click_above is not None and "rating" not in data.interactions:
            raise ConfigError(
                f"{data.name} has no ratings, so that every row is a click; leave out "
                "--click-above, or name the column of the ratings with --rating."
            )
        return data.click_above if self.click_above is None else self.click_above

    def _refuse_beside_a_ready_split(self, data: "Dataset") -> None:
        chosen = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        if chosen:
            words = ", ".join("--" + name.replace("_", "-") for name in chosen)
            raise ConfigError(
                f"{data.name} has a column 'split' that says which rows are for what, and every "
                f"row is a click; leave out {words}, or ignore the column with --split none."
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

    def load(self, source: str) -> "Dataset":
        """Load a published data set by name, or a file by path."""
        from recotour_vae.datasets.loading import ScaleWarning

        with warnings.catch_warnings():  # said once, with the rule that the split is made by
            warnings.simplefilter("ignore", ScaleWarning)
            return datasets.load(source, **vars(self))
