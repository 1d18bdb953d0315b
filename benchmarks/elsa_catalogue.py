"""What ELSA takes on a catalogue whose pairs of items no memory holds.

Usage: python benchmarks/elsa_catalogue.py [--items 200000] [--factors 16 64]

Clicks are drawn as `shapes` says, Zipf items and log-normal users, with a seed. For each number of
factors a process of its own trains ELSA for some epochs and says its peak of memory, Python and
PyTorch included. Beside it stands what EASE would need for its matrices of items by items, which
`check_memory` refuses. Writes results/elsa-catalogue.csv:

  n_items, users, clicks    of the training matrix
  factors, batch_size       of ELSA and its training
  peak_mib                  most memory that the process held
  seconds_an_epoch          median over all epochs but the first
  ease_mib                  what EASE would need
  first_loss, last_loss     of training, to see that it learns
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from report import memory_mib, write
from shapes import Shape, draw_clicks

from recotour_vae.recommenders import make

OUT = Path(__file__).parents[1] / "results" / "elsa-catalogue.csv"
CLICKS = 50  # a user
BATCH, EPOCHS, RATE = 500, 4, 0.01
MIB = 2**20


def train(items: int, users: int, factors: int) -> dict[str, float]:
    """Train in this process, and give its peak, its seconds an epoch and its losses."""
    clicks = draw_clicks(Shape(users, items, users * CLICKS))
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": RATE, "device": "cpu"}
    model = make("elsa", factors=factors, **settings).fit(clicks)
    history: pd.DataFrame = model.history  # type: ignore[attr-defined]
    loss = history["loss"].round(4)
    return {
        "clicks": clicks.nnz,
        "peak_mib": round(memory_mib()),
        "seconds_an_epoch": round(float(history["seconds"].iloc[1:].median()), 2),
        "first_loss": loss.iloc[0],
        "last_loss": loss.iloc[-1],
    }


def measure(items: int, users: int, factors: int) -> dict[str, Any]:
    """Run the process, and give a row."""
    numbers = [f"--{name}={value}" for name, value in (("items", items), ("users", users))]
    command = [sys.executable, __file__, "--child", *numbers, f"--factors={factors}"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {
        "n_items": items,
        "users": users,
        "clicks": found["clicks"],
        "factors": factors,
        "batch_size": BATCH,
        "peak_mib": found["peak_mib"],
        "seconds_an_epoch": found["seconds_an_epoch"],
        "ease_mib": round(make("ease").memory_needed(items) / MIB),
        "first_loss": found["first_loss"],
        "last_loss": found["last_loss"],
    }


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure what ELSA takes on a large catalogue.")
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--factors", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(train(asked.items, asked.users, *asked.factors)))
        return 0
    table = pd.DataFrame([measure(asked.items, asked.users, one) for one in asked.factors])
    table["threads"] = torch.get_num_threads()
    table["versions"] = f"torch {torch.__version__}"
    write(table, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
