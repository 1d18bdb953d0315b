"""Means over seeds and paired differences, against tables worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from experiment_files import write
from scipy import stats

from recotour_vae.errors import ExperimentError
from recotour_vae.experiments import read
from recotour_vae.experiments.effects import against, factors, laid_out, summarise

RUNS = pd.DataFrame(
    {
        "beta": [0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
        "seed": [0, 1, 2, 2, 1, 0],
        "split_seed": [0, 1, 2, 2, 1, 0],
        "ndcg@100": [0.30, 0.40, 0.50, 0.53, 0.42, 0.31],
    }
)


def test_means_have_students_interval():
    found = summarise(RUNS, ["beta"]).loc[0.0]
    assert (found["n"], found["mean"], found["sd"]) == pytest.approx((3, 0.4, 0.1))
    half = stats.t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert (found["low"], found["high"]) == pytest.approx((0.4 - half, 0.4 + half))


def test_what_is_not_said_is_a_level_too():
    found = summarise(RUNS.assign(beta=RUNS["beta"].replace(1.0, np.nan)), ["beta"])
    assert found["n"].tolist() == [3, 3]


def test_differences_are_paired_by_seed_and_split():
    found = against(RUNS, "beta", 0.0)
    assert found.index.tolist() == [1.0]
    row = found.loc[1.0]
    assert (row["n"], row["mean"]) == pytest.approx((3, 0.02))
    test = stats.ttest_1samp([0.01, 0.02, 0.03], 0)
    interval = test.confidence_interval()
    assert (row["low"], row["high"], row["p"]) == pytest.approx(
        (interval.low, interval.high, test.pvalue)
    )


def test_differences_within_another_factor_stay_apart():
    other = RUNS.assign(model="b")
    other.loc[other["beta"] == 1.0, "ndcg@100"] -= 0.1
    both = pd.concat([RUNS.assign(model="a"), other])
    found = against(both, "beta", 0.0, within=["model"])["mean"]
    assert found.loc["a", 1.0] == pytest.approx(0.02)
    assert found.loc["b", 1.0] == pytest.approx(-0.08)


def test_a_run_without_a_partner_is_left_out():
    assert against(RUNS[RUNS.index != 0], "beta", 0.0)["n"].item() == 2


def test_a_reference_that_nobody_has_gets_a_sentence():
    with pytest.raises(ExperimentError, match=r"beta=0\.5"):
        against(RUNS, "beta", 0.5)


def test_a_block_lies_beside_what_varies_in_it(tmp_path):
    (block,) = read(write(tmp_path)).blocks
    ids = [setting.id for setting in block.settings]
    runs = pd.DataFrame({"run": [*ids[:3], "stranger"], "seed": 0, "ndcg@100": 0.5})
    table = laid_out(block, runs)
    assert factors(block) == ["hidden", "latent"]
    assert table["run"].tolist() == ids[:3]
    assert table["hidden"].tolist() == ["[]", "[]", "[8]"]
    assert table["seed"].tolist() == [0, 1, 0]
