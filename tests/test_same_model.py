"""NumPy, PyTorch and Gluon are one model: same start, same dice, then step by step together.

The two frameworks go through their own `train_step`, so that what is compared is what trains. A
relative difference is max|a - b| / max|b| over an array; a distance is ||a - b|| / ||b||.
"""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from support import random_clicks

from recotour_vae.evaluation.metrics import top_k, without_fold_in
from recotour_vae.models import ModelConfig, convert, make_model
from recotour_vae.models.referee import AdamState, adam_step, forward, gradients, loss_parts
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.training import TrainingConfig
from recotour_vae.training.trainer import make_backend

if not has_mxnet():
    pytest.skip("MXNet is not installed", allow_module_level=True)

from recotour_vae.runtime.mxnet import mx

pytestmark = pytest.mark.slow

Arrays = dict[str, NDArray[Any]]

KINDS = ["mult-vae", "mult-dae"]
DECAYED = [(kind, hidden, 0.01) for kind in KINDS for hidden in [(), (8,), (12, 6)]]
WALKS = [*DECAYED, *((kind, (8,), 0.0) for kind in KINDS)]
FRAMEWORKS = ["pytorch", "gluon"]
N_USERS, N_ITEMS, LATENT, BETA, RATE = 20, 60, 5, 0.7, 1e-3
N_STEPS = 100

CLOSE = 1e-5  # forward, loss and gradients; float32 rounds at 6e-8, MXNet's log_softmax at 4e-6
# Adam on the same gradients. MXNet has its 0.999 in float32, so that 1 - 0.999 is 1.3e-5 too small
# and each of its steps, which go with the root of 1 / v, is 6.4e-6 too long.
LED = 1e-5
# A hundred steps by oneself. A gradient as small as eps = 1e-8 turns its rounding error into up to
# a whole step of 1e-3, so a few weights may go astray; in the norm they hardly count.
FREE, ASTRAY = 1e-4, 1e-2


