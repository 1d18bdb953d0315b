"""How long a training step takes on a GPU: ours, the published loop, and the floor under both.

Usage:
  python benchmarks/gpu.py
  python benchmarks/gpu.py --shapes ML-20M --repeats 50

The ways take turns, and the clock is read when the GPU's queue is empty. Medians over many steps
go to results/bench-gpu.csv, a row a way:

  way      ours, ours in mixed precision, published (RecoTour III's loop), and the floor: the three
           matrix products of the output layer, and one pass of Adam
  ms       median time of a step, of 500 users; low and high are its quartiles
  kernels  started on the card in a step, copies included; busy_ms, for how long they ran
  peak_mb  the most that PyTorch had on the card in a step, what the other ways keep left out
"""

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import torch
from published_loops import make_torch_loop
from report import write
from shapes import SHAPES
from step_child import Way, ours, over_users, sample, torch_floor
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from turns import take_turns, timed

OUT = Path(__file__).parents[1] / "results" / "bench-gpu.csv"
FLOOR = ("floor: products", "floor: Adam")


def make_ways(shape: str, device: str) -> dict[str, Callable[[], Way]]:
    """Give a maker of each way, so that one can be made alone and its memory read."""
    clicks = sample(SHAPES[shape])
    floor = {name: lambda name=name: torch_floor(clicks.shape[1], device)[name] for name in FLOOR}
    return {
        "ours": lambda: over_users(ours(clicks, "pytorch", device)),
        "ours, mixed precision": lambda: over_users(ours(clicks, "pytorch", device, "mixed")),
        "published": lambda: over_users(make_torch_loop(clicks, device=device)),
        **floor,
    }


def when_done(way: Way, device: str) -> Way:
    """Make a way that returns when its work is done, not when it is queued."""

    def run() -> None:
        way()
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def on_the_card(way: Way, device: str, steps: int = 10) -> dict[str, float]:
    """Count what a step starts on the card, and for how many milliseconds that runs."""
    if device == "cpu":
        return {}
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        for _ in range(steps):
            when_done(way, device)()
    there = [e for e in seen.events() if e.device_type == DeviceType.CUDA]
    busy = sum(e.self_device_time_total for e in there) / 1000
    return {"kernels": round(len(there) / steps), "busy_ms": busy / steps}


def peak_mb(make: Callable[[], Way], device: str) -> float | None:
    """Memory on the card over three steps of a way that is there alone, in MB."""
    if device == "cpu":
        return None
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before, way = torch.cuda.memory_allocated(), make()
    for _ in range(3):
        when_done(way, device)()
    return round((torch.cuda.max_memory_allocated() - before) / 1e6, 1)


def measure(shape: str, repeats: int, device: str) -> pd.DataFrame:
    """Let every way take turns; a row a way."""
    makers = make_ways(shape, device)
    peaks = {name: peak_mb(make, device) for name, make in makers.items()}
    ways = {name: make() for name, make in makers.items()}
    timers = {name: timed(when_done(way, device)) for name, way in ways.items()}
    seconds = take_turns(timers, repeats, warm_up=5)
    card = {name: on_the_card(way, device) for name, way in ways.items()}
    return pd.DataFrame(
        [
            {
                "shape": shape,
                "way": way,
                "ms": found.median(),
                "low": found.quantile(0.25),
                "high": found.quantile(0.75),
                **card[way],
                "peak_mb": peaks[way],
            }
            for way, found in ((way, 1000 * pd.Series(every)) for way, every in seconds.items())
        ]
    ).round(3)


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--device", default="cuda", help="cpu tries the script out")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    if asked.device != "cpu" and not torch.cuda.is_available():
        print("There is no CUDA device here; --device cpu tries the script out.", file=sys.stderr)
        return 1
    tables = [measure(shape, asked.repeats, asked.device) for shape in asked.shapes]
    table = pd.concat(tables, ignore_index=True)
    table["card"] = "cpu" if asked.device == "cpu" else torch.cuda.get_device_name()
    table["versions"] = f"torch {version('torch')}"
    write(table, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
