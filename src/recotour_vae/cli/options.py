"""Options that several commands share: how a file is read, and how data are split."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from recotour_vae import datasets, splits

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
        """Split a data set; a column named `split` goes before all settings."""
        if "split" in data.interactions:
            return splits.ready_split(data.interactions)
        above = data.click_above if self.click_above is None else self.click_above
        known = splits.SplitConfig
        plain = {f.name: getattr(self, f.name) for f in fields(self) if hasattr(known, f.name)}
        config = known(**plain | {"click_above": above, "seed": self.split_seed})
        return splits.strong_generalisation(data.interactions, config)


@dataclass(frozen=True)
class FileOptions:
    """What the columns of a file of one's own are called, and where its titles are.

    Parameters
    ----------
    titles
        File with the items' titles (movies.dat, movies.csv, or a CSV with item and title).
    user
        Column of the user ids.
    item
        Column of the item ids.
    rating
        Column of the ratings.
    timestamp
        Column of the times.
    """

    titles: Path | None = None
    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    timestamp: str = "timestamp"

    def load(self, source: str) -> "Dataset":
        """Load a published data set by name, or a file by path."""
        return datasets.load(source, **vars(self))
