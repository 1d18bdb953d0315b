"""Lists beyond their hits: worked by hand, and by their properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from support import Fixed, clicks, distinct_scores, group, is_a_sentence, random_clicks, two_tastes

from recotour_vae.errors import MetricError
from recotour_vae.evaluation import evaluate, lists
from recotour_vae.evaluation import metrics as M  # noqa: N812
from recotour_vae.recommenders import EASE, Popularity

# Four training users; items 0 to 3 were clicked by 4, 2, 1 and 1 of them.
TRAIN = clicks([[0, 1], [0, 1, 2], [0], [0, 3]], 4)
LISTS = np.array([[0, 1], [2, 3], [1, -1], [-1, -1]])
amounts = arrays(float, st.integers(1, 12), elements=st.floats(0, 100)).filter(
    lambda x: x.max() > 1
)


# Popularity and novelty


def test_shares_are_of_the_training_users():
    assert lists.shares(TRAIN).tolist() == [1, 1 / 2, 1 / 4, 1 / 4]


def test_novelty_worked_by_hand():
    # bits: 0, 1, 2, 2; an empty place does not count
    np.testing.assert_array_equal(lists.novelty(LISTS, TRAIN), [0.5, 2, 1, np.nan])


def test_popularity_worked_by_hand():
    found = lists.average_popularity(LISTS, TRAIN)
    np.testing.assert_array_equal(found, [3 / 4, 1 / 4, 1 / 2, np.nan])


def test_popularity_of_ones_own_clicks_worked_by_hand():
    fold_in = 3 * clicks([[0, 1], [1, 2, 3], []], 4)  # how often something was clicked is ignored
    found = lists.fold_in_popularity(fold_in, TRAIN)
    np.testing.assert_allclose(found, [3 / 4, 1 / 3, np.nan])


def test_the_lift_is_of_the_groups_means_and_leaves_empty_lists_and_histories_out():
    recommended, own = np.array([0.4, 0.2, np.nan, 0.9]), np.array([0.1, 0.3, 0.5, np.nan])
    assert lists.popularity_lift(recommended, own) == pytest.approx(0.6 / 0.4 - 1)
    assert lists.popularity_lift(own, own) == 0


def test_an_item_that_nobody_clicked_has_no_novelty():
    train = clicks([[0], [0, 1]], 3)
    with pytest.raises(MetricError, match="Column 2 is recommended") as raised:
        lists.novelty(np.array([[0, 2]]), train)
    assert is_a_sentence(raised.value)
    assert lists.novelty(np.array([[0, 1]]), train).tolist() == [0.5]


def test_popularity_recommends_the_most_popular_and_least_novel_lists():
    split = two_tastes()
    popular, personal = (
        lists.describe_lists(model.fit(split.train), split.test, split.train, 5)
        for model in (Popularity(), EASE(1.0))
    )
    assert popular["popularity"] > personal["popularity"]
    assert popular["novelty"] < personal["novelty"]
    assert popular["coverage"] < personal["coverage"]


# Lists that were measured already


def measured_group():
    """Scores with ties, and people of whom some have no held-out click."""
    scores = np.random.default_rng(0).integers(0, 9, (40, 30)).astype(float)
    fold_in, held_out = random_clicks(1, 40, 30, 0.2), random_clicks(2, 40, 30, 0.1).tolil()
    held_out[::3] = 0
    held_out = held_out.tocsr().multiply(fold_in.toarray() == 0).tocsr()
    return scores, group(fold_in, held_out, 100)


class Personal:
    """A model that knows each person by what it is shown, and counts whom it is shown."""

    def __init__(self, scores, held):
        self.of = {row.indices.tobytes(): s for row, s in zip(held.fold_in, scores, strict=True)}
        self.shown = 0

    def score(self, clicks):
        self.shown += clicks.shape[0]
        return np.array([self.of[row.indices.tobytes()] for row in clicks])


@pytest.mark.parametrize("k", [1, 5, 20])
def test_lists_that_were_measured_are_described_without_making_them_again(k):
    scores, held = measured_group()
    train = random_clicks(3, 50, 30, 0.9)
    model = Personal(scores, held)
    expected = lists.describe_lists(Personal(scores, held), held, train, k)
    found = evaluate(model, held, ["ndcg@20"])
    assert found.n_skipped >= 14
    again = lists.describe_lists(model, held, train, k, found)
    pd.testing.assert_series_equal(again, expected, check_exact=True)
    assert model.shown == 40  # everybody once


def test_lists_that_are_too_short_are_made_anew():
    scores, held = measured_group()
    train, model = random_clicks(3, 50, 30, 0.9), Personal(scores, held)
    found = evaluate(model, held, ["ndcg@4"])
    again = lists.describe_lists(model, held, train, 5, found)
    pd.testing.assert_series_equal(again, lists.describe_lists(model, held, train, 5))


def test_lists_of_other_people_are_refused():
    scores, held = measured_group()
    model = Personal(scores, held)
    found = evaluate(model, held, ["ndcg@5"])
    others = group(held.fold_in, held.held_out, 7)
    with pytest.raises(MetricError, match="users who are not those of the group") as raised:
        lists.describe_lists(model, others, random_clicks(3, 50, 30, 0.9), 5, found)
    assert is_a_sentence(raised.value)


# Exposure


def test_exposure_counts_places_of_every_item():
    assert lists.exposure(LISTS, 5).tolist() == [1, 2, 1, 1, 0]


@pytest.mark.parametrize(
    ("given_amounts", "expected"),
    [
        ([3, 3, 3, 3], 0),
        ([0, 0, 7, 0], 1 - 1 / 4),
        ([5], 0),
        ([1, 3], 1 / 4),  # differences 0, 2, 2, 0 with mean 1; half of that over the mean 2
        ([0, 0, 2, 2], 1 / 2),
    ],
)
def test_gini_worked_by_hand(given_amounts, expected):
    assert lists.gini(given_amounts) == pytest.approx(expected, abs=1e-15)


@given(amounts)
def test_gini_is_half_the_relative_mean_difference_and_in_its_range(x):
    found = lists.gini(x)
    assert found == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()), abs=1e-12)
    assert -1e-12 <= found <= 1 - 1 / len(x) + 1e-12


@given(amounts, st.floats(0.5, 50), st.integers(0, 100))
def test_gini_does_not_depend_on_units_or_order(x, unit, seed):
    shuffled = np.random.default_rng(seed).permutation(unit * x)
    assert lists.gini(shuffled) == pytest.approx(lists.gini(x), abs=1e-12)


@pytest.mark.parametrize("bad", [[0, 0], [], [-1, 2]])
def test_gini_needs_something_to_share(bad):
    with pytest.raises(MetricError, match="none is below zero and one is above") as raised:
        lists.gini(bad)
    assert is_a_sentence(raised.value)


# The long tail


def test_the_tail_worked_by_hand():
    # clicks 4, 2, 1, 1: of eight, an eighth is the last item, a quarter the last two
    assert lists.long_tail(TRAIN, 0.12).tolist() == [False, False, False, False]
    assert lists.long_tail(TRAIN, 0.2).tolist() == [False, False, False, True]
    assert lists.long_tail(TRAIN, 0.25).tolist() == [False, False, True, True]
    assert lists.long_tail(TRAIN, 1.0).tolist() == [True, True, True, True]


@given(st.integers(0, 2**16), st.floats(0, 1))
def test_the_tail_is_as_long_as_its_share_allows_and_less_clicked_than_the_head(seed, share):
    train = random_clicks(seed, 20, 15)
    counts, tail = train.getnnz(axis=0), lists.long_tail(train, share)
    most = round(share * counts.sum(), 9)
    assert counts[tail].sum() <= most
    if not tail.all():
        assert counts[tail].max(initial=0) <= counts[~tail].min()
        assert counts[tail].sum() + counts[~tail].min() > most


def test_a_tail_of_seven_tenths_of_ninety_clicks_may_have_sixty_three():
    train = clicks([[0]] * 63 + [[1]] * 27, 2)
    np.testing.assert_array_equal(lists.long_tail(train, 0.7), [False, True])
    train = clicks([[0, 1]] * 31 + [[1]] + [[2]] * 27, 3)  # 31, 32 and 27 clicks: 27 + 31 = 58
    np.testing.assert_array_equal(lists.long_tail(train, 58 / 90), [True, False, True])


def test_lists_of_another_catalogue_are_refused():
    with pytest.raises(MetricError, match="column 7 where the catalogue has 4") as caught:
        lists.novelty(np.array([[1, 7]]), TRAIN)
    assert is_a_sentence(caught.value)


def test_the_tails_share_worked_by_hand():
    tail = np.array([False, True, False, True])
    np.testing.assert_array_equal(lists.tail_share(LISTS, tail), [1 / 2, 1 / 2, 1, np.nan])


# Models


def test_a_model_recommends_what_ranks_first_among_items_not_clicked():
    scores, fold_in = distinct_scores(0, 30, 20), random_clicks(1, 30, 20)
    found = lists.recommend(Fixed(scores), fold_in, 5, batch_size=7)
    np.testing.assert_array_equal(found, M.top_k_unseen(scores.copy(), fold_in, 5))


def test_a_list_longer_than_the_catalogue_is_refused():
    with pytest.raises(MetricError, match="give a k between 1 and 4"):
        lists.recommend(Popularity().fit(TRAIN), TRAIN, 5)


def test_one_row_of_a_table_worked_by_hand():
    fold_in = clicks([[0], [1], [0]], 4)
    model = Fixed(np.array([[0, 9, 8, 1], [9, 0, 1, 8], [0, 1, 9, 8.0]]))  # 1 2, 0 3 and 2 3
    found = lists.describe_lists(model, group(fold_in, clicks([[]] * 3, 4)), TRAIN, 2)
    expected = {
        "novelty": (1.5 + 1 + 2) / 3,
        "popularity": (3 / 8 + 5 / 8 + 1 / 4) / 3,
        "popularity_lift": (3 / 8 + 5 / 8 + 1 / 4) / (1 + 1 / 2 + 1) - 1,
        "coverage": 1,
        "gini": (-3 * 1 - 1 * 1 + 1 * 2 + 3 * 2) / (4 * 6),  # exposure 1, 1, 2, 2
        "tail_share": (0 + 1 / 2 + 1 / 2) / 3,  # the tail is item 3
    }
    assert found.index.tolist() == list(lists.DESCRIPTION) == list(expected)
    np.testing.assert_allclose(found, list(expected.values()))


@given(st.integers(0, 2**16))
def test_the_order_of_the_users_changes_nothing(seed):
    scores, fold_in = distinct_scores(seed, 12, 9), random_clicks(seed, 12, 9)
    nothing = clicks([[]] * 12, 9)
    train, order = (
        clicks([range(9), [0, 1], [1, 4]], 9),
        np.random.default_rng(seed).permutation(12),
    )
    usual, shuffled = (
        lists.describe_lists(Fixed(scores[rows]), group(fold_in[rows], nothing), train, 3)
        for rows in (np.arange(12), order)
    )
    pd.testing.assert_series_equal(usual, shuffled)


# Histories


def test_groups_of_histories_worked_by_hand():
    per_user = pd.DataFrame({"EASE": [1.0, 2.0, 5.0, 9.0], "VAE": [0.0, 0.0, 1.0, 1.0]})
    found = lists.by_history(per_user, [5, 9, 30, 10], bins=2)
    assert found.index.tolist() == [
        ("5–9", "EASE"),
        ("5–9", "VAE"),
        ("10–30", "EASE"),
        ("10–30", "VAE"),
    ]
    assert found.index.names == ["history", "model"]
    assert found.columns.tolist() == ["mean", "se", "low", "high", "n"]
    assert found["mean"].tolist() == [1.5, 0, 7, 1]
    np.testing.assert_allclose(found["se"], [0.5, 0, 2, 0])
    reach = 2 * stats.t.ppf(0.975, 1)
    np.testing.assert_allclose(
        found.loc[("10–30", "EASE"), ["low", "high"]], [7 - reach, 7 + reach]
    )
    assert found["n"].tolist() == [2, 2, 2, 2]


def test_users_with_equally_many_clicks_stay_together():
    found = lists.by_history(pd.DataFrame({"a": np.arange(8.0)}), [5, 5, 5, 5, 5, 7, 8, 9], bins=4)
    assert found["n"].to_dict() == {("5", "a"): 5, ("7", "a"): 1, ("8–9", "a"): 2}


def test_one_length_for_all_is_one_group():
    found = lists.by_history(pd.DataFrame({"a": [1.0, 3.0]}), [6, 6])
    assert found["mean"].to_dict() == {("6", "a"): 2}


@given(st.integers(0, 2**16), st.integers(1, 6))
def test_every_user_is_in_one_group_and_the_groups_means_make_the_mean(seed, bins):
    rng = np.random.default_rng(seed)
    per_user, lengths = pd.DataFrame({"a": rng.random(50)}), rng.integers(4, 40, 50)
    found = lists.by_history(per_user, lengths, bins)
    assert found["n"].sum() == 50
    assert len(found) <= bins
    assert np.average(found["mean"], weights=found["n"]) == pytest.approx(per_user["a"].mean())


def test_lengths_of_other_users_are_refused():
    with pytest.raises(MetricError, match="There are 2 users") as raised:
        lists.by_history(pd.DataFrame({"a": [1.0, 3.0]}), [6, 6, 7])
    assert is_a_sentence(raised.value)
