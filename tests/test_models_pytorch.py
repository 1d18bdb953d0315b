"""Mult-VAE and Mult-DAE against the equations, written out densely in float64."""

import inspect

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from support import clicks, is_a_sentence, random_clicks

from recotour_vae.errors import CheckpointError, ConfigError
from recotour_vae.files.arrays import write_arrays
from recotour_vae.models import ModelConfig
from recotour_vae.models.pytorch import ClickBatch, MultDAE, MultVAE, make_model
from recotour_vae.models.pytorch.layers import ClickLinear, input_values
from recotour_vae.models.saved import load_model, save_network

KINDS = [MultVAE, MultDAE]
HIDDEN = [(), (6,), (7, 5)]
N_ITEMS, LATENT = 11, 3
X = clicks([[0, 3, 4], [10], [], [1, 2, 3, 9], []], N_ITEMS)


def lively(kind=MultVAE, hidden=(6,), **options):
    """A model whose tanh saturates and whose biases matter, so that a misplaced one shows."""
    model = kind(N_ITEMS, hidden=hidden, latent=LATENT, **options)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


def layers_of(model, part):
    """Weights and biases of a part as (into, out) and (out,), in float64."""
    linear = list(getattr(model, part))
    pairs = [(layer.weight.T, layer.bias) for layer in linear]
    if part == "encoder":
        pairs = [(model.first.weight, model.first.bias), *pairs]
    return [(w.detach().double().numpy(), b.detach().double().numpy()) for w, b in pairs]


def through(h, layers):
    """tanh between layers, none after the last."""
    for number, (weight, bias) in enumerate(layers):
        h = h @ weight + bias
        if number < len(layers) - 1:
            h = np.tanh(h)
    return h


def dense_input(x, keep=None, dropout=0.0):
    """x / ||x||, some of it dropped; a user without clicks stays at zero."""
    length = np.maximum(np.sqrt((x**2).sum(axis=1, keepdims=True)), 1e-12)
    return x / length * (1 if keep is None else keep / (1 - dropout))


def dense_forward(model, x, keep=None, noise=None):
    """Logits, mu and logvar (None for Mult-DAE) of dense clicks."""
    dropout = model.config.dropout
    code = through(dense_input(x, keep, dropout), layers_of(model, "encoder"))
    if isinstance(model, MultDAE):
        return through(np.tanh(code), layers_of(model, "decoder")), None, None
    mu, logvar = code[:, :LATENT], code[:, LATENT:]
    z = mu if noise is None else mu + np.exp(logvar / 2) * noise
    return through(z, layers_of(model, "decoder")), mu, logvar


def assert_same(output, expected):
    for ours, theirs in zip(output, expected, strict=True):
        if theirs is None:
            assert ours is None
        else:
            np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_scoring_is_the_equations(kind, hidden):
    model = lively(kind, hidden).eval()
    assert_same(model(ClickBatch.from_csr(X)), dense_forward(model, X.toarray()))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_training_a_vae_is_the_equations_with_the_mask_and_noise_given(hidden):
    model = lively(MultVAE, hidden, dropout=0.4).train()
    rng = np.random.default_rng(0)
    mask, noise = rng.random(X.shape) < 0.6, rng.standard_normal((X.shape[0], LATENT))
    keep = torch.tensor(mask[X.nonzero()], dtype=torch.float32)
    output = model(ClickBatch.from_csr(X), keep=keep, noise=torch.tensor(noise).float())
    assert_same(output, dense_forward(model, X.toarray(), mask, noise))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_training_a_dae_is_the_equations_with_the_mask_given(hidden):
    model = lively(MultDAE, hidden, dropout=0.4).train()
    mask = np.random.default_rng(0).random(X.shape) < 0.6
    keep = torch.tensor(mask[X.nonzero()], dtype=torch.float32)
    output = model(ClickBatch.from_csr(X), keep=keep)
    assert_same(output, dense_forward(model, X.toarray(), mask))


def test_the_code_of_a_dae_is_bounded_and_that_of_a_vae_is_not():
    batch = ClickBatch.from_csr(X)
    code = lively(MultDAE).eval().encode(batch)
    assert code.shape == (5, LATENT)
    assert code.abs().max() <= 1
    mu, logvar = lively(MultVAE).eval().encode(batch)
    assert mu.shape == logvar.shape == (5, LATENT)
    assert mu.abs().max() > 1
    assert logvar.abs().max() > 1


