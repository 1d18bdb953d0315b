"""Recommenders of ratings: answers worked out by hand, and what holds for all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import is_a_sentence, random_table

from recotour_vae import splits
from recotour_vae.errors import ConfigError, DataError
from recotour_vae.evaluation import evaluate
from recotour_vae.recommenders.ratings import Bias, RatingItemKNN, RatingUserKNN
from recotour_vae.recommenders.ratings.matrix import rating_matrix, row_means
from recotour_vae.recommenders.ratings.neighbours import mean_of_nearest, shrunk_cosines
from recotour_vae.splits import Histories, RatingSplitConfig

ALL = (Bias, RatingItemKNN, RatingUserKNN)
N_ITEMS = 4


def histories(rows: list[dict[int, float]], n_items: int = N_ITEMS) -> Histories:
    """Lay out ratings, a dict of columns a person."""
    starts = np.cumsum([0, *map(len, rows)])
    items = [item for row in rows for item in sorted(row)]
    ratings = [row[item] for row in rows for item in sorted(row)]
    return Histories(starts, items, np.array(ratings, float), n_items=n_items)


# Three people; item 3 is rated by nobody.
SMALL = histories([{0: 5, 1: 3, 2: 4}, {0: 4, 1: 2}, {1: 1, 2: 5}])


@pytest.fixture(scope="module")
def split():
    """Ratings of thirty people, a tenth of them to be predicted."""
    return splits.ratings_holdout(random_table(1), RatingSplitConfig(validation_ratings=0.1))


def test_biases_without_weights_reproduce_what_is_additive():
    users, items = np.array([0.5, -0.5, 0.0]), np.array([1.0, 0.0, -1.0])
    rows = [{i: 3 + u + b for i, b in enumerate(items)} for u in users]
    model = Bias(reg_user=0.0, reg_item=0.0).fit(histories(rows, 3))
    np.testing.assert_allclose(model.item_bias, items)
    np.testing.assert_allclose(model.user_biases(rating_matrix(histories(rows, 3))), users)


def test_biases_by_hand():
    # One rating of 4 and one of 2 by one person: mean 3; b_0 = 1 / (1 + 1), b_1 = -1 / (1 + 1),
    # and the person's bias is the sum of the rests, 1/2 - 1/2, over 2 + 1.
    model = Bias(reg_user=1.0, reg_item=1.0, sweeps=1).fit(histories([{0: 4, 1: 2}], 2))
    assert model.item_bias.tolist() == [0.5, -0.5]
    shown = histories([{0: 4, 1: 2}, {}, {0: 5}], 2)
    assert model.user_biases(rating_matrix(shown)).tolist() == [0.0, 0.0, 0.75]
    assert model.rate(shown, [0, 1, 2], [0, 1, 1]).tolist() == [3.5, 2.5, 3.25]


def test_each_half_of_a_sweep_is_a_least_squares_solution(split):
    """The gradient of the penalised squares is nothing where the last half has solved for it."""
    model = Bias(reg_user=3.0, reg_item=2.0, sweeps=4).fit_split(split)
    ratings = rating_matrix(split.history)
    of_users = model.user_biases(ratings)
    rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
    rest = ratings.data - model.mean[0] - of_users[rows] - model.item_bias[ratings.indices]
    gradient = np.bincount(rows, rest, ratings.shape[0]) - 3.0 * of_users
    np.testing.assert_allclose(gradient, 0, atol=1e-12)


def test_cosines_are_over_what_both_have():
    ratings = rating_matrix(histories([{0: 3, 1: 4}, {1: 2, 2: 1, 0: 1}, {2: 5}], 3))
    found = shrunk_cosines(ratings, ratings, shrink=0.0)
    assert found[0, 1] == pytest.approx((3 * 1 + 4 * 2) / np.sqrt((9 + 16) * (1 + 4)))
    assert found[1, 2] == 0  # one column in common says nothing
    assert shrunk_cosines(ratings, ratings, shrink=6.0)[0, 1] == pytest.approx(found[0, 1] / 4)
    np.testing.assert_allclose(found, found.T)


def test_a_mean_of_the_nearest_by_hand():
    similarities = np.array([[0.5, -1.0], [0.25, -0.5], [0.1, 0.0]])
    found = mean_of_nearest(similarities, np.array([4.0, 1.0, 5.0]), k=2)
    assert found[0] == pytest.approx((0.5 * 4 + 0.25 * 1) / 0.75)
    assert np.isnan(found[1])  # nobody is alike


@given(st.integers(0, 50), st.integers(1, 9))
def test_a_mean_of_the_nearest_lies_between_the_values(seed, k):
    rng = np.random.default_rng(seed)
    similarities, values = rng.uniform(-1, 1, (6, 5)), rng.uniform(1, 5, 6)
    found = mean_of_nearest(similarities, values, k)
    known = found[~np.isnan(found)]
    assert (known >= values.min() - 1e-12).all()
    assert (known <= values.max() + 1e-12).all()


def plainly(model, ratings, person, item):
    """An item-based prediction in the words of the formula, a pair at a time."""
    config, dense = model.config, ratings.toarray()
    biases = model.biases.rate_all(ratings)
    near = [(model.similarity[j, item], j) for j in np.flatnonzero(dense[person])]
    near = [(s, j) for s, j in sorted(near, reverse=True)[: config.k] if s > 0]
    if not near:
        return biases[person, item]
    weights, deviations = np.array([(s, dense[person, j] - biases[person, j]) for s, j in near]).T
    return biases[person, item] + np.average(deviations, weights=weights)


def test_item_neighbours_are_the_formula(split):
    model = RatingItemKNN(k=3, shrink=5.0).fit_split(split)
    ratings = rating_matrix(split.history)
    rows, columns = split.test.asked.event_rows(), split.test.asked.items
    found = model.predict(ratings, rows, columns)
    pairs = zip(rows, columns, strict=True)
    expected = [plainly(model, ratings, person, item) for person, item in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_user_neighbours_are_item_neighbours_of_the_table_turned_round():
    rng = np.random.default_rng(0)
    table = rng.integers(1, 6, (9, 7)).astype(float)
    rows, turned = ([dict(enumerate(row)) for row in each] for each in (table, table.T))
    common = {"similarity": "pearson", "around": "zero", "shrink": 3.0, "k": 4}
    people, items = histories(rows, 7), histories(turned, 9)
    by_user = RatingUserKNN(**common).fit(people).rate(people, np.arange(7), np.arange(7))
    by_item = RatingItemKNN(**common).fit(items).rate(items, np.arange(7), np.arange(7))
    np.testing.assert_allclose(by_user, by_item, rtol=1e-5)


def test_in_an_item_based_mean_the_persons_own_mean_cancels(split):
    """Ratings less a person's mean, averaged and the mean added again, are the ratings averaged."""
    model = RatingItemKNN(around="zero").fit_split(split)
    ratings = rating_matrix(split.history)
    means = row_means(ratings, 0.0)
    rows, columns = split.test.asked.event_rows(), split.test.asked.items
    lower = ratings.copy()
    lower.data = lower.data - np.repeat(means, np.diff(ratings.indptr))
    found, shifted = (model.predict(each, rows, columns) for each in (ratings, lower))
    fallback = np.isclose(found, model.biases.predict(ratings, rows, columns))
    np.testing.assert_allclose(found[~fallback], (shifted + means[rows])[~fallback], rtol=1e-5)


