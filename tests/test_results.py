"""The tables in results/ are what the code of this repository gives."""

import json
from pathlib import Path

import ml_1m
import pandas as pd
import pytest

from recotour_vae import datasets, splits
from recotour_vae.evaluation import PAPER_METRICS

ROOT = Path(__file__).parents[1]
ROWS = pd.read_csv(ROOT / "results" / "ml-1m.csv")


@pytest.fixture(scope="module")
def split(data_folder: Path) -> splits.Split:
    path = data_folder / "ml-1m" / "interactions.csv.gz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    return splits.ready_split(datasets.load(path).interactions)


def test_each_row_says_where_it_comes_from():
    assert ROWS["split"].nunique() == 1
    assert not ROWS[["settings", "versions", "commit", "seconds"]].isna().any(axis=None)
    assert not ROWS.duplicated(["model", "seed"]).any()


@pytest.mark.parametrize(("model", "floor"), [("Mult-VAE", 0.4035), ("Mult-DAE", 0.409)])
def test_three_seeds_reach_what_a_correct_implementation_gave_elsewhere(model, floor):
    runs = ROWS[ROWS["model"] == model]
    assert len(runs) >= 3
    assert runs["ndcg@100"].mean() >= floor


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
def test_a_row_can_be_repeated(split):
    recipe = next(recipe for recipe in ml_1m.RECIPES if recipe.name == "Mult-DAE")
    stored = ROWS[(ROWS["model"] == recipe.name) & (ROWS["seed"] == 0)].iloc[0]
    again = ml_1m._trained(recipe, 0, split)
    # another processor rounds otherwise, and may keep a neighbouring epoch
    for metric in PAPER_METRICS:
        assert again[metric] == pytest.approx(stored[metric], abs=0.01)
