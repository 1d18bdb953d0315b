"""SLIM against other ways to the same minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize
from support import clicks, is_a_sentence, no_space, random_clicks

from recotour_vae.errors import ConfigError
from recotour_vae.recommenders import EASE, SLIM, interface
from recotour_vae.recommenders.linear import slim

TRAIN = random_clicks(0, 400, 12, 0.35)
DENSE = TRAIN.toarray().astype(float)
GRAM = DENSE.T @ DENSE
OFF = ~np.eye(12, dtype=bool)


def exact(l1: float, l2: float, train=TRAIN) -> np.ndarray:
    """Give the weights of SLIM, dense, iterated until single precision says no more."""
    model = SLIM(l1, l2, iterations=2_000, tolerance=1e-7).fit(train)
    return model.weights.toarray().astype(float)


def column_by_column(l1: float, l2: float) -> np.ndarray:
    """Solve for each column by a quasi-Newton method with bounds: where B >= 0, l1 is linear."""

    def loss(b: np.ndarray, item: int) -> tuple[float, np.ndarray]:
        rest = DENSE[:, item] - DENSE @ b
        value = 0.5 * rest @ rest + 0.5 * l2 * b @ b + l1 * b.sum()
        return value, -DENSE.T @ rest + l2 * b + l1

    return np.column_stack(
        [
            minimize(
                loss,
                np.zeros(12),
                (item,),
                "L-BFGS-B",
                jac=True,
                bounds=[(0, 0 if row == item else None) for row in range(12)],
                options={"ftol": 1e-15, "gtol": 1e-9},
            ).x
            for item in range(12)
        ]
    )


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 3.0), (5.0, 3.0), (10.0, 50.0), (20.0, 500.0)])
def test_slim_is_what_another_solver_finds(l1, l2):
    expected = column_by_column(l1, l2)
    assert (expected > 0.01).any()
    np.testing.assert_allclose(exact(l1, l2), expected, atol=1e-5)


def test_two_items_by_hand():
    """Of 5 clicks on one and 4 on the other 3 are shared: b = (3 - l1) / (clicks + l2)."""
    train = clicks([[0, 1], [0, 1], [0, 1], [0], [0], [1]], 2)
    found = SLIM(l1=1.0, l2=2.0, tolerance=1e-7).fit(train)
    np.testing.assert_allclose(found.weights.toarray(), [[0, 2 / 7], [2 / 6, 0]], atol=1e-6)
    np.testing.assert_allclose(found.score(clicks([[0], [0, 1]], 2)), [[0, 2 / 7], [1 / 3, 2 / 7]])
    assert SLIM(l1=3.5, l2=2.0).fit(train).weights.nnz == 0


@pytest.mark.parametrize("train", [TRAIN, random_clicks(4, 60, 40, 0.2)], ids=["tall", "wide"])
def test_slim_solves_the_problem_it_says(train):
    """The gradient is 0 where a weight is, and pushes down where there is none."""
    x, weights = train.toarray().astype(float), exact(3.0, 5.0, train)
    gradient = x.T @ (x @ weights - x) + 5.0 * weights + 3.0
    off = ~np.eye(len(weights), dtype=bool)
    positive, zero = weights > 0, off & (weights == 0)
    assert positive.sum() > 5
    assert zero.sum() > 5
    np.testing.assert_allclose(gradient[positive], 0, atol=1e-3)
    assert gradient[zero].min() > -1e-3


def test_no_weight_is_negative_or_on_the_diagonal_however_early_it_stops():
    for iterations in (1, 2, 50):
        weights = SLIM(l1=1.0, l2=3.0, iterations=iterations).fit(TRAIN).weights
        assert weights.data.min() > 0  # and no zero is stored
        assert weights.dtype == np.float32
        assert not weights.diagonal().any()


def test_more_l1_keeps_fewer_weights():
    counts = [SLIM(l1, 3.0).fit(TRAIN).weights.nnz for l1 in (0.0, 10.0, 20.0, 30.0)]
    assert counts[0] > counts[1] > counts[2] > counts[3]


def test_more_l2_gives_smaller_weights():
    sizes = [SLIM(1.0, l2).fit(TRAIN).weights.sum() for l2 in (3.0, 100.0, 1_000.0)]
    assert sizes[0] > sizes[1] > sizes[2] > 0


def test_where_no_weight_of_ease_is_negative_slim_without_l1_is_ease():
    assert (EASE(l2=500.0).fit(TRAIN).weights[OFF] > 0).all()
    np.testing.assert_allclose(exact(0.0, 500.0), EASE(l2=500.0).fit(TRAIN).weights, atol=1e-6)


def test_a_tolerance_met_is_a_minimum_met():
    """What is left to gain shrinks with the tolerance."""
    best = exact(5.0, 3.0)
    found = [SLIM(5.0, 3.0, tolerance=tolerance).fit(TRAIN) for tolerance in (1e-1, 1e-2, 1e-4)]
    errors = [np.abs(model.weights.toarray() - best).max() for model in found]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3


def test_it_stops_once_it_is_near_enough(monkeypatch):
    steps = []
    usual = slim.zero_diagonal
    monkeypatch.setattr(slim, "zero_diagonal", lambda *args: steps.append(1) or usual(*args))
    SLIM(5.0, 3.0, iterations=7, tolerance=0.0).fit(TRAIN)
    assert len(steps) == 7
    steps.clear()
    SLIM(5.0, 3.0, iterations=1_000, tolerance=1e-3).fit(TRAIN)
    assert 1 < len(steps) < 100


def test_rho_is_between_the_smallest_and_the_largest_eigenvalue():
    largest = np.linalg.eigvalsh(GRAM)[-1]
    expected = np.sqrt(3.0 * (3.0 + largest))
    assert slim.geometric_mean(TRAIN, 3.0) == pytest.approx(expected, rel=0.01)


def test_clicks_of_nobody_give_no_weights():
    assert SLIM().fit(clicks([[], []], 3)).weights.nnz == 0


def test_slim_is_refused_where_its_matrix_cannot_fit_before_it_is_made(monkeypatch):
    monkeypatch.setattr(interface, "available_memory", lambda: 2**30)
    monkeypatch.setattr(slim, "gram_matrix", no_space)  # never called
    with pytest.raises(ConfigError, match=r"SLIM on 20,108 items needs 9\.0 GiB") as error:
        SLIM().fit(clicks([[0]], 20_108))
    assert is_a_sentence(error.value)


def test_a_penalty_too_small_to_count_is_refused():
    with pytest.raises(ConfigError, match=r"SLIM cannot invert.*larger") as error:
        SLIM(l2=1e-300).fit(clicks([[0, 1]], 2))
    assert is_a_sentence(error.value)
