"""The baselines against their formulas, written out densely."""

import numpy as np
import pytest
from support import clicks, is_a_sentence, no_space, random_clicks, two_tastes

from recotour_vae import baselines
from recotour_vae.baselines import EASE, ItemKNN, Popularity
from recotour_vae.errors import ConfigError
from recotour_vae.evaluation import evaluate

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)


def all_similarities(shrink: float) -> np.ndarray:
    """n_ij / (sqrt(n_i n_j) + shrink) in two plain loops, with nothing on the diagonal."""
    x = TRAIN.toarray().astype(float)
    similarity = np.zeros((12, 12))
    for i in range(12):
        for j in range(12):
            together = (x[:, i] * x[:, j]).sum()
            length = np.sqrt(x[:, i].sum() * x[:, j].sum())
            similarity[i, j] = together / (length + shrink) if i != j else 0
    return similarity


def test_popularity_counts_clicks_and_says_the_same_to_everybody():
    scores = Popularity().fit(TRAIN).score(USERS)
    assert scores.shape == (7, 12)
    assert (scores == TRAIN.toarray().sum(axis=0)).all()


@pytest.mark.parametrize("shrink", [0.0, 3.0])
def test_item_knn_with_all_neighbours_is_the_plain_sum(shrink):
    model = ItemKNN(k=12, shrink=shrink).fit(TRAIN)
    expected = USERS.toarray() @ all_similarities(shrink)
    np.testing.assert_allclose(model.score(USERS), expected, rtol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 11])
def test_item_knn_keeps_the_k_most_similar_items_of_each_candidate(k):
    similarity = all_similarities(0.5)
    for j in range(12):
        least = np.sort(similarity[:, j])[-k]
        assert (similarity[:, j] == least).sum() == 1  # no tie decides here
        similarity[similarity[:, j] < least, j] = 0
    model = ItemKNN(k=k, shrink=0.5).fit(TRAIN)
    np.testing.assert_allclose(model.similarity.toarray(), similarity, rtol=1e-5)
    assert np.diff(model.similarity.indptr).tolist() == [k] * 12


def test_item_knn_does_not_depend_on_the_blocks_it_is_made_in(monkeypatch):
    whole = ItemKNN(k=4).fit(TRAIN).similarity.toarray()
    usual = baselines._blocks
    monkeypatch.setattr(baselines, "_blocks", lambda n: usual(n, size=5))
    np.testing.assert_array_equal(ItemKNN(k=4).fit(TRAIN).similarity.toarray(), whole)


def test_an_item_that_nobody_clicked_has_no_neighbours():
    model = ItemKNN(k=2, shrink=0.0).fit(clicks([[0, 1], [0, 1, 2], [1, 2]], 5))
    similarity = model.similarity.toarray()
    assert np.isfinite(similarity).all()
    assert not similarity[:, 3:].any()
    assert not similarity[3:].any()
    assert similarity[0, 1] == pytest.approx(2 / np.sqrt(2 * 3))


def test_ease_is_the_closed_form():
    x = TRAIN.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 3.0 * np.eye(12))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    model = EASE(l2=3.0).fit(TRAIN)
    np.testing.assert_allclose(model.weights, weights, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(model.score(USERS), USERS.toarray() @ weights, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [1, 5, 12, 100])
def test_ease_does_not_depend_on_the_blocks_it_is_made_in(monkeypatch, size):
    x = TRAIN.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 500 * np.eye(12))
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    usual = baselines._blocks
    monkeypatch.setattr(baselines, "_blocks", lambda n: usual(n, size=size))
    np.testing.assert_allclose(EASE().fit(TRAIN).weights, weights, rtol=1e-6, atol=1e-9)


def test_ease_is_refused_where_its_matrix_cannot_fit_before_it_is_made(monkeypatch):
    monkeypatch.setattr(baselines, "available_memory", lambda: 2**30)
    monkeypatch.setattr(baselines, "_gram", no_space)  # never called
    wide = clicks([[0]], 20_108)
    with pytest.raises(ConfigError, match=r"20,108 items needs 9\.0 GiB .* 1\.0 GiB") as error:
        EASE().fit(wide)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("available", [None, 24 * 12 * 12])
def test_ease_goes_on_where_there_is_room_or_nobody_knows(monkeypatch, available):
    monkeypatch.setattr(baselines, "available_memory", lambda: available)
    assert np.isfinite(EASE().fit(TRAIN).weights).all()


def test_a_penalty_too_small_to_count_is_refused():
    twins = clicks([[0, 1]], 2)
    with pytest.raises(ConfigError, match="larger") as error:
        EASE(l2=1e-300).fit(twins)
    assert is_a_sentence(error.value)


def test_ease_solves_the_problem_it_says():
    """Moving any weight off the diagonal does not lower ||X - XB||² + l2 ||B||²."""
    x, weights = TRAIN.toarray().astype(float), EASE(l2=3.0).fit(TRAIN).weights.astype(float)

    gradient = 2 * x.T @ (x @ weights - x) + 2 * 3.0 * weights
    off = ~np.eye(12, dtype=bool)
    assert np.diag(weights).tolist() == [0] * 12
    np.testing.assert_allclose(gradient[off], 0, atol=1e-3)
    assert np.abs(np.diag(gradient)).min() > 1  # where the constraint holds it back


def test_more_penalty_gives_smaller_weights():
    sizes = [np.abs(EASE(l2=l2).fit(TRAIN).weights).sum() for l2 in (1.0, 10.0, 100.0)]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize("model", [Popularity(), ItemKNN(), EASE()])
def test_scores_are_numbers_for_a_user_without_clicks_too(model):
    scores = model.fit(TRAIN).score(clicks([[], [1]], 12))
    assert scores.shape == (2, 12)
    assert np.isfinite(scores).all()
    assert scores.dtype == np.float32


@pytest.mark.parametrize("model", [Popularity(), ItemKNN(), EASE()])
def test_the_clicks_are_left_as_they_are(model):
    before = TRAIN.toarray()
    model.fit(TRAIN).score(USERS)
    np.testing.assert_array_equal(TRAIN.toarray(), before)


@pytest.mark.parametrize("model", [ItemKNN(k=12, shrink=1.0), EASE()])
def test_neighbours_know_the_two_tastes_apart_and_popularity_does_not(model):
    split = two_tastes()
    assert evaluate(model.fit(split.train), split.test, ["recall@8"]).mean("recall@8") == 1
    popular = evaluate(Popularity().fit(split.train), split.test, ["recall@8"])
    assert popular.mean("recall@8") < 0.7


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: ItemKNN(k=0), "k=0"),
        (lambda: ItemKNN(shrink=-1.0), "shrink=-1.0"),
        (lambda: ItemKNN(shrink=float("nan")), "shrink=nan"),
        (lambda: EASE(l2=0.0), "l2=0.0"),
        (lambda: EASE(l2=float("nan")), "l2=nan"),
    ],
)
def test_settings_out_of_range_are_refused(make, match):
    with pytest.raises(ConfigError, match=match) as error:
        make()
    assert is_a_sentence(error.value)
