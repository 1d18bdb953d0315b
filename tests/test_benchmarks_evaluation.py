"""What the benchmarks time is the same work: the published ways agree with ours on small data."""

import evaluation as bench
import numpy as np
import pandas as pd
import preparation
import published_metrics
import published_preparation
import pytest
from support import Fixed, clicks, distinct_scores, random_clicks, random_table

from recotour_vae.datasets import load
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.splits import PARTS, HeldOut, SplitConfig, strong_generalisation

N_HELD_OUT = 20
CONFIG = SplitConfig(validation_users=N_HELD_OUT, test_users=N_HELD_OUT)


def held_out_group(n_users=40, n_items=150):
    both = random_clicks(0, n_users, n_items, 0.4).toarray()
    hidden = (np.random.default_rng(1).random(both.shape) < 0.3) & (both > 0)
    rows = [(np.flatnonzero(b * ~h), np.flatnonzero(h)) for b, h in zip(both, hidden, strict=True)]
    shown, asked = (clicks(part, n_items) for part in zip(*rows, strict=True))
    return HeldOut(np.arange(n_users), shown, asked)


@pytest.mark.parametrize("partition", [published_metrics.argpartition, np.argpartition])
def test_the_published_metrics_give_our_numbers(monkeypatch, partition):
    monkeypatch.setattr(published_metrics, "argpartition", partition)
    group, scores = held_out_group(), distinct_scores(2, 40, 150).astype(np.float32)
    ours = evaluate(Fixed(scores), group, PAPER_METRICS).per_user
    theirs = published_metrics.published_metrics(scores.copy(), group.fold_in, group.held_out)
    for name, values in zip(PAPER_METRICS, theirs, strict=True):
        np.testing.assert_allclose(values, ours[name], rtol=1e-6, err_msg=name)


@pytest.fixture(scope="module")
def both_splits():
    """A table of ratings, our split of it, and theirs."""
    table = random_table(0, n_users=120, n_items=80, rows=4_000)
    theirs = published_preparation.published_preparation(table, N_HELD_OUT)
    return table, strong_generalisation(table, CONFIG), theirs


def test_the_published_preparation_holds_out_our_users(both_splits):
    """Both draw a permutation of the sorted users from one seed: ids are places in it."""
    _, split, theirs = both_splits
    n_train = len(split.train_users)
    groups = {
        "train": split.train_users,
        "validation": split.validation.users,
        "test": split.test.users,
    }
    first = {"train": 0, "validation": n_train, "test": n_train + N_HELD_OUT}
    for name, users in groups.items():
        parts = [theirs[part] for part in PARTS if part.startswith(name)]
        found = pd.concat(parts)["uid"].unique()
        assert sorted(found) == list(range(first[name], first[name] + len(users)))


def test_the_published_preparation_keeps_our_clicks_and_hides_a_fifth(both_splits):
    _, split, theirs = both_splits
    assert theirs["train"]["sid"].nunique() == split.n_items
    assert len(theirs["train"]) == split.train.nnz
    for name, group in (("validation", split.validation), ("test", split.test)):
        shown, hidden = theirs[f"{name}_in"], theirs[f"{name}_out"]
        assert set(shown["sid"]) | set(hidden["sid"]) <= set(theirs["train"]["sid"])
        n_train = theirs["train"]["uid"].nunique() + (name == "test") * N_HELD_OUT
        for counts, matrix in ((shown, group.fold_in), (hidden, group.held_out)):
            per_user = np.bincount(counts["uid"] - n_train, minlength=N_HELD_OUT)
            np.testing.assert_array_equal(per_user, np.diff(matrix.indptr))


def test_the_published_preparation_leaves_the_global_generator_as_it_was(both_splits):
    table, *_ = both_splits
    before = np.random.get_state()[1].copy()
    published_preparation.published_preparation(table, N_HELD_OUT)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_the_file_of_drawn_ratings_is_read_as_it_was_drawn(tmp_path):
    table = preparation.draw_ratings(30)
    preparation.write_csv(table, tmp_path / "ratings.csv")
    pd.testing.assert_frame_equal(load(tmp_path / "ratings.csv").interactions, table)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 999, 1_000])
def test_the_rows_written_at_once_change_nothing(tmp_path, monkeypatch, rows):
    table = preparation.draw_ratings(15).iloc[:1_000]
    monkeypatch.setattr(preparation, "AT_ONCE", rows)
    preparation.write_csv(table, tmp_path / "ratings.csv")
    assert (tmp_path / "ratings.csv").read_text() == table.to_csv(index=False)


@pytest.mark.slow
def test_both_benchmarks_run_on_little_data():
    table = preparation.measure(1_000, repeats=1)
    assert set(table["way"]) >= {"ours", "published"}
    assert (table["seconds"] > 0).all()
    rows = bench.measure_metrics("ML-1M", 20, repeats=1)
    assert [row["ratio"] for row in rows if row["way"] == "ours"] == [1, 1]
