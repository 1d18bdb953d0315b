"""Readers, each on a small file in the exact original layout."""

import gzip

import data_files
import pandas as pd
import pytest

from recotour_vae.datasets import load, published, readers
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import ChecksumError, DataError

MOVIELENS = {
    "ml-100k": data_files.zip_100k,
    "ml-1m": data_files.zip_1m,
    "ml-20m": data_files.zip_csv,
    "ml-25m": data_files.zip_csv,
    "ml-32m": data_files.zip_csv,
}


@pytest.mark.parametrize("name", MOVIELENS)
def test_every_movielens_layout_gives_the_same_tables(name, tmp_path, monkeypatch):
    original = MOVIELENS[name](tmp_path / f"{name}.zip")
    entry = data_files.published(name, original, "http://127.0.0.1:9")
    monkeypatch.setitem(REGISTRY, name, entry)
    data = load(name, cache=tmp_path)
    pd.testing.assert_frame_equal(data.interactions, data_files.expected_interactions())
    pd.testing.assert_series_equal(
        data.titles, data_files.expected_titles(), check_index_type=False
    )
    assert (data.name, data.click_above) == (name, 3.5)


def test_the_recbole_copy_gives_the_same_tables_as_the_zip(tmp_path):
    data_files.recbole_files(tmp_path)
    second, second_titles = readers.recbole_100k(tmp_path)
    first, first_titles = readers.movielens_100k(data_files.zip_100k(tmp_path / "ml-100k.zip"))
    pd.testing.assert_frame_equal(second, first)
    pd.testing.assert_series_equal(second_titles, first_titles)


def test_half_stars_are_exact(tmp_path):
    path = tmp_path / "ml-20m.zip"
    rows = "1,2,0.5,5\n1,296,3.5,4\n"
    files = {
        "ratings.csv": f"userId,movieId,rating,timestamp\n{rows}",
        "movies.csv": "movieId,title,genres\n",
    }
    ratings, titles = readers.movielens_csv(data_files._zip(path, files))
    assert ratings["rating"].tolist() == [0.5, 3.5]
    assert titles.empty


def test_reviews_keep_their_ids_as_strings(tmp_path, monkeypatch):
    original = data_files.reviews(tmp_path / "reviews_Movies_and_TV_5.json.gz")
    entry = data_files.published("amazon-movies", original, "http://127.0.0.1:9")
    monkeypatch.setitem(REGISTRY, "amazon-movies", entry)
    data = load("amazon-movies", cache=tmp_path)
    rows = data.interactions.itertuples(index=False, name=None)
    assert list(rows) == [
        ("A1", "B000063W1R", 5.0, 1197763200),
        ("A2", "B000063W1R", 1.0, 1157328000),
        ("A2", "0005019281", 4.0, 1203984000),
    ]
    assert data.click_above is None
    assert data.title(["0005019281"]) == ["item 0005019281"]


def test_reviews_are_read_some_at_a_time(tmp_path, monkeypatch):
    path = data_files.reviews(tmp_path / "reviews.json.gz")
    whole, _ = readers.amazon(path)
    monkeypatch.setattr(readers, "REVIEWS_AT_ONCE", 1)
    with gzip.open(path) as lines:
        parts = list(readers.parsed_reviews(iter(lines)))
    assert [len(part) for part in parts] == [1, 1, 1]
    pd.testing.assert_frame_equal(readers.amazon(path)[0], whole)


@pytest.mark.parametrize("read", [readers.movielens_1m, readers.amazon])
@pytest.mark.parametrize("content", [b"<html>log in first</html>", b""])
def test_what_is_no_archive_is_named(read, content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"file is not the archive it should be \(.+\); delete it"):
        read(path)


def test_an_archive_without_the_ratings_is_named(tmp_path):
    path = data_files._zip(tmp_path / "ml-1m.zip", {"README": b""})
    with pytest.raises(DataError, match=r"\(it holds no ratings\.dat\)"):
        readers.movielens_1m(path)


@pytest.mark.parametrize("line", [b'{"asin": "B1"}', b"3", b"{"])
def test_a_line_that_is_no_review_is_refused(line, tmp_path):
    path = tmp_path / "reviews.json.gz"
    path.write_bytes(gzip.compress(line))
    with pytest.raises(DataError, match="not the archive it should be"):
        readers.amazon(path)


def test_a_cut_archive_of_reviews_is_refused(tmp_path):
    path = data_files.reviews(tmp_path / "reviews.json.gz")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="delete it and load again"):
        readers.amazon(path)


def test_a_copy_with_other_rows_is_refused(tmp_path):
    original = data_files.reviews(tmp_path / "reviews_Movies_and_TV_5.json.gz")
    entry = data_files.published("amazon-movies", original, "http://127.0.0.1:9")
    original.write_bytes(gzip.compress(gzip.decompress(original.read_bytes()).split(b"\n")[0]))
    with pytest.raises(
        ChecksumError, match=r"has 1 rows where 3 were published; delete .*json\.gz"
    ):
        published.read(entry, tmp_path)
