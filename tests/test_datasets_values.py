"""Times and ratings: one way of writing for a column, and scales that are said."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from data_files import noted, refused, written

from recotour_vae import splits
from recotour_vae.datasets import load, text
from recotour_vae.errors import DataError, DataWarning, SplitError


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


@pytest.fixture
def times(write):
    """The file of some times, one a row."""

    def to(*values):
        rows = [f'{place},{place},"{value}"' for place, value in enumerate(values)]
        return write("user,item,timestamp\n" + "\n".join(rows))

    return to


def seconds(path):
    data, notes = noted(path)
    return data.interactions["timestamp"].tolist(), notes


def day(text_):
    return int(pd.Timestamp(text_, tz="UTC").timestamp())


class TestTimes:
    def test_the_latest_is_kept_where_days_come_first(self, write):
        """1 March was read as 3 January, and the older rating was kept."""
        path = write("user,item,rating,timestamp\n1,1,5,28/02/2021\n1,1,4,01/03/2021\n")
        table = noted(path)[0].interactions
        assert table.to_numpy().tolist() == [[1, 1, 4, day("2021-03-01")]]

    @pytest.mark.parametrize(
        ("written_", "meant"),
        [
            (["28/02/2021", "01/03/2021"], ["2021-02-28", "2021-03-01"]),
            (["01/03/2021", "28/02/2021"], ["2021-03-01", "2021-02-28"]),
            (["02/28/2021", "03/01/2021"], ["2021-02-28", "2021-03-01"]),
            (["1.3.2021 9:05", "28.2.2021 10:15"], ["2021-03-01 09:05", "2021-02-28 10:15"]),
            (
                ["13-01-2021 10:00:01", "01-02-2021 10:00:02"],
                ["2021-01-13 10:00:01", "2021-02-01 10:00:02"],
            ),
            (["1/13/2021 1:05 PM", "1/2/2021 11:05 AM"], ["2021-01-13 13:05", "2021-01-02 11:05"]),
            (["09 15, 2014", "09 1, 2014"], ["2014-09-15", "2014-09-01"]),
            (["01/01/2021", "02/02/2021"], ["2021-01-01", "2021-02-02"]),  # either way the same
            (["2021/02/28", "2021-03-01T00:00Z"], ["2021-02-28", "2021-03-01"]),
            (
                ["2021-02-28 10:00:00 UTC", "2021-03-01 10:00:00 UTC"],
                ["2021-02-28 10:00", "2021-03-01 10:00"],
            ),
            (["28 Feb 2021", "1 May 2021"], ["2021-02-28", "2021-05-01"]),
            (["May 28, 2021", "Jun 1, 2021"], ["2021-05-28", "2021-06-01"]),
            (["1970-01-02", "1970-01-01T01:00:00+01:00"], ["1970-01-02", "1970-01-01"]),
        ],
    )
    def test_dates(self, written_, meant, times):
        found, notes = seconds(times(*written_))
        assert found == [day(one) for one in meant]
        assert not notes

    @pytest.mark.parametrize("mark", ["/", ".", "-", " "])
    def test_days_that_may_be_months_are_refused(self, mark, times):
        path = times(*(mark.join(date) for date in (["01", "01", "2021"], ["02", "03", "2021"])))
        said = refused(DataError, path)
        assert "in row 2 (line 3) can be 2021-03-02 or 2021-02-03, and no row tells" in said
        assert "write dates as" in said

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "bad",
        [
            ["01/03/2021", "13/01/2021", "01/13/2021"],
            ["2021-02-28", "2021-28-02"],
            ["2021-02-28", "28/02/2021"],
            ["28/02/2021", "2021-02-28"],
            ["28/02/2021", "28/02/2021 10:00"],
            ["2021-02-28", "today"],
            ["2021-02-28", "978300760"],
            ["978300760", "1998-04-22"],
            ["978300760000", "978300760"],
            ["5", "1e30"],
            ["5", "inf"],
            ["28 Feb 2021", "Feb 28 2021"],
        ],
    )
    @pytest.mark.parametrize("at_once", [1, 1 << 20])
    def test_one_column_is_written_in_one_way(self, bad, at_once, times, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", at_once)
        said = refused(DataError, times(*bad))
        assert f"row {len(bad)} (line {len(bad) + 1})" in said
        assert "give seconds since 1970 or a date such as 1998-04-22" in said

    @pytest.mark.parametrize(
        "bad", ["then", "now", "today", "True", "10:00", "2021-02-30", "13/13/2021"]
    )
    def test_what_is_no_time(self, bad, times):
        assert f"timestamp '{bad}' in row 1 (line 2) is neither" in refused(DataError, times(bad))

    def test_years_of_two_digits(self, times):
        assert "a year of two digits" in refused(DataError, times("28/02/21"))

    def test_other_units_are_noticed(self, times):
        for digits, unit in ((3, "milliseconds"), (6, "microseconds"), (9, "nanoseconds")):
            found, notes = seconds(times(978300760 * 10**digits, 0, 978300761 * 10**digits))
            assert found == [978300760, 0, 978300761]
            assert notes == [
                f"clicks.csv: times such as {978300760 * 10**digits} are read as {unit}"
            ]
        assert seconds(times(978300760500))[0] == [978300760.5]
        found, notes = seconds(times(20210203, 20210204))
        assert (found, len(notes)) == ([day("2021-02-03"), day("2021-02-04")], 1)

    def test_numbers_that_only_order_stay(self, times):
        assert seconds(times(5, 1998, 20210299)) == ([5, 1998, 20210299], [])
        assert seconds(times(-5, 80.5)) == ([-5, 80.5], [])

    def test_fractions_of_seconds_are_kept(self, times):
        found, _ = seconds(times("1970-01-01T00:00:01.5", "1970-01-01T00:00:01.25"))
        assert found == [1.5, 1.25]

    @pytest.mark.parametrize("ignored", [None, "none"])
    @pytest.mark.parametrize("column", ["rating", "timestamp", "split"])
    def test_a_column_can_be_ignored(self, column, ignored, write):
        path = write(f"user,item,{column}\n1,1,\n1,2,5\n")
        said = refused(DataError, path)
        assert f"or ignore the column with {column}=None (--{column} none)" in said
        assert list(load(path, **{column: ignored}).interactions) == ["user", "item"]

    def test_what_cannot_be_ignored(self, write):
        assert "cannot be ignored" in refused(DataError, write("user,item\n1,1\n"), user="none")
        path = write("user,item,none\n1,1,1\n")
        assert "the word for ignoring" in refused(DataError, path, rating="none")


class TestRatings:
    @pytest.mark.parametrize(
        ("ratings", "low", "high", "clicks"),
        [
            ([-10, -3.5, 9.5], "-10", "9.5", 1),
            ([-1, 1, 1], "-1", "1", 0),
            ([0, 4, 10], "0", "10", 2),
            ([0, 4, 100], "0", "100", 2),
            ([1, 5000, 2], "1", "5000", 1),
            ([0, 1, 1], "0", "1", 0),
        ],
    )
    def test_other_scales_are_read_and_the_rule_is_said(self, ratings, low, high, clicks, write):
        rows = "".join(f"1,{place},{rating}\n" for place, rating in enumerate(ratings))
        path = write("user,item,rating\n" + rows)
        with pytest.warns(DataWarning, match="ratings go from") as caught:
            data = load(path)
        assert caught[0].filename == __file__
        assert data.interactions["rating"].tolist() == ratings
        assert str(caught[0].message) == (
            f"clicks: ratings go from {low} to {high}; a rating above 3.5 is a click, which "
            f"{clicks} of 3 are; choose another threshold with click_above=... (--click-above)"
        )

    @pytest.mark.parametrize("ratings", [[1, 5], [0.5, 4], [0, 5]])
    def test_five_stars_are_not_worth_a_word(self, ratings, write):
        rows = "".join(f"1,{place},{rating}\n" for place, rating in enumerate(ratings))
        assert noted(write("user,item,rating\n" + rows))[1] == []

    def test_a_comma_before_the_decimals(self, write):
        data, notes = noted(write("user;item;rating\n1;2;3,5\n2;3;4\n2;4;-0,25\n"))
        assert data.interactions["rating"].tolist() == [3.5, 4, -0.25]
        assert "clicks.csv: ratings have a comma before their decimals" in notes
        said = refused(DataError, write("user;item;rating\n1;2;1,000\n"))
        assert "rating '1,000' in row 1 (line 2) is not a number" in said
        assert "'4,5' in row 2" in refused(DataError, write("user;item;rating\n1;2;3.5\n2;3;4,5\n"))

    @pytest.mark.parametrize("bad", ["NA", "nan", "0x10", "1_000", "-inf", "five", "1 2"])
    def test_what_is_no_number(self, bad, write):
        said = refused(DataError, write(f"user,item,rating\n1,1,5\n1,2,{bad}\n"))
        assert f"rating '{bad}' in row 2 (line 3) is not a number" in said

    @pytest.mark.parametrize("kind", ["float16", "float32", "float64", "Float32", "object"])
    def test_a_threshold_is_compared_in_the_type_of_the_column(self, kind):
        from decimal import Decimal

        values = ["0.1", "3.3", "3.6", "3.7"]
        ratings = [Decimal(one) if kind == "object" else float(one) for one in values]
        table = pd.DataFrame(
            {"user": 1, "item": range(4), "rating": pd.Series(ratings, dtype=kind)}
        )
        above = [len(splits.to_clicks(table, float(one))) for one in values[:3]]
        assert above == [3, 2, 1]

    def test_whole_numbers_are_not_rounded_thresholds(self):
        table = pd.DataFrame({"user": 1, "item": range(3), "rating": [3, 4, 5]})
        for kind in ("int8", "uint8", "int64", "Int64"):
            assert len(splits.to_clicks(table.astype({"rating": kind}), 3.5)) == 2

    def test_decimals_of_text_are_exact(self, write):
        """A parser that is a bit off in the last place would move some across their threshold."""
        values = np.arange(-200, 1000) / 100
        rows = "".join(f"1,{place},{value:.2f}\n" for place, value in enumerate(values))
        data, _ = noted(write("user,item,rating\n" + rows))
        assert data.interactions["rating"].tolist() == values.tolist()


class TestSplits:
    def test_a_click_in_two_parts_is_a_leak_and_not_a_repeat(self, write):
        rows = ["0,1,train", "0,2,train", "1,1,validation_in", "1,2,validation_out"]
        rows += ["2,1,test_in", "2,2,test_out", "2,1,test_out", "2,1,test_in"]
        body = "\n".join(["user,item,split", *rows])
        data, notes = noted(write(body))
        assert notes == ["clicks: 1 repeated interaction was merged, the last row of each kept"]
        with pytest.raises(SplitError, match="User 2 has item 1 in two parts"):
            splits.ready_split(data.interactions)

    def test_without_the_column_it_is_a_repeat(self, write):
        data, notes = noted(write("user,item,split\n1,1,test_in\n1,1,test_out\n"), split=None)
        assert (len(data.interactions), len(notes)) == (1, 1)


@pytest.mark.parametrize("option", ["user", "item", "rating", "timestamp", "split"])
def test_columns_of_a_published_set_are_known(option):
    said = refused(DataError, "ml-100k", **{option: "x"})
    assert f"ml-100k is a published data set, whose columns are known; leave out {option}=" in said
