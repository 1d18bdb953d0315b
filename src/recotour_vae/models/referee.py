"""The referee: Mult-VAE and Mult-DAE in NumPy, with every gradient derived by hand.

Slow and dense on purpose, and without autograd, so that it can be read against the equations and
PyTorch and Gluon can both be held against it. Weights are named and shaped as in those models:
`first.weight` is (n_items, width), every other matrix (out, into). All arithmetic is in the dtype
of the weights; clicks, masks and noise are brought to it.

In the gradients `dy` is short for dL/dy, the slope of the loss L with the shape of y.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recotour_vae.arrays.clicks import canonical
from recotour_vae.arrays.types import Arrays
from recotour_vae.models.config import ModelConfig

Array = NDArray[Any]
Layer = tuple[str, Array, Array]  # its name, W as (into, out), b (out,)


@dataclass(frozen=True)
class Forward:
    """What a forward pass went through.

    Attributes
    ----------
    encoder, decoder
        What each of their layers was given: first x (n_users, n_items) and z (n_users, latent).
    mu, logvar
        (n_users, latent) of the posterior; None for Mult-DAE.
    logits
        (n_users, n_items).
    """

    encoder: list[Array]
    mu: Array | None
    logvar: Array | None
    decoder: list[Array]
    logits: Array

    @property
    def x(self) -> Array:
        """The input after normalisation and dropout."""
        return self.encoder[0]

    @property
    def z(self) -> Array:
        """The code."""
        return self.decoder[0]


def forward(
    weights: Arrays,
    config: ModelConfig,
    clicks: csr_matrix,
    keep: Array | None = None,
    noise: Array | None = None,
) -> Forward:
    """Encode, sample, decode (Liang et al. 2018, section 2).

    Parameters
    ----------
    weights
        By name.
    config
        Kind, depth and dropout are read from it.
    clicks
        (n_users, n_items), as `arrays.canonical` takes them.
    keep
        (n_clicks,) 1 where a click survives dropout, else 0, user after user in the order of the
        items; None keeps all and scales nothing, as in scoring.
    noise
        (n_users, latent) eps of Mult-VAE; None is z = mu, as in scoring.
    """
    dtype = weights["first.weight"].dtype
    x = network_input(clicks, config, keep, dtype)
    encoder, code = through(x, layers(weights, config, "encoder"))
    if config.kind == "mult-dae":
        mu, logvar, z = None, None, np.tanh(code)
    else:
        mu, logvar = np.split(code, 2, axis=1)
        z = mu if noise is None else mu + np.exp(logvar / 2) * noise.astype(dtype)
    decoder, logits = through(z, layers(weights, config, "decoder"))
    return Forward(encoder, mu, logvar, decoder, logits)


def network_input(
    clicks: csr_matrix, config: ModelConfig, keep: Array | None, dtype: np.dtype[Any]
) -> Array:
    """Give dropout(x / ||x||), where ||x|| = sqrt(N_u); a user without clicks stays at zero."""
    clicks = canonical(clicks)
    x: Array = clicks.toarray().astype(dtype)  # (n_users, n_items)
    x = x / np.sqrt(np.maximum(x.sum(axis=1, keepdims=True), 1))
    if keep is not None:
        kept = csr_matrix((keep.astype(dtype), clicks.indices, clicks.indptr), clicks.shape)
        x = x * kept.toarray() / (1 - config.dropout)
    return x


def layers(weights: Arrays, config: ModelConfig, part: str) -> list[Layer]:
    """List the layers of the `encoder` or the `decoder`, in order."""
    depth = len(config.widths)
    if part == "encoder":
        names = ["first", *(f"encoder.{number}" for number in range(depth))]
    else:
        names = [f"decoder.{number}" for number in range(depth + 1)]
    return [(n, turned(n, weights[f"{n}.weight"]), weights[f"{n}.bias"]) for n in names]


def turned(name: str, matrix: Array) -> Array:
    """Take a layer's matrix from the way it is stored to (into, out), or back."""
    return matrix if name == "first" else matrix.T


def through(h: Array, stack: list[Layer]) -> tuple[list[Array], Array]:
    """Apply a = h W + b and h = tanh(a) in turn; give each layer's h, and the last one's a."""
    inputs = []
    for _, weight, bias in stack:
        inputs.append(h)
        a = h @ weight + bias
        h = np.tanh(a)
    return inputs, a


class LossParts(NamedTuple):
    """The loss nll + beta · kl and its parts, in nats a user."""

    loss: float
    nll: float
    kl: float


def loss_parts(found: Forward, config: ModelConfig, clicks: csr_matrix, beta: float) -> LossParts:
    """Give the loss of a forward pass: sums over items and latent, means over users."""
    nll = float(likelihood(found.logits, config, clicks)[0].mean())
    kl = 0.0
    if found.mu is not None and found.logvar is not None:
        kl_terms = (found.mu**2 + np.exp(found.logvar) - 1 - found.logvar) / 2
        kl = float(kl_terms.sum(axis=1).mean())
    return LossParts(nll + beta * kl, nll, kl)


