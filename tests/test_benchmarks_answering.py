"""The benchmark of answers measures what it says, and does without what is not installed."""

import sys

import answering
import numpy as np
import pandas as pd
import pytest

from recotour_vae.runs import open_run
from recotour_vae.serving.export import export_onnx

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def test_turns_are_compared_round_by_round():
    """A way that takes twice as long in each round, whatever the machine does between rounds."""
    found = answering.summary([[0.2, 0.2, 0.2], [2.0]], [[0.1], [1.0, 1.0]])
    assert (found["ratio"], found["low"], found["high"]) == (2, 2, 2)
    assert (found["p50_ms"], found["p99_ms"], found["calls"]) == (200, None, 4)
    assert answering.summary([[0.001] * 100], [[0.001]])["p99_ms"] == 1


def test_the_first_call_of_a_turn_is_not_counted():
    called = []
    took = answering.turn(lambda: called.append(None), 0.0)
    assert (len(took), len(called)) == (1, 2)


@pytest.mark.slow
def test_both_ways_give_the_same_lists(tmp_path):
    answering.keep(300, tmp_path / "run")
    export_onnx(tmp_path / "run", tmp_path / "run" / "it.onnx")
    ways = answering.ours(300, 5, tmp_path / "run", 1)
    lists = [once() for once in ways["lists"].values()]
    assert lists[0].shape == (5, 10)
    assert (lists[0] == lists[1]).all()
    scores = [once() for once in ways["scores"].values()]
    np.testing.assert_allclose(*scores, atol=1e-5)
    assert open_run(tmp_path / "run").split.n_items == scores[0].shape[1]


@pytest.mark.slow
def test_a_row_for_each_task_and_way(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "recbole.config", None)  # as where it is not installed
    out = tmp_path / "answering.csv"
    words = ["--items", "300", "--people", "1", "2", "--rounds", "2", "--seconds", "0.01"]
    monkeypatch.setattr("sys.argv", ["answering.py", *words, "--threads", "1", "--out", str(out)])
    assert answering.main() == 0
    found = pd.read_csv(out)
    assert found["way"].tolist() == ["PyTorch", "onnxruntime"] * 4
    assert found.groupby(["people", "task"]).size().to_dict() == {
        (people, task): 2 for people in (1, 2) for task in ("lists", "scores")
    }
    assert (found["p50_ms"] > 0).all()
    assert (found["low"] <= found["high"]).all()
    assert (found.loc[found["way"] == "PyTorch", "ratio"] == 1).all()
    assert "onnxruntime" in found.loc[0, "versions"]
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith("RecBole is not measured (")
