"""From a file of twenty million ratings to a saved split: ours, and the published loop.

Usage: python benchmarks/preparation.py [--users 138493] [--repeats 2]

Draws a table in the shape of MovieLens 20M (Zipf items, log-normal users, half stars) into a
temporary folder. Then

- a process of its own reads the file, splits and saves, and says how long the parser alone would
  take and how much memory it needed beyond what it had before reading;
- ours and the published preparation (`published_preparation.py`) take turns from the same table
  in memory to the files each of them keeps: one `.npz`, five CSV files.

Medians go into results/bench-preparation.csv.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import published_preparation as published
from numpy.typing import NDArray
from report import memory_mib, write
from shapes import Shape, draw_clicks
from turns import Timer, median_ratio, take_turns, timed

from recotour_vae import datasets, splits

OUT = Path(__file__).parents[1] / "results" / "bench-preparation.csv"
USERS, ITEMS, RATINGS = 138_493, 26_744, 20_000_000  # MovieLens 20M as it is published, unfiltered
# Shares of half a star to five stars, about as in MovieLens 20M: half of them are above 3.5.
STARS = (0.012, 0.034, 0.014, 0.072, 0.044, 0.214, 0.110, 0.278, 0.077, 0.145)
FIRST_ID = 100_000  # so that every id has six digits, and a row a fixed number of characters
AT_ONCE = 1_000_000


def draw_ratings(n_users: int, seed: int = 0) -> pd.DataFrame:
    """Draw a table of ratings, sorted by user and item as MovieLens is."""
    clicks = draw_clicks(Shape(n_users, ITEMS, RATINGS * n_users // USERS), seed)
    rng, n = np.random.default_rng(seed), clicks.nnz
    user = np.repeat(np.arange(FIRST_ID, FIRST_ID + n_users), np.diff(clicks.indptr))
    item = clicks.indices.astype(np.int64) + FIRST_ID
    rating = rng.choice(np.arange(1, 11) / 2, n, p=np.array(STARS) / sum(STARS))
    timestamp = rng.integers(1_000_000_000, 1_400_000_000, n)
    return pd.DataFrame({"user": user, "item": item, "rating": rating, "timestamp": timestamp})


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, digit by digit for many rows at once: pandas would take a minute."""
    with path.open("wb") as file:
        file.write(b"user,item,rating,timestamp\n")
        for start in range(0, len(table), AT_ONCE):
            _lines(table.iloc[start : start + AT_ONCE]).tofile(file)


