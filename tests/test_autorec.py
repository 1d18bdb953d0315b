"""AutoRec: its equation by hand, its gradient, whom it answers for, what it is stopped by."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from support import is_a_sentence, random_table

from recotour_vae.errors import ConfigError, DataError
from recotour_vae.evaluation import evaluate
from recotour_vae.recommenders import ItemAutoRec, UserAutoRec, open_recommender
from recotour_vae.recommenders.ratings import autorec
from recotour_vae.recommenders.ratings.autorec_objective import (
    Weights,
    decode,
    decode_all,
    encode,
    objective,
    read,
)
from recotour_vae.recommenders.ratings.known import find_people, find_people_by_items
from recotour_vae.splits import HeldOut, Histories, RatingSplitConfig, ratings_holdout

BOTH = pytest.mark.parametrize("kind", [UserAutoRec, ItemAutoRec])
VALUES = pytest.mark.parametrize("values", ["sigmoid", "binary"])


def histories(rows: list[list[tuple[int, float]]], n_items: int) -> Histories:
    """Give each person's (item, rating) pairs."""
    flat = [pair for row in rows for pair in row]
    starts = np.cumsum([0, *map(len, rows)])
    items, ratings = ([pair[i] for pair in flat] for i in (0, 1))
    return Histories(starts, np.array(items, int), np.array(ratings, float), n_items=n_items)


def random_ratings(seed: int = 0, n_rows: int = 7, n_inputs: int = 5) -> csr_matrix:
    rng = np.random.default_rng(seed)
    rated = rng.random((n_rows, n_inputs)) < 0.6
    return csr_matrix(np.where(rated, rng.integers(1, 6, rated.shape), 0).astype(float))


def random_weights(seed: int = 0, n_inputs: int = 5, hidden: int = 3) -> Weights:
    rng = np.random.default_rng(seed)
    shapes = ((n_inputs, hidden), (hidden,), (n_inputs, hidden), (n_inputs,))
    return Weights(*(rng.normal(0, 0.5, shape) for shape in shapes))


def split_of_ratings(validation: float = 0.1, rows: int = 400):
    return ratings_holdout(
        random_table(0, rows=rows), RatingSplitConfig(validation_ratings=validation)
    )


# The objective


def test_the_objective_by_hand():
    """Ratings (2, none, 4); V r + μ = 2·0 + 4·¼ - 1 = 0, so that h = ½."""
    weights = Weights(
        v=np.array([[0.0], [9.0], [0.25]]),
        mu=np.array([-1.0]),
        w=np.array([[2.0], [7.0], [4.0]]),
        b=np.array([0.5, 100.0, 1.0]),
    )
    given = csr_matrix([[2.0, 0.0, 4.0]])
    # outputs 2·½ + ½ = 1½ and 4·½ + 1 = 3: errors -½ and -1
    penalty = 81 + 1 / 16 + 4 + 49 + 16
    value, gradient = objective(weights, given, l2=0.1)
    assert value == pytest.approx(1 / 4 + 1 + 0.05 * penalty)
    slopes = np.array([-1.0, 0.0, -2.0])  # twice the errors
    inner = (-1 * 2 - 2 * 4) / 4  # times h (1 - h) = ¼
    np.testing.assert_allclose(gradient.b, slopes)
    np.testing.assert_allclose(gradient.w[:, 0], slopes / 2 + 0.1 * weights.w[:, 0])
    np.testing.assert_allclose(gradient.mu, [inner])
    np.testing.assert_allclose(gradient.v[:, 0], [2 * inner, 0.9, 4 * inner + 0.025])
    # ½ is not above ½: binary outputs are the biases
    value, _ = objective(weights, given, l2=0.0, values="binary")
    assert value == pytest.approx(1.5**2 + 3**2)


def numeric_gradient(function, weights: Weights, step: float = 1e-6) -> np.ndarray:
    vector = weights.vector()

    def at(moved: np.ndarray) -> float:
        return function(Weights.of_vector(moved, *weights.v.shape))

    steps = step * np.eye(len(vector))
    return np.array([(at(vector + s) - at(vector - s)) / (2 * step) for s in steps])


