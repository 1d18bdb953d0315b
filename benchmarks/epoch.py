"""What it saves to take people through a network once: an epoch of training, and a run's measures.

Usage: RECOTOUR_DATA=folder python benchmarks/epoch.py [--threads 2] [--repeats 15]

The folder holds ml-1m/interactions.csv.gz with its ready split; without it, clicks of that shape
are drawn. Two ways take turns on the same data and weights, in one process:

  once   as the library does: likelihood and lists of validation people from one forward pass an
         epoch; lists of test people made once, measured, and cut for what they are like
  twice  as it did before: a pass for the likelihood and another for the lists, and test people
         ranked again for what their lists are like

Medians go to results/bench-epoch.csv, a row a task and way, with what the machine has no part in:
how many people went through the network, and the arithmetic of its matrix products.
"""

import argparse
import statistics
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from report import write
from scipy.sparse import csr_matrix
from shapes import SHAPES, Shape, draw_clicks
from torch.utils.flop_counter import FlopCounterMode
from turns import median_ratio, take_turns, timed

from recotour_vae import datasets, splits
from recotour_vae.errors import UnknownDatasetError
from recotour_vae.evaluation import evaluate
from recotour_vae.evaluation.lists import describe_lists
from recotour_vae.models.pytorch import ClickBatch, MultVAE, Output
from recotour_vae.splits import HeldOut, Split, hold_out
from recotour_vae.training import Trainer, TrainingConfig
from recotour_vae.training.backend import Validated
from recotour_vae.training.pytorch import PyTorchBackend

OUT: Final = Path(__file__).parents[1] / "results" / "bench-epoch.csv"
SOURCE: Final = "ml-1m/interactions.csv.gz"
N_HELD_OUT: Final = 600  # validation people, and test people, of the ready split
LIST: Final = 20  # items whose popularity and variety is described


class Twice(PyTorchBackend):
    """Looks at validation people as the library did before: a pass for each question."""

    @torch.inference_mode()
    def validate(self, fold_in: csr_matrix, held_out: csr_matrix, k: int) -> Validated:
        """Give the likelihood, and then the lists."""
        self.model.eval()
        target = ClickBatch.from_csr(held_out, self.device)
        logits = self.model(ClickBatch.from_csr(fold_in, self.device)).logits
        nll = float(self.model.loss(Output(logits), target, beta=0.0).nll) * len(target)
        return Validated(nll, self.model.rank(fold_in, k))


WAYS: Final = {"once": PyTorchBackend, "twice": Twice}


class Counted(MultVAE):
    """Mult-VAE that counts the people who go through it."""

    people = 0

    def to_code(self, clicks: ClickBatch, *chance: Any) -> torch.Tensor:
        """Count, and encode."""
        self.people += len(clicks)
        return super().to_code(clicks, *chance)


def load_split() -> tuple[str, Split]:
    """Load MovieLens 1M in its ready split, or draw clicks of that shape."""
    try:
        return "ML-1M", splits.ready_split(datasets.load(SOURCE).interactions)
    except UnknownDatasetError:
        return "ML-1M, drawn", draw_split(SHAPES["ML-1M"])


def draw_split(shape: Shape, n_held_out: int = N_HELD_OUT, seed: int = 0) -> Split:
    """Draw training people of a shape, and two groups like them."""
    train = draw_clicks(shape, seed)
    groups = [_draw_group(train[start : start + n_held_out], seed) for start in (0, n_held_out)]
    return Split(np.arange(shape.items), np.arange(shape.users), train, *groups)


def _draw_group(clicks: csr_matrix, seed: int) -> HeldOut:
    halves = hold_out(clicks, 0.2, np.random.default_rng(seed))
    return HeldOut(np.arange(clicks.shape[0]), *halves)


def epoch(split: Split, way: str, model: MultVAE) -> float:
    """Train for an epoch, and give the seconds that the trainer says it took."""
    trainer = Trainer(TrainingConfig(epochs=1, device="cpu"), progress=False, backend=WAYS[way])
    return float(trainer.fit(model, split.train, split.validation)["seconds"].iloc[-1])


def measures(split: Split, way: str, model: MultVAE) -> float:
    """Measure a model on test people, say what its lists are like, and give the seconds."""

    def work() -> None:
        found = evaluate(model, split.test)
        describe_lists(model, split.test, split.train, LIST, found if way == "once" else None)

    return timed(work)()


TASKS: Final = {"epoch": epoch, "test": measures}


def count(task: str, split: Split, way: str) -> dict[str, float]:
    """Count the people who go through a network, and the operations of its matrix products."""
    model = Counted(split.n_items)
    with FlopCounterMode(display=False) as counter:
        TASKS[task](split, way, model)
    return {"people": model.people, "gflop": counter.get_total_flops() / 1e9}


def measure(task: str, split: Split, repeats: int) -> list[dict[str, Any]]:
    """Let the two ways of a task take turns, from the same weights each time; a row a way."""
    ways = {
        way: partial(lambda way: TASKS[task](split, way, MultVAE(split.n_items)), way)
        for way in WAYS
    }
    seconds = take_turns(ways, repeats)
    return [
        {"task": task, "way": way, **count(task, split, way), **_times(seconds, way)}
        for way in WAYS
    ]


def _times(seconds: dict[str, list[float]], way: str) -> dict[str, float]:
    """Median time, and the median of the ratios to ours round by round."""
    ratio = median_ratio(seconds[way], seconds["once"])
    return {"seconds": round(statistics.median(seconds[way]), 4), "ratio": round(ratio, 3)}


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    data, split = load_split()
    table = pd.DataFrame([row for task in TASKS for row in measure(task, split, asked.repeats)])
    table.insert(0, "data", data)
    table.insert(1, "threads", asked.threads)
    write(table.round({"gflop": 1}).assign(versions=f"torch {torch.__version__}"), asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
