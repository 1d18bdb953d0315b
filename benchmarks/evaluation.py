"""From scores to metrics, ours and the published way; and EASE on a large catalogue.

Usage: python benchmarks/evaluation.py [--users 10000] [--repeats 3] [--without-ease]

Scores are drawn once for a batch and given out again and again: what is timed is all that comes
after a model has scored. Ours is `evaluate` as a user calls it, with one thread and with two; the
published metrics (`published_metrics.py`) use one whatever is there. EASE runs in a process of its
own, with all threads, so that its peak of memory is its own.

Medians go into results/bench-evaluation.csv.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
import torch
from numpy.typing import NDArray
from published_metrics import PARTITION, published_metrics
from report import memory_mib, write
from scipy.sparse import csr_matrix
from shapes import SHAPES, Shape, draw_clicks
from turns import median_ratio, take_turns, timed

from recotour_vae.evaluation import evaluate
from recotour_vae.recommenders import EASE
from recotour_vae.splits import HeldOut, hold_out

OUT = Path(__file__).parents[1] / "results" / "bench-evaluation.csv"
BATCH, THREADS = 500, (1, 2)
USERS = {"ML-20M": 1.0, "ML-1M": 0.06, "Amazon Movies": 0.2}  # measured, of --users


class Drawn:
    """A model that gives the same drawn scores to every batch."""

    def __init__(self, n_items: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.scores = rng.standard_normal((BATCH, n_items), dtype=np.float32)

    def score(self, clicks: csr_matrix) -> NDArray[np.float32]:
        """Give a row to each user."""
        return self.scores[: clicks.shape[0]]


def draw_group(shape: Shape, seed: int = 0) -> HeldOut:
    """Draw held-out users with a fifth of their clicks to be found."""
    clicks = draw_clicks(shape, seed)
    return HeldOut(np.arange(shape.users), *hold_out(clicks, 0.2, np.random.default_rng(seed)))


def ours(model: Drawn, group: HeldOut, threads: int) -> Callable[[], Any]:
    """Give our evaluation with that many threads; afterwards there are as many as before."""

    def run() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            evaluate(model, group, batch_size=BATCH)
        finally:
            torch.set_num_threads(before)

    return run


def theirs(model: Drawn, group: HeldOut) -> Callable[[], Any]:
    """Give the published metrics, a batch at a time."""
    scores = model.scores.copy()  # they put minus infinity into it
    parts = [slice(start, start + BATCH) for start in range(0, len(group.users), BATCH)]
    rows = [(group.fold_in[part], group.held_out[part]) for part in parts]
    return lambda: [published_metrics(scores[: one[0].shape[0]], *one) for one in rows]


def measure_metrics(name: str, n_users: int, repeats: int) -> list[dict[str, Any]]:
    """Take turns between the published metrics and ours, with one thread and with two."""
    per_user = SHAPES[name].clicks / SHAPES[name].users
    shape = replace(SHAPES[name], users=n_users, clicks=int(n_users * per_user))
    model, group = Drawn(shape.items), draw_group(shape)
    ways = {f"ours {n}": timed(ours(model, group, n)) for n in THREADS}
    published = f"published, {PARTITION}"
    seconds = take_turns({published: timed(theirs(model, group))} | ways, repeats)
    label = f"{name}: {n_users:,} users x {shape.items:,} items, batches of {BATCH}"
    return [
        {
            "task": "metrics",
            "shape": label,
            "way": way,
            "threads": threads,
            "seconds": statistics.median(seconds[key]),
            "ratio": median_ratio(seconds[key], seconds[f"ours {threads}"]),
        }
        for threads in THREADS
        for way, key in (("ours", f"ours {threads}"), (published, published))
    ]


def fit_ease(shape: Shape) -> dict[str, float]:
    """Fit EASE on drawn clicks; the peak is all that the process had."""
    clicks = draw_clicks(shape)
    start = time.perf_counter()
    EASE().fit(clicks)
    return {"seconds": time.perf_counter() - start, "peak_mb": memory_mib()}


def measure_ease() -> list[dict[str, Any]]:
    """Fit EASE once, in a process of its own."""
    shape = SHAPES["ML-20M"]
    command = [sys.executable, __file__, "--child"]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    label = f"ML-20M: {shape.users:,} users x {shape.items:,} items, {shape.clicks:,} clicks"
    known = {"task": "EASE", "shape": label, "way": "ours", "threads": torch.get_num_threads()}
    return [known | json.loads(ended.stdout)]


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Time the metrics, and EASE.")
    parser.add_argument("--users", type=int, default=10_000, help="users evaluated, at ML-20M")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-ease", action="store_true", help="leave EASE out: two minutes")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(fit_ease(SHAPES["ML-20M"])))
        return 0
    rows = [] if chosen.without_ease else measure_ease()
    for name, share in USERS.items():
        rows += measure_metrics(name, int(share * chosen.users), chosen.repeats)
    table = pd.DataFrame(rows).round({"seconds": 3, "ratio": 2, "peak_mb": 0})
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}, torch {torch.__version__}"
    write(table.assign(versions=versions), OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
