"""The NumPy referee: first against slopes and textbooks, then PyTorch against it.

A relative difference is max|a - b| / max|b| over an array, b being the referee's.
"""

import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import csr_matrix, vstack
from scipy.special import gammaln, logsumexp
from support import clicks, random_clicks

from recotour_vae.evaluation.metrics import top_k
from recotour_vae.models import ModelConfig, referee
from recotour_vae.models.pytorch import ClickBatch, make_model
from recotour_vae.models.referee import AdamState, adam_step, forward, gradients, loss_parts
from recotour_vae.training import TrainingConfig
from recotour_vae.training.pytorch import PyTorchBackend

KINDS = ["mult-vae", "mult-dae"]
HIDDEN = [(), (7,), (9, 5)]
LIKELIHOODS = ["multinomial", "logistic", "gaussian"]
N_ITEMS, LATENT, BETA = 13, 3, 0.7
EMPTY = 4  # a user without clicks; user 0's are all dropped


class Case(NamedTuple):
    """A model, a batch, and all that is random about a step."""

    weights: dict[str, np.ndarray]
    config: ModelConfig
    clicks: csr_matrix
    keep: np.ndarray
    noise: np.ndarray


def case(kind, hidden, likelihood="multinomial", dtype=np.float64, seed=0):
    """Weights whose tanh saturates and whose biases matter, so that a misplaced one shows."""
    config = ModelConfig(kind, hidden, LATENT, 0.4, likelihood)
    rng = np.random.default_rng(seed)
    weights = {
        name: (0.6 * rng.standard_normal(shape)).astype(dtype)
        for name, shape in shapes(config, N_ITEMS).items()
    }
    some = random_clicks(seed, 7, N_ITEMS, 0.35)
    batch = csr_matrix(vstack([some[:EMPTY], csr_matrix((1, N_ITEMS)), some[EMPTY:]]))
    return Case(weights, config, batch.astype(np.float32), *draws(rng, batch, config))


def draws(rng, batch, config):
    """Dropout and noise for a batch; the first user loses every click."""
    keep = (rng.random(batch.nnz) >= config.dropout).astype(np.float32)
    keep[: batch.indptr[1]] = 0
    return keep, rng.standard_normal((batch.shape[0], config.latent)).astype(np.float32)


def shapes(config, n_items):
    """Name every weight as the models do, with its shape."""
    widths = [*config.widths, config.latent * (2 if config.kind == "mult-vae" else 1)]
    back = [config.latent, *reversed(config.widths), n_items]
    found = {"first.weight": (n_items, widths[0]), "first.bias": (widths[0],)}
    for part, sizes in (("encoder", widths), ("decoder", back)):
        for number in range(len(sizes) - 1):
            found[f"{part}.{number}.weight"] = (sizes[number + 1], sizes[number])
            found[f"{part}.{number}.bias"] = (sizes[number + 1],)
    return found


def referee_loss(weights, config, batch, keep=None, noise=None):
    return loss_parts(forward(weights, config, batch, keep, noise), config, batch, BETA)


def referee_gradients(weights, config, batch, keep=None, noise=None):
    return gradients(weights, config, batch, BETA, keep, noise)


def relative(found, expected):
    """max|a - b| / max|b|; 0 where both are nothing at all."""
    difference = np.abs(np.asarray(found, np.float64) - expected).max()
    return difference / np.abs(expected).max() if difference else 0.0


def worst(found, expected):
    """The largest relative difference of any array of that name."""
    assert found.keys() == expected.keys()
    return max(relative(found[name], expected[name]) for name in expected)


# The referee against slopes


def slopes(weights, loss, step=1e-5):
    """Central differences in every single weight; their error is of the order of step²."""
    found = {}
    for name, weight in weights.items():
        found[name] = np.empty_like(weight)
        for place in np.ndindex(weight.shape):
            ahead, behind = copy.deepcopy(weights), copy.deepcopy(weights)
            ahead[name][place] += step
            behind[name][place] -= step
            found[name][place] = (loss(ahead) - loss(behind)) / (2 * step)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_gradient_is_a_slope(kind, hidden, likelihood):
    weights, *rest = case(kind, hidden, likelihood)
    expected = slopes(weights, lambda changed: referee_loss(changed, *rest).loss)
    assert worst(referee_gradients(weights, *rest), expected) < 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_gradient_is_a_slope_without_noise_and_dropout_too(kind):
    weights, config, batch, _, _ = case(kind, (7,))
    expected = slopes(weights, lambda changed: referee_loss(changed, config, batch).loss)
    assert worst(referee_gradients(weights, config, batch), expected) < 1e-8


