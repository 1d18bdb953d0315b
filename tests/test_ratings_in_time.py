"""Each person's later ratings are asked for, once, and nothing of them is trained on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, random_table

from recotour_vae import datasets
from recotour_vae.errors import ConfigError, ExperimentError, SplitError
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.splits import Histories, RatingTimeConfig, Split, ratings_in_time

HALF = RatingTimeConfig(train_ratings=0.5, seed=3)
# Ann's second and third are of one time, so that item 3 is the later one; Bob's only rating can
# train on nothing; nobody trains on item 9.
BY_HAND = pd.DataFrame(
    [
        ("ann", 3, 1.0, 20),
        ("ann", 2, 2.0, 20),
        ("ann", 1, 3.0, 10),
        ("ann", 9, 4.0, 30),
        ("bob", 1, 5.0, 5),
        ("cem", 3, 4.5, 1),
        ("cem", 1, 2.5, 2),
    ],
    columns=["user", "item", "rating", "timestamp"],
)


def timed_table(seed: int) -> pd.DataFrame:
    """Few ratings, at times of which many are equal."""
    table = random_table(seed, n_users=12, n_items=9, rows=90)
    return table.assign(timestamp=np.random.default_rng(seed).integers(0, 20, len(table)))


def listed(split: Split, users, history: Histories) -> set[tuple]:
    """Each rating as raw (user, item, rating, time)."""
    values = users[history.event_rows()], split.items[history.items], history.ratings, history.times
    return set(zip(*(one.tolist() for one in values), strict=True))


def parts(split: Split) -> tuple[set[tuple], set[tuple], set[tuple]]:
    groups = (split.validation, split.test)
    asked = (listed(split, one.users, one.asked) for one in groups)
    return listed(split, split.train_users, split.history), *asked


def test_by_hand():
    split = ratings_in_time(BY_HAND, HALF)
    train, validation, test = parts(split)
    assert train == {("ann", 1, 3.0, 10), ("ann", 2, 2.0, 20), ("cem", 3, 4.5, 1)}
    assert validation | test == {("ann", 3, 1.0, 20), ("cem", 1, 2.5, 2)}
    assert split.validation.n_cold + split.test.n_cold == 2  # Bob's, and Ann's of item 9
    assert split.of_ratings


def test_in_both_groups_all_training_people_stand_in_their_rows():
    split = ratings_in_time(timed_table(4), HALF)
    for held in (split.validation, split.test):
        assert held.shown is split.history
        assert held.users.tolist() == split.train_users.tolist()
    assert (np.diff(split.history.starts) > 0).all()
    assert sorted(set(split.history.items.tolist())) == list(range(split.n_items))


@given(seed=st.integers(0, 2**16), share=st.sampled_from([0.3, 0.5, 0.7, 0.9]))
def test_nothing_later_is_trained_on_and_everybody_is_asked_in_one_group(seed, share):
    table = timed_table(seed)
    split = ratings_in_time(table, RatingTimeConfig(train_ratings=share, seed=seed))
    train, validation, test = parts(split)
    assert not {user for user, *_ in validation} & {user for user, *_ in test}
    n_cold = split.validation.n_cold + split.test.n_cold
    assert len(train) + len(validation) + len(test) + n_cold == len(table)
    for user, n in table.groupby("user").size().items():
        known = [(time, item) for one, item, _, time in train if one == user]
        later = [(time, item) for one, item, _, time in validation | test if one == user]
        assert len(known) == int(share * n + 1e-9)
        assert not later or max(known) < min(later)  # of one time, in the order of the items


def test_the_coin_is_the_seeds_and_the_order_of_the_rows_decides_nothing():
    table = timed_table(5)
    split = ratings_in_time(table, HALF)
    again = ratings_in_time(table.sample(frac=1, random_state=0), HALF)
    other = ratings_in_time(table, RatingTimeConfig(train_ratings=0.5, seed=4))
    assert split.fingerprint() == again.fingerprint()
    assert split.fingerprint() != other.fingerprint()
    assert split.train.nnz == other.train.nnz  # which the coin does not touch


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (BY_HAND.drop(columns="timestamp"), "no column 'timestamp'"),
        (BY_HAND.drop(columns="rating"), "no column 'rating'"),
        (BY_HAND[BY_HAND["user"] == "bob"], "0 are left to train on"),
    ],
)
def test_what_cannot_be_split_is_refused(table, said):
    with pytest.raises(SplitError, match=said) as error:
        ratings_in_time(table)
    is_a_sentence(error)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"train_ratings": 1.0}, "train_ratings is 1"), ({"seed": -1}, "seed is -1")],
)
def test_settings_that_cannot_be_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        RatingTimeConfig(**options)


def test_an_experiment_takes_it_as_a_source(tmp_path):
    path = tmp_path / "stars.csv"
    timed_table(3).to_csv(path, index=False)
    source = Source(str(path), folds="in-time")
    table = datasets.load(str(path)).interactions
    for seed, config in ((None, RatingTimeConfig()), (7, RatingTimeConfig(seed=7))):
        split = split_of(Setting("small", source, "bias", split=seed))
        assert split.fingerprint() == ratings_in_time(table, config).fingerprint()
    with pytest.raises(ExperimentError, match="give official, in-time"):
        Source(str(path), folds="intime")
