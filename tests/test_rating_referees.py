"""Recommenders of ratings against scikit-surprise, where the extra `referees` is installed."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from support import random_table

from recotour_vae.recommenders import make
from recotour_vae.splits import RatingSplitConfig, Split, ratings_holdout

surprise = pytest.importorskip("surprise")

BIASES = {"method": "als", "reg_u": 15, "reg_i": 10, "n_epochs": 10}
ALL = 1000  # neighbours: which of those that are equally near are taken is nobody's rule


@pytest.fixture(scope="module")
def split() -> Split:
    table = random_table(5, n_users=60, n_items=40, rows=1200)
    return ratings_holdout(table, RatingSplitConfig(test_ratings=0.25, validation_ratings=0))


def theirs(model: "surprise.AlgoBase", split: Split) -> NDArray[np.float64]:
    """What a model of Surprise, fitted on the training ratings, predicts."""
    known, asked = split.history, split.test.asked
    columns = {"user": known.event_rows(), "item": known.items, "rating": known.ratings}
    reader = surprise.Reader(rating_scale=(1, 5))
    data = surprise.Dataset.load_from_df(pd.DataFrame(columns), reader)
    model.fit(data.build_full_trainset())
    pairs = zip(asked.event_rows().tolist(), asked.items.tolist(), strict=True)
    return np.array([model.predict(user, item).est for user, item in pairs])


def ours(name: str, split: Split, **options: object) -> NDArray[np.float64]:
    asked = split.test.asked
    model = make(name, **options).fit_split(split)
    return model.rate(split.test.shown, asked.event_rows(), asked.items)


def test_biases_are_those_of_surprise(split):
    expected = theirs(surprise.BaselineOnly(bsl_options=BIASES, verbose=False), split)
    np.testing.assert_allclose(ours("bias", split), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "by_user"), [("rating-item-knn", False), ("rating-user-knn", True)]
)
def test_neighbours_by_the_cosine_are_those_of_surprise(name, by_user, split):
    similarity = {"name": "cosine", "user_based": by_user, "min_support": 2}
    model = surprise.KNNBaseline(k=ALL, sim_options=similarity, bsl_options=BIASES, verbose=False)
    options = {"k": ALL, "similarity": "cosine", "around": "biases", "shrink": 0.0}
    weights = {"reg_user": 15.0, "reg_item": 10.0}
    found = ours(name, split, **options, **weights)
    np.testing.assert_allclose(found, theirs(model, split), atol=1e-5)