# The referee against textbooks


def pass_with(logits, mu=None, logvar=None):
    return referee.Forward([], mu, logvar, [], logits)


def nll_of(likelihood, logits, batch):
    config = ModelConfig(likelihood=likelihood)
    return referee.likelihood(logits, config, batch)[0]


seeds = st.integers(0, 10_000)
scales = st.sampled_from([0.0, 1.0, 30.0])


@given(seed=seeds, scale=scales)
def test_the_multinomial_is_that_of_scipy_without_its_coefficient(seed, scale):
    batch, logits = random_clicks(seed, 6, 9), logits_of(seed, scale)
    x = batch.toarray().astype(np.float64)
    log_p = logits - logsumexp(logits, axis=1, keepdims=True)
    found = nll_of("multinomial", logits, batch)
    np.testing.assert_allclose(found, -(x * log_p).sum(axis=1), rtol=1e-12, atol=1e-12)
    coefficient = gammaln(x.sum(axis=1) + 1)  # each item is clicked once or not
    for user, (row, p) in enumerate(zip(x, np.exp(log_p), strict=True)):
        textbook = coefficient[user] - stats.multinomial.logpmf(row, row.sum(), p / p.sum())
        assert found[user] == pytest.approx(textbook, rel=1e-9, abs=1e-9)


@given(seed=seeds, scale=scales)
def test_the_other_likelihoods_are_those_of_scipy(seed, scale):
    batch, logits = random_clicks(seed, 6, 9), logits_of(seed, scale)
    x = batch.toarray()
    # in units of one standard deviation of the item, and without the constant of the density
    deviation = np.where(x > 0, 1 / np.sqrt(10), 1.0)
    normal = stats.norm.logpdf((x - logits) / deviation) - stats.norm.logpdf(0)
    log_p = np.where(x > 0, stats.logistic.logcdf(logits), stats.logistic.logsf(logits))
    for name, textbook in (("gaussian", normal), ("logistic", log_p)):
        found = nll_of(name, logits, batch)
        np.testing.assert_allclose(found, -textbook.sum(axis=1), rtol=1e-10, atol=1e-10)


def logits_of(seed, scale):
    return scale * np.random.default_rng(seed + 1).standard_normal((6, 9))


@given(seed=seeds)
def test_the_kl_is_the_mean_of_the_log_ratio_and_never_negative(seed):
    rng = np.random.default_rng(seed)
    mu, logvar = rng.standard_normal((2, 6, LATENT))
    # Gauss and Hermite's sum is exact for the quadratic that log q - log p is
    nodes, share = np.polynomial.hermite_e.hermegauss(3)
    sigma = np.exp(logvar / 2)[..., None]
    z = mu[..., None] + sigma * nodes  # (n_users, latent, 3)
    ratio = stats.norm.logpdf(z, mu[..., None], sigma) - stats.norm.logpdf(z)
    expected = (ratio * share / share.sum()).sum(axis=(1, 2)).mean()
    batch = random_clicks(seed, 6, 9)
    loss, nll, kl = loss_parts(pass_with(logits_of(seed, 1), mu, logvar), ModelConfig(), batch, 0.2)
    assert kl == pytest.approx(expected, rel=1e-10)
    assert kl > 0
    assert nll == pytest.approx(nll_of("multinomial", logits_of(seed, 1), batch).mean())
    assert loss == nll + 0.2 * kl


def test_there_is_no_kl_at_the_prior_nor_without_a_posterior():
    logits, batch, zero = logits_of(0, 1), random_clicks(0, 6, 9), np.zeros((6, LATENT))
    for found in (pass_with(logits, zero, zero), pass_with(logits)):
        loss, nll, kl = loss_parts(found, ModelConfig(), batch, 1.0)
        assert kl == 0
        assert loss == nll > 0


