"""Places, neighbours and directions in the latent space, against cases worked out by hand."""

import numpy as np
import pytest
import torch
from scipy.stats import ortho_group
from support import clicks, is_a_sentence, random_clicks, small_model

from recotour_vae.errors import ConfigError, MetricError
from recotour_vae.models import ModelConfig, latent, make_model
from recotour_vae.models.pytorch import ClickBatch

CLICKS = random_clicks(0, 12, 24)


def model_of(hidden=(16,)):
    return make_model(ModelConfig("mult-vae", hidden, 4), 24, seed=1)


def rotation(seed=0, n=4):
    return ortho_group.rvs(n, random_state=seed)


def test_codes_are_those_of_scoring_and_the_model_is_left_as_it_was():
    model = model_of().train()
    mu, sigma = latent.encode(model, CLICKS)
    assert model.training
    again, _ = latent.encode(model, CLICKS)
    np.testing.assert_array_equal(mu, again)  # no dropout
    logits = model.decode(torch.from_numpy(mu)).detach().numpy()
    np.testing.assert_allclose(logits, model.score(CLICKS), atol=1e-5)
    _, logvar = model.eval().encode(ClickBatch.from_csr(CLICKS))
    np.testing.assert_allclose(sigma**2, logvar.exp().detach(), rtol=1e-4)


def test_an_item_lies_where_somebody_lies_who_clicked_it_alone():
    model, items = model_of(), latent.items_by_click(model_of())
    one = clicks([[7]], 24)
    np.testing.assert_allclose(latent.encode(model, one)[0][0], items[7], atol=1e-6)
    assert items.shape == (24, 4)


@pytest.mark.parametrize(("hidden", "width"), [((16,), 16), ((), 4)])
def test_the_other_place_of_an_item_is_what_its_logit_reads(hidden, width):
    model = model_of(hidden)
    rows = latent.items_by_weight(model)
    assert rows.shape == (24, width)
    z = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model.decode(z) - model.decoder[-1].bias
        np.testing.assert_allclose(logits, model.decode_hidden(z) @ rows.T, atol=1e-5)


