"""What a test that forgets time changes: eight models, three protocols, MovieLens 100K.

Usage: python experiments/time_splits.py

It is no grid of `recotour-vae experiments`, whose sources know no times. The protocols are

- `random`: people are held out, and a random fifth of each one's clicks is asked for,
- `latest`: the same people, and of each the latest fifth,
- `calendar`: everybody's clicks up to one day train, those up to a second day validate, and who did
  something after that is asked for it. Of whom fewer than five clicks can be shown is left out.

`random` and `latest` train on the same clicks of the same people. Settings are fixed and modest,
the same in all protocols; nothing was tuned on any of them. Validation people choose the epoch. Of
each row the NDCG of every test person is kept, so that models can be compared person by person
within a protocol. Writes results/time-splits.csv; rows that are there are not made again.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from recotour_vae import datasets
from recotour_vae.evaluation import evaluate
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows, pack
from recotour_vae.recommenders import make
from recotour_vae.splits import (
    Split,
    SplitConfig,
    TimeSplitConfig,
    in_time,
    strong_generalisation,
)

ROOT = Path(__file__).parents[1]
COLUMNS = ("protocol", "model", "seed")
TABLE = Rows(ROOT / "results" / "time-splits.csv", COLUMNS)
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
METRICS = ["ndcg@100", "recall@20"]
SEEDS = (0, 1, 2)

PEOPLE: Final = SplitConfig(validation_users=200, test_users=200)
PROTOCOLS: dict[str, Callable[[Any], Split]] = {
    "random": lambda clicks: strong_generalisation(clicks, PEOPLE),
    "latest": lambda clicks: strong_generalisation(clicks, replace(PEOPLE, latest=True)),
    "calendar": lambda clicks: in_time(
        clicks, TimeSplitConfig(validation_after=0.6, test_after=0.7, min_shown=5)
    ),
}

CLICKS: Final[dict[str, Any]] = {"epochs": 60, "patience": 8, "batch_size": 100, "device": "cpu"}
MODELS: dict[str, dict[str, Any]] = {
    "popularity": {},
    "item-knn": {},
    "ease": {"l2": 200.0},
    "edlae": {"l2": 200.0, "dropout": 0.33},
    "mult-dae": CLICKS,
    "mult-vae": CLICKS | {"anneal_fraction": 0.5},
    "recvae": CLICKS | {"epochs": 20, "patience": 5},
    "svae": {
        "embedding": 64,
        "recurrent": 100,
        "hidden": 100,
        "latent": 32,
        "learning_rate": 3e-3,
        "batch_size": 16,
        "epochs": 25,
        "patience": 5,
    },
}
SEEDED: Final = ("mult-dae", "mult-vae", "recvae", "svae")


@cache
def split(protocol: str) -> Split:
    """Cut MovieLens 100K in one of the three ways."""
    return PROTOCOLS[protocol](datasets.load("ml-100k").interactions)


def row(protocol: str, model: str, seed: int) -> dict[str, Any]:
    """Train a model, ask the test people, and say what made the numbers."""
    cut = split(protocol)
    options = MODELS[model] | ({"seed": seed} if model in SEEDED else {})
    start = time.perf_counter()
    found = evaluate(make(model, **options).fit_split(cut), cut.test, METRICS)
    seconds = time.perf_counter() - start
    made = {"protocol": protocol, "model": model, "seed": seed}
    made |= {"options": json.dumps(MODELS[model], sort_keys=True)}
    made |= {name: round(found.mean(name), 5) for name in METRICS}
    made |= {"people": len(found.per_user), "seconds": round(seconds, 1)}
    made |= origin(cut, PACKAGES, __file__)
    return made | {"ndcg@100 of people": pack(found.per_user["ndcg@100"], 4)}


def wanted() -> Iterator[tuple[str, str, int]]:
    """Name the rows: the first seed of everything before the next."""
    for seed in SEEDS:
        for protocol in PROTOCOLS:
            names = MODELS if seed == SEEDS[0] else SEEDED
            yield from ((protocol, model, seed) for model in names)


def main() -> int:
    """Make what is missing, and print means over seeds."""
    for about in wanted():
        if not TABLE.has(**dict(zip(COLUMNS, about, strict=True))):
            print(*about, flush=True)
            TABLE.append(row(*about))
    means = TABLE.read().groupby(["model", "protocol"], sort=False)["ndcg@100"].mean()
    print(means.unstack().round(3).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
