"""`tune`: what it tries, what it keeps, and the command that it ends with."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import is_a_sentence, two_tastes

from recotour_vae import cli
from recotour_vae.errors import ConfigError, ExperimentError
from recotour_vae.experiments import read
from recotour_vae.experiments.sampling import choose, options_of
from recotour_vae.experiments.tuning import Tuning
from recotour_vae.recommenders import entry, make, open_recommender

ROOT = Path(__file__).parents[1]
SPLIT = two_tastes()
SPACE = {"k": {"low": 2, "high": 9, "log": True}, "alpha": [0.5, 1.0], "both": [{"beta": 0.2}]}


def tuning(path: Path, model: str = "rp3beta", space=SPACE, **fixed) -> Tuning:
    return Tuning(entry(model), SPLIT, space, fixed, "ndcg@4", "", path / "trials.csv")


def test_what_is_tried_next_depends_on_what_was_tried_alone():
    first = choose(SPACE, [])
    assert choose(SPACE, []) == first
    assert choose(SPACE, [(first, 0.3)]) == choose(SPACE, [(first, 0.3)])
    options = options_of(SPACE, first)
    assert set(options) == {"k", "alpha", "beta"}
    assert 2 <= options["k"] <= 9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["EASE", "Mult-VAE"])
def test_the_stored_searches_would_be_made_again(name):
    (search,) = (s for s in read(ROOT / "experiments/progress.toml").searches if s.name == name)
    rows = pd.read_csv(ROOT / "results/progress-search.csv")
    rows = rows[rows["search"] == name].sort_values("trial")
    tried = [
        (json.loads(chosen), value)
        for chosen, value in zip(rows["chosen"], rows["validation_ndcg@100"], strict=True)
    ]
    assert len(tried) == search.trials
    for number, (chosen, _) in enumerate(tried):
        assert choose(search.space, tried[:number]) == pytest.approx(chosen, rel=1e-9)


def test_trials_are_kept_and_gone_on_with(tmp_path):
    whole = tuning(tmp_path / "whole")
    every = [dict(one) for one in whole.go_on(5)]
    halves = tuning(tmp_path / "halves")
    assert len(list(halves.go_on(2))) == 2
    assert len(list(halves.go_on(5))) == 3
    assert len(list(halves.go_on(5))) == 0
    columns = ["trial", "value", "options", "chosen"]
    pd.testing.assert_frame_equal(halves.done()[columns], whole.done()[columns])
    best = max(every, key=lambda one: one["value"])
    assert whole.best() == json.loads(best["options"])


def test_validation_users_are_measured_and_nobody_else(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "recotour_vae.experiments.tuning.evaluate",
        lambda model, group, names: seen.append(group) or Fixed(),
    )
    list(tuning(tmp_path).go_on(2))
    assert seen == [SPLIT.validation] * 2


class Fixed:
    def mean(self, _):
        return 0.5


def test_what_is_fixed_is_the_same_in_every_trial(tmp_path):
    one = tuning(tmp_path, space={"k": SPACE["k"]}, alpha=0.7)
    list(one.go_on(3))
    assert {json.loads(options)["alpha"] for options in one.done()["options"]} == {0.7}


def test_a_trial_that_fails_is_the_worst_and_says_why(tmp_path):
    one = tuning(tmp_path, "puresvd", {"factors": [2, 500]})
    list(one.go_on(6))
    made = one.done()
    failed = made[made["error"].notna()]
    assert len(failed)
    assert (failed["value"] == 0).all()
    assert failed["error"].str.contains("give fewer factors").all()
    assert one.best() == {"factors": 2}
    hopeless = tuning(tmp_path / "none", "puresvd", {"factors": [500]})
    list(hopeless.go_on(1))
    with pytest.raises(ExperimentError, match=r"No trial of .* can be used: PureSVD") as error:
        hopeless.best()
    is_a_sentence(error)


def test_a_table_of_another_search_is_not_gone_on_with(tmp_path):
    list(tuning(tmp_path).go_on(1))
    with pytest.raises(ExperimentError, match="holds a search of other data") as error:
        list(tuning(tmp_path, alpha=0.5).go_on(2))
    is_a_sentence(error)


@pytest.fixture(scope="module")
def clicks(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    rows = [
        (f"u{user}", item + 60 * (user % 2))
        for user in range(100)
        for item in rng.choice(60, 20, replace=False)
    ]
    path = tmp_path_factory.mktemp("tune") / "clicks.csv"
    pd.DataFrame(rows, columns=["user", "item"]).to_csv(path, index=False)
    return path


def test_the_command_ends_with_one_that_trains_the_best(clicks, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["tune", "--model", "rp3beta", "--data", str(clicks), "--trials", "3", "--alpha", "1"]
    assert cli.main([*words, "--split-seed", "3", "--metric", "ndcg@10"]) == 0
    printed = capsys.readouterr().out
    made = pd.read_csv(tmp_path / "tuning" / "rp3beta-clicks.csv")
    best = json.loads(made.loc[made["value"].idxmax(), "options"])
    assert best["alpha"] == 1.0  # typed, though it is the default
    (command,) = re.findall(r"^recotour-vae (train .*)$", printed, re.MULTILINE)
    assert cli.main(shlex.split(command)) == 0
    run = tmp_path / "runs" / "rp3beta-clicks-tuned"
    model = open_recommender(run / "best.safetensors")
    assert model.config == make("rp3beta", **best).config
    assert json.loads((run / "settings.json").read_text(encoding="utf-8"))["model"] == best


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mult-vae", "mult-dae"])
def test_a_network_is_tuned_with_what_is_typed_of_its_training(
    model, clicks, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    words = ["tune", "--model", model, "--data", str(clicks), "--trials", "2", "--epochs", "1"]
    words += ["--hidden", "--latent", "4", "--batch-size", "50", "--device", "cpu"]
    assert cli.main([*words, "--metric", "ndcg@10", "--monitor", "ndcg@10"]) == 0
    printed = capsys.readouterr().out
    (command,) = re.findall(r"^recotour-vae (train .*)$", printed, re.MULTILINE)
    assert "--hidden --latent 4" in command
    assert cli.main(shlex.split(command)) == 0


def test_where_nothing_is_left_to_choose_it_says_so(capsys):
    for words in (["--model", "popularity"], ["--model", "ease", "--l2", "500"]):
        assert cli.main(["tune", *words]) == 2
        assert "There is nothing to search for" in capsys.readouterr().err
    assert cli.main(["tune", "--model", "ease", "--trials", "0"]) == 2
    assert "--trials is 0; give 1 or more" in capsys.readouterr().err


def test_ctrl_c_says_that_what_is_done_stays(clicks, tmp_path, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("recotour_vae.experiments.tuning.Tuning._try", stop)
    words = ["tune", "--model", "ease", "--data", str(clicks), "--metric", "ndcg@10"]
    assert cli.main([*words, "--out", str(tmp_path / "t.csv")]) == 2
    assert "The same command goes on" in capsys.readouterr().err


def test_config_error_is_kept_for_the_table():
    with pytest.raises(ConfigError):
        make("ease", l2=-1.0)
