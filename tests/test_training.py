"""The training loop: with a backend that only takes notes, and with the real one."""

import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from support import (
    clicks,
    group,
    is_a_sentence,
    on_call,
    small_config,
    small_model,
    train_small,
    two_tastes,
)

from recotour_vae.errors import (
    ConfigError,
    DivergenceError,
    MetricError,
    TrainingInterruptedError,
)
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.metrics import top_k_unseen
from recotour_vae.models.pytorch import ClickBatch, MultVAE, Output
from recotour_vae.runtime import progress
from recotour_vae.training import Trainer, beta_at, trainer
from recotour_vae.training.backend import Validated
from recotour_vae.training.history import history_table
from recotour_vae.training.pytorch import PyTorchBackend

SPLIT = two_tastes()


def ctrl_c(*args, **kwargs):
    raise KeyboardInterrupt


# The loop, with a backend that only takes notes


class People:
    """Users, counted and cut."""

    def __init__(self, clicks):
        self.clicks = clicks

    def __len__(self):
        return self.clicks.shape[0]

    def cut(self, users):
        return self.clicks[users]


class Notes:
    """A backend without a framework: it writes down what it is asked, and reads its losses."""

    def __init__(self, validation_losses=(), losses=1.0):
        self.learning_rate, self.losses = 0.1, losses
        self.to_come = list(validation_losses)
        self.seeds, self.steps, self.epoch, self.put_back = [], [], 0, None

    def load(self, train):
        self.train = train

    @property
    def units(self):
        return People(self.train)

    def cut(self, users):
        return self.units.cut(users)

    def start_phase(self, phase):
        pass

    def start_epoch(self, seed):
        self.seeds.append(seed)
        self.epoch += 1
        self.this_epoch = []

    def train_step(self, clicks, beta):
        self.this_epoch.append(clicks.toarray())
        self.steps.append((self.epoch, clicks, beta))

    def take_losses(self):
        return np.full((len(self.this_epoch), 3), self.losses)

    def validate(self, fold_in, held_out, k):
        """Everybody's best items are the last; one loss a user is to come each epoch."""
        n_users, n_items = fold_in.shape
        scores = np.tile(np.arange(n_items, dtype=np.float32), (n_users, 1))
        nll = self.to_come[self.epoch - 1] * n_users
        return Validated(nll, top_k_unseen(scores, fold_in, k))

    def arrays(self):
        return {"made in epoch": np.array(self.epoch)}

    def load_arrays(self, arrays):
        self.put_back = int(arrays["made in epoch"])


@pytest.fixture
def noted(monkeypatch):
    """Train with a backend that takes notes; give it and the history."""

    def run(backend, validation=SPLIT.validation, train=SPLIT.train, model=None, **settings):
        monkeypatch.setattr(trainer, "make_backend", lambda model, config: backend)
        config = small_config(monitor="loss", **settings)
        history = Trainer(config, progress=False).fit(model or small_model(), train, validation)
        return backend, history

    return run


def test_every_user_is_seen_once_an_epoch_in_an_order_of_its_own(noted):
    one_each = clicks([[user] for user in range(20)], 24)  # so that a row names its user
    backend, _ = noted(Notes(), None, one_each, epochs=3)
    orders = []
    for epoch in (1, 2, 3):
        batches = [batch for number, batch, _ in backend.steps if number == epoch]
        assert [batch.shape[0] for batch in batches] == [8, 8, 4]
        orders.append([int(column) for batch in batches for column in batch.indices])
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_each_epoch_has_its_own_seed_and_the_same_one_each_time(noted):
    first, _ = noted(Notes(), None)
    again, _ = noted(Notes(), None)
    other, _ = noted(Notes(), None, seed=1)
    assert first.seeds == again.seeds
    assert len(set(first.seeds + other.seeds)) == 10


