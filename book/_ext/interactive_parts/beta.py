"""What the part `beta` shows: the runs of the sweep over beta, and the lists of some of them."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats
from sphinx.errors import ExtensionError

SWEEP, LISTS = "results/beta-sweep.csv", "results/beta-lists.csv"
SOURCES = (SWEEP, LISTS)
REMAKE = {SWEEP: "experiments/beta_sweep.py", LISTS: "experiments/beta_lists.py"}
METRICS = ("ndcg100", "nll", "kl", "active_units")
USER = 367  # the horror fan of the first chapter


def read(root: Path, source: str, numbers: tuple[str, ...], words: tuple[str, ...]) -> pd.DataFrame:
    """Return a table, or raise an error that says what it lacks."""
    again = f"run `python {REMAKE[source]}`."
    if not (root / source).is_file():
        raise ExtensionError(f"The interactive part `beta` finds no {source}: {again}")
    table = pd.read_csv(root / source)
    if table.empty:
        raise ExtensionError(f"{source} has no rows: {again}")
    for column in (*numbers, *words):
        if column not in table:
            raise ExtensionError(f"{source} has no column `{column}`: {again}")
    for column in numbers:
        values = pd.to_numeric(table[column], errors="coerce")
        if not values.abs().lt(float("inf")).all():
            raise ExtensionError(f"{source} has a `{column}` that is not a number: {again}")
    return table


def summarise(values: pd.Series) -> dict[str, Any]:
    """Return the value of each seed, their mean, and its 95 % interval by Student's t."""
    mean, count = values.mean(), len(values)
    margin = stats.t.ppf(0.975, count - 1) * values.sem() if count > 1 else None
    ends = [None, None] if margin is None else [mean - margin, mean + margin]
    return {"values": values.tolist(), "mean": mean, "low": ends[0], "high": ends[1]}


def read_sweep(root: Path) -> dict[str, Any]:
    """Return the caps in rising order, and of each metric a summary for each cap."""
    table = read(root, SWEEP, ("beta_cap", "seed", *METRICS), ())
    runs = table.sort_values(["beta_cap", "seed"]).groupby("beta_cap")
    metrics = {name: [summarise(values) for _, values in runs[name]] for name in METRICS}
    return {"caps": [float(cap) for cap in runs.groups], **metrics}


def read_lists(root: Path, caps: list[float]) -> list[dict[str, Any]]:
    """Return for each cap the films that are shown to one person, and which were hits."""
    table = read(root, LISTS, ("beta_cap", "user"), ("films", "hits"))
    of_user = table[table["user"] == USER].set_index("beta_cap")
    if missing := sorted({*caps} - {*of_user.index}):
        raise ExtensionError(
            f"{LISTS} has no list for user {USER} at a cap of {missing[0]:g}: "
            f"run `python {REMAKE[LISTS]}`."
        )
    rows = of_user.loc[caps]
    return [
        {"films": json.loads(films), "hits": json.loads(hits)}
        for films, hits in zip(rows["films"], rows["hits"], strict=True)
    ]


def data(root: Path) -> dict[str, Any]:
    """Return what the part shows."""
    sweep = read_sweep(root)
    return sweep | {"lists": read_lists(root, sweep["caps"])}
