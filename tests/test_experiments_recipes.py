"""The recipes for data that cannot be fetched everywhere, on clicks with as many items."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recotour_vae.experiments import read, report, run, trial
from recotour_vae.experiments.memory_needs import bytes_needed
from recotour_vae.runtime.memory import GIB
from recotour_vae.splits import HeldOut, Split

ROOT = Path(__file__).parents[1]
SHAPES = {"ml-20m": 20_108, "amazon-movies": 50_052}  # items of the training users
USERS = 500  # one batch


def clicks(n_users, n_items, seed):
    """Give some forty clicks a user, fewer on later items."""
    rng = np.random.default_rng(seed)
    columns = (n_items * rng.random((n_users, 40)) ** 3).astype(int)
    return matrix(np.repeat(np.arange(n_users), 40), columns.ravel(), (n_users, n_items))


def matrix(rows, columns, shape):
    """Make binary clicks of pairs, of which some may be there twice."""
    found = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
    found.data[:] = 1
    return found


def split_of(n_items):
    """Split as wide as the published one, with few users; somebody clicked each item."""
    train = clicks(USERS, n_items, 0).tocoo()
    rows = np.concatenate([train.row, np.arange(n_items) % USERS])
    columns = np.concatenate([train.col, np.arange(n_items)])
    fold_in, asked = clicks(20, n_items, 1), clicks(20, n_items, 2)
    held_out = csr_matrix(asked - asked.multiply(fold_in))
    held_out.eliminate_zeros()
    group = HeldOut(np.arange(20), fold_in, held_out)
    train = matrix(rows, columns, (USERS, n_items))
    return Split(np.arange(n_items), np.arange(USERS), train, group, group)


@pytest.fixture(scope="module", params=SHAPES)
def recipe(request):
    """A recipe, and a split of its shape."""
    return read(ROOT / "experiments" / f"{request.param}.toml"), split_of(SHAPES[request.param])


@pytest.mark.slow
def test_the_autoencoders_run_at_the_width_of_the_data(recipe):
    experiment, split = recipe
    pytorch = [setting for setting in experiment.settings() if setting.framework == "pytorch"]
    for setting in {setting.model: setting for setting in pytorch}.values():
        row = trial.run(replace(setting, options={**setting.options, "epochs": 1}), split).row
        assert 0 <= row["ndcg@100"] <= 1
        assert row["test_users"] == 20


def test_a_run_of_a_recipe_fits_into_the_memory_of_a_laptop(recipe):
    experiment, split = recipe
    assert all(bytes_needed(one, split.n_items) < 16 * GIB for one in experiment.settings())


def test_the_report_says_that_published_figures_are_not_ours(recipe, tmp_path):
    experiment, _ = recipe
    told = "\n".join(report.lines(experiment, report.Results(tmp_path, "x"), "ndcg@100"))
    assert "not measured here" in told
    assert len(run.missing(experiment, report.Results(tmp_path, "x"))) == len(experiment.settings())