@pytest.mark.parametrize("annealing", ["fraction", "paper", "constant"])
def test_beta_follows_the_schedule_update_by_update(noted, annealing):
    model = small_model(annealing=annealing, anneal_steps=40, beta=0.3)
    backend, history = noted(Notes(), None, model=model)
    expected = [beta_at(update, 20, model.config) for update in range(20)]
    assert [beta for _, _, beta in backend.steps] == expected
    assert history["beta"].tolist() == expected[3::4]


def test_the_loss_of_an_epoch_is_a_mean_over_users_not_over_batches(noted):
    # 30 users in batches of 8, 8, 8 and 6
    backend = Notes(losses=[[1, 2, 3], [1, 2, 3], [1, 2, 3], [6, 7, 8]])
    _, history = noted(backend, None, epochs=1)
    assert history.loc[1, ["loss", "nll", "kl"]].tolist() == pytest.approx([2, 3, 4])


def test_the_validation_loss_is_a_mean_over_all_users(noted):
    _, history = noted(Notes([3.0, 2.0]), epochs=2, batch_size=4)
    assert history["validation_loss"].tolist() == pytest.approx([3.0, 2.0])


def test_the_weights_of_the_best_epoch_are_put_back(noted):
    backend, history = noted(Notes([5, 3, 4, 2.5, 6]))
    assert len(history) == 5
    assert backend.put_back == 4


def test_without_validation_the_last_epoch_is_kept(noted):
    backend, history = noted(Notes(), None)
    assert backend.put_back == 5
    assert "validation_loss" not in history


def test_patience_stops_training_and_the_best_epoch_is_put_back(noted):
    backend, history = noted(Notes([5, 3, 4, 3, 3.5, 1]), patience=3, epochs=6)
    assert len(history) == 5  # epochs 3, 4 and 5 did not better epoch 2
    assert backend.put_back == 2


def test_the_rate_falls_after_each_plateau(noted):
    losses = [5, 6, 6, 6, 6, 4, 6, 6, 6]
    _, history = noted(Notes(losses), epochs=9, plateau_patience=2, plateau_factor=0.1)
    rates = [0.1, 0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3, 1e-3, 1e-4]
    assert history["learning_rate"].tolist() == pytest.approx(rates)


def test_users_without_a_held_out_click_are_left_out_of_the_validation(noted):
    held = SPLIT.validation
    empty = held.held_out.tolil()
    empty[1:] = 0
    seen = []
    backend = Notes([2.0])
    usual = backend.validate
    backend.validate = lambda f, h, k: seen.append(f.shape[0]) or usual(f, h, k)
    _, history = noted(backend, group(held.fold_in, empty.tocsr()), epochs=1)
    assert seen == [1]
    assert history.loc[1, "validation_loss"] == 2.0


def test_validation_people_are_seen_once_an_epoch_batch_by_batch(noted):
    seen = []
    backend = Notes([2.0, 1.0])
    usual = backend.validate
    backend.validate = lambda f, h, k: seen.append((f, h, k)) or usual(f, h, k)
    noted(backend, epochs=2)
    assert [(f.shape[0], h.shape[0], k) for f, h, k in seen] == [(8, 8, 20), (7, 7, 20)] * 2
    for part, whole in ((0, SPLIT.validation.fold_in), (1, SPLIT.validation.held_out)):
        together = np.concatenate([one[part].toarray() for one in seen[:2]])
        np.testing.assert_array_equal(together, whole.toarray())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_no_number_names_epoch_and_batch(noted, bad):
    losses = np.ones((4, 3))
    losses[2, 2] = bad
    with pytest.raises(DivergenceError, match=r"epoch 1, batch 3 of 4 .*0\.1") as error:
        noted(Notes([1.0], losses))
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("before", [[], [2.0, 1.0]])
def test_a_validation_loss_that_is_no_number_stops_training_too(noted, bad, before):
    backend = Notes([*before, bad, 0.5])
    with pytest.raises(DivergenceError, match=f"epoch {len(before) + 1}") as error:
        noted(backend, epochs=len(before) + 2)
    assert is_a_sentence(error.value)
    assert backend.put_back == len(before)


