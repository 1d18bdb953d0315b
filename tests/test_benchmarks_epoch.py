"""What the two ways of an epoch are timed at is the same work, but for one forward pass."""

import epoch as bench
import numpy as np
import pandas as pd
import pytest
from shapes import Shape
from support import small_config, small_model

from recotour_vae.training import Trainer

SPLIT = bench.draw_split(Shape(users=60, items=120, clicks=1_500), n_held_out=12)


def test_both_ways_train_the_same_model_and_see_the_same():
    found = {}
    for way, backend in bench.WAYS.items():
        model = small_model(n_items=120)
        history = Trainer(small_config(epochs=2), backend=backend).fit(
            model, SPLIT.train, SPLIT.validation
        )
        found[way] = history.drop(columns="seconds"), model.arrays()
    pd.testing.assert_frame_equal(found["once"][0], found["twice"][0], check_exact=True)
    for name, array in found["once"][1].items():
        np.testing.assert_array_equal(array, found["twice"][1][name])


def test_validation_people_are_counted_once_and_twice():
    once, twice = (bench.count("epoch", SPLIT, way) for way in bench.WAYS)
    assert (once["people"], twice["people"]) == (60 + 12, 60 + 2 * 12)
    assert once["gflop"] < twice["gflop"]


def test_test_people_are_counted_once_and_twice():
    once, twice = (bench.count("test", SPLIT, way) for way in bench.WAYS)
    assert (once["people"], twice["people"]) == (12, 24)
    assert twice["gflop"] == pytest.approx(2 * once["gflop"])


def test_a_row_a_way_with_the_ratio_to_ours():
    rows = pd.DataFrame(bench.measure("test", SPLIT, repeats=1)).set_index("way")
    assert rows.index.tolist() == ["once", "twice"]
    assert rows.loc["once", "ratio"] == 1
    assert (rows["seconds"] > 0).all()