def test_the_gradient_reaches_every_parameter():
    for kind in KINDS:
        # Without dropout: one mask in 256 drops all eight clicks, and the first layer gets nothing.
        model, batch = lively(kind, (7, 5), dropout=0.0), ClickBatch.from_csr(X)
        model.loss(model(batch), batch, 0.2).loss.backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


# Clicks and the first layer


def test_a_batch_lists_what_each_user_clicked():
    batch = ClickBatch.from_csr(X)
    assert len(batch) == 5
    assert batch.items.tolist() == [0, 3, 4, 10, 1, 2, 3, 9]
    assert batch.users.tolist() == [0, 0, 0, 1, 3, 3, 3, 3]
    assert batch.starts.tolist() == [0, 3, 4, 4, 8]
    assert batch.counts.tolist() == [3, 1, 0, 4, 0]


@pytest.mark.parametrize("seed", range(3))
def test_the_first_layer_is_a_dense_product(seed):
    x = random_clicks(seed, 20, 15, 0.2)
    layer = ClickLinear(15, 4)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(seed))
    values = torch.rand(x.nnz, generator=torch.Generator().manual_seed(seed))
    dense = csr_matrix((values.numpy(), x.indices, x.indptr), x.shape).toarray()
    expected = dense @ layer.weight.detach().numpy() + layer.bias.detach().numpy()
    found = layer(ClickBatch.from_csr(x), values).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_each_user_has_an_input_of_length_1():
    batch = ClickBatch.from_csr(X)
    squares = input_values(batch).square()
    lengths = torch.zeros(5).index_add(0, batch.users, squares)
    torch.testing.assert_close(lengths, torch.tensor([1.0, 1, 0, 1, 0]))


# Dropout and noise


def transparent(dropout):
    """A Mult-VAE without hidden layers whose mu is its input."""
    model = MultVAE(6, hidden=(), latent=6, dropout=dropout)
    with torch.no_grad():
        model.first.weight.copy_(torch.cat([torch.eye(6), torch.zeros(6, 6)], dim=1))
        model.first.bias.zero_()
    return model


def test_dropout_drops_its_share_and_keeps_the_expected_value():
    batch = ClickBatch.from_csr(clicks([[0, 1, 2, 3]] * 4000, 6))  # each click weighs 1/2
    mu, _ = transparent(0.3).train().encode(batch, torch.Generator().manual_seed(0))
    assert not mu[:, 4:].any()
    clicked = mu[:, :4]
    kept = clicked != 0
    torch.testing.assert_close(clicked[kept], torch.full((int(kept.sum()),), 0.5 / 0.7))
    # 16,000 draws: the standard deviation of the share is sqrt(0.21 / 16,000) = 0.0036
    assert kept.float().mean().item() == pytest.approx(0.7, abs=5 * 0.0036)
    assert clicked.mean().item() == pytest.approx(0.5, abs=0.015)
    assert len(torch.unique(kept, dim=0)) == 16  # clicks are dropped one apart from another


def test_without_dropout_training_sees_every_click_and_scoring_always_does():
    batch = ClickBatch.from_csr(X[:, :6])
    expected = dense_input(X[:, :6].toarray())
    for model in (transparent(0.0).train(), transparent(0.5).eval()):
        np.testing.assert_allclose(model.encode(batch)[0].detach().numpy(), expected, rtol=1e-6)


def test_noise_has_the_scale_of_the_posterior_in_training():
    model = MultVAE(5, latent=2).train()
    mu = torch.tensor([1.0, -2.0]).expand(20_000, 2)
    logvar = torch.log(torch.tensor([4.0, 0.25])).expand(20_000, 2)
    z = model.sample(mu, logvar, torch.Generator().manual_seed(0))
    # standard errors: 2 / sqrt(20,000) = 0.014 of the mean, 0.01 of the deviation
    torch.testing.assert_close(z.mean(0), mu[0], atol=0.07, rtol=0)
    torch.testing.assert_close(z.std(0), torch.tensor([2.0, 0.5]), atol=0.05, rtol=0)


def test_there_is_no_noise_in_scoring():
    model, mu = MultVAE(5, latent=2).eval(), torch.ones(3, 2)
    assert torch.equal(model.sample(mu, torch.full((3, 2), 9.0)), mu)


@pytest.mark.parametrize("kind", KINDS)
def test_training_draws_from_the_generator_it_is_given(kind):
    model, batch = lively(kind).train(), ClickBatch.from_csr(X)

    def logits(seed):
        return model(batch, torch.Generator().manual_seed(seed)).logits

    state = torch.get_rng_state()
    assert torch.equal(logits(1), logits(1))
    assert not torch.equal(logits(1), logits(2))
    assert torch.equal(state, torch.get_rng_state())


