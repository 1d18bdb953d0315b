"""A network of somebody else's with a weight and a schedule of its own, under the one loop.

Nothing in `training` knows γ, as nothing there knows Mult-VAE's β.
"""

import ast
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import is_a_sentence, on_call, small_config, two_tastes
from toy.pulled import ENTRY, Pulled, PulledConfig

from recotour_vae import cli, runs, training
from recotour_vae.errors import CheckpointError, ConfigError, TrainingInterruptedError
from recotour_vae.evaluation import evaluate
from recotour_vae.files.numbered import numbered_header
from recotour_vae.models.config import ONCE_EVERYBODYS
from recotour_vae.recommenders import make, registry
from recotour_vae.runs.layout import BEST
from recotour_vae.training import Trainer, TrainingConfig
from recotour_vae.training.pytorch import PyTorchBackend

SPLIT = two_tastes()
TOGETHER = {"epochs": 5, "batch_size": 8, "learning_rate": 0.01, "monitor": "ndcg@8"}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Have it in the registry, as an entry point would."""
    monkeypatch.setitem(registry.ENTRIES, "pulled", ENTRY)


def fit(folder=None, resume=False, seed=0, epochs=5, **own):
    model = Pulled.of(PulledConfig(**own), SPLIT.n_items, seed)
    trainer = Trainer(small_config(epochs=epochs), folder, progress=False)
    return model, trainer.fit_split(model, SPLIT, resume=resume).drop(columns="seconds")


def test_the_history_records_its_weight_under_its_own_name():
    _, history = fit(gamma=0.4, rise=0.5)
    assert list(history)[:5] == ["gamma", "learning_rate", "loss", "fit", "pull"]
    # of the last of four updates an epoch; the top is reached after ten of twenty
    assert history["gamma"].tolist() == pytest.approx([0.12, 0.28, 0.4, 0.4, 0.4])
    assert "beta" not in history


def test_its_weight_is_what_the_loss_is_weighed_by():
    _, free = fit(gamma=0.0)
    _, pulled = fit(gamma=20.0)
    assert free["loss"].tolist() == free["fit"].tolist()
    assert pulled["pull"].iloc[-1] < 0.5 * free["pull"].iloc[-1]


def test_its_settings_are_named_alike_in_python_in_files_and_in_what_is_refused():
    model = make("pulled", gamma=0.3, device="cpu", **TOGETHER)
    assert {"gamma", "rise", "latent", "epochs"} <= model.settings().keys()
    assert not {"beta", "annealing", "sampled_items"} & model.settings().keys()
    model.fit_split(SPLIT)
    assert model.history["gamma"].iloc[-1] == 0.3
    assert evaluate(model, SPLIT.test, ["ndcg@8"]).mean("ndcg@8") > 0.9
    with pytest.raises(ConfigError, match="no option 'beta'") as error:
        make("pulled", beta=0.2)
    assert is_a_sentence(error.value)
    with pytest.raises(ConfigError, match="gamma is -1; give 0 or more"):
        make("pulled", gamma=-1)


def test_a_run_says_its_settings_opens_and_goes_on(tmp_path):
    expected, whole = fit(tmp_path / "whole", gamma=0.4)
    header = numbered_header(tmp_path / "whole" / BEST)
    assert header["model"] == asdict(PulledConfig(gamma=0.4))
    assert header["training"] == json.loads(json.dumps(asdict(small_config())))
    opened = runs.open_run(tmp_path / "whole").model
    assert opened.config == expected.config
    np.testing.assert_array_equal(opened.score(SPLIT.train), expected.score(SPLIT.train))

    def ctrl_c(*given, **named):
        raise KeyboardInterrupt

    step = PyTorchBackend.train_step
    with pytest.MonkeyPatch.context() as patch:  # in the third epoch
        patch.setattr(PyTorchBackend, "train_step", on_call(10, step, ctrl_c))
        with pytest.raises(TrainingInterruptedError, match="after 2 epochs"):
            fit(tmp_path / "run", gamma=0.4)
    with pytest.raises(CheckpointError, match=r"has model gamma 0\.4, not 0\.1"):
        fit(tmp_path / "run", resume=True)
    model, history = fit(tmp_path / "run", resume=True, seed=9, gamma=0.4)
    pd.testing.assert_frame_equal(history, whole, check_exact=True)
    for name, array in expected.arrays().items():
        np.testing.assert_array_equal(model.arrays()[name], array, err_msg=name)


def test_its_settings_are_options_of_the_command_line(tmp_path, capsys):
    rows = [(f"u{u}", f"i{i}") for u, i in zip(*two_tastes().train.nonzero(), strict=True)]
    data, run = tmp_path / "clicks.csv", tmp_path / "run"
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(data, index=False)
    words = [
        "train",
        "--model",
        "pulled",
        "--data",
        str(data),
        "--out",
        str(run),
        "--device",
        "cpu",
        "--epochs",
        "2",
        "--monitor",
        "ndcg@4",
    ]
    assert cli.main([*words, "--validation-users", "5", "--gamma", "0.7"]) == 0
    assert "gamma" in capsys.readouterr().out
    assert numbered_header(run / BEST)["model"]["gamma"] == 0.7
    assert cli.main([*words, "--beta", "0.7"]) == 2
    assert "--model pulled has no option --beta" in capsys.readouterr().err


def test_no_code_of_the_training_names_what_is_a_networks_own():
    """Names, attributes and arguments; only the doors to `models.annealing` lead there."""
    folder = Path(training.__file__).parent
    for path in set(folder.glob("*.py")) - {folder / "__init__.py", folder / "annealing.py"}:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {getattr(node, "id", None) or getattr(node, "arg", None) for node in ast.walk(tree)}
        named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not named & (set(ONCE_EVERYBODYS) - {"sampled_items"}), path.name
    assert not set(ONCE_EVERYBODYS) & set(asdict(TrainingConfig()))
