"""What every baseline keeps to, whatever it does: the contract of `fit` and `score`."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks, two_tastes

from recotour_vae.errors import ConfigError
from recotour_vae.evaluation import evaluate
from recotour_vae.recommenders import (
    EASE,
    EDLAE,
    IALS,
    SLIM,
    ItemKNN,
    Popularity,
    PureSVD,
    RP3beta,
    UserKNN,
    blocks,
    ials,
)

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)

# Every model small enough for 12 items; what is left to choose is chosen so that it matters.
PERSONAL = [
    ItemKNN(k=5),
    ItemKNN(k=5, shrink=2.0, measure="jaccard", idf=True),
    UserKNN(k=30),
    UserKNN(k=30, shrink=2.0, measure="tversky", alpha=0.3, idf=True),
    RP3beta(k=5),
    PureSVD(factors=3),
    IALS(factors=3, epochs=4),
    EASE(),
    EDLAE(),
    SLIM(l1=2.0, l2=20.0),
]
ALL = [Popularity(), *PERSONAL]


def as_said(model):
    """Name a model in the list of tests by its kind and, where there are two, by idf."""
    return type(model).__name__ + ("-idf" if getattr(model.config, "idf", False) else "")


every_model = pytest.mark.parametrize("model", ALL, ids=as_said)
every_personal_model = pytest.mark.parametrize("model", PERSONAL, ids=as_said)


@every_model
def test_there_is_a_score_for_every_user_and_item(model):
    scores = model.fit(TRAIN).score(USERS)
    assert type(scores) is np.ndarray
    assert scores.shape == (7, 12)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


@every_model
def test_fit_gives_the_model_itself(model):
    assert model.fit(TRAIN) is model


@every_model
@pytest.mark.parametrize("rows", [[[], [1]], [[]], [list(range(12))], []])
def test_users_with_nothing_with_everything_and_nobody_at_all(model, rows):
    scores = model.fit(TRAIN).score(clicks(rows, 12))
    assert scores.shape == (len(rows), 12)
    assert np.isfinite(scores).all()


@every_personal_model
def test_a_user_without_clicks_has_no_preference(model):
    assert not model.fit(TRAIN).score(clicks([[]], 12)).any()


@every_personal_model
def test_users_with_different_clicks_get_different_scores(model):
    one, other = model.fit(TRAIN).score(clicks([[0, 1], [5, 6]], 12))
    assert not np.allclose(one, other)


@every_model
def test_a_user_is_scored_alone_as_in_company(model):
    model.fit(TRAIN)
    alone = np.vstack([model.score(USERS[user]) for user in range(7)])
    np.testing.assert_allclose(model.score(USERS), alone, rtol=1e-5, atol=1e-7)


@every_model
def test_users_of_the_training_matrix_can_be_scored_like_any_other(model):
    scores = model.fit(TRAIN).score(TRAIN)
    np.testing.assert_allclose(scores[:7], model.score(TRAIN[:7]), rtol=1e-5, atol=1e-7)


@every_model
def test_the_clicks_are_left_as_they_are(model):
    train, users = TRAIN.copy(), USERS.copy()
    model.fit(train).score(users)
    for now, before in ((train, TRAIN), (users, USERS)):
        assert now.dtype == before.dtype
        np.testing.assert_array_equal(now.toarray(), before.toarray())


@every_model
def test_two_fits_are_the_same_to_the_last_bit(model):
    once = model.fit(TRAIN).score(USERS)
    np.testing.assert_array_equal(model.fit(TRAIN).score(USERS), once)


@every_model
def test_a_second_fit_forgets_the_first(model):
    once = model.fit(TRAIN).score(USERS)
    model.fit(random_clicks(5, 300, 12, 0.5))
    np.testing.assert_array_equal(model.fit(TRAIN).score(USERS), once)


@every_model
def test_the_order_of_the_training_users_does_not_matter(model):
    order = np.random.default_rng(2).permutation(400)
    once = model.fit(TRAIN).score(USERS)
    again = model.fit(TRAIN[order]).score(USERS)
    np.testing.assert_allclose(again, once, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("model", [m for m in ALL if not isinstance(m, IALS)], ids=as_said)
def test_items_are_only_numbers(model):
    """Relabelled items get the scores of the old ones; IALS starts from vectors of its own."""
    order = np.random.default_rng(3).permutation(12)
    once = model.fit(TRAIN).score(USERS)
    again = model.fit(TRAIN[:, order]).score(USERS[:, order])
    np.testing.assert_allclose(again, once[:, order], rtol=1e-4, atol=1e-6)


@every_model
def test_an_item_that_nobody_clicked_is_not_recommended(model):
    wide = csr_matrix((TRAIN.data, TRAIN.indices, TRAIN.indptr), shape=(400, 14))
    users = clicks([[0, 3], [2, 13], [13]], 14)  # the second and third clicked one of the two
    scores = model.fit(wide).score(users)
    np.testing.assert_allclose(scores[:, 12:], 0, atol=1e-6)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    "model",
    [
        ItemKNN(k=12, shrink=1.0),
        UserKNN(k=10),
        RP3beta(),
        PureSVD(2),
        IALS(2, l2=0.01),
        EASE(),
        EDLAE(),
        SLIM(l1=0.1, l2=30.0),
    ],
    ids=as_said,
)
def test_what_knows_users_apart_knows_the_two_tastes_apart(model):
    split = two_tastes()
    assert evaluate(model.fit(split.train), split.test, ["recall@8"]).mean("recall@8") == 1


def test_popularity_does_not_know_the_two_tastes_apart():
    split = two_tastes()
    popular = evaluate(Popularity().fit(split.train), split.test, ["recall@8"])
    assert popular.mean("recall@8") < 0.7


def test_popularity_counts_clicks_and_says_the_same_to_everybody():
    scores = Popularity().fit(TRAIN).score(USERS)
    assert (scores == TRAIN.toarray().sum(axis=0)).all()


def peak_of(work):
    """Bytes that a piece of work takes at most, above what was there."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that the whole of a matrix stands out beside them."""
    monkeypatch.setattr(blocks, "CELLS", 2**16)
    monkeypatch.setattr(ials, "CELLS", 2**14)


