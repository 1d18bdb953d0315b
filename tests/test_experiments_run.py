"""Experiments that are really run: rows appear once, with their provenance, and come out again."""

import json
import multiprocessing
import os
import re
import signal
import sys
import time

import numpy as np
import pandas as pd
import processes
import pytest
from experiment_files import SMALL, opened, write
from processes import LIMIT, Family, started, wait_until
from support import is_a_sentence, two_tastes

from recotour_vae import cli
from recotour_vae.errors import ExperimentError, TrainingInterruptedError
from recotour_vae.experiments import Results, report, run, search, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.memory_needs import bytes_needed
from recotour_vae.experiments.results import RUN_COLUMNS, flags, origin

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The small experiment, run by two processes."""
    path = write(tmp_path_factory.mktemp("experiment"))
    experiment, results = opened(path)
    made = run.run_missing(experiment, path, results, processes=2, show=False, say=lambda _: None)
    assert made == 1 + 4 + 2  # a search, the runs of the block, and the runs of its choice
    return path, experiment, results


def test_every_run_has_a_row_and_nothing_is_left_to_do(done):
    path, experiment, results = done
    rows = results.runs.read()
    assert tuple(rows.columns) == RUN_COLUMNS
    assert len(rows) == rows["run"].nunique() == 6
    assert run.missing(experiment, results) == []
    assert run.run_missing(experiment, path, results, 2, False, lambda _: None) == 0
    assert rows["error"].isna().all()


def test_a_row_says_where_it_comes_from(done):
    rows = done[2].runs.read()
    assert not rows[["settings", "split", "versions", "code", "commit"]].isna().any(axis=None)
    assert rows["code"].str.fullmatch("[0-9a-f]{8}").all()
    assert json.loads(rows["settings"][rows["model"] == "ease"].iloc[0])["l2"] > 1
    assert (flags(rows) == "").all()
    assert flags(rows.assign(code="00000000")).eq("other code").all()


def test_a_row_of_a_script_says_where_it_comes_from():
    split = two_tastes()
    found = origin(split, ("numpy", "nonsense"), __file__)
    assert found["split"] == split.fingerprint()
    assert re.fullmatch(r"numpy [\d.]+, nonsense missing, Python [\d.]+", found["versions"])
    assert re.fullmatch(r"[0-9a-f]{9}(-dirty)?|unknown", found["commit"])


def test_values_of_users_and_epochs_are_those_of_the_row(done):
    _, _, results = done
    rows = results.runs.read().set_index("run")
    users, curves = results.lists(results.users, "ndcg@100"), results.lists(results.curves, "nll")
    assert set(users) == set(rows.index)
    assert set(curves) == set(rows.index[rows["model"] == "mult-dae"])
    for name, values in users.items():
        assert np.mean(values) == pytest.approx(rows.loc[name, "ndcg@100"], abs=1e-4)
    courses = results.lists(results.curves, trial.METRIC)
    for name, course in courses.items():
        assert max(course) == pytest.approx(rows.loc[name, f"validation_{trial.METRIC}"], abs=1e-4)
        assert 1 + int(np.argmax(course)) == rows.loc[name, "best_epoch"]


def test_a_run_comes_out_again(done):
    _, experiment, results = done
    rows = results.runs.read().set_index("run")
    for setting in report.every_setting(experiment, results).values():
        again = trial.run(setting, split_of(setting)).row
        for name in ("ndcg@100", "recall@20", "validation_ndcg@100", "novelty", "gini"):
            assert again[name] == pytest.approx(rows.loc[setting.id, name], abs=1e-3)


def test_a_search_measures_validation_users_only_and_its_best_is_run(done):
    _, experiment, results = done
    trials = results.searches.read()
    assert "ndcg@100" not in trials.columns
    assert trials["trial"].tolist() == [0, 1, 2]
    best = trials.loc[trials["validation_ndcg@100"].idxmax()]
    finals = search.finals(experiment.searches[0], results)
    assert [setting.split for setting in finals] == [0, 1]
    assert {setting.options["l2"] for setting in finals} == {json.loads(best["chosen"])["l2"]}


def test_an_interrupted_search_goes_on_as_if_nothing_had_been(done, tmp_path):
    _, experiment, results = done
    (one,) = experiment.searches
    again = Results(tmp_path, "small")
    next(search.go_on(one, again))
    assert search.missing_trials(one, again) == 2
    assert search.finals(one, again) == []
    assert sum(1 for _ in search.go_on(one, again)) == 2
    pd.testing.assert_series_equal(
        again.searches.read()["chosen"], results.searches.read()["chosen"]
    )


def test_one_part_can_be_made_before_the_others(done, tmp_path, capsys):
    path = tmp_path / done[0].name
    path.write_text(done[0].read_text())
    results = opened(path)[1]
    assert command(path, "run", "small", "--only", "EASE", "--processes", "1") == 0
    rows = results.runs.read()
    assert set(rows["model"]) == {"ease"}
    assert len(rows) == 2
    assert "0 runs made, 0 missing; 0 of 3 trials" in capsys.readouterr().out
    whole = done[2].runs.read().set_index("run")
    again = rows.set_index("run")["ndcg@100"]
    pd.testing.assert_series_equal(again, whole.loc[again.index, "ndcg@100"])


def test_a_run_that_fails_is_written_down_with_its_reason(tmp_path):
    path = write(tmp_path, SMALL.replace("epochs = 2", "epochs = 2, learning_rate = 1e30"))
    experiment, results = opened(path)
    line = run.run_one(experiment.settings()[0], results, per_user=True)
    (row,) = results.runs.read().to_dict("records")
    assert "stopped being a number" in row["error"]
    assert row["error"] in line
    assert np.isnan(row["ndcg@100"])
    assert len(run.missing(experiment, results)) == 3
    assert any("failed" in found for found in report.lines(experiment, results, "ndcg@100"))


@pytest.fixture
def long_one(tmp_path):
    """An experiment that runs in a process of its own, its search done and its runs begun."""
    path = write(tmp_path, SMALL.replace("epochs = 2", "epochs = 1000"))
    words = ["experiments", "run", "small", "--declared", str(tmp_path)]
    words += ["--results", str(tmp_path / "results"), "--processes", "2"]
    command = [sys.executable, "-m", "recotour_vae.cli", *words]
    _, results = opened(path)
    family = Family()
    with started(command, env=family.environment) as process:
        wait_until(lambda: len(results.searches.read()) == 3, "the trials of the search")
        yield process, results, family
    family.end()


def test_ctrl_c_leaves_what_is_done_and_the_same_command_goes_on(long_one):
    process, results, _ = long_one
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert "The same command goes on" in said
    assert "Traceback" not in said
    assert len(results.searches.read()) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_processes_end_with_the_one_that_started_them(long_one):
    process, _, family = long_one
    assert len(family.living()) >= 3
    process.terminate()
    wait_until(lambda: not family.living(), "the end of all")


@pytest.mark.parametrize("how", [os.abort, processes.die], ids=["cannot begin", "killed"])
def test_a_process_that_dies_early_ends_the_experiment_in_a_sentence(tmp_path, monkeypatch, how):
    """Before it is given anything, or while more is handed out."""
    path = write(tmp_path)
    experiment, results = opened(path)
    monkeypatch.setattr(run, "initialise_worker", how)
    with pytest.raises(ExperimentError, match="A process of the experiment died") as error:
        run.run_missing(experiment, path, results, 2, False, lambda _: None)
    assert is_a_sentence(error.value)


def test_processes_of_others_are_left_alone(tmp_path, monkeypatch):
    path = write(tmp_path)
    experiment, results = opened(path)
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(LIMIT,))
    other.start()
    try:
        monkeypatch.setattr(run, "initialise_worker", processes.die)
        with pytest.raises(ExperimentError):
            run.run_missing(experiment, path, results, 1, False, lambda _: None)
        assert other.is_alive()
    finally:
        other.kill()
        other.join(LIMIT)


def test_ctrl_c_inside_a_run_writes_no_row(tmp_path, monkeypatch):
    experiment, results = opened(write(tmp_path))

    def interrupted(*_):
        raise TrainingInterruptedError("Stopped.")

    monkeypatch.setattr(trial, "run", interrupted)
    with pytest.raises(TrainingInterruptedError):
        run.run_one(experiment.settings()[0], results, per_user=False)
    assert results.runs.read().empty


def test_runs_wait_for_memory_but_one_always_runs(tmp_path, monkeypatch):
    path = write(tmp_path)
    experiment, results = opened(path)
    monkeypatch.setattr(run, "available_memory", lambda: 1)
    at_once = []
    real = run.start_jobs

    def watched(pool, waiting, running, processes, room):
        real(pool, waiting, running, processes, room)
        at_once.append(len(running))

    monkeypatch.setattr(run, "start_jobs", watched)
    run.run_missing(experiment, path, results, 2, False, lambda _: None)
    assert set(at_once) == {1}


def test_more_items_and_wider_layers_need_more_memory(done):
    small, wide = (done[1].settings()[place] for place in (0, 2))
    assert bytes_needed(small, 10_000) < bytes_needed(wide, 10_000) < bytes_needed(wide, 100_000)


def command(path, *words):
    places = ["--declared", str(path.parent), "--results", str(path.parent / "results")]
    return cli.main(["experiments", *words, *places])


def test_the_commands_say_how_far_what_was_found_and_how_to_repeat(done, capsys):
    path, experiment, results = done
    assert command(path, "list") == 0
    assert "small: 6 runs made, 0 missing; 3 of 3 trials" in capsys.readouterr().out
    assert command(path, "run", "small") == 0
    assert "0 done" in capsys.readouterr().out
    assert command(path, "report", "small") == 0
    told = capsys.readouterr().out
    assert "Does the width matter?" in told
    assert "EASE, the best of 3 trials" in told
    setting = experiment.settings()[0]
    stored = results.runs.read().set_index("run").loc[setting.id, "ndcg@100"]
    assert command(path, *report.repeat_command("small", setting.id).split()[2:]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "ndcg@100" in line)
    assert [float(word) for word in line.split()[1:]] == pytest.approx([stored, stored], abs=1e-3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "smol"], "no experiment 'smol'"),
        (["report", "small", "--metric", "auc"], "no metric 'auc'"),
        (["repeat", "small", "12345678"], "declares no run '12345678'"),
        (["run", "small", "--only", "EASY"], "no part 'EASY'; its parts are width, EASE"),
    ],
)
def test_bad_words_get_one_sentence(done, capsys, words, expected):
    assert command(done[0], *words) == 2
    (line,) = [li for li in capsys.readouterr().err.splitlines() if li.startswith("error: ")]
    assert expected in line