# The real backend


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize("likelihood", ["multinomial", "gaussian", "logistic"])
def test_a_model_learns_to_tell_two_tastes_apart(kind, likelihood):
    model = small_model(kind, likelihood=likelihood)
    before = evaluate(model, SPLIT.test, ["recall@8"]).mean("recall@8")
    config = small_config(epochs=25, learning_rate=0.03, monitor="recall@8")
    Trainer(config).fit(model, SPLIT.train, SPLIT.validation)
    assert before < 0.7
    assert evaluate(model, SPLIT.test, ["recall@8"]).mean("recall@8") > 0.97


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_equal_seeds_give_equal_runs_whatever_the_global_generators(kind):
    torch.manual_seed(1)
    np.random.seed(1)
    one, history = train_small(kind=kind)
    torch.manual_seed(2)
    np.random.seed(2)
    same, again = train_small(kind=kind)
    pd.testing.assert_frame_equal(history, again, check_exact=True)
    assert_same_weights(one, same)


def assert_same_weights(one, other):
    for (name, ours), theirs in zip(
        one.state_dict().items(), other.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), name


def test_another_seed_gives_another_run():
    """With the same weights to begin with: order and noise come from the seed of training."""
    histories = [
        Trainer(small_config(seed=seed)).fit(small_model(), SPLIT.train, SPLIT.validation)
        for seed in (0, 1)
    ]
    assert histories[0]["loss"].tolist() != histories[1]["loss"].tolist()


def test_training_leaves_the_global_generators_alone():
    model = small_model()
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    Trainer(small_config()).fit(model, SPLIT.train, SPLIT.validation)
    assert torch.equal(state, torch.get_rng_state())
    np.testing.assert_array_equal(numpy_state, np.random.get_state()[1])


@pytest.mark.slow
@pytest.mark.parametrize("monitor", ["loss", "recall@20", "ndcg@8"])
def test_the_model_ends_with_the_weights_of_its_best_epoch(monitor):
    """They are those of a run that ends there, so looking at the validation changes nothing."""
    settings = {"learning_rate": 0.1, "monitor": monitor, "epochs": 8}
    model, history = train_small(annealing="constant", **settings)
    values = history["validation_loss" if monitor == "loss" else monitor]
    best = int(values.idxmin() if monitor == "loss" else values.idxmax())
    shorter = small_model(annealing="constant")
    Trainer(small_config(**settings | {"epochs": best})).fit(shorter, SPLIT.train)
    assert_same_weights(model, shorter)


def test_the_history_says_what_its_columns_mean():
    _, history = train_small()
    assert history.index.tolist() == [1, 2, 3, 4, 5]
    assert history.index.name == "epoch"
    metrics = {"ndcg@8", "recall@20"}  # ndcg@100 and recall@50 need more than 24 items
    columns = {"beta", "learning_rate", "loss", "nll", "kl", "validation_loss"}
    assert set(history.columns) == columns | metrics
    assert all(f"`{name}`" in (history_table.__doc__ or "") for name in columns)
    assert np.isfinite(history.to_numpy()).all()
    parts = history["loss"] - history["nll"]
    assert ((parts >= 0) & (parts <= 0.2 * history["kl"] + 1e-6)).all()
    assert history_table([]).empty


def test_the_last_row_of_the_history_can_be_measured_again():
    model, history = train_small(epochs=1)
    held = SPLIT.validation
    found = evaluate(model, held, ["ndcg@8", "recall@20"])
    assert history.loc[1, "ndcg@8"] == pytest.approx(found.mean("ndcg@8"))
    assert history.loc[1, "recall@20"] == pytest.approx(found.mean("recall@20"))
    with torch.no_grad():
        logits = model.eval()(ClickBatch.from_csr(held.fold_in)).logits.double()
    target = torch.tensor(held.held_out.toarray())
    nll = -(target * torch.log_softmax(logits, dim=1)).sum(dim=1).mean().item()
    assert history.loc[1, "validation_loss"] == pytest.approx(nll, rel=1e-5)


