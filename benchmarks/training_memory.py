"""How much memory training takes at the shape of MovieLens-20M, checkpoints included.

Usage: python benchmarks/training_memory.py [--users 116677]

A process of its own loads the clicks, trains for an epoch with validation users and a folder for
its checkpoints, and says by how much its peak went beyond what it had with the clicks loaded.
Beside it stands what cannot be avoided: parameters, gradients and Adam's two moments. Writes
results/bench-memory.csv.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from report import memory_mib, write
from scipy.sparse import load_npz, save_npz
from shapes import SHAPES, draw_clicks

OUT = Path(__file__).parents[1] / "results" / "bench-memory.csv"
N_VALIDATION, MIB = 1_000, 2**20


def train(clicks_path: Path, folder: Path) -> dict[str, float]:
    """Train for an epoch, and give MiB: before, at the peak, and of the four kinds of arrays."""
    from recotour_vae.models import ModelConfig, make_model
    from recotour_vae.splits import HeldOut, hold_out
    from recotour_vae.training import Trainer, TrainingConfig

    clicks = load_npz(clicks_path)
    held_out = hold_out(clicks[:N_VALIDATION], 0.2, np.random.default_rng(0))
    validation = HeldOut(np.arange(N_VALIDATION), *held_out)
    tiny = clicks[:10, :500]  # PyTorch itself is not counted, and it loads much when first used
    Trainer(TrainingConfig(epochs=1), progress=False).fit(make_model(ModelConfig(), 500), tiny)
    before = memory_mib("VmRSS")
    model = make_model(ModelConfig(), clicks.shape[1])
    Trainer(TrainingConfig(epochs=1), folder, progress=False).fit(model, clicks, validation)
    parameters = sum(array.nbytes for array in model.arrays().values()) / MIB
    return {
        "before": before,
        "peak": memory_mib(),
        "arrays": 4 * parameters,
        "clicks": clicks.nnz * 4 / MIB,
    }


def measure(n_users: int) -> pd.DataFrame:
    """Run the process."""
    shape = SHAPES["ML-20M"]
    shape = replace(shape, users=n_users, clicks=shape.clicks * n_users // shape.users)
    with tempfile.TemporaryDirectory() as place:
        save_npz(Path(place) / "clicks.npz", draw_clicks(shape), compressed=False)
        command = [sys.executable, __file__, "--child", place]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return pd.DataFrame([_row(f"{n_users:,} users x {shape.items:,} items", json.loads(said))])


def _row(shape: str, found: dict[str, float]) -> dict[str, Any]:
    taken = found["peak"] - found["before"]
    beside = taken - found["clicks"]  # the clicks once more, where batches are cut
    return {
        "shape": shape,
        "peak_mib": round(found["peak"]),
        "taken_mib": round(taken),
        "arrays_mib": round(found["arrays"]),
        "clicks_mib": round(found["clicks"]),
        "ratio": round(beside / found["arrays"], 2),
    }


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure the memory that training takes.")
    parser.add_argument("--users", type=int, default=SHAPES["ML-20M"].users)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(train(asked.child / "clicks.npz", asked.child / "run")))
        return 0
    table = measure(asked.users)
    write(table, OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
