"""Ratings in experiments and on the command line: folds, errors, and that lower is better."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment_files import opened
from support import is_a_sentence, random_table

from recotour_vae import cli
from recotour_vae.errors import DataError, ExperimentError, MetricError, SplitError
from recotour_vae.experiments import report, run, search, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.direction import gain, worst
from recotour_vae.experiments.setting import Setting, Source
from recotour_vae.experiments.tuning import Tuning
from recotour_vae.recommenders import entry
from recotour_vae.runs import open_run
from recotour_vae.serving import recommend_to_all
from recotour_vae.splits import RatingSplitConfig, ratings_holdout

FOLDS = """
about = "Biases on a small file."
per_user = true

[sources.small]
load = "{data}"
folds = 2
validation_ratings = 0.2

[sources.once]
load = "{data}"
folds = 1
test_ratings = 0.25
validation_ratings = 0

[common]
data = "small"

[[block]]
name = "weights"
question = "How much of a pull?"
fixed = {{ model = "bias" }}
each.reg_user = [0.5, 50.0]
repeats = [{{ fold = 1 }}, {{ fold = 2 }}]

[[search]]
name = "Biases"
trials = 3
fixed = {{ model = "bias", fold = 2 }}
finals = [{{ data = "once" }}]
space.reg_user = {{ low = 1.0, high = 100.0, log = true }}
"""


def stars(folder: Path) -> Path:
    """Write a small file of ratings."""
    path = folder / "stars.csv"
    random_table(3).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The experiment, run in this process."""
    folder = tmp_path_factory.mktemp("ratings")
    path = folder / "small.toml"
    path.write_text(FOLDS.format(data=stars(folder).as_posix()), encoding="utf-8")
    experiment, results = opened(path)
    for setting in experiment.settings():
        run.run_one(setting, results, per_user=True)
    (one,) = experiment.searches
    assert len(list(search.go_on(one, results))) == 3
    return experiment, results


@pytest.mark.slow
def test_folds_are_different_splits_of_all_ratings(done):
    experiment, results = done
    rows = results.runs.read()
    assert rows["split"].nunique() == 2
    assert sorted(set(rows["fold"])) == [1, 2]
    splits = [split_of(setting) for setting in experiment.settings()[:2]]
    asked = sum(split.test.held_out.nnz + split.test.n_cold for split in splits)
    assert asked == len(random_table(3))


def test_a_row_has_errors_in_place_of_lists_and_comes_out_again(done):
    experiment, results = done
    row = results.runs.read().iloc[0]
    assert 0.5 < row["mae"] < row["rmse"] < 3
    assert row["rating_coverage"] == 1
    assert pd.isna(row["ndcg@100"])
    setting = experiment.settings()[0]
    again = trial.run(setting, split_of(setting)).row
    assert again["rmse"] == row["rmse"]
    shown = report.beside(results.runs.read(), setting.id, again)
    assert re.search(r"rmse +([\d.]+) +\1", shown)


def test_the_sums_of_people_make_the_row(done):
    _, results = done
    sums, counts = (results.lists(results.users, f"rmse_{part}") for part in ("sum", "n"))
    for _, row in results.runs.read().iterrows():
        pooled = (sum(sums[row["run"]]) / sum(counts[row["run"]])) ** 0.5
        assert pooled == pytest.approx(row["rmse"], abs=2e-4)


def test_a_search_chooses_the_smallest_error_and_its_data_may_be_other(done):
    experiment, results = done
    (one,) = experiment.searches
    trials = results.searches.read()
    best = trials.loc[trials["validation_rmse"].idxmin()]
    (final,) = search.finals(one, results)
    assert final.options == {"reg_user": json.loads(best["chosen"])["reg_user"]}
    assert final.data == "once"
    assert split_of(final).validation.held_out.nnz == 0
    assert "validation_rmse" not in trial.run(final, split_of(final)).row


