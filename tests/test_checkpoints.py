"""Runs that are kept: killed and resumed bit by bit, and every way a folder can be wrong."""

import json
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from processes import run_bounded
from support import (
    clicks,
    is_a_sentence,
    no_space,
    on_call,
    small_config,
    small_model,
    train_small,
    two_tastes,
)

from recotour_vae.errors import CheckpointError, DivergenceError, TrainingInterruptedError
from recotour_vae.files import arrays as stored
from recotour_vae.files.arrays import read_arrays
from recotour_vae.models.saved import load_model
from recotour_vae.runs.layout import BEST, LAST
from recotour_vae.training import Trainer, checkpoints, trainer
from recotour_vae.training.pytorch import PyTorchBackend

SPLIT = two_tastes()


def ctrl_c(*args, **kwargs):
    raise KeyboardInterrupt


def interrupt(monkeypatch, owner, name, call):
    """Press Ctrl-C in the given call of a function; undone by `monkeypatch.undo`."""
    monkeypatch.setattr(owner, name, on_call(call, getattr(owner, name), ctrl_c))


def without_seconds(folder):
    """Everything in the files of a run but how long it took."""
    found = {name: read_arrays(folder / name) for name in (BEST, LAST)}
    for _, header in found.values():
        for row in header.get("rows", []):
            row.pop("seconds")
    return found


def assert_same_runs(folder, other):
    for (arrays, header), (theirs, their_header) in zip(
        without_seconds(folder).values(), without_seconds(other).values(), strict=True
    ):
        assert header == their_header
        assert arrays.keys() == theirs.keys()
        for name, array in arrays.items():
            assert array.shape == theirs[name].shape, name
            assert array.tobytes() == theirs[name].tobytes(), name


def assert_goes_on_as_if_nothing_happened(folder, uninterrupted, **settings):
    """Resume with a model that starts elsewhere, and compare with a run that was left alone."""
    model, history = train_small(folder, resume=True, seed=99, **settings)
    expected, whole = train_small(uninterrupted, **settings)
    pd.testing.assert_frame_equal(history, whole, check_exact=True)
    for name, value in expected.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    assert_same_runs(folder, uninterrupted)