@pytest.mark.parametrize("kind", ALL)
def test_predictions_stay_within_the_scale_and_are_measured(kind, split):
    model = kind().fit_split(split)
    rows, columns = split.test.asked.event_rows(), split.test.asked.items
    rated = model.rate(split.test.shown, rows, columns)
    assert rated.min() >= 1
    assert rated.max() <= 5
    found = evaluate(model, split.test, ["rmse", "ndcg@5"])
    assert found.mean("rating_coverage") == 1
    assert found.ranking.shape == (len(found.per_user), 5)


@pytest.mark.parametrize("kind", ALL)
def test_lists_go_by_what_is_predicted_and_leave_out_what_was_rated(kind, split):
    model, shown = kind().fit_split(split), split.test.shown
    ranking = model.rank_histories(shown, 3)
    predicted, rated = model.rate_all(rating_matrix(shown)), shown.clicks.toarray() > 0
    predicted[rated] = -np.inf
    best = np.take_along_axis(predicted, ranking, axis=1)
    np.testing.assert_allclose(best, -np.sort(-predicted, axis=1)[:, :3])
    assert not np.take_along_axis(rated, ranking, axis=1).any()


@pytest.mark.parametrize("kind", ALL)
def test_whoever_is_shown_later_is_answered_like_those_it_was_fitted_on(kind, split):
    model, shown = kind().fit_split(split), split.history
    one = shown.rows([3, 1])
    both = model.rate(one, [0, 1, 1], [2, 0, 4])
    np.testing.assert_allclose(both, model.rate(shown, [3, 1, 1], [2, 0, 4]), rtol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_a_rating_of_nought_is_a_rating(kind):
    """Scales that go through 0, as Jester's does, lose nothing."""
    rows = [{0: 0, 1: -5, 2: 5}, {0: 0, 1: -4, 2: 4}, {0: 1, 1: -5}]
    model = kind().fit(histories(rows, 3))
    assert model.scale.tolist() == [-5, 5]
    assert rating_matrix(histories(rows, 3)).nnz == 8
    assert np.isfinite(model.rate(histories(rows, 3), [2], [2])).all()


@pytest.mark.parametrize("kind", ALL)
def test_of_an_item_that_nobody_rated_and_a_person_who_rated_nothing_there_is_an_answer(kind):
    model = kind().fit(SMALL)
    nobody = histories([{}, {0: 5, 1: 3}])
    found = model.rate(nobody, [0, 0, 1], [0, 3, 3])
    assert np.isfinite(found).all()
    assert found[1] == pytest.approx(model.rate(nobody, [0], [3])[0])


@pytest.mark.parametrize("kind", ALL)
def test_clicks_are_taken_for_the_highest_rating(kind, split):
    model = kind().fit_split(split)
    clicks = split.train[:4]
    best = Histories.of_clicks(clicks, np.full(clicks.nnz, 5.0))
    expected = model.rate_all(rating_matrix(best))
    np.testing.assert_allclose(model.score(clicks), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_what_has_no_ratings_is_refused_in_a_sentence(kind, split):
    for given_ in (Histories.of_clicks(split.train), split.train):
        with pytest.raises(DataError, match=f"{kind.__name__} learns from ratings") as error:
            kind().fit(given_)
        is_a_sentence(error)
    model = kind().fit_split(split)
    with pytest.raises(DataError, match="was given ratings of 2") as error:
        model.rate(histories([{0: 5}], 2), [0], [1])
    is_a_sentence(error)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (Bias, {"reg_user": -1}, "Bias got reg_user=-1"),
        (Bias, {"sweeps": 0}, "1 sweep or more"),
        (RatingItemKNN, {"k": 0}, "RatingItemKNN got k=0"),
        (RatingUserKNN, {"shrink": -1}, "shrink=-1"),
        (RatingUserKNN, {"similarity": "euclid"}, "knows no similarity 'euclid'"),
        (RatingItemKNN, {"around": "nothing"}, "knows no around 'nothing'"),
    ],
)
def test_settings_out_of_range_are_refused(kind, options, said):
    with pytest.raises(ConfigError, match=said) as error:
        kind(**options)
    is_a_sentence(error)
