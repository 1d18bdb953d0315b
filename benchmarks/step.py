"""How long a training step takes: ours, the published loops, and the floor under both.

Usage:
  python benchmarks/step.py
  python benchmarks/step.py --shapes ML-20M --threads 2 --repeats 15

One process a framework and setting of the allocator; they take turns, a step at a time, so that a
drift of the machine's speed hits all alike. Medians go to results/bench-step.csv, a row a way:

  way        ours, published (RecoTour III's loop), RecBole (where it is installed), and the floor:
             the three matrix products of the output layer, and one pass of Adam. Those that begin
             with + are rungs between the published loop and ours, each with those before it
  allocator  default: as the C library comes; kept: large buffers kept, as our Trainer does
  threads    as asked, or "as installed": whatever the framework takes by itself on this machine
  ms         median time of a step, of 500 users
"""

import argparse
import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from report import versions, write
from shapes import SHAPES
from turns import Timer, take_turns

from recotour_vae.runtime.mxnet import has_mxnet

OUT = Path(__file__).parents[1] / "results" / "bench-step.csv"
CHILD = Path(__file__).with_name("step_child.py")
AS_INSTALLED = "as installed"


class Child:
    """A process that times one step of a way at a time."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), json.dumps(settings)],
            env=_environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ways: list[str] = json.loads(self._answer())

    def timer(self, way: str) -> Timer:
        """Make a timer of one of its ways."""
        return lambda: float(self._ask(way))

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()

    def _ask(self, way: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(way + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The process for {self.settings} ended; see what it said above.")
        return line


def _environment(settings: dict[str, Any]) -> dict[str, str]:
    ours = ("MALLOC_", "OMP_", "MXNET_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if settings["threads"] == AS_INSTALLED:
        return plain
    threads = str(settings["threads"])
    return plain | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}


@contextlib.contextmanager
def children(shape: str, threads: int) -> Iterator[list[Child]]:
    """Start a process for each framework and setting of the allocator."""
    frameworks = ["pytorch", "gluon"] if has_mxnet() else ["pytorch"]
    kinds = [*itertools.product(frameworks, [threads], [False, True])]
    if threads == os.cpu_count():
        kinds += [(framework, AS_INSTALLED, False) for framework in frameworks]
    names, ladder = ("framework", "threads", "kept"), shape == "ML-20M"
    settings = [dict(zip(names, kind, strict=True)) for kind in kinds]
    started = [Child(shape=shape, ladder=ladder, **setting) for setting in settings]
    try:
        yield started
    finally:
        for child in started:
            child.stop()


def measure(shape: str, threads: int, repeats: int) -> pd.DataFrame:
    """Let every way of every process take turns; a row a way."""
    with children(shape, threads) as group:
        timers = {(n, way): c.timer(way) for n, c in enumerate(group) for way in c.ways}
        labels = {str(key): key for key in timers}
        seconds = take_turns({str(k): t for k, t in timers.items()}, repeats)
        rows = [
            _row(group[labels[key][0]], labels[key][1], found) for key, found in seconds.items()
        ]
    return pd.DataFrame(rows)


def _row(child: Child, way: str, seconds: list[float]) -> dict[str, Any]:
    found = 1000 * pd.Series(seconds)
    kept = "kept" if child.settings["kept"] else "default"
    return {
        "shape": child.settings["shape"],
        "framework": child.settings["framework"],
        "way": way,
        "threads": child.settings["threads"],
        "allocator": kept,
        "ms": round(found.median(), 2),
        "low": round(found.quantile(0.25), 2),
        "high": round(found.quantile(0.75), 2),
    }


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Set ours beside the others: the ratios that the chapter reads."""
    names, columns = ["shape", "framework", "threads"], ["way", "allocator"]
    used = table[table["threads"] == AS_INSTALLED].set_index(names[:2])["ms"]
    asked = table[table["threads"] != AS_INSTALLED]
    wide = asked.pivot_table(index=names, columns=columns, values="ms")
    as_used = wide.index.droplevel("threads").map(used).to_numpy()  # where there are such rows
    floor = wide["floor: products"] + wide["floor: Adam"]
    shown = {
        "published as used / ours": as_used / wide["ours", "kept"],
        "both default": wide["published", "default"] / wide["ours", "default"],
        "both kept": wide["published", "kept"] / wide["ours", "kept"],
        "ours / floor, kept": wide["ours", "kept"] / floor["kept"],
        "published / floor, default": wide["published", "default"] / floor["default"],
    }
    return pd.DataFrame(shown).round(2)


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    parts = []
    for shape, threads in itertools.product(asked.shapes, asked.threads):
        print(f"{shape}, {threads} thread{'s' * (threads > 1)} ...", flush=True)
        parts.append(measure(shape, threads, asked.repeats))
        print(ratios(parts[-1]).T.to_string(), flush=True)
    table = pd.concat(parts, ignore_index=True)
    names = ["torch", "mxnet"] if has_mxnet() else ["torch"]
    names += ["recbole"] if (table["way"] == "RecBole").any() else []
    table["versions"] = versions(names)
    write(table, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
