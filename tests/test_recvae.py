"""RecVAE: known answers by hand, a dense referee in NumPy, and what its two phases do."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from support import clicks, is_a_sentence, on_call, random_clicks, small_config, two_tastes

from recotour_vae.errors import ConfigError, TrainingInterruptedError
from recotour_vae.models.pytorch import MultVAE
from recotour_vae.models.pytorch.clicks import ClickBatch
from recotour_vae.models.pytorch.densities import log_composite, log_normal
from recotour_vae.models.pytorch.recvae import RecVAE
from recotour_vae.models.recvae_config import RecVAEConfig
from recotour_vae.training import Trainer
from recotour_vae.training.pytorch import PyTorchBackend

SPLIT = two_tastes()
BOTTOM = {
    "encoder": "tanh",
    "decoder_hidden": True,
    "prior": "normal",
    "per_click": False,
    "alternating": False,
}


def small(seed=0, n_items=24, **own):
    return RecVAE(n_items, seed, **{"hidden": 16, "latent": 4} | own)


def spread(model, seed=1):
    """Move every weight, so that no two are alike and no bias is near zero."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=random))
    return model


# Densities


def test_a_normal_has_the_density_of_the_textbook():
    found = log_normal(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([math.log(4.0)]))
    by_hand = -0.5 * math.log(2 * math.pi * 4) - (1 - 3) ** 2 / (2 * 4)
    assert found.item() == pytest.approx(by_hand)


def test_the_mixture_stands_within_each_dimension():
    """Two dimensions, of which each is likely under another part: one mixture over the vector
    would give almost nothing."""
    z, mu = torch.tensor([[0.0, 9.0]]), torch.tensor([[9.0, 9.0]])
    logvar = torch.full((1, 2), -2.0)
    found = log_composite(z, mu, logvar, (0.25, 0.75, 0.0), 10.0)

    def density(x, m, v):
        return math.exp(-((x - m) ** 2) / (2 * v)) / math.sqrt(2 * math.pi * v)

    v = math.exp(-2.0)
    by_hand = [math.log(0.25 * density(x, 0, 1) + 0.75 * density(x, 9, v)) for x in (0.0, 9.0)]
    assert found.squeeze().tolist() == pytest.approx(by_hand, rel=1e-5)


def test_each_part_of_the_mixture_alone_is_that_normal():
    z, mu, logvar = (
        torch.randn(3, 5, generator=torch.Generator().manual_seed(n)) for n in range(3)
    )
    alone = [
        log_composite(z, mu, logvar, shares, 10.0)
        for shares in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    ]
    expected = [log_normal(z), log_normal(z, mu, logvar), log_normal(z, 0.0, 10.0)]
    for found, wanted in zip(alone, expected, strict=True):
        torch.testing.assert_close(found, wanted)


def test_the_kl_of_one_draw_is_on_average_the_closed_form():
    model = spread(small(shares=(1.0, 0.0, 0.0)))
    batch = ClickBatch.from_csr(random_clicks(0, 3, 24))
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        mu, logvar = model.encode(batch)
        draws = []
        for _ in range(20_000):
            z = mu + (logvar / 2).exp() * torch.randn(mu.shape, generator=random)
            draws.append(model.kl(z, mu, logvar, batch))
    found = torch.stack(draws)
    wanted = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(dim=1)
    error = found.std(dim=0) / math.sqrt(len(found))
    assert ((found.mean(dim=0) - wanted).abs() < 5 * error).all()
    assert (error < 0.05 * wanted).all()


# The forward pass and the loss, from another pen


def swish(x):
    return x / (1 + np.exp(-x))


def normalised(x, scale, shift):
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 0.1) * scale + shift


def dense_posterior(w, prefix, x):
    """mu and logvar of the dense encoder, all in NumPy, from an input that is ready."""
    hidden = []
    for depth in range(5):
        if depth == 0:
            before = x @ w[f"{prefix}.first.weight"] + w[f"{prefix}.first.bias"]
        else:
            name = f"{prefix}.layers.{depth - 1}"
            before = hidden[-1] @ w[f"{name}.weight"].T + w[f"{name}.bias"] + sum(hidden)
        norm = f"{prefix}.norms.{depth}"
        hidden.append(normalised(swish(before), w[f"{norm}.weight"], w[f"{norm}.bias"]))
    return np.split(hidden[-1] @ w[f"{prefix}.head.weight"].T + w[f"{prefix}.head.bias"], 2, axis=1)


def log_density(z, mu, logvar):
    return -0.5 * (np.log(2 * np.pi) + logvar + (z - mu) ** 2 / np.exp(logvar))


