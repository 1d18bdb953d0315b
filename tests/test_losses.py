"""The losses and their gradients against dense formulas in float64."""

import numpy as np
import pytest
import torch
from support import clicks, random_clicks
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional

from recotour_vae.models.pytorch import ClickBatch, MultDAE, gaussian_kl, negative_elbo
from recotour_vae.models.pytorch.losses import (
    LIKELIHOODS,
    gaussian_nll,
    last_layer_nll,
    logistic_nll,
    multinomial_nll,
)
from recotour_vae.training import TrainingConfig
from recotour_vae.training.pytorch import PyTorchBackend

N_USERS, N_ITEMS = 9, 14
CLICKS = random_clicks(0, N_USERS, N_ITEMS, 0.3)
BATCH = ClickBatch.from_csr(CLICKS)
X = torch.tensor(CLICKS.toarray(), dtype=torch.float64)


def some_logits(scale=3.0, seed=0):
    return scale * torch.randn(N_USERS, N_ITEMS, generator=torch.Generator().manual_seed(seed))


# The definitions, densely.


def dense_multinomial(f, x):
    return -(x * functional.log_softmax(f, dim=1)).sum(dim=1)


def dense_logistic(f, x):
    return -Bernoulli(logits=f).log_prob(x).sum(dim=1)


def dense_gaussian(f, x):
    confidence = torch.where(x > 0, 10.0, 1.0)
    return (confidence / 2 * (x - f).square()).sum(dim=1)


DENSE = {
    "multinomial": dense_multinomial,
    "logistic": dense_logistic,
    "gaussian": dense_gaussian,
    "fused": dense_multinomial,
}


def fused(logits, batch):
    """The multinomial loss through a last layer that passes its input on."""
    return last_layer_nll(
        logits, torch.eye(N_ITEMS, dtype=logits.dtype), torch.zeros(N_ITEMS), batch
    )


OURS = LIKELIHOODS | {"fused": fused}


def value_and_gradient(function, logits, weights, target):
    """Value a user, and the gradient of their weighted sum."""
    logits = logits.clone().requires_grad_()
    values = function(logits, target)
    (values * weights.to(values.dtype)).sum().backward()
    return values.detach(), logits.grad


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("scale", [0.0, 1.0, 20.0])
def test_value_and_gradient_are_those_of_the_dense_formula(name, scale):
    logits, weights = some_logits(scale), torch.linspace(-1, 2, N_USERS)
    value, gradient = value_and_gradient(OURS[name], logits, weights, BATCH)
    expected, dense = value_and_gradient(DENSE[name], logits.double(), weights, X)
    torch.testing.assert_close(value.double(), expected, rtol=2e-5, atol=2e-5)
    torch.testing.assert_close(gradient.double(), dense, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", DENSE)
def test_the_gradient_is_the_slope(name):
    """Central differences along random directions; float32 allows three digits."""
    logits = some_logits(1.0)
    _, gradient = value_and_gradient(OURS[name], logits, torch.ones(N_USERS), BATCH)
    for seed in range(5):
        step = 0.02 * some_logits(1.0, seed + 1)
        ahead, behind = (OURS[name](logits + s * step, BATCH).sum() for s in (1, -1))
        slope = (ahead - behind) / 2
        assert slope.item() == pytest.approx((gradient * step).sum().item(), rel=1e-2, abs=1e-3)


def test_the_likelihoods_have_their_names():
    assert LIKELIHOODS["multinomial"] is multinomial_nll
    assert LIKELIHOODS["logistic"] is logistic_nll
    assert LIKELIHOODS["gaussian"] is gaussian_nll
    assert len(LIKELIHOODS) == 3


def test_a_user_who_clicked_one_of_two_equal_items_costs_log_2():
    batch = ClickBatch.from_csr(clicks([[0]], 2))
    assert multinomial_nll(torch.zeros(1, 2), batch).item() == pytest.approx(np.log(2))
    assert logistic_nll(torch.zeros(1, 2), batch).item() == pytest.approx(2 * np.log(2))
    # the click is off by 1 with weight 10, the other item is right
    assert gaussian_nll(torch.zeros(1, 2), batch).item() == pytest.approx(5.0)
    assert gaussian_nll(torch.zeros(1, 2), batch, click_weight=3.0).item() == pytest.approx(1.5)


def test_adding_a_number_to_all_logits_of_a_user_changes_no_multinomial():
    logits = some_logits()
    torch.testing.assert_close(
        multinomial_nll(logits + 5, BATCH), multinomial_nll(logits, BATCH), rtol=1e-5, atol=1e-4
    )


def test_the_gradient_of_a_multinomial_sums_to_nothing_for_each_user():
    _, gradient = value_and_gradient(multinomial_nll, some_logits(), torch.ones(N_USERS), BATCH)
    torch.testing.assert_close(gradient.sum(dim=1), torch.zeros(N_USERS), rtol=0, atol=1e-4)


def test_a_user_without_clicks_costs_nothing_and_gives_no_gradient():
    batch = ClickBatch.from_csr(clicks([[], [1]], 3))
    value, gradient = value_and_gradient(multinomial_nll, torch.randn(2, 3), torch.ones(2), batch)
    assert value[0] == 0
    assert not gradient[0].any()


@pytest.mark.parametrize("name", ["multinomial", "logistic", "fused"])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_give_finite_numbers(name, size):
    logits = torch.zeros(N_USERS, N_ITEMS)
    logits[:, 0] = size
    value, gradient = value_and_gradient(OURS[name], logits, torch.ones(N_USERS), BATCH)
    expected, dense = value_and_gradient(DENSE[name], logits.double(), torch.ones(N_USERS), X)
    torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(gradient.double(), dense, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", DENSE)
def test_short_logits_are_summed_in_float32(name):
    logits = some_logits().bfloat16()
    value, gradient = value_and_gradient(OURS[name], logits, torch.ones(N_USERS), BATCH)
    assert (value.dtype, gradient.dtype) == (torch.float32, torch.bfloat16)
    expected, dense = value_and_gradient(DENSE[name], logits.double(), torch.ones(N_USERS), X)
    torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-4)  # sums are exact
    torch.testing.assert_close(gradient.double(), dense, rtol=1e-2, atol=1e-2)  # eight bits


def test_a_second_backward_gives_the_same_again():
    logits = some_logits().requires_grad_()
    loss = fused(logits, BATCH).sum()
    loss.backward(retain_graph=True)
    once = logits.grad.clone()
    loss.backward()
    torch.testing.assert_close(logits.grad, 2 * once)


def test_a_second_derivative_is_refused_rather_than_wrong():
    logits = some_logits().requires_grad_()
    loss = fused(logits, BATCH).square().sum()

    def curvature():
        (gradient,) = torch.autograd.grad(loss, logits, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), logits)

    with pytest.raises(RuntimeError):
        curvature()


