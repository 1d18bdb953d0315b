"""Newcomers' experiment: which films tell most, who is kept away, and what its table says."""

from itertools import permutations
from pathlib import Path

import newcomers
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from recotour_vae.splits import Histories

ROOT = Path(__file__).parents[1]


def left(slopes, covariance, matter):
    """What stays of the expected squared error once some films are rated, by the definition."""
    precision = np.linalg.inv(covariance) + slopes.T @ slopes
    return np.trace(np.linalg.inv(precision) @ matter)


@pytest.mark.parametrize("seed", range(5))
def test_each_film_chosen_leaves_least(seed):
    rng = np.random.default_rng(seed)
    slopes = rng.normal(size=(7, 3))
    roots = rng.normal(size=(2, 3, 3))
    covariance, matter = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)
    chosen = newcomers.greedy(slopes, covariance, matter, count=4)
    assert len(set(chosen)) == 4
    for n, best in enumerate(chosen):
        before = list(chosen[:n])
        others = set(range(7)) - set(before)
        after = {one: left(slopes[[*before, one]], covariance, matter) for one in others}
        assert after[best] == pytest.approx(min(after.values()))


def test_the_first_film_is_the_one_along_the_axis_that_varies_most():
    slopes = np.eye(3)
    assert newcomers.greedy(slopes, np.diag([1.0, 4.0, 2.0]), np.eye(3)).tolist() == [1, 2, 0]


def test_no_more_films_are_chosen_than_there_are():
    for order in permutations(range(2)):
        assert len(newcomers.greedy(np.eye(2)[list(order)], np.eye(2), np.eye(2), 5)) == 2


def table_of(n_users: int = 12, n_items: int = 8) -> pd.DataFrame:
    """Ratings of everything by everybody."""
    users, items = (axis.ravel() for axis in np.indices((n_users, n_items)))
    return pd.DataFrame({"user": users, "item": items, "rating": 1.0 + (users + items) % 5})


def test_newcomers_are_kept_away_and_their_ratings_are_halved():
    split = newcomers.split_of(table_of(), [2, 5], np.random.default_rng(0))
    assert not {2, 5} & set(split.train_users)
    assert split.test.fold_in.getnnz(axis=1).tolist() == [4, 4]
    assert split.test.held_out.getnnz(axis=1).tolist() == [4, 4]
    assert split.test.fold_in.multiply(split.test.held_out).nnz == 0


def test_what_is_shown_are_the_stars_of_the_films_given():
    trial = newcomers.Trial(0, newcomers.split_of(table_of(), [2, 5], np.random.default_rng(0)))
    films = [films[::-1][:n] for films, n in zip(trial.films, (3, 0), strict=True)]
    shown = trial.shown(films)
    assert shown.starts.tolist() == [0, 3, 3]
    assert shown.ratings.tolist() == [1.0 + (2 + item) % 5 for item in sorted(films[0])]


def test_people_are_put_below_one_another():
    one = Histories([0, 2], [0, 2], [5.0, 4.0], n_items=3)
    other = Histories([0, 1, 2], [1, 0], [3.0, 2.0], n_items=3)
    both = newcomers.together(one, other)
    assert_allclose(newcomers.stars(both).toarray(), [[5, 0, 4], [0, 3, 0], [2, 0, 0]])


STORED = newcomers.TABLE.read()


def test_every_group_is_stored_whole():
    kinds = STORED.groupby("group").size()
    assert kinds.index.tolist() == list(range(newcomers.GROUPS))
    orders = len(newcomers.ORDERS) - 1 + newcomers.DRAWS
    each = 2 * (orders * len(newcomers.COUNTS) + 2) + 1
    assert (kinds == each).all()
    assert STORED["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout
    assert STORED.groupby("group")["split"].nunique().eq(1).all()


def test_who_rated_nothing_is_served_alike():
    nothing = STORED[STORED["n"] == 0].groupby(["group", "model"])
    assert (nothing["rmse"].nunique() <= 1).all()
    assert (nothing["ndcg@100"].nunique() == 1).all()


def test_telling_films_make_better_lists_than_random_ones():
    dot = STORED[STORED["model"] == "embedding-dot"]
    table = dot.pivot_table(["rmse", "ndcg@100"], ["films", "n"], "group")
    lists, errors = table["ndcg@100"], table["rmse"]
    for n in (3, 5, 10, 20):
        assert (lists.loc[("telling", n)] - lists.loc[("random", n)]).mean() > 0.005
    assert (errors.loc[("random", 20)] < errors.loc[("random", 0)]).all()