class Deal:
    """A model that is dealt its dropout and noise instead of drawing them, and is watched."""

    def __init__(self, model: Any) -> None:
        self.model, self.drawn = model, {}

    def __call__(self, clicks: Any, generator: Any) -> Any:
        given = self.drawn
        if self.model.framework == "pytorch":
            given = {name: torch.from_numpy(array) for name, array in given.items()}
        self.output = self.model(clicks, **given)
        return self.output

    def training_loss(self, clicks: Any, beta: float, generator: Any) -> Any:
        """Make the loss that PyTorch trains on, and keep what a plain forward pass gives."""
        with torch.no_grad():
            self(clicks, generator)
        given = {name: torch.from_numpy(array) for name, array in self.drawn.items()}
        return self.model.training_loss(clicks, beta, **given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


class Framework:
    """A model that makes the library's own training steps, with dice from outside."""

    def __init__(self, model: Any, decay: float) -> None:
        self.config, self.model = model.config, model
        settings = TrainingConfig(learning_rate=RATE, weight_decay=decay, device="cpu")
        self.backend = make_backend(model, settings)
        self.backend.model = Deal(model)
        self.score = model.score

    @property
    def weights(self) -> Arrays:
        return {name: array.astype(np.float64) for name, array in self.model.arrays().items()}

    def step(self, clicks: csr_matrix, drawn: Arrays) -> tuple[Arrays, Arrays]:
        """Make an update; give what was computed on the way, and the gradients."""
        self.backend.model.drawn = drawn
        self.backend.train_step(clicks, beta=BETA)
        loss, nll, kl = self.backend.take_losses()[0]
        output = self.backend.model.output
        named = {"logits": output.logits, "mu": output.mu, "logvar": output.logvar}
        seen = {name: to_numpy(array) for name, array in named.items() if array is not None}
        return seen | {"loss": loss, "nll": nll, "kl": kl}, self._gradients()

    def _gradients(self) -> Arrays:
        if self.model.framework == "pytorch":
            return {n: p.grad.numpy().astype(np.float64) for n, p in self.model.named_parameters()}
        found = {n: p.grad().tostype("default") for n, p in self.model.parameters().items()}
        return {name: array.asnumpy().astype(np.float64) for name, array in found.items()}


class Referee:
    """The same in NumPy and float64."""

    def __init__(self, model: Any, decay: float) -> None:
        self.config, self.decay, self.adam = model.config, decay, AdamState()
        self.weights = {name: array.astype(np.float64) for name, array in model.arrays().items()}

    def step(self, clicks: csr_matrix, drawn: Arrays) -> tuple[Arrays, Arrays]:
        found = forward(self.weights, self.config, clicks, **drawn)
        parts = loss_parts(found, self.config, clicks, BETA)._asdict()
        slopes = gradients(self.weights, self.config, clicks, BETA, **drawn)
        self.weights, self.adam = adam_step(self.weights, slopes, self.adam, RATE, self.decay)
        named = {"logits": found.logits, "mu": found.mu, "logvar": found.logvar}
        return {n: array for n, array in named.items() if array is not None} | parts, slopes

    def score(self, clicks: csr_matrix) -> NDArray[np.float64]:
        return forward(self.weights, self.config, clicks).logits


def to_numpy(array: Any) -> NDArray[Any]:
    return array.detach().numpy() if isinstance(array, torch.Tensor) else array.asnumpy()


def start_of(kind: str, hidden: tuple[int, ...]) -> Any:
    """Give a model whose biases matter, so that a misplaced one shows."""
    model = make_model(ModelConfig(kind, hidden, LATENT, dropout=0.4), N_ITEMS, seed=1)
    rng, arrays = np.random.default_rng(2), model.arrays()
    biases = {n: a + rng.normal(0, 0.3, a.shape) for n, a in arrays.items() if a.ndim == 1}
    model.load_arrays({n: a.astype(np.float32) for n, a in (arrays | biases).items()})
    return model


def players(kind: str, hidden: tuple[int, ...], decay: float) -> dict[str, Any]:
    """Give the three, from one initialisation."""
    model = start_of(kind, hidden)
    twins = {name: Framework(convert(model, name), decay) for name in FRAMEWORKS}
    return {"referee": Referee(model, decay), **twins}


def batch(number: int) -> csr_matrix:
    """Give other clicks for every step; the last user has none, and the first loses all hers."""
    clicks = random_clicks(number, N_USERS, N_ITEMS, 0.2).tolil()
    clicks[-1] = 0
    clicks = clicks.tocsr().astype(np.float32)
    clicks.sort_indices()
    return clicks


def draw(number: int, clicks: csr_matrix, config: ModelConfig) -> Arrays:
    """Give dropout and noise for a step."""
    rng = np.random.default_rng([3, number])
    keep = (rng.random(clicks.nnz) >= config.dropout).astype(np.float32)
    keep[: clicks.indptr[1]] = 0
    noise = rng.standard_normal((clicks.shape[0], config.latent), np.float32)
    return {"keep": keep} | ({"noise": noise} if config.kind == "mult-vae" else {})


def relative(found: Any, expected: Any) -> float:
    """max|a - b| / max|b|; 0 where both are nothing at all."""
    difference = np.abs(np.asarray(found, np.float64) - expected).max()
    return difference / np.abs(expected).max() if difference else 0.0


def worst(found: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    assert found.keys() == expected.keys()
    return max(relative(found[name], expected[name]) for name in expected)


def distance(found: Arrays, expected: Arrays) -> float:
    """||a - b|| / ||b|| of the array where it is largest."""
    return max(
        np.linalg.norm(found[name] - expected[name]) / np.linalg.norm(expected[name])
        for name in expected
    )


class Walk(NamedTuple):
    """What three players saw and where they came to."""

    seen: dict[str, Arrays]  # in the first step
    slopes: dict[str, Arrays]  # in the first step
    after: dict[int, dict[str, Arrays]]  # weights after 1 and after N_STEPS
    led: dict[int, dict[str, Arrays]]  # the referee's Adam on a framework's gradients
    scores: dict[str, NDArray[Any]]


@cache
def walk(kind: str, hidden: tuple[int, ...], decay: float) -> Walk:
    """Let all three make the same hundred steps."""
    return let_walk(players(kind, hidden, decay), decay)


def let_walk(group: dict[str, Any], decay: float, n_steps: int = N_STEPS) -> Walk:
    found = Walk({}, {}, {}, {}, {})
    led = {name: (player.weights, AdamState()) for name, player in group.items()}
    for number in range(1, n_steps + 1):
        clicks = batch(number)
        for name, player in group.items():
            seen, slopes = player.step(clicks, draw(number, clicks, player.config))
            led[name] = adam_step(led[name][0], slopes, led[name][1], RATE, decay)
            found.seen.setdefault(name, seen)
            found.slopes.setdefault(name, slopes)
        if number in (1, n_steps):
            found.after[number] = {name: player.weights for name, player in group.items()}
            found.led[number] = {name: weights for name, (weights, _) in led.items()}
    found.scores.update({name: player.score(batch(0)) for name, player in group.items()})
    return found


PAIRS = [(one, other) for other, one in combinations(["referee", *FRAMEWORKS], 2)]

every_pair = pytest.mark.parametrize(("one", "other"), PAIRS)
every_framework = pytest.mark.parametrize("name", FRAMEWORKS)
every_walk = pytest.mark.parametrize(("kind", "hidden", "decay"), WALKS)


@pytest.mark.slow
@every_walk
@every_pair
def test_forward_pass_and_each_part_of_the_loss_agree(kind, hidden, decay, one, other):
    seen = walk(kind, hidden, decay).seen
    assert worst(seen[one], seen[other]) < CLOSE
    assert {"logits", "loss", "nll", "kl"} <= seen[one].keys()
    assert (seen["referee"]["kl"] > 0) == (kind == "mult-vae")


@every_walk
@every_pair
def test_every_gradient_agrees(kind, hidden, decay, one, other):
    slopes = walk(kind, hidden, decay).slopes
    assert worst(slopes[one], slopes[other]) < CLOSE
    assert min(np.abs(array).max() for array in slopes["referee"].values()) > 1e-4  # none is idle


@every_walk
@every_framework
@pytest.mark.parametrize("n_steps", [1, N_STEPS])
def test_adam_takes_the_same_gradients_to_the_same_weights(kind, hidden, decay, name, n_steps):
    """The optimiser alone: the referee's Adam is given what the framework's was given."""
    found = walk(kind, hidden, decay)
    assert worst(found.after[n_steps][name], found.led[n_steps][name]) < LED


@every_walk
@every_pair
@pytest.mark.parametrize("n_steps", [1, N_STEPS])
def test_a_step_and_a_hundred_lead_to_the_same_weights(kind, hidden, decay, one, other, n_steps):
    after = walk(kind, hidden, decay).after[n_steps]
    assert distance(after[one], after[other]) < FREE
    assert worst(after[one], after[other]) < ASTRAY
    moved = distance(after["referee"], players(kind, hidden, decay)["referee"].weights)
    assert moved > 10 * FREE  # or nothing was compared


@every_walk
@every_pair
def test_a_hundred_steps_lead_to_the_same_lists(kind, hidden, decay, one, other):
    """Up to swaps of items whose scores nearly are one."""
    scores = walk(kind, hidden, decay).scores
    lists = [top_k(without_fold_in(scores[name], batch(0)), 20) for name in (one, other)]
    judged = [np.take_along_axis(scores[other], ranking, axis=1) for ranking in lists]
    np.testing.assert_allclose(*judged, rtol=0, atol=1e-4 * np.abs(scores[other]).max())
    assert (lists[0] == lists[1]).mean() > 0.9


def test_two_predictions_of_one_user_after_the_walk_are_identical():
    """Hybridized, first run under training, and never told about the mode again."""
    group = players("mult-vae", (8,), 0.0)
    let_walk({"gluon": group["gluon"]}, 0.0, n_steps=5)
    model, user = group["gluon"].model, batch(0)[:1]
    np.testing.assert_array_equal(model.score(user), model.score(user))
    assert relative(model.score(user), convert(model, "pytorch").score(user)) < CLOSE


# The comparison sees what it should: faults, each planted into the player of a framework.

DECAY = 0.01


def own_adam(player: Framework) -> None:
    """MXNet's own, which adds eps before the bias correction."""
    adam = mx.optimizer.Adam(RATE, wd=DECAY, lazy_update=False)
    parameters = list(player.model.parameters().values())
    player.backend.trainer = mx.gluon.Trainer(parameters, adam, kvstore=None)


def decay_on_biases(player: Framework) -> None:
    for group in player.backend.optimiser.param_groups:
        group["weight_decay"] = DECAY


def decoupled(player: Framework) -> None:
    """Decay the weights beside Adam, not through it (Loshchilov and Hutter 2019)."""
    weights = player.model.weights()
    biases = [parameter for parameter in player.model.parameters() if parameter.ndim == 1]
    groups = [{"params": weights, "weight_decay": DECAY}, {"params": biases, "weight_decay": 0.0}]
    player.backend.optimiser = torch.optim.AdamW(groups, RATE)


def unscaled(player: Framework) -> None:
    """Drop clicks without making up for them."""
    usual, share = player.step, 1 - player.config.dropout
    player.step = lambda clicks, drawn: usual(clicks, drawn | {"keep": drawn["keep"] * share})


def transposed(player: Framework) -> None:
    arrays = player.model.arrays()
    player.model.load_arrays(arrays | {"encoder.0.weight": arrays["encoder.0.weight"].T.copy()})


def with_loss(change: Callable[[Any], Any]) -> Callable[[Framework], None]:
    """Change what is minimised and nothing else."""

    def plant(player: Framework) -> None:
        name = "training_loss" if player.model.framework == "pytorch" else "loss"
        usual = getattr(player.backend.model, name)

        def faulty(*given: Any, **named: Any) -> Any:
            parts = usual(*given, **named)
            return parts._replace(loss=change(parts))

        setattr(player.backend.model, name, faulty)

    return plant


FAULTS = {
    "own adam": ("gluon", own_adam, "led"),
    "decay on biases": ("pytorch", decay_on_biases, "led"),
    "decoupled decay": ("pytorch", decoupled, "led"),
    "mean kl": ("gluon", with_loss(lambda p: p.nll + BETA * p.kl / LATENT), "seen"),
    "halved": ("pytorch", with_loss(lambda parts: parts.loss / 2), "seen"),
    "unscaled dropout": ("pytorch", unscaled, "seen"),
    "transposed": ("gluon", transposed, "seen"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_a_planted_fault_is_seen(fault):
    """By the check that is meant for it; what is wrong in the optimiser no other check sees."""
    name, plant, check = FAULTS[fault]
    group = players("mult-vae", (2 * LATENT,), DECAY)  # so that the second matrix is square
    group = {each: group[each] for each in ("referee", name)}
    plant(group[name])
    found = let_walk(group, DECAY, n_steps=20)
    seen = worst(found.seen[name], found.seen["referee"]) > CLOSE
    slopes = worst(found.slopes[name], found.slopes["referee"]) > CLOSE
    led = worst(found.after[20][name], found.led[20][name]) > LED
    assert (seen, slopes, led) == ((True, True, False) if check == "seen" else (False, False, True))