def test_the_logits_are_left_as_they_are():
    logits = some_logits().requires_grad_()
    before = logits.detach().clone()
    fused(logits, BATCH).sum().backward()
    assert torch.equal(logits, before)


def test_the_last_layer_gets_the_gradients_of_autograd():
    rng = torch.Generator().manual_seed(3)
    sizes = {"h": (N_USERS, 6), "weight": (N_ITEMS, 6), "bias": (N_ITEMS,)}
    given = {name: torch.randn(size, generator=rng) for name, size in sizes.items()}
    ours = {name: value.clone().requires_grad_() for name, value in given.items()}
    plain = {name: value.double().requires_grad_() for name, value in given.items()}
    last_layer_nll(**ours, clicks=BATCH).mean().backward()
    logits = functional.linear(plain["h"], plain["weight"], plain["bias"])
    dense_multinomial(logits, X).mean().backward()
    for name in given:
        torch.testing.assert_close(ours[name].grad.double(), plain[name].grad, rtol=1e-5, atol=1e-6)


# KL and ELBO


def test_the_kl_is_the_one_of_two_gaussians():
    mu, logvar = some_logits(1.0, 1), some_logits(1.0, 2)
    posterior = Normal(mu.double(), torch.exp(logvar.double() / 2))
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(gaussian_kl(mu, logvar).double(), expected, rtol=1e-5, atol=1e-5)


def test_the_kl_is_nothing_at_the_prior_and_something_elsewhere():
    zero = torch.zeros(2, 3)
    assert gaussian_kl(zero, zero).tolist() == [0, 0]
    assert (gaussian_kl(zero + 0.1, zero) > 0).all()
    assert (gaussian_kl(zero, zero - 0.1) > 0).all()
    assert (gaussian_kl(zero, zero + 0.1) > 0).all()


def test_the_kl_sums_over_latent_dimensions():
    mu, logvar = torch.full((1, 1), 2.0), torch.zeros(1, 1)
    assert gaussian_kl(mu, logvar).item() == 2.0
    assert gaussian_kl(mu.expand(1, 7), logvar.expand(1, 7)).item() == 14.0


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("beta", [0.0, 0.2, 1.0])
def test_the_loss_is_put_together_from_its_parts_as_means_over_users(name, beta):
    logits, mu, logvar = some_logits(), some_logits(1.0, 1), some_logits(1.0, 2)
    loss, nll, kl = negative_elbo(logits, BATCH, mu, logvar, beta, name)
    assert nll.item() == pytest.approx(DENSE[name](logits.double(), X).mean().item(), rel=1e-5)
    assert kl.item() == pytest.approx(gaussian_kl(mu, logvar).mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx(nll.item() + beta * kl.item(), rel=1e-6)


def test_a_model_without_a_posterior_has_no_kl():
    loss, nll, kl = negative_elbo(some_logits(), BATCH, beta=1.0)
    assert kl.item() == 0
    assert loss.item() == nll.item()


# Weight decay


def test_weight_decay_is_coupled_and_touches_weights_only():
    """One step of Adam by hand: w - lr · g / (|g| + eps), with g + decay · w for weights."""
    decay, rate, x = 5.0, 0.1, clicks([[0, 1], [2], [1, 3]], 5)
    model, batch = MultDAE(5, (4,), 3, dropout=0.0), ClickBatch.from_csr(x)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    model.loss(model(batch), batch, 0.0).loss.backward()
    gradients = {name: value.grad.clone() for name, value in model.named_parameters()}
    config = TrainingConfig(weight_decay=decay, learning_rate=rate, device="cpu")
    PyTorchBackend(model, config).train_step(x, beta=0.0)
    for name, value in model.named_parameters():
        gradient = gradients[name] + (decay * before[name] if value.ndim > 1 else 0)
        clear = gradient.abs() > 1e-4  # elsewhere the sign is a matter of rounding
        assert clear.float().mean() > 0.7, name
        expected = before[name] - rate * gradient / (gradient.abs() + 1e-8)
        torch.testing.assert_close(value.detach()[clear], expected[clear], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("given", "expected"), [(None, 4e-5), (0.0, 0.0), (0.3, 0.3)])
def test_the_papers_weight_decay_is_the_default_of_mult_dae(given, expected):
    config = TrainingConfig(weight_decay=given, device="cpu")
    backend = PyTorchBackend(MultDAE(5, (4,), 3), config)
    weights, biases = backend.optimiser.param_groups
    assert (weights["weight_decay"], biases["weight_decay"]) == (expected, 0)
    assert {p.ndim for p in weights["params"]} == {2}
    assert {p.ndim for p in biases["params"]} == {1}
