"""EDLAE against EASE, against its problem solved column by column, and against dropout itself."""

import numpy as np
import pytest
from scipy.optimize import minimize
from support import clicks, is_a_sentence, no_space, random_clicks

from recotour_vae.errors import ConfigError
from recotour_vae.recommenders import EASE, EDLAE, interface
from recotour_vae.recommenders.linear import edlae

TRAIN = random_clicks(0, 400, 12, 0.35)
USERS = random_clicks(1, 7, 12, 0.3)
TOY = clicks([[0, 1], [0, 1], [0, 1, 2], [0], [0, 2], [1]], 3)  # 5, 4 and 2 clicks


def test_without_dropout_it_is_ease_to_the_last_bit():
    ours, theirs = EDLAE(l2=3.0, dropout=0.0).fit(TRAIN), EASE(l2=3.0).fit(TRAIN)
    np.testing.assert_array_equal(ours.weights, theirs.weights)
    np.testing.assert_array_equal(ours.score(USERS), theirs.score(USERS))
    assert (EDLAE(l2=3.0, dropout=0.1).fit(TRAIN).weights != theirs.weights).any()


def column_by_column(train, l2, dropout):
    """Minimise the penalised loss over each column, its own item's weight held at 0."""
    x = train.toarray().astype(float)
    penalty = l2 + dropout / (1 - dropout) * x.sum(axis=0)  # of each row of B

    def loss(b, item):
        rest = x[:, item] - x @ b
        return rest @ rest + penalty @ b**2, 2 * (penalty * b - x.T @ rest)

    n_items = x.shape[1]
    return np.column_stack(
        [
            minimize(
                loss,
                np.zeros(n_items),
                (item,),
                "L-BFGS-B",
                jac=True,
                bounds=[(0, 0) if row == item else (None, None) for row in range(n_items)],
                options={"ftol": 1e-15, "gtol": 1e-9},
            ).x
            for item in range(n_items)
        ]
    )


@pytest.mark.parametrize("dropout", [0.0, 0.25, 0.6])
def test_three_items_solved_column_by_column(dropout):
    """The items' clicks differ, so that a matrix the wrong way round is another one."""
    expected = column_by_column(TOY, 1.0, dropout)
    assert np.abs(expected - expected.T).max() > 0.05
    model = EDLAE(l2=1.0, dropout=dropout).fit(TOY)
    np.testing.assert_allclose(model.weights, expected, atol=1e-6)
    np.testing.assert_allclose(model.score(clicks([[0]], 3)), expected[:1], atol=1e-6)


def test_it_is_what_another_solver_finds_on_more_items():
    expected = column_by_column(TRAIN, 3.0, 0.33)
    np.testing.assert_allclose(EDLAE(3.0, 0.33).fit(TRAIN).weights, expected, atol=1e-5)


def test_its_penalty_is_the_mean_loss_over_dropped_clicks():
    """The clicks that stay are divided by 1 - p; the mean of many draws is the closed form."""
    x, dropout, rng = TOY.toarray().astype(float), 0.4, np.random.default_rng(0)
    weights = np.array([[0, 0.7, -0.2], [0.5, 0, 0.1], [0.3, -0.4, 0]])
    shown = x * (rng.random((100_000, *x.shape)) >= dropout) / (1 - dropout)
    drawn = ((x - shown @ weights) ** 2).sum(axis=(1, 2))  # (draws,)
    penalty = edlae.dropout_penalty(TOY, dropout) @ (weights**2).sum(axis=1)
    closed = ((x - x @ weights) ** 2).sum() + penalty
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - closed) < 4 * error
    assert penalty > 100 * error  # that the draws would show it missing


def test_an_item_that_many_clicked_is_held_back_more():
    """From item 0, with 5 clicks, less is left of its weights than from item 2, with 2."""
    free, dropped = (EDLAE(1.0, dropout).fit(TOY).weights for dropout in (0.0, 0.8))
    kept = np.abs(dropped).sum(axis=1) / np.abs(free).sum(axis=1)
    assert kept[0] < kept[2] < 1


def test_an_item_nobody_clicked_has_no_weights():
    weights = EDLAE().fit(clicks([[0, 1], [0, 1]], 3)).weights
    assert weights[0, 1] > 0
    assert not weights[2].any()
    assert not weights[:, 2].any()


def test_it_is_refused_where_its_matrix_cannot_fit_before_it_is_made(monkeypatch):
    monkeypatch.setattr(interface, "available_memory", lambda: 2**30)
    monkeypatch.setattr(edlae, "gram_matrix", no_space)  # never called
    with pytest.raises(ConfigError, match=r"EDLAE on 20,108 items needs 9\.0 GiB") as error:
        EDLAE().fit(clicks([[0]], 20_108))
    assert is_a_sentence(error.value)


def test_a_penalty_too_small_to_count_is_refused():
    with pytest.raises(ConfigError, match=r"EDLAE cannot invert.*larger") as error:
        EDLAE(l2=1e-300, dropout=0.0).fit(clicks([[0, 1]], 2))
    assert is_a_sentence(error.value)