def _lines(rows: pd.DataFrame) -> NDArray[np.uint8]:
    halves = (rows["rating"].to_numpy() * 2).astype(np.int64)
    rating = np.stack(
        [_ascii(halves // 2, 1), np.full((len(rows), 1), ord(".")), _ascii(halves % 2 * 5, 1)],
        axis=1,
    )[:, :, 0]
    comma, end = (np.full((len(rows), 1), ord(mark)) for mark in (",", "\n"))
    parts = [
        _ascii(rows["user"], 6),
        comma,
        _ascii(rows["item"], 6),
        comma,
        rating,
        comma,
        _ascii(rows["timestamp"], 10),
        end,
    ]
    return np.concatenate(parts, axis=1).astype(np.uint8)  # (n_rows, 29)


def _ascii(numbers: Any, width: int) -> NDArray[np.uint8]:
    tens = 10 ** np.arange(width - 1, -1, -1)
    return (np.asarray(numbers)[:, None] // tens % 10 + ord("0")).astype(np.uint8)


def config_for(n_users: int) -> splits.SplitConfig:
    """Hold out the paper's share: 10,000 users each of ML-20M."""
    held_out = 10_000 * n_users // USERS
    return splits.SplitConfig(validation_users=held_out, test_users=held_out)


def from_file(path: Path, folder: Path, n_users: int) -> dict[str, float]:
    """Time each step from the file to the saved split, and watch the memory."""
    found: dict[str, float] = {}
    before_mb = memory_mib()
    start = time.perf_counter()
    table = datasets.load(path).interactions
    found["load"] = time.perf_counter() - start
    split_at = time.perf_counter()
    split = splits.strong_generalisation(table, config_for(n_users))
    found["split"] = time.perf_counter() - split_at
    save_at = time.perf_counter()
    split.save(folder / "split")
    found |= {"save": time.perf_counter() - save_at, "all": time.perf_counter() - start}
    table_mb = float(table.memory_usage().sum()) / 2**20
    found |= {"peak_mb": memory_mib() - before_mb, "table_mb": table_mb}
    return found | {"parser": timed(lambda: _parse(path))()}


def _parse(path: Path) -> None:
    """Only what the parser of pandas does, with the same types, and nothing kept."""
    names = {"user": "category", "item": "category"}
    with pd.read_csv(path, dtype=names, chunksize=AT_ONCE, low_memory=False) as parts:
        for _ in parts:
            pass


def in_process(path: Path, folder: Path, n_users: int) -> dict[str, float]:
    """Run `from_file` in a process of its own."""
    command = [sys.executable, __file__, "--child", str(path), str(folder), str(n_users)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def ways(table: pd.DataFrame, folder: Path, n_users: int) -> dict[str, Timer]:
    """Give the two ways, each in two steps: from the table to the split, and to its files."""
    made: dict[str, Any] = {}
    config, held_out = config_for(n_users), config_for(n_users).test_users

    def keep(name: str, work: Callable[[], Any]) -> Timer:
        return timed(lambda: made.__setitem__(name, work()))

    return {
        "ours": keep("ours", lambda: splits.strong_generalisation(table, config)),
        "ours, saving": timed(lambda: made["ours"].save(folder / "split")),
        "published": keep(
            "published", lambda: published.published_preparation(table, int(held_out))
        ),
        "published, saving": timed(lambda: published.save(made["published"], folder)),
    }


def rows_of_turns(seconds: Mapping[str, list[float]]) -> list[dict[str, Any]]:
    """Put the two ways beside each other, without and with saving."""
    whole = {
        way: [a + b for a, b in zip(seconds[way], seconds[f"{way}, saving"], strict=True)]
        for way in ("ours", "published")
    }
    tasks = {"table to split": dict(seconds), "table to saved split": whole}
    return [
        {
            "task": task,
            "way": way,
            "seconds": statistics.median(found[way]),
            "ratio": median_ratio(found[way], found["ours"]),
        }
        for task, found in tasks.items()
        for way in ("ours", "published")
    ]


def rows_of_file(runs: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Put the steps of ours beside the parser alone."""
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    memory = {"peak_mb": middle["peak_mb"], "table_mb": middle["table_mb"]}
    steps = {"ours": middle["all"], "of it: the parser of pandas alone": middle["parser"]}
    steps |= {f"of it: {step}": middle[step] for step in ("load", "split", "save")}
    return [
        {"task": "file to saved split", "way": way, "seconds": s, "ratio": s / middle["all"]}
        | (memory if way == "ours" else {})
        for way, s in steps.items()
    ]


def measure(n_users: int, repeats: int) -> pd.DataFrame:
    """Draw, measure, and give the table of results."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "ratings.csv"
        table = draw_ratings(n_users)
        write_csv(table, path)
        runs = [in_process(path, folder, n_users) for _ in range(repeats)]
        seconds = take_turns(ways(table, folder, n_users), repeats, warm_up=0)
    found = pd.DataFrame(rows_of_file(runs) + rows_of_turns(seconds))
    found.insert(1, "shape", f"{len(table):,} ratings of {n_users:,} users")
    found.insert(3, "threads", 1)
    return found.assign(versions=f"numpy {np.__version__}, pandas {pd.__version__}")


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Time the way from a file to a saved split.")
    parser.add_argument("--users", type=int, default=USERS, help="users to draw (default: ML-20M)")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        path, folder, n_users = chosen.child
        print(json.dumps(from_file(Path(path), Path(folder), int(n_users))))
        return 0
    table = measure(chosen.users, chosen.repeats).round(
        {"seconds": 3, "ratio": 3, "peak_mb": 0, "table_mb": 0}
    )
    write(table, OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
