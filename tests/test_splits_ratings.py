"""Splits of ratings: each rating is asked for once, training knows none of those, none is lost."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, random_table

from recotour_vae.datasets import load
from recotour_vae.errors import ConfigError, SplitError
from recotour_vae.splits import (
    Histories,
    RatingSplitConfig,
    Split,
    official_folds,
    rating_folds,
    ratings_holdout,
)

CONFIG = RatingSplitConfig(folds=4, validation_ratings=0.1, seed=1)


def listed(split: Split, users, history: Histories) -> set[tuple]:
    """Each rating as raw (user, item, rating)."""
    values = (users[history.event_rows()], split.items[history.items], history.ratings)
    found = list(zip(*(one.tolist() for one in values), strict=True))
    assert len(set(found)) == len(found)
    return set(found)


def parts(split: Split) -> list[set[tuple]]:
    """The ratings of training, and those that validation and test ask for."""
    found = [listed(split, split.train_users, split.history)]
    groups = (split.validation, split.test)
    return found + [listed(split, held.users, held.asked) for held in groups]


def ratings_in(table: pd.DataFrame) -> set[tuple]:
    return set(table[["user", "item", "rating"]].itertuples(index=False, name=None))


def check_promises(split: Split, table: pd.DataFrame, n_test: int) -> None:
    train, validation, test = parts(split)
    assert not train & validation
    assert not (train | validation) & test
    assert train | validation | test <= ratings_in(table)
    n_validation = int(0.1 * (len(table) - n_test) + 1e-9)
    assert len(validation) + split.validation.n_cold == n_validation
    assert len(test) + split.test.n_cold == n_test
    assert len(train) == len(table) - n_validation - n_test
    assert split.of_ratings
    for held in (split.validation, split.test):
        assert held.shown is split.history
        assert held.fold_in is split.train
        assert held.users.tolist() == split.train_users.tolist()
    assert (np.diff(split.history.starts) > 0).all()
    assert sorted(set(split.history.items.tolist())) == list(range(split.n_items))


# Folds

# The first fold asks for bob's only rating, and for the only one of item 3.
BY_HAND = pd.DataFrame(
    {
        "user": ["ann", "ann", "ann", "bob", "cem"],
        "item": [1, 2, 3, 1, 2],
        "rating": [5.0, 0.5, 2.0, 4.0, 1.0],
        "timestamp": [30, 20, 10, 5, 1],
    }
)
FOLDS = [1, 1, 0, 0, 1]
NONE_KEPT = RatingSplitConfig(validation_ratings=0)


def test_by_hand():
    folds = rating_folds(BY_HAND, NONE_KEPT, FOLDS)
    assert len(folds) == 2
    first, second = folds
    assert first.train_users.tolist() == ["ann", "cem"]
    assert first.items.tolist() == [1, 2]
    assert first.history.items.tolist() == [1, 0, 1]  # Ann's in order of time
    assert first.history.ratings.tolist() == [0.5, 5, 1]
    assert first.train.toarray().tolist() == [[1, 1], [0, 1]]
    assert (first.test.asked.n_events, first.test.n_cold) == (0, 2)
    assert second.train_users.tolist() == ["ann", "bob"]
    assert second.items.tolist() == [1, 3]
    assert parts(second)[2] == {("ann", 1, 5.0)}
    assert second.test.held_out.toarray().tolist() == [[1, 0], [0, 0]]
    assert second.test.n_cold == 2
    assert second.summary()["cold ratings"].tolist() == [0, 0, 2]


def test_pairs_that_a_model_is_asked_for():
    asked = rating_folds(BY_HAND, NONE_KEPT, FOLDS)[1].test.asked
    pairs = list(zip(asked.event_rows().tolist(), asked.items.tolist(), strict=True))
    assert pairs == [(0, 0)]
    assert asked.ratings.tolist() == [5]


@pytest.mark.slow
@given(st.integers(0, 1000), st.booleans())
def test_each_rating_is_asked_for_in_one_fold(seed, text):
    table = random_table(seed, n_users=15, n_items=12, rows=101, text=text)
    folds = rating_folds(table, replace(CONFIG, seed=seed))
    asked: list[tuple] = []
    n_cold = 0
    for number, split in enumerate(folds):
        check_promises(split, table, [26, 25, 25, 25][number])
        asked += parts(split)[2]
        n_cold += split.test.n_cold
    assert len(set(asked)) == len(asked) == 101 - n_cold


def test_folds_are_made_one_by_one_and_the_same_each_time():
    folds = rating_folds(random_table(0), CONFIG)
    prints = [split.fingerprint() for split in folds]
    assert len(set(prints)) == len(prints) == len(folds) == 4
    assert [folds[at].fingerprint() for at in (0, 3, -1)] == [prints[0], prints[3], prints[3]]
    assert [split.fingerprint() for split in folds[1:3]] == prints[1:3]
    with pytest.raises(IndexError):
        folds[4]


def test_the_order_of_the_rows_does_not_matter_and_the_seed_does():
    table = random_table(0)
    shuffled = rating_folds(table.sample(frac=1, random_state=3), CONFIG)
    ours = rating_folds(table, CONFIG)[2].fingerprint()
    assert shuffled[2].fingerprint() == ours
    assert rating_folds(table, replace(CONFIG, seed=2))[2].fingerprint() != ours


def test_given_folds_go_with_their_rows():
    shuffled = BY_HAND.assign(fold=FOLDS).sample(frac=1, random_state=1)
    found = rating_folds(shuffled, NONE_KEPT, shuffled["fold"])
    wanted = rating_folds(BY_HAND, NONE_KEPT, FOLDS)
    assert [s.fingerprint() for s in found] == [s.fingerprint() for s in wanted]


def test_a_rating_that_changes_changes_the_fingerprint_and_clicks_have_another():
    other = BY_HAND.assign(rating=BY_HAND["rating"].replace(5.0, 4.5))
    one, two = (rating_folds(table, NONE_KEPT, FOLDS)[1] for table in (BY_HAND, other))
    assert one.fingerprint() != two.fingerprint()
    assert (
        replace(one, of_ratings=False).fingerprint() == replace(two, of_ratings=False).fingerprint()
    )


def test_the_latest_counts_of_repeated_rows():
    again = BY_HAND.iloc[[0]].assign(rating=1.0, timestamp=40)
    twice = pd.concat([again, BY_HAND])
    found = rating_folds(twice, NONE_KEPT, [0, *FOLDS])[0]
    assert ("ann", 1, 5.0) not in parts(found)[0]
    assert found.test.n_cold == 3  # her latest rating of item 1 is asked for, too


def test_without_validation_ratings_nothing_is_asked_for():
    split = rating_folds(BY_HAND, NONE_KEPT, FOLDS)[1]
    assert split.validation.asked.n_events == 0
    assert split.validation.users.tolist() == split.train_users.tolist()
    assert split.validation.shown is split.history


# A share


@given(st.integers(0, 1000), st.sampled_from([0.1, 0.25, 0.5]))
def test_a_share_of_the_ratings_is_asked_for(seed, share):
    table = random_table(seed, n_users=15, n_items=12, rows=120)
    split = ratings_holdout(table, replace(CONFIG, test_ratings=share, seed=seed))
    check_promises(split, table, int(share * 120))


@pytest.mark.slow
def test_each_rating_is_as_likely_to_be_asked_for_as_any_other():
    table = random_table(0, n_users=20, n_items=10, rows=150)
    often = dict.fromkeys(ratings_in(table), 0)
    for seed in range(400):
        split = ratings_holdout(table, replace(CONFIG, test_ratings=0.2, seed=seed))
        for one in parts(split)[2]:
            often[one] += 1
    # 80 expected, less one or two that are cold; the standard deviation is sqrt(400 · 0.2 · 0.8)
    assert abs(np.mean(list(often.values())) - 80) < 2
    assert max(abs(n - 80) for n in often.values()) < 5 * 8


def test_a_split_of_ratings_comes_back_from_a_file(tmp_path):
    split = ratings_holdout(random_table(3), CONFIG)
    again = Split.load(split.save(tmp_path / "split"))
    assert again.fingerprint() == split.fingerprint()
    assert parts(again) == parts(split)
    assert again.test.shown is again.history
    assert (again.test.n_cold, again.of_ratings) == (split.test.n_cold, True)


def test_the_global_generators_are_left_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    list(rating_folds(random_table(0), CONFIG))
    ratings_holdout(random_table(0), CONFIG)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


# What the makers of MovieLens 100K published


def test_the_official_folds_are_the_fifths_of_the_file():
    """Sizes as in the files; u1.test begins with items 6, 10, 12, 14, 17 of user 1."""
    data = load("ml-100k", progress=False)
    table = data.interactions.assign(fold=data.folds)
    assert table["fold"].value_counts().tolist() == [20_000] * 5
    assert table.groupby("fold")["user"].nunique().tolist() == [459, 653, 869, 923, 927]
    first = table[(table["fold"] == 0) & (table["user"] == 1)]
    assert sorted(first["item"])[:5] == [6, 10, 12, 14, 17]
    assert table[table["fold"] == 0]["user"].max() == 462
    assert "fold" not in data.interactions


def test_a_split_of_the_official_folds():
    data = load("ml-100k", progress=False)
    folds = official_folds(data, NONE_KEPT)
    assert len(folds) == 5
    split = folds[0]
    assert split.history.n_events == 80_000
    assert (split.n_items, len(split.train_users)) == (1650, 943)
    assert split.test.asked.n_events + split.test.n_cold == 20_000
    assert (np.diff(split.test.asked.starts) > 0).sum() == 459
    kept = official_folds(data)[0]
    assert kept.history.n_events == 76_000
    assert kept.validation.asked.n_events + kept.validation.n_cold == 4_000


def test_other_data_have_no_official_folds(tmp_path):
    random_table(0).to_csv(tmp_path / "mine.csv", index=False)
    data = load(tmp_path / "mine.csv")
    assert data.folds is None
    with pytest.raises(SplitError, match="mine has no official folds, as ml-100k has") as error:
        official_folds(data)
    assert is_a_sentence(error.value)


# Bad input


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"folds": 1}, "folds is 1; give 2 or more"),
        ({"test_ratings": 0}, "test_ratings is 0; give a share between 0 and 1"),
        ({"test_ratings": 1.0}, "test_ratings is 1.0"),
        ({"validation_ratings": 1}, "validation_ratings is 1; give a share from 0 to below 1"),
        ({"validation_ratings": -0.1}, "validation_ratings is -0.1"),
        ({"validation_ratings": float("nan")}, "validation_ratings is nan"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match):
        RatingSplitConfig(**settings)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: rating_folds(BY_HAND.drop(columns="rating")), "no column 'rating'; its columns"),
        (lambda: ratings_holdout(BY_HAND.drop(columns="rating")), "no column 'rating'"),
        (lambda: rating_folds(BY_HAND.assign(rating=np.inf)), "5 rows have no finite rating"),
        (lambda: rating_folds(BY_HAND, RatingSplitConfig(folds=6)), "5 ratings for 6 folds"),
        (lambda: ratings_holdout(BY_HAND), "Of 5 ratings 0 are to be predicted and 5 are left"),
        (lambda: rating_folds(BY_HAND, NONE_KEPT, [0] * 5)[0], "5 are to be predicted and 0 are"),
        (lambda: rating_folds(BY_HAND, None, [0, 1]), r"folds have the shape \(2,\)"),
        (lambda: rating_folds(BY_HAND, None, [0, 0, 2, 2, 2]), "from 0, and leave none out"),
        (lambda: rating_folds(BY_HAND, None, [1, 1, 2, 2, 2]), "from 0, and leave none out"),
        (lambda: rating_folds(BY_HAND, None, [0.0, 1, 1, 1, 1]), "type float64"),
        (lambda: rating_folds(BY_HAND.iloc[:0]), "There are 0 ratings for 5 folds"),
        (lambda: rating_folds(BY_HAND.iloc[:0], None, []), "folds have the shape"),
    ],
)
def test_ratings_that_cannot_be_split_are_refused(make, match):
    with pytest.raises(SplitError, match=match) as error:
        make()
    assert is_a_sentence(error.value)
