"""`load`: a name or a path in, a tidy table of interactions and its titles out."""

import difflib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from recotour_vae.datasets import files, published, scales, tables
from recotour_vae.datasets import titles as titles_of
from recotour_vae.datasets.fetch import cache_folder
from recotour_vae.datasets.readers import no_titles
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import DataError, DataWarning


class ScaleWarning(DataWarning):
    """Ratings have another scale than the rule in force is made for."""


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
    folds : pd.Series or None
        Where the makers divided the ratings into test sets (u1 to u5 of ``ml-100k``): for each row
        of the interactions which one it is in, counted from 0. None where they did not.
    """

    name: str
    interactions: pd.DataFrame
    titles: "pd.Series[str]"
    click_above: float | None
    folds: "pd.Series[int] | None" = None

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
    rating: str | None = "rating",
    timestamp: str | None = "timestamp",
    split: str | None = "split",
    progress: bool | None = None,
    merge: bool = True,
) -> Dataset:
    """Load a published data set by name, or a file of one's own by path.

    Parameters
    ----------
    source : str or Path
        One of `names`, or a file with a user and an item column: CSV, TSV or another text table,
        plain or gzipped, or Parquet; rating, timestamp and split are read where they are there.
        The separator is found out, and a `DataWarning` says what the ending would not have told.
        A relative path is also looked for in the folder named by RECOTOUR_DATA.
    cache : Path, optional
        Folder of the downloads; by default RECOTOUR_CACHE, else the system's cache folder.
    titles : Path, optional
        A MovieLens ``movies.dat``, ``movies.csv`` or ``u.item``, or a table with columns item and
        title.
    user, item : str
        The names that these columns have in a file of one's own.
    rating, timestamp, split : str or None
        The same; None, or ``"none"``, ignores the column.
    progress : bool, optional
        Show a progress bar while downloading; by default only on a terminal outside CI.
    merge : bool
        Keep one row of each (user, item). Without it repeated rows stay, for those who ask how
        many there are, as `report.examine` does; a split takes them apart or together by its own
        rule.

    Returns
    -------
    Dataset
        The interactions, one row per (user, item), or per (user, item, split) where there is a
        split. Where a file repeats one, the latest by timestamp is kept, else the last row, and a
        `DataWarning` says how many were merged.

    Raises
    ------
    UnknownDatasetError
        No data set of that name and no file at that path.
    DownloadError, ChecksumError
        The data set could not be fetched, or is not the one that was published.
    DataError
        The file cannot be read as a table of interactions; or columns are named for a published
        data set, whose columns are known.
    MissingPackageError
        Parquet is asked for and no package that reads it is installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame({"who": ["ann", "bob"], "film": ["Alien", "Big"], "rating": [5, 2.5]})
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ratings.csv")
    ...     table.to_csv(path, index=False)
    ...     data = load(path, user="who", item="film")
    >>> data.interactions[["user", "item", "rating"]].values.tolist()
    [['ann', 'Alien', 5.0], ['bob', 'Big', 2.5]]
    """
    columns = files.Columns(user, item, rating, timestamp, split)
    notes: list[str] = []
    try:
        entry = REGISTRY.get(str(source))
        if entry:
            _refuse_columns(entry.name, columns)
            table, names_ = published.read(entry, cache_folder(cache), progress)
            folds = table.pop("fold") if "fold" in table else None
            found = Dataset(entry.name, table, names_, entry.click_above, folds)
        else:
            found = _own(source, columns, notes)
        found = _without_repeats(found, notes) if merge else found
        if titles is not None:
            path = files.locate(titles, "file of titles", "check the path")
            items = found.interactions["item"]
            found = replace(found, titles=titles_of.read(path, items, item, notes))
    finally:
        for note in notes:
            warnings.warn(note, DataWarning, stacklevel=2)
    odd = unusual_scale(found)
    if odd:
        warnings.warn(odd, ScaleWarning, stacklevel=2)
    return found


def unusual_scale(data: Dataset, rule: float | None = None) -> str | None:
    """Say which rule makes clicks of the ratings, where they are not one to five stars.

    Parameters
    ----------
    data : Dataset
        Ratings, a split or neither.
    rule : float, optional
        A rating above this is a click; by default the data set's own.
    """
    table, rule = data.interactions, data.click_above if rule is None else rule
    if "rating" not in table or "split" in table:
        return None
    return scales.unusual(data.name, table["rating"], rule)


def _refuse_columns(name: str, columns: files.Columns) -> None:
    chosen = columns.chosen()
    if chosen:
        raise DataError(
            f"{name} is a published data set, whose columns are known; leave out {chosen[0]}=..., "
            "which is for files of one's own"
        )


def _without_repeats(data: Dataset, notes: list[str]) -> Dataset:
    interactions, merged = tables.merge_repeats(data.interactions)
    if merged:
        which = "the latest" if "timestamp" in interactions else "the last row"
        notes.append(
            f"{data.name}: {merged:,} repeated interaction{'s were' if merged > 1 else ' was'} "
            f"merged, {which} of each kept"
        )
    return replace(data, interactions=interactions)


def _own(source: str | Path, columns: files.Columns, notes: list[str]) -> Dataset:
    near = difflib.get_close_matches(str(source).lower(), names(), n=1, cutoff=0.5)
    meant = f"did you mean '{near[0]}'? If not, " if near else ""
    hint = f"{meant}give the path of a file or one of the names {', '.join(names())}"
    path = files.locate(source, "data set and no file", hint)
    table = tables.check(*files.read_interactions(path, columns, notes), notes)
    click_above = scales.FIVE_STARS if "rating" in table else None
    return Dataset(path.name.split(".")[0], table, no_titles(), click_above)
