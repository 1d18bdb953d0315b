"""What two workers gain and pay on one machine: a step of each way, taking turns.

Usage:
  python benchmarks/workers.py
  python benchmarks/workers.py --shape ML-1M --workers 4 --repeats 15

Writes results/bench-workers.csv, a row a way:

  way        one process; DDP: workers that share the batch and exchange their gradients over gloo;
             no exchange: the same workers, each keeping its gradients to itself
  threads    of each process
  ms         median time of a step of 500 users, until the slowest worker is done
  ratio      to that of one process
  megabytes  of gradients that each worker gives to the exchange, a step
"""

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from report import write
from scipy.sparse import csr_matrix
from shapes import SHAPES, draw_clicks
from turns import take_turns

from recotour_vae.runtime.allocator import large_buffers_kept

OUT = Path(__file__).parents[1] / "results" / "bench-workers.csv"
BATCH, N_USERS = 500, 4_000
ONE, SHARED, APART = "one process", "DDP", "no exchange"


@dataclass(frozen=True)
class Place:
    """One process of a way: which, of how many, with how many threads, and where they meet."""

    rank: int
    size: int
    threads: int
    shape: str
    folder: str


def sample(shape: str) -> csr_matrix:
    """Draw eight batches of users of that shape."""
    whole = SHAPES[shape]
    share = N_USERS / whole.users
    return draw_clicks(replace(whole, users=N_USERS, clicks=round(whole.clicks * share)))


def serve(place: Place, pipe: Connection) -> None:
    """Time one step whenever told to; the parent says whether gradients are exchanged."""
    import torch

    torch.set_num_threads(place.threads)
    clicks = sample(place.shape)
    backend = make_backend(place, clicks.shape[1])
    backend.load(clicks)
    backend.start_epoch(0)
    batches = (np.arange(i * BATCH, (i + 1) * BATCH) % N_USERS for i in count())
    with large_buffers_kept():
        pipe.send(sum(4 * parameter.numel() for parameter in backend.model.parameters()) / 1e6)
        while (way := pipe.recv()) is not None:
            start = time.perf_counter()
            with backend.objective.parallel.no_sync() if way == APART else contextlib.nullcontext():
                backend.train_step(backend.cut(next(batches)), beta=0.1)
            pipe.send(time.perf_counter() - start)


def make_backend(place: Place, n_items: int) -> Any:
    """Make the plain backend, or that of one worker among several."""
    import torch.distributed as dist

    from recotour_vae.models import ModelConfig, make_model
    from recotour_vae.training import TrainingConfig
    from recotour_vae.training.choose import choose
    from recotour_vae.training.distributed import Workers
    from recotour_vae.training.pytorch import PyTorchBackend

    model: Any = make_model(ModelConfig(), n_items)
    config = TrainingConfig(device="cpu")
    if place.size == 1:
        return PyTorchBackend(model, config)
    meeting = f"file://{place.folder}/meeting"
    dist.init_process_group("gloo", init_method=meeting, rank=place.rank, world_size=place.size)
    return PyTorchBackend(model, config, replace(choose(model), team=Workers()))


class Group:
    """The processes of a way, which make their steps together."""

    def __init__(self, size: int, threads: int, shape: str, folder: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes = []
        for rank in range(size):
            ours, theirs = context.Pipe()
            place = Place(rank, size, threads, shape, folder)
            context.Process(target=serve, args=(place, theirs), daemon=True).start()
            self.pipes.append(ours)

    def hear(self) -> float:
        """Give the largest number that they answer."""
        return max(pipe.recv() for pipe in self.pipes)

    def tell(self, way: str | None) -> None:
        """Have all of them make a step, or end."""
        for pipe in self.pipes:
            pipe.send(way)

    def step(self, way: str) -> float:
        """Time a step of all of them."""
        self.tell(way)
        return self.hear()


def measure(shape: str, workers: int, repeats: int) -> pd.DataFrame:
    """Let the ways take turns; a row a way."""
    threads = max(1, len(os.sched_getaffinity(0)) // workers)
    with tempfile.TemporaryDirectory() as folder:
        one = Group(1, threads * workers, shape, folder)
        several = Group(workers, threads, shape, folder)
        megabytes, _ = one.hear(), several.hear()
        ways = {
            ONE: lambda: one.step(ONE),
            SHARED: lambda: several.step(SHARED),
            APART: lambda: several.step(APART),
        }
        seconds = take_turns(ways, repeats, warm_up=2)
        for group in (one, several):
            group.tell(None)
    rows = [
        (shape, ONE, 1, threads * workers, 0.0),
        (shape, SHARED, workers, threads, megabytes),
        (shape, APART, workers, threads, 0.0),
    ]
    table = pd.DataFrame(rows, columns=["shape", "way", "workers", "threads", "megabytes"])
    milliseconds = [1000 * float(np.median(seconds[way])) for way in table["way"]]
    table.insert(4, "ms", np.round(milliseconds, 1))
    table.insert(5, "ratio", np.round(np.array(milliseconds) / milliseconds[0], 3))
    return table.round({"megabytes": 1})


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=list(SHAPES), default="ML-20M")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    table = measure(asked.shape, asked.workers, asked.repeats)
    table["versions"] = f"torch {version('torch')}"
    write(table, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
