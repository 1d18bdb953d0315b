"""`make`: the raw log, the list of products and the truth, out of a configuration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from recotour_book.shop import writing
from recotour_book.shop.config import ShopConfig
from recotour_book.shop.others import others
from recotour_book.shop.visits import returns, visited
from recotour_book.shop.world import Array, World, world

LOG: Final = "shop.csv"
PRODUCTS: Final = "products.csv"


@dataclass(frozen=True, eq=False)
class Shop:
    """What the shop has on its disk, and what it does not know.

    Attributes
    ----------
    log
        Text as it is exported: time, customer, event, sku, title, quantity, price.
    products
        What there is to know of each: item, title, group, price, launched (a day, or nothing).
    accounts
        The truth of each account, indexed by its name: `kind` (person, reseller, "crawler, fast",
        tester), `joined` (week) and the liking for each group.
    world
        The truth of people and products.
    """

    log: pd.DataFrame
    products: pd.DataFrame
    accounts: pd.DataFrame
    world: World

    def write(self, folder: Path) -> Path:
        """Write the log and the list of products, and give the path of the log."""
        folder.mkdir(parents=True, exist_ok=True)
        writing.to_file(self.log, folder / LOG)
        self.products.to_csv(folder / PRODUCTS, index=False)
        return folder / LOG


def make(config: ShopConfig | None = None) -> Shop:
    """Draw a shop; the same configuration gives the same shop."""
    config = config or ShopConfig()
    rng = np.random.default_rng(config.seed)
    truth = world(config, rng)
    rows = visited(truth, config, rng)
    strangers, kinds = others(truth, config, rng)
    rows = pd.concat([rows, returns(rows, config, rng), strangers], ignore_index=True)
    names = writing.names(config, kinds, rng)
    products = writing.products(truth, config, rng)
    log = writing.log(rows, names, products, config, rng)
    return Shop(log, products, _accounts(truth, names, kinds, config), truth)


def _accounts(truth: World, names: Array, kinds: list[str], config: ShopConfig) -> pd.DataFrame:
    kind = ["person"] * config.people + kinds
    joined = np.concatenate([truth.joined, np.full(len(kinds), np.nan)])
    taste = np.full((len(kind), config.groups), np.nan)
    taste[: config.people] = truth.taste
    index = pd.Index(names, name="account")
    liking = pd.DataFrame(taste, index, [f"group {g}" for g in range(config.groups)])
    return pd.DataFrame({"kind": kind, "joined": joined}, index).join(liking)
