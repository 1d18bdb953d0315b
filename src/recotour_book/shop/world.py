"""Who and what there is: people with tastes, products with a time on the shelf."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recotour_book.shop.config import ShopConfig

Array = NDArray[Any]
START: Final = 1_704_067_200  # Monday, 1 January 2024, 0:00 UTC
DAY: Final = 86_400
WEEK: Final = 7 * DAY
DETAILS: Final = 6  # what else there is to a product than its group
NOVELTY: Final = 1.0  # what being new is worth, as an exponent, in its first week
FASHION: Final = 0.9  # how far a group's liking goes up and down in the year


@dataclass(frozen=True, eq=False)
class World:
    """The truth.

    Attributes
    ----------
    taste
        (people, groups): a person's liking for each group, as an exponent.
    liking, detail
        (people, DETAILS) and (products, DETAILS): their product is what else somebody likes.
    joined
        (people,) week, with fractions, from which on somebody may visit.
    pace
        (people,) visits in a year.
    group, appeal
        (products,) of each; the appeal is the same for everybody, an exponent.
    launched, withdrawn
        (products,) whole weeks between which a product is on the shelf.
    phase
        (groups,) when in the year each is in fashion.
    """

    taste: Array
    liking: Array
    detail: Array
    joined: Array
    pace: Array
    group: Array
    appeal: Array
    launched: Array
    withdrawn: Array
    phase: Array


def world(config: ShopConfig, rng: np.random.Generator) -> World:
    """Draw the people and the products."""
    n, m, weeks = config.people, config.products, config.weeks
    new = rng.random(n) < config.newcomers
    young, leaves = rng.random(m) < config.launched, rng.random(m) < config.withdrawn
    launched = np.where(young, np.floor(rng.uniform(1, weeks, m)), -np.inf)
    last = np.ceil(rng.uniform(np.maximum(launched, 0) + 4, weeks + 4))
    gone = np.where(leaves, last, np.inf)
    return World(
        rng.normal(0, 1.5, (n, config.groups)),
        rng.normal(0, 0.6, (n, DETAILS)),
        rng.normal(0, 0.8, (m, DETAILS)),
        np.where(new, rng.uniform(0, weeks, n), 0.0),
        config.visits * rng.lognormal(-0.4, 0.9, n),
        rng.integers(config.groups, size=m),
        rng.normal(0, 1.0, m),
        launched,
        gone,
        rng.uniform(0, weeks, config.groups),
    )


def wishes(world: World, people: Array, week: float) -> Array:
    """Say how much some people wish for each product in a week, (n_people, products).

    The chance of each is in proportion to the exponential of it; what is not on the shelf has
    minus infinity.
    """
    fashion = FASHION * np.cos(2 * np.pi * (week - world.phase) / 52)  # (groups,)
    age = np.clip(week - world.launched, 0, None)
    there = (world.launched <= week) & (week < world.withdrawn)
    everybody = world.appeal + fashion[world.group] + NOVELTY * np.exp(-age / 6)
    own = world.taste[people][:, world.group] + world.liking[people] @ world.detail.T
    found: Array = np.where(there, everybody + own, -np.inf)
    return found
