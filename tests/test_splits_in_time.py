"""Splits in time: nothing that is fitted or shown lies after what is asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, random_table

from recotour_vae.datasets import load
from recotour_vae.errors import ConfigError, DataWarning, SplitError
from recotour_vae.splits import (
    Histories,
    LastOutConfig,
    Split,
    SplitConfig,
    TimeSplitConfig,
    in_time,
    leave_last_out,
    strong_generalisation,
)

ALL = TimeSplitConfig(click_above=None, min_clicks=1)
EVERYBODY = LastOutConfig(click_above=None, min_clicks=3)
TIES = pytest.mark.filterwarnings("ignore::recotour_vae.errors.DataWarning")


def timed_table(seed: int, latest: int = 60, text: bool = False) -> pd.DataFrame:
    """Ratings of 1 to 5 at times of which some are equal."""
    table = random_table(seed, n_users=15, n_items=20, rows=200, text=text)
    drawn = np.random.default_rng(seed + 1).integers(0, latest, len(table))
    return table.assign(timestamp=drawn)


def table_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "item", "timestamp"])


def listed(split: Split, users, history: Histories) -> list[tuple]:
    """Each event as raw (user, item, time), person by person, in their order."""
    values = (users[history.event_rows()], split.items[history.items], history.times)
    return list(zip(*(one.tolist() for one in values), strict=True))


def parts(split: Split) -> dict[str, list[tuple]]:
    found = {"train": listed(split, split.train_users, split.history)}
    for name in ("validation", "test"):
        held = getattr(split, name)
        found[f"{name}_in"] = listed(split, held.users, held.shown)
        found[f"{name}_out"] = listed(split, held.users, held.asked)
    return found


# A cut in calendar time

# Ann and Bob train; Cem comes later; item 9 comes later.
BY_HAND = table_of(
    ("ann", 1, 10),
    ("ann", 2, 20),
    ("ann", 3, 31),
    ("ann", 9, 45),
    ("bob", 2, 12),
    ("bob", 3, 30),
    ("bob", 1, 50),
    ("cem", 1, 35),
    ("cem", 2, 41),
)


def test_by_hand():
    split = in_time(BY_HAND, replace(ALL, validation_after=30, test_after=40))
    assert split.items.tolist() == [1, 2, 3]
    assert parts(split) == {
        "train": [("ann", 1, 10), ("ann", 2, 20), ("bob", 2, 12), ("bob", 3, 30)],
        "validation_in": [("ann", 1, 10), ("ann", 2, 20)],
        "validation_out": [("ann", 3, 31), ("cem", 1, 35)],
        "test_in": [
            ("ann", 1, 10),
            ("ann", 2, 20),
            ("ann", 3, 31),
            ("bob", 2, 12),
            ("bob", 3, 30),
            ("cem", 1, 35),
        ],
        "test_out": [("bob", 1, 50), ("cem", 2, 41)],
    }
    assert split.validation.users.tolist() == ["ann", "cem"]
    assert split.test.users.tolist() == ["ann", "bob", "cem"]
    assert (split.validation.n_cold, split.test.n_cold) == (0, 1)  # Ann's item 9
    assert split.summary()["cold clicks"].tolist() == [0, 0, 1]


def test_newcomers_are_left_out_where_that_is_asked_for():
    config = replace(ALL, validation_after=30, test_after=40, min_shown=2)
    split = in_time(BY_HAND, config)
    assert split.validation.users.tolist() == ["ann"]
    assert split.test.users.tolist() == ["ann", "bob"]
    assert (split.validation.n_newcomers, split.test.n_newcomers) == (1, 1)
    assert split.summary()["newcomers"].tolist() == [0, 1, 1]


def test_who_trains_does_not_depend_on_what_comes_later():
    """Bob has three clicks, but two by the first cut."""
    config = replace(ALL, validation_after=25, test_after=40, min_clicks=2)
    split = in_time(BY_HAND, config)
    assert split.train_users.tolist() == ["ann"]
    assert "bob" in split.validation.users.tolist()


@given(
    st.integers(0, 1000),
    st.sampled_from([None, 2.5]),
    st.booleans(),
    st.sampled_from([(0.6, 0.8), (20, 40), (0.5, 40)]),
    st.integers(0, 2),
)
def test_nothing_is_seen_before_its_time(seed, above, text, cuts, min_shown):
    table = timed_table(seed, text=text)
    config = TimeSplitConfig(above, 2, *cuts, min_shown)
    split = in_time(table, config)
    clicked = table if above is None else table[table["rating"] > above]
    sorted_times = np.sort(clicked["timestamp"])
    first, second = (
        sorted_times[int(cut * len(sorted_times)) - 1] if cut < 1 else cut for cut in cuts
    )
    times = {name: [time for *_, time in rows] for name, rows in parts(split).items()}
    assert max(times["train"]) <= first < min(times["validation_out"])
    assert max(times["validation_in"], default=0) <= first
    assert max(times["validation_out"]) <= second < min(times["test_out"])
    assert max(times["test_in"], default=0) <= second

    events = set(clicked[["user", "item", "timestamp"]].itertuples(index=False, name=None))
    early = clicked[clicked["timestamp"] <= first]
    trained = set(early["user"].value_counts().loc[lambda n: n >= 2].index)
    items = set(early.loc[early["user"].isin(trained), "item"])
    assert set(split.train_users.tolist()) == trained
    assert set(split.items.tolist()) == items
    for held, after, until in ((split.validation, first, second), (split.test, second, 10**9)):
        inside = {e for e in events if after < e[2] <= until}
        shown = {e for e in events if e[2] <= after and e[1] in items}
        people = {user for user, *_ in inside}
        enough = {u for u in people if sum(user == u for user, *_ in shown) >= min_shown}
        assert set(held.users.tolist()) == enough
        assert set(listed(split, held.users, held.shown)) == {e for e in shown if e[0] in enough}
        asked = {e for e in inside if e[0] in enough}
        found = set(listed(split, held.users, held.asked))
        assert found == {e for e in asked if e[1] in items}
        assert (held.n_cold, held.n_newcomers) == (len(asked - found), len(people - enough))


@pytest.mark.slow
@given(st.integers(0, 1000))
def test_what_happens_later_changes_nothing_of_training(seed):
    """The future may be any: training and what validation is shown stay what they were."""
    table = timed_table(seed)
    config = replace(ALL, validation_after=30, test_after=45)
    split = in_time(table, config)
    rng = np.random.default_rng(seed)
    late = table["timestamp"] > 30
    other = table.assign(
        item=table["item"].where(~late, 1000 + np.arange(len(table))),
        timestamp=table["timestamp"].where(~late, rng.integers(31, 60, len(table))),
    )
    other.loc[len(other)] = [999, 7777, 5, 31]  # somebody and something new
    other.loc[len(other)] = [999, int(table["item"].iloc[0]), 5, 59]
    changed = in_time(other, config)
    assert changed.items.tolist() == split.items.tolist()
    assert parts(changed)["train"] == parts(split)["train"]
    shown = [dict.fromkeys(parts(s)["validation_in"]) for s in (split, changed)]
    both = set(split.validation.users.tolist()) & set(changed.validation.users.tolist())
    assert [[e for e in s if e[0] in both] for s in shown[:1]] == [
        [e for e in s if e[0] in both] for s in shown[1:]
    ]


def test_the_first_time_counts_of_repeated_rows():
    again = pd.concat([BY_HAND, table_of(("ann", 1, 60), ("bob", 3, 33))])
    config = replace(ALL, validation_after=30, test_after=40)
    assert in_time(again, config).fingerprint() == in_time(BY_HAND, config).fingerprint()


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ("1970-01-01T00:00:31", 30),
        ("1970-01-01 00:00:31Z", 30),
        ("1970-01-01T01:00:31+01:00", 30),
        (4 / 9, 30),
        (5 / 9, 31),
        (0.45, 30),
    ],
)
def test_a_cut_may_be_a_share_a_time_or_a_date(after, same):
    """At 10, 12, 20, 30, 31 and four times after: four ninths lie up to 30."""
    one = in_time(BY_HAND, replace(ALL, validation_after=after, test_after=40))
    other = in_time(BY_HAND, replace(ALL, validation_after=same, test_after=40))
    assert parts(one) == parts(other)


def test_clicks_of_one_second_are_never_divided():
    time = [0, 0, 0, 10, 10, 10, 10, 20, 30]  # so that 0.33, 0.78 and 0.89 can be had
    table = table_of(*[(user, item, time[item]) for user in range(3) for item in range(9)])
    split = in_time(table, replace(ALL, validation_after=0.4, test_after=0.85))
    assert split.history.times.max() == 10
    assert (split.validation.n_cold, split.test.n_cold) == (3, 3)
    with pytest.raises(ConfigError, match="first cut is 1970-01-01 00:00:10 and the second 1970"):
        in_time(table, replace(ALL, validation_after=0.4, test_after=0.5))


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"min_clicks": 0}, "min_clicks is 0; give 1 or more"),
        ({"min_shown": -1}, "min_shown is -1; give 0 or more"),
        ({"validation_after": 0}, "validation_after is 0; give a share"),
        ({"test_after": -5}, "test_after is -5"),
        ({"test_after": float("nan")}, "test_after is nan"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match) as error:
        TimeSplitConfig(**settings)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(
    ("cuts", "match"),
    [
        ({"validation_after": 40, "test_after": 30}, "first cut is 1970-01-01 00:00:40"),
        ({"validation_after": "soon"}, "'soon' is no date; write it as 1998-04-01"),
        ({"validation_after": 5, "test_after": 40}, "none of 3 has 1 clicks"),
        ({"validation_after": 30, "test_after": 99}, "Nothing is left to ask for in test: 0 peo"),
        ({"validation_after": 36, "test_after": 40}, "ask for in validation: 0 people did"),
        ({"validation_after": 30, "test_after": 40, "min_shown": 9}, "2 people .* 0 of whom have"),
    ],
)
def test_cuts_that_leave_a_part_empty_are_refused(cuts, match):
    with pytest.raises((SplitError, ConfigError), match=match) as error:
        in_time(BY_HAND, replace(ALL, **cuts))
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("make", [in_time, leave_last_out])
@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda t: t.drop(columns="timestamp"),
            "no column 'timestamp'; its columns are user, item",
        ),
        (lambda t: t, "no column 'rating'; give click_above=None"),
        (lambda t: t.drop(columns="user").assign(rating=5), "no column 'user'"),
        (lambda t: t.assign(rating=5, timestamp=np.nan), "9 rows have no finite timestamp"),
    ],
)
def test_a_table_that_cannot_be_split_in_time_is_refused(make, change, match):
    with pytest.raises(SplitError, match=match) as error:
        make(change(BY_HAND))
    assert is_a_sentence(error.value)


# Strong generalisation with the latest clicks held out


@pytest.mark.slow
@given(st.integers(0, 1000), st.sampled_from([0.2, 0.5]), st.booleans())
def test_the_latest_share_of_each_held_out_user_is_asked_for(seed, share, text):
    table = timed_table(seed, text=text)
    config = SplitConfig(None, 3, 4, 4, share, seed, latest=True)
    split = strong_generalisation(table, config)
    usual = strong_generalisation(table, replace(config, latest=False))
    assert parts(split)["train"] == parts(usual)["train"]
    for held, other in ((split.validation, usual.validation), (split.test, usual.test)):
        assert held.users.tolist() == other.users.tolist()
        for user in held.users.tolist():
            rows = table[(table["user"] == user) & table["item"].isin(split.items)]
            ordered = rows.sort_values(["timestamp", "item"])["item"].tolist()
            n_shown = len(ordered) - int(share * len(ordered))
            here = held.users.tolist().index(user)
            shown, asked = held.shown.rows([here]).items, held.asked.rows([here]).items
            assert split.items[shown].tolist() == ordered[:n_shown]
            assert split.items[asked].tolist() == ordered[n_shown:]


def test_the_latest_need_times():
    with pytest.raises(SplitError, match="no column 'timestamp'"):
        strong_generalisation(BY_HAND[["user", "item"]], SplitConfig(None, 1, latest=True))


# The last click of each person


def test_the_last_by_hand():
    split = leave_last_out(BY_HAND, EVERYBODY)
    assert split.train_users.tolist() == ["ann", "bob"]  # Cem has two clicks
    assert split.items.tolist() == [1, 2]
    assert parts(split) == {
        "train": [("ann", 1, 10), ("ann", 2, 20), ("bob", 2, 12)],
        "validation_in": [("ann", 1, 10), ("ann", 2, 20), ("bob", 2, 12)],
        "validation_out": [],  # both clicked item 3, which nobody else did
        "test_in": [("ann", 1, 10), ("ann", 2, 20), ("bob", 2, 12)],
        "test_out": [("bob", 1, 50)],
    }
    assert (split.validation.n_cold, split.test.n_cold) == (2, 1)


@pytest.mark.slow
@TIES
@given(st.integers(0, 1000), st.sampled_from([None, 2.5]), st.integers(3, 6))
def test_the_last_two_of_everybody_are_left_out(seed, above, fewest):
    table = timed_table(seed)
    split = leave_last_out(table, LastOutConfig(above, fewest))
    clicked = table if above is None else table[table["rating"] > above]
    ordered = clicked.sort_values(["user", "timestamp", "item"])
    active = ordered.groupby("user").filter(lambda rows: len(rows) >= fewest)
    rest = active.groupby("user").cumcount(ascending=False)
    items = set(active.loc[rest >= 2, "item"])
    wanted = {
        "train": rest >= 2,
        "validation_in": rest >= 2,
        "validation_out": rest == 1,
        "test_in": rest >= 1,
        "test_out": rest == 0,
    }
    for name, chosen in wanted.items():
        rows = active.loc[chosen & active["item"].isin(items), ["user", "item", "timestamp"]]
        assert parts(split)[name] == list(rows.itertuples(index=False, name=None))
    users = sorted(set(active["user"]))
    for held, at in ((split.validation, 1), (split.test, 0)):
        assert held.users.tolist() == users == split.train_users.tolist()
        assert held.n_cold == int((~active.loc[rest == at, "item"].isin(items)).sum())
        assert (np.diff(held.asked.starts) <= 1).all()


@TIES
@given(st.integers(0, 1000))
def test_nobody_is_shown_what_they_did_later_themselves(seed):
    split = leave_last_out(timed_table(seed), EVERYBODY)
    for held in (split.validation, split.test):
        for user in range(len(held.users)):
            shown, asked = held.shown.rows([user]), held.asked.rows([user])
            if asked.n_events and shown.n_events:
                last, first = (shown.times[-1], shown.items[-1]), (asked.times[0], asked.items[0])
                assert last < first


def test_it_is_said_for_how_many_the_item_decides():
    """Of forty people three did their last two things at once."""
    rows = [(u, i, 5 if u < 3 and i else i) for u in range(40) for i in range(3)]
    with pytest.warns(DataWarning, match="3 of 40 people did their last two things in the same"):
        split = leave_last_out(table_of(*rows), EVERYBODY)
    assert split.n_items == 1
    few = table_of(*[(u, i, 5 if u < 2 and i else i) for u in range(40) for i in range(3)])
    leave_last_out(few, EVERYBODY)  # no more than a twentieth; a warning would be an error


def test_three_clicks_are_the_least():
    with pytest.raises(ConfigError, match="min_clicks is 2; give 3 or more"):
        LastOutConfig(min_clicks=2)
    with pytest.raises(SplitError, match="none of 3 has 5 clicks"):
        leave_last_out(BY_HAND, replace(EVERYBODY, min_clicks=5))


@TIES
@pytest.mark.parametrize(
    "make", [lambda t: in_time(t, ALL), lambda t: leave_last_out(t, EVERYBODY)]
)
def test_the_order_of_the_rows_does_not_matter_and_files_keep_all(make, tmp_path):
    table = timed_table(4)
    split = make(table)
    shuffled = make(table.sample(frac=1, random_state=0))
    assert (shuffled.fingerprint(), parts(shuffled)) == (split.fingerprint(), parts(split))
    again = Split.load(split.save(tmp_path / "split"))
    assert (again.fingerprint(), parts(again)) == (split.fingerprint(), parts(split))
    assert again.summary().equals(split.summary())


def test_movielens_100k_in_time():
    table = load("ml-100k", progress=False).interactions
    split = in_time(table)
    assert split.test.n_cold == 81
    counts = split.summary()[["users", "fold-in clicks"]].to_numpy().tolist()
    assert counts == [[750, 44290], [176, 6408], [153, 6728]]
    by_date = in_time(
        table, TimeSplitConfig(validation_after="1998-03-01", test_after="1998-04-01")
    )
    assert by_date.history.times.max() < 888_710_400 <= by_date.validation.asked.times.min()
    assert by_date.test.asked.times.min() >= 891_388_800
