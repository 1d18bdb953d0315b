"""Neighbours and walks against their formulas, in plain loops and dense matrices."""

import numpy as np
import pytest
from support import clicks, random_clicks

from recotour_vae.recommenders import ItemKNN, RP3beta, UserKNN, blocks

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)

SIZES = {
    "cosine": lambda a, b, both, alpha: a**alpha * b ** (1 - alpha),
    "tversky": lambda a, b, both, alpha: alpha * a + (1 - alpha) * b,
    "jaccard": lambda a, b, both, alpha: a + b - both,
}
MEASURES = [("cosine", 0.5), ("cosine", 0.8), ("cosine", 0.0), ("tversky", 0.3), ("jaccard", 0.5)]


def alike(one, other, measure="cosine", alpha=0.5, shrink=0.0):
    """Similarity of two vectors of weighted clicks."""
    both = (one * other).sum()
    size = SIZES[measure]((one**2).sum(), (other**2).sum(), both, alpha)
    return both / (size + shrink)


def all_similarities(x, **settings):
    """Every column as the candidate, against every row as what was clicked; no diagonal."""
    n_items = x.shape[1]
    similarity = np.zeros((n_items, n_items))
    for i in range(n_items):
        for j in range(n_items):
            similarity[i, j] = alike(x[:, j], x[:, i], **settings) if i != j else 0
    return similarity


def keep_rows(values, k):
    """The k largest of each row; refuses to be asked where a tie decides."""
    kept = np.zeros_like(values)
    for row, of in enumerate(values):
        order = np.argsort(-of)
        assert k >= len(of) or of[order[k - 1]] > of[order[k]] or of[order[k - 1]] == 0
        kept[row, order[:k]] = of[order[:k]]
    return kept


@pytest.mark.parametrize("shrink", [0.0, 3.0])
@pytest.mark.parametrize(("measure", "alpha"), MEASURES)
def test_item_knn_with_all_neighbours_is_the_plain_sum(measure, alpha, shrink):
    settings = {"measure": measure, "alpha": alpha, "shrink": shrink}
    model = ItemKNN(k=12, **settings).fit(TRAIN)
    expected = USERS.toarray() @ all_similarities(TRAIN.toarray().astype(float), **settings)
    np.testing.assert_allclose(model.score(USERS), expected, rtol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 11])
def test_item_knn_keeps_the_k_most_similar_items_of_each_candidate(k):
    similarity = all_similarities(TRAIN.toarray().astype(float), shrink=0.5)
    model = ItemKNN(k=k, shrink=0.5).fit(TRAIN)
    expected = keep_rows(similarity.T, k).T
    np.testing.assert_allclose(model.similarity.toarray(), expected, rtol=1e-5)
    assert np.diff(model.similarity.indptr).tolist() == [k] * 12


def test_idf_of_item_knn_counts_a_user_by_how_much_of_the_catalogue_they_left_alone():
    x = TRAIN.toarray().astype(float)
    weights = np.log(12 / np.maximum(x.sum(axis=1), 1))
    expected = all_similarities(weights[:, None] * x, shrink=3.0)
    model = ItemKNN(k=12, shrink=3.0, idf=True).fit(TRAIN)
    np.testing.assert_allclose(model.similarity.toarray(), expected, rtol=1e-5)
    assert not np.allclose(expected, all_similarities(x, shrink=3.0), rtol=0.01)


def test_a_larger_alpha_holds_popular_candidates_back():
    popular = clicks([[0, 1], [0, 1], [0], [0, 2], [0, 2]], 3)  # item 0, then 1 and 2 with two each
    to_popular = [ItemKNN(k=3, shrink=0.0, alpha=a).fit(popular).similarity[1, 0] for a in (0, 1)]
    assert to_popular == pytest.approx([2 / 2, 2 / 5])


def test_an_item_that_nobody_clicked_has_no_neighbours():
    model = ItemKNN(k=2, shrink=0.0).fit(clicks([[0, 1], [0, 1, 2], [1, 2]], 5))
    similarity = model.similarity.toarray()
    assert np.isfinite(similarity).all()
    assert not similarity[:, 3:].any()
    assert not similarity[3:].any()
    assert similarity[0, 1] == pytest.approx(2 / np.sqrt(2 * 3))


