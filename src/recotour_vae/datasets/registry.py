"""The published data sets: where each lives, how a copy is recognised, and who reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from recotour_vae.datasets import readers

Reader = Callable[[Path], tuple[pd.DataFrame, "pd.Series[str]"]]


@dataclass(frozen=True)
class Member:
    """One file that is taken out of a wheel and kept in the cache."""

    file: str  # its name in the cache
    path: str  # its path in the wheel
    sha256: str


@dataclass(frozen=True)
class Wheel:
    """A second copy of a data set, inside a package on the package index."""

    requirement: str  # as pip understands it
    members: tuple[Member, ...]
    read: Reader  # given the folder that holds the members


@dataclass(frozen=True)
class Published:
    """A data set as its makers published it."""

    name: str
    title: str
    url: str
    checksum: str | None  # "md5:..."; None where none is published, and `rows` is the check
    rows: int  # ratings or reviews in the original, as published
    click_above: float | None  # a rating above this is a click; None: every row is one
    read: Reader  # given the file that `url` names
    wheel: Wheel | None = None
    folds: int | None = None  # as many equal parts of the rows, as they stand, are its test sets

    @property
    def file(self) -> str:
        """Name of the file in the cache."""
        return PurePosixPath(self.url).name


_GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_SNAP = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"


def _movielens(
    size: str,
    md5: str,
    rows: int,
    read: Reader,
    wheel: Wheel | None = None,
    folds: int | None = None,
) -> Published:
    name = f"ml-{size.lower()}"
    url = f"{_GROUPLENS}/{name}.zip"
    return Published(name, f"MovieLens {size}", url, f"md5:{md5}", rows, 3.5, read, wheel, folds)


# The atomic-file copy of MovieLens 100K that RecBole ships as an example.
_RECBOLE = Wheel(
    requirement="recbole==1.2.1",
    members=(
        Member(
            "ml-100k.inter",
            "recbole/dataset_example/ml-100k/ml-100k.inter",
            "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
        ),
        Member(
            "ml-100k.item",
            "recbole/dataset_example/ml-100k/ml-100k.item",
            "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
        ),
    ),
    read=readers.recbole_100k,
)

# The md5 sums are those that GroupLens publishes beside each archive (NAME.zip.md5).
# Stanford publishes none for the reviews, only their number.
_ALL = (
    # Its u1.test to u5.test are the fifths of u.data, from the first row to the last (mku.sh).
    _movielens(
        "100K", "0e33842e24a9c977be4e0107933c0723", 100_000, readers.movielens_100k, _RECBOLE, 5
    ),
    _movielens("1M", "c4d9eecfca2ab87c1945afe126590906", 1_000_209, readers.movielens_1m),
    _movielens("20M", "cd245b17a1ae2cc31bb14903e1204af3", 20_000_263, readers.movielens_csv),
    _movielens("25M", "6b51fb2759a8657d3bfcbfc42b592ada", 25_000_095, readers.movielens_csv),
    _movielens("32M", "d472be332d4daa821edc399621853b57", 32_000_204, readers.movielens_csv),
    Published(
        name="amazon-movies",
        title="Amazon Movies and TV, 5-core, 2014",
        url=f"{_SNAP}/reviews_Movies_and_TV_5.json.gz",
        checksum=None,
        rows=1_697_533,
        click_above=None,
        read=readers.amazon,
    ),
)

REGISTRY: dict[str, Published] = {entry.name: entry for entry in _ALL}
