"""What people did, row by row: order, ratings and times, cuts, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import clicks, is_a_sentence, random_table

from recotour_vae.errors import DataError
from recotour_vae.splits import Histories

# Three people, four items: the second did nothing, the third came back to item 0.
BY_HAND = Histories([0, 2, 2, 5], [3, 1, 0, 2, 0], [5, 4, 1, 3, 2], [10, 20, 5, 5, 9], n_items=4)


def events(histories: Histories) -> list[tuple]:
    """Each event as (row, column, rating, time)."""
    parts = [histories.event_rows(), histories.items, histories.ratings, histories.times]
    return list(zip(*(part.tolist() for part in parts if part is not None), strict=True))


def timed_table(seed: int, rows: int = 200) -> pd.DataFrame:
    """Ratings in no order, with times of which many are equal."""
    table = random_table(seed, n_users=12, n_items=18, rows=rows)
    return table.assign(timestamp=np.random.default_rng(seed).integers(0, 20, len(table)))


def test_types_and_sizes_are_what_is_said():
    assert (len(BY_HAND), BY_HAND.n_events, BY_HAND.n_items) == (3, 5, 4)
    kinds = [BY_HAND.starts, BY_HAND.items, BY_HAND.ratings, BY_HAND.times]
    assert [part.dtype for part in kinds] == [np.int64, np.int32, np.float32, np.int64]


def test_pairs_and_clicks():
    assert BY_HAND.event_rows().tolist() == [0, 0, 2, 2, 2]
    assert BY_HAND.clicks.toarray().tolist() == [[0, 1, 0, 1], [0] * 4, [1, 0, 1, 0]]
    assert BY_HAND.clicks.has_canonical_format
    assert BY_HAND.clicks is BY_HAND.clicks


def test_arrays_of_the_right_type_are_not_copied():
    again = Histories(BY_HAND.starts, BY_HAND.items, BY_HAND.ratings, n_items=4)
    assert again.items is BY_HAND.items
    assert again.ratings is BY_HAND.ratings


@pytest.mark.parametrize(
    ("users", "wanted"),
    [
        ([2, 0], [(0, 0, 1, 5), (0, 2, 3, 5), (0, 0, 2, 9), (1, 3, 5, 10), (1, 1, 4, 20)]),
        ([1, 0, 0], [(1, 3, 5, 10), (1, 1, 4, 20), (2, 3, 5, 10), (2, 1, 4, 20)]),
        (slice(1, None), [(1, 0, 1, 5), (1, 2, 3, 5), (1, 0, 2, 9)]),
        (np.array([True, True, False]), [(0, 3, 5, 10), (0, 1, 4, 20)]),
        (-1, [(0, 0, 1, 5), (0, 2, 3, 5), (0, 0, 2, 9)]),
        ([], []),
    ],
)
def test_rows_are_cut_as_from_an_array(users, wanted):
    cut = BY_HAND.rows(users)
    assert events(cut) == wanted
    assert cut.n_items == 4


@given(st.integers(0, 1000), st.lists(st.integers(0, 11)))
def test_cutting_and_making_clicks_can_be_done_in_either_order(seed, users):
    table = timed_table(seed)
    histories = Histories.of_table(table, np.unique(table["user"]), np.unique(table["item"]))
    users = np.array([user for user in users if user < len(histories)], int)
    cut = histories.rows(users)
    np.testing.assert_array_equal(cut.clicks.toarray(), histories.clicks[users].toarray())
    assert cut.rows(np.arange(len(cut))).items.tolist() == cut.items.tolist()


@given(st.integers(0, 1000), st.booleans())
def test_a_table_is_laid_out_as_a_person_would_sort_it(seed, text):
    table = timed_table(seed)
    users, items = np.unique(table["user"])[1:], np.unique(table["item"])[:-2]
    wanted = [
        (users.tolist().index(row.user), items.tolist().index(row.item), row.rating, row.timestamp)
        for row in table.sort_values(["user", "timestamp", "item"]).itertuples()
        if row.user in users and row.item in items
    ]
    if text:  # with ids of text, in the order that is asked for
        table = table.astype({"user": str, "item": str})
        users, items = users.astype(str), items.astype(str)
    assert events(Histories.of_table(table, users, items)) == wanted


@given(st.integers(0, 1000))
def test_a_matrix_with_times_is_the_table_it_was_made_of(seed):
    table = timed_table(seed)
    users, items = np.unique(table["user"]), np.unique(table["item"])
    sorted_by_cell = table.sort_values(["user", "item"])
    wanted = Histories.of_table(table, users, items)
    found = Histories.of_clicks(
        wanted.clicks, sorted_by_cell["rating"], sorted_by_cell["timestamp"].to_numpy()
    )
    assert events(found) == events(wanted)
    assert found.clicks is wanted.clicks


def test_without_times_a_row_is_in_the_order_of_the_columns():
    matrix = clicks([[4, 1], [], [0, 3, 2]], 5)
    found = Histories.of_clicks(matrix)
    assert (found.ratings, found.times) == (None, None)
    assert found.items.tolist() == [1, 4, 0, 2, 3]
    assert found.starts.tolist() == [0, 2, 2, 5]
    assert found.clicks is matrix
    table = pd.DataFrame({"user": [7, 7, 5], "item": [2, 1, 2]})
    assert Histories.of_table(table, [5, 7], [1, 2]).items.tolist() == [1, 0, 1]


def test_repeated_events_stay_events_and_are_one_click():
    table = pd.DataFrame({"user": [1, 1, 1], "item": [8, 9, 8], "timestamp": [1, 2, 3]})
    found = Histories.of_table(table, [1], [8, 9])
    assert found.items.tolist() == [0, 1, 0]
    assert found.clicks.toarray().tolist() == [[1, 1]]


@pytest.mark.parametrize(
    "times",
    [
        pd.Series([2.0, 1.9, 1.2]),  # 1.9 and 1.2 are of one second, so that the columns decide
        pd.to_datetime(pd.Series([2, 1, 1]), unit="s"),
        pd.to_datetime(pd.Series([2, 1, 1]), unit="s", utc=True).dt.tz_convert("Asia/Tokyo"),
        pd.Series([2, 1, 1], dtype="Int64"),
        pd.Series([2, 1, 1], dtype="uint8"),
    ],
)
def test_times_are_whole_seconds_however_they_are_held(times):
    table = pd.DataFrame({"user": [1] * 3, "item": [1, 2, 3], "timestamp": times})
    found = Histories.of_table(table, [1], [1, 2, 3])
    assert found.times.tolist() == [1, 1, 2]
    assert found.items.tolist() == [1, 2, 0]


def test_nobody_and_nothing():
    nobody = Histories([0], [], n_items=3)
    assert (len(nobody), nobody.clicks.shape, nobody.event_rows().tolist()) == (0, (0, 3), [])
    nothing = Histories([0, 0, 0], [], [], [], n_items=0)
    assert nothing.clicks.shape == (2, 0)
    assert len(nothing.rows([1])) == 1


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"starts": []}, "starts of the histories do not divide the 5 events"),
        ({"starts": [0, 2, 2, 4]}, "do not divide"),
        ({"starts": [1, 2, 2, 5]}, "do not divide"),
        ({"starts": [0, 3, 2, 5]}, "do not divide"),
        ({"starts": [[0, 5]]}, r"starts .* shape \(1, 2\)"),
        ({"items": [3, 1, 0, 4, 0]}, "column 4 where there are 4 items"),
        ({"items": [3, 1, 0, -1, 0]}, "items of the histories go from -1 to 3"),
        ({"items": [3, 1, 0, 2**32, 0]}, "go from 0 to 4294967296"),
        ({"items": [3.5, 1, 0, 2, 0]}, "items .* type float64 .* one row of whole numbers"),
        ({"ratings": [1, 2]}, "There are 2 ratings for 5 events"),
        ({"ratings": [1, 2, np.nan, 4, 5]}, "Event 2 is rated nan"),
        ({"ratings": [1, 2, 3, 4, np.inf]}, "Event 4 is rated inf"),
        ({"ratings": list("abcde")}, "ratings .* type <U1 .* one row of numbers"),
        ({"times": [1, 2]}, "There are 2 times for 5 events"),
        ({"times": [10, 20, 5, 4, 9]}, "Event 3 is earlier than the one before it"),
        ({"times": [1.0, 2, 3, 4, np.nan]}, "times .* type float64 .* whole numbers"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, match):
    usual = {name: getattr(BY_HAND, name) for name in ("starts", "items", "ratings", "times")}
    with pytest.raises(DataError, match=match) as error:
        Histories(**usual | change, n_items=4)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(
    ("column", "values", "match"),
    [
        ("rating", [1, np.nan, 3], "1 rows have no finite rating, the first is row 1"),
        ("timestamp", [np.nan, np.nan, 3], "2 rows have no finite timestamp, the first is row 0"),
        ("timestamp", pd.to_datetime(["1998-04-22", None, None]), "2 rows have no finite timest"),
        ("timestamp", ["yesterday", "today", "now"], "'timestamp' is of type str .* no number"),
    ],
)
def test_a_table_with_something_missing_is_refused(column, values, match):
    table = pd.DataFrame({"user": [1] * 3, "item": [1, 2, 3], column: values})
    with pytest.raises(DataError, match=match) as error:
        Histories.of_table(table, [1], [1, 2, 3])
    assert is_a_sentence(error.value)


def test_a_matrix_takes_one_rating_and_one_time_a_click():
    matrix = clicks([[0, 1], [1]], 2)
    for values in ({"ratings": [1, 2]}, {"times": [1, 2, 3, 4]}):
        with pytest.raises(DataError, match="for 3 events; give one for each"):
            Histories.of_clicks(matrix, **values)
