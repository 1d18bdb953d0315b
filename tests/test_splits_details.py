"""A split keeps ratings and times of its clicks, in memory and on disk, and stays what it was."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from frozen.make_splits import SPLITS
from hypothesis import given
from hypothesis import strategies as st
from support import clicks, is_a_sentence, random_table, two_tastes

from recotour_vae.datasets import load
from recotour_vae.errors import SplitError
from recotour_vae.splits import (
    HeldOut,
    Histories,
    Split,
    SplitConfig,
    ready_split,
    strong_generalisation,
)

COLUMNS = ["rating", "timestamp"]


def timed_table(seed: int, **settings) -> pd.DataFrame:
    """Ratings of 1 to 5 at times of which some are equal."""
    table = random_table(seed, **settings)
    return table.assign(timestamp=np.random.default_rng(seed + 1).integers(0, 50, len(table)))


def ready_table(seed: int) -> pd.DataFrame:
    """A table that names its parts."""
    table = timed_table(seed, n_users=20)
    user = table["user"] // 7
    kind = np.where(user < 10, "train", np.where(user < 15, "validation", "test"))
    half = np.where(table["rating"] > 2, "_in", "_out")
    return table.assign(split=np.where(kind == "train", kind, np.char.add(kind, half)))


def parts(split: Split) -> list[tuple]:
    """(raw user ids, clicks, history) of each part."""
    found = [(split.train_users, split.train, split.history)]
    for held in (split.validation, split.test):
        found += [(held.users, held.fold_in, held.shown), (held.users, held.held_out, held.asked)]
    return found


def rows_of(split: Split) -> list[list[tuple]]:
    """Events of each part, as raw (user, item, rating, time)."""
    listed = []
    for users, _, history in parts(split):
        values = [users[history.event_rows()], split.items[history.items]]
        values += [one for one in (history.ratings, history.times) if one is not None]
        listed.append(list(zip(*(one.tolist() for one in values), strict=True)))
    return listed


def check_details(split: Split, table: pd.DataFrame) -> None:
    """Make sure that each part is its clicks in order of time, with what the table says of them."""
    names = [name for name in COLUMNS if name in table]
    known = {
        (row.user, row.item): tuple(getattr(row, n) for n in names) for row in table.itertuples()
    }
    for (_, matrix, history), rows in zip(parts(split), rows_of(split), strict=True):
        assert (history.clicks != matrix).nnz == 0
        assert all(known[row[:2]] == row[2:] for row in rows)
        columns, person = history.items.tolist(), history.event_rows().tolist()
        time = [0] * len(rows) if history.times is None else history.times.tolist()
        order = list(zip(person, time, columns, strict=True))
        assert order == sorted(order)


@given(
    st.integers(0, 1000),
    st.sampled_from([None, 2.5]),
    st.sampled_from([(), *COLUMNS]),
    st.booleans(),
)
def test_strong_generalisation_keeps_what_the_table_says(seed, above, without, text):
    table = timed_table(seed, text=text).drop(columns=list(filter(None, [without])))
    if "rating" not in table:
        above = None
    split = strong_generalisation(table, SplitConfig(click_above=above, min_clicks=2))
    check_details(split, table)
    for name, kept in (("rating", split.history.ratings), ("timestamp", split.history.times)):
        assert (kept is None) == (name not in table)


@pytest.mark.slow
@given(st.integers(0, 1000), st.booleans())
def test_a_ready_split_keeps_what_the_table_says(seed, categories):
    table = ready_table(seed)
    split = ready_split(table.astype({"user": "category"}) if categories else table)
    check_details(split, table)
    bare = ready_split(table[["user", "item", "split"]])
    assert bare.fingerprint() == split.fingerprint()
    assert (bare.history.ratings, bare.test.asked.times) == (None, None)


def test_categories_in_an_order_of_their_own_do_not_unsort_a_ready_split():
    table = ready_table(0)
    upside_down = pd.CategoricalDtype(sorted(table["item"].unique(), reverse=True))
    odd = ready_split(table.astype({"item": upside_down}))
    assert odd.fingerprint() == ready_split(table).fingerprint()


@pytest.mark.slow
@given(st.integers(0, 1000))
def test_the_latest_click_counts_of_repeated_rows(seed):
    table = timed_table(seed)
    again = table.sample(frac=0.4, random_state=seed)
    later = again.assign(rating=5, timestamp=again["timestamp"] + 60)
    both = pd.concat([later, table]).sample(frac=1, random_state=seed)
    config = SplitConfig(click_above=2.5, min_clicks=1)
    # A rating of 1 or 2 that became a 5 is a click; a later row below the threshold is none.
    wanted = pd.concat([table, later]).drop_duplicates(["user", "item"], keep="last")
    below = pd.concat([both, table.assign(rating=1, timestamp=1000)])
    for rows in (both, below):
        split = strong_generalisation(rows, config)
        assert split.fingerprint() == strong_generalisation(wanted, config).fingerprint()
        check_details(split, wanted)


def test_without_times_the_last_row_counts():
    table = pd.DataFrame({"user": [1, 1, 2, 3], "item": [1, 1, 1, 1], "rating": [5, 4, 4, 4]})
    config = SplitConfig(min_clicks=1, validation_users=1, test_users=1)
    split = strong_generalisation(table, config)
    assert {rows[0][2] for rows in rows_of(split) if rows} == {4}


def test_what_is_written_into_the_table_afterwards_changes_nothing():
    table = timed_table(0)
    config = SplitConfig(click_above=None, min_clicks=1)
    split, wanted = strong_generalisation(table, config), timed_table(0)
    table.loc[:, "rating"] = 0
    table["timestamp"] = -1
    check_details(split, wanted)


def test_what_is_missing_matters_where_it_is_a_clicks():
    table = timed_table(0).astype({"rating": float, "timestamp": float})
    row = int(table["rating"].argmin())
    table.loc[row, "timestamp"] = np.nan
    fine = strong_generalisation(table, SplitConfig(click_above=2.5, min_clicks=1))
    assert fine.history.times is not None
    with pytest.raises(SplitError, match="1 rows have no finite timestamp") as error:
        strong_generalisation(table, SplitConfig(click_above=None, min_clicks=1))
    assert is_a_sentence(error.value)
    config = SplitConfig(click_above=None, min_clicks=1)
    assert strong_generalisation(table.drop(columns="timestamp"), config).history.times is None


def test_bare_matrices_have_histories_without_ratings_or_times():
    split = two_tastes()
    for _, matrix, history in parts(split):
        assert (history.ratings, history.times) == (None, None)
        assert history.clicks is matrix
        assert history.items.tolist() == matrix.indices.tolist()


# Made by hand

TRAIN = Histories([0, 2, 3], [2, 0, 1], [5, 1, 3], [4, 9, 2], n_items=3)
SHOWN = Histories([0, 1], [1], [2], [7], n_items=3)
ASKED = Histories([0, 2], [2, 0], [4, 5], [8, 9], n_items=3)


def by_hand(**changes) -> Split:
    held = HeldOut.of(["v"], SHOWN, ASKED, n_cold=changes.pop("n_cold", 0))
    return Split.of([10, 20, 30], ["a", "b"], changes.pop("train", TRAIN), held, held, **changes)


def test_a_split_of_histories_keeps_them():
    split = by_hand()
    assert split.train.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert rows_of(split)[0] == [("a", 30, 5, 4), ("a", 10, 1, 9), ("b", 20, 3, 2)]
    assert rows_of(split)[1:3] == [[("v", 20, 2, 7)], [("v", 30, 4, 8), ("v", 10, 5, 9)]]


def test_of_repeated_events_a_split_keeps_the_last():
    twice = Histories([0, 3, 3], [2, 0, 2], [5, 1, 4], [4, 9, 11], n_items=3)
    assert rows_of(by_hand(train=twice))[0] == [("a", 10, 1, 9), ("a", 30, 4, 11)]


def test_other_clicks_with_the_ratings_of_these_are_refused():
    split = by_hand()
    fewer = split.train.copy()
    fewer.data[:] = 1
    assert replace(split, train=fewer).history.ratings is not None  # the same, in other arrays
    for change in ({"train": split.train[::-1]}, {"train": clicks([[0], [1]], 3)}):
        with pytest.raises(SplitError, match="training matrix is not the one that") as error:
            replace(split, **change)
        assert is_a_sentence(error.value)
        assert replace(split, train_details=None, **change).history.ratings is None
    with pytest.raises(SplitError, match="held-out matrix is not the one"):
        replace(split.test, held_out=clicks([[0]], 3))


def test_what_was_left_out_is_counted_in_the_summary():
    assert by_hand().summary().columns.tolist() == [
        "users",
        "fold-in clicks",
        "held-out clicks",
        "users without held-out",
    ]
    found = by_hand(n_cold=3, of_ratings=True).summary()
    assert found.columns.tolist()[1:] == [
        "fold-in ratings",
        "held-out ratings",
        "users without held-out",
        "cold ratings",
    ]
    assert found["cold ratings"].tolist() == [0, 3, 3]


def test_the_fingerprint_counts_ratings_where_they_are_asked_for_and_times_nowhere():
    other = Histories(TRAIN.starts, TRAIN.items, [5, 2, 3], TRAIN.times, n_items=3)
    later = Histories(TRAIN.starts, TRAIN.items, TRAIN.ratings, TRAIN.times + 1, n_items=3)
    clicked = {by_hand(train=one).fingerprint() for one in (TRAIN, other, later)}
    assert len(clicked) == 1
    rated = [by_hand(train=one, of_ratings=True).fingerprint() for one in (TRAIN, other, later)]
    assert rated[0] == rated[2] != rated[1]
    assert not clicked & set(rated)


def test_a_split_of_ratings_has_ratings():
    bare = Histories(TRAIN.starts, TRAIN.items, n_items=3)
    with pytest.raises(SplitError, match="made of clicks without them") as error:
        by_hand(train=bare, of_ratings=True)
    assert is_a_sentence(error.value)


# Files


def same(one: Split, other: Split) -> bool:
    """Whether two splits hold the same, details and counts too."""
    told = [
        (s.of_ratings, *((g.n_cold, g.n_newcomers) for g in (s.validation, s.test)))
        for s in (one, other)
    ]
    prints = one.fingerprint() == other.fingerprint()
    return prints and rows_of(one) == rows_of(other) and told[0] == told[1]


@pytest.mark.parametrize("without", [[], ["rating"], ["timestamp"], COLUMNS])
def test_ratings_and_times_come_back_from_a_file(tmp_path, without):
    table = ready_table(3).drop(columns=without)
    split = ready_split(table)
    path = split.save(tmp_path / "split")
    assert same(Split.load(path), split)
    with np.load(path) as arrays:
        names = set(arrays)
    assert any(name.endswith(".ratings") for name in names) == ("rating" not in without)
    assert any(name.endswith(".times") for name in names) == ("timestamp" not in without)


def test_a_split_saved_twice_is_the_same_file(tmp_path):
    split = ready_split(ready_table(3))
    first = split.save(tmp_path / "one").read_bytes()
    assert split.history.n_events  # made in the meantime
    assert split.save(tmp_path / "two").read_bytes() == first
    assert Split.load(tmp_path / "one").save(tmp_path / "three").read_bytes() == first


def test_what_is_shown_of_training_users_is_written_once_and_is_one_object(tmp_path):
    split = by_hand()
    shown = HeldOut(split.train_users, split.train, clicks([[1], []], 3), split.train_details)
    shared = replace(split, validation=shown, test=replace(shown, n_newcomers=2))
    again = Split.load(shared.save(tmp_path / "shared"))
    assert same(again, shared)
    assert again.test.fold_in is again.train
    assert again.test.shown is again.validation.shown is again.history
    with np.load(tmp_path / "shared.npz") as arrays:
        assert not [name for name in arrays if name.startswith("test_in.ind")]


@pytest.mark.parametrize("damage", ["a rating less", "no number", "a part less"])
def test_spoilt_details_are_refused(tmp_path, damage):
    path = by_hand().save(tmp_path / "split")
    with np.load(path) as arrays:
        found = dict(arrays)
    if damage == "a rating less":
        found["train.ratings"] = found["train.ratings"][1:]
    elif damage == "no number":
        found["train.ratings"][0] = np.nan
    else:
        del found["test_in.indices"]
    np.savez(path, **found)
    with pytest.raises(SplitError, match="damaged or not a saved split"):
        Split.load(path)


@pytest.mark.parametrize("name", sorted(SPLITS))
def test_frozen_splits_open(name):
    path, expected, made = SPLITS[name]
    split = Split.load(path)
    assert split.fingerprint() == expected
    assert same(split, made())


# What stored tables carry


def test_the_default_splits_of_movielens_100k_are_those_of_the_stored_tables():
    table = load("ml-100k", progress=False).interactions
    prints = [strong_generalisation(table, SplitConfig(seed=s)).fingerprint() for s in (0, 1)]
    assert prints == ["cc577cd159aa3f1f", "1f7cde699b216160"]


@pytest.mark.data
@pytest.mark.slow
def test_the_ready_split_of_movielens_1m_is_that_of_the_stored_tables(data_folder):
    path = data_folder / "ml-1m" / "interactions.csv.gz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    assert ready_split(load(path).interactions).fingerprint() == "b817c03901e5077a"
