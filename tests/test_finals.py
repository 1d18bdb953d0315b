"""Results of tuned searches are read where they are whole, and what is not there is left out."""

import json
from pathlib import Path

import numpy as np
import pytest

from recotour_book.finals import Finalist, finals, numbers_kept
from recotour_vae.experiments import Results, read, search
from recotour_vae.experiments.results import RUN_COLUMNS, SEARCH_COLUMNS
from recotour_vae.experiments.table import pack
from recotour_vae.recommenders import EASE

ROOT = Path(__file__).parents[1]
DECLARED = """
about = "Two searches."
per_user = true

[sources.small]
load = "clicks.csv"

[common]
data = "small"

[[search]]
name = "EASE"
trials = 2
fixed = {{ model = "ease" }}
finals = [{{}}, {{ split = 1 }}]
space.l2 = {{ low = 1.0, high = {high}, log = true }}

[[search]]
name = "Mult-DAE"
trials = 2
fixed = {{ model = "mult-dae", hidden = [] }}
finals = [{{ seed = 0 }}, {{ seed = 1 }}]
space.latent = [4, 8]
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "experiments").mkdir()
    for name, high in (("first", 10.0), ("second", 20.0)):
        text = DECLARED.format(high=high)
        (tmp_path / "experiments" / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def searches_of(root, name):
    experiment = read(root / "experiments" / f"{name}.toml")
    results = Results(root / "results", name)
    return {one.name: one for one in experiment.searches}, results


def try_all(root, name, which, trials=2):
    """Write made-up trials down, the second the best."""
    found, results = searches_of(root, name)
    one = found[which]
    key, values = ("l2", [2.0, 5.0]) if which == "EASE" else ("latent", [0, 1])
    for number, value in list(enumerate(values))[:trials]:
        row = dict.fromkeys(SEARCH_COLUMNS) | {"search": which, "trial": number, "run": "x"}
        row |= {"chosen": json.dumps({key: value}), "validation_ndcg@100": 0.1 * (number + 1)}
        results.searches.append(row)
    return one, results


def run_all(one, results, value, error=None, runs=None):
    """Write made-up final runs down, of four people each."""
    for setting in search.finals(one, results)[:runs]:
        for metric in ("ndcg@100", "recall@20", "recall@50"):
            values = pack(np.array([0, value, value, 2 * value]))
            results.users.append({"run": setting.id, "what": metric, "values": values})
        row = dict.fromkeys(RUN_COLUMNS) | {"run": setting.id, "model": setting.model}
        row |= {"data": "small", "seed": setting.seed, "split_seed": setting.split}
        row |= {"settings": json.dumps(setting.everything()), "split": "s", "error": error}
        row |= {"framework": setting.framework, "options": json.dumps(dict(setting.options))}
        results.runs.append(row)


def test_a_search_counts_when_its_trials_and_its_runs_are_there(root):
    assert finals(root, ("first", "second")) == {}
    one, results = try_all(root, "first", "EASE", trials=1)
    assert finals(root, ("first",)) == {}
    results.searches.path.unlink()
    one, results = try_all(root, "first", "EASE")
    assert finals(root, ("first",)) == {}
    run_all(one, results, 0.2)
    found = finals(root, ("first", "second"))["EASE"]
    assert (found.experiment, found.trials, found.model, found.split) == ("first", 2, "ease", "s")
    assert found.options["l2"] == 5.0
    assert [one.tolist() for one in found.per_user["ndcg@100"]] == [[0, 0.2, 0.2, 0.4]]
    assert found.mean("recall@20") == pytest.approx(0.2)


def test_the_best_comes_first_and_all_its_seeds_count(root):
    run_all(*try_all(root, "first", "EASE"), 0.2)
    run_all(*try_all(root, "first", "Mult-DAE"), 0.3)
    found = finals(root, ("first",))
    assert list(found) == ["Mult-DAE", "EASE"]
    assert found["Mult-DAE"].runs["seed"].tolist() == [0, 1]
    assert len(found["Mult-DAE"].per_user["ndcg@100"]) == 2


def test_of_one_name_the_later_experiment_counts_once_it_is_finished(root):
    run_all(*try_all(root, "first", "EASE"), 0.2)
    one, results = try_all(root, "second", "EASE")
    assert finals(root, ("first", "second"))["EASE"].experiment == "first"
    run_all(one, results, 0.1)
    assert finals(root, ("first", "second"))["EASE"].experiment == "second"


def test_a_run_that_failed_or_lacks_its_people_is_not_there(root):
    run_all(*try_all(root, "first", "EASE"), 0.2, error="out of memory")
    assert finals(root, ("first",)) == {}
    run_all(*try_all(root, "second", "Mult-DAE"), 0.2, runs=1)
    assert finals(root, ("second",)) == {}


def test_what_is_kept_is_counted():
    clicks = np.eye(6)[[0, 1, 2, 3, 4, 5, 0]] + np.eye(6)[[1, 2, 3, 4, 5, 0, 1]]
    weights = EASE(l2=1.0).fit(clicks).weights
    assert numbers_kept("ease", {}, 6) == weights.size - 6
    assert numbers_kept("ials", {"factors": 3}, 6) == 18
    assert numbers_kept("item-knn", {"k": 2}, 6) == 12
    vae = {"hidden": [], "latent": 3, "seed": 0, "beta": 0.1}
    assert numbers_kept("mult-vae", vae, 6) == 6 * 6 + 3 * 6  # mu and logvar, and back
    assert numbers_kept("mult-dae", vae | {"hidden": [5]}, 6) == 2 * (6 * 5 + 5 * 3)
    assert np.isnan(numbers_kept("slim", {}, 6))


@pytest.mark.slow
def test_the_stored_searches_are_all_read():
    found = finals(ROOT, ("progress",))
    assert len(found) == 10
    assert all(isinstance(one, Finalist) for one in found.values())
    means = [one.mean("ndcg@100") for one in found.values()]
    assert means == sorted(means, reverse=True)
    for one in found.values():
        rounded = one.runs["ndcg@100"].mean()
        assert one.mean("ndcg@100") == pytest.approx(rounded, abs=1e-4)
