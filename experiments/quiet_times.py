"""How long the tuned recommenders take to fit and to answer: results/quiet-times.csv.

Usage: RECOTOUR_DATA=folder python experiments/quiet_times.py

It is no grid of `recotour-vae experiments`, because it makes the same runs several times, one
after the other on a machine with nothing else to do.

The runs of `experiments/progress.toml` shared the processors, so the times in their rows are
rough. Here what each search chose is fitted again on the ready split, one after the other, three
rounds of all; leave the machine alone meanwhile. Runs whose row is there already are not
repeated, so the command can be stopped and started again; delete the file to begin anew.
"""

import itertools
import sys
from pathlib import Path
from typing import Any

import torch

from recotour_vae.experiments import Results, Setting, read, search, trial
from recotour_vae.experiments.data import split_of
from recotour_vae.experiments.results import origin
from recotour_vae.experiments.table import Rows

ROOT = Path(__file__).parents[1]
TABLE = Rows(ROOT / "results" / "quiet-times.csv", ("recommender", "round"))
ROUNDS = range(3)


def chosen() -> dict[str, Setting]:
    """Give what each search chose, on the ready split and with its first seed."""
    experiment = read(ROOT / "experiments" / "progress.toml")
    results = Results(ROOT / "results", experiment.name)
    finals = {one.name: search.finals(one, results) for one in experiment.searches}
    return {
        name: next(one for one in settings if one.split is None)
        for name, settings in finals.items()
    }


def run(name: str, setting: Setting, round_: int) -> dict[str, Any]:
    """Fit and answer once; the metric says that it is the run that the tables are about."""
    split = split_of(setting)
    found = trial.run(setting, split).row
    row = {"recommender": name, "round": round_, "run": setting.id}
    row |= {key: found[key] for key in ("ndcg@100", "fit_seconds", "answer_ms")}
    row |= {"threads": torch.get_num_threads()}
    return row | origin(split, ("recotour-vae", "numpy", "scipy", "torch"), __file__)


def main() -> int:
    """Run what is missing and print the medians."""
    settings = chosen()
    for round_, (name, setting) in itertools.product(ROUNDS, settings.items()):
        if not TABLE.has(recommender=name, round=round_):
            print(f"{name}, round {round_}", flush=True)
            TABLE.append(run(name, setting, round_))
    table = TABLE.read().groupby("recommender")[["fit_seconds", "answer_ms"]].median()
    print(table.sort_values("fit_seconds").to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
