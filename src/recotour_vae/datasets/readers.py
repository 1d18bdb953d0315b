"""Readers for the original layouts, straight from the archive, nothing unpacked to disk.

Each returns the interactions (user, item, rating, timestamp; rows in the order of the file) and
the titles, indexed by item id.
"""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import pandas as pd
from pandas.api.types import union_categoricals

from recotour_vae.errors import DataError

Tables = tuple[pd.DataFrame, "pd.Series[str]"]

COLUMNS = ("user", "item", "rating", "timestamp")
# Half stars are exact in float32, and every MovieLens id fits in 31 bits.
_TYPES: dict[str, Any] = {
    "user": "int32",
    "item": "int32",
    "rating": "float32",
    "timestamp": "int64",
}
_REVIEW = itemgetter("reviewerID", "asin", "overall", "unixReviewTime")
REVIEWS_AT_ONCE = 100_000


def movielens_100k(path: Path) -> Tables:
    """Read ``u.data`` (tab-separated) and ``u.item`` (``|``, Latin-1) from the zip."""
    with _archive(path) as zipped:
        with _member(zipped, "u.data") as file:
            ratings = pd.read_csv(file, sep="\t", names=list(COLUMNS), dtype=_TYPES)
        with _member(zipped, "u.item") as file:
            return ratings, movies_bars(file)


def movielens_1m(path: Path) -> Tables:
    """Read ``ratings.dat`` and ``movies.dat`` (``::``-separated, Latin-1) from the zip."""
    with _archive(path) as zipped:
        with _member(zipped, "ratings.dat") as file:
            ratings = _ratings_dat(file)
        with _member(zipped, "movies.dat") as file:
            return ratings, movies_dat(file)


def movielens_csv(path: Path) -> Tables:
    """Read ``ratings.csv`` and ``movies.csv`` (UTF-8, with headers) from the zip."""
    with _archive(path) as zipped:
        with _member(zipped, "ratings.csv") as file:
            ratings = pd.read_csv(file, header=0, names=list(COLUMNS), dtype=_TYPES)
        with _member(zipped, "movies.csv") as file:
            return ratings, movies_csv(file)


def recbole_100k(folder: Path) -> Tables:
    """Read MovieLens 100K from the two tab-separated files that RecBole made of it.

    Title and year are apart there, so that ``Toy Story`` and ``1995`` are joined again. The same
    join is right for item 1412, whose last brackets hold ``V`` (made for video) instead of a year.
    """
    ratings = pd.read_csv(
        folder / "ml-100k.inter", sep="\t", header=0, names=list(COLUMNS), dtype=_TYPES
    )
    movies = pd.read_csv(
        folder / "ml-100k.item",
        sep="\t",
        header=0,
        usecols=[0, 1, 2],
        names=["item", "title", "year"],
        dtype={"title": str, "year": str},
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
    )
    dated = movies["title"] + " (" + movies["year"] + ")"
    unknown = movies["title"] == "unkonwn"  # item 267, misspelt there and without a year
    return ratings, _titles(movies["item"], dated.mask(unknown, "unknown"))


def amazon(path: Path) -> Tables:
    """Read gzipped reviews, one JSON object a line, some at a time so that memory stays bounded.

    While reading, ids are categories, since each is repeated many times.
    """
    with damaged(path), gzip.open(path, "rb") as lines:
        parts = list(parsed_reviews(iter(lines)))
        if not parts:
            raise ValueError("it is empty")
        table = pd.concat([part[["rating", "timestamp"]] for part in parts], ignore_index=True)
    for place, column in enumerate(("user", "item")):
        ids = union_categoricals([part[column] for part in parts])
        table.insert(place, column, pd.Series(ids).astype(str))
    return table, no_titles()


def movies_bars(file: IO[bytes]) -> "pd.Series[str]":
    """Read titles from ``u.item``: ``1|Toy Story (1995)|01-Jan-1995|...``, Latin-1."""
    return _delimited(file, "|")


def movies_dat(file: IO[bytes]) -> "pd.Series[str]":
    """Read titles from ``movies.dat``: ``1::Toy Story (1995)::Comedy``, Latin-1."""
    # A single character is what pandas' fast parser splits at, and titles hold no tab.
    return _delimited(io.BytesIO(file.read().replace(b"::", b"\t")), "\t")


def movies_csv(file: IO[bytes]) -> "pd.Series[str]":
    """Read titles from ``movies.csv``: ``movieId,title,genres``, UTF-8."""
    movies = pd.read_csv(
        file, usecols=["movieId", "title"], dtype={"title": str}, keep_default_na=False
    )
    return _titles(movies["movieId"], movies["title"])


def no_titles() -> "pd.Series[str]":
    """Return the empty table of titles."""
    return pd.Series([], index=pd.Index([], name="item"), name="title", dtype=str)


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Turn every way in which an archive can be unreadable into one sentence."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        KeyError,
        ValueError,
        TypeError,
        gzip.BadGzipFile,
    ) as why:
        reason = str(why).strip("'\"")
        raise DataError(
            f"{path} is not the archive it should be ({reason}); delete it and load again"
        ) from why


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with damaged(path), zipfile.ZipFile(path) as zipped:
        yield zipped


def _member(zipped: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a file of the archive, which keeps all of its files in one folder."""
    paths = (path for path in zipped.namelist() if path.split("/")[1:] == [name])
    path = next(paths, None)
    if path is None:
        raise KeyError(f"it holds no {name}")
    return zipped.open(path)


def _ratings_dat(file: IO[bytes]) -> pd.DataFrame:
    # Read as if ":" were the separator, "1::1193::5::978300760" has an empty column between any
    # two: the fast parser then does what it cannot do with a separator of two characters.
    ratings = pd.read_csv(file, sep=":", header=None, usecols=[0, 2, 4, 6], dtype="int64")
    ratings.columns = pd.Index(COLUMNS)
    return ratings.astype(_TYPES)


def parsed_reviews(lines: Iterator[bytes]) -> Iterator[pd.DataFrame]:
    """Read reviews, a line of JSON each, some at a time: user, item, rating, timestamp."""
    while chunk := list(islice(lines, REVIEWS_AT_ONCE)):
        reviews = pd.DataFrame(map(_REVIEW, map(json.loads, chunk)), columns=list(COLUMNS))
        yield reviews.astype(
            {"user": "category", "item": "category", "rating": "float32", "timestamp": "int64"}
        )


def _delimited(file: IO[bytes], separator: str) -> "pd.Series[str]":
    movies = pd.read_csv(
        file,
        sep=separator,
        header=None,
        usecols=[0, 1],
        names=["item", "title"],
        dtype={"title": str},
        encoding="latin-1",
        quoting=csv.QUOTE_NONE,  # a quotation mark is part of the title
        keep_default_na=False,
    )
    return _titles(movies["item"], movies["title"])


def _titles(items: "pd.Series[int]", titles: "pd.Series[str]") -> "pd.Series[str]":
    # Some originals have blanks at the end of a title; every source must give the same one.
    tidy = titles.str.split().str.join(" ")
    return pd.Series(tidy.to_numpy(), index=pd.Index(items, name="item"), name="title", dtype=str)
