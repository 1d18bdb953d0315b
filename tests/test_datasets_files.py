"""Files of one's own, and the checks that every one of them must pass."""

import os
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data_files import noted, refused, written
from hypothesis import given, settings
from hypothesis import strategies as st

from recotour_vae.datasets import ids, load, tables, text
from recotour_vae.errors import DataError, DataWarning, UnknownDatasetError

LONG = 270_000  # rows: more than pandas reads at once when it is sparing with memory
PLAIN = "user,item,rating,timestamp\n3,10,4,100\n1,20,3.5,90\n3,30,0,80\n"


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


def read_or_sentence(path):
    """The table that is read, or the sentence with which it is refused."""
    try:
        return load(path).interactions
    except DataError as error:
        return str(error)


class TestLayouts:
    @pytest.mark.parametrize("name", ["clicks.csv", "clicks.csv.gz", "c.tsv", "c.tsv.gz", "C.CSV"])
    def test_text(self, name, write):
        text = PLAIN.replace(",", "\t") if "tsv" in name else PLAIN
        data = load(write(text, name))
        table = data.interactions
        assert list(table.columns) == ["user", "item", "rating", "timestamp"]
        assert table["user"].tolist() == [3, 1, 3]  # in the order of the file
        assert table["rating"].tolist() == [4, 3.5, 0]
        assert [dtype.kind for dtype in table.dtypes] == ["i", "i", "f", "i"]
        assert (data.name, data.click_above) == (name.split(".")[0], 3.5)
        assert data.titles.empty

    def test_users_and_items_are_enough(self, write):
        data = load(write("item,user\na,1\nb,1\n"))
        assert list(data.interactions.columns) == ["user", "item"]
        assert data.click_above is None

    def test_other_names_and_other_columns(self, write):
        text = "age,userId,movieId,stars,when\n30,1,2,5,7\n31,3,4,1,8\n"
        data = load(write(text), user="userId", item="movieId", rating="stars", timestamp="when")
        assert data.interactions.to_numpy().tolist() == [[1, 2, 5, 7], [3, 4, 1, 8]]

    def test_a_split_is_kept(self, write):
        table = load(write("user,item,split\n1,1,train\n1,2,test_in\n")).interactions
        assert table["split"].tolist() == ["train", "test_in"]
        assert table["split"].dtype == "str"

    def test_dates_become_seconds(self, write):
        text = "user,item,timestamp\n1,1,1970-01-02\n1,2,1970-01-01T01:00:00+01:00\n"
        table = load(write(text)).interactions
        assert table["timestamp"].tolist() == [86400, 0]

    def test_windows_habits_are_understood(self, write):
        table = load(write("\ufeffuser,item\r\n1,2\r\n")).interactions
        assert table.to_numpy().tolist() == [[1, 2]]