# Parameters


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (lambda: MultVAE(1000), 600_600 + (600 * 400 + 400) + (200 * 600 + 600) + 601_000),
        (lambda: MultDAE(1000), 1000 * 200 + 200 + 200 * 1000 + 1000),
        (lambda: MultDAE(100, (30, 20), 10), 3030 + 620 + 210 + 220 + 630 + 3100),
        (lambda: MultVAE(100, (), 10), 100 * 20 + 20 + 10 * 100 + 100),
    ],
)
def test_the_number_of_parameters_is_that_of_the_architecture(model, expected):
    assert sum(parameter.numel() for parameter in model().parameters()) == expected


def test_weights_start_as_the_authors_have_them():
    model = MultVAE(800, (300,), 100)
    for weight in model.weights():
        bound = np.sqrt(6 / sum(weight.shape))
        assert weight.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    for name, bias in model.named_parameters():
        if name.endswith("bias"):
            assert 0 < bias.abs().max() <= 0.002
            # a normal of deviation 0.001, cut at twice that, has deviation 0.00088
            assert bias.std().item() == pytest.approx(0.00088, rel=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_owns_the_weights(kind):
    one, same, other = (kind(9, seed=seed).state_dict() for seed in (4, 4, 5))
    for name in one:
        assert torch.equal(one[name], same[name])
        assert not torch.equal(one[name], other[name])


@pytest.mark.parametrize("kind", KINDS)
def test_making_a_model_leaves_the_global_generator_alone(kind):
    state = torch.get_rng_state()
    kind(9, (5,))
    assert torch.equal(state, torch.get_rng_state())


def test_weights_are_the_matrices_and_no_bias():
    model = MultVAE(9, (5,), 2)
    assert [tuple(w.shape) for w in model.weights()] == [(9, 5), (4, 5), (5, 2), (9, 5)]


# Scoring


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False])
def test_scoring_is_deterministic_and_leaves_the_mode_as_it_was(kind, training):
    model = lively(kind).train(training)
    first, second = model.score(X), model.score(X)
    assert model.training is training
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, second)
    expected, _, _ = dense_forward(model, X.toarray())
    np.testing.assert_allclose(first, expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_without_clicks_gets_numbers(kind):
    scores = lively(kind).score(clicks([[], []], N_ITEMS))
    assert scores.shape == (2, N_ITEMS)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_users_get_no_scores(kind):
    assert lively(kind).score(X[:0]).shape == (0, N_ITEMS)


def test_a_user_is_scored_alike_alone_and_among_others():
    model = lively()
    alone = np.concatenate([model.score(X[row]) for row in range(5)])
    np.testing.assert_allclose(model.score(X), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [N_ITEMS - 1, N_ITEMS + 2])
def test_clicks_on_another_catalogue_are_refused(width):
    with pytest.raises(ConfigError, match=f"{width} .*{N_ITEMS}") as error:
        lively().score(clicks([[0, 1]], width))
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("likelihood", ["multinomial", "gaussian", "logistic"])
@pytest.mark.slow
def test_every_tensor_is_made_on_the_device_of_the_model(kind, likelihood):
    """The meta device computes nothing, and refuses to be mixed with the CPU."""
    model = kind(N_ITEMS, (6,), LATENT, likelihood=likelihood).to("meta")
    batch = ClickBatch.from_csr(X, "meta")
    parts = model.loss(model(batch), batch, 0.2)
    parts.loss.backward()
    assert {part.device.type for part in parts} == {"meta"}
    assert {p.grad.device.type for p in model.parameters()} == {"meta"}


# Configuration


def test_the_defaults_are_the_papers():
    assert MultVAE(9).config.widths == (600,)
    assert MultDAE(9).config.widths == ()
    assert (ModelConfig().latent, ModelConfig().dropout) == (200, 0.5)
    for kind in KINDS:
        defaults = {n: p.default for n, p in inspect.signature(kind).parameters.items()}
        config = ModelConfig(kind.kind)
        for name in ("hidden", "latent", "dropout", "likelihood"):
            assert defaults[name] == getattr(config, name)


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_a_model_is_made_as_its_configuration_says(kind):
    config = ModelConfig(kind, (4, 3), 2, 0.25, "logistic")
    model = make_model(config, 9, seed=5)
    assert (model.config.own(), model.kind, model.n_items) == (
        model.config.own() | config.own(),
        kind,
        9,
    )
    same = type(model)(9, (4, 3), 2, 0.25, "logistic", seed=5)
    assert torch.equal(model.first.weight, same.first.weight)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"kind": "vae"}, "kind is 'vae'; choose one of mult-vae, mult-dae"),
        ({"likelihood": "poisson"}, "likelihood is 'poisson'; choose one of multinomial"),
        ({"latent": 0}, "latent=0"),
        ({"hidden": (600, 0)}, r"hidden=\(600, 0\)"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": -0.1}, "dropout is -0.1"),
        ({"dropout": float("nan")}, "dropout is nan"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match) as error:
        ModelConfig(**settings)
    assert is_a_sentence(error.value)


# Saved models


def numpy_weights(model):
    return {name: value.numpy() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", [None, (), (7, 5)])
def test_a_saved_model_is_the_same_model(tmp_path, kind, hidden):
    model = kind(N_ITEMS, hidden, LATENT, dropout=0.25, likelihood="logistic", seed=8)
    save_network(tmp_path / "best", numpy_weights(model), model.config, N_ITEMS, epoch=3)
    again = load_model(str(tmp_path / "best"))
    assert type(again) is kind
    assert again.config == model.config
    assert not again.training
    np.testing.assert_array_equal(again.score(X), model.score(X))


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ({}, "does not say which model"),
        ({"model": {"kind": "mult-vae", "hidden": None}}, "does not say which model"),
        ({"model": {"hidden": None, "size": 3}, "n_items": 4}, "does not say which model"),
        ({"model": None, "n_items": 4}, "does not say which model"),
        ({"model": {"hidden": [2], "latent": 2}, "n_items": 4}, "is of another model"),
    ],
)
def test_a_file_that_describes_no_model_is_refused(tmp_path, header, match):
    write_arrays(tmp_path / "best", {"a": np.ones(2)}, header)
    with pytest.raises(CheckpointError, match=match) as error:
        load_model(tmp_path / "best")
    assert is_a_sentence(error.value)


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_model(tmp_path / "best")


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_scores_as_the_cpu_does(kind, cuda):
    model = lively(kind)
    on_cpu = model.score(X)
    np.testing.assert_allclose(model.to(cuda).score(X), on_cpu, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", [MultVAE, MultDAE])
@pytest.mark.parametrize("likelihood", ["multinomial", "gaussian", "logistic"])
def test_the_training_loss_is_that_of_a_forward_pass(kind, likelihood):
    model = kind(N_ITEMS, (6,), 4, likelihood=likelihood).train()
    batch = ClickBatch.from_csr(random_clicks(5, 8, N_ITEMS, 0.3))
    plain = model.loss(model(batch, torch.Generator().manual_seed(3)), batch, 0.4)
    ours = model.training_loss(batch, 0.4, torch.Generator().manual_seed(3))
    torch.testing.assert_close(tuple(ours), tuple(plain))
    gradients = [torch.autograd.grad(parts.loss, model.parameters()) for parts in (ours, plain)]
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-6)


