"""`load`: a name or a path in, a tidy table of interactions and its titles out."""

import difflib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from recotour_vae.datasets import files, published, tables
from recotour_vae.datasets.fetch import cache_folder
from recotour_vae.datasets.readers import no_titles
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import DataWarning

_CLICK_ABOVE = 3.5  # of five stars, as in Liang et al. (2018)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Interactions of users with items, one row per (user, item), and the items' titles.

    Attributes
    ----------
    name : str
        Name of the published set, or the file's.
    interactions : pd.DataFrame
        Columns user and item and, where known, rating, timestamp (seconds since 1970, UTC) and
        split. Published sets are sorted by user, timestamp, item; a file of one's own keeps its
        order.
    titles : pd.Series
        Title such as ``Toy Story (1995)``, indexed by item id; empty when unknown.
    click_above : float or None
        A rating above this counts as a click; None when every row does.
    """

    name: str
    interactions: pd.DataFrame
    titles: "pd.Series[str]"
    click_above: float | None

    def title(self, items: Iterable[object]) -> list[str]:
        """Return the titles of some items, ``item 42`` where there is none."""
        ids = list(items)
        found = self.titles.reindex(ids)
        return [
            f"item {i}" if pd.isna(title) else title for i, title in zip(ids, found, strict=True)
        ]


def names() -> tuple[str, ...]:
    """Return the names of the published data sets."""
    return tuple(REGISTRY)


def load(
    source: str | Path = "ml-100k",
    *,
    cache: Path | None = None,
    titles: Path | None = None,
    user: str = "user",
    item: str = "item",
    rating: str = "rating",
    timestamp: str = "timestamp",
    progress: bool | None = None,
) -> Dataset:
    """Load a published data set by name, or a file of one's own by path.

    Parameters
    ----------
    source : str or Path
        One of `names`, or a CSV, CSV.gz, TSV, TSV.gz or Parquet file with a user and an item
        column; rating, timestamp and split are read where they are there. A relative path is also
        looked for in the folder named by RECOTOUR_DATA.
    cache : Path, optional
        Folder of the downloads; by default RECOTOUR_CACHE, else the system's cache folder.
    titles : Path, optional
        A MovieLens ``movies.dat`` or ``movies.csv``, or a CSV or TSV with columns item and title.
    user, item, rating, timestamp : str
        The names that these columns have in a file of one's own.
    progress : bool, optional
        Show a progress bar while downloading; by default only on a terminal outside CI.

    Returns
    -------
    Dataset
        The interactions, one row per (user, item). Where a file repeats one, the latest by
        timestamp is kept, else the last row, and a `DataWarning` says how many were merged.

    Raises
    ------
    UnknownDatasetError
        No data set of that name and no file at that path.
    DownloadError, ChecksumError
        The data set could not be fetched, or is not the one that was published.
    DataError
        The file cannot be read as a table of interactions.
    MissingPackageError
        Parquet is asked for and no package that reads it is installed.
    """
    entry = REGISTRY.get(str(source))
    if entry:
        found = Dataset(
            entry.name, *published.read(entry, cache_folder(cache), progress), entry.click_above
        )
    else:
        found = _own(source, files.Columns(user, item, rating, timestamp))
    interactions, merged = tables.merge_repeats(found.interactions)
    if merged:
        which = "the latest" if "timestamp" in interactions else "the last row"
        message = (
            f"{found.name}: {merged:,} repeated interaction{'s were' if merged > 1 else ' was'} "
            f"merged, {which} of each kept"
        )
        warnings.warn(message, DataWarning, stacklevel=2)
    named = found.titles if titles is None else files.read_titles(titles, interactions)
    return replace(found, interactions=interactions, titles=named)


def _own(source: str | Path, columns: files.Columns) -> Dataset:
    near = difflib.get_close_matches(str(source).lower(), names(), n=1, cutoff=0.5)
    meant = f"did you mean '{near[0]}'? If not, " if near else ""
    hint = f"{meant}give the path of a file or one of the names {', '.join(names())}"
    path = files.locate(source, "data set and no file", hint)
    table = tables.check(files.read_interactions(path, columns), str(path))
    click_above = _CLICK_ABOVE if "rating" in table else None
    return Dataset(path.name.split(".")[0], table, no_titles(), click_above)
