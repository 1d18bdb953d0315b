"""The schedules of β, the settings of a run, and what early stopping counts."""

import pickle
from dataclasses import fields, replace
from inspect import signature

import numpy as np
import pytest
from support import is_a_sentence

from recotour_vae.errors import ConfigError, MetricError
from recotour_vae.models import MultVAEConfig
from recotour_vae.training import TrainingConfig, beta_at, fraction_beta, paper_beta
from recotour_vae.training.patience import Watch


@pytest.mark.parametrize(
    ("update", "beta"),
    [(0, 0.0), (1, 5e-6), (20_000, 0.1), (40_000, 0.2), (40_001, 0.2), (46_799, 0.2)],
)
def test_the_papers_schedule_on_movielens_20m(update, beta):
    assert paper_beta(update, cap=0.2, anneal_steps=200_000) == pytest.approx(beta, abs=1e-12)


@pytest.mark.parametrize(
    ("update", "beta"), [(0, 0.0), (10, 0.0625), (40, 0.25), (79, 0.49375), (80, 0.5), (99, 0.5)]
)
def test_a_fraction_of_all_updates(update, beta):
    found = fraction_beta(update, cap=0.5, all_updates=100, fraction=0.8)
    assert found == pytest.approx(beta, abs=1e-12)


def test_over_the_whole_run_the_cap_would_come_one_update_after_the_last():
    assert fraction_beta(99, 0.5, 100, 1.0) == pytest.approx(0.495)
    assert fraction_beta(100, 0.5, 100, 1.0) == 0.5


def test_the_default_is_the_papers_schedule_whatever_the_size_of_the_data():
    config = MultVAEConfig()
    assert config.beta == 0.2
    paper = MultVAEConfig(annealing="paper")
    for update in (0, 1000, 25_000, 46_799):
        ours, theirs = beta_at(update, 46_800, config), beta_at(update, 46_800, paper)
        assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("annealing", ["fraction", "paper"])
def test_beta_never_falls_and_ends_at_the_cap(annealing):
    config = MultVAEConfig(annealing=annealing, beta=0.3, anneal_steps=500, anneal_fraction=0.5)
    betas = [beta_at(update, 300, config) for update in range(300)]
    assert betas[0] == 0
    assert (np.diff(betas) >= 0).all()
    assert betas[-1] == 0.3
    assert betas.index(0.3) == 150


def test_a_constant_beta_is_there_from_the_first_update_on():
    config = MultVAEConfig(annealing="constant", beta=0.7)
    assert {beta_at(update, 10, config) for update in range(10)} == {0.7}


def test_a_beta_of_0_stays_0():
    for annealing in ("fraction", "paper", "constant"):
        config = MultVAEConfig(annealing=annealing, beta=0.0)
        assert {beta_at(update, 10, config) for update in range(10)} == {0.0}


# Settings


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"epochs": 0}, "epochs is 0; give 1 or more"),
        ({"epochs": None}, "epochs is None"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"patience": 0}, "patience is 0"),
        ({"plateau_patience": 0}, "plateau_patience is 0"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"seed": -1}, "seed is -1"),
        ({"plateau_factor": 0.0}, "plateau_factor is 0.0"),
        ({"plateau_factor": 1.5}, "plateau_factor is 1.5"),
        ({"precision": "float16"}, "precision is float16; give float32 or mixed"),
    ],
)
def test_settings_out_of_range_are_refused(settings, match):
    with pytest.raises(ConfigError, match=match) as error:
        TrainingConfig(**settings)
    assert str(error.value)[-1] == "."


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"beta": -1.0}, "beta is -1.0; give 0 or more"),
        ({"beta": float("nan")}, "beta is nan"),
        ({"anneal_steps": 0}, "anneal_steps is 0"),
        ({"anneal_fraction": 0.0}, "anneal_fraction is 0.0"),
        ({"anneal_fraction": 1.1}, "anneal_fraction is 1.1"),
        ({"annealing": "cosine"}, "annealing is cosine; give fraction or paper or constant"),
    ],
)
def test_an_annealing_out_of_range_is_refused_of_the_model(settings, match):
    with pytest.raises(ConfigError, match=match) as error:
        MultVAEConfig(**settings)
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta", 0.3),
        ("annealing", "paper"),
        ("anneal_fraction", 0.5),
        ("anneal_steps", 5),
        ("sampled_items", 100),
    ],
)
def test_settings_of_the_model_that_were_of_the_training_say_where_they_are_given(name, value):
    with pytest.raises(ConfigError, match="setting of the model") as error:
        TrainingConfig(epochs=3, **{name: value})
    assert is_a_sentence(error.value)
    assert f"MultVAE(n_items, {name}={value!r})" in str(error.value)
    assert getattr(MultVAEConfig(**{name: value}), name) == value