@pytest.mark.parametrize("likelihood", ["multinomial", "logistic"])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_give_finite_numbers(likelihood, size):
    logits = np.zeros((2, 3))
    logits[:, 0] = size
    found = referee.likelihood(logits, ModelConfig(likelihood=likelihood), clicks([[0], [1]], 3))
    # a click on what is unlikely costs its distance; ties among the rest cost log 2, or 2 log 2
    assert found[0][0 if size < 0 else 1] == pytest.approx(1e4, rel=1e-3)
    assert np.isfinite(found[1]).all()


def test_an_input_has_length_1_and_dropout_keeps_its_expected_value():
    batch = clicks([[0, 1, 2, 3], [2], []], 5)
    x = referee.network_input(batch, ModelConfig(), None, np.dtype(np.float64))
    np.testing.assert_array_equal(x, [[0.5] * 4 + [0], [0, 0, 1, 0, 0], [0] * 5])
    keep = np.array([1, 0, 0, 1, 1])
    x = referee.network_input(batch, ModelConfig(dropout=0.75), keep, np.dtype(np.float64))
    np.testing.assert_array_equal(x, [[2, 0, 0, 2, 0], [0, 0, 4, 0, 0], [0] * 5])


def test_a_mask_follows_the_order_of_the_columns_also_where_the_matrix_does_not():
    unsorted = csr_matrix((np.ones(3), np.array([3, 0, 2]), np.array([0, 3])), (1, 4))
    x = referee.network_input(
        unsorted, ModelConfig(dropout=0.0), np.array([1, 0, 1]), np.dtype(np.float64)
    )
    np.testing.assert_allclose(x * np.sqrt(3), [[1, 0, 0, 1]])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_random_without_a_mask_and_noise(kind):
    weights, config, batch, _, _ = case(kind, (7,))
    found = forward(weights, config, batch)
    np.testing.assert_allclose((found.x**2).sum(axis=1), np.diff(batch.indptr) > 0)
    if kind == "mult-vae":
        np.testing.assert_array_equal(found.z, found.mu)
    else:
        assert found.mu is found.logvar is None
        assert np.abs(found.z).max() < 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_all_is_done_in_the_dtype_of_the_weights(kind, likelihood):
    short = case(kind, (9, 5), likelihood, np.float32)
    config, batch, keep, noise = short[1:]
    found = forward(*short[:3], keep.astype(np.float64), noise.astype(np.float64))
    slope = gradients(*short[:3], BETA, keep.astype(np.float64), noise.astype(np.float64))
    stepped, state = adam_step(short.weights, slope, AdamState(), weight_decay=0.1)
    stepped, state = adam_step(stepped, slope, state, weight_decay=0.1)
    arrays = [*found.encoder, *found.decoder, found.logits]
    arrays += [] if found.mu is None else [found.mu, found.logvar]
    arrays += referee.likelihood(found.logits, config, batch)
    for part in (slope, stepped, state.m, state.v):
        arrays += part.values()
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    long = {name: weight.astype(np.float64) for name, weight in short.weights.items()}
    exact = referee_gradients(long, *short[1:])
    assert {array.dtype for array in exact.values()} == {np.dtype(np.float64)}
    assert 0 < worst(slope, exact) < 1e-5


# Adam


@given(seed=seeds, decay=st.sampled_from([0.0, 0.3]), rate=st.sampled_from([1e-3, 0.1]))
@pytest.mark.slow
def test_adam_is_that_of_pytorch_with_l2_on_the_matrices(seed, decay, rate):
    rng = np.random.default_rng(seed)
    weights = {"w": rng.standard_normal((4, 3)), "b": rng.standard_normal(3)}
    theirs = {name: torch.tensor(weight) for name, weight in weights.items()}
    optimiser = torch.optim.Adam(
        [{"params": [theirs["w"]], "weight_decay": decay}, {"params": [theirs["b"]]}], lr=rate
    )
    state = AdamState()
    for _ in range(12):
        # from tiny to large: eps shows where the gradient is as small as it is
        slope = {n: w * 10.0 ** rng.integers(-10, 3, w.shape) for n, w in weights.items()}
        for name, tensor in theirs.items():
            tensor.grad = torch.tensor(slope[name])
        optimiser.step()
        weights, state = adam_step(weights, slope, state, rate, decay)
    assert state.t == 12
    for name, tensor in theirs.items():
        np.testing.assert_allclose(weights[name], tensor.numpy(), rtol=1e-11, atol=1e-13)


