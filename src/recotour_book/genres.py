"""The genres of MovieLens 100K's films, which no model is told, from the copy in the cache."""

import csv
import zipfile
from pathlib import Path
from typing import Final

from recotour_vae.datasets.fetch import cache_folder

RECBOLE: Final = "ml-100k.item"  # a tab between the columns, the last has genres with blanks
ZIP: Final = "ml-100k.zip"
_FLAGS: Final = 5  # columns of u.item before those of its nineteen genres


def genres(folder: Path | None = None) -> dict[int, list[str]]:
    """Give the genres of each film by its id; nothing where there is no copy."""
    place = cache_folder(None) if folder is None else folder
    if (place / ZIP).is_file():
        return _of_zip(place / ZIP)
    if (place / RECBOLE).is_file():
        return _of_recbole(place / RECBOLE)
    return {}


def _of_zip(path: Path) -> dict[int, list[str]]:
    with zipfile.ZipFile(path) as archive:
        names = archive.read("ml-100k/u.genre").decode("latin-1").split("\n")
        films = archive.read("ml-100k/u.item").decode("latin-1").split("\n")
    known = [name.partition("|")[0] for name in names if "|" in name]
    rows = (film.strip().split("|") for film in films if film.strip())
    return {
        int(row[0]): [name for name, flag in zip(known, row[_FLAGS:], strict=True) if flag == "1"]
        for row in rows
    }


def _of_recbole(path: Path) -> dict[int, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return {int(row[0]): row[3].split() for row in rows}
