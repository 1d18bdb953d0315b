"""The Gluon models: one graph that knows its mode, equal to PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from support import is_a_sentence

from recotour_vae.errors import ConfigError
from recotour_vae.models import ModelConfig, convert
from recotour_vae.models import pytorch as torch_models
from recotour_vae.runtime.mxnet import has_mxnet

if not has_mxnet():
    pytest.skip("MXNet is not installed", allow_module_level=True)

from recotour_vae.models import gluon
from recotour_vae.models.gluon.layers import draw_weights, training_gate
from recotour_vae.runtime.mxnet import mx

N_USERS, N_ITEMS, LATENT = 12, 30, 5
KINDS = ("mult-vae", "mult-dae")
HIDDEN = [(), (16,), (16, 8)]
LIKELIHOODS = ("multinomial", "gaussian", "logistic")


def some_clicks(seed=0, empty=()):
    """Random clicks, and users without any at the places in `empty`."""
    dense = np.random.default_rng(seed).random((N_USERS, N_ITEMS)) < 0.3
    dense[list(empty)] = False
    return csr_matrix(dense.astype(np.float32))


CLICKS = some_clicks()


def some_model(kind="mult-vae", hidden=(16,), seed=0, **settings):
    return gluon.make_model(ModelConfig(kind, hidden, LATENT, **settings), N_ITEMS, seed)


def drawn(kind, clicks=CLICKS, seed=1):
    """Injected dropout and noise for a kind of model."""
    generator = np.random.default_rng(seed)
    keep = (generator.random(clicks.nnz) > 0.5).astype(np.float32)
    noise = generator.standard_normal((clicks.shape[0], LATENT)).astype(np.float32)
    return {"keep": keep, "noise": noise} if kind == "mult-vae" else {"keep": keep}


def run(model, training, clicks=CLICKS, **given):
    """Logits of a forward pass in one of the two modes."""
    batch = gluon.ClickBatch.from_csr(clicks)
    scope = mx.autograd.train_mode() if training else mx.autograd.predict_mode()
    with scope:
        return model(batch, **given).logits.asnumpy()


def torch_run(model, clicks=CLICKS, **given):
    """Forward pass of the PyTorch twin in training mode."""
    batch = torch_models.ClickBatch.from_csr(clicks)
    given = {name: torch.from_numpy(array) for name, array in given.items()}
    return model.train()(batch, **given), batch


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_have_the_names_and_shapes_of_the_twin(kind, hidden):
    model = some_model(kind, hidden)
    twin = torch_models.make_model(model.config, N_ITEMS)
    ours = {name: array.shape for name, array in model.arrays().items()}
    assert ours == {name: tuple(value.shape) for name, value in twin.state_dict().items()}
    assert model.config == twin.config
    assert len(model.weights()) == len(twin.weights())
    assert model.paper_weight_decay == twin.paper_weight_decay


@pytest.mark.parametrize("hybridized", [True, False])
@pytest.mark.parametrize("first", ["training", "prediction"])
def test_the_gate_reads_the_mode_each_time_the_graph_runs(hybridized, first):
    class Gate(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):  # noqa: N803
            return training_gate(F, x)

    gate, x = Gate(), mx.nd.full((3, 4), 7.0)
    gate.hybridize(hybridized)
    modes = ["training", "prediction"] if first == "training" else ["prediction", "training"]
    for mode in modes * 2:
        with mx.autograd.train_mode() if mode == "training" else mx.autograd.predict_mode():
            assert (gate(x).asnumpy() == float(mode == "training")).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False])
def test_hybridized_and_imperative_agree_in_both_modes_and_either_order(kind, first):
    traced, plain = some_model(kind), some_model(kind)
    plain.hybridize(False)
    seen = {}
    for training in (first, not first, first):
        given = drawn(kind)
        seen[training] = run(traced, training, **given)
        np.testing.assert_array_equal(seen[training], run(plain, training, **given))
    assert np.abs(seen[True] - seen[False]).max() > 1e-3  # or the modes would not differ at all


@pytest.mark.parametrize("kind", KINDS)
def test_two_predictions_of_one_user_are_identical_after_training(kind):
    model, batch = some_model(kind), gluon.ClickBatch.from_csr(CLICKS)
    trainer = mx.gluon.Trainer(model.collect_params(), "adam", kvstore=None)
    for _ in range(3):
        with mx.autograd.record():
            parts = model.loss(model(batch), batch, beta=0.2)
        parts.loss.backward()
        trainer.step(1)
    np.testing.assert_array_equal(model.score(CLICKS[:1]), model.score(CLICKS[:1]))
    with mx.autograd.train_mode():  # scoring is without noise even here
        np.testing.assert_array_equal(model.score(CLICKS), model.score(CLICKS))


@pytest.mark.slow
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("kind", KINDS)
def test_forward_loss_and_gradients_are_those_of_pytorch(kind, hidden, likelihood):
    ours = some_model(kind, hidden, likelihood=likelihood)
    twin, given = convert(ours, "pytorch"), drawn(kind)
    output, torch_batch = torch_run(twin, **given)
    theirs = twin.loss(output, torch_batch, 0.3)
    theirs.loss.backward()
    batch = gluon.ClickBatch.from_csr(CLICKS)
    with mx.autograd.record():
        found = ours(batch, **given)
        parts = ours.loss(found, batch, 0.3)
    parts.loss.backward()
    np.testing.assert_allclose(
        found.logits.asnumpy(), output.logits.detach().numpy(), rtol=0, atol=1e-6
    )
    for mine, other in zip(parts, theirs, strict=True):
        assert mine.asscalar() == pytest.approx(float(other.detach()), rel=1e-6, abs=1e-6)
    for name, parameter in twin.named_parameters():
        gradient = ours.parameters()[name].grad().tostype("default").asnumpy()
        scale = float(parameter.grad.abs().max())
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("kind", KINDS)
def test_users_without_clicks_are_scored_as_in_pytorch(kind):
    clicks = some_clicks(empty=(0, 5, N_USERS - 1))
    model = some_model(kind)
    np.testing.assert_allclose(
        model.score(clicks), convert(model, "pytorch").score(clicks), rtol=0, atol=1e-6
    )


def test_dropout_and_noise_have_an_owner():
    model, batch = some_model(), gluon.ClickBatch.from_csr(CLICKS)
    state = np.random.get_state()[1].copy()
    with mx.autograd.train_mode():
        one, same, other, fresh = (
            model(batch, generator).logits.asnumpy()
            for generator in (*map(np.random.default_rng, (3, 3, 4)), None)
        )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert (one != fresh).any()
    np.testing.assert_array_equal(state, np.random.get_state()[1])


@pytest.mark.slow
def test_dropout_keeps_the_expected_input():
    model = some_model(hidden=(), dropout=0.25)
    batch = gluon.ClickBatch.from_csr(CLICKS)
    generator = np.random.default_rng(0)
    drops = [model.network_input(batch, generator, None) for _ in range(400)]
    inputs = np.stack([(x.data + change.data).asnumpy() for x, change in drops])  # (400, n_clicks)
    kept = inputs > 0
    assert kept.mean() == pytest.approx(0.75, abs=0.01)
    np.testing.assert_allclose(inputs.mean(axis=0) / batch.values, 1, atol=0.15)
    np.testing.assert_allclose(
        inputs[kept], np.broadcast_to(batch.values / 0.75, inputs.shape)[kept], rtol=1e-6
    )


def test_initial_weights_follow_the_authors_and_their_seed():
    shapes = {"w": (400, 300), "b": (5000,)}
    weights = draw_weights(shapes, seed=1)
    bound = np.sqrt(6 / 700)
    assert np.abs(weights["w"]).max() <= bound
    assert weights["w"].std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    assert np.abs(weights["b"]).max() <= 0.002
    assert weights["b"].std() == pytest.approx(0.00088, rel=0.05)  # of a normal cut at 2 deviations
    assert all((weights[name] == draw_weights(shapes, 1)[name]).all() for name in shapes)
    assert (weights["w"] != draw_weights(shapes, 2)["w"]).any()


def test_the_models_draw_their_initial_weights_from_the_seed():
    one, same, other = some_model(seed=1), some_model(seed=1), some_model(seed=2)
    assert (one.score(CLICKS) == same.score(CLICKS)).all()
    assert (one.score(CLICKS) != other.score(CLICKS)).any()


def test_the_gradient_of_the_first_layer_is_kept_by_rows():
    model, batch = some_model(), gluon.ClickBatch.from_csr(CLICKS)
    with mx.autograd.record():
        loss = model.loss(model(batch), batch, beta=0.2).loss
    loss.backward()
    assert model.first.weight.grad().stype == "row_sparse"


def test_clicks_of_another_width_are_refused():
    with pytest.raises(ConfigError) as caught:
        some_model().score(csr_matrix((2, N_ITEMS + 1)))
    assert is_a_sentence(caught.value)


def test_both_packages_offer_the_same_names():
    only_there = {"ClickMatrix"}  # MXNet takes its batches from the host
    assert {*torch_models.__all__} - {*gluon.__all__} == only_there
    assert {*gluon.__all__} < {*torch_models.__all__}
    assert all(hasattr(gluon, name) for name in gluon.__all__)