def test_the_first_step_has_the_length_of_the_rate_and_spares_the_past():
    weights = {"w": np.full((2, 2), 3.0), "b": np.zeros(2)}
    slope = {"w": np.array([[1e-8, 5.0], [-5.0, 0.0]]), "b": np.array([-2.0, 0.0])}
    before, start = copy.deepcopy((weights, slope)), AdamState()
    new, state = adam_step(weights, slope, start, learning_rate=0.1)
    np.testing.assert_allclose(3 - new["w"], [[0.05, 0.1], [-0.1, 0]], atol=1e-9)  # 1e-8 is eps
    np.testing.assert_allclose(new["b"], [0.1, 0], atol=1e-9)
    decayed, _ = adam_step(weights, slope, start, learning_rate=0.1, weight_decay=1.0)
    np.testing.assert_allclose(3 - decayed["w"], [[0.1, 0.1], [-0.1, 0.1]], atol=1e-8)
    np.testing.assert_array_equal(decayed["b"], new["b"])
    assert (start, state.t) == (AdamState(), 1)
    for now, then in zip((weights, slope), before, strict=True):
        for name in then:
            np.testing.assert_array_equal(now[name], then[name])


# PyTorch against the referee


def torch_twin(config, weights, n_items=N_ITEMS, dtype=torch.float32):
    """Give the PyTorch model with the referee's weights."""
    model = make_model(config, n_items).to(dtype)
    model.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return model


def torch_forward(model, batch, keep, noise):
    """Run a training step's forward pass with mask and noise given, in the model's dtype."""
    dtype = model.first.weight.dtype
    given = {"keep": torch.tensor(keep, dtype=dtype)}
    if model.kind == "mult-vae":
        given["noise"] = torch.tensor(noise, dtype=dtype)
    listed = ClickBatch.from_csr(batch)
    return model.train()(replace(listed, counts=listed.counts.to(dtype)), **given)


def arrays_of(output):
    named = {"logits": output.logits, "mu": output.mu, "logvar": output.logvar}
    return {n: np.asarray(torch.as_tensor(a).detach()) for n, a in named.items() if a is not None}


def grads_of(model):
    return {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}


def weights_of(model):
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


def float64_loss(output, batch):
    """The multinomial loss in the dtype of the logits: the library's is always in float32."""
    x = torch.tensor(batch.toarray(), dtype=output.logits.dtype)
    loss = -(x * torch.log_softmax(output.logits, dim=1)).sum(dim=1)
    if output.mu is not None:
        loss = loss + BETA * (output.mu**2 + output.logvar.exp() - 1 - output.logvar).sum(1) / 2
    return loss.mean()


every_architecture = pytest.mark.parametrize(
    ("kind", "hidden"), [(kind, hidden) for kind in KINDS for hidden in HIDDEN]
)


@every_architecture
def test_the_weights_have_the_names_and_shapes_of_the_model(kind, hidden):
    config = ModelConfig(kind, hidden, LATENT)
    state = make_model(config, N_ITEMS).state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == shapes(config, N_ITEMS)


@every_architecture
def test_pytorch_in_float64_goes_forward_and_back_as_the_referee(kind, hidden):
    weights, config, batch, *drawn = case(kind, hidden)
    model = torch_twin(config, weights, dtype=torch.float64)
    output, found = torch_forward(model, batch, *drawn), forward(weights, config, batch, *drawn)
    assert worst(arrays_of(output), arrays_of(found)) < 1e-13
    loss = float64_loss(output, batch)
    assert loss.item() == pytest.approx(referee_loss(*case(kind, hidden)).loss, rel=1e-14)
    loss.backward()
    assert worst(grads_of(model), referee_gradients(weights, config, batch, *drawn)) < 1e-13


@every_architecture
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_pytorch_goes_forward_and_back_as_the_referee(kind, hidden, likelihood):
    weights, config, batch, *drawn = case(kind, hidden, likelihood)
    model = torch_twin(config, weights)
    output = torch_forward(model, batch, *drawn)
    assert worst(arrays_of(output), arrays_of(forward(weights, config, batch, *drawn))) < 1e-5
    parts = model.loss(output, ClickBatch.from_csr(batch), BETA)
    expected = referee_loss(weights, config, batch, *drawn)
    assert worst(tensors(parts), expected._asdict()) < 1e-5
    parts.loss.backward()
    assert worst(grads_of(model), referee_gradients(weights, config, batch, *drawn)) < 1e-5


