"""The Gluon backend of the one training loop."""

import numpy as np
import pytest
from support import is_a_sentence, small_config, two_tastes

from recotour_vae.errors import CheckpointError, ConfigError, DeviceError, DivergenceError
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.models import ModelConfig, convert, make_model
from recotour_vae.models.saved import load_model
from recotour_vae.runs.layout import BEST
from recotour_vae.runtime.mxnet import has_mxnet
from recotour_vae.training import Trainer, TrainingConfig, resolve_context
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.trainer import make_backend

if not has_mxnet():
    pytest.skip("MXNet is not installed", allow_module_level=True)

from recotour_vae.models.gluon import ClickBatch, Output
from recotour_vae.runtime.mxnet import mx
from recotour_vae.training.gluon import GluonBackend

SPLIT = two_tastes()
N_ITEMS = SPLIT.n_items


def small(kind="mult-vae", framework="gluon", seed=0, **settings):
    return make_model(ModelConfig(kind, (16,), 4, **settings), N_ITEMS, seed, framework)


def train(folder=None, resume=False, framework="gluon", kind="mult-vae", **settings):
    model = small(kind, framework)
    trainer = Trainer(small_config(**settings), folder, progress=False)
    history = trainer.fit(model, SPLIT.train, SPLIT.validation, resume=resume)
    return model, history.drop(columns="seconds")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_training_learns_the_two_tastes(kind):
    untrained = evaluate(small(kind), SPLIT.test, ["ndcg@8"]).mean("ndcg@8")
    model, history = train(kind=kind, epochs=20)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    assert evaluate(model, SPLIT.test, ["ndcg@8"]).mean("ndcg@8") > untrained + 0.1


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run():
    (one, first), (two, second) = train(), train()
    assert first.equals(second)
    assert all((one.arrays()[name] == two.arrays()[name]).all() for name in one.arrays())


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"plateau_patience": 1}, {"weight_decay": 0.01}])
def test_resuming_gives_the_numbers_of_an_uninterrupted_run(tmp_path, monkeypatch, settings):
    whole, expected = train(epochs=6, **settings)
    usual, seen = GluonBackend.train_step, []

    def stop_in_the_fourth_epoch(self, clicks, beta):
        seen.append(beta)
        if len(seen) == 14:
            raise KeyboardInterrupt
        usual(self, clicks, beta=beta)

    monkeypatch.setattr(GluonBackend, "train_step", stop_in_the_fourth_epoch)
    with pytest.raises(Exception, match="Stopped after 3 epochs"):
        train(tmp_path / "run", epochs=6, **settings)
    monkeypatch.undo()
    again, history = train(tmp_path / "run", resume=True, epochs=6, **settings)
    assert history.equals(expected)
    assert (again.score(SPLIT.train) == whole.score(SPLIT.train)).all()


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize("decay", [None, 0.01])
@pytest.mark.slow
def test_a_hundred_steps_are_those_of_pytorch(kind, decay):
    """Without randomness (no dropout, posterior noise set to nil) the two must walk together."""
    ours = small(kind, dropout=0.0)
    ours.load_arrays({**ours.arrays(), **_quiet(ours)})
    twin = convert(ours, "pytorch")
    config = small_config(weight_decay=decay)
    backends = [make_backend(ours, config), make_backend(twin, config)]
    for backend in backends:
        for step in range(100):
            backend.train_step(SPLIT.train[step % 4 :: 4], beta=0.0)
    losses = [backend.take_losses() for backend in backends]
    np.testing.assert_allclose(losses[0][:, 1], losses[1][:, 1], rtol=1e-4)
    if kind == "mult-dae":  # nothing random is left in it
        for name, array in backends[0].arrays().items():
            np.testing.assert_allclose(array, backends[1].arrays()[name], atol=2e-4)


def _quiet(model):
    """Weights of the encoder's last layer that give the posterior next to no width."""
    if model.kind != "mult-vae":
        return {}
    arrays = model.arrays()
    weight, bias = arrays["encoder.0.weight"].copy(), arrays["encoder.0.bias"].copy()
    weight[4:], bias[4:] = 0, -60
    return {"encoder.0.weight": weight, "encoder.0.bias": bias}


def test_gradients_are_scaled_once():
    """A step must not depend on how often a batch repeats its users: the loss is a mean."""
    once, twice = small("mult-dae", dropout=0.0), small("mult-dae", dropout=0.0)
    users = SPLIT.train[:8]
    doubled = SPLIT.train[np.r_[0:8, 0:8]]
    for model, clicks in ((once, users), (twice, doubled)):
        backend = make_backend(model, small_config(weight_decay=0.1))
        backend.train_step(clicks, beta=0.0)
        backend.take_losses()
    for name, array in once.arrays().items():
        np.testing.assert_allclose(array, twice.arrays()[name], atol=2e-6)


def test_optimiser_state_has_pytorchs_names_and_survives_a_round_trip():
    backend = make_backend(small(), small_config())
    assert backend.optimiser_state() == {}
    for _ in range(3):
        backend.train_step(SPLIT.train[:8], beta=0.1)
    state = backend.optimiser_state()
    twin = make_backend(convert(backend.model, "pytorch"), small_config())
    twin.train_step(SPLIT.train[:8], beta=0.1)
    assert {n: a.shape for n, a in state.items()} == {
        n: a.shape for n, a in twin.optimiser_state().items()
    }
    assert state["first.weight/step"] == 3
    other = make_backend(convert(backend.model, "gluon"), small_config())
    other.set_optimiser_state(state)
    for each in (backend, other):
        each.start_epoch(5)
        each.train_step(SPLIT.train[:8], beta=0.1)
    for name, array in backend.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name])


