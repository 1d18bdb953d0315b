"""The benchmark of a service measures what it says."""

import pandas as pd
import pytest
import serving


@pytest.mark.slow
@pytest.mark.processes
def test_a_row_says_how_many_were_answered_and_how_fast(tmp_path, monkeypatch):
    out = tmp_path / "serving.csv"
    words = ["--items", "50", "--clients", "2", "--workers", "1", "--seconds", "0.5"]
    monkeypatch.setattr("sys.argv", ["serving.py", *words, "--out", str(out)])
    assert serving.main() == 0
    (row,) = pd.read_csv(out).to_dict("records")
    assert (row["items"], row["workers"], row["clients"], row["failed"]) == (50, 1, 2, 0)
    assert row["requests"] > 0
    assert row["p99_ms"] >= row["p50_ms"] > 0
    assert 1 <= row["together"] <= 2
    assert "starlette" in row["versions"]
