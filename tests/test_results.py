"""The tables in results/ are what the code of this repository gives."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import beta_sweep
import evidence
import gluon_mystery
import mismatch
import ml_1m
import pandas as pd
import pytest
import quiet_times
import sampled

from recotour_vae import datasets, splits
from recotour_vae.evaluation import PAPER_METRICS
from recotour_vae.experiments import Results, read, report, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.runtime.mxnet import has_mxnet

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results"
ROWS = pd.read_csv(RESULTS / "ml-1m.csv")
TWINS = Results(RESULTS, "two-frameworks").runs.read()
MYSTERY = pd.read_csv(RESULTS / "gluon-mystery.csv", dtype={"commit": str})
SWEEP = pd.read_csv(RESULTS / "beta-sweep.csv", dtype={"commit": str})
LIKELIHOODS = Results(RESULTS, "likelihoods").runs.read()
KEYS = {
    "ml-1m": (ROWS, ["model", "seed"]),
    "gluon-mystery": (MYSTERY, ["data", "variant", "beta", "seed"]),
}


@pytest.fixture(scope="module")
def split(data_folder: Path) -> splits.Split:
    path = data_folder / "ml-1m" / "interactions.csv.gz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    return splits.ready_split(datasets.load(path).interactions)


@pytest.mark.parametrize("name", KEYS)
def test_each_row_says_where_it_comes_from(name):
    rows, key = KEYS[name]
    assert not rows[["split", "settings", "versions", "commit", "seconds"]].isna().any(axis=None)
    assert not rows.duplicated(key).any()
    assert rows["commit"].astype(str).str.fullmatch(r"[0-9a-f]{7,}(-dirty)?").all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    [beta_sweep, evidence, gluon_mystery, mismatch, ml_1m, quiet_times, sampled],
    ids=lambda script: script.__name__,
)
def test_a_script_finds_its_rows_and_would_write_the_columns_that_are_stored(script, tmp_path):
    table = script.TABLE
    with table.path.open() as file:
        assert file.readline().rstrip("\n").split(",") == list(table.read().columns)
    for row in table.read()[[*table.columns]].head(5).to_dict("records"):
        assert table.has(**row)
        assert not table.has(**row | {table.columns[-1]: "another"})
    (last,) = table.read().tail(1).to_dict("records")
    again = replace(table, path=tmp_path / "again.csv")
    again.append(last)
    (found,) = again.read().to_dict("records")
    said = [(name, str(cell)) for name, cell in last.items() if not pd.isna(cell)]
    assert [(name, str(cell)) for name, cell in found.items()] == said


def test_tables_on_one_split_say_so():
    of_1m = MYSTERY.loc[MYSTERY["data"] == "ml-1m", "split"]
    assert len({*ROWS["split"], *TWINS["split"], *of_1m}) == 1


@pytest.mark.parametrize("data", gluon_mystery.DESIGNS)
def test_the_mystery_has_every_run_of_its_design(data):
    rows, design = MYSTERY[MYSTERY["data"] == data], gluon_mystery.DESIGNS[data]
    chosen = design.variants or tuple(variants())
    wanted = {*itertools.product(chosen, gluon_mystery.BETAS, range(design.seeds))}
    assert {*zip(rows["variant"], rows["beta"], rows["seed"], strict=True)} == wanted
    assert {*rows["settings"]} == {json.dumps(design.settings)}


def test_the_chapter_defines_the_variants_that_ran():
    if not has_mxnet():
        pytest.skip("MXNet is not installed")
    assert list(gluon_mystery.read_variants()["VARIANTS"]) == variants()


def variants() -> list[str]:
    """Names of the variants, in the order in which they ran."""
    return list(dict.fromkeys(MYSTERY["variant"]))


def test_the_rows_are_of_todays_recipes():
    for recipe in ml_1m.RECIPES:
        stored = ROWS.loc[ROWS["model"] == recipe.name, "settings"].map(json.loads)
        wanted = json.loads(json.dumps(recipe.settings()))
        assert all(settings == wanted for settings in stored)


@pytest.mark.data
def test_the_rows_are_of_the_ready_split(split):
    assert set(ROWS["split"]) == {split.fingerprint()}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ml_1m.BASELINES)
def test_a_row_without_training_can_be_repeated(name, split):
    stored = ROWS[ROWS["model"] == name].iloc[0]
    again = ml_1m._row(name, 0, {}, split, ml_1m.BASELINES[name].fit(split.train), 0.0)
    for metric in PAPER_METRICS:
        assert again[metric] == pytest.approx(stored[metric], abs=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mult-vae", "mult-dae"])
def test_a_trained_row_can_be_repeated(model):
    """The quickest of the grid: those on more data take minutes, `experiments confirm` has them."""
    experiment = read(ROOT / "experiments" / "grid.toml")
    results = Results(RESULTS, "grid")
    rows = results.runs.read().query("model == @model and framework == 'pytorch'")
    stored = rows.loc[rows["fit_seconds"].idxmin()]
    setting = report.every_setting(experiment, results)[stored["run"]]
    again = trial.run(setting, split_of(setting)).row
    # another processor rounds otherwise, and may keep a neighbouring epoch
    for metric in PAPER_METRICS:
        assert again[metric] == pytest.approx(stored[metric], abs=0.01)


@pytest.mark.parametrize("rows", [SWEEP, LIKELIHOODS], ids=["beta-sweep", "likelihoods"])
def test_rows_of_the_foundations_were_made_by_one_clean_checkout(rows):
    assert rows["commit"].str.fullmatch(r"[0-9a-f]{7,}").all()
    assert rows[["commit", "versions"]].nunique().tolist() == [1, 1]
    assert not rows[["split", "settings"]].isna().any(axis=None)


def test_the_sweep_has_every_run_of_its_design():
    wanted = [*itertools.product(beta_sweep.CAPS, beta_sweep.SEEDS)]
    assert sorted(zip(SWEEP["beta_cap"], SWEEP["seed"], strict=True)) == wanted
    for row in SWEEP.itertuples():
        stored, now = json.loads(row.settings), beta_sweep.settings(row.beta_cap, row.seed)
        for part, chosen in json.loads(now).items():
            assert chosen == chosen | stored[part]  # settings that came later are not in the row


@pytest.mark.slow
def test_a_row_of_the_sweep_comes_out_again():
    split = splits.strong_generalisation(datasets.load("ml-100k").interactions)
    stored = SWEEP.query("beta_cap == 0.2 and seed == 3").iloc[0]
    row = beta_sweep.run(split, 0.2, 3)
    assert row["split"] == stored["split"]
    assert row["ndcg100"] == pytest.approx(stored["ndcg100"], abs=0.02)
    assert row["nll"] == pytest.approx(stored["nll"], rel=0.01)
    assert row["kl"] == pytest.approx(stored["kl"], rel=0.1)