def dense_loss(w, x, keep, noise, gamma, dropout):
    """The encoder's loss: mean of nll + gamma N KL, with the composite prior."""
    n = x.sum(axis=1, keepdims=True)
    mu, logvar = dense_posterior(w, "encoder", x / np.sqrt(n) * keep / (1 - dropout))
    z = mu + np.exp(logvar / 2) * noise
    older = dense_posterior(w, "older", x / np.sqrt(n))
    parts = [log_density(z, 0, 0), log_density(z, *older), log_density(z, 0, 10)]
    prior = np.log(sum(s * np.exp(p) for s, p in zip((0.15, 0.75, 0.1), parts, strict=True)))
    kl = (log_density(z, mu, logvar) - prior).sum(axis=1)
    logits = z @ w["decoder.0.weight"].T + w["decoder.0.bias"]
    nll = -(x * (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))).sum(axis=1)
    return (nll + gamma * n[:, 0] * kl).mean(), nll.mean(), kl.mean()


def test_the_loss_is_that_of_a_dense_referee():
    model, matrix = spread(small(gamma=0.02)), random_clicks(2, 5, 24)
    batch, random = ClickBatch.from_csr(matrix), np.random.default_rng(3)
    keep = (random.random(matrix.nnz) < 0.5).astype(np.float32)
    noise = random.standard_normal((5, 4)).astype(np.float32)
    found = model.training_loss(
        batch, phase="encoder", keep=torch.from_numpy(keep), noise=torch.from_numpy(noise)
    )
    kept = np.zeros((5, 24))
    kept[np.repeat(np.arange(5), np.diff(matrix.indptr)), matrix.indices] = keep
    weights = {name: array.astype(np.float64) for name, array in model.arrays().items()}
    wanted = dense_loss(weights, matrix.toarray().astype(float), kept, noise, 0.02, 0.5)
    assert [part.item() for part in found] == pytest.approx(list(wanted), rel=2e-5)


def test_scores_are_those_of_the_mean_of_the_posterior():
    model, matrix = spread(small()), random_clicks(4, 6, 24)
    w = {name: array.astype(np.float64) for name, array in model.arrays().items()}
    x = matrix.toarray() / np.sqrt(matrix.toarray().sum(axis=1, keepdims=True))
    mu, _ = dense_posterior(w, "encoder", x)
    wanted = mu @ w["decoder.0.weight"].T + w["decoder.0.bias"]
    np.testing.assert_allclose(model.score(matrix), wanted, rtol=1e-4, atol=1e-5)


def test_without_its_novelties_it_is_mult_vae():
    plain, matrix = MultVAE(24, (16,), 4, seed=5), random_clicks(6, 7, 24)
    model = small(**BOTTOM)
    names = {
        "first": "encoder.first",
        "encoder.0": "encoder.head",
        "decoder.0": "decoder.0",
        "decoder.1": "decoder.1",
    }
    for theirs, ours in names.items():
        for kind in ("weight", "bias"):
            model.get_parameter(f"{ours}.{kind}").data = plain.get_parameter(
                f"{theirs}.{kind}"
            ).data
    given = {
        "keep": torch.from_numpy(np.random.default_rng(0).random(matrix.nnz) < 0.5).float(),
        "noise": torch.randn(7, 4, generator=torch.Generator().manual_seed(0)),
    }
    batch = ClickBatch.from_csr(matrix)
    found, wanted = (one.training_loss(batch, 0.3, **given) for one in (model, plain))
    assert [part.item() for part in found] == pytest.approx([part.item() for part in wanted])
    assert wanted.kl > 0
    np.testing.assert_allclose(model.score(matrix), plain.score(matrix), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("per_click", "weights"), [(True, [0.02, 0.05]), (False, [0.3, 0.3])])
def test_the_weight_of_the_kl_grows_with_the_clicks_or_is_everybodys(per_click, weights):
    batch = ClickBatch.from_csr(clicks([[0, 1], [0, 1, 2, 3, 4]], 24))
    found = small(gamma=0.01, per_click=per_click).weight(batch, 0.3) * torch.ones(2)
    assert found.tolist() == pytest.approx(weights)


def test_the_noise_has_unit_scale():
    """Public code draws it a hundred times smaller, and takes its density as if it were not."""
    model, batch = small(), ClickBatch.from_csr(random_clicks(0, 2000, 24))
    seen = []
    model.decode_hidden = lambda z: seen.append(z) or z
    with torch.no_grad():
        model.training_loss(batch, phase="decoder", generator=torch.Generator().manual_seed(0))
        mu, logvar = model.encode(batch)
    standard = (seen[0] - mu) / (logvar / 2).exp()
    assert standard.std().item() == pytest.approx(1.0, abs=0.03)


# The two phases


def weights_of(model, half):
    return {name: array for name, array in model.arrays().items() if name.startswith(half)}


def step(backend, phase, n=1):
    backend.start_phase(phase)
    for _ in range(n):
        backend.train_step(SPLIT.train)


