"""Parquet: each column in the type that it has there, and nothing else is read."""

import datetime
import decimal
import sys

import pandas as pd
import pytest
from data_files import noted, refused, written

from recotour_vae import splits
from recotour_vae.datasets import load
from recotour_vae.errors import DataError, MissingPackageError

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def write(tmp_path):
    """Write columns; those not given are plain."""

    def to(**columns):
        path = tmp_path / "clicks.parquet"
        plain = {"user": pa.array([1, 2]), "item": pa.array([10, 20])}
        parquet.write_table(pa.table({**plain, **columns}), path)
        return path

    return to


def dictionary(values, kind=None):
    return pa.array(values, kind).dictionary_encode()


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (pa.array([7, 8], pa.int8()), [7, 8]),
        (pa.array([7, 8], pa.int32()), [7, 8]),
        (pa.array([7, 2**63 + 1], pa.uint64()), [7, 2**63 + 1]),
        (pa.array([7.0, 8.0]), [7, 8]),
        (pa.array([decimal.Decimal(7), decimal.Decimal(8)]), [7, 8]),
        (pa.array(["7", "8"]), ["7", "8"]),  # text stays text
        (pa.array(["007", "NA"], pa.large_string()), ["007", "NA"]),
        (pa.array(["a", "b"], pa.string_view()), ["a", "b"]),
        (pa.array([b"a", b"\xc3\xa9"]), ["a", "é"]),
        (dictionary(["b", "a"]), ["b", "a"]),
        (dictionary([8, 7]), [8, 7]),
        (dictionary(["7", "8"]), ["7", "8"]),
    ],
)
def test_ids(values, read, write):
    data, notes = noted(write(item=values))
    assert data.interactions["item"].tolist() == read
    assert not notes
    split_ids = splits.to_clicks(data.interactions, None)["item"]
    assert split_ids.tolist() == read


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([[1], [2]]), "column 'item' holds values of type list<"),
        (pa.array([{"a": 1}, {"a": 2}]), "column 'item' holds values of type struct<"),
        (pa.array([True, False]), "of type bool, which cannot be a item"),
        (pa.array([datetime.date(2021, 1, 1)] * 2), "of type date32"),
        (pa.array([7, None]), "item in row 2 is empty"),
        (pa.array(["a", None]), "item in row 2 is empty"),
        (pa.array(["a", ""]), "item in row 2 is empty"),
        (dictionary(["a", None]), "item in row 2 is empty"),
        (pa.array([1.0, 2.0**60]), "is a float too large to be exact"),
        (pa.array(["a", "b\nc"]), "in row 2 holds a line break"),
        (pa.array(["a", "x" * 2000]), "in row 2 has more than 1,000 letters"),
        (pa.array([b"a", b"\xff"]), "bytes that are no text"),
    ],
)
def test_what_is_no_id(values, said, write):
    assert said in refused(DataError, write(item=values))


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (pa.array([3, 4], pa.uint8()), [3, 4]),
        (pa.array([decimal.Decimal("3.6"), decimal.Decimal("3.7")]), [3.6, 3.7]),
        (pa.array(["3.5", "4"]), [3.5, 4]),
        (dictionary([3, 4]), [3, 4]),
    ],
)
def test_ratings(values, read, write):
    assert noted(write(rating=values))[0].interactions["rating"].tolist() == read


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64(), pa.float16(), pa.decimal128(5, 2)])
@pytest.mark.parametrize("threshold", [3.6, 3.3, 4.1])
def test_a_threshold_means_what_it_says(kind, threshold, write):
    """3.6 in 32 bits is not 3.6 in 64, and 3.3 is above it."""
    exact = pa.decimal128(5, 2)
    near = [decimal.Decimal(str(threshold)), decimal.Decimal(str(threshold + 0.5))]
    values = pa.array(near, exact)
    if kind != exact:
        values = pa.array([float(one) for one in near]).cast(kind)
    table = noted(write(rating=values))[0].interactions
    assert splits.to_clicks(table, threshold)["user"].tolist() == [2]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0, 86400]),
        pa.array([0, 86400_000]),
        pa.array([0, 86400], pa.timestamp("s")),
        pa.array([0, 86400 * 10**9], pa.timestamp("ns")),
        pa.array([0, 86400 * 1000], pa.timestamp("ms", "Europe/Paris")),
        pa.array([0, 1], pa.date32()),
        pa.array([0, 86400 * 1000], pa.date64()),
        pa.array(["1970-01-01", "1970-01-02"]),
        pa.array(["1970-01-01T01:00:00+01:00", "1970-01-02T00:00Z"]),
        dictionary(["1970-01-01", "1970-01-02"]),
        pa.array([0.0, 86400.0]),
    ],
)
def test_times(values, write):
    found = noted(write(timestamp=values))[0].interactions["timestamp"].tolist()
    assert found == ([0, 86400_000] if found[1] == 86400_000 else [0, 86400])


@pytest.mark.parametrize(
    "values", [pa.array([1, 2], pa.duration("s")), pa.array([1, 2], pa.time32("s"))]
)
def test_what_is_no_time(values, write):
    assert "which cannot be a timestamp" in refused(DataError, write(timestamp=values))
    assert load(write(timestamp=values), timestamp=None).interactions.shape == (2, 2)


def test_an_empty_time_or_rating_is_named(write):
    for name in ("timestamp", "rating"):
        path = write(**{name: pa.array([5, None])})
        assert f"{name} in row 2 is empty; fill it in" in refused(DataError, path)


def test_only_the_wanted_columns_are_read(write, monkeypatch):
    path = write(text=pa.array(["a", "b"]), nested=pa.array([[1], [2]]))
    asked = []
    usual = parquet.ParquetFile.read
    monkeypatch.setattr(
        parquet.ParquetFile,
        "read",
        lambda self, columns: asked.append(columns) or usual(self, columns=columns),
    )
    assert load(path).interactions.to_numpy().tolist() == [[1, 10], [2, 20]]
    assert asked == [["user", "item"]]


def test_what_pandas_writes_is_read(tmp_path):
    path = tmp_path / "c.parquet"
    table = pd.DataFrame(
        {
            "when": pd.to_datetime(["2021-01-01", "2021-01-02"]),
            "item": pd.Categorical(["b", "a"]),
            "user": pd.array([2, 1], dtype="Int64"),
            "split": ["train", "test_in"],
        }
    )
    table.set_index("user").to_parquet(path)  # an index is a column there
    read = load(path, timestamp="when").interactions
    assert read.to_numpy().tolist() == [
        [2, "b", 1609459200, "train"],
        [1, "a", 1609545600, "test_in"],
    ]
    assert read["user"].dtype == "int64"


def test_titles_and_missing_columns(write):
    path = write(title=pa.array(["A\nB", None]))
    data, notes = noted(path, titles=path)
    assert data.title([10, 20]) == ["A B", "item 20"]
    assert len(notes) == 1
    assert "its columns are 'user', 'item'" in refused(DataError, write(), rating="stars")
    assert "has no column 'title'" in refused(DataError, write(), titles=write())


def test_no_rows(write):
    none = {"user": pa.array([], pa.int64()), "item": pa.array([], pa.string())}
    assert "holds no interactions" in refused(DataError, write(**none))


def test_what_is_none(tmp_path):
    path = written(tmp_path, "user,item\n", "clicks.parquet")
    assert f"{path} cannot be read as Parquet" in refused(DataError, path)


def test_without_the_package_for_it(write, monkeypatch):
    path = write()
    for name in [name for name in sys.modules if name.split(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "run `pip install pyarrow`" in refused(MissingPackageError, path)