class TestIds:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            (["1", "20", "-3"], [1, 20, -3]),
            (["007", "7"], ["007", "7"]),
            (["0005019281", "B000063W1R"], ["0005019281", "B000063W1R"]),
            (["1.0", "2"], ["1.0", "2"]),
            (["é", "1e3"], ["é", "1e3"]),
            (["99999999999999999999", "1"], ["99999999999999999999", "1"]),
        ],
    )
    def test_they_stay_what_they_are(self, written, read, write):
        text = "user,item\n" + "".join(f"{name},{name}\n" for name in written)
        table = load(write(text)).interactions
        assert table["user"].tolist() == table["item"].tolist() == read

    @pytest.mark.filterwarnings("ignore::recotour_vae.errors.DataWarning")
    def test_a_late_string_makes_all_of_them_strings(self, write, monkeypatch):
        """Read in parts, the first ids of a long file would become integers."""
        path = write("user,item\n" + "1,1\n" * 9 + "B1,1\n")
        monkeypatch.setattr(text, "BLOCK_BYTES", 8)
        table = load(path, timestamp=None).interactions
        assert table["user"].unique().tolist() == ["1", "B1"]
        assert table["item"].unique().tolist() == [1]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "rows",
        [
            ["1,10,4,100", "2,20,3.5,90", "1,30,0,80", "3,10,5,70", "2,10,1,60"],
            ["1,10,4,100", "2,20,3,90", "1,30,2,80.5", "3,10,5,70"],  # a late fraction
            ["1,10,4,100", "b,20,3,90", "007,30,2,80", "1,é,5,70"],  # late names
            ["1,10,4,978300760", "2,20,3,978300761", "1,30,2,1998-04-22"],  # a late date
        ],
    )
    @pytest.mark.parametrize("at_once", [1, 7, 20, 40])
    def test_a_file_read_in_parts_is_the_same_table(self, rows, at_once, write, monkeypatch):
        path = write("user,item,rating,timestamp\n" + "\n".join(rows) + "\n")
        whole = read_or_sentence(path)
        monkeypatch.setattr(text, "BLOCK_BYTES", at_once)
        parts = read_or_sentence(path)
        assert type(parts) is type(whole)
        if isinstance(whole, str):
            assert parts == whole
        else:
            pd.testing.assert_frame_equal(parts, whole)

    @pytest.mark.parametrize("bad", ["2,20,good", ",20,3", "2,20,", "2,20", "2,20,3,4", '2,"20,3'])
    def test_a_bad_row_of_a_later_part_is_named(self, bad, write, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", 16)
        path = write("user,item,rating\n1,10,4\n2,30,5\n" + bad + "\n3,10,1\n")
        assert "line 4" in refused(DataError, path)

    def test_whole_floats_are_integers(self):
        assert ids.plain_ids(pd.Series([1.0, 2.0])).tolist() == [1, 2]
        assert ids.plain_ids(pd.Series([1.5, 2.0])).tolist() == [1.5, 2.0]
        assert ids.plain_ids(pd.Series([5, 7, 5], dtype="category")).tolist() == [5, 7, 5]

    def test_short_integers_may_be_negative(self):
        table = pd.DataFrame({"user": [-1, 0, -1], "item": [-1, -1, 0]}, dtype="int32")
        assert tables.merge_repeats(table)[1] == 0
        assert tables.merge_repeats(pd.concat([table, table]))[1] == 3


class TestPlaces:
    def test_a_relative_path_is_also_looked_for_in_the_data_folder(self, write, monkeypatch):
        path = write(PLAIN)
        monkeypatch.setenv("RECOTOUR_DATA", str(path.parent))
        assert len(load("clicks.csv").interactions) == 3
        assert len(load(Path("clicks.csv")).interactions) == 3

    def test_the_working_folder_comes_first(self, write, tmp_path, monkeypatch):
        path = write(PLAIN)
        (tmp_path / "shelf").mkdir()
        (tmp_path / "shelf" / "clicks.csv").write_text("user,item\n1,1\n")
        monkeypatch.setenv("RECOTOUR_DATA", str(tmp_path / "shelf"))
        monkeypatch.chdir(path.parent)
        assert len(load("clicks.csv").interactions) == 3

    def test_a_missing_file_says_where_it_was_looked_for(self, tmp_path, monkeypatch):
        monkeypatch.setenv("RECOTOUR_DATA", str(tmp_path))
        said = refused(UnknownDatasetError, "gone.csv")
        assert f"(looked for gone.csv and {tmp_path / 'gone.csv'})" in said

    def test_a_missing_absolute_path_is_looked_for_once(self, tmp_path, monkeypatch):
        monkeypatch.setenv("RECOTOUR_DATA", str(tmp_path))
        path = tmp_path / "gone.csv"
        assert f"(looked for {path});" in refused(UnknownDatasetError, path)

    def test_an_unknown_ending(self, write):
        path = write(PLAIN, "clicks.xlsx")
        said = refused(DataError, path)
        assert f"the layout of {path} is not known" in said
        assert ".csv, .csv.gz, .tsv, .tsv.gz, .parquet" in said


class TestColumns:
    def test_a_missing_column_is_named_with_the_nearest(self, write):
        path = write("userId,item,when\n1,2,3\n")
        said = refused(DataError, path)
        assert f"{path} has no column 'user'; its columns are 'userId', 'item', 'when'" in said
        assert "(the nearest is 'userId'): say which one holds the user with user='userId'" in said

    def test_a_missing_column_with_none_near(self, write):
        said = refused(DataError, write("user,x\n1,2\n"))
        assert "the nearest" not in said
        assert "its columns are 'user', 'x': say which one holds the item with item='...'" in said

    def test_a_column_asked_for_by_name_must_be_there(self, write):
        said = refused(DataError, write("user,item,Stars\n1,2,3\n"), rating="stars")
        assert "has no column 'stars'" in said
        assert "rating='Stars'" in said

    def test_one_column_cannot_be_two(self, write):
        said = refused(DataError, write("user,item\n1,2\n"), user="item")
        assert "two columns are given one name; choose from 'user', 'item'" in said


class TestValues:
    @pytest.mark.parametrize("text", ["user,item\n", "user,item\n\n"])
    def test_no_rows(self, text, write):
        path = write(text)
        assert f"{path} holds no interactions" in refused(DataError, path)

    def test_nothing_at_all(self, write):
        path = write("")
        assert f"{path} is empty; give a file with a header" in refused(DataError, path)

    @pytest.mark.parametrize("column", ["user", "item", "rating", "timestamp"])
    def test_an_empty_cell(self, column, write):
        table = pd.DataFrame(
            {"user": [1, 2], "item": [1, 2], "rating": [1, 2], "timestamp": [1, 2]}, dtype=object
        )
        table.loc[1, column] = np.nan
        path = write(table.to_csv(index=False))
        said = refused(DataError, path)
        assert f"{path}: {column} in row 2 (line 3) is empty; fill it in or remove the row" in said

    def test_many_empty_cells_are_counted(self, write):
        said = refused(DataError, write("user,item\n1,\n2,\n3,\n"))
        assert "item in row 1 (line 2) (and 2 more rows) is empty" in said

    def test_a_late_rating_that_is_no_number(self, write):
        """Read at once, pandas would first warn that the column has mixed types."""
        path = write("user,item,rating\n" + "1,1,5\n" * LONG + "0,2,good\n")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert f"rating 'good' in row {LONG + 1} " in refused(DataError, path)

    @pytest.mark.parametrize("value", ["good", "inf"])
    def test_a_rating_that_is_no_number(self, value, write):
        said = refused(DataError, write(f"user,item,rating\n1,1,5\n1,2,{value}\n"))
        assert f"rating '{value}' in row 2 (line 3) is not a number" in said
        assert "rating=..." in said

    @pytest.mark.parametrize("damage", [lambda b: b[:-12], lambda b: b"user,item\n1,2\n"])
    def test_a_damaged_gzip_file(self, damage, write):
        path = write(PLAIN, "c.csv.gz")
        path.write_bytes(damage(path.read_bytes()))
        assert f"{path} cannot be read as a table" in refused(DataError, path)


class TestRepeats:
    def test_the_latest_is_kept_and_it_is_said(self, write):
        path = write("user,item,rating,timestamp\n1,1,5,20\n1,1,2,10\n2,1,3,5\n1,1,4,15\n")
        with pytest.warns(DataWarning, match="clicks: 2 repeated .* merged, the latest") as caught:
            table = load(path).interactions
        assert caught[0].filename == __file__  # points at the reader's own line
        assert table.to_numpy().tolist() == [[1, 1, 5, 20], [2, 1, 3, 5]]

    def test_without_times_the_last_row_is_kept(self, write):
        path = write("user,item,rating\n1,1,5\n2,1,3\n1,1,2\n")
        with pytest.warns(DataWarning, match="1 repeated .* merged, the last row of each"):
            table = load(path).interactions
        assert table.to_numpy().tolist() == [[2, 1, 3], [1, 1, 2]]

    @pytest.mark.slow
    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=40), st.booleans())
    def test_it_agrees_with_the_definition(self, rows, short):
        latest = {}
        for user, item, time in rows:
            if time >= latest.get((user, item), -1):
                latest[user, item] = time
        table = pd.DataFrame(rows, columns=["user", "item", "timestamp"])
        if short:  # as the published sets have them
            table = table.astype({"user": "int32", "item": "int32"})
        kept, merged = tables.merge_repeats(table)
        found = {(user, item): time for user, item, time in kept.itertuples(index=False)}
        assert found == latest
        assert (len(kept), merged) == (len(latest), len(rows) - len(latest))

    @pytest.mark.parametrize(
        "change", [int, lambda n: n - 3, lambda n: n * 2**40, lambda n: f"id {n}"]
    )
    @pytest.mark.parametrize("repeats", [0, 1])
    def test_they_are_found_whatever_the_ids_are(self, change, repeats):
        pairs = [(user, item) for user in range(6) for item in range(6)]
        rows = np.random.default_rng(0).permutation(pairs + pairs[7 : 7 + repeats]).tolist()
        table = pd.DataFrame([map(change, row) for row in rows], columns=["user", "item"])
        kept, merged = tables.merge_repeats(table)
        assert (len(kept), merged) == (36, repeats)

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=40), st.booleans())
    def test_the_order_is_by_user_time_and_item(self, rows, named):
        table = pd.DataFrame(rows, columns=["user", "item", "timestamp"], dtype="int64")
        if named:
            table = table.astype({"user": str, "item": str})
        ordered = table.sort_values(["user", "timestamp", "item"], ignore_index=True)
        pd.testing.assert_frame_equal(tables.by_user_and_time(table), ordered)


@pytest.fixture
def real_data():
    folder = os.environ.get("RECOTOUR_DATA")
    if not folder:
        pytest.skip("RECOTOUR_DATA does not name the folder of the real data sets")
    return Path(folder)


@pytest.mark.data
def test_the_real_movielens_1m_clicks(real_data):
    data, notes = noted("ml-1m/interactions.csv.gz", titles=Path("ml-1m/movies.dat"))
    assert [note[:33] for note in notes] == ["movies.dat is not in UTF-8 (the f"]
    table = data.interactions
    assert list(table.columns) == ["user", "item", "split"]
    assert (len(table), table["user"].nunique(), table["item"].nunique()) == (575_228, 6034, 3497)
    assert set(table["split"]) == {
        "train",
        "validation_in",
        "validation_out",
        "test_in",
        "test_out",
    }
    assert set(table["item"]) <= set(data.titles.index)
    assert data.title([1]) == ["Toy Story (1995)"]


@pytest.mark.data
def test_the_real_amazon_clicks(real_data):
    table = load(real_data / "amazon-video-games" / "interactions.csv.gz").interactions
    assert (len(table), table["user"].nunique(), table["item"].nunique()) == (
        287_107,
        31_013,
        23_715,
    )
