"""Is it slower than it was? This checkout and an earlier one, in turns, on one machine.

Usage:
  python benchmarks/against.py d9c8a15
  python benchmarks/against.py v0.3 --tasks step --repeats 40

The earlier commit is checked out into a temporary folder. A process for each checkout draws the
same data and does the work once whenever it is told to; the two take turns. Prints the medians, and
the median over rounds of the ratio of this checkout to the earlier one with its quartiles:

  step         an update of Mult-VAE on 500 users, in each framework there is, shape of ML-20M
  evaluation   from scores to metrics, 2,000 users of that shape
  preparation  from a file of two million ratings to a saved split, each time in a new process

What is called is each checkout's own (`step_child.py`, `evaluation.py`, `preparation.py`): an
earlier commit has to have them.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from turns import Timer, take_turns, timed

HERE: Final = Path(__file__).resolve().parents[1]
REPEATS: Final = {"step": 100, "evaluation": 30, "preparation": 10}
N_USERS: Final = {"evaluation": 2_000, "preparation": 13_849}
SHAPE: Final = "ML-20M"


class Checkout:
    """A process that does one task with the code of one checkout, once for every line it reads."""

    def __init__(self, tree: Path, task: str, framework: str) -> None:
        paths = os.pathsep.join([str(tree / "src"), str(tree / "benchmarks")])
        self.process = subprocess.Popen(
            [sys.executable, "-P", __file__, "--child", str(tree), task, framework],
            env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self) -> float:
        """Have it done once."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("once\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A process ended before it answered; see what it said above.")
        return float(line)

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


@contextlib.contextmanager
def earlier(commit: str) -> Iterator[Path]:
    """Check out a commit into a folder of its own, and take it away again."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def compare(tree: Path, task: str, framework: str, repeats: int) -> dict[str, Any]:
    """Let this checkout and the earlier one take turns."""
    both = {"now": Checkout(HERE, task, framework), "before": Checkout(tree, task, framework)}
    found = pd.DataFrame(take_turns({name: one.seconds for name, one in both.items()}, repeats))
    for one in both.values():
        one.stop()
    ratio = found["now"] / found["before"]
    return {
        "task": task + f", {framework}" * (task == "step"),
        "before_ms": 1000 * found["before"].median(),
        "now_ms": 1000 * found["now"].median(),
        "ratio": ratio.median(),
        "low": ratio.quantile(0.25),
        "high": ratio.quantile(0.75),
        "rounds": repeats,
    }


def step(framework: str, _: Path) -> Timer:
    """Make an update of Mult-VAE."""
    from shapes import SHAPES
    from step_child import ours, over_users, sample

    return timed(over_users(ours(sample(SHAPES[SHAPE]), framework)))


def evaluation(framework: str, _: Path) -> Timer:
    """Make an evaluation of drawn scores, of whichever framework."""
    from evaluation import Drawn, draw_group, ours
    from shapes import SHAPES

    whole, n_users = SHAPES[SHAPE], N_USERS["evaluation"]
    shape = replace(whole, users=n_users, clicks=whole.clicks * n_users // whole.users)
    return timed(ours(Drawn(shape.items), draw_group(shape), 1))


def preparation(framework: str, folder: Path) -> Timer:
    """Make a reading, splitting and saving from a file that is drawn into a folder."""
    from preparation import draw_ratings, in_process, write_csv

    n_users, path = N_USERS["preparation"], folder / "ratings.csv"
    write_csv(draw_ratings(n_users), path)
    return lambda: in_process(path, folder, n_users)["all"]


TASKS: Final = {"step": step, "evaluation": evaluation, "preparation": preparation}


def serve(tree: str, task: str, framework: str) -> None:
    """Be one of the two processes."""
    import recotour_vae

    if not Path(recotour_vae.__file__).is_relative_to(tree):
        raise SystemExit(f"{recotour_vae.__file__} is not the library of {tree}.")
    with tempfile.TemporaryDirectory() as folder:
        work = TASKS[task](framework, Path(folder))
        for _ in sys.stdin:
            print(work(), flush=True)


def frameworks(task: str) -> list[str]:
    """Say in which frameworks a task is done."""
    from recotour_vae.runtime.mxnet import has_mxnet

    return ["pytorch", "gluon"] if task == "step" and has_mxnet() else ["pytorch"]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", nargs="?", default="HEAD", help="the earlier one")
    parser.add_argument("--tasks", nargs="+", choices=list(REPEATS), default=list(REPEATS))
    parser.add_argument("--repeats", type=int, help="rounds (default: 100, 30 and 10)")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        serve(*asked.child)
        return 0
    started, rows = time.perf_counter(), []
    with earlier(asked.commit) as tree:
        for task in asked.tasks:
            for framework in frameworks(task):
                print(f"{task}, {framework} ...", file=sys.stderr, flush=True)
                rows.append(compare(tree, task, framework, asked.repeats or REPEATS[task]))
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