# Four updates an epoch: the tenth is in the middle of epoch 3.
MOMENTS = {
    "first update of epoch 2": (PyTorchBackend, "train_step", 5),
    "second update of epoch 3": (PyTorchBackend, "train_step", 10),
    "last update": (PyTorchBackend, "train_step", 20),
    "validation of epoch 3": (trainer, "judge", 3),
    "saving the last of epoch 2": (checkpoints, "write_numbered", 2),
    "between last and best of epoch 1": (checkpoints, "save_network", 1),
    "between last and best of epoch 3": (checkpoints, "save_network", 3),
    "after the best of epoch 3": (checkpoints, "history_table", 3),
    "saving the last of epoch 5": (checkpoints, "write_numbered", 5),
    "between last and best of epoch 5": (checkpoints, "save_network", 5),
    "after the best of epoch 5": (checkpoints, "history_table", 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_goes_on_bit_by_bit_wherever_it_was_interrupted(tmp_path, monkeypatch, kind, moment):
    settings = {"kind": kind, "monitor": "loss"}
    settings |= {"annealing": "constant"} if kind == "mult-vae" else {}
    with monkeypatch.context() as patch:
        interrupt(patch, *MOMENTS[moment])
        with pytest.raises(TrainingInterruptedError, match=r"saved in .*--resume") as error:
            train_small(tmp_path / "run", **settings)
    assert is_a_sentence(error.value)
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole", **settings)


KILLED = """
import os, signal, sys
import support
from recotour_vae.training.pytorch import PyTorchBackend

kill = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
PyTorchBackend.train_step = support.on_call(14, PyTorchBackend.train_step, kill)
support.train_small(sys.argv[1])
"""


@pytest.mark.processes
def test_a_run_goes_on_bit_by_bit_after_it_was_killed(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run")]
    ended = run_bounded(command, cwd=Path(__file__).parent)
    assert ended.returncode == -signal.SIGKILL
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 3
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole")


@pytest.mark.slow
def test_a_run_can_be_interrupted_more_than_once(tmp_path, monkeypatch):
    for call in (6, 6, 6):  # in the second epoch of each attempt
        with monkeypatch.context() as patch:
            interrupt(patch, PyTorchBackend, "train_step", call)
            with pytest.raises(TrainingInterruptedError):
                train_small(tmp_path / "run", resume=(tmp_path / "run" / LAST).exists())
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 3
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole")


def test_resuming_what_was_finished_changes_nothing(tmp_path):
    train_small(tmp_path / "run")
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole")


def test_patience_is_remembered_across_a_resume(tmp_path, monkeypatch):
    """At this rate no weight moves, so that no epoch betters the first."""
    settings = {"learning_rate": 1e-30, "patience": 4, "epochs": 9, "monitor": "loss"}
    interrupt(monkeypatch, PyTorchBackend, "train_step", 14)
    with pytest.raises(TrainingInterruptedError):
        train_small(tmp_path / "run", **settings)
    monkeypatch.undo()
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole", **settings)
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 5


@pytest.mark.slow
def test_plateaus_and_the_lowered_rate_are_remembered_across_a_resume(tmp_path, monkeypatch):
    settings = {"learning_rate": 1e-30, "plateau_patience": 2, "epochs": 7, "monitor": "loss"}
    interrupt(monkeypatch, PyTorchBackend, "train_step", 18)  # the rate fell once, and one waited
    with pytest.raises(TrainingInterruptedError):
        train_small(tmp_path / "run", **settings)
    monkeypatch.undo()
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole", **settings)
    rates = pd.read_csv(tmp_path / "run" / "history.csv")["learning_rate"]
    np.testing.assert_allclose(rates / 1e-30, [1, 1, 1, 0.5, 0.5, 0.25, 0.25])


def test_a_run_that_stopped_in_its_first_epoch_does_not_promise_a_resume(tmp_path, monkeypatch):
    interrupt(monkeypatch, PyTorchBackend, "train_step", 2)
    with pytest.raises(TrainingInterruptedError) as error:
        train_small(tmp_path / "run")
    monkeypatch.undo()
    assert is_a_sentence(error.value)
    promised = "--resume" in str(error.value)
    _, history = train_small(tmp_path / "run", resume=promised)
    assert len(history) == 5


def test_a_run_that_diverged_keeps_its_last_good_epoch(tmp_path, monkeypatch):
    def poison(self, clicks, beta):
        with torch.no_grad():
            self.model.first.bias.fill_(torch.nan)
        step(self, clicks, beta=beta)

    step = PyTorchBackend.train_step
    monkeypatch.setattr(PyTorchBackend, "train_step", on_call(11, step, poison))
    with pytest.raises(DivergenceError, match="epoch 3, batch 3 of 4"):
        train_small(tmp_path / "run")
    _, header = read_arrays(tmp_path / "run" / LAST)
    assert len(header["rows"]) == 2
    assert np.isfinite(load_model(tmp_path / "run" / BEST).score(SPLIT.train)).all()


# What is in the folder


def test_the_folder_holds_two_models_the_settings_and_the_history(tmp_path):
    _, history = train_small(tmp_path / "a" / "run")
    folder = tmp_path / "a" / "run"
    names = {path.name for path in folder.iterdir()}
    assert names == {BEST, LAST, "history.csv", "settings.json"}
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["model"]["kind"] == settings["recommender"] == "mult-vae"
    assert settings["model"]["beta"] == 0.2
    assert not {"beta", "annealing", "sampled_items"} & settings["training"].keys()
    assert settings["training"]["learning_rate"] == 0.01
    kept = pd.read_csv(folder / "history.csv", index_col="epoch").drop(columns="seconds")
    pd.testing.assert_frame_equal(kept, history, rtol=1e-12)


@pytest.mark.parametrize("kind", ["mult-vae", "mult-dae"])
def test_the_best_model_can_be_opened_alone(tmp_path, kind):
    model, history = train_small(tmp_path, kind, monitor="loss", learning_rate=0.1)
    again = load_model(tmp_path / BEST)
    np.testing.assert_array_equal(again.score(SPLIT.train), model.score(SPLIT.train))
    _, header = read_arrays(tmp_path / BEST)
    assert header["epoch"] == history["validation_loss"].idxmin()


def test_without_validation_the_best_model_is_the_last(tmp_path):
    model = small_model()
    Trainer(small_config(), tmp_path).fit(model, SPLIT.train)
    assert read_arrays(tmp_path / BEST)[1]["epoch"] == 5
    np.testing.assert_array_equal(
        load_model(tmp_path / BEST).score(SPLIT.train), model.score(SPLIT.train)
    )


def test_the_last_state_is_no_model_to_score_with(tmp_path):
    train_small(tmp_path, epochs=1)
    with pytest.raises(CheckpointError, match="does not say which model"):
        load_model(tmp_path / LAST)


# Other runs


@pytest.fixture
def run(tmp_path):
    """A finished run of one epoch."""
    train_small(tmp_path / "run", epochs=1)
    return tmp_path / "run"


def refused(folder, match, resume=True, model=None, train=None, **settings):
    """Check that a run is refused by name and that its files stay as they are."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    runner = Trainer(small_config(**{"epochs": 1} | settings), folder)
    with pytest.raises(CheckpointError, match=match) as error:
        runner.fit(
            model or small_model(),
            SPLIT.train if train is None else train,
            SPLIT.validation,
            resume=resume,
        )
    assert is_a_sentence(error.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_holds_a_run_is_not_written_over(run):
    refused(run, "already holds a run; resume it", resume=False)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"epochs": 2}, "training epochs 1, not 2"),
        ({"learning_rate": 0.02}, "training learning_rate 0.01, not 0.02"),
        ({"seed": 1}, "training seed 0, not 1"),
        ({"patience": 3}, "training patience None, not 3"),
        ({"precision": "mixed"}, "training precision float32, not mixed"),
    ],
)
def test_other_settings_are_refused_by_name(run, settings, match):
    refused(run, match, **settings)


def test_another_device_is_allowed(run):
    _, history = train_small(run, resume=True, epochs=1, device="auto")
    assert len(history) == 1


def test_another_model_is_refused_by_name(run):
    refused(run, "model dropout 0.5, not 0.25", model=small_model(dropout=0.25))
    refused(run, "model beta 0.2, not 0.3", model=small_model(beta=0.3))
    refused(run, "model annealing fraction, not paper", model=small_model(annealing="paper"))
    refused(run, "model sampled_items None, not 9", model=small_model(sampled_items=9))
    refused(run, "recommender mult-vae, not mult-dae", model=small_model("mult-dae"))


def test_other_data_are_refused(run):
    refused(run, "has other training clicks|data", train=SPLIT.train[1:])
    one_less = SPLIT.train.copy()
    one_less.data[0] = 0
    one_less.eliminate_zeros()
    refused(run, "has other training clicks|data", train=one_less)


def test_other_clicks_of_the_same_number_are_refused(run):
    refused(run, "has other training clicks|data", train=two_tastes(seed=1).train)
    refused(run, "has other training clicks|data", train=SPLIT.train[::-1])


def test_a_file_of_other_shapes_is_refused(run):
    """Settings that agree, with arrays that do not: somebody mixed two runs."""
    arrays, header = read_arrays(run / LAST)
    arrays["model:first.weight"] = arrays["model:first.weight"][:-1]
    stored.write_arrays(run / LAST, arrays, header)
    refused(run, r"'first.weight' is \(23, 16\) where this model has \(24, 16\)")


def test_a_best_model_of_other_shapes_is_refused(run):
    arrays, header = read_arrays(run / BEST)
    arrays["first.weight"] = arrays["first.weight"][:-1]
    stored.write_arrays(run / BEST, arrays, header)
    refused(run, r"'first.weight' is \(23, 16\) where this model has \(24, 16\)")


@pytest.mark.parametrize("name", [LAST, BEST])
def test_a_damaged_file_is_refused(run, name):
    path = run / name
    path.write_bytes(path.read_bytes()[:-20])
    refused(run, f"{name} is damaged")


def test_a_missing_state_is_refused(run):
    (run / LAST).unlink()
    refused(run, f"no checkpoint at .*{LAST}")


def test_a_missing_best_model_is_the_last_one_where_that_was_the_best_and_refused_where_not(run):
    before = (run / BEST).read_bytes()
    (run / BEST).unlink()
    train_small(run, resume=True, epochs=1)
    assert (run / BEST).read_bytes() == before
    arrays, header = read_arrays(run / LAST)
    header["rows"] *= 2  # as if a second epoch had been no better
    stored.write_arrays(run / LAST, arrays, header)
    (run / BEST).unlink()
    refused(run, f"no checkpoint at .*{BEST}")


def test_a_best_model_of_another_run_is_refused(run, tmp_path):
    train_small(tmp_path / "other", epochs=1, seed=5, beta=0.3)
    own = (run / BEST).read_bytes()
    (run / BEST).write_bytes((tmp_path / "other" / BEST).read_bytes())
    refused(run, "model beta 0.3, not 0.2")
    train_small(tmp_path / "longer", epochs=1)
    (run / BEST).write_bytes(own)
    arrays, header = read_arrays(run / BEST)
    stored.write_arrays(run / BEST, arrays, header | {"epoch": 7})
    refused(run, "is of epoch 7, and the best was 1")


def test_other_validation_users_are_refused(run):
    runner = Trainer(small_config(epochs=1), run)
    for group in (SPLIT.test, None):
        with pytest.raises(CheckpointError, match="has other validation users") as error:
            runner.fit(small_model(), SPLIT.train, group, resume=True)
        assert is_a_sentence(error.value)


def test_a_setting_that_the_run_does_not_know_had_its_default(run):
    arrays, header = read_arrays(run / LAST)
    del header["training"]["precision"], header["model"]["likelihood"], header["framework"]
    stored.write_arrays(run / LAST, arrays, header)
    train_small(run, resume=True, epochs=1)
    refused(run, "training precision float32, not mixed", precision="mixed")


def test_a_setting_that_only_later_code_knows_is_refused(run):
    arrays, header = read_arrays(run / LAST)
    header["training"]["warmth"] = 3
    stored.write_arrays(run / LAST, arrays, header)
    refused(run, "training warmth 3, not None")


def test_a_file_that_is_another_one_of_ours_is_refused(run):
    (run / LAST).write_bytes((run / BEST).read_bytes())
    refused(run, "run in")


def test_there_is_nothing_to_resume_in_an_empty_folder(tmp_path):
    refused(tmp_path, "no checkpoint at .*train a model first, without --resume")


# A full disk


@pytest.mark.slow
@pytest.mark.parametrize("call", [1, 2, 5, 6])
def test_a_full_disk_stops_with_a_sentence_and_the_older_files_can_be_resumed(
    tmp_path, monkeypatch, call
):
    """Of each epoch the last state is written first, then the best; call 5 is in epoch 3."""
    settings = {"monitor": "loss"}
    constant = {"annealing": "constant"}  # so that each epoch betters the one before
    monkeypatch.setattr(stored, "save_file", on_call(call, stored.save_file, no_space))
    runner, model = Trainer(small_config(**settings), tmp_path / "run"), small_model(**constant)
    with pytest.raises(CheckpointError, match=r"could not be written .*No space") as error:
        runner.fit(model, SPLIT.train, SPLIT.validation)
    monkeypatch.undo()
    assert is_a_sentence(error.value)
    assert len(runner.history) == (call + 1) // 2
    assert np.isfinite(model.score(SPLIT.train)).all()
    again = (tmp_path / "run" / LAST).exists()
    assert again is (call > 1)
    model, history = train_small(tmp_path / "run", resume=again, **settings, **constant)
    expected, whole = train_small(**settings, **constant)
    pd.testing.assert_frame_equal(history, whole, check_exact=True)
    np.testing.assert_array_equal(model.score(SPLIT.train), expected.score(SPLIT.train))


@pytest.mark.parametrize("name", ["history.csv", "settings.json"])
def test_a_readable_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path, name):
    (tmp_path / "run" / name).mkdir(parents=True)  # a folder stands where the file should
    with pytest.raises(CheckpointError, match=f"holds part of a run .{name}. and no") as error:
        train_small(tmp_path / "run")
    assert is_a_sentence(error.value)


def test_a_history_that_cannot_be_written_leaves_what_can_be_gone_on_with(tmp_path, monkeypatch):
    (tmp_path / "run" / "history.csv.partial").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"history\.csv\.partial was left by a run"):
        train_small(tmp_path / "run")
    (tmp_path / "run" / "history.csv.partial").rmdir()
    monkeypatch.setattr(Path, "write_bytes", on_call(2, Path.write_bytes, no_space))
    with pytest.raises(CheckpointError, match=r"history\.csv could not be written") as error:
        train_small(tmp_path / "run")
    monkeypatch.undo()
    assert is_a_sentence(error.value)
    assert_goes_on_as_if_nothing_happened(tmp_path / "run", tmp_path / "whole")


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(CheckpointError) as error:
        train_small(tmp_path / "run")
    assert is_a_sentence(error.value)
    assert (tmp_path / "run").read_text() == "mine"


@pytest.mark.gpu
def test_a_run_moves_from_the_cpu_to_a_gpu(run, cuda, tmp_path, monkeypatch):
    interrupt(monkeypatch, PyTorchBackend, "train_step", 10)
    with pytest.raises(TrainingInterruptedError):
        train_small(tmp_path / "moved")
    monkeypatch.undo()
    model, history = train_small(tmp_path / "moved", resume=True, device=cuda)
    assert len(history) == 5
    assert model.first.weight.device.type == "cuda"
    assert clicks([[0]], 24).shape[1] == model.n_items