def in_two_passes(backend, group, k):
    """What a validation was before it was one pass: the likelihood, and then the lists."""
    model = backend.model.eval()
    with torch.inference_mode():
        target = ClickBatch.from_csr(group.held_out)
        logits = model(ClickBatch.from_csr(group.fold_in)).logits
        nll = float(model.loss(Output(logits), target, beta=0.0).nll) * len(target)
    sorted_whole = top_k_unseen(model.score(group.fold_in), group.fold_in, k)
    return nll, model.rank(group.fold_in, k), sorted_whole


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"likelihood": "gaussian"},
        {"likelihood": "logistic"},
        {"precision": "mixed"},
        {"sampled_items": 6},
    ],
)
def test_one_pass_over_validation_people_gives_the_bits_of_two(kind, settings):
    own = {name: settings[name] for name in settings if name != "precision"}
    config = small_config(**{n: v for n, v in settings.items() if n not in own}, weight_decay=0)
    backend = trainer.make_backend(small_model(kind, **own), config)
    backend.load(SPLIT.train)
    for _ in range(3):
        backend.train_step(backend.cut(np.arange(20)), beta=0.1)
    nll, ranked, scored = in_two_passes(backend, SPLIT.validation, 12)
    found = backend.validate(SPLIT.validation.fold_in, SPLIT.validation.held_out, 12)
    assert found.nll == nll
    np.testing.assert_array_equal(found.ranking, ranked)
    np.testing.assert_array_equal(found.ranking, scored)


def test_weights_that_are_no_numbers_leave_nothing_to_rank():
    backend = PyTorchBackend(small_model(), small_config())
    with torch.no_grad():
        backend.model.first.bias.fill_(torch.nan)
    found = backend.validate(SPLIT.validation.fold_in, SPLIT.validation.held_out, 5)
    assert np.isnan(found.nll)
    assert found.ranking.tolist() == [[-1] * 5] * 15


def test_an_epoch_takes_validation_people_through_the_network_once():
    """Training takes a short cut that is no forward pass of the module."""
    model, seen = small_model(), []
    model.register_forward_hook(lambda module, given, output: seen.append(len(given[0])))
    Trainer(small_config(epochs=3), progress=False).fit(model, SPLIT.train, SPLIT.validation)
    assert seen == [8, 7] * 3


def test_a_dae_has_no_kl():
    _, history = train_small(kind="mult-dae")
    assert history["kl"].tolist() == [0.0] * 5
    assert history["loss"].tolist() == history["nll"].tolist()


def test_a_large_catalogue_is_measured_with_the_papers_metrics():
    split = two_tastes(n_items=120)
    config = small_config(epochs=1, monitor="ndcg@100")
    history = Trainer(config).fit(small_model(n_items=120), split.train, split.validation)
    assert {"ndcg@100", "recall@20", "recall@50"} <= set(history.columns)


def test_mixed_precision_is_close_to_full():
    full, half = (train_small(precision=precision)[1] for precision in ("float32", "mixed"))
    assert half["loss"].tolist() != full["loss"].tolist()
    np.testing.assert_allclose(half["loss"], full["loss"], rtol=0.02)
    np.testing.assert_allclose(half["validation_loss"], full["validation_loss"], rtol=0.02)


def test_weights_and_losses_stay_in_full_precision_under_mixed():
    model = small_model()
    backend = PyTorchBackend(model, small_config(precision="mixed"))
    backend.train_step(SPLIT.train[:8], beta=0.1)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert backend.losses[0].dtype == torch.float32


