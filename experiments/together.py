"""What recommenders gain by answering together, beside what a second training of one gains.

Usage: RECOTOUR_DATA=folder python experiments/together.py

Members are the recommenders of the experiment `family` with the settings that its searches chose
on MovieLens 1M, so it has to be complete first. Each network is trained with the seeds of its final
runs; a linear model has none. Those of one seed answer together with weights chosen on the
validation users, in tenths; networks also with themselves under the next seed, which says what
a second training alone would bring. Writes results/together.csv, with each test person's
NDCG@100, so that differences can be paired; rows that are there are not made again.
"""

import json
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from recotour_vae.errors import ExperimentError
from recotour_vae.evaluation import PAPER_METRICS, evaluate
from recotour_vae.experiments import Results, read, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.search import finals
from recotour_vae.experiments.setting import Setting
from recotour_vae.experiments.table import Rows, pack
from recotour_vae.recommenders import Together
from recotour_vae.splits import Split

ROOT = Path(__file__).parents[1]
COLUMNS = ("together", "seed")
TABLE = Rows(ROOT / "results" / "together.csv", COLUMNS)
PACKAGES = ("recotour-vae", "numpy", "scipy", "torch")
LINEAR = ("EASE", "EDLAE")
NETWORKS = ("Mult-VAE", "Mult-DAE", "Mult-VAE, second look", "RecVAE")
SEEDS = (0, 1, 2)

Member = tuple[str, int]  # the name of a search, and a seed


@cache
def chosen() -> dict[Member, Setting]:
    """Give the final runs of the searches.

    Raises
    ------
    ExperimentError
        When trials are missing.
    """
    experiment = read(ROOT / "experiments" / "family.toml")
    results = Results(ROOT / "results", experiment.name)
    found: dict[Member, Setting] = {}
    for one in experiment.searches:
        runs = finals(one, results)
        if not runs and one.name in (*LINEAR, *NETWORKS):
            raise ExperimentError(
                f"The search {one.name} of family is not complete; run recotour-vae experiments "
                "run family first."
            )
        found |= {(one.name, run.seed): run for run in runs}
    return found


@cache
def fitted(member: Member) -> Any:
    """Train a member on the split of all of them."""
    name, seed = member
    setting = chosen()[name, 0 if name in LINEAR else seed]
    return trial.fit(setting, cut()).model


@cache
def cut() -> Split:
    """Give the ready split of MovieLens 1M."""
    return split_of(next(iter(chosen().values())))


def combinations(seed: int) -> Iterator[tuple[Member, ...]]:
    """Name who answers together: alone, linear with network, network with its next seed."""
    yield from (((one, seed),) for one in NETWORKS)
    yield from (((one, 0), (other, seed)) for one in LINEAR for other in NETWORKS)
    yield from (((one, seed), (one, (seed + 1) % len(SEEDS))) for one in NETWORKS)
    yield (("EDLAE", 0), ("Mult-DAE", seed), ("RecVAE", seed))


def named(members: tuple[Member, ...]) -> str:
    """Say who they are, each name once a training."""
    return " + ".join(name for name, _ in members)


def row(members: tuple[Member, ...], seed: int) -> dict[str, Any]:
    """Measure a combination; its weights are chosen on the validation users."""
    start, model = time.perf_counter(), fitted(members[0])
    if len(members) > 1:
        model = Together([fitted(one) for one in members]).choose(cut().validation)
    weights = getattr(model, "weights", None) if len(members) > 1 else [1.0]
    validation = evaluate(model, cut().validation, ["ndcg@100"]).mean("ndcg@100")
    found = evaluate(model, cut().test, PAPER_METRICS)
    values = {name: round(found.mean(name), 5) for name in PAPER_METRICS}
    about = {"together": named(members), "seed": seed, "weights": json.dumps(weights)}
    about |= {"validation ndcg@100": round(validation, 5)} | values
    about |= {"seconds": round(time.perf_counter() - start, 1)}
    about |= origin(cut(), PACKAGES, __file__)
    return about | {"ndcg@100 of people": pack(found.per_user["ndcg@100"], 4)}


def wanted() -> Iterator[tuple[tuple[Member, ...], int]]:
    """Name all rows, those of one seed together; a linear model alone has one."""
    yield from ((((one, 0),), 0) for one in LINEAR)
    yield from ((members, seed) for seed in SEEDS for members in combinations(seed))


def main() -> int:
    """Make the rows that are missing, and print means over seeds."""
    try:
        chosen()
    except ExperimentError as error:
        print(error, file=sys.stderr)
        return 1
    for members, seed in wanted():
        if not TABLE.has(together=named(members), seed=seed):
            print(f"{named(members)}, seed {seed}", flush=True)
            TABLE.append(row(members, seed))
    table = TABLE.read()
    shown = ["validation ndcg@100", *PAPER_METRICS]
    print(table.groupby("together", sort=False)[shown].mean().round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
