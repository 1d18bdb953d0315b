"""Two scripts' tables, taken over as rows of declared grids: no number is another one."""

import json
from pathlib import Path

import older_tables
import pandas as pd
import pytest

from recotour_vae.experiments import Results, read
from recotour_vae.experiments.run import missing

ROOT = Path(__file__).parents[1]
PROVENANCE = {"split": "b817c03901e5077a", "versions": "torch 2.13.0", "commit": "957141f"}
# Rows as the scripts wrote them, whose numbers are to be found again to the letter.
TWIN = {
    "framework": "gluon",
    "seed": 0,
    "settings": "{}",
    "ndcg@100": 0.39663,
    "recall@20": 0.32205,
    "recall@50": 0.45026,
    "se_ndcg@100": 0.00716,
    "se_recall@20": 0.00781,
    "se_recall@50": 0.00902,
    "best_epoch": 54,
    "validation_ndcg@100": 0.39715,
    "seconds": 128,
    **PROVENANCE,
}
VAE = {
    "model": "mult-vae",
    "likelihood": "multinomial",
    "learning_rate": 0.003,
    "beta_cap": 0.1,
    "seed": 0,
    "validation_ndcg@100": 0.4642,
    "ndcg@100": 0.46873,
    "se_ndcg@100": 0.02214,
    "epochs": 36,
    "best_epoch": 21,
    "users": "132 895 48",
    "per_user": "0.7116 1.0000 0.6183",
    "settings": "{}",
    "seconds": 4,
    **PROVENANCE,
    "commit": "e86da86",
}
DAE = VAE | {"model": "mult-dae", "beta_cap": 0.0, "likelihood": "logistic"}
SCRIPTS = [("two-frameworks", TWIN), ("likelihoods", VAE), ("likelihoods", DAE)]


def taken_over(name, old):
    ((row, _),) = older_tables.rows(name, pd.DataFrame([old]))
    return row


@pytest.mark.parametrize(("name", "old"), SCRIPTS)
def test_every_number_is_kept_and_what_was_not_measured_stays_empty(name, old):
    row = taken_over(name, old)
    kept = {key: value for key, value in old.items() if key in row and key != "settings"}
    assert {key: row[key] for key in kept} == kept
    assert row["fit_seconds"] == old["seconds"]
    assert row["novelty"] is None
    assert row["code"] == row["commit"]


def test_a_row_is_that_of_the_run_which_is_declared_today():
    row = taken_over("likelihoods", VAE)
    options = json.loads(row["options"])
    assert (options["likelihood"], options["learning_rate"], options["beta"]) == (
        "multinomial",
        0.003,
        0.1,
    )
    assert (row["split_seed"], row["seed"], row["test_users"]) == (0, 0, 3)
    assert "beta" not in json.loads(taken_over("likelihoods", DAE)["options"])


@pytest.mark.parametrize(("name", "old"), SCRIPTS[:2])
def test_the_stored_table_has_the_row(name, old):
    row = taken_over(name, old)
    stored = Results(ROOT / "results", name).runs.read().set_index("run").loc[row["run"]]
    names = [one for one in older_tables.KEPT if one not in PROVENANCE] + [
        one for one in old if one.partition("@")[0].removeprefix("se_") in ("ndcg", "recall")
    ]
    assert stored[names].to_dict() == {one: old[one] for one in names}


def test_the_values_of_test_users_are_those_of_the_script():
    results = Results(ROOT / "results", "likelihoods")
    lists = results.lists(results.users, "ndcg@100")
    assert lists[taken_over("likelihoods", VAE)["run"]][:3] == [0.7116, 1.0, 0.6183]
    assert {*lists} == {*results.runs.read()["run"]}
    assert {len(values) for values in lists.values()} == {93}


@pytest.mark.parametrize("name", older_tables.KEYS)
def test_no_run_is_missing(name):
    experiment = read(ROOT / "experiments" / f"{name}.toml")
    assert missing(experiment, Results(ROOT / "results", name)) == []
