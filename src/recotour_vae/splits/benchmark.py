"""The splits that stored results were made on, said in the original ids of published data."""

from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd

from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import SplitError
from recotour_vae.splits.ready import ready_split
from recotour_vae.splits.split import Split

_FOLDER: Final = files("recotour_vae.splits") / "benchmark_people"


def benchmark_split(interactions: pd.DataFrame, name: str = "ml-1m") -> Split:
    """Make the split of a published data set on which its results in `results/` were made.

    A file of this package has, in the order of the split's rows, each person's id, group, and which
    of the clicks are held out: their places, from 0, among that person's clicks sorted by item. It
    holds no rating and no item. People are numbered in that order, so that the split is the same
    to the last bit.

    Parameters
    ----------
    interactions
        Columns `user`, `item` and `rating` of the data set as `datasets.load` gives them.
    name
        Of the data set; `ml-1m` has such a split.

    Returns
    -------
    Split
        Strong generalisation: 4,834 training users, 600 to validate, 600 to test.

    Raises
    ------
    SplitError
        When the data set has no such split, or the table is not that data set.

    Examples
    --------
    >>> from recotour_vae import datasets, splits
    >>> split = splits.benchmark_split(datasets.load("ml-1m").interactions)  # doctest: +SKIP
    """
    people = _people(name)
    clicks = _clicks(interactions, name, people)
    return ready_split(_marked(clicks, people))


def _people(name: str) -> pd.DataFrame:
    """Read who is in which group, and which of their clicks are held out."""
    known = {place.name.removesuffix(".csv"): place for place in _FOLDER.iterdir()}
    if name not in known:
        there = ", ".join(sorted(known))
        raise SplitError(f"There is no benchmark split of {name}; there is one of {there}.")
    with known[name].open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, dtype={"user": np.int64})


def _clicks(interactions: pd.DataFrame, name: str, people: pd.DataFrame) -> pd.DataFrame:
    """Give the clicks of these people, who are numbered, and the place of each among theirs."""
    missing = {"user", "item", "rating"} - set(interactions)
    if missing:
        raise SplitError(
            f"The split of {name} is made from its ratings; the table has no column "
            f"'{min(missing)}'. Give the interactions of datasets.load('{name}')."
        )
    rows = interactions.loc[interactions["rating"] > REGISTRY[name].click_above, ["user", "item"]]
    number = pd.Series(np.arange(len(people)), people["user"])
    rows = rows.assign(user=rows["user"].map(number)).dropna()
    rows = rows.astype({"user": np.int64}).sort_values(["user", "item"], kind="stable")
    return rows.assign(place=rows.groupby("user").cumcount())


def _marked(clicks: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Say of each click in which part of the split it stands."""
    group = people["group"].to_numpy()[clicks["user"]]
    places = people["held_out"].str.split().explode().dropna().astype(np.int64)
    held = pd.MultiIndex.from_arrays([places.index, places])
    found = pd.MultiIndex.from_frame(clicks[["user", "place"]])
    if not held.isin(found).all():
        raise SplitError(
            "Some clicks that this split holds out are not in the table; give the data set whole, "
            "with its original ids, as datasets.load does."
        )
    half = np.where(found.isin(held), "_out", "_in")
    part = np.where(group == "train", "train", np.char.add(group.astype(str), half))
    return clicks[["user", "item"]].assign(split=part)
