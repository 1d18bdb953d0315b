"""Lists for a whole shop at once: how memory and time grow with the people.

Usage: python benchmarks/everybody.py [--most 1000000]

For each number of people a run of EASE on drawn clicks is kept in a folder, and a process of its
own opens it and writes everybody's list of ten as Parquet, as `recotour-vae recommend --all-users`
does. Beside its peak stands the size of the people's clicks, which it has to hold. Writes
results/bench-everybody.csv.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from report import memory_mib, write
from scipy.sparse import csr_matrix

OUT = Path(__file__).parents[1] / "results" / "bench-everybody.csv"
N_ITEMS, CLICKS, MIB = 5_000, 20, 2**20


def keep(n_users: int, folder: Path) -> None:
    """Leave a run of so many people, fitted on some of them."""
    from recotour_vae.recommenders import make
    from recotour_vae.runs import keep_run
    from recotour_vae.runs.data import RunData
    from recotour_vae.splits import HeldOut, Split

    rng, chances = np.random.default_rng(0), 1 / np.arange(1, N_ITEMS + 1) ** 0.8
    items = rng.choice(N_ITEMS, n_users * CLICKS, p=chances / chances.sum())
    rows = np.repeat(np.arange(n_users), CLICKS)
    ones, shape = np.ones(len(rows), np.float32), (n_users, N_ITEMS)
    clicks = csr_matrix((ones, (rows, items)), shape=shape)
    nobody = HeldOut(np.arange(0), clicks[:0], clicks[:0])
    split = Split(np.arange(N_ITEMS), np.arange(n_users), clicks, nobody, nobody)
    titles = [f"Item {item}" for item in range(N_ITEMS)]
    keep_run(folder, make("ease").fit(split.train[:50_000]), RunData.of(split, titles))


def answer(folder: Path) -> dict[str, float]:
    """Write everybody's list, and say what that took."""
    from recotour_vae.runs import open_run
    from recotour_vae.serving import recommend_to_all

    run = open_run(folder)
    start = time.perf_counter()
    recommend_to_all(run, folder / "lists.parquet", 10, show=False)
    seconds, train = time.perf_counter() - start, run.split.train
    held = sum(part.nbytes for part in (train.data, train.indices, train.indptr)) / MIB
    return {"seconds": seconds, "peak": memory_mib(), "clicks": held}


def measure(n_users: int) -> dict[str, Any]:
    """Run the process."""
    with tempfile.TemporaryDirectory() as place:
        keep(n_users, Path(place) / "run")
        command = [sys.executable, __file__, "--child", f"{place}/run"]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(said)
    return {
        "people": n_users,
        "items": N_ITEMS,
        "people_a_second": round(n_users / found["seconds"]),
        "peak_mib": round(found["peak"]),
        "clicks_mib": round(found["clicks"]),
    }


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure lists for everybody.")
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(answer(asked.child)))
        return 0
    write(pd.DataFrame([measure(asked.most // part) for part in (100, 10, 1)]), OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