def test_the_learning_rate_can_be_read_and_set():
    backend = make_backend(small(), small_config(learning_rate=0.01))
    assert backend.learning_rate == pytest.approx(0.01)
    backend.learning_rate = 0.002
    before = backend.arrays()
    backend.train_step(SPLIT.train[:8], beta=0.1)
    moved = max(np.abs(backend.arrays()[name] - before[name]).max() for name in before)
    assert backend.learning_rate == pytest.approx(0.002)
    assert moved == pytest.approx(0.002, rel=0.01)  # what Adam's first step is at most


def test_weight_decay_touches_weights_and_no_bias():
    model = small("mult-dae", dropout=0.0)
    make_backend(model, small_config(weight_decay=0.5))
    decays = {name: parameter.wd_mult for name, parameter in model.parameters().items()}
    assert decays == {name: float(name.endswith("weight")) for name in decays}


def test_validation_is_that_of_pytorch():
    model, group = small(), SPLIT.validation
    ours, theirs = (
        make_backend(each, small_config()).validate(group.fold_in, group.held_out, 8)
        for each in (model, convert(model, "pytorch"))
    )
    assert ours.nll == pytest.approx(theirs.nll, rel=1e-6)
    assert (ours.ranking == theirs.ranking).mean() > 0.9


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize("likelihood", ["multinomial", "gaussian", "logistic"])
def test_one_pass_over_validation_people_gives_the_bits_of_two(kind, likelihood):
    model, group = small(kind, likelihood=likelihood), SPLIT.validation
    backend = make_backend(model, small_config())
    backend.train_step(SPLIT.train, beta=0.1)
    found = backend.validate(group.fold_in, group.held_out, 8)
    target = ClickBatch.from_csr(group.held_out)
    logits = model(ClickBatch.from_csr(group.fold_in)).logits
    nll = model.loss(Output(logits), target, beta=0.0).nll
    assert found.nll == float(nll.asscalar()) * len(target)
    expected = top_k_unseen(model.score(group.fold_in), group.fold_in, 8)
    assert (found.ranking == expected).all()


def test_weights_that_are_no_numbers_leave_nothing_to_rank():
    model, group = small(), SPLIT.validation
    model.load_arrays({name: value * np.nan for name, value in model.arrays().items()})
    backend = make_backend(model, small_config())
    found = backend.validate(group.fold_in, group.held_out, 8)
    assert np.isnan(found.nll)
    assert (found.ranking == -1).all()


def test_a_run_that_diverges_says_where():
    with pytest.raises(DivergenceError) as caught:
        train(learning_rate=1e30)
    assert is_a_sentence(caught.value)


@pytest.mark.slow
def test_either_framework_opens_the_checkpoint_of_the_other(tmp_path):
    for framework in ("gluon", "pytorch"):
        model, _ = train(tmp_path / framework, framework=framework)
        for other in ("gluon", "pytorch"):
            opened = load_model(tmp_path / framework / BEST, other)
            assert opened.framework == other
            np.testing.assert_allclose(
                opened.score(SPLIT.train), model.score(SPLIT.train), atol=1e-5
            )


def test_a_run_is_resumed_in_its_own_framework(tmp_path):
    train(tmp_path / "run", epochs=2)
    with pytest.raises(CheckpointError, match="framework gluon, not pytorch") as caught:
        train(tmp_path / "run", resume=True, framework="pytorch", epochs=2)
    assert is_a_sentence(caught.value)


def test_a_backend_of_ones_own_is_used():
    made = []

    def mine(model, config):
        made.append(GluonBackend(model, config))
        return made[-1]

    Trainer(small_config(epochs=1), backend=mine).fit(small(), SPLIT.train)
    assert len(made) == 1


def test_the_backend_follows_the_model():
    assert isinstance(make_backend(small(), small_config()), GluonBackend)
    assert isinstance(make_backend(small(framework="pytorch"), small_config()), PyTorchBackend)


def test_mixed_precision_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="float32 only") as caught:
        make_backend(small(), small_config(precision="mixed"))
    assert is_a_sentence(caught.value)


@pytest.mark.parametrize(("gpus", "expected"), [(0, "cpu(0)"), (2, "gpu(0)")])
def test_auto_takes_the_gpu_that_mxnet_sees(monkeypatch, gpus, expected):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: gpus)
    assert str(resolve_context("auto")) == expected


def test_a_named_context_is_taken(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 2)
    assert [str(resolve_context(name)) for name in ("cpu", "cuda", "cuda:1")] == [
        "cpu(0)",
        "gpu(0)",
        "gpu(1)",
    ]


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7", "mps", "tpu", "cuda:x"])
def test_a_context_that_is_not_there_is_refused(name, monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    with pytest.raises(DeviceError) as caught:
        resolve_context(name)
    assert is_a_sentence(caught.value)


@pytest.mark.gpu
def test_a_gpu_build_of_mxnet_trains_as_the_cpu_does():
    if not mx.context.num_gpus():
        pytest.skip("MXNet sees no GPU here")
    config = small_config(device="cuda")
    model = small(dropout=0.0)
    Trainer(config).fit(model, SPLIT.train, SPLIT.validation)
    assert np.isfinite(model.score(SPLIT.train)).all()


def test_the_defaults_train_in_gluon_too():
    config = TrainingConfig(epochs=1, monitor="ndcg@8", device="cpu")
    history = Trainer(config).fit(small(), SPLIT.train, SPLIT.validation)
    assert history["loss"].notna().all()
