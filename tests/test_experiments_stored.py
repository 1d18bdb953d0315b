"""The tables that experiments left in results/ are of today's declarations, and come out again."""

import json
from pathlib import Path

import pandas as pd
import pytest
import quiet_times

from recotour_vae.experiments import Results, read, report, search, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.models.config import ONCE_EVERYBODYS

ROOT = Path(__file__).parents[1]
NAMES = [
    "autorec",
    "cdae",
    "deeper",
    "deeprec",
    "embeddings",
    "grid",
    "likelihoods",
    "longer",
    "neighbours",
    "progress",
    "ratings",
    "sparse",
    "two-frameworks",
]
STORED = [name for name in NAMES if (ROOT / "results" / f"{name}.csv").exists()]


def opened(name):
    return read(ROOT / "experiments" / f"{name}.toml"), Results(ROOT / "results", name)


def test_there_are_tables():
    assert STORED == NAMES


@pytest.mark.parametrize("name", [*STORED, "autorec-ml-1m"])
def test_make_experiments_makes_each_table_again(name):
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert f"\trecotour-vae experiments run {name}" in lines


@pytest.mark.parametrize("name", STORED)
def test_each_row_is_of_a_run_that_is_declared_today(name):
    experiment, results = opened(name)
    rows, declared = results.runs.read(), report.every_setting(experiment, results)
    assert not rows["run"].duplicated().any()
    for row in rows.itertuples():
        assert row.run in declared, "run the experiment again, or take the row out"
        stored, now = json.loads(row.settings), declared[row.run].everything()
        assert stored == stored | json.loads(json.dumps(now))
        assert set(stored) - set(now) <= set(ONCE_EVERYBODYS)  # β of a row of Mult-DAE, never used


@pytest.mark.parametrize("name", STORED)
def test_each_trial_is_of_a_run_that_its_search_makes_today(name):
    experiment, results = opened(name)
    searches = {one.name: one for one in experiment.searches}
    for row in results.searches.read().itertuples():
        assert row.run == searches[row.search].setting(json.loads(row.chosen)).id


@pytest.mark.parametrize("name", STORED)
def test_each_row_says_where_it_comes_from(name):
    _, results = opened(name)
    for rows in (results.runs.read(), results.searches.read()):
        provenance = rows[["settings", "split", "versions", "code", "commit"]]
        assert not provenance.isna().any(axis=None)
        assert rows["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()  # a clean checkout


@pytest.mark.parametrize("name", STORED)
def test_rows_on_one_split_say_so(name):
    _, results = opened(name)
    rows = results.runs.read()
    says = [name for name in ("data", "split_seed", "fold") if name in rows]
    by_name = rows.groupby(says, dropna=False)["split"]
    assert (by_name.nunique() == 1).all()


def test_every_recommender_was_tuned_with_the_same_budget_and_its_choice_was_run():
    experiment, results = opened("progress")
    trials = {one.name: one.trials for one in experiment.searches}
    assert {count for name, count in trials.items() if name != "Popularity"} == {15}
    rows = set(results.runs.read()["run"])
    for one in experiment.searches:
        assert search.missing_trials(one, results) == 0
        assert {setting.id for setting in search.finals(one, results)} <= rows


@pytest.mark.data
def test_a_tuned_baseline_comes_out_again(data_folder):
    experiment, results = opened("progress")
    (ease,) = (one for one in experiment.searches if one.name == "EASE")
    setting = search.finals(ease, results)[0]
    split = split_of(setting)
    stored = results.runs.read().set_index("run").loc[setting.id]
    assert split.fingerprint() == stored["split"]
    again = trial.run(setting, split).row
    for name in ("ndcg@100", "recall@20", "validation_ndcg@100", "novelty"):
        assert again[name] == pytest.approx(stored[name], abs=1e-4)


def test_the_times_are_of_what_the_searches_chose_and_give_its_metric_again():
    timed = pd.read_csv(ROOT / "results" / "quiet-times.csv")
    runs = opened("progress")[1].runs.read().set_index("run")
    settings = quiet_times.chosen()
    assert timed.groupby("recommender").size().to_dict() == dict.fromkeys(settings, 3)
    assert (timed["run"] == [settings[name].id for name in timed["recommender"]]).all()
    assert (timed["ndcg@100"].array == runs["ndcg@100"].reindex(timed["run"]).array).all()