@pytest.mark.parametrize(("measure", "alpha"), MEASURES)
@pytest.mark.parametrize("idf", [False, True])
def test_user_knn_with_all_neighbours_is_the_plain_sum(measure, alpha, idf):
    train, users = TRAIN.toarray().astype(float), USERS.toarray().astype(float)
    weights = np.log(400 / train.sum(axis=0)) if idf else np.ones(12)
    expected = np.zeros((7, 12))
    for u, one in enumerate(users):
        for other in train[train.any(axis=1)]:
            near = alike(weights * one, weights * other, measure, alpha, shrink=2.0)
            expected[u] += near * other
    model = UserKNN(400, 2.0, measure, alpha, idf).fit(TRAIN)
    np.testing.assert_allclose(model.score(USERS), expected, rtol=1e-4)


def test_user_knn_lets_the_k_nearest_vote():
    train = clicks([[0, 1, 2], [0, 1, 3, 4], [0, 4, 5, 6, 7], [8]], 9)
    user = clicks([[0, 1]], 9)  # shares 2 of 3, 2 of 4, 1 of 5 and nothing
    near = [2 / np.sqrt(2 * 3), 2 / np.sqrt(2 * 4), 1 / np.sqrt(2 * 5), 0]
    for k in (1, 2, 3, 4, 9):
        expected = np.array(near[:k]) @ train.toarray()[:k]
        np.testing.assert_allclose(UserKNN(k).fit(train).score(user)[0], expected, rtol=1e-6)


def test_equally_near_users_all_vote_so_that_their_order_does_not():
    train = clicks([[0, 1], [0, 2], [0, 3], [4, 5]], 6)
    scores = UserKNN(k=1).fit(train).score(clicks([[0]], 6))
    np.testing.assert_allclose(scores[0], np.array([3, 1, 1, 1, 0, 0]) / np.sqrt(2), rtol=1e-6)


@pytest.mark.parametrize("k", [1, 4, 12])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (1.0, 0.6), (0.7, 0.4)])
def test_rp3beta_is_the_product_of_its_steps(k, alpha, beta):
    x, users = TRAIN.toarray().astype(float), USERS.toarray().astype(float)
    to_item = (x / np.maximum(x.sum(axis=1, keepdims=True), 1)) ** alpha
    to_user = (x / x.sum(axis=0)).T ** alpha
    walk = to_user @ to_item / x.sum(axis=0) ** beta
    np.fill_diagonal(walk, 0)
    first = (users / np.maximum(users.sum(axis=1, keepdims=True), 1)) ** alpha
    model = RP3beta(k, alpha, beta).fit(TRAIN)
    np.testing.assert_allclose(model.score(USERS), first @ keep_rows(walk, k), rtol=1e-4)


def test_without_damping_the_scores_are_where_a_walk_ends():
    """Every walk of three steps, with its probability; ways back to the item are not counted."""
    train, user = [[0, 1, 2], [0, 3], [1, 3, 4], [2, 4]], [0, 4]
    ends = np.zeros(5)
    for item in user:
        others = [row for row in train if item in row]
        for other in others:
            for end in set(other) - {item}:
                ends[end] += 1 / (len(user) * len(others) * len(other))
    scores = RP3beta(beta=0.0).fit(clicks(train, 5)).score(clicks([user], 5))[0]
    np.testing.assert_allclose(scores, ends, rtol=1e-6)


def test_beta_moves_the_recommendations_away_from_what_is_popular():
    counts = np.asarray(TRAIN.sum(axis=0)).ravel()
    scores = [RP3beta(beta=b).fit(TRAIN).score(USERS).sum(axis=0) for b in (0.0, 0.6, 1.2)]
    mean = [(counts * score).sum() / score.sum() for score in scores]
    assert mean[0] > mean[1] > mean[2]


@pytest.mark.parametrize("cells", [1, 29, 60, 10**6])
@pytest.mark.parametrize("model", [ItemKNN(k=4), UserKNN(k=9), RP3beta(k=4)])
def test_the_size_of_the_blocks_does_not_matter(monkeypatch, model, cells):
    whole = model.fit(TRAIN).score(USERS)
    monkeypatch.setattr(blocks, "CELLS", cells)
    np.testing.assert_array_equal(model.fit(TRAIN).score(USERS), whole)
