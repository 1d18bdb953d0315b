"""How Gluon should take sparse clicks in: the first layer, forward and backward, four ways.

Usage: python benchmarks/gluon_input.py

Takes turns between the ways, in one process, and writes the median time of each and its ratio to
ours into results/gluon-input.csv. The clicks are drawn: Zipf items, log-normal users.
"""

import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from report import write
from scipy.sparse import csr_matrix
from shapes import SHAPES, draw_clicks
from turns import take_turns, timed

# A dense gradient makes MXNet fall back to dense arrays: that is measured, and need not be said.
os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")

from recotour_vae.runtime.mxnet import mx

OUT = Path(__file__).parents[1] / "results" / "gluon-input.csv"
N_USERS, WIDTH, DROPOUT, REPEATS = 500, 600, 0.5, 9


def ways(clicks: csr_matrix) -> dict[str, Callable[[], None]]:
    """Give each way as a function that does one forward and one backward pass."""
    n_items = clicks.shape[1]
    rows, full, turned = (
        _parameter(shape, kind)
        for shape, kind in (
            ((n_items, WIDTH), "row_sparse"),
            ((n_items, WIDTH), "default"),
            ((WIDTH, n_items), "default"),
        )
    )
    sparse = mx.nd.sparse.dot
    return {
        "sparse, gradient by rows": lambda: _step(_csr(clicks, True), rows, sparse),
        "sparse, dense gradient": lambda: _step(_csr(clicks, True), full, sparse),
        "dense dot": lambda: _step(_dense(clicks), full, _dropped(mx.nd.dot)),
        "dense layer": lambda: _step(_dense(clicks), turned, _dropped(_layer)),
    }


def _parameter(shape: tuple[int, int], kind: str) -> Any:
    weight = mx.gluon.Parameter("weight", shape=shape, grad_stype=kind)
    weight.initialize(mx.init.Xavier())
    return weight


def _csr(clicks: csr_matrix, drop: bool) -> Any:
    keep = np.random.default_rng(0).random(clicks.nnz) >= DROPOUT
    values = clicks.data * keep / (1 - DROPOUT) if drop else clicks.data
    return mx.nd.sparse.csr_matrix((values, clicks.indices, clicks.indptr), clicks.shape)


def _dense(clicks: csr_matrix) -> Any:
    return mx.nd.array(clicks.toarray())


def _dropped(product: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, weight: product(mx.nd.Dropout(x, p=DROPOUT), weight)


def _layer(x: Any, weight: Any) -> Any:
    return mx.nd.FullyConnected(x, weight, no_bias=True, num_hidden=WIDTH)


def _step(x: Any, weight: Any, product: Callable[[Any, Any], Any]) -> None:
    with mx.autograd.record():
        total = product(x, weight.data()).sum()
    total.backward()
    mx.nd.waitall()


def measure(name: str) -> list[dict[str, Any]]:
    """Time every way, taking turns."""
    share = N_USERS / SHAPES[name].users
    shape = replace(SHAPES[name], users=N_USERS, clicks=round(SHAPES[name].clicks * share))
    todo = ways(draw_clicks(shape))
    seconds = take_turns({way: timed(step) for way, step in todo.items()}, REPEATS)
    medians = {way: statistics.median(found) for way, found in seconds.items()}
    ours = next(iter(medians.values()))
    return [
        {"shape": name, "way": way, "ms": round(1000 * s, 1), "times ours": round(s / ours, 2)}
        for way, s in medians.items()
    ]


def main() -> int:
    """Measure, print and write."""
    table = pd.DataFrame([row for name in ("ML-1M", "ML-20M") for row in measure(name)])
    table["versions"] = f"mxnet {mx.__version__}"
    write(table, OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
