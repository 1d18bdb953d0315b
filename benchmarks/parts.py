"""Where the time of a training step goes, part by part, in the published loop and in ours.

Usage: python benchmarks/parts.py

PyTorch's profiler says what each operation took, at the shape of MovieLens-20M; operations are
put together by what they are for. Writes results/bench-parts.csv, in milliseconds a step.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from published_loops import make_torch_loop
from report import write
from shapes import SHAPES
from step_child import BATCH, N_USERS, ours, sample

from recotour_vae.runtime.allocator import large_buffers_kept

OUT = Path(__file__).parents[1] / "results" / "bench-parts.csv"
STEPS = 8
PARTS: Final = {
    "matrix products": ("mm", "addmm", "addmv", "addmv_", "mv"),
    "first layer's bags": ("_embedding_bag", "_embedding_bag_forward_only", "embedding_bag"),
    "dropout, norm and squash of the input": (
        "dropout",
        "native_dropout",
        "bernoulli_",
        "linalg_vector_norm",
        "norm",
        "clamp_min",
        "tanh",
        "div",
        "div_",
        "expand_as",
    ),
    "softmax and loss": (
        "_log_softmax",
        "_log_softmax_backward_data",
        "_softmax",
        "mul",
        "mul_",
        "sum",
        "neg",
        "index",
        "index_put_",
        "_index_put_impl_",
        "scatter_reduce",
        "add_",
        "index_add_",
    ),
    "copies": ("copy_", "fill_", "zero_", "zeros", "empty", "clone", "_to_copy"),
}


def part_of(event: Any) -> str:
    """Say what an operation is for, from its name and those above it."""
    above = event
    while above is not None:
        if above.name.startswith("Optimizer.step"):
            return "optimiser"
        above = above.cpu_parent
    name = event.name.removeprefix("aten::")
    return next((part for part, names in PARTS.items() if name in names), "the rest")


def profile(step: Callable[[Any], None]) -> dict[str, float]:
    """Milliseconds a step of each part; what happens outside PyTorch is what is left."""
    batches = [np.arange(i * BATCH, (i + 1) * BATCH) % N_USERS for i in range(STEPS + 2)]
    for users in batches[:2]:
        step(users)
    start = time.perf_counter()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as found:
        for users in batches[2:]:
            step(users)
        wall = (time.perf_counter() - start) * 1000 / STEPS
    spent: Counter[str] = Counter()
    for event in found.events() or ():
        spent[part_of(event)] += event.self_cpu_time_total / 1000 / STEPS
    return dict(spent) | {"outside PyTorch": max(0.0, wall - sum(spent.values()))}


def main() -> int:
    """Profile both, print and write."""
    clicks = sample(SHAPES["ML-20M"])
    rows = []
    published = profile(make_torch_loop(clicks))
    with large_buffers_kept():
        found = {"published": published, "ours": profile(ours(clicks, "pytorch"))}
    for way, parts in found.items():
        rows += [{"way": way, "part": part, "ms": round(ms, 2)} for part, ms in parts.items()]
    table = pd.DataFrame(rows).sort_values(["way", "ms"], ascending=False)
    table["threads"], table["versions"] = torch.get_num_threads(), f"torch {torch.__version__}"
    write(table, OUT)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("KINETO_LOG_LEVEL", "5")
    sys.exit(main())
