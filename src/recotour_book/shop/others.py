"""Accounts that are no customers: crawlers, resellers, and the shop's own testers."""

from typing import Final

import numpy as np
import pandas as pd

from recotour_book.shop.config import ShopConfig
from recotour_book.shop.visits import COLUMNS, time_of_day
from recotour_book.shop.world import DAY, START, WEEK, Array, World

CRAWLERS: Final = ("fast", "sleepless", "patient")


def others(
    world: World, config: ShopConfig, rng: np.random.Generator
) -> tuple[pd.DataFrame, list[str]]:
    """Draw what they do.

    Returns
    -------
    rows, kinds
        As `visits.visited`, `who` counted from the number of people on; and what each one is.
    """
    parts, kinds = [], []
    for number in range(config.crawlers):
        kind = CRAWLERS[number % len(CRAWLERS)]
        kinds.append(f"crawler, {kind}")
        parts.append(_crawler(kind, world, config, rng))
    for _ in range(config.resellers):
        kinds.append("reseller")
        parts.append(_reseller(world, config, rng))
    for _ in range(config.testers):
        kinds.append("tester")
        parts.append(_tester(world, config, rng))
    rows = [part.assign(who=config.people + place) for place, part in enumerate(parts)]
    return pd.concat(rows, ignore_index=True), kinds


def _rows(at: Array, event: str, product: Array, quantity: object, order: object) -> pd.DataFrame:
    values = (0, at.astype(np.int64), event, product, quantity, order)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _crawler(kind: str, world: World, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Look at the shelf: all of it in one night, one product an hour, or some each day."""
    first = rng.integers(10, (config.weeks - 10) * 7)
    if kind == "fast":
        nights = first + 14 * np.arange(4)
        at = np.concatenate([START + n * DAY + 7200 + 8.0 * np.arange(400) for n in nights])
    elif kind == "sleepless":
        at = START + first * DAY + 2700.0 * np.arange(1200) + rng.integers(600, size=1200)
    else:
        days = np.repeat(first + np.arange(40), 22)
        at = START + days * DAY + time_of_day(len(days), rng)
    product = _on_the_shelf(world, at, rng)
    return _rows(at, "view", product, 0, -1)


def _reseller(world: World, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Buy much of what sells, every week, in working hours and in tens."""
    n = int(rng.integers(200, 1400))
    week = np.sort(rng.integers(config.weeks, size=n // 12))
    at = np.repeat(START + week * WEEK + 9 * 3600 + rng.integers(6 * 3600, size=len(week)), 12)
    product = _on_the_shelf(world, at, rng, np.exp(world.appeal))
    return _rows(at, "order", product, rng.integers(5, 40, len(at)), -2)


def _tester(world: World, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Order one product of three again and again, to see whether the till works."""
    n = int(rng.integers(60, 160))
    at = (
        START
        + rng.integers(config.weeks * 7, size=n) * DAY
        + 8 * 3600
        + rng.integers(30_000, size=n)
    )
    shelf = np.flatnonzero(np.isneginf(world.launched) & np.isinf(world.withdrawn))
    return _rows(at, "order", rng.choice(shelf[:40], 3)[rng.integers(3, size=n)], 1, -3)


def _on_the_shelf(
    world: World, at: Array, rng: np.random.Generator, weight: Array | float = 1.0
) -> Array:
    """Draw a product that is there at each moment."""
    week = (at - START) / WEEK
    there = (world.launched <= week[:, None]) & (week[:, None] < world.withdrawn)
    drawn = np.where(there, np.log(weight) + rng.gumbel(size=there.shape), -np.inf)
    found: Array = drawn.argmax(axis=1)
    return found
