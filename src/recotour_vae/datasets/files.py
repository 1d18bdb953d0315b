"""A file of one's own: CSV, TSV, their relatives or Parquet in, the columns of interest out."""

import difflib
import os
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd

from recotour_vae.datasets import ids, parquet, text
from recotour_vae.datasets.places import Source
from recotour_vae.datasets.sniff import Layout, is_number, is_ratings, listed, sniff
from recotour_vae.errors import DataError, UnknownDatasetError

TIDY = ("user", "item", "rating", "timestamp", "split")
_REQUIRED = ("user", "item")
# Ids and splits are names: as categories they keep their spelling, and cost little memory.
_NAMES = ("user", "item", "split")
_IGNORED = "none"


@dataclass(frozen=True)
class Columns:
    """What the columns of a file are called; None, or the word none, where one is to be ignored."""

    user: str | None = "user"
    item: str | None = "item"
    rating: str | None = "rating"
    timestamp: str | None = "timestamp"
    split: str | None = "split"

    def wanted(self) -> dict[str, str]:
        """Give the name in the file of each column that is not ignored, by its tidy name."""
        names = dict(zip(TIDY, astuple(self), strict=True))
        for tidy in _REQUIRED:
            if names[tidy] in (None, _IGNORED):
                raise DataError(
                    f"the column of the {tidy}s cannot be ignored; name it with {tidy}=..."
                )
        return {tidy: name for tidy, name in names.items() if name not in (None, _IGNORED)}

    def chosen(self) -> list[str]:
        """Say which columns have another name than usual, or are ignored."""
        return [t for t, name in zip(TIDY, astuple(self), strict=True) if name != t]

    def found_in(self, present: list[str], path: Path) -> dict[str, str]:
        """Map the names in the file to the tidy ones, in tidy order.

        A column is required when it is user or item, or when its name was chosen.
        """
        wanted = self.wanted()
        if len(set(wanted.values())) < len(wanted):
            raise DataError(
                f"{path}: two columns are given one name; choose from {listed(present)}"
            )
        if _IGNORED in present and _IGNORED in astuple(self):
            raise DataError(
                f"{path} has a column called '{_IGNORED}', which is also the word for ignoring "
                "one; give it another name"
            )
        for tidy, name in wanted.items():
            if name not in present and (tidy in _REQUIRED or name != tidy):
                raise DataError(_missing(path, name, tidy, present))
        return {name: tidy for tidy, name in wanted.items() if name in present}


def locate(source: str | Path, what: str, hint: str) -> Path:
    """Find a file where it is said to be, else in the folder named by RECOTOUR_DATA.

    Raises
    ------
    UnknownDatasetError
        It is in neither place; the sentence says what was meant and ends with the hint.
    """
    path = Path(source).expanduser()
    shelf = os.environ.get("RECOTOUR_DATA")
    places = [path, Path(shelf) / path] if shelf and not path.is_absolute() else [path]
    for place in places:
        if place.is_file():
            return place
    looked = " and ".join(map(str, places))
    raise UnknownDatasetError(f"no {what} is called '{source}' (looked for {looked}); {hint}")


def read_interactions(
    path: Path, columns: Columns, notes: list[str]
) -> tuple[pd.DataFrame, Source]:
    """Read user, item and, where they are there, rating, timestamp and split.

    Parameters
    ----------
    path : Path
        Parquet where the name ends so; else text, whose layout is found out.
    columns : Columns
        Their names.
    notes : list[str]
        Where it is said what was found out, and what was changed.

    Returns
    -------
    table, source
        Ids and splits are categories from a text file and as they are from Parquet; and where the
        rows are.

    Raises
    ------
    DataError
        A file that cannot be read, a missing column, a row with fields too many or too few.
    MissingPackageError
        Parquet, and no package installed that reads it.
    """
    if path.name.lower().endswith(".parquet"):
        source = Source(path)
        picked = columns.found_in(parquet.names(path), path)
        return parquet.read_columns(path, picked, source), source
    wanted = columns.wanted()
    layout = sniff(path, [(wanted["user"], wanted["item"])], notes)
    places = _positions(layout, columns, notes)
    kinds = {place: "names" if tidy in _NAMES else "numbers" for tidy, place in places.items()}
    read, source = text.read_columns(layout, kinds, notes)
    table = pd.DataFrame({tidy: read[place] for tidy, place in places.items()})
    return _with_tidy_names(table, layout, places, source, notes), source


def _positions(layout: Layout, columns: Columns, notes: list[str]) -> dict[str, int]:
    """Say at which position each tidy column is."""
    if layout.names:
        picked = columns.found_in(list(layout.names), layout.path)
        places = layout.positions(picked)
        return {tidy: places[name] for name, tidy in picked.items()}
    renamed = [tidy for tidy in columns.chosen() if tidy in columns.wanted()]
    if renamed or not is_ratings(layout.first):
        raise DataError(
            f"{layout.path} has no header (its first line holds {listed(layout.first[0])}); write "
            "one that names the columns in their order, such as user,item,rating,timestamp"
        )
    notes.append(
        f"{layout.path.name} has no header; its columns are read as user, item, rating and "
        "timestamp"
    )
    order = {tidy: place for place, tidy in enumerate(TIDY[:4])}
    return {tidy: order[tidy] for tidy in columns.wanted() if tidy in order}


def _with_tidy_names(
    table: pd.DataFrame, layout: Layout, places: dict[str, int], source: Source, notes: list[str]
) -> pd.DataFrame:
    if not len(table):
        return table
    for tidy in [name for name in _NAMES if name in table]:
        column = ids.tidy(table[tidy], tidy, source, notes)
        if layout.names and tidy in _REQUIRED:
            _refuse_header_again(column, layout.names[places[tidy]], tidy, source)
        table[tidy] = column
    return table


def _refuse_header_again(column: pd.Series, name: str, tidy: str, source: Source) -> None:
    """Refuse an id that is the name of its column: a row taken for a header, or a second header."""
    if name in column.cat.categories and not is_number(name):
        row = int((column == name).to_numpy().argmax())
        raise DataError(
            f"{source}: {tidy} '{name}' in {source.row(row)} is also the name of its column; if "
            "this row is a second header remove it, and if the file has no header write one"
        )


def _missing(path: Path, name: str, tidy: str, present: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), [c.lower() for c in present], n=1, cutoff=0.4)
    best = next((c for c in present if near and c.lower() == near[0]), "...")
    nearest = f" (the nearest is '{best}')" if near else ""
    advice = f"say which one holds the {tidy} with {tidy}='{best}'"
    header = "" if near else ", or write a header if the first line is a row"
    return (
        f"{path} has no column '{name}'; its columns are {listed(present)}{nearest}: "
        f"{advice}{header}"
    )