def test_the_report_is_of_errors_with_folds_as_repeats(done):
    experiment, results = done
    assert experiment.of_ratings
    lines = "\n".join(report.lines(experiment, results, "rmse"))
    assert "Tables of rmse" in lines
    assert re.search(r"0\.5 +2 ", lines)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("folds = 2", 'folds = "offical"', "folds is 'offical'; give official, in-time"),
        ("folds = 2", "folds = 0.5", "folds is 0.5; give official"),
        (
            'model = "bias" }}',
            'model = "ease" }}',
            "ease predicts no ratings, which small asks for",
        ),
        ("folds = 2\n", "\n", "fold is 2 where small has no folds"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(old, new, said, tmp_path):
    text = FOLDS.replace(old, new).replace("each.reg_user = [0.5, 50.0]\n", "")
    path = tmp_path / "small.toml"
    path.write_text(text.format(data=stars(tmp_path).as_posix()), encoding="utf-8")
    with pytest.raises(ExperimentError, match=re.escape(said)) as error:
        opened(path)
    is_a_sentence(error)


def test_a_fold_that_there_is_not_is_refused_and_none_is_counted_from_the_end(done):
    experiment, _ = done
    for fold in (0, -1, 3):
        with pytest.raises(SplitError, match=f"fold is {fold}; give a number from 1 to 2"):
            split_of(replace(experiment.settings()[0], fold=fold))


def test_which_way_is_better():
    assert gain("rmse", 0.9) > gain("rmse", 1.0)
    assert gain("ndcg@10", 0.2) > gain("ndcg@10", 0.1)
    assert gain("rmse", worst("rmse")) < gain("rmse", 100.0)
    assert gain("ndcg@10", worst("ndcg@10")) <= gain("ndcg@10", 0.0)


def test_tuning_by_an_error_ends_with_the_smallest(tmp_path):
    split = ratings_holdout(random_table(3), RatingSplitConfig(validation_ratings=0.2))
    space = {"reg_user": [0.0, 3.0, -1.0]}  # the last is refused, and counts as worst
    one = Tuning(entry("bias"), split, space, {}, "rmse", "", tmp_path / "trials.csv")
    made = pd.DataFrame(one.go_on(12))
    assert made["error"].notna().any()
    good = made[made["error"].isna()]
    expected = json.loads(good.sort_values("value", kind="stable").iloc[0]["options"])
    assert one.best() == expected
    assert made["value"][made["error"].notna()].min() > good["value"].max()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A run of biases, trained by the command."""
    place = tmp_path_factory.mktemp("run")
    words = ["train", "--model", "bias", "--data", str(stars(place)), "--out", str(place / "run")]
    assert cli.main(words) == 0
    return place / "run"


def test_a_model_of_ratings_is_trained_and_measured_by_them_unasked(folder, capsys):
    assert open_run(folder).split.of_ratings
    words = ["evaluate", str(folder), "--models", "rating-user-knn"]
    assert cli.main(words) == 0
    printed = capsys.readouterr().out
    assert printed.count("rmse") == printed.count("mae") == 2
    assert "ndcg" not in printed
    assert cli.main([*words[:2], "--metrics", "ndcg@3"]) == 0
    assert "ndcg@3" in capsys.readouterr().out


def test_tune_looks_at_errors_unasked(tmp_path, capsys):
    words = ["tune", "--model", "bias", "--data", str(stars(tmp_path)), "--trials", "2"]
    assert cli.main([*words, "--out", str(tmp_path / "trials.csv")]) == 0
    assert "rmse on validation users" in capsys.readouterr().out


def test_everybody_is_listed_what_they_would_rate_highest(folder, tmp_path):
    run = open_run(folder)
    listed, without = recommend_to_all(run, tmp_path / "all.csv", k=3, show=False)
    table = pd.read_csv(tmp_path / "all.csv", dtype={"user": str, "item": str})
    assert listed + without == len(run.split.train_users)
    assert table["score"].between(1, 5).all()
    of_one = table[table["user"] == table["user"].iloc[0]]
    users = [str(user) for user in run.split.train_users.tolist()]
    row, items = users.index(of_one["user"].iloc[0]), [str(i) for i in run.split.items.tolist()]
    columns = [items.index(item) for item in of_one["item"]]
    expected = run.model.rate(run.split.history, [row] * len(columns), columns)
    np.testing.assert_allclose(of_one["score"], expected, rtol=1e-5)
    asked = [group.asked.rows([row]).items for group in (run.split.validation, run.split.test)]
    rated = {*run.split.history.rows([row]).items, *np.concatenate(asked)}
    assert not rated & set(columns)


def test_lists_for_everybody_are_not_made_of_clicks_in_silence(tmp_path):
    words = ["train", "--model", "bias", "--protocol", "strong", "--data", str(stars(tmp_path))]
    assert cli.main([*words, "--out", str(tmp_path / "run")]) == 0
    with pytest.raises(MetricError, match="train it with --protocol ratings") as error:
        recommend_to_all(open_run(tmp_path / "run"), tmp_path / "all.csv", show=False)
    is_a_sentence(error)


def test_a_file_that_lacks_some_times_is_read_without_them(tmp_path):
    path = tmp_path / "some.csv"
    table = random_table(4).assign(timestamp=[""] * 3 + ["5"] * (len(random_table(4)) - 3))
    table.to_csv(path, index=False)
    asked = Source(str(path), folds=1, times=False)
    split = split_of(Setting("some", asked, "bias"))
    assert split.history.times is None
    with pytest.raises(DataError, match="is empty"):
        split_of(Setting("some", replace(asked, times=True), "bias"))


def test_the_seed_of_a_run_reaches_the_model_that_has_one():
    source = Source("ml-100k", folds=1)
    settings = [Setting("some", source, "embedding-dot", seed=seed) for seed in (0, 3)]
    assert [one.recommender().config.seed for one in settings] == [0, 3]
    assert [one.everything()["seed"] for one in settings] == [0, 3]
    assert "seed" not in Setting("some", source, "bias", seed=3).everything()
    with pytest.raises(ExperimentError, match="seed is one of the run"):
        Setting("some", source, "embedding-dot", options={"seed": 3})
