"""What people do in a year: visits, in which some products are looked at and some are bought."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from recotour_book.shop.config import ShopConfig
from recotour_book.shop.world import DAY, START, WEEK, Array, World, wishes

VIEWS: Final = 6  # most in a visit
# How much is done in each hour (UTC): people sleep.
HOURS: Final = np.array(
    [2, 1, 0, 0, 0, 1, 2, 4, 5, 6, 7, 7, 6, 6, 6, 7, 9, 11, 13, 14, 12, 9, 6, 4.0]
)
COLUMNS: Final = ("who", "at", "event", "product", "quantity", "order")


def visited(world: World, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a year of visits.

    Returns
    -------
    pandas.DataFrame
        `who` (place of a person), `at` (seconds since 1970), `event` (view or order), `product`,
        `quantity` (0 of a view) and `order`, the number of the visit.
    """
    years = (config.weeks - world.joined) / 52
    count = rng.poisson(world.pace * years)
    who = np.repeat(np.arange(config.people), count)
    week = rng.uniform(world.joined[who], config.weeks)
    order = np.argsort(week)
    who, week = who[order], week[order]
    at = (START + np.floor(week * 7) * DAY).astype(np.int64) + time_of_day(len(who), rng)
    wish = np.concatenate(list(_chosen(world, who, week, rng)))  # (n_visits, VIEWS)
    return _rows(who, at, wish, config, rng)


def time_of_day(n: int, rng: np.random.Generator) -> Array:
    """Draw seconds of a day as people are awake, (n,)."""
    hour = rng.choice(24, n, p=HOURS / HOURS.sum())
    seconds: Array = hour * 3600 + rng.integers(3600, size=n)
    return seconds


def _chosen(world: World, who: Array, week: Array, rng: np.random.Generator) -> Iterator[Array]:
    """Choose what is looked at in each visit, without looking twice, week by week."""
    cuts = np.searchsorted(week, np.arange(1, int(week.max()) + 1))
    for number, people in enumerate(np.split(who, cuts)):
        wish = wishes(world, people, number + 0.5)
        drawn = wish + rng.gumbel(size=wish.shape)  # the largest are a draw by chance
        yield np.argsort(-drawn, axis=1)[:, :VIEWS]


def _rows(
    who: Array, at: Array, wish: Array, config: ShopConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Write a row a view, and a row an order line: the first of the wishes are bought."""
    n = len(who)
    n_views = np.minimum(1 + rng.poisson(1.2, n), VIEWS)
    n_bought = np.minimum((rng.random(n) < config.bought) * (1 + rng.poisson(0.5, n)), n_views)
    visit, place = np.nonzero(np.arange(VIEWS) < n_views[:, None])
    seen = at[visit] + 45 * place + rng.integers(40, size=len(visit))
    views = _table(who[visit], seen, "view", wish[visit, place], 0, visit)
    visit, place = np.nonzero(np.arange(VIEWS) < n_bought[:, None])
    quantity = 1 + (rng.random(len(visit)) < 0.12) * rng.integers(1, 3, len(visit))
    paid = at[visit] + 45 * VIEWS + 60  # all lines of an order at one moment
    orders = _table(who[visit], paid, "order", wish[visit, place], quantity, visit)
    return pd.concat([views, orders], ignore_index=True)


def _table(
    who: Array, at: Array, event: str, product: Array, quantity: object, order: Array
) -> pd.DataFrame:
    values = (who, at, event, product, quantity, order)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def returns(rows: pd.DataFrame, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what is sent back, three days to three weeks after it was bought, all of it or one."""
    lines = rows[rows["event"] == "order"]
    back = lines[rng.random(len(lines)) < config.returned]
    n = len(back)
    number = np.where(rng.random(n) < 0.8, back["quantity"], 1)
    at = back["at"] + rng.integers(3, 21, n) * DAY + rng.integers(-7200, 7200, n)
    found = back.assign(event="return", quantity=-number, at=at)
    return found[found["at"] < START + WEEK * config.weeks]