def tensors(parts):
    return {name: value.item() for name, value in parts._asdict().items()}


@given(seed=seeds, kind=st.sampled_from(KINDS), hidden=st.sampled_from(HIDDEN))
def test_pytorch_agrees_on_any_weights_clicks_masks_and_noise(seed, kind, hidden):
    weights, config, batch, *drawn = case(kind, hidden, seed=seed)
    model = torch_twin(config, weights)
    model.loss(
        torch_forward(model, batch, *drawn), ClickBatch.from_csr(batch), BETA
    ).loss.backward()
    assert worst(grads_of(model), referee_gradients(weights, config, batch, *drawn)) < 1e-5


@every_architecture
def test_pytorch_scores_as_the_referee_without_noise(kind, hidden):
    weights, config, batch, _, _ = case(kind, hidden)
    expected = forward(weights, config, batch).logits
    assert relative(torch_twin(config, weights).score(batch), expected) < 1e-5


@every_architecture
def test_a_user_without_clicks_is_the_bias_alone_and_gives_no_nll(kind, hidden):
    """In both; so is, when training, a user all of whose clicks are dropped."""
    weights, config, batch, *drawn = case(kind, hidden)
    assert not batch[EMPTY].nnz
    assert batch[0].nnz
    found = forward(weights, config, batch, *drawn)
    assert not found.x[[0, EMPTY]].any()
    assert referee.likelihood(found.logits, config, batch)[0][EMPTY] == 0
    output = torch_forward(torch_twin(config, weights), batch, *drawn)
    assert torch.isfinite(output.logits).all()
    for name, array in arrays_of(output).items():
        assert relative(array[EMPTY], arrays_of(found)[name][EMPTY]) < 1e-5
    alone = batch[[EMPTY, EMPTY]]  # a batch that has nobody else
    model = torch_twin(config, weights)
    nothing = np.zeros(0), drawn[1][:2]
    output = torch_forward(model, alone, *nothing)
    parts = model.loss(output, ClickBatch.from_csr(alone), BETA)
    assert parts.nll.item() == referee_loss(weights, config, alone, *nothing).nll == 0
    parts.loss.backward()
    expected = referee_gradients(weights, config, alone, *nothing)
    assert worst(grads_of(model), expected) < 1e-5
    assert not expected["first.weight"].any()


# Steps

SMALL = (40, 8, 20)  # items, latent, users
PAPER = (1500, 200, 100)
FLOAT32 = 2.0**-23


class Steps(NamedTuple):
    """Both after the same steps from the same start, and the last step's gradients."""

    start: dict[str, np.ndarray]
    theirs: dict[str, np.ndarray]
    ours: dict[str, np.ndarray]
    their_slope: dict[str, np.ndarray]
    our_slope: dict[str, np.ndarray]
    config: ModelConfig


def take_steps(kind, hidden, decay, n_steps, size=SMALL, dtype=torch.float32):
    """Train PyTorch and a float64 referee alike, with fresh clicks, mask and noise each step."""
    n_items, latent, n_users = size
    config, rng = ModelConfig(kind, hidden, latent), np.random.default_rng(0)
    model = make_model(config, n_items, seed=0).to(dtype)
    optimiser = PyTorchBackend(model, TrainingConfig(weight_decay=decay, device="cpu")).optimiser
    start = {name: w.astype(np.float64) for name, w in weights_of(model).items()}
    ours, state = start, AdamState()
    for step in range(n_steps):
        batch = random_clicks(step, n_users, n_items, min(0.3, 50 / n_items))
        drawn = draws(rng, batch, config)
        optimiser.zero_grad()
        loss_of(model, torch_forward(model, batch, *drawn), batch).backward()
        optimiser.step()
        slope = referee_gradients(ours, config, batch, *drawn)
        ours, state = adam_step(ours, slope, state, weight_decay=decay)
    return Steps(start, weights_of(model), ours, grads_of(model), slope, config)


def loss_of(model, output, batch):
    if output.logits.dtype == torch.float64:
        return float64_loss(output, batch)
    return model.loss(output, ClickBatch.from_csr(batch), BETA).loss


