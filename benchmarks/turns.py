"""Time several ways of doing one thing, taking turns, so that a drift of the machine hits all."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Timer = Callable[[], float]  # does the work once and says how many seconds it took


def timed(work: Callable[[], Any]) -> Timer:
    """Make a timer of a function."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return run


def take_turns(ways: Mapping[str, Timer], repeats: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Run every way once a round, and give the seconds of each in each round after the first."""
    rounds = [{name: way() for name, way in ways.items()} for _ in range(warm_up + repeats)]
    return {name: [one[name] for one in rounds[warm_up:]] for name in ways}


def median_ratio(seconds: list[float], ours: list[float]) -> float:
    """Median over rounds of the ratio: both were measured within moments of each other."""
    return statistics.median(a / b for a, b in zip(seconds, ours, strict=True))