@pytest.mark.slow
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    "model",
    [
        Popularity(),
        ItemKNN(),
        UserKNN(),
        RP3beta(),
        PureSVD(3),
        IALS(3, epochs=1),
        EASE(),
        EDLAE(),
        SLIM(),
    ],
    ids=as_said,
)
def test_training_never_makes_the_clicks_dense(model):
    train = random_clicks(0, 20_000, 300, 0.004)
    model.fit(train[:400])  # what is imported on the first call does not count
    dense = 4 * 20_000 * 300  # bytes, in single precision
    assert peak_of(lambda: model.fit(train)) < dense / 3


@pytest.mark.slow
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("model", [ItemKNN(), RP3beta()], ids=as_said)
def test_neighbours_of_many_items_are_never_dense_all_at_once(model):
    train = random_clicks(0, 300, 2_500, 0.004)
    assert peak_of(lambda: model.fit(train)) < 4 * 2_500**2 / 3


@pytest.mark.slow
@pytest.mark.usefixtures("small_blocks")
def test_users_are_never_compared_all_at_once():
    model = UserKNN().fit(random_clicks(0, 20_000, 300, 0.004))
    users = random_clicks(1, 400, 300, 0.004)
    assert peak_of(lambda: model.score(users)) < 4 * 400 * 20_000 / 3


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: ItemKNN(k=0), "ItemKNN got k=0"),
        (lambda: ItemKNN(shrink=-1.0), "shrink=-1.0"),
        (lambda: ItemKNN(shrink=float("nan")), "shrink=nan"),
        (lambda: ItemKNN(alpha=1.5), "alpha=1.5"),
        (lambda: ItemKNN(measure="cosinus"), "ItemKNN knows no measure 'cosinus'.*jaccard"),
        (lambda: UserKNN(k=0), "UserKNN got k=0"),
        (lambda: UserKNN(alpha=float("nan")), "alpha=nan"),
        (lambda: UserKNN(measure="dice"), "UserKNN knows no measure 'dice'"),
        (lambda: RP3beta(k=0), "k=0"),
        (lambda: RP3beta(alpha=-1.0), "alpha=-1.0"),
        (lambda: RP3beta(beta=float("nan")), "beta=nan"),
        (lambda: PureSVD(factors=0), "factors=0"),
        (lambda: PureSVD(factors=12).fit(TRAIN), "factors=12 for 400 users and 12 items"),
        (lambda: PureSVD(factors=9).fit(TRAIN[:8]), "factors=9 for 8 users and 12 items"),
        (lambda: IALS(factors=0), "factors=0"),
        (lambda: IALS(epochs=0), "epochs=0"),
        (lambda: IALS(l2=0.0), "l2=0.0"),
        (lambda: IALS(unobserved=0.0), "unobserved=0.0"),
        (lambda: IALS(nu=float("nan")), "nu=nan"),
        (lambda: EASE(l2=0.0), "l2=0.0"),
        (lambda: EASE(l2=float("nan")), "l2=nan"),
        (lambda: EDLAE(l2=0.0), "EDLAE got l2=0.0"),
        (lambda: EDLAE(l2=float("inf")), "l2=inf"),
        (lambda: EDLAE(dropout=1.0), "EDLAE got dropout=1.0"),
        (lambda: EDLAE(dropout=float("nan")), "dropout=nan"),
        (lambda: SLIM(l1=-1.0), "SLIM got l1=-1.0"),
        (lambda: SLIM(l2=0.0), "l2=0.0"),
        (lambda: SLIM(l1=float("nan")), "l1=nan"),
        (lambda: SLIM(iterations=0), "iterations=0"),
        (lambda: SLIM(tolerance=-1.0), "tolerance=-1.0"),
    ],
)
def test_settings_out_of_range_are_refused(make, match):
    with pytest.raises(ConfigError, match=match) as error:
        make()
    assert is_a_sentence(error.value)
