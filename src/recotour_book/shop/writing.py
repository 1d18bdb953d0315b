"""How the shop writes its log down, with what goes wrong there.

Windows' letters, semicolons and decimal commas; local time with its offset, but from the tills
Greenwich's; postage as a line of the order; guests without an account; blanks behind a name; and
rows that the export writes twice.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from recotour_book.shop.config import ShopConfig
from recotour_book.shop.world import START, WEEK, Array, World

POSTAGE: Final = "POSTAGE"
SUMMER: Final = (1_711_846_800, 1_729_990_800)  # of 2024, in seconds since 1970
GROUPS: Final = (
    *("Tea", "Coffee", "Honey", "Spices", "Oil", "Chocolate", "Jam", "Pasta", "Cheese", "Bread"),
    *("Wine", "Nuts"),
)
KINDS: Final = ("Côte", "Höhe", "Größe", "Garden", "Forest", "River", "Mère", "Alm", "Harvest")
BY_NAME: Final = ("test-kasse", "qa_3", "demo@shop.example", "TEST2")


def names(config: ShopConfig, kinds: list[str], rng: np.random.Generator) -> Array:
    """Give every account a name: a number as any other, but for most of the testers."""
    n = config.people + len(kinds)
    numbers = rng.choice(np.arange(10_000, 10_000 + 4 * n), n, replace=False)
    found = np.array([f"K{number}" for number in numbers], dtype=object)
    testers = [config.people + i for i, kind in enumerate(kinds) if kind == "tester"]
    named = testers[: len(BY_NAME)]
    found[named] = BY_NAME[: len(named)]
    return found


def products(truth: World, config: ShopConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Write the list of products."""
    groups = [GROUPS[g % len(GROUPS)] for g in truth.group]
    kinds = rng.choice(KINDS, config.products)
    numbers = np.arange(config.products)
    days = pd.to_datetime(START + np.nan_to_num(truth.launched, neginf=0) * WEEK, unit="s")
    launched = days.strftime("%Y-%m-%d").where(np.isfinite(truth.launched), "")
    return pd.DataFrame(
        {
            "item": [f"{g[:2].upper()}-{n:04}" for g, n in zip(groups, numbers, strict=True)],
            "title": [f"{k} {g} {n}" for k, g, n in zip(kinds, groups, numbers, strict=True)],
            "group": groups,
            "price": np.round(rng.lognormal(2.2, 0.5, config.products), 1),
            "launched": launched,
        }
    )


def log(
    rows: pd.DataFrame,
    names: Array,
    products: pd.DataFrame,
    config: ShopConfig,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Write rows as the shop exports them, in order of time."""
    names_of = products.iloc[rows["product"].to_numpy()]
    table = pd.DataFrame(
        {
            "at": rows["at"],
            "customer": _customers(rows, names, config, rng),
            "event": rows["event"],
            "sku": names_of["item"].to_numpy(),
            "title": names_of["title"].to_numpy(),
            "quantity": rows["quantity"],
            "price": names_of["price"].to_numpy(),
        }
    )
    table = pd.concat([table, _postage(table, rng)], ignore_index=True)
    table["time"] = _times(table, rng)
    twice = table[rng.random(len(table)) < config.written_twice]
    table = pd.concat([table, twice], ignore_index=True).sort_values("at", kind="stable")
    table["price"] = table["price"].map("{:.2f}".format).str.replace(".", ",")
    wanted = ["time", "customer", "event", "sku", "title", "quantity", "price"]
    return table[wanted].reset_index(drop=True)


def _customers(
    rows: pd.DataFrame, names: Array, config: ShopConfig, rng: np.random.Generator
) -> Array:
    """Name them; guests have no name, and some names a blank behind them."""
    found = names[rows["who"]]
    guest = rng.random(int(rows["order"].max()) + 1) < config.guests  # all of a visit
    is_guest = (rows["order"] >= 0) & guest[np.maximum(rows["order"], 0)]
    found = np.where(rng.random(len(rows)) < 0.004, found + " ", found)
    return np.where(is_guest, "", found)


def _postage(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add a line for postage to most orders."""
    orders = table[table["event"] == "order"].drop_duplicates(["at", "customer"])
    paid = orders[rng.random(len(orders)) < 0.7]
    return paid.assign(sku=POSTAGE, title="Postage", quantity=1, price=4.9)


def _times(table: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Write Berlin's time with its offset, and that of a tenth of the rows, the tills', in UTC."""
    at = table["at"].to_numpy()
    hours = np.where((at >= SUMMER[0]) & (at < SUMMER[1]), 2, 1)
    local = pd.to_datetime(at + 3600 * hours, unit="s").strftime("%Y-%m-%dT%H:%M:%S")
    utc = pd.to_datetime(at, unit="s").strftime("%Y-%m-%dT%H:%M:%SZ")
    till = rng.random(len(table)) < 0.1
    offset = np.where(hours == 2, "+02:00", "+01:00").astype(object)
    found: Array = np.where(till, utc, local.to_numpy(object) + offset)
    return found


def to_file(log: pd.DataFrame, path: Path) -> None:
    """Write the log with the letters and the separator of the shop's spreadsheet."""
    log.to_csv(path, index=False, sep=";", encoding="cp1252")
