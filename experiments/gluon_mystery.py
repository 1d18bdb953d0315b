"""What each published habit does to NDCG@100: results/gluon-mystery.csv.

Usage: RECOTOUR_DATA=folder python experiments/gluon_mystery.py [ml-100k] [ml-1m]

It is no grid of `recotour-vae experiments`, because what varies is the code of a network and of
its loop, and no option.

The variants are not defined here: they are the cells tagged `variants` of the chapter
book/results/gluon-mystery.ipynb, so that what ran is what the page shows. Runs whose row is
there already are not repeated; delete the file to begin anew. Without RECOTOUR_DATA, name ml-100k
only.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recotour_vae import datasets, splits
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows
from recotour_vae.splits import Split, SplitConfig

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "book" / "results" / "gluon-mystery.ipynb"
TABLE = Rows(ROOT / "results" / "gluon-mystery.csv", ("data", "variant", "beta", "seed"))
BETAS = (0.0, 0.2, 1.0)


@dataclass(frozen=True)
class Design:
    """Data, size of the model, and how long and how often it is trained."""

    split: Callable[[int], Split]  # of a seed
    seeds: int
    settings: dict[str, Any]
    variants: tuple[str, ...] = ()  # all of them when empty


def ml_100k(seed: int) -> Split:
    """Split MovieLens 100K anew for each seed: one draw has too few test users."""
    return splits.strong_generalisation(
        datasets.load("ml-100k").interactions, SplitConfig(seed=seed)
    )


def ml_1m(seed: int) -> Split:
    """Take the ready split of MovieLens-1M, whatever the seed."""
    return splits.ready_split(datasets.load("ml-1m/interactions.csv.gz").interactions)


SIZE: dict[str, Any] = {"hidden": (300,), "latent": 100, "epochs": 40}
DESIGNS = {
    "ml-100k": Design(ml_100k, seeds=6, settings=SIZE | {"batch_size": 100}),
    "ml-1m": Design(
        ml_1m,
        seeds=3,
        settings=SIZE | {"batch_size": 500},
        variants=("as it should be", "frozen", "as published"),
    ),
}


def read_variants() -> dict[str, Any]:
    """Run the notebook's cells tagged `variants`, and give the names that they define."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {"__name__": "variants", "np": np}
    for cell in cells:
        if "variants" in cell["metadata"].get("tags", []):
            exec("".join(cell["source"]), names)
    return names


def make_row(
    data: str, design: Design, chapter: dict[str, Any], name: str, beta: float, seed: int
) -> dict[str, Any]:
    """Train and measure one variant."""
    split, start = design.split(seed), time.perf_counter()
    variant = chapter["VARIANTS"][name]
    _, history, found = chapter["run"](variant, split, beta, seed, **design.settings)
    row = {"data": data, "variant": name, "beta": beta, "seed": seed}
    row |= {"ndcg@100": round(found["test"], 5), "validation": round(found["validation"], 5)}
    row |= {"last_validation": round(history["ndcg@100"].iloc[-1], 5)}
    row |= {"best_epoch": int(history["ndcg@100"].idxmax())}
    row |= {"settings": json.dumps(design.settings), "seconds": round(time.perf_counter() - start)}
    return row | origin(split, ("recotour-vae", "torch", "mxnet"), __file__)


def main(names: list[str]) -> int:
    """Run what is missing and print the means."""
    chapter = read_variants()
    for data in names or DESIGNS:
        design = DESIGNS[data]
        chosen = design.variants or tuple(chapter["VARIANTS"])
        for seed, beta, name in itertools.product(range(design.seeds), BETAS, chosen):
            if not TABLE.has(data=data, variant=name, beta=beta, seed=seed):
                print(f"{data}, {name}, beta {beta}, seed {seed}", flush=True)
                TABLE.append(make_row(data, design, chapter, name, beta, seed))
    means = TABLE.read().pivot_table("ndcg@100", ["data", "variant"], "beta")
    print(means.round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