@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed, l2):
    given, weights = random_ratings(seed), random_weights(seed)
    _, gradient = objective(weights, given, l2)
    expected = numeric_gradient(lambda w: objective(w, given, l2)[0], weights)
    np.testing.assert_allclose(gradient.vector(), expected, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_straight_through_gradient_is_what_it_says(seed):
    """It is that of Σ 2e r̂, with the errors e of the binary outputs held, and r̂ read from h."""
    given, weights, l2 = random_ratings(seed), random_weights(seed), 0.7
    rows, columns = given.nonzero()
    binary = decode(weights, read(encode(weights, given), "binary"), rows, columns)
    errors = binary - given.data

    def held(w: Weights) -> float:
        outputs = decode(w, encode(w, given), rows, columns)
        return 2 * errors @ outputs + l2 / 2 * (np.sum(w.v**2) + np.sum(w.w**2))

    value, gradient = objective(weights, given, l2, "binary")
    assert value == pytest.approx(
        errors @ errors + l2 / 2 * (np.sum(weights.v**2) + np.sum(weights.w**2))
    )
    np.testing.assert_allclose(gradient.vector(), numeric_gradient(held, weights), atol=1e-5)
    exact = numeric_gradient(lambda w: objective(w, given, l2, "binary")[0], weights)
    exact = Weights.of_vector(exact, *weights.v.shape)
    np.testing.assert_allclose(gradient.b, exact.b, atol=1e-5)  # no hidden unit in it
    np.testing.assert_allclose(exact.v, l2 * weights.v, atol=1e-5)  # steps have no slope


@VALUES
def test_what_is_not_rated_has_no_part_in_the_loss(values):
    given, weights = random_ratings(1), random_weights(1)
    given = given @ csr_matrix(np.diag([1.0, 1, 0, 1, 1]))  # nobody rated the third
    value, gradient = objective(weights, given, 0.3, values)
    assert gradient.b[2] == 0
    np.testing.assert_allclose(gradient.w[2], 0.3 * weights.w[2])
    np.testing.assert_allclose(gradient.v[2], 0.3 * weights.v[2])
    weights.b[2] = 1000.0  # whatever is predicted there
    assert objective(weights, given, 0.3, values)[0] == value


def test_a_rating_of_zero_is_a_target():
    given = csr_matrix((np.array([0.0]), [1], [0, 1]), shape=(1, 2))
    weights = Weights(np.zeros((2, 1)), np.zeros(1), np.zeros((2, 1)), np.array([3.0, 5.0]))
    assert objective(weights, given, 0.0)[0] == 25


def test_cells_are_decoded_as_whole_rows_are(monkeypatch):
    given, weights = random_ratings(), random_weights()
    h = encode(weights, given)
    rows, columns = given.nonzero()
    np.testing.assert_allclose(
        decode(weights, h, rows, columns), decode_all(weights, h)[rows, columns]
    )
    whole = decode(weights, h, rows, columns)
    monkeypatch.setattr(f"{objective.__module__}._BLOCK", 6)  # two cells at a time
    np.testing.assert_array_equal(decode(weights, h, rows, columns), whole)


def test_weights_start_small_and_outputs_at_zero_or_the_means():
    given = csr_matrix([[4.0, 0.0, 1.0], [2.0, 0.0, 0.0]])
    start = Weights.start(given, hidden=2000, seed=3, biases="means")
    assert start.b.tolist() == pytest.approx([3, 7 / 3, 1])
    assert Weights.start(given, 5, seed=3).b.tolist() == pytest.approx([0, 7 / 3, 0])
    assert not start.mu.any()
    for part in (start.v, start.w):
        assert part.std() == pytest.approx(0.01, rel=0.05)
    again = Weights.of_vector(start.vector(), 3, 2000)
    assert all(np.array_equal(one, other) for one, other in zip(start, again, strict=True))
    other = Weights.start(given, hidden=2000, seed=4)
    assert not np.array_equal(start.v, other.v)


# Both recommenders


@pytest.mark.slow
@BOTH
@VALUES
def test_tastes_are_learned(kind, values):
    """The third of three items is liked by those who do not like the others."""
    rows = [[(0, 5), (1, 5), (2, 1)], [(0, 1), (1, 1), (2, 5)]] * 6
    rows += [[(0, 5), (2, 1)], [(1, 1), (2, 5)]]
    ratings = histories(rows, 3)
    model = kind(6, l2=0.1, hidden_values=values, biases_start="means", iterations=200).fit(ratings)
    found = model.rate(ratings, [12, 13], [1, 0])
    assert found[0] > 3.5 > 2.5 > found[1]
    assert model.rank_histories(ratings.rows([12]), 3).tolist() == [[1, -1, -1]]


@BOTH
def test_a_file_gives_it_back_to_the_last_bit(kind, tmp_path):
    split = split_of_ratings()
    model = kind(hidden=3, iterations=10, hidden_values="binary").fit_split(split)
    again = open_recommender(model.save(tmp_path / "model.safetensors"))
    asked = split.test.asked
    rated = [m.rate(split.history, asked.event_rows(), asked.items) for m in (model, again)]
    np.testing.assert_array_equal(*rated)
    lists = [m.rank_histories(split.history, 4) for m in (model, again)]
    np.testing.assert_array_equal(*lists)
    assert again.config == model.config
    assert again.iteration == model.iteration


@BOTH
def test_the_seed_says_it_all(kind):
    ratings = split_of_ratings().history
    one, other, third = (kind(hidden=3, iterations=9, seed=s).fit(ratings) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.v, other.v)
    assert not np.array_equal(one.v, third.v)


@BOTH
def test_everything_rated_is_what_pairs_are(kind):
    ratings = split_of_ratings().history
    model = kind(hidden=3, l2=1.0, iterations=9).fit(ratings)
    shown = model.shown(ratings)
    rows, columns = np.divmod(np.arange(shown.shape[0] * shown.shape[1]), shown.shape[1])
    pairs = model.predict(shown, rows, columns).reshape(shown.shape)
    np.testing.assert_allclose(model.rate_all(shown), pairs, rtol=1e-5)
    assert np.isfinite(pairs).all()


@BOTH
def test_an_item_that_nobody_rated_is_predicted_near_the_mean(kind):
    ratings = histories([[(0, 5), (1, 4)], [(0, 2), (1, 1)], [(0, 4), (1, 2)]], 3)
    model = kind(hidden=4, l2=1.0, iterations=50).fit(ratings)
    found = model.rate(ratings, [0, 1, 2], [2, 2, 2])
    assert np.isfinite(found).all()
    if kind is UserAutoRec:
        np.testing.assert_allclose(found, 3.0, atol=0.1)  # the mean of all
    else:
        assert found[0] > found[2] > found[1]  # who is generous is so here too


@BOTH
def test_somebody_who_rated_nothing_is_predicted_all_the_same(kind):
    ratings = histories([[(0, 5), (1, 1)], [], [(0, 4), (1, 2)]], 2)
    model = kind(hidden=4, l2=1.0, iterations=50).fit(ratings)
    found = model.rate(ratings, [1, 1], [0, 1])
    assert np.isfinite(found).all()
    if kind is UserAutoRec:
        assert found[0] > found[1]
    else:
        np.testing.assert_allclose(found, 3.0, atol=0.1)  # no target, no weights


def test_newcomers_are_encoded_from_what_is_shown():
    split = split_of_ratings()
    model = UserAutoRec(hidden=3, l2=1.0, iterations=9).fit(split.history)
    shown = histories([[(0, 5), (4, 1)], []], split.n_items)
    matrix = model.shown(shown).toarray()
    h = 1 / (1 + np.exp(-(matrix @ model.v + model.mu)))
    expected = np.clip(h @ model.w.T + model.b, *model.scale)
    found = model.rate(shown, [0, 1, 1], [3, 3, 5])
    np.testing.assert_allclose(found, expected[[0, 1, 1], [3, 3, 5]], rtol=1e-5)


# Whom the item's network knows


def test_people_are_known_in_any_order_and_number():
    ratings = split_of_ratings().history
    model = ItemAutoRec(hidden=3, l2=1.0, iterations=9).fit(ratings)
    everything = model.rate_all(model.shown(ratings))
    chosen = [7, 2, 2, 11]
    np.testing.assert_array_equal(
        model.rate_all(model.shown(ratings.rows(chosen))), everything[chosen]
    )
    rated = model.rate(ratings.rows(chosen), [3, 0], [1, 5])
    expected = np.clip(everything[[11, 7], [1, 5]], *model.scale)
    np.testing.assert_allclose(rated, expected, rtol=1e-6)
    np.testing.assert_array_equal(
        model.rank_histories(ratings.rows(chosen), 4), model.rank_histories(ratings, 4)[chosen]
    )


def test_people_who_are_not_known_are_not_rated():
    ratings = histories([[(0, 5), (1, 4)], [(0, 2), (2, 1)]], 3)
    model = ItemAutoRec(hidden=2, iterations=5).fit(ratings)
    others = [[(0, 5), (1, 3)], [(0, 5)], [(0, 5), (1, 4), (2, 1)], [], [(0, 2), (2, 1)]]
    shown = histories(others, 3)
    found = model.rate(shown, [0, 1, 2, 3, 4], [2, 2, 0, 1, 1])
    assert np.isnan(found).tolist() == [True, True, True, True, False]
    with pytest.raises(DataError, match="4 of these 5 are not among them") as error:
        model.rank_histories(shown, 2)
    assert is_a_sentence(error.value)
    with pytest.raises(DataError, match="2 of these 3") as error:
        model.rank(csr_matrix([[1, 1, 0], [1, 0, 0], [0, 0, 0]]), 2)
    assert is_a_sentence(error.value)


def test_people_are_known_by_their_items_where_no_other_has_them():
    rows = [[(0, 5), (1, 4)], [(0, 2), (2, 1)], [(2, 1), (1, 3)], [(1, 4), (0, 3)]]
    ratings = csr_matrix([[5, 4, 0], [2, 0, 1], [0, 3, 1], [3, 4, 0], [2, 0, 1]])
    shown = ratings[[3, 4, 2]]
    assert find_people(ratings, shown).tolist() == [3, 1, 2]
    assert find_people_by_items(ratings, (shown > 0).astype(float)).tolist() == [-1, 1, 2]
    model = ItemAutoRec(hidden=2, iterations=5).fit(histories(rows, 3))
    shown = model.shown(histories(rows[1:3], 3))
    np.testing.assert_array_equal(model.score(shown > 0), model.rate_all(shown))


def test_known_people_are_measured_and_others_counted():
    split = split_of_ratings()
    model = ItemAutoRec(hidden=3, l2=5.0, iterations=10).fit_split(split)
    found = evaluate(model, split.test, ["rmse", "ndcg@5"])
    assert found.mean("rating_coverage") == 1
    assert 0.5 < found.mean("rmse") < 2.5
    others = ItemAutoRec(hidden=3, iterations=5).fit(split.history.rows(slice(0, 10)))
    coverage = evaluate(others, split.test, ["rmse"]).mean("rating_coverage")
    assert 0 < coverage < 1


# When it stops


@BOTH
def test_validation_ratings_choose_the_iteration(kind):
    split = split_of_ratings()
    model = kind(hidden=20, l2=0.0, iterations=43).fit_split(split)
    course = model.course
    assert len(course) == 43
    assert (np.flatnonzero(np.isfinite(course[:, 1])) + 1).tolist() == [*range(5, 41, 5), 43]
    assert (np.diff(course[:, 0]) < 0).all()
    assert model.iteration == 1 + np.nanargmin(course[:, 1]) < 43  # ratings at random: it overfits
    kept = evaluate(model, split.validation, ["rmse"]).mean("rmse")
    assert kept == pytest.approx(course[model.iteration - 1, 1])


@BOTH
def test_the_test_ratings_change_nothing(kind):
    split = split_of_ratings()
    other = replace(split, test=split.validation)
    one, same = (kind(hidden=5, iterations=20).fit_split(s) for s in (split, other))
    np.testing.assert_array_equal(one.w, same.w)


@BOTH
def test_without_validation_ratings_all_iterations_are_run(kind):
    split = split_of_ratings(validation=0.0)
    one = kind(hidden=5, l2=0.0, iterations=22).fit_split(split)
    other = kind(hidden=5, l2=0.0, iterations=22).fit(split.history)
    np.testing.assert_array_equal(one.w, other.w)
    assert len(one.course) == one.iteration == 22
    assert np.isnan(one.course[:, 1]).all()


def test_validation_people_who_are_not_known_choose_nothing():
    ratings = histories([[(0, 5), (1, 4)], [(0, 2), (1, 1)]], 2)
    others = histories([[(0, 3)]], 2), histories([[(1, 4)]], 2)
    model = ItemAutoRec(hidden=2, iterations=7)
    model.learn(model.prepared(ratings), HeldOut.of(["new"], *others))
    assert len(model.course) == model.iteration == 7


# What is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": 0},
        {"iterations": 0},
        {"l2": -1.0},
        {"seed": -1},
        {"hidden_values": "x"},
        {"biases_start": "x"},
    ],
)
@BOTH
def test_settings_out_of_range(kind, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))) as error:
        kind(**wrong)
    assert is_a_sentence(error.value)


@BOTH
def test_what_memory_cannot_hold_is_refused_before_it_is_taken(kind, monkeypatch):
    monkeypatch.setattr(autorec, "available_memory", lambda: 1000)
    with pytest.raises(ConfigError, match="with 200 hidden units") as error:
        kind().fit(split_of_ratings().history)
    assert is_a_sentence(error.value)
    assert kind(hidden=100).memory_needed(1000) < kind(hidden=200).memory_needed(1000)


@BOTH
def test_it_needs_ratings(kind):
    with pytest.raises(DataError, match="learns from ratings"):
        kind().fit(Histories([0, 1], [0], n_items=2))
