"""Student's interval and the bootstrap, worked by hand and simulated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recotour_vae.evaluation.statistics import bootstrap, student


def test_students_interval_reaches_as_far_as_a_table_of_t_says():
    assert student(0.0, 1.0, 2) == pytest.approx((-4.3027, 4.3027), abs=1e-4)
    assert student(5.0, 2.0, 9, confidence=0.9) == pytest.approx((5 - 3.6662, 5 + 3.6662), abs=1e-4)
    assert student(0.0, 1.0, np.inf) == pytest.approx((-1.959964, 1.959964), abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.floats(0.01, 0.99))
def test_students_interval_ends_where_the_t_test_does(values, confidence):
    x = np.array(values)
    if np.ptp(x) < 1e-6:
        return
    low, _ = student(x.mean(), stats.sem(x), len(x) - 1, confidence)
    assert stats.ttest_1samp(x, low).pvalue == pytest.approx(1 - confidence)


def test_series_are_treated_one_by_one_and_one_value_has_no_interval():
    mean, se, n = pd.Series([1.0, 2.0]), pd.Series([0.5, np.nan]), pd.Series([3, 1])
    low, high = student(mean, se, n - 1)
    assert low[0] == pytest.approx(student(1.0, 0.5, 2)[0])
    assert np.isnan([low[1], high[1]]).all()


def test_people_come_with_all_that_belongs_to_them():
    """Sums that are twice the counts have the ratio 2, whoever is drawn."""
    counts = np.arange(1.0, 30)
    found = bootstrap(
        [2 * counts, counts], lambda a, b, axis=-1: a.sum(axis) / b.sum(axis), 0.95, seed=0
    )
    assert found.confidence_interval == pytest.approx((2, 2))
    assert found.standard_error == pytest.approx(0)


def test_the_bootstrap_of_a_mean_is_near_the_normal_interval_and_its_seed_decides():
    x = np.random.default_rng(1).normal(size=400)
    found, again, other = (bootstrap([x], np.mean, 0.9, seed) for seed in (3, 3, 4))
    half = 1.645 * x.std() / 20
    assert found.confidence_interval == pytest.approx((x.mean() - half, x.mean() + half), abs=0.01)
    assert found.standard_error == pytest.approx(x.std() / 20, rel=0.1)
    assert found.confidence_interval == again.confidence_interval != other.confidence_interval