def test_losses_are_forgotten_once_taken():
    backend = PyTorchBackend(small_model(), small_config())
    for _ in range(3):
        backend.train_step(SPLIT.train[:8], beta=0.1)
    assert backend.take_losses().shape == (3, 3)
    backend.train_step(SPLIT.train[:8], beta=0.1)
    assert backend.take_losses().shape == (1, 3)


# When something goes wrong


def poison(self, clicks, beta):
    with torch.no_grad():
        self.model.first.bias.fill_(torch.nan)
    real_step(self, clicks, beta=beta)


real_step = PyTorchBackend.train_step


def test_when_the_weights_are_spoilt_the_model_goes_back_to_its_best_epoch(monkeypatch):
    expected, _ = train_small(epochs=1, annealing="constant")
    monkeypatch.setattr(PyTorchBackend, "train_step", on_call(6, real_step, poison))
    model, runner = small_model(annealing="constant"), Trainer(small_config())
    with pytest.raises(DivergenceError, match=r"epoch 2, batch 2 of 4 .*best epoch"):
        runner.fit(model, SPLIT.train, SPLIT.validation)
    assert len(runner.history) == 1
    assert_same_weights(model, expected)


@pytest.mark.parametrize("batch_size", [8, 1000])
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_an_absurd_learning_rate_is_told_and_leaves_numbers(batch_size, kind):
    model = small_model(kind)
    config = small_config(learning_rate=1e30, batch_size=batch_size)
    with pytest.raises(DivergenceError, match=r"epoch [12][ ,].*learning rate") as error:
        Trainer(config).fit(model, SPLIT.train, SPLIT.validation)
    assert is_a_sentence(error.value)
    assert all(parameter.isfinite().all() for parameter in model.parameters())


def test_ctrl_c_without_a_folder_leaves_the_best_weights_and_the_history(monkeypatch):
    expected, _ = train_small(epochs=1, annealing="constant")
    monkeypatch.setattr(PyTorchBackend, "train_step", on_call(7, real_step, ctrl_c))
    model, runner = small_model(annealing="constant"), Trainer(small_config())
    with pytest.raises(TrainingInterruptedError, match=r"after 1 epoch; .* best one") as error:
        runner.fit(model, SPLIT.train, SPLIT.validation)
    assert is_a_sentence(error.value)
    assert len(runner.history) == 1
    assert_same_weights(model, expected)


def untouched(monkeypatch):
    """Let no update be made."""

    def refuse(*args, **kwargs):
        raise AssertionError("training began")

    monkeypatch.setattr(PyTorchBackend, "train_step", refuse)


@pytest.mark.parametrize("name", ["patience", "plateau_patience"])
def test_patience_needs_validation_users(monkeypatch, name):
    untouched(monkeypatch)
    with pytest.raises(ConfigError, match=r"none are given; pass split\.validation") as error:
        Trainer(small_config(**{name: 3})).fit(small_model(), SPLIT.train)
    assert is_a_sentence(error.value)


def test_a_metric_of_ratings_is_nothing_to_watch_a_model_of_lists_by(monkeypatch):
    untouched(monkeypatch)
    with pytest.raises(MetricError, match="monitor is rmse, which is measured on ratings") as error:
        Trainer(small_config(monitor="rmse")).fit(small_model(), SPLIT.train, SPLIT.validation)
    assert is_a_sentence(error.value)


def test_resuming_needs_a_folder(monkeypatch):
    untouched(monkeypatch)
    with pytest.raises(ConfigError, match="folder of a run") as error:
        Trainer(small_config()).fit(small_model(), SPLIT.train, resume=True)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize("n_items", [23, 25])
def test_a_model_of_another_width_is_refused(monkeypatch, n_items):
    untouched(monkeypatch)
    with pytest.raises(ConfigError, match=f"{n_items}.*24|24.*{n_items}") as error:
        Trainer(small_config()).fit(small_model(n_items=n_items), SPLIT.train, SPLIT.validation)
    assert is_a_sentence(error.value)


