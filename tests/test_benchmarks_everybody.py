"""The benchmark of lists for everybody measures what it says."""

import everybody
import pytest


@pytest.mark.processes
def test_a_row_says_how_many_people_and_how_much_memory():
    row = everybody.measure(1_000)
    assert row["people"] == 1_000
    assert row["people_a_second"] > 0
    assert 50 < row["peak_mib"] < 5_000
    assert row["clicks_mib"] < 1