def likelihood(f: Array, config: ModelConfig, clicks: csr_matrix) -> tuple[Array, Array]:
    """Give each user's negative log-likelihood (n_users,) and its slope in the logits f.

    With p = softmax(f), log p_i = f_i - log sum_j exp(f_j) has the slope [i = j] - p_j in f_j, so
    that of -sum_i x_i log p_i is N_u p_j - x_j. For coins -log sigmoid(f) = log(1 + exp(-f)), and
    the slope is sigmoid(f) - x. For a Gaussian of precision c (10 at a click, else 1), c (f - x).
    """
    x = canonical(clicks).toarray().astype(f.dtype)  # (n_users, n_items)
    if config.likelihood == "multinomial":
        f = f - f.max(axis=1, keepdims=True)  # changes no probability, and nothing overflows
        log_p = f - np.log(np.exp(f).sum(axis=1, keepdims=True))
        return -(x * log_p).sum(axis=1), x.sum(axis=1, keepdims=True) * np.exp(log_p) - x
    if config.likelihood == "logistic":
        minus_log_on, minus_log_off = np.logaddexp(0, -f), np.logaddexp(0, f)
        nll = x * minus_log_on + (1 - x) * minus_log_off
        return nll.sum(axis=1), np.exp(-minus_log_on) - x
    c = 1 + 9 * x
    return (c / 2 * (x - f) ** 2).sum(axis=1), c * (f - x)


def gradients(
    weights: Arrays,
    config: ModelConfig,
    clicks: csr_matrix,
    beta: float,
    keep: Array | None = None,
    noise: Array | None = None,
) -> Arrays:
    """Give the slope of the loss in each weight, by the chain rule from the logits back to x."""
    found = forward(weights, config, clicks, keep, noise)
    dlogits = likelihood(found.logits, config, clicks)[1] / clicks.shape[0]  # a mean over users
    decoder, dz = back(dlogits, found.decoder, layers(weights, config, "decoder"))
    dcode = code_gradient(found, dz, beta)
    encoder, _ = back(dcode, found.encoder, layers(weights, config, "encoder"))
    return encoder | decoder


def code_gradient(found: Forward, dz: Array, beta: float) -> Array:
    """Take dz to the encoder's output.

    Mult-DAE: z = tanh(code), whose slope is 1 - z². Mult-VAE: z = mu + exp(logvar / 2) · eps, so
    the slope of z is 1 in mu and (z - mu) / 2 in logvar; those of a user's KL are mu and
    (exp(logvar) - 1) / 2, weighted with beta and averaged over users.
    """
    if found.mu is None or found.logvar is None:
        dcode: Array = dz * (1 - found.z**2)
        return dcode
    weight = beta / len(dz)
    dmu = dz + weight * found.mu
    dlogvar = dz * (found.z - found.mu) / 2 + weight * (np.exp(found.logvar) - 1) / 2
    return np.concatenate([dmu, dlogvar], axis=1)


def back(da: Array, inputs: list[Array], stack: list[Layer]) -> tuple[Arrays, Array]:
    """Take da of the last layer to dW and db of each, and to dh of what went in first.

    a = h W + b gives dW = hᵀ da, db = da summed over users and dh = da Wᵀ. Further back
    h = tanh(a') has the slope 1 - h², so da' = dh (1 - h²).
    """
    found = {}
    for (name, weight, _), h in zip(reversed(stack), reversed(inputs), strict=True):
        found[f"{name}.weight"] = turned(name, h.T @ da)
        found[f"{name}.bias"] = da.sum(axis=0)
        dh = da @ weight.T
        da = dh * (1 - h**2)
    return found, dh


@dataclass(frozen=True)
class AdamState:
    """Adam's running means of the gradients, m, and of their squares, v, after t steps."""

    m: Arrays = field(default_factory=dict)  # empty at the start, which counts as zero
    v: Arrays = field(default_factory=dict)
    t: int = 0


def adam_step(
    weights: Arrays,
    gradients: Arrays,
    state: AdamState,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.0,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[Arrays, AdamState]:
    """Give the weights and the state after one update (Kingma and Ba 2015, algorithm 1).

    With weight decay λ a matrix W has the gradient dW + λ W, the slope of L + λ/2 ||W||², before
    Adam sees it ("coupled"); biases have none.
    """
    t = state.t + 1
    new, m, v = {}, {}, {}
    for name, weight in weights.items():
        decay = weight_decay if weight.ndim > 1 else 0.0
        gradient = gradients[name] + decay * weight
        m[name] = betas[0] * state.m.get(name, 0.0) + (1 - betas[0]) * gradient
        v[name] = betas[1] * state.v.get(name, 0.0) + (1 - betas[1]) * gradient**2
        m_hat, v_hat = m[name] / (1 - betas[0] ** t), v[name] / (1 - betas[1] ** t)
        new[name] = weight - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
    return new, AdamState(m, v, t)
