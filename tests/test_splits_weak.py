"""Weak generalisation: everybody trains, and is asked for some of what they clicked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, random_table

from recotour_vae.errors import ConfigError, ExperimentError, SplitError
from recotour_vae.experiments import Setting, Source
from recotour_vae.experiments.data import split_of
from recotour_vae.splits import Split, WeakSplitConfig, weak_generalisation

EVERYTHING = WeakSplitConfig(click_above=None, min_clicks=1)


def items_of(split, matrix):
    """Raw items of each row."""
    return [set(split.items[row.indices].tolist()) for row in matrix]


@pytest.mark.slow
@given(st.integers(0, 1000), st.sampled_from([None, 2.5]), st.sampled_from([0.2, 0.35]))
def test_each_persons_clicks_are_divided_as_said(seed, above, share):
    table = random_table(seed)
    config = WeakSplitConfig(above, 4, share, 0.25, seed)
    split = weak_generalisation(table, config)
    clicked = table if above is None else table[table["rating"] > above]
    everybody = clicked.groupby("user")["item"].agg(set)
    everybody = everybody[everybody.map(len) >= 4]
    assert split.train_users.tolist() == everybody.index.tolist()
    parts = [split.train, split.validation.held_out, split.test.held_out]
    train, validation, test = (items_of(split, part) for part in parts)
    known = set(split.items.tolist())
    assert known == set().union(*train)
    for mine, *found in zip(everybody, train, validation, test, strict=True):
        assert sum(map(len, found)) == len(set().union(*found))
        assert set().union(*found) == mine & known
        n_test = int(share * len(mine) + 1e-9)
        n_validation = int(0.25 * (len(mine) - n_test) + 1e-9)
        assert len(found[0]) == len(mine) - n_test - n_validation
        assert len(found[1]) <= n_validation
        assert len(found[2]) <= n_test
    for held in (split.validation, split.test):
        assert held.users.tolist() == split.train_users.tolist()
        assert (held.fold_in != split.train).nnz == 0
    n_clicks = int(everybody.map(len).sum())
    left = sum(part.nnz for part in parts)
    assert split.validation.n_cold + split.test.n_cold == n_clicks - left


def test_draws_are_even():
    table = pd.DataFrame([(u, i) for u in range(400) for i in range(10)], columns=["user", "item"])
    split = weak_generalisation(table, EVERYTHING)
    asked = np.asarray(split.test.held_out.sum(axis=0)).ravel()
    assert asked.sum() == 800
    assert np.abs(asked - 80).max() < 5 * 8  # standard deviation of 400 draws of 1 in 5


def test_a_seed_is_a_split_and_a_file_gives_it_back(tmp_path):
    table = random_table(1).assign(timestamp=np.arange(400))
    one = weak_generalisation(table, EVERYTHING)
    assert one.fingerprint() == weak_generalisation(table, EVERYTHING).fingerprint()
    assert (
        one.fingerprint() != weak_generalisation(table, replace(EVERYTHING, seed=1)).fingerprint()
    )
    again = Split.load(one.save(tmp_path / "split"))
    assert again.fingerprint() == one.fingerprint()
    assert again.test.asked.ratings.tolist() == one.test.asked.ratings.tolist()
    assert one.test.asked.times is not None


def test_what_cannot_be_split_is_refused():
    with pytest.raises(SplitError, match="No user is left") as error:
        weak_generalisation(random_table(0), WeakSplitConfig(min_clicks=999))
    assert is_a_sentence(error.value)
    for name in ("held_out", "validation_clicks"):
        with pytest.raises(ConfigError, match=f"{name} is 1; give a share") as error:
            WeakSplitConfig(**{name: 1})
        assert is_a_sentence(error.value)


def test_a_source_of_an_experiment_may_be_weak(tmp_path):
    random_table(2).to_csv(tmp_path / "mine.csv", index=False)
    source = Source(str(tmp_path / "mine.csv"), generalisation="weak")
    split = split_of(Setting("mine", source, "ease", split=3))
    wanted = weak_generalisation(random_table(2), WeakSplitConfig(seed=3))
    assert split.fingerprint() == wanted.fingerprint()
    assert Setting("a", source, "ease").id != Setting("a", Source(source.load), "ease").id


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"generalisation": "some"}, "generalisation is 'some'; give strong or weak"),
        ({"generalisation": "weak", "ready": True}, "leave out one of the two"),
        ({"generalisation": "weak", "folds": 5}, "leave out one of the two"),
    ],
)
def test_a_source_that_says_two_things_is_refused(options, words):
    with pytest.raises(ExperimentError, match=words) as error:
        Source("ml-100k", **options)
    assert is_a_sentence(error.value)
