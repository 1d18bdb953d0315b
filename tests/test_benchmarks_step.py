"""What is timed does what it says: the drawn clicks, the turns, and the loops beside ours."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import gpu
import numpy as np
import pandas as pd
import pytest
import step as bench_step
import torch
from ladder import dense_loss, gathered_loss, make_rung
from processes import LIMIT, started
from published_loops import make_gluon_loop, make_recbole_loop, make_torch_loop
from shapes import FEWEST, SHAPES, Shape, draw_clicks
from turns import median_ratio, take_turns, timed

from recotour_vae.models.pytorch import ClickBatch, MultVAE
from recotour_vae.runtime.mxnet import has_mxnet

BENCHMARKS = Path(bench_step.__file__).parent
SMALL = Shape(users=40, items=300, clicks=1_200)


def test_drawn_clicks_are_binary_of_their_shape_and_repeat():
    clicks = draw_clicks(SMALL, seed=1)
    assert clicks.shape == (40, 300)
    assert (clicks.data == 1).all()
    assert clicks.has_canonical_format
    assert np.diff(clicks.indptr).min() >= FEWEST
    assert clicks.nnz == pytest.approx(SMALL.clicks, rel=0.15)
    assert (clicks != draw_clicks(SMALL, seed=1)).nnz == 0
    assert (clicks != draw_clicks(SMALL, seed=2)).nnz > 0


def test_a_few_items_take_most_clicks_and_stand_anywhere():
    clicks = draw_clicks(Shape(2_000, 5_000, 60_000))
    counts = np.bincount(clicks.indices, minlength=5_000)
    head = np.argsort(counts)[-250:]  # a twentieth of the items
    assert counts[head].sum() > 0.3 * clicks.nnz
    assert 1_500 < head.mean() < 3_500


def test_the_named_shapes_are_those_of_the_data_sets():
    assert SHAPES["ML-20M"] == Shape(116_677, 20_108, 8_450_000)
    assert SHAPES["ML-1M"].items == 3_497


def test_ways_take_turns_and_the_warm_up_does_not_count():
    order, clock = [], count(1)

    def way(name):
        return lambda: order.append(name) or float(next(clock))

    seconds = take_turns({"a": way("a"), "b": way("b")}, repeats=2)
    assert order == ["a", "b"] * 3
    assert seconds == {"a": [3.0, 5.0], "b": [4.0, 6.0]}
    assert median_ratio([2.0, 9.0, 4.0], [1.0, 3.0, 2.0]) == 2.0
    assert timed(lambda: None)() >= 0


LOOPS = {
    "published": make_torch_loop,
    "fused": lambda clicks: make_torch_loop(clicks, fused=True),
    "dense loss": lambda clicks: make_rung(clicks, dense_loss),
    "loss at the clicks": lambda clicks: make_rung(clicks, gathered_loss),
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.slow
def test_the_torch_loops_train(name, monkeypatch):
    """The losses that pass by fall: what is timed is an update that learns."""
    torch.manual_seed(0)
    clicks, seen = draw_clicks(SMALL), []
    backward = torch.Tensor.backward
    monkeypatch.setattr(
        torch.Tensor, "backward", lambda loss: (seen.append(loss.item()), backward(loss))[1]
    )
    step = LOOPS[name](clicks)
    for _ in range(15):
        step(np.arange(40))
    assert seen[-1] < 0.97 * seen[0]


def test_both_rungs_have_our_loss():
    clicks = draw_clicks(SMALL)
    model, batch = MultVAE(300, (8,), 4).eval(), ClickBatch.from_csr(clicks)
    output = model(batch)
    torch.testing.assert_close(dense_loss(output, batch), gathered_loss(output, batch))


@pytest.mark.skipif(not has_mxnet(), reason="MXNet is not installed")
def test_the_gluon_loop_trains(monkeypatch):
    from recotour_vae.runtime.mxnet import mx

    seen, usual = [], mx.nd.NDArray.asscalar
    monkeypatch.setattr(
        mx.nd.NDArray, "asscalar", lambda array: seen.append(usual(array)) or seen[-1]
    )
    step = make_gluon_loop(draw_clicks(SMALL))
    for _ in range(15):
        step(np.arange(40))
    assert seen[-1] < 0.97 * seen[0]


def test_recbole_is_left_out_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "recbole.model.general_recommender", None)
    assert make_recbole_loop(draw_clicks(SMALL)) is None


@pytest.mark.processes
def test_a_child_serves_each_way_it_names():
    settings = {
        "shape": "ML-1M",
        "framework": "pytorch",
        "threads": 1,
        "kept": True,
        "ladder": False,
    }
    command = [sys.executable, BENCHMARKS / "step_child.py", json.dumps(settings)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with started(command, stdin=subprocess.PIPE, env=environment) as child:
        ways = json.loads(child.stdout.readline())
        assert {"ours", "published", "floor: products", "floor: Adam"} <= set(ways)
        answers, _ = child.communicate("ours\nfloor: Adam\n", timeout=LIMIT)
    assert all(0 < float(answer) < 60 for answer in answers.split())
    assert len(answers.split()) == 2


def test_ratios_set_like_beside_like():
    def row(way, allocator, ms, threads=2):
        return {
            "shape": "S",
            "framework": "pytorch",
            "way": way,
            "allocator": allocator,
            "ms": ms,
            "threads": threads,
        }

    rows = [
        row("published", "default", 900, "as installed"),
        row("published", "default", 800),
        row("published", "kept", 600),
        row("ours", "default", 300),
        row("ours", "kept", 200),
        row("floor: products", "default", 170),
        row("floor: products", "kept", 150),
        row("floor: Adam", "default", 20),
        row("floor: Adam", "kept", 10),
    ]
    found = bench_step.ratios(pd.DataFrame(rows)).loc[("S", "pytorch", 2)]
    assert found["published as used / ours"] == 4.5
    assert found["both default"] == pytest.approx(2.67)
    assert found["both kept"] == 3.0
    assert found["ours / floor, kept"] == 1.25


@pytest.mark.slow
def test_the_gpu_benchmark_times_every_way_without_a_gpu_too(monkeypatch):
    drawn = draw_clicks(Shape(6_000, 60, 30_000))
    monkeypatch.setattr(gpu, "sample", lambda shape: drawn)
    table = gpu.measure("ML-1M", repeats=2, device="cpu").set_index("way")
    assert {"ours", "ours, mixed precision", "published", *gpu.FLOOR} == set(table.index)
    assert (table[["low", "ms", "high"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


@pytest.mark.gpu
def test_the_gpu_benchmark_counts_kernels_and_memory(cuda, monkeypatch):
    drawn = draw_clicks(Shape(6_000, 60, 30_000))
    monkeypatch.setattr(gpu, "sample", lambda shape: drawn)
    table = gpu.measure("ML-1M", repeats=2, device=cuda).set_index("way")
    assert (table[["kernels", "busy_ms", "peak_mb"]] > 0).all(axis=None)


def test_without_a_gpu_the_gpu_benchmark_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    assert gpu.main() == 1
    assert "--device cpu" in capsys.readouterr().err