def distance(found, expected):
    """The largest ||a - b|| / ||b|| of any array: a few entries far off count for little."""
    return max(
        np.linalg.norm(found[name] - expected[name]) / np.linalg.norm(expected[name])
        for name in expected
    )


def assert_same_ranking(steps, size):
    """The lists are the same, or swap items whose scores the referee can hardly tell apart."""
    n_items, _, n_users = size
    batch = random_clicks(12345, n_users, n_items, min(0.3, 50 / n_items))
    model = torch_twin(steps.config, steps.theirs, n_items)
    expected = forward(steps.ours, steps.config, batch).logits
    lists = top_k(model.score(batch), 20), top_k(expected, 20)
    theirs, ours = (np.take_along_axis(expected, ranking, axis=1) for ranking in lists)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4 * np.abs(expected).max())


decays = pytest.mark.parametrize("decay", [0.0, 0.01])


@every_architecture
@decays
@pytest.mark.parametrize("n_steps", [1, 100])
@pytest.mark.slow
def test_in_float64_a_step_and_a_hundred_are_the_referees(kind, hidden, decay, n_steps):
    """The algorithm is the same: what float32 adds below is rounding and nothing else."""
    steps = take_steps(kind, hidden, decay, n_steps, dtype=torch.float64)
    assert worst(steps.theirs, steps.ours) < 1e-9
    assert distance(steps.start, steps.ours) > 1e-3  # they did move


@every_architecture
@decays
def test_adam_in_pytorch_adds_nothing_but_the_rounding_of_the_weights(kind, hidden, decay):
    """From PyTorch's own gradients the referee comes to PyTorch's weights."""
    steps = take_steps(kind, hidden, decay, 1)
    slope = {name: array.astype(np.float64) for name, array in steps.their_slope.items()}
    expected, _ = adam_step(steps.start, slope, AdamState(), weight_decay=decay)
    for name, weight in steps.theirs.items():
        size = np.abs(steps.start[name])
        # the rate is 0.001 and eps 1e-8, by which the rounding of decay · w may be divided
        allowed = FLOAT32 * (size + 0.004 + 0.001 * decay * size / 1e-8)
        assert (np.abs(weight - expected[name]) <= allowed).all(), name


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "hidden"), [("mult-vae", (600,)), ("mult-dae", ())])
def test_adam_enlarges_a_difference_of_gradients_at_most_by_rate_over_eps(kind, hidden):
    """Why the weights after a step are not within 1e-5 although the gradients are.

    The first step is -rate · g / (|g| + eps), whose slope in g is eps / (|g| + eps)²: at most
    1 / eps, where g is as small as its rounding error. Few entries have such a gradient.
    """
    steps = take_steps(kind, hidden, 0.0, 1, PAPER)
    assert worst(steps.their_slope, steps.our_slope) < 1e-5
    far = 0
    for name, weight in steps.theirs.items():
        difference = np.abs(weight - steps.ours[name])
        off = np.abs(steps.their_slope[name] - steps.our_slope[name])
        allowed = 0.001 * off / 1e-8 + FLOAT32 * (np.abs(steps.start[name]) + 0.004)
        assert (difference <= allowed).all(), name
        far += (difference > 1e-5 * np.abs(weight).max()).sum()
    assert far < 1e-4 * sum(weight.size for weight in steps.ours.values())


@every_architecture
@decays
@pytest.mark.slow
def test_a_hundred_steps_in_float32_are_the_referees(kind, hidden, decay):
    """1e-5 in norm; 1e-2 in any one entry, for the reason that the test above gives."""
    steps = take_steps(kind, hidden, decay, 100)
    assert distance(steps.theirs, steps.ours) < 1e-5
    assert worst(steps.theirs, steps.ours) < 1e-2
    assert_same_ranking(steps, SMALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "hidden", "decay"), [("mult-vae", (600,), 0.0), ("mult-dae", (), 4e-5)]
)
@pytest.mark.slow
def test_a_hundred_steps_of_the_papers_models_are_the_referees(kind, hidden, decay):
    """Ten times the norm above: of two million entries some meet a gradient near 0."""
    steps = take_steps(kind, hidden, decay, 100, PAPER)
    assert distance(steps.theirs, steps.ours) < 1e-4
    assert worst(steps.theirs, steps.ours) < 1e-2
    assert_same_ranking(steps, PAPER)