def test_cosines_of_known_angles():
    vectors = np.array([[2.0, 0], [0, 3], [1, 1], [0, 0]])
    half = np.sqrt(0.5)
    expected = [[1, 0, half, 0], [0, 1, half, 0], [half, half, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(latent.cosines(vectors), expected, atol=1e-12)


def test_the_nearest_are_others_in_order_and_equal_ones_go_by_column():
    similarity = np.array([[9.0, 1, 2, 2], [0, 9, 0, 1], [3, 2, 9, 1], [1, 2, 3, 9]])
    np.testing.assert_array_equal(latent.nearest(similarity, 2), [[2, 3], [3, 0], [0, 1], [2, 1]])
    among = np.array([True, False, True, True])
    np.testing.assert_array_equal(
        latent.nearest(similarity, 2, among), [[2, 3], [3, 0], [0, 3], [2, 0]]
    )
    assert similarity[0, 0] == 9


@pytest.mark.parametrize("k", [0, 3])
def test_more_neighbours_than_others_are_refused(k):
    with pytest.raises(MetricError) as caught:
        latent.nearest(np.eye(3), k)
    assert is_a_sentence(caught.value)


def test_principal_axes_of_codes_stretched_along_known_directions():
    rng = np.random.default_rng(0)
    turn = rotation(3)
    codes = rng.normal(size=(20_000, 4)) * [3, 2, 1, 0.1] @ turn + 5
    axes = latent.principal_axes(codes)
    np.testing.assert_allclose(axes.deviations, [3, 2, 1, 0.1], rtol=0.03)
    np.testing.assert_allclose(np.abs(axes.directions @ turn.T), np.eye(4), atol=0.05)
    np.testing.assert_allclose(axes.centre, codes.mean(axis=0))
    assert (axes.directions.max(axis=1) == np.abs(axes.directions).max(axis=1)).all()
    np.testing.assert_allclose(axes.scores(codes, 2).std(axis=0, ddof=1), axes.deviations[:2])


def test_too_few_codes_have_no_axes():
    with pytest.raises(MetricError) as caught:
        latent.principal_axes(np.zeros((3, 4)))
    assert is_a_sentence(caught.value)


def test_canonical_correlations_see_through_a_change_of_basis():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(50, 3))
    mixed = scores @ rng.normal(size=(3, 3)) + 7
    np.testing.assert_allclose(latent.canonical_correlations(scores, mixed), 1)


def test_one_column_each_gives_the_size_of_pearsons_correlation():
    one, other = np.random.default_rng(1).normal(size=(2, 30, 1))
    found = latent.canonical_correlations(one, other)
    np.testing.assert_allclose(found, abs(np.corrcoef(one.T, other.T)[0, 1]))


def test_a_shared_and_an_unrelated_direction_have_correlations_one_and_zero():
    angle = 2 * np.pi * np.arange(40) / 40  # cosines of different frequencies are orthogonal
    shared, mine, theirs = (np.cos(n * angle) for n in (1, 2, 3))
    found = latent.canonical_correlations(
        np.column_stack([shared, mine]), np.column_stack([theirs, shared])
    )
    np.testing.assert_allclose(found, [1, 0], atol=1e-12)


@pytest.mark.parametrize("shapes", [((9, 2), (8, 2)), ((4, 2), (4, 2))])
def test_scores_of_other_or_too_few_users_are_not_compared(shapes):
    with pytest.raises(MetricError) as caught:
        latent.canonical_correlations(*(np.zeros(shape) for shape in shapes))
    assert is_a_sentence(caught.value)


@pytest.mark.parametrize("hidden", [(), (16,), (16, 8)])
def test_a_rotated_model_scores_the_same_from_turned_codes(hidden):
    model, turn = model_of(hidden), rotation()
    before = model.arrays()
    turned = latent.rotated(model, turn)
    np.testing.assert_allclose(turned.score(CLICKS), model.score(CLICKS), atol=1e-5)
    (mu, sigma), (mu_turned, sigma_turned) = (latent.encode(m, CLICKS) for m in (model, turned))
    np.testing.assert_allclose(mu_turned, mu @ turn.T, atol=1e-5)
    np.testing.assert_array_equal(sigma_turned, sigma)
    for name, array in model.arrays().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("matrix", [np.eye(3), 2 * np.eye(4), np.ones((4, 4))])
def test_what_is_no_rotation_is_refused(matrix):
    with pytest.raises(ConfigError) as caught:
        latent.rotated(model_of(), matrix)
    assert is_a_sentence(caught.value)


@pytest.mark.parametrize("hidden", [(), (16,), (16, 8)])
def test_the_slope_is_the_limit_of_differences(hidden):
    model = model_of(hidden).double()
    z, along = np.random.default_rng(0).normal(size=(2, 4))
    step = 1e-5
    with torch.no_grad():
        codes = torch.from_numpy(np.stack([z + step * along, z - step * along]))
        up, down = torch.log_softmax(model.decode(codes), dim=1).numpy()
    found = latent.slope(model, z, along)
    np.testing.assert_allclose(found, (up - down) / (2 * step), atol=1e-8)
    pi = np.exp((up + down) / 2)
    assert abs(found @ pi) < 1e-8


def test_a_model_without_a_posterior_is_refused():
    for ask in (latent.items_by_click, lambda m: latent.rotated(m, np.eye(4))):
        with pytest.raises(ConfigError) as caught:
            ask(small_model("mult-dae"))
        assert is_a_sentence(caught.value)


def test_clicks_on_other_items_are_refused():
    with pytest.raises(ConfigError):
        latent.encode(model_of(), random_clicks(0, 2, 23))
