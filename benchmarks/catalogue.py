"""How the cost of a training step grows with the number of items, exact and sampled.

Usage:
  python benchmarks/catalogue.py
  python benchmarks/catalogue.py --items 10000 500000 --repeats 9

Each way has a process of its own, so that its peak of memory is its own; the processes take
turns, a step at a time, unless memory is too short for all of them at once. What does not fit by
itself is left out, with a line that says so. Medians go to results/bench-catalogue.csv:

  way        exact, or sampled with so many items drawn
  ms         median time of a step of 500 users, 600-200-600, about 72 clicks a user
  adam_ms    the part of it that is Adam's
  peak_mb    most memory that the process held, Python and PyTorch included, once every row of
             Adam's moments has been touched, as in a long run
"""

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from report import memory_mib, write
from shapes import Shape, draw_clicks
from turns import take_turns

from recotour_vae.models.pytorch import MultVAE
from recotour_vae.runtime.allocator import large_buffers_kept
from recotour_vae.runtime.memory import available_memory
from recotour_vae.training import TrainingConfig
from recotour_vae.training.pytorch import PyTorchBackend
from recotour_vae.training.trainer import make_backend

OUT = Path(__file__).parents[1] / "results" / "bench-catalogue.csv"
ITEMS = (10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
WAYS: dict[str, int | None] = {"exact": None, "sampled 1,000": 1_000, "sampled 5,000": 5_000}
USERS, BATCH, CLICKS, WIDTH = 3_000, 500, 72, 600  # of the draw, of a step, of a user, of a layer
ENOUGH = 2**50  # where the system does not say how much there is
BASE = 600 << 20  # bytes of Python, PyTorch and what does not grow with the items


class Steps:
    """Training steps of one way, one at a time, with the time that Adam takes."""

    def __init__(self, items: int, drawn: int | None) -> None:
        config = TrainingConfig(device="cpu")
        backend: Any = make_backend(MultVAE(items, sampled_items=drawn), config)
        self.backend: PyTorchBackend = backend
        self.backend.load(draw_clicks(Shape(USERS, items, USERS * CLICKS)))
        self.batches = (np.arange(i * BATCH, (i + 1) * BATCH) % USERS for i in count())
        self.backend.optimiser.step = self._timed(self.backend.optimiser.step)

    def one(self) -> tuple[float, float]:
        """Make a step, and give its seconds and those of Adam in it."""
        clicks, start = self.backend.cut(next(self.batches)), time.perf_counter()
        self.backend.train_step(clicks, beta=0.1)
        return time.perf_counter() - start, self.adam

    def touch_all(self) -> None:
        """Write to every row of the moments: the system hands out memory when it is used."""
        for state in self.backend.optimiser.state.values():
            for moment in ("exp_avg", "exp_avg_sq"):
                state[moment].add_(0.0)

    def _timed(self, step: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            start = time.perf_counter()
            step()
            self.adam = time.perf_counter() - start

        return run


def work(connection: Connection, items: int, drawn: int | None) -> None:
    """Be a process: a step a request; asked with False, give the peak and end."""
    steps = Steps(items, drawn)
    with large_buffers_kept():
        steps.one()
        steps.touch_all()
        connection.send("ready")
        while connection.recv():
            connection.send(steps.one())
    connection.send(memory_mib())


class Worker:
    """The other end of a process."""

    def __init__(self, items: int, drawn: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, items, drawn), daemon=True)
        self.process.start()
        other.close()  # so that a process that ends is noticed
        self.connection.recv()
        self.adam: list[float] = []

    def step(self) -> float:
        """Have a step made, and give its seconds."""
        self.connection.send(True)
        seconds, adam = self.connection.recv()
        self.adam.append(adam)
        return float(seconds)

    def stop(self) -> float:
        """End the process, and give its peak of memory in MiB."""
        self.connection.send(False)
        peak = float(self.connection.recv())
        self.process.join()
        return peak


def needed(items: int, drawn: int | None) -> int:
    """Bytes that a way will hold: weights and moments, and what an exact step adds to them."""
    matrices = 4 * items * (2 * WIDTH + 1)
    return BASE + (3 * matrices if drawn else 4 * matrices + 2 * 4 * BATCH * items)


def groups(items: int, memory: int) -> list[list[str]]:
    """Ways that are to be measured together: all, or one by one; those that do not fit go."""
    need = {way: needed(items, drawn) for way, drawn in WAYS.items()}
    if sum(need.values()) < memory:
        return [[*WAYS]]
    for way, bytes_ in need.items():
        if bytes_ >= memory:
            print(f"{way} at {items:,} items needs {bytes_ / 2**30:.1f} GiB: left out", flush=True)
    return [[way] for way, bytes_ in need.items() if bytes_ < memory]


@contextmanager
def workers(items: int, ways: list[str]) -> Iterator[dict[str, Worker]]:
    """Start a process a way, and end those that are left."""
    started: dict[str, Worker] = {}
    try:
        for way in ways:
            started[way] = Worker(items, WAYS[way])
        yield started
    finally:
        for worker in started.values():
            worker.process.kill()


def measure(items: int, ways: list[str], repeats: int) -> list[dict[str, Any]]:
    """Time some ways, taking turns; a row each."""
    with workers(items, ways) as started:
        seconds = take_turns({way: worker.step for way, worker in started.items()}, repeats)
        return [
            {
                "items": items,
                "way": way,
                "ms": round(1000 * statistics.median(seconds[way]), 1),
                "adam_ms": round(1000 * statistics.median(worker.adam[-repeats:]), 1),
                "peak_mb": round(worker.stop()),
            }
            for way, worker in started.items()
        ]


def main(sizes: list[int], repeats: int) -> int:
    """Measure, print and write."""
    rows: list[dict[str, Any]] = []
    for items in sizes:
        for ways in groups(items, int(0.9 * (available_memory() or ENOUGH))):
            rows += measure(items, ways, repeats)
            print(*rows[-len(ways) :], sep="\n", flush=True)
    table = pd.DataFrame(rows)
    table["threads"] = torch.get_num_threads()
    table["versions"] = f"torch {torch.__version__}"
    write(table, OUT)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=ITEMS)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    sys.exit(main(list(given.items), given.repeats))
