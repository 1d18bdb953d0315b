"""The film picker: half of EASE in bytes recommends what EASE does, and fits in a page."""

import json

import numpy as np
import pandas as pd
import pytest
from book_support import ROOT

from recotour_book.picker import PRESETS, Picker, make_picker
from recotour_vae import datasets, splits
from recotour_vae.recommenders.linear.ease import EASE
from recotour_vae.splits import Split

pytestmark = pytest.mark.slow
LISTS = pd.read_csv(ROOT / "results" / "first-lists.csv")


@pytest.fixture(scope="module")
def split() -> Split:
    return splits.strong_generalisation(datasets.load("ml-100k").interactions)


@pytest.fixture(scope="module")
def picker(split: Split) -> Picker:
    return make_picker(datasets.load("ml-100k"), split)


@pytest.fixture(scope="module")
def exact(split: Split) -> np.ndarray:
    """EASE's own weights among the films of the picker."""
    kept = np.argsort(-np.asarray(split.train.sum(axis=0)).ravel(), kind="stable")[:400]
    return EASE().fit(split.train).weights[np.ix_(kept, kept)]


def test_the_weights_are_those_of_ease_in_steps_of_a_byte(picker, exact):
    weights = picker.weights()
    assert np.abs(weights - exact).max() < 0.001
    large = np.abs(exact) > 0.02
    np.testing.assert_allclose(weights[large], exact[large], rtol=0.05)


def test_it_recommends_what_ease_does(split, picker, exact):
    kept = np.argsort(-np.asarray(split.train.sum(axis=0)).ravel(), kind="stable")[:400]
    shared = []
    for row in split.test.fold_in[:, kept]:
        picks = row.indices.tolist()
        scores = exact[picks].sum(axis=0)
        scores[picks] = -np.inf
        best = np.argsort(-scores, kind="stable")[:10]
        shared.append(len({*best} & {*picker.recommend(picks, 10)}))
    assert np.mean(shared) > 9.8
    assert min(shared) >= 8


def test_the_stored_lists_are_those_that_it_starts_with(picker):
    stored = {kind: rows["film"].tolist() for kind, rows in LISTS.groupby("list")}
    picks = [picker.titles.index(title) for title in PRESETS["Horror"]]
    assert stored["picks"] == [*PRESETS["Horror"]]
    assert stored["popular"] == [picker.titles[film] for film in picker.popular(picks, 5)]
    assert stored["ease"] == [picker.titles[film] for film in picker.recommend(picks, 5)]


def test_a_page_can_carry_it_and_every_preset_is_whole(picker):
    page = picker.for_page()
    assert len(json.dumps(page)) < 150_000
    named = {name: [picker.titles[i] for i in films] for name, films in page["presets"].items()}
    assert named == {name: [*titles] for name, titles in PRESETS.items()}
