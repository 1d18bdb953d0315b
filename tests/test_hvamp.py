"""H+Vamp: its parts by hand, its loss against one that is written out, and Mult-VAE within it."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit, log_softmax, logsumexp
from scipy.stats import norm
from support import clicks, is_a_sentence, on_call, random_clicks, small_config, two_tastes

from recotour_vae import runs
from recotour_vae.errors import ConfigError, TrainingInterruptedError
from recotour_vae.evaluation import evaluate
from recotour_vae.models import HVampConfig
from recotour_vae.models.pytorch import ClickBatch, MultVAE
from recotour_vae.models.pytorch.densities import kl_between, log_mixture, log_normal
from recotour_vae.models.pytorch.gates import NormalHead, activate, units
from recotour_vae.models.pytorch.hvamp import HVamp
from recotour_vae.models.pytorch.losses import gaussian_kl
from recotour_vae.models.pytorch.vamp_prior import PseudoInputs
from recotour_vae.recommenders import entry, make
from recotour_vae.training import Trainer
from recotour_vae.training.pytorch import PyTorchBackend

N_ITEMS = 11
X = clicks([[0, 3, 4], [10], [], [1, 2, 3, 9], []], N_ITEMS)
SPLIT = two_tastes()
PARTS = [
    {"gated": gated, "hierarchical": hierarchical, "prior": prior}
    for gated, hierarchical, prior in product([False, True], [False, True], ["normal", "vamp"])
]
NONE, ALL = PARTS[0], PARTS[-1]
LIKELIHOODS = ("multinomial", "logistic")
each_combination = pytest.mark.parametrize(
    "parts", PARTS, ids=lambda p: "-".join(map(str, p.values()))
)


def small(hidden=(6,), **settings):
    return HVampConfig(**{"hidden": hidden, "z1": 2, "z2": 3, "pseudo_inputs": 4} | settings)


def lively(hidden=(6,), seed=3, **settings):
    """A network whose layers saturate, whose biases matter and whose pseudo-inputs are clipped."""
    model = HVamp(small(hidden, **settings), N_ITEMS)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=generator))
    return model


def near(found, expected, rtol=1e-5, atol=1e-6):
    """As `torch.testing.assert_close`, which is slow to import."""
    found, expected = (torch.as_tensor(one).detach() for one in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


def drawing(seed=0):
    return torch.Generator().manual_seed(seed)


# Densities, by hand and by SciPy


def test_a_gate_multiplies_by_a_sigmoid_and_nothing_else():
    h = torch.tensor([[3.0, -8.0, 0.0, float(np.log(3.0))]])  # sigmoids of 1/2 and 3/4
    near(activate(h, gated=True), torch.tensor([[1.5, -6.0]]))
    near(activate(h, gated=False), h.tanh())
    assert (units(5, True), units(5, False)) == (10, 5)


def test_a_mixture_of_two_by_hand():
    mu, logvar = torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0], [np.log(4.0)]]).float()
    # at 0: 1 / sqrt(2 pi) of the one, exp(-1/2) / (2 sqrt(2 pi)) of the other
    expected = np.log((1 + np.exp(-0.5) / 2) / np.sqrt(2 * np.pi) / 2)
    assert log_mixture(torch.zeros(1, 1), mu, logvar).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shift", [0.0, -12.0])
def test_densities_are_those_of_scipy(shift):
    rng = np.random.default_rng(2)
    mu, logvar = rng.normal(size=(7, 4)), rng.normal(size=(7, 4)) + shift
    z = mu[:5] + np.exp(logvar[:5] / 2) * rng.normal(size=(5, 4))
    given = [torch.tensor(one).float() for one in (z, mu, logvar)]
    z, mu, logvar = (one.double().numpy() for one in given)  # as short as the network's
    each = norm.logpdf(z[:, None], mu, np.exp(logvar / 2)).sum(axis=2)  # (5, 7)
    own = log_normal(given[0], *(one[:5] for one in given[1:])).sum(dim=1)
    np.testing.assert_allclose(own, each.diagonal(), rtol=1e-4, atol=1e-4)
    mixed = logsumexp(each, axis=1) - np.log(7)
    np.testing.assert_allclose(log_mixture(*given), mixed, rtol=1e-5, atol=1e-5)


def test_one_sample_estimates_the_divergence_of_the_closed_form():
    n = 100_000
    mu, logvar = torch.tensor([[0.8, -1.5]]), torch.tensor([[-1.0, 0.5]])
    z = mu + torch.exp(logvar / 2) * torch.randn(n, 2, generator=drawing())
    origin = torch.zeros(1, 2)
    each = log_normal(z, mu, logvar).sum(dim=1) - log_mixture(z, origin, origin)
    error = each.std().item() / np.sqrt(n)
    assert each.mean().item() == pytest.approx(gaussian_kl(mu, logvar).item(), abs=5 * error)
    assert error < 0.01


def test_the_divergence_of_two_normals_by_hand_and_from_the_standard_one():
    mu, logvar = (torch.randn(5, 3, generator=drawing(seed)) for seed in (1, 2))
    origin = torch.zeros(5, 3)
    near(kl_between(mu, logvar, origin, origin), gaussian_kl(mu, logvar))
    # from N(1, 4) to N(3, 16): log 2 + (4 + 4) / 32 - 1/2
    one, other = (torch.tensor([[1.0]]), torch.tensor([[np.log(4.0)]])), torch.tensor([[3.0]])
    found = kl_between(*one, other, torch.tensor([[np.log(16.0)]]))
    assert found.item() == pytest.approx(np.log(2) + 0.25 - 0.5)


def test_logarithms_of_variances_are_held_between_the_authors_bounds():
    head = NormalHead(1, 2, gated=False)
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.copy_(torch.tensor([100.0, -100.0, 100.0, -100.0]))
    mu, logvar = head(torch.zeros(1, 1))
    assert mu.tolist() == [[100, -100]]
    assert logvar.tolist() == [[4, -12]]


# Pseudo-inputs


def test_pseudo_inputs_that_are_people_have_the_posteriors_of_people():
    people = X[[0, 1, 3]]
    settings = {"pseudo_inputs": 3, "dropout": 0.0}
    batch = ClickBatch.from_csr(people)
    for normalised in (True, False):
        model = lively((7, 5), pseudo_normalised=normalised, **settings).eval()
        with torch.no_grad():
            model.pseudo.weight.copy_(torch.tensor(people.toarray()))
        q = model.codes(batch)[0]
        same = [
            torch.allclose(a, b, atol=1e-5) for a, b in zip(model.components(), q[1:], strict=True)
        ]
        assert same == [normalised, normalised]  # theirs are longer where nothing divides them


def test_pseudo_inputs_are_shares_of_clicks_and_begin_as_the_authors_have_them():
    model = HVamp(small(pseudo_inputs=300), 200, seed=1)
    start = model.pseudo.weight.detach()
    # 60,000 draws: standard errors of 0.00004 and 0.00003
    assert start.mean().item() == pytest.approx(0.05, abs=0.0002)
    assert start.std().item() == pytest.approx(0.01, abs=0.0002)
    with torch.no_grad():
        model.pseudo.weight[:3, 0] = torch.tensor([-3.0, 0.5, 7.0])
    assert model.pseudo.clicks()[:3, 0].tolist() == [0, 0.5, 1]
    rows = model.eval().pseudo()
    near(rows.norm(dim=1), torch.ones(300))


@pytest.mark.parametrize(("said", "dropped"), [(True, 0.3), (False, 0.0)])
def test_dropout_takes_its_share_of_pseudo_clicks_in_training_only(said, dropped):
    config = small(pseudo_inputs=200, dropout=0.3, pseudo_dropout=said, pseudo_normalised=False)
    pseudo = PseudoInputs(config, 300)
    pseudo.initialise(drawing())
    rows = pseudo.train()(drawing(1))
    kept = rows != 0
    # 60,000 draws: a standard error of 0.0019
    assert 1 - kept.float().mean().item() == pytest.approx(dropped, abs=5 * 0.0019 * said)
    near(rows[kept], pseudo.clicks()[kept] / (1 - dropped))
    assert torch.equal(pseudo.eval()(drawing(1)), pseudo.clicks())


def test_a_normal_prior_has_no_components():
    with pytest.raises(ConfigError, match="The prior is normal") as error:
        lively(**NONE).components()
    assert is_a_sentence(error.value)


# The loss, written out densely in float64


class ByHand:
    """The network in NumPy: its weights, what it draws, and its sums over dense matrices."""

    def __init__(self, model, x, seed=None):
        self.w = {name: array.astype(float) for name, array in model.arrays().items()}
        self.config, self.x = model.config, x.toarray().astype(float)
        self.random = None if seed is None else drawing(seed)

    def linear(self, name, x):
        weight, bias = self.w[f"{name}.weight"], self.w[f"{name}.bias"]
        of_clicks = name.endswith("from_x.first")
        return x @ (weight if of_clicks else weight.T) + bias

    def between(self, h):
        if not self.config.gated:
            return np.tanh(h)
        value, gate = np.split(h, 2, axis=1)
        return value * expit(gate)

    def chain(self, name, x):
        h = self.linear(f"{name}.first", x)
        for number in range(len(self.config.hidden) - 1):
            h = self.linear(f"{name}.rest.{number}", self.between(h))
        return h

    def normal(self, name, h):
        mu, logvar = np.split(self.linear(f"{name}.linear", self.between(h)), 2, axis=1)
        return mu, np.exp(np.clip(logvar, -12, 4) / 2)

    def shown(self):
        length = np.maximum(np.sqrt((self.x**2).sum(axis=1, keepdims=True)), 1e-12)
        if self.random is None:
            return self.x / length
        drawn = torch.rand(int(self.x.sum()), generator=self.random).double().numpy()
        keep = np.zeros_like(self.x)
        keep[self.x.nonzero()] = drawn >= self.config.dropout
        return self.x / length * keep / (1 - self.config.dropout)

    def sample(self, mu, sigma):
        if self.random is None:
            return mu
        return mu + sigma * torch.randn(mu.shape, generator=self.random).double().numpy()

    def pseudo(self):
        rows = np.clip(self.w["pseudo.weight"], 0, 1)
        if self.config.pseudo_normalised:
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        if self.config.pseudo_dropout:
            keep = torch.rand(rows.shape, generator=self.random).numpy() >= self.config.dropout
            rows = rows * keep / (1 - self.config.dropout)
        return rows

    def divergence(self, z, q, p):
        """Of one sample for the mixture; else in closed form, from N(0, I) where p is None."""
        mu, sigma = q
        if p is not None and len(p[0]) != len(z):
            each = norm.logpdf(z[:, None], *p).sum(axis=2)
            return norm.logpdf(z, *q).sum(axis=1) - logsumexp(each, axis=1) + np.log(len(p[0]))
        m, s = p or (0, 1)
        return (np.log(s / sigma) + (sigma**2 + (mu - m) ** 2) / (2 * s**2) - 0.5).sum(axis=1)

    def logits_and_kl(self):
        q2 = self.normal("q", self.chain("from_x", self.shown()))
        z2 = self.sample(*q2)
        h, kl = self.chain("to_x", z2), 0
        if self.config.hierarchical:
            inner = self.chain("lower.from_x", self.shown()) + self.chain("lower.from_z2", z2)
            q1 = self.normal("lower.q", inner)
            p1 = self.normal("lower.p", self.chain("lower.downwards", z2))
            z1 = self.sample(*q1)
            h, kl = h + self.chain("lower.to_x", z1), self.divergence(z1, q1, p1)
        logits = self.linear("last", self.between(h))
        if self.random is None:
            return logits, None
        vamp = self.config.prior == "vamp"
        p2 = self.normal("q", self.chain("from_x", self.pseudo())) if vamp else None
        return logits, kl + self.divergence(z2, q2, p2)

    def loss(self, beta):
        logits, kl = self.logits_and_kl()
        if self.config.likelihood == "multinomial":
            each = self.x * log_softmax(logits, axis=1)
        else:
            each = np.log(np.where(self.x == 1, expit(logits), expit(-logits)))
        nll = -each.sum(axis=1).mean()
        return nll + beta * kl.mean(), nll, kl.mean()


@each_combination
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("hidden", [(6,), (7, 5)])
def test_the_loss_is_the_one_written_out(parts, likelihood, hidden):
    model = lively(hidden, likelihood=likelihood, dropout=0.4, **parts).train()
    found = model.training_loss(ClickBatch.from_csr(X), 0.3, drawing(5))
    expected = ByHand(model, X, seed=5).loss(0.3)
    assert [part.item() for part in found] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("dropped", [True, False])
def test_what_is_done_to_pseudo_inputs_is_what_is_said(normalised, dropped):
    model = lively(pseudo_normalised=normalised, pseudo_dropout=dropped).train()
    found = model.training_loss(ClickBatch.from_csr(X), 0.3, drawing(5))
    expected = ByHand(model, X, seed=5).loss(0.3)
    assert [part.item() for part in found] == pytest.approx(expected, rel=1e-4)


@each_combination
@pytest.mark.parametrize("hidden", [(6,), (7, 5)])
@pytest.mark.parametrize("training", [True, False])
def test_scores_are_of_means_and_without_dropout(parts, hidden, training):
    model = lively(hidden, **parts).train(training)
    found = model.score(X)
    assert model.training is training
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ByHand(model, X).logits_and_kl()[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_what_is_held_out_is_scored_without_noise(likelihood):
    model, asked = lively(likelihood=likelihood).eval(), X[[3, 2, 0, 1, 4]]
    logits, nll = model.held_out_loss(*(ClickBatch.from_csr(one) for one in (X, asked)))
    np.testing.assert_array_equal(logits.detach(), model.score(X))
    by_hand = ByHand(model, X)
    expected = by_hand.logits_and_kl()[0]
    clicked = asked.toarray()
    if likelihood == "multinomial":
        each = clicked * log_softmax(expected, axis=1)
    else:
        each = clicked * np.log(expit(expected)) + (1 - clicked) * np.log(expit(-expected))
    assert nll.item() == pytest.approx(-each.sum(axis=1).mean(), rel=1e-4)


@each_combination
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_gradient_is_the_slope_of_the_loss(parts, likelihood):
    """Along a direction that all parameters share, by a central difference."""
    model = lively(likelihood=likelihood, **parts).train()
    with torch.no_grad():
        for name, one in model.named_parameters():
            one.mul_(0.3 if name != "pseudo.weight" else 1)  # away from where it is clipped
        if model.pseudo is not None:
            model.pseudo.weight.copy_(0.2 + 0.6 * model.pseudo.weight.sigmoid())
    batch, step = ClickBatch.from_csr(X), 1e-2
    model.training_loss(batch, 0.3, drawing(5)).loss.backward()
    along = [torch.randn(p.shape, generator=drawing(7)) for p in model.parameters()]
    pairs = list(zip(model.parameters(), along, strict=True))
    slope = sum((parameter.grad * one).sum().item() for parameter, one in pairs)

    def moved(by):
        with torch.no_grad():
            for parameter, one in pairs:
                parameter.add_(by * one)
        return model.training_loss(batch, 0.3, drawing(5)).loss.item()

    above, below = moved(step), moved(-2 * step)
    assert (above - below) / (2 * step) == pytest.approx(slope, rel=0.01)


@each_combination
def test_the_gradient_reaches_every_parameter(parts):
    model = lively((7, 5), **parts).train()
    model.training_loss(ClickBatch.from_csr(X), 0.3, drawing()).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


# Without its parts


def mult_vae_of(model):
    """A Mult-VAE with the weights of a network without gates, hierarchy and VampPrior."""
    config = model.config
    twin = MultVAE(N_ITEMS, config.hidden, config.z2, config.dropout, config.likelihood)
    lists = {"encoder": ["from_x.rest", "q.linear"], "decoder": ["to_x.first", "to_x.rest", "last"]}
    arrays, own = {}, model.arrays()
    for part in ("weight", "bias"):
        arrays[f"first.{part}"] = own[f"from_x.first.{part}"]
        for half, homes in lists.items():
            names = [n for home in homes for n in own if n.startswith(home) and n.endswith(part)]
            arrays |= {f"{half}.{at}.{part}": own[name] for at, name in enumerate(names)}
    twin.load_arrays(arrays)
    return twin


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("hidden", [(6,), (7, 5)])
def test_without_its_parts_it_is_a_mult_vae(hidden, likelihood):
    model = lively(hidden, likelihood=likelihood, **NONE).train()
    twin, batch = mult_vae_of(model).train(), ClickBatch.from_csr(X)
    found, expected = (one.training_loss(batch, 0.3, drawing(5)) for one in (model, twin))
    near([part.item() for part in found], [part.item() for part in expected], rtol=1e-6, atol=0)
    np.testing.assert_allclose(model.score(X), twin.score(X), rtol=1e-5, atol=1e-5)


# Parameters


def test_weights_begin_as_he_has_them_and_biases_at_0():
    model = HVamp(HVampConfig(hidden=(300,), z1=50, z2=100, pseudo_inputs=5), 400)
    inputs = {"from_x.first": 400, "lower.from_x.first": 400, "to_x.first": 100, "last": 300}
    arrays = model.arrays()
    for name, n in inputs.items():
        assert arrays[f"{name}.weight"].std() == pytest.approx((2 / n) ** 0.5, rel=0.02)
    assert not any(array.any() for name, array in arrays.items() if name.endswith("bias"))


def test_the_seed_owns_the_weights_and_no_other_generator_is_asked():
    state = torch.get_rng_state()
    one, same, other = (HVamp(small(**ALL), N_ITEMS, seed).arrays() for seed in (4, 4, 5))
    for name in [name for name in one if name.endswith("weight")]:
        np.testing.assert_array_equal(one[name], same[name])
        assert (one[name] != other[name]).any()
    model, batch = lively(**ALL).train(), ClickBatch.from_csr(X)
    losses = [model.training_loss(batch, 0.3, drawing(seed)).loss.item() for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]
    assert torch.equal(state, torch.get_rng_state())


@each_combination
def test_what_is_as_wide_as_the_items_is_counted(parts):
    config = HVampConfig(hidden=(20, 10), z1=3, z2=4, pseudo_inputs=7, **parts)
    wide = [p for p in HVamp(config, 500).parameters() if p.ndim > 1 and 500 in p.shape]
    assert config.n_weights(500) == sum(parameter.numel() for parameter in wide)


@pytest.mark.slow
@each_combination
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_tensor_is_made_on_the_device_of_the_model(parts, likelihood):
    """The meta device computes nothing, and refuses to be mixed with the CPU."""
    model = lively(likelihood=likelihood, **parts).to("meta").train()
    found = model.training_loss(ClickBatch.from_csr(X, "meta"), 0.2)
    found.loss.backward()
    assert {part.device.type for part in found} == {"meta"}
    assert {p.grad.device.type for p in model.parameters()} == {"meta"}


def test_short_numbers_leave_the_divergence_exact():
    model, batch = lively(**ALL).train(), ClickBatch.from_csr(X)
    exact = model.training_loss(batch, 0.3, drawing())
    with torch.autocast("cpu", torch.bfloat16):
        short = model.training_loss(batch, 0.3, drawing())
    assert {part.dtype for part in short} == {torch.float32}
    near([part.item() for part in short], [part.item() for part in exact], rtol=0.05)


# Settings


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"hidden": ()}, r"hidden is \(\); give one width or more"),
        ({"hidden": (600, 0)}, r"hidden is \(600, 0\)"),
        ({"z1": 0}, "z1 is 0; give a whole number"),
        ({"z2": 0}, "z2 is 0; give a whole number"),
        ({"pseudo_inputs": 0}, "pseudo_inputs is 0"),
        ({"prior": "flow"}, "prior is flow; give normal or vamp"),
        ({"likelihood": "gaussian"}, "likelihood is gaussian; give multinomial or logistic"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"beta": -1}, "beta is -1"),
        ({"anneal_fraction": 1.5}, "anneal_fraction is 1.5; give a share from 0 to 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match) as error:
        HVampConfig(**settings)
    assert is_a_sentence(error.value)


def test_the_weight_of_the_divergence_rises_over_the_warm_up():
    model = HVamp(small(beta=0.4, anneal_fraction=0.5), N_ITEMS)
    found = [model.schedule(update, 100)["beta"] for update in (0, 25, 50, 99)]
    assert found == pytest.approx([0, 0.2, 0.4, 0.4])
    at_once = HVamp(small(beta=0.4, anneal_fraction=0), N_ITEMS)
    assert [at_once.schedule(update, 100)["beta"] for update in (0, 99)] == [0.4, 0.4]


@pytest.mark.parametrize("rows", [[[], []], []])
def test_who_clicked_nothing_gets_numbers(rows):
    for parts in (NONE, ALL):
        scores = lively(**parts).score(clicks(rows, N_ITEMS))
        assert scores.shape == (len(rows), N_ITEMS)
        assert np.isfinite(scores).all()


def test_clicks_on_another_catalogue_are_refused():
    with pytest.raises(ConfigError, match=r"12 .*11") as error:
        lively().score(random_clicks(0, 3, 12))
    assert is_a_sentence(error.value)


# Training


def fit(folder=None, resume=False, seed=0, epochs=5, rate=0.01, **settings):
    config = small((16,), z1=4, z2=4, pseudo_inputs=6, **settings)
    model = HVamp.of(config, SPLIT.n_items, seed)
    trainer = Trainer(small_config(epochs=epochs, learning_rate=rate), folder, progress=False)
    return model, trainer.fit_split(model, SPLIT, resume=resume).drop(columns="seconds")


@pytest.mark.slow
@each_combination
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_two_tastes_are_told_apart(parts, likelihood):
    model, history = fit(epochs=25, rate=0.02, likelihood=likelihood, **parts)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    assert list(history)[:5] == ["beta", "learning_rate", "loss", "nll", "kl"]
    assert history["beta"].iloc[-1] == 0.3
    assert evaluate(model, SPLIT.test, ["ndcg@8"]).mean("ndcg@8") > 0.9


@pytest.mark.slow
def test_a_run_that_is_stopped_goes_on_bit_by_bit(tmp_path, monkeypatch):
    def ctrl_c(*given, **named):
        raise KeyboardInterrupt

    expected, whole = fit(tmp_path / "whole")
    step = PyTorchBackend.train_step
    with monkeypatch.context() as patch:  # in the third epoch
        patch.setattr(PyTorchBackend, "train_step", on_call(10, step, ctrl_c))
        with pytest.raises(TrainingInterruptedError, match="after 2 epochs"):
            fit(tmp_path / "run")
    model, history = fit(tmp_path / "run", resume=True, seed=9)
    pd.testing.assert_frame_equal(history, whole, check_exact=True)
    for name, array in expected.arrays().items():
        np.testing.assert_array_equal(model.arrays()[name], array, err_msg=name)
    opened = runs.open_run(tmp_path / "run").model
    assert opened.config == expected.config
    np.testing.assert_array_equal(opened.score(SPLIT.train), expected.score(SPLIT.train))


def test_the_registry_makes_it_by_its_name():
    model = make("hvamp", hidden=[8], z1=3, z2=3, pseudo_inputs=4, epochs=1, monitor="ndcg@4")
    assert isinstance(model.fit_split(SPLIT).model, HVamp)
    assert model.model.config.hidden == (8,)
    assert entry("hvamp").frameworks == ("pytorch",)
    with pytest.raises(ConfigError, match="hvamp has pytorch"):
        make("hvamp", "gluon")