def test_validation_users_of_another_catalogue_are_refused(monkeypatch):
    untouched(monkeypatch)
    other = two_tastes(n_items=26).validation
    with pytest.raises(ConfigError, match=r"26.*24|24.*26"):
        Trainer(small_config()).fit(small_model(), SPLIT.train, other)


def test_no_training_users_are_refused():
    with pytest.raises(ConfigError, match="no users") as error:
        Trainer(small_config()).fit(small_model(), SPLIT.train[:0])
    assert is_a_sentence(error.value)


def test_validation_users_without_held_out_clicks_are_refused_before_training(monkeypatch):
    untouched(monkeypatch)
    held = group(SPLIT.validation.fold_in, clicks([[]] * 15, 24))
    with pytest.raises(MetricError, match="No user has a held-out click"):
        Trainer(small_config()).fit(small_model(), SPLIT.train, held)


def test_a_monitor_longer_than_the_catalogue_is_refused_before_training(monkeypatch):
    untouched(monkeypatch)
    with pytest.raises(MetricError, match=r"ndcg@100 needs lists of 100 items, .* has 24"):
        Trainer(small_config(monitor="ndcg@100")).fit(small_model(), SPLIT.train, SPLIT.validation)


# Progress


def test_a_process_without_ipython_or_terminal_is_not_watched(monkeypatch):
    for name in ("CI", "TQDM_DISABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not progress.is_watched()


def test_training_is_silent_in_ci_and_shows_its_epochs_to_people(monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    Trainer(small_config()).fit(small_model(), SPLIT.train, SPLIT.validation)
    assert capsys.readouterr() == ("", "")
    Trainer(small_config(), progress=True).fit(small_model(), SPLIT.train, SPLIT.validation)
    out, err = capsys.readouterr()
    assert out == ""
    assert "5/5" in err


def test_a_long_epoch_has_a_bar_of_its_own(capsys):
    config = small_config(batch_size=1, epochs=1)
    Trainer(config, progress=True).fit(small_model(), SPLIT.train)
    assert "epoch 1:" not in capsys.readouterr().err
    many = SPLIT.train[np.arange(60) % 30]
    Trainer(config, progress=True).fit(small_model(), many)
    assert "epoch 1:" in capsys.readouterr().err


# A GPU


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_a_gpu_trains_as_the_cpu_does(kind, cuda):
    """Without dropout, and with a β of 0 and little noise, nothing random is left but order."""
    histories = []
    for device in ("cpu", cuda):
        model = small_model(kind, dropout=0.0, **{"beta": 0.0} if kind == "mult-vae" else {})
        if isinstance(model, MultVAE):
            with torch.no_grad():
                model.encoder[-1].bias[4:] = -40.0
        config = small_config(device=device)
        history = Trainer(config).fit(model, SPLIT.train, SPLIT.validation)
        histories.append(history.drop(columns="seconds"))
    np.testing.assert_allclose(*(h["loss"] for h in histories), rtol=1e-3)
    np.testing.assert_allclose(*(h["validation_loss"] for h in histories), rtol=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "mixed"])
def test_a_model_learns_on_a_gpu(cuda, precision):
    config = small_config(epochs=60, device=cuda, precision=precision)
    model = small_model()
    Trainer(config).fit(model, SPLIT.train, SPLIT.validation)
    assert evaluate(model, SPLIT.test, ["recall@8"]).mean("recall@8") > 0.97


def test_batches_cover_the_users_for_every_size():
    for size in (1, 7, 29, 30, 31, 1000):
        seen = Counter()
        backend = Notes()
        usual = backend.train_step

        def counted(c, seen=seen, usual=usual, **schedule):
            seen.update(users=c.shape[0], batches=1)
            return usual(c, **schedule)

        backend.train_step = counted
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trainer, "make_backend", lambda m, c, backend=backend: backend)
            Trainer(small_config(epochs=1, batch_size=size)).fit(small_model(), SPLIT.train)
        assert seen == {"users": 30, "batches": -(-30 // size)}
