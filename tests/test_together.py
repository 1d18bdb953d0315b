"""Several recommenders as one: by hand, at the ends of the scale, and what chooses the weights."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import zscore
from support import clicks, group, is_a_sentence, random_clicks, two_tastes

from recotour_vae.errors import ConfigError, DataError, MetricError, NotFittedError
from recotour_vae.evaluation import evaluate
from recotour_vae.recommenders import (
    EASE,
    EDLAE,
    ItemKNN,
    Popularity,
    Together,
    open_recommender,
    together,
)
from recotour_vae.recommenders.together import grid, standardised

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 30, 12, 0.3)


class Says:
    """A member that scores people by the matrix it was made with, times and plus a number."""

    def __init__(self, of_items, times=1.0, plus=0.0):
        self.of_items, self.times, self.plus = np.asarray(of_items, float), times, plus

    def score(self, given):
        return self.times * (given @ self.of_items) + self.plus

    def fit_split(self, split):
        return self


def fitted():
    return [EASE(l2=10.0).fit(TRAIN), ItemKNN(k=5).fit(TRAIN)]


def test_three_items_by_hand():
    """Shown item 0, one member says 1 and 3 of the others, the other 10 and 0: (-1, 1), (1, -1)."""
    one, other = Says(np.tile([5.0, 1, 3], (3, 1))), Says(np.tile([-5.0, 10, 0], (3, 1)))
    shown = clicks([[0]], 3)
    both = Together([one, other], weights=(0.75, 0.25))
    # item 0: (5 - 2) / 1 = 3 and (-5 - 5) / 5 = -2
    np.testing.assert_allclose(both.score(shown), [[0.75 * 3 - 0.25 * 2, -0.5, 0.5]])
    assert both.rank(shown, 2).tolist() == [[2, 1]]
    assert Together([one, other], weights=(0.25, 0.75)).rank(shown, 3).tolist() == [[1, 2, -1]]


def test_a_scale_is_that_of_the_items_a_person_was_not_shown():
    scores = np.random.default_rng(0).normal(7, 3, USERS.shape)
    found, unseen = standardised(scores, USERS), USERS.toarray() == 0
    for user in range(len(scores)):
        mine = unseen[user]
        np.testing.assert_allclose(found[user, mine], zscore(scores[user, mine]), atol=1e-12)
        order = np.argsort(scores[user])  # what was shown goes through the same map
        assert (np.diff(found[user, order]) > 0).all()


def test_who_finds_all_items_equal_has_no_say():
    shown = clicks([[0], [], [0, 1, 2]], 3)
    flat = np.array([[9, 0.1, 0.1], [0.1, 0.1, 0.1], [1, 2, 3]], np.float32)
    np.testing.assert_array_equal(standardised(flat, shown), np.zeros((3, 3)))
    rounded = np.float32(0.1) + np.float32(1e-8) * np.arange(3, dtype=np.float32)[None]
    np.testing.assert_array_equal(standardised(rounded, shown[1]), np.zeros((1, 3)))
    assert standardised(np.array([[0.1, 0.2, 0.1]]), shown[1]).any()


@pytest.mark.parametrize("chosen", [0, 1])
def test_weights_of_0_and_1_give_the_members_own_lists(chosen):
    members = fitted()
    both = Together(members, weights=(1 - chosen, chosen))
    np.testing.assert_array_equal(both.rank(USERS, 8), members[chosen].rank(USERS, 8))
    assert (both.rank(USERS, 8) != members[1 - chosen].rank(USERS, 8)).any()


def test_the_unit_of_a_members_scores_changes_nothing():
    weights = np.random.default_rng(0).normal(size=(2, 12, 12))
    usual = Together([Says(weights[0]), Says(weights[1])], weights=(0.4, 0.6))
    other = Together([Says(weights[0], 1e-6), Says(weights[1], 1e4, 1e5)], weights=(0.4, 0.6))
    some = USERS[USERS.getnnz(axis=1) > 0]
    np.testing.assert_allclose(other.score(some), usual.score(some), atol=1e-6)
    np.testing.assert_array_equal(other.rank(some, 5), usual.rank(some, 5))


def test_weights_count_by_their_ratio():
    one, tenfold = (Together(fitted(), weights=w) for w in ((0.2, 0.3), (2, 3)))
    np.testing.assert_allclose(tenfold.score(USERS), 10 * one.score(USERS), atol=1e-12)


@pytest.mark.parametrize(("n", "steps", "ways"), [(2, 10, 11), (3, 10, 66), (3, 1, 3), (4, 2, 10)])
def test_the_grid_divides_1_in_every_way(n, steps, ways):
    found = list(grid(n, steps))
    assert len(found) == len(set(found)) == ways
    np.testing.assert_allclose(np.sum(found, axis=1), 1)
    assert (np.array(found) >= 0).all()


def test_the_weights_chosen_are_the_best_of_the_grid_on_validation_users(monkeypatch):
    """Each choice is measured again through the front door; users are taken some at a time."""
    monkeypatch.setattr(together, "USERS_AT_ONCE", 4)
    split, metric = noisy_split(), "recall@4"
    found = Together([EASE(l2=5.0), Popularity(), EDLAE(50.0, 0.5)], metric=metric, steps=4)
    assert found.fit_split(split) is found
    again = {
        weights: evaluate(
            Together(found.members, weights=weights), split.validation, [metric]
        ).mean(metric)
        for weights in grid(3, 4)
    }
    assert found.tried == pytest.approx(again)
    assert found.weights == max(again, key=again.get)
    assert len(set(found.tried.values())) > 3
    assert found.tried[found.weights] > max(found.tried[tuple(one)] for one in np.eye(3))


def noisy_split():
    """Two tastes and popularity: who likes one half, and a few items that many click."""
    split = two_tastes(n_users=120, seed=1)
    rng = np.random.default_rng(3)
    chance = 0.45 * (rng.random(24) < 0.3)
    noise = {
        name: rng.random((n, 24)) < chance
        for name, n in (("train", 60), ("fold_in", 30), ("held_out", 30))
    }
    validation = split.validation
    shown = np.maximum(validation.fold_in.toarray(), noise["fold_in"])
    asked = np.maximum(validation.held_out.toarray(), noise["held_out"]) * (shown == 0)
    train = csr_matrix(np.maximum(split.train.toarray(), noise["train"]), dtype=np.float32)
    people = group(csr_matrix(shown), csr_matrix(asked), 60)
    return type(split)(split.items, split.train_users, train, people, split.test)


def test_of_equals_the_first_is_chosen_and_users_nobody_asks_for_do_not_count():
    twins = [Says(np.eye(4)[[1, 2, 3, 0]])] * 2
    people = group(clicks([[0], [1], [2]], 4), clicks([[1], [], [3]], 4))
    found = Together(twins, metric="ndcg@2", steps=5).choose(people)
    assert found.tried == dict.fromkeys(grid(2, 5), 1.0)
    assert found.weights == (0.0, 1.0)


def test_a_metric_of_which_less_is_better_is_minimised():
    split = noisy_split()
    found = Together([EASE(), Popularity()], metric="coverage@4").fit_split(split)
    assert found.tried[found.weights] == max(found.tried.values())
    with pytest.MonkeyPatch.context() as patch:
        less = type("Less", (), {"higher_is_better": False, "asks": "lists"})
        patch.setattr(together, "metric_of", lambda name: less)
        found.choose(split.validation)
    assert found.tried[found.weights] == min(found.tried.values()) < max(found.tried.values())


def test_weights_that_are_given_are_kept():
    split = two_tastes()
    found = Together([EASE(), Popularity()], weights=[3, 1]).fit_split(split)
    assert found.weights == (3.0, 1.0)
    assert found.tried == {}
    assert evaluate(found, split.test, ["recall@8"]).mean("recall@8") > 0.9


def test_members_are_kept_in_files_of_their_own(tmp_path):
    members = fitted()
    paths = [one.save(tmp_path / f"{n}.safetensors") for n, one in enumerate(members)]
    again = Together([open_recommender(path) for path in paths], weights=(0.3, 0.7))
    expected = Together(members, weights=(0.3, 0.7)).score(USERS)
    np.testing.assert_array_equal(again.score(USERS), expected)
    one, other = members
    assert repr(again) == f"Together([{one!r}, {other!r}], weights=(0.3, 0.7))"


@pytest.mark.parametrize(
    ("make", "kind", "match"),
    [
        (lambda: Together([EASE()]), ConfigError, "1 members; give two or more"),
        (lambda: Together(fitted(), weights=(1,)), ConfigError, "1 weights for 2 members"),
        (lambda: Together(fitted(), weights=(1, -1)), ConfigError, r"weights=\(1.0, -1.0\)"),
        (lambda: Together(fitted(), weights=(0, 0)), ConfigError, "one of them above 0"),
        (lambda: Together(fitted(), weights=(1, np.nan)), ConfigError, "nan"),
        (lambda: Together(fitted(), steps=0), ConfigError, "steps=0"),
        (lambda: Together(fitted(), metric="rmse"), ConfigError, "metric=rmse, which is"),
        (lambda: Together(fitted(), metric="ndgc@10"), MetricError, "ndgc"),
        (lambda: Together(fitted()).score(USERS), NotFittedError, "is not fitted yet; call fit"),
        (
            lambda: Together([EASE(), EASE()], weights=(1, 1)).score(USERS),
            NotFittedError,
            "EASE is not fitted yet",
        ),
        (
            lambda: Together(fitted(), weights=(1, 1)).score(random_clicks(0, 3, 13)),
            DataError,
            "13",
        ),
        (
            lambda: Together(fitted(), metric="ndcg@4").choose(
                group(USERS, csr_matrix(USERS.shape))
            ),
            MetricError,
            "No user has",
        ),
        (  # before anything is fitted
            lambda: Together([object(), object()]).fit_split(two_tastes()),
            MetricError,
            "ndcg@100 needs lists of 100 items",
        ),
    ],
)
def test_what_does_not_go_is_refused(make, kind, match):
    with pytest.raises(kind, match=match) as error:
        make()
    assert is_a_sentence(error.value)
