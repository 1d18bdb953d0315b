"""Small files in the original layouts, and a server on this machine to fetch them from.

The toy ratings are the same in every MovieLens layout, so that every reader must agree.
"""

import contextlib
import gzip
import hashlib
import http.server
import json
import threading
import time
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recotour_vae.datasets import Dataset, load
from recotour_vae.datasets.registry import REGISTRY, Member, Published, Wheel
from recotour_vae.errors import DataWarning, RecotourError

# user, item, rating, timestamp: neither sorted nor without a tie in time (user 7, items 2 and 1412)
RATINGS = (
    (196, 267, 3, 881250949),
    (7, 1412, 5, 891717742),
    (7, 2, 4, 891717742),
    (7, 1, 1, 878887116),
    (196, 543, 2, 880606923),
)
TITLES = {
    1: "Toy Story (1995)",
    2: '"Life": NA, The (1995)',  # quotes, a colon, a comma
    267: "unknown",
    543: "Misérables, Les (1995)",
    1412: "Land Before Time III: The Time of the Great Giving (1995) (V)",
}
REVIEWS = (  # one id begins with zeros, and one text looks like the fields around it
    ("A2", "0005019281", 4.0, 1203984000, 'He said \\"asin\\": "B1", twice\n'),
    ("A1", "B000063W1R", 5.0, 1197763200, ""),
    ("A2", "B000063W1R", 1.0, 1157328000, "é"),
)


def written(folder: Path, text: str | bytes, name: str = "clicks.csv") -> Path:
    """Write a file of one's own, gzipped where its name says so."""
    content = text.encode() if isinstance(text, str) else text
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def refused(kind: type[RecotourError], *args: Any, **options: Any) -> str:
    """Give the sentence with which a load is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(RecotourError) as caught:
            load(*args, **options)
    assert caught.type is kind
    assert "\n" not in str(caught.value)
    return str(caught.value)


def noted(*args: Any, **options: Any) -> tuple[Dataset, list[str]]:
    """Load, and give the notes too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load(*args, **options)
    assert all(issubclass(note.category, DataWarning) for note in caught)
    return data, [str(note.message) for note in caught]


def expected_interactions() -> pd.DataFrame:
    """The toy ratings as `load` must give them, whatever they were read from."""
    columns = ["user", "item", "rating", "timestamp"]
    table = pd.DataFrame(RATINGS, columns=columns).sort_values(["user", "timestamp", "item"])
    types = {"user": "int32", "item": "int32", "rating": "float32", "timestamp": "int64"}
    return table.astype(types).reset_index(drop=True)


def expected_titles() -> pd.Series:
    items = pd.Index(list(TITLES), name="item")
    return pd.Series(list(TITLES.values()), index=items, name="title", dtype=str)


def zip_100k(path: Path) -> Path:
    data = "".join("\t".join(map(str, row)) + "\n" for row in RATINGS)
    # In the original a few titles end with a blank.
    item = "".join(f"{i}|{title} |01-Jan-1995||http://x|0|1\n" for i, title in TITLES.items())
    return _zip(path, {"u.data": data.encode(), "u.item": item.encode("latin-1")})


def zip_1m(path: Path) -> Path:
    data = "".join("::".join(map(str, row)) + "\n" for row in RATINGS)
    movies = "".join(f"{i}::{title}::Comedy|Drama\n" for i, title in TITLES.items())
    return _zip(path, {"movies.dat": movies.encode("latin-1"), "ratings.dat": data.encode()})


def zip_csv(path: Path) -> Path:
    data = "userId,movieId,rating,timestamp\n"
    data += "".join(f"{u},{i},{r}.0,{t}\n" for u, i, r, t in RATINGS)
    movies = pd.DataFrame({"movieId": list(TITLES), "title": TITLES.values(), "genres": "Drama"})
    return _zip(path, {"ratings.csv": data.encode(), "movies.csv": movies.to_csv(index=False)})


def recbole_files(folder: Path) -> tuple[Path, Path]:
    inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    inter += "".join("\t".join(map(str, row)) + "\n" for row in RATINGS)
    item = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    item += "".join(_recbole_item(i, title) for i, title in TITLES.items())
    (folder / "ml-100k.inter").write_text(inter)
    (folder / "ml-100k.item").write_text(item, encoding="utf-8")
    return folder / "ml-100k.inter", folder / "ml-100k.item"


def reviews(path: Path) -> Path:
    keys = ("reviewerID", "asin", "overall", "unixReviewTime", "reviewText")
    lines = (json.dumps(dict(zip(keys, row, strict=True))) for row in REVIEWS)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


def toy_wheel(folder: Path, version: str = "1.0") -> Wheel:
    """Build an installable wheel with RecBole's two files; describe it as the registry does."""
    files = recbole_files(folder)
    info = f"recotour_toy-{version}.dist-info"
    with zipfile.ZipFile(folder / f"recotour_toy-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: recotour-toy\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
        for file in files:
            wheel.write(file, f"toy/{file.name}")
    members = tuple(
        Member(file.name, f"toy/{file.name}", _digest("sha256", file)) for file in files
    )
    return Wheel(f"recotour-toy=={version}", members, REGISTRY["ml-100k"].wheel.read)


def published(name: str, original: Path, address: str) -> Published:
    """The registry's entry, with the address and the checksum of a small file instead."""
    entry = REGISTRY[name]
    checksum = entry.checksum and f"md5:{_digest('md5', original)}"
    rows = len(REVIEWS) if name == "amazon-movies" else len(RATINGS)
    return replace(entry, url=f"{address}/{entry.file}", checksum=checksum, rows=rows, wheel=None)


@dataclass
class Server:
    """A web server whose answers the test decides."""

    address: str = ""
    body: bytes = b""
    status: int = 200
    declared: int | None = None  # the length the server promises; None promises nothing
    seconds: float = 0.0  # how long it keeps silent first
    asked: list[str] = field(default_factory=list)

    def offer(self, original: Path) -> None:
        self.body = original.read_bytes()
        self.declared = len(self.body)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            time.sleep(server.seconds)
            self.send_response(server.status)
            if server.declared is not None:
                self.send_header("Content-Length", str(server.declared))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(server.body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{web.server_port}"
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()


def _recbole_item(item: int, title: str) -> str:
    name, year = ("unkonwn", "unkonwn") if title == "unknown" else title[:-1].rsplit(" (", 1)
    return f"{item}\t{name}\t{year}\tDrama\n"


def _zip(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}/", "")
        for name, content in files.items():
            archive.writestr(f"{path.stem}/{name}", content)
    return path


def _digest(algorithm: str, path: Path) -> str:
    return hashlib.new(algorithm, path.read_bytes()).hexdigest()