class Halved(MultVAE):
    def loss(self, output, clicks, beta):
        parts = super().loss(output, clicks, beta)
        return parts._replace(loss=parts.loss / 2)


def test_a_subclass_is_trained_on_its_own_loss():
    batch = ClickBatch.from_csr(random_clicks(5, 8, N_ITEMS, 0.3))
    halved, whole = (
        kind(N_ITEMS, (6,), 4).train().training_loss(batch, 0.4, torch.Generator().manual_seed(0))
        for kind in (Halved, MultVAE)
    )
    torch.testing.assert_close(2 * halved.loss, whole.loss)
    torch.testing.assert_close(halved.nll, whole.nll)


@pytest.mark.parametrize("name", ["forward", "decode"])
def test_a_subclass_is_trained_through_its_own_pass(name):
    class Doubled(MultDAE):
        pass

    def doubled(self, *given, **named):
        found = getattr(MultDAE, name)(self, *given, **named)
        return found._replace(logits=2 * found.logits) if name == "forward" else 2 * found

    setattr(Doubled, name, doubled)
    batch = ClickBatch.from_csr(random_clicks(5, 8, N_ITEMS, 0.3))
    model = Doubled(N_ITEMS, (6,), 4, dropout=0.0).train()
    plain = model.loss(MultDAE.forward(model, batch), batch, 0.0)
    if name == "forward":
        assert model.training_loss(batch, 0.0).nll != plain.nll
    torch.testing.assert_close(
        model.training_loss(batch, 0.0).nll, model.loss(model(batch), batch, 0.0).nll
    )