def test_settings_of_a_training_are_shown_and_copied_as_those_of_any_dataclass():
    names = [one.name for one in fields(TrainingConfig)]
    assert list(signature(TrainingConfig).parameters) == names
    config = replace(TrainingConfig(epochs=3), seed=4)
    assert (config.epochs, config.seed) == (3, 4)
    assert pickle.loads(pickle.dumps(config)) == config
    with pytest.raises(TypeError, match="epoch"):
        TrainingConfig(epoch=3)


def test_an_unknown_monitor_is_refused():
    with pytest.raises(MetricError, match="no metric 'accuracy'") as error:
        TrainingConfig(monitor="accuracy")
    assert is_a_sentence(error.value)


@pytest.mark.parametrize(
    ("monitor", "higher"),
    [("loss", False), ("recall@20", True), ("rmse", False), ("MAE", False), ("coverage@5", True)],
)
def test_a_metric_knows_which_way_is_better_and_the_loss_is_to_fall(monitor, higher):
    assert TrainingConfig(monitor=monitor).higher_is_better is higher


# The watch


def follow(values, higher_is_better=True):
    watch = Watch()
    for epoch, value in enumerate(values, 1):
        watch = watch.update(value, epoch, higher_is_better)
    return watch


def test_a_watch_by_hand():
    watch = follow([0.1, 0.3, 0.2, 0.3, 0.25])
    assert watch == Watch(best=0.3, best_epoch=2, waited=3, waited_for_rate=3)
    assert watch.improved(2)
    assert not watch.improved(5)


def test_an_equal_value_is_no_improvement():
    assert follow([0.5, 0.5]) == Watch(0.5, 1, 1, 1)
    assert follow([0.5, 0.5], higher_is_better=False) == Watch(0.5, 1, 1, 1)


def test_a_watch_on_the_loss_looks_down():
    assert follow([3.0, 2.0, 2.5], higher_is_better=False) == Watch(2.0, 2, 1, 1)


def test_the_epoch_with_the_least_rmse_is_the_best():
    config = TrainingConfig(monitor="rmse")
    assert follow([1.2, 0.9, 1.0], config.higher_is_better) == Watch(0.9, 2, 1, 1)


def test_patience_runs_out_after_as_many_epochs_without_improvement():
    assert not follow([0.3, 0.2]).is_over(2)
    assert follow([0.3, 0.2, 0.1]).is_over(2)
    assert not follow([0.3, 0.2, 0.1, 0.4]).is_over(2)
    assert not follow([0.3] + [0.1] * 99).is_over(None)


def test_a_lowered_rate_starts_its_own_count_anew_and_leaves_patience_alone():
    watch = follow([0.3, 0.2, 0.1])
    assert watch.on_plateau(2)
    assert not watch.on_plateau(None)
    lowered = watch.rate_lowered()
    assert lowered == Watch(0.3, 1, waited=2, waited_for_rate=0)
    assert not lowered.on_plateau(2)
    assert lowered.update(0.0, 4, True) == Watch(0.3, 1, waited=3, waited_for_rate=1)
