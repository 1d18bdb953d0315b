"""From people's values and sums to one number and its interval, worked by hand and simulated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recotour_vae.evaluation import pooling

pairs = st.lists(
    st.tuples(st.integers(0, 4), st.floats(0, 9) | st.just(np.nan)), min_size=1, max_size=40
)


def people(*sums_and_counts: tuple[float, int]) -> pd.DataFrame:
    """Give each person's sum and number of pairs."""
    return pd.DataFrame(sums_and_counts, columns=["sum", "n"], dtype=float)


def test_sums_are_of_each_persons_pairs_that_have_a_value():
    values = {"a": np.array([1.0, 2.0, np.nan, 5.0]), "b": np.array([1.0, 1.0, 0.0, 1.0])}
    found = pooling.sums_of_people(values, np.array([2, 0, 0, 2]), np.array(["x", "y", "z"]))
    assert found.index.tolist() == ["x", "z"]  # y has no pair
    assert found["a"].to_numpy().tolist() == [[2, 1], [6, 2]]
    assert found["b"].to_numpy().tolist() == [[1, 2], [2, 2]]


@given(pairs, st.booleans())
def test_the_pooled_value_is_that_of_all_pairs_whoever_has_them(some, root):
    rows, values = (np.array(side) for side in zip(*some, strict=True))
    if np.isnan(values).all():
        values[0] = 1.0
    found = pooling.sums_of_people({"m": values}, rows, np.arange(5))["m"]
    mean = np.nanmean(values)
    assert pooling.pooled(found, root) == pytest.approx(np.sqrt(mean) if root else mean)


def test_pooling_counts_pairs_and_not_people():
    found = people((9, 1), (0, 8))
    assert pooling.pooled(found, False) == 1
    assert pooling.pooled(found, True) == 1
    assert pooling.describe_people(np.array([9.0, 0.0]), 0.95, 0)[0] == 4.5


def test_an_interval_is_around_the_value_and_comes_from_the_seed():
    rng = np.random.default_rng(0)
    found = people(*zip(rng.exponential(4, 60), rng.integers(1, 9, 60), strict=True))
    value, se, low, high = pooling.describe_pairs(found, True, 0.95, 0)
    assert low < value < high
    assert high - low == pytest.approx(2 * 1.96 * se, rel=0.1)
    assert pooling.describe_pairs(found, True, 0.95, 0) == (value, se, low, high)
    assert pooling.describe_pairs(found, True, 0.95, 1) != (value, se, low, high)
    narrow = pooling.describe_pairs(found, True, 0.5, 0)
    assert low < narrow[2] < narrow[3] < high


def test_the_error_is_that_of_a_ratio_between_people():
    """By the delta method, which is exact as people become many."""
    rng = np.random.default_rng(1)
    n = rng.integers(1, 20, 2000).astype(float)
    total = n * rng.exponential(1, 2000)  # a person's pairs are alike
    found = people(*zip(total, n, strict=True))
    mean = total.sum() / n.sum()
    error = np.sqrt(((total - mean * n) ** 2).sum()) / n.sum()
    assert pooling.describe_pairs(found, False, 0.95, 0)[1] == pytest.approx(error, rel=0.05)
    rooted = pooling.describe_pairs(found, True, 0.95, 0)[1]
    assert rooted == pytest.approx(error / (2 * np.sqrt(mean)), rel=0.05)
    as_if_pairs_were_independent = np.sqrt((total / n**2 * total / n).sum()) / n.sum()
    assert error > 2 * as_if_pairs_were_independent


def test_people_without_a_value_change_nothing():
    some = [(4.0, 2), (1.0, 3), (7.0, 4)]
    without = pooling.describe_pairs(people(*some), True, 0.95, 0)
    assert pooling.describe_pairs(people(*some, (0, 0), (0, 0)), True, 0.95, 0) == without


def test_one_person_says_nothing_about_the_spread():
    value, *rest = pooling.describe_pairs(people((8, 2)), True, 0.95, 0)
    assert value == 2
    assert np.isnan(rest).all()


def test_people_who_all_did_the_same_leave_no_doubt():
    found = pooling.describe_pairs(people((8, 2), (4, 1), (12, 3)), True, 0.95, 0)
    assert found == (2, 0, 2, 2)


def test_a_difference_resamples_the_same_people_for_both():
    rng = np.random.default_rng(2)
    n = rng.integers(1, 9, 100)
    one = people(*zip(n * rng.exponential(2, 100), n, strict=True))
    other = one.assign(sum=one["sum"] * 0.9)
    value, se, low, high = pooling.describe_pairs_difference(one, other, True, 0.95, 0)
    assert value == pytest.approx(pooling.pooled(one, True) * (1 - np.sqrt(0.9)))
    assert 0 < low < value < high
    assert se < pooling.describe_pairs(one, True, 0.95, 0)[1] / 5
    turned = pooling.describe_pairs_difference(other, one, True, 0.95, 0)
    assert turned[0] == pytest.approx(-value)
    assert pooling.describe_pairs_difference(one, one, True, 0.95, 0) == (0, 0, 0, 0)
