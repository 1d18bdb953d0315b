"""EASE against its closed form, written out densely."""

import numpy as np
import pytest
from support import clicks, is_a_sentence, no_space, random_clicks

from recotour_vae.errors import ConfigError
from recotour_vae.recommenders import EASE, interface
from recotour_vae.recommenders.linear import ease

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)


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
    usual = ease.blocks
    monkeypatch.setattr(ease, "blocks", lambda n: usual(n, size=size))
    np.testing.assert_allclose(EASE().fit(TRAIN).weights, weights, rtol=1e-6, atol=1e-9)


def test_ease_is_refused_where_its_matrix_cannot_fit_before_it_is_made(monkeypatch):
    monkeypatch.setattr(interface, "available_memory", lambda: 2**30)
    monkeypatch.setattr(ease, "gram_matrix", no_space)  # never called
    wide = clicks([[0]], 20_108)
    with pytest.raises(ConfigError, match=r"20,108 items needs 9\.0 GiB .* 1\.0 GiB") as error:
        EASE().fit(wide)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("available", [None, 24 * 12 * 12])
def test_ease_goes_on_where_there_is_room_or_nobody_knows(monkeypatch, available):
    monkeypatch.setattr(interface, "available_memory", lambda: available)
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
