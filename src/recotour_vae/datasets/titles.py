"""Titles of the items: read as carefully as the interactions, and joined on the text of the ids."""

from pathlib import Path

import numpy as np
import pandas as pd

from recotour_vae.datasets import ids, parquet, text
from recotour_vae.datasets.places import Source
from recotour_vae.datasets.sniff import Layout, listed, sniff
from recotour_vae.errors import DataError

_PUBLISHED = ("::", "|")  # movies.dat and u.item begin with an id and its title, without a header
_FEW = 0.5  # below this share of items with a title it is said how many there are


def read(path: Path, items: pd.Series, item: str, notes: list[str]) -> "pd.Series[str]":
    """Read the titles of a file.

    Parameters
    ----------
    path : Path
        A MovieLens ``movies.dat``, ``movies.csv`` or ``u.item``; or a file with a header that has
        the columns item and title.
    items : pd.Series
        The items of the interactions.
    item : str
        What the column of the items is called among the interactions; it may be so here.
    notes : list[str]
        Where it is said what was changed, and that few items have a title.

    Returns
    -------
    pd.Series
        Titles by item, whose type is that of `items`.

    Raises
    ------
    DataError
        The file cannot be read, or has no such columns.
    """
    source = Source(path)
    if path.name.lower().endswith(".parquet"):
        table = parquet.read_columns(path, _picked(parquet.names(path), item, path), source)
    else:
        table, source = _of_text(path, item, notes)
    table = table[table["item"].notna() & table["title"].notna()]
    titles = pd.Series(
        table["title"].to_numpy(), table["item"].astype("str"), name="title", dtype=str
    )
    titles, cleaned = ids.seen(titles)
    if cleaned:
        notes.append(f"{path.name}: line breaks in titles are read as blanks ({cleaned:,} titles)")
    found = _by_item(_first_of_each(titles, path, notes), items)
    _say_if_few(found, items, titles, path, notes)
    return found


def _of_text(path: Path, item: str, notes: list[str]) -> tuple[pd.DataFrame, Source]:
    layout = sniff(
        path, [(name, "title") for name in dict.fromkeys((item, "item", "movieId"))], notes
    )
    if layout.separator in _PUBLISHED and "title" not in layout.names:
        layout = layout.without_header()
    picked = _positions(layout, item)
    kinds = {picked["item"]: "names", picked["title"]: "text"}
    read, source = text.read_columns(layout, kinds, notes)
    table = pd.DataFrame({name: read[place] for name, place in picked.items()})
    if len(table):
        table["item"] = ids.tidy(table["item"], "item", source, notes)
    return table, source


def _positions(layout: Layout, item: str) -> dict[str, int]:
    if layout.names:
        picked = _picked(list(layout.names), item, layout.path)
        places = layout.positions(picked)
        return {tidy: places[name] for name, tidy in picked.items()}
    if layout.separator in _PUBLISHED and layout.n_fields > 1:
        return {"item": 0, "title": 1}
    raise DataError(
        f"{layout.path} has no header (its first line holds {listed(layout.first[0])}); write one "
        "with the columns item and title"
    )


def _picked(columns: list[str], item: str, path: Path) -> dict[str, str]:
    known = next((name for name in (item, "item", "movieId") if name in columns), "item")
    for name in (known, "title"):
        if name not in columns:
            raise DataError(
                f"{path} has no column '{name}'; its columns are {listed(columns)}: titles are "
                "read from the columns item and title, so give these their names"
            )
    return {known: "item", "title": "title"}


def _first_of_each(titles: "pd.Series[str]", path: Path, notes: list[str]) -> "pd.Series[str]":
    first = titles[~titles.index.duplicated()]
    if len(first) < len(titles):
        others = titles.to_numpy() != first.reindex(titles.index).to_numpy()
        if others.any():
            n = titles.index[others].nunique()
            notes.append(f"{path.name}: {n:,} items have more than one title, the first is kept")
    return first


def _by_item(titles: "pd.Series[str]", items: pd.Series) -> "pd.Series[str]":
    """Give the ids of the titles the type of the items, and leave out those that no item has."""
    if not pd.api.types.is_integer_dtype(items):
        return titles
    titles = titles[titles.index.str.fullmatch(ids.WRITTEN_AS_INTEGER)]
    return titles.set_axis(titles.index.astype("int64"))


def _say_if_few(
    found: "pd.Series[str]",
    items: pd.Series,
    titles: "pd.Series[str]",
    path: Path,
    notes: list[str],
) -> None:
    known = pd.Index(items.unique())
    have = known.isin(found.index)
    if have.mean() >= _FEW:
        return
    without = known[np.flatnonzero(~have)[0]]
    other = f" and the first title belongs to '{titles.index[0]}'" if len(titles) else ""
    notes.append(
        f"{path.name}: {int(have.sum()):,} of {len(known):,} items have a title; the first item "
        f"without one is '{without}'{other}, so look whether both files write ids alike"
    )