def test_each_phase_moves_its_half_and_the_copy_is_made_between_them():
    model = small()
    encoder, decoder = model.phases
    backend = PyTorchBackend(model, small_config())
    before = {half: weights_of(model, half) for half in ("encoder.", "decoder.", "older.")}
    step(backend, encoder, 2)
    assert changed(before["encoder."], weights_of(model, "encoder."))
    assert not changed(before["decoder."], weights_of(model, "decoder."))
    assert not changed(before["older."], weights_of(model, "older."))
    trained = weights_of(model, "encoder.")
    step(backend, decoder)
    assert not changed(trained, weights_of(model, "encoder."))
    assert changed(before["decoder."], weights_of(model, "decoder."))
    copy = {
        name.replace("older.", "encoder."): a for name, a in weights_of(model, "older.").items()
    }
    assert not changed(trained, copy)
    step(backend, encoder)
    assert not changed(
        copy, {n.replace("older.", "encoder."): a for n, a in weights_of(model, "older.").items()}
    )


def test_in_the_decoders_phase_the_older_posterior_is_todays():
    """So it need not be asked for; here it is, and gives the same."""
    model, batch = spread(small()), ClickBatch.from_csr(random_clicks(5, 9, 24))
    model.turn("encoder")
    noise = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    found = model.training_loss(batch, phase="decoder", noise=noise).kl
    mu, logvar = model.encode(batch)
    wanted = model.kl(mu + (logvar / 2).exp() * noise, mu, logvar, batch).mean()
    assert found.item() == pytest.approx(wanted.item())
    assert found.item() != 0


def changed(before, after):
    assert before.keys() == after.keys()
    return any(not np.array_equal(array, after[name]) for name, array in before.items())


def test_the_decoder_learns_from_all_clicks_and_the_encoder_from_some():
    model, batch = spread(small()), ClickBatch.from_csr(random_clicks(1, 20, 24))
    noise = torch.zeros(20, 4)

    def nll(phase, seed):
        random = torch.Generator().manual_seed(seed)
        return model.training_loss(batch, phase=phase, generator=random, noise=noise).nll.item()

    assert nll("decoder", 0) == nll("decoder", 1)
    assert nll("encoder", 0) != nll("encoder", 1)


def test_three_passes_of_the_encoder_go_before_one_of_the_decoder():
    assert [(one.name, one.passes) for one in small().phases] == [("encoder", 3), ("decoder", 1)]
    history = Trainer(small_config(epochs=1), progress=False).fit(small(), SPLIT.train)
    assert {"encoder_kl", "decoder_nll"} < set(history)
    assert "beta" not in history


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, BOTTOM, {"prior": "normal"}, {"per_click": False}])
def test_it_tells_two_tastes_apart(settings):
    model = small(**settings)
    config = small_config(epochs=30, learning_rate=0.01)
    history = Trainer(config, progress=False).fit(model, SPLIT.train, SPLIT.validation)
    assert history["ndcg@8"].max() > 0.8


@pytest.mark.slow
def test_an_interrupted_run_goes_on_bit_by_bit(tmp_path, monkeypatch):
    """In the decoder's phase of the second epoch, so that the copy has to be in the file."""

    def ctrl_c(*given, **named):
        raise KeyboardInterrupt

    def fit(folder, resume=False):
        model = small(seed=7 if resume else 0)
        trainer = Trainer(small_config(), folder, progress=False)
        return model, trainer.fit(model, SPLIT.train, SPLIT.validation, resume=resume)

    expected, whole = fit(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(PyTorchBackend, "train_step", on_call(30, PyTorchBackend.train_step, ctrl_c))
        with pytest.raises(TrainingInterruptedError, match="after 1 epoch"):
            fit(tmp_path / "run")
    model, history = fit(tmp_path / "run", resume=True)
    pd.testing.assert_frame_equal(
        history.drop(columns="seconds"), whole.drop(columns="seconds"), check_exact=True
    )
    for name, array in expected.arrays().items():
        np.testing.assert_array_equal(model.arrays()[name], array, err_msg=name)


# Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"encoder_passes": 0}, "encoder_passes is 0; give 1 or more"),
        ({"dropout": 1.0}, "dropout is 1.0; give a probability"),
        ({"encoder": "deep"}, "encoder is deep; give dense or tanh"),
        ({"gamma": -0.1}, "gamma is -0.1; give 0 or more"),
        ({"shares": (0.5, 0.6, 0.1)}, "three shares of 0 or more that add up to 1"),
        ({"shares": (0.5, 0.5)}, "three shares"),
        ({"alternating": False}, "give prior='normal'"),
    ],
)
def test_what_is_out_of_range_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said) as error:
        RecVAEConfig(**settings)
    assert is_a_sentence(error.value)


def test_all_weights_at_the_items_are_counted():
    for settings in ({}, BOTTOM, {"prior": "normal"}):
        model = small(n_items=500, **settings)
        at_items = sum(p.numel() for p in model.parameters() if 500 in p.shape and p.ndim > 1)
        assert model.config.n_weights(500) == at_items
