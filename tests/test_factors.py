"""PureSVD and IALS against dense linear algebra, a user at a time."""

import numpy as np
import pytest
from support import clicks, random_clicks

from recotour_vae.recommenders import IALS, PureSVD
from recotour_vae.recommenders.factors import ials

TRAIN = random_clicks(0, 60, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)
X, NEW = TRAIN.toarray().astype(float), USERS.toarray().astype(float)


@pytest.mark.parametrize("factors", [1, 4, 11])
@pytest.mark.parametrize("transposed", [False, True])
def test_puresvd_projects_on_the_leading_singular_vectors(factors, transposed):
    train = TRAIN[:12].T.tocsr() if transposed else TRAIN  # as many users as items, or more
    vectors = np.linalg.svd(train.toarray())[2][:factors].T  # (12, factors)
    scores = PureSVD(factors).fit(train).score(USERS)
    np.testing.assert_allclose(scores, NEW @ vectors @ vectors.T, atol=1e-5)


def test_puresvd_of_fewer_users_than_items():
    vectors = np.linalg.svd(X[:5])[2][:3].T
    scores = PureSVD(3).fit(TRAIN[:5]).score(USERS)
    np.testing.assert_allclose(scores, NEW @ vectors @ vectors.T, atol=1e-5)


def test_the_start_of_the_iteration_does_not_change_what_puresvd_finds():
    scores = [PureSVD(4, seed).fit(TRAIN).score(USERS) for seed in (0, 1)]
    np.testing.assert_allclose(*scores, atol=1e-5)


def test_puresvd_leaves_out_directions_that_no_user_has():
    """Two kinds of users make two directions; the other three asked for would be arbitrary."""
    train = clicks([[0, 1, 2]] * 9 + [[3, 4]] * 6, 8)
    model = PureSVD(factors=5).fit(train)
    assert model.items.shape == (8, 2)
    expected = np.array([[1 / 3, 1 / 3, 1 / 3, 1 / 2, 1 / 2, 0, 0, 0]])
    np.testing.assert_allclose(model.score(clicks([[0, 3, 7]], 8)), expected, atol=1e-6)


SETTINGS = {"factors": 3, "unobserved": 0.3, "l2": 0.05, "nu": 0.7}


def penalties(x):
    """The weight of each row's penalty."""
    return SETTINGS["l2"] * (x.sum(axis=1) + SETTINGS["unobserved"] * x.shape[1]) ** SETTINGS["nu"]


def solve(x, fixed):
    """The best vector of each row, from all its cells at once."""
    found = []
    for row, penalty in zip(x, penalties(x), strict=True):
        weights = np.diag(row + SETTINGS["unobserved"])  # of every cell's square
        matrix = fixed.T @ weights @ fixed + penalty * np.eye(SETTINGS["factors"])
        found.append(np.linalg.inv(matrix) @ fixed.T @ row)
    return np.array(found)


def loss(users, items):
    """What is minimised, over every cell."""
    scores = users @ items.T
    clicked, everywhere = (X * (scores - 1) ** 2).sum(), (scores**2).sum()
    penalty = penalties(X) @ (users**2).sum(axis=1) + penalties(X.T) @ (items**2).sum(axis=1)
    return clicked + SETTINGS["unobserved"] * everywhere + penalty


def test_ials_is_the_alternation_written_out():
    items = np.random.default_rng(5).normal(0, 0.1 / np.sqrt(3), (12, 3))
    for _ in range(4):
        items = solve(X.T, solve(X, items))
    model = IALS(**SETTINGS, epochs=4, seed=5).fit(TRAIN)
    np.testing.assert_allclose(model.items, items, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(model.score(USERS), solve(NEW, items) @ items.T, atol=1e-6)


def test_every_epoch_of_ials_lowers_the_loss_it_states():
    fitted = [IALS(**SETTINGS, epochs=n).fit(TRAIN).items for n in (1, 2, 3, 5, 8)]
    losses = [loss(solve(X, items), items) for items in fitted]
    assert (np.diff(losses) < 0).all()


def test_a_turn_of_ials_ends_where_no_small_step_lowers_the_loss():
    rng, step = np.random.default_rng(0), 1e-3
    items = IALS(**SETTINGS).fit(TRAIN).items
    users = IALS(**SETTINGS)._solve(TRAIN, items)
    for _ in range(20):
        elsewhere = users + step * rng.normal(size=users.shape)
        assert loss(elsewhere, items) > loss(users, items)


def test_another_start_of_ials_gives_other_vectors():
    one, other = (IALS(**SETTINGS, seed=seed).fit(TRAIN).items for seed in (0, 1))
    assert not np.allclose(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("cells", [1, 50, 300])
def test_ials_does_not_depend_on_the_blocks_it_is_solved_in(monkeypatch, cells):
    whole = IALS(**SETTINGS).fit(TRAIN).score(USERS)
    monkeypatch.setattr(ials, "CELLS", cells)
    np.testing.assert_allclose(IALS(**SETTINGS).fit(TRAIN).score(USERS), whole, rtol=1e-5)


def test_the_last_item_is_not_taken_for_padding():
    """Rows shorter than the longest are filled up; neither end of the catalogue may get in."""
    users = clicks([[11], [0], [0, 5, 11], []], 12)
    model = IALS(**SETTINGS).fit(TRAIN)
    expected = solve(users.toarray(), model.items) @ model.items.T
    np.testing.assert_allclose(model.score(users), expected, atol=1e-6)
