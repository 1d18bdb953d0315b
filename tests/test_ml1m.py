"""The baselines on real clicks, against figures that were measured independently."""

import numpy as np
import pandas as pd
import pytest

from recotour_vae.datasets import load
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.recommenders import EASE, ItemKNN, Popularity
from recotour_vae.splits import SplitConfig, ready_split, strong_generalisation

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def split(data_folder):
    path = data_folder / "ml-1m" / "interactions.csv.gz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    return ready_split(load(path).interactions)


def test_the_ready_split_has_its_published_size(split):
    assert (len(split.train_users), split.n_items, split.train.nnz) == (4_834, 3_497, 462_827)
    assert (len(split.validation.users), len(split.test.users)) == (600, 600)


# NDCG@100, Recall@20, Recall@50; popularity has ties, the others have none that matter.
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Popularity(), (0.2235, 0.1761, 0.2372)),
        (EASE(l2=700.0), (0.4266, 0.3566, 0.4772)),
    ],
)
def test_a_baseline_gives_what_was_measured_independently(split, model, expected):
    found = evaluate(model.fit(split.train), split.test)
    assert [found.mean(name) for name in PAPER_METRICS] == pytest.approx(expected, abs=5e-4)


def test_item_knn_stands_between_popularity_and_ease(split):
    found = evaluate(ItemKNN(k=100, shrink=50.0).fit(split.train), split.test, ["ndcg@100"])
    assert found.mean("ndcg@100") == pytest.approx(0.363, abs=1e-3)


def test_a_sparse_set_without_ratings_splits(data_folder):
    path = data_folder / "amazon-video-games" / "interactions.csv.gz"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    dataset = load(path)
    table = dataset.interactions
    assert (len(table), table["user"].nunique(), table["item"].nunique()) == (
        287_107,
        31_013,
        23_715,
    )
    split = strong_generalisation(table, SplitConfig(click_above=dataset.click_above))
    counts = table["user"].value_counts()
    summary = split.summary()
    assert summary["users"].sum() == (counts >= 5).sum()
    assert set(np.unique(split.items)) <= set(pd.unique(table["item"]))
    total = summary[["fold-in clicks", "held-out clicks"]].to_numpy().sum()
    assert 0.97 < total / counts[counts >= 5].sum() <= 1  # few clicks are on items not in training
